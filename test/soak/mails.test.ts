// Twenty thousand generated mails through the reader of the service: none fails, none takes long, each result keeps its limits, and what
// the reader holds in memory does not grow. The seed is printed; SIMPOST_SOAK_SEED repeats the mails, SIMPOST_SOAK_MAILS their number.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { GatewayError } from '../../src/domain/errors.ts'
import type { IncomingMail } from '../../src/domain/message.ts'
import { createGuardedReader } from '../../src/mail/read/guarded-reader.ts'
import {
  attachmentsMax,
  nameCharsMax,
  subjectCharsMax,
  textCharsMax,
} from '../../src/mail/read/mail-limits.ts'
import { defaultRecordedFields, readMail } from '../../src/mail/read/read-mail.ts'
import { createRandom } from '../support/random.ts'
import { createMailMaker } from './mail-maker.ts'

const seed = Number(process.env.SIMPOST_SOAK_SEED ?? 1 + Math.floor(Math.random() * 2 ** 31))
const mailsCount = Number(process.env.SIMPOST_SOAK_MAILS ?? 20_000)
/** Milliseconds for one mail: the reader's own limit, on a machine that does much else. */
const mailMsMax = 5_000
const samplesCount = 10
/** MiB that the heap may grow over the second half of the run; it swings by less than one. */
const growthMax = 2

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapMib(): number {
  collect()
  return process.memoryUsage().heapUsed / 1_048_576
}

const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
const controlInText = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

/** What is wrong with a result; null: nothing. */
function faultOf(mail: IncomingMail): string | null {
  const names = [mail.from, ...mail.to, ...mail.cc].map((one) => one?.name ?? '')
  const values = [mail.subject, ...names, ...mail.attachments.map(({ name }) => name)]
  const addresses = [...mail.to, ...mail.cc].map(({ address }) => address)
  const checks: readonly (readonly [fault: string, is: boolean])[] = [
    ['a control character in a value', values.some((value) => control.test(value))],
    ['a blank in an address', [...addresses, ...mail.recorded].some((address) => /[\r\n\0]/.test(address))],
    ['a control character in the text', controlInText.test(mail.text)],
    ['a text over its limit', mail.text.length > textCharsMax],
    ['a subject over its limit', mail.subject.length > subjectCharsMax],
    ['a file name over its limit', mail.attachments.some(({ name }) => name.length > nameCharsMax)],
    ['too many files', mail.attachments.length > attachmentsMax],
    ['an author and a reason for none', (mail.from === null) !== (mail.fromProblem !== null)],
    ['a date that is none', mail.date !== null && !Number.isFinite(mail.date)],
    ['too slow', mail.unreadable === 'mail-too-slow'],
  ]
  return checks.find(([, is]) => is)?.[0] ?? null
}

/** Growth over the given numbers by the line that fits them best. */
function growthOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const slope =
    values.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0) /
    values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0)
  return slope * (values.length - 1)
}

test(`${mailsCount} generated mails are read within the limits of time, size and memory`, async (t) => {
  t.diagnostic(`SIMPOST_SOAK_SEED=${seed}`)
  const random = createRandom(seed)
  const nextMail = createMailMaker(random)
  const read = createGuardedReader()
  const outcomes = new Map<string, number>()
  const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  const heaps: number[] = []
  const slowest = { ms: 0, mail: 0 }
  let octets = 0
  for (let i = 1; i <= mailsCount; i++) {
    const raw = nextMail()
    octets += raw.length
    const options = {
      ...{ ownInstance: 'box', authservId: 'mx', trustMethod: 'authentication-results' as const },
      recordedFields: defaultRecordedFields,
      truncated: random.below(10) === 0,
    }
    const at = `mail ${i} of seed ${seed}`
    const began = performance.now()
    try {
      const mail = await readMail(raw, options, read)
      assert.equal(faultOf(mail), null, at)
      count(mail.unreadable ?? mail.automatic?.kind ?? (mail.text === '' ? 'no text' : 'text'))
    } catch (error) {
      assert.ok(error instanceof GatewayError && error.code === 'MAIL_MALFORMED', `${at}: ${error}`)
      count('no mail')
    }
    const ms = performance.now() - began
    if (ms > slowest.ms) Object.assign(slowest, { ms, mail: i })
    assert.ok(ms < mailMsMax, `${at} took ${ms.toFixed(0)} ms`)
    if (i % (mailsCount / samplesCount) === 0) heaps.push(heapMib())
  }
  const growth = growthOf(heaps.slice(samplesCount / 2))
  t.diagnostic(`outcomes: ${[...outcomes].map(([name, value]) => `${name} ${value}`).join(', ')}`)
  t.diagnostic(
    `${(octets / 1_048_576).toFixed(0)} MiB; the slowest mail was number ${slowest.mail}, ${slowest.ms.toFixed(0)} ms`,
  )
  t.diagnostic(`heap: ${heaps.map((heap) => heap.toFixed(1)).join(' ')} MiB, growth ${growth.toFixed(2)} MiB`)
  for (const wanted of [
    'text',
    'no text',
    'encrypted',
    'packed',
    'charset-refused',
    'report',
    'list',
    'own',
    'no mail',
  ])
    assert.ok(outcomes.has(wanted), `no generated mail ended as ${wanted}`)
  assert.ok(growth < growthMax, `the heap grows by ${growth.toFixed(1)} MiB (seed ${seed})`)
})
