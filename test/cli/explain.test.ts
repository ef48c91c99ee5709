// `simpost explain`: the settled JSON for every mail that lies in test/fixtures/mail and for many texts, and the sheet of the real program.

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { decideRaw } from '../../src/cli/explain.ts'
import { decisionJson, decisionLines } from '../../src/cli/explain-sheet.ts'
import { parseConfig } from '../../src/config/config.ts'
import { createDesk, mailReader } from '../../src/daemon/desk.ts'
import type { Decision, World } from '../../src/exchange/decide/decision.ts'
import { decideMail } from '../../src/exchange/decide/mail-to-sms.ts'
import { type Reason, reasons } from '../../src/exchange/decide/reasons.ts'
import { decideSms } from '../../src/exchange/decide/sms-to-mail.ts'
import { worldOf } from '../../src/exchange/desk.ts'
import { assemble } from '../../src/exchange/intake/assemble-sms.ts'
import { decodePdu } from '../../src/sms/tpdu.ts'
import { openStore } from '../../src/store/database/database.ts'
import { smallest } from '../config/smallest.ts'
import { fakeClock } from '../exchange/fake-clock.ts'
import { deliver } from '../exchange/intake/pdu-makers.ts'
import { binding, mail, newDesk, phone, sms } from '../exchange/world.ts'
import { buildProgram, type Finished, type Program } from '../scenario/program.ts'

const isoTime = v.pipe(v.string(), v.isoTimestamp())
const held = v.nullable(
  v.strictObject({
    reason: v.picklist(['quiet-hours', 'budget-used-up', 'pair-paused']),
    until: v.nullable(isoTime),
  }),
)
const rule = v.picklist([
  'answer',
  'temporary-binding',
  'number-address',
  'binding',
  'conversation',
  'typed-address',
  'alias',
  'line',
  'fallback',
])
const common = { to: v.pipe(v.string(), v.minLength(3)), rule, text: v.string(), held }
const number = v.pipe(v.string(), v.regex(/^\+\d{5,15}$/))
const reason = v.picklist(Object.keys(reasons) as Reason[])

/** The settled form, with the keys that were added; a key that nobody settled is a fault. */
const settled = v.strictObject({
  medium: v.picklist(['mail', 'sms']),
  flag: v.strictObject({
    value: v.picklist([0, 1]),
    from: v.picklist(['header', 'answer', 'address', 'tag', 'udh', 'standard-form', 'alias', 'policy']),
  }),
  judgement: v.picklist(['convert', 'pass', 'hold', 'refuse', 'ignore']),
  reason,
  deliveries: v.array(
    v.variant('medium', [
      v.strictObject({
        ...{ ...common, medium: v.literal('sms'), to: number, redirect: v.literal(false) },
        encoding: v.picklist(['gsm7', 'gsm7-shift', 'ucs2']),
        parts: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(255)),
        cost: v.nullable(v.number()),
        costly: v.array(v.string()),
      }),
      v.strictObject({ ...common, medium: v.literal('mail'), redirect: v.boolean() }),
    ]),
  ),
  temporary_binding: v.nullable(
    v.strictObject({ mailbox: v.pipe(v.string(), v.includes('@')), number, expires: isoTime }),
  ),
  notices: v.array(
    v.strictObject({
      ...{ to: v.string(), medium: v.picklist(['mail', 'sms']), reason, detail: v.string() },
      language: v.picklist(['en', 'de', 'zh', 'fr', 'es']),
    }),
  ),
  steps: v.array(v.strictObject({ what: v.string(), detail: v.string() })),
  cure: v.nullable(v.string()),
  pauses: v.nullable(v.strictObject({ from: v.string(), to: v.string() })),
  releases: v.array(v.number()),
})

/** What a script reads: printed and parsed again. */
function checked(decision: Decision): v.InferOutput<typeof settled> {
  const form: unknown = JSON.parse(JSON.stringify(decisionJson(decision)))
  const result = v.safeParse(settled, form)
  assert.ok(
    result.success,
    JSON.stringify(
      result.issues?.map(({ path, message }) => [v.getDotPath, message, path?.map(({ key }) => key)]),
    ),
  )
  const { judgement, deliveries } = result.output
  if (judgement === 'refuse' || judgement === 'ignore') assert.deepEqual(deliveries, [])
  if (judgement === 'convert') assert.notEqual(deliveries.length, 0)
  return result.output
}

const config = parseConfig(smallest, '/etc/simpost/simpost.toml')

function newOffice() {
  const desk = createDesk(config, openStore(':memory:'), fakeClock(), () => {})
  for (const facts of [
    { mailbox: 'Bob', phone: 'Bob', alias: 'bob', name: 'Bob' },
    { mailbox: 'Office', phone: 'SIM', line: true },
  ])
    desk.bindings.add(binding(facts))
  return { config, desk }
}

const fixtures = fileURLToPath(new URL('../fixtures/mail/', import.meta.url))
/** Puts a number and the word of the office's mail server in front of a mail. */
const asked = (raw: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `Authentication-Results: mx.office.example; dmarc=pass header.from=office.example\r\nX-SMS-To: ${phone('Bob')}\r\n`,
    ),
    raw,
  ])

test('explain gives the settled JSON for every mail of the fixtures, as it lies there and when it asks for conversion', async () => {
  const office = newOffice()
  const read = mailReader(config, office.desk)
  const files = readdirSync(fixtures).filter((file) => file.endsWith('.eml'))
  assert.ok(files.length >= 50, `${files.length} files`)
  const seen = new Set<string>()
  for (const file of files) {
    const raw = readFileSync(join(fixtures, file))
    for (const octets of [raw, asked(raw), raw.subarray(0, 200), raw.subarray(0, raw.length / 2)]) {
      const stored = { raw: octets, truncated: octets.length < raw.length }
      const decision = await decideRaw(stored, read, office)
      const form = checked(decision)
      seen.add(`${form.judgement} ${form.reason}`)
      const mail = await read(stored).catch(() => null)
      const lines = decisionLines(mail, decision, office.desk).join('\n')
      assert.match(lines, new RegExp(`^${form.judgement}: .*\\(${form.reason}\\)$`, 'm'), file)
      assert.doesNotMatch(lines, /(?!\n)[\p{Cc}\p{Bidi_Control}]/u, file)
    }
  }
  for (const one of [
    'convert flagged',
    'pass not-flagged',
    'refuse encrypted',
    'refuse packed',
    'ignore delivery-report',
  ])
    assert.ok(seen.has(one), `no fixture leads to ${one}: ${[...seen]}`)
})

const texts = [
  'hello',
  'Żółć \u{1f44d} 你好',
  '[mail] hello',
  '[sms] note to the box',
  '[mail bob@office.example] hello',
  '[mail bob@office.example 2h] hello',
  '[mail eve@evil.example] hello',
  '[mail bob@office',
  '[mail]',
  '@bob hello',
  '@nobody hello',
  'bob@office.example(Subject)hello',
  'bob*office.example##Subject#hello',
  '\u202eolleh\u0007',
  `long ${'text '.repeat(100)}`,
]

test('explain gives the settled JSON for texts and for PDUs with every flag', () => {
  const { desk } = newOffice()
  const seen = new Set<string>()
  for (const from of ['Bob', 'Customer', 'SIM', 'BANK'])
    for (const text of texts)
      for (const flag of [undefined, 0, 1] as const) {
        const pdus = deliver(text, { from, ...(flag === undefined ? {} : { flag }) })
        const parts = pdus.map(({ pdu }) => decodePdu(pdu)).filter((tpdu) => tpdu.type === 'deliver')
        for (const some of [parts, parts.slice(-1)]) {
          const message = assemble(desk, some, parts.length)
          assert.ok(message !== null)
          const decision = decideSms(message, worldOf(desk))
          const form = checked(decision)
          seen.add(`${form.judgement} ${form.reason}`)
          assert.equal(form.medium, 'sms')
          assert.match(decisionLines(message, decision, desk).join('\n'), new RegExp(`\\(${form.reason}\\)`))
        }
      }
  for (const one of [
    'convert flagged',
    'convert policy',
    'pass flag-0',
    'refuse address-not-allowed',
    'refuse tag-malformed',
    'refuse no-text',
    'ignore number-own',
  ])
    assert.ok(seen.has(one), `no text leads to ${one}: ${[...seen]}`)
})

test('the sheet shows when it waits, what is bound, who is told, and what would change it', () => {
  const desk = newDesk({
    bound: [{ mailbox: 'Bob', phone: 'Bob', quietHours: '00:00-23:59' }],
    settings: { partsMax: 1 },
  })
  const message = mail({
    subject: `[sms ${phone('Bob')} 2h] Key`,
    text: `The key lies there. ${'word '.repeat(60)}`,
  })
  const world: World = worldOf(desk)
  const decision = decideMail(message, world)
  const lines = decisionLines(message, decision, desk)
  const [first] = lines
  assert.equal(first, 'hold: the phone has quiet hours; the SMS waits until they end (quiet-hours)')
  const sheet = lines.join('\n')
  assert.match(sheet, /^ {2}waits until \d{4}-\d\d-\d\d 23:59:00: the phone has quiet hours/m)
  assert.match(sheet, /^binds bob@office\.example and \+4917012345678 until \d{4}-\d\d-\d\d /m)
  assert.match(
    sheet,
    /^tells anna@office\.example by mail \(cut\)\n {2}┌\n {2}│ To: {6}anna@office\.example\n {2}│ Subject: Cut for SMS: \[sms .*\n {2}│\n {2}│ Your mail is too long for an SMS[\s\S]+\(reason: cut\)\n {2}└\n/m,
  )
  assert.match(sheet, /^What would change it:\n {2}quiet-hours: begin the subject .*\n {2}cut: shorten it/m)
  const [delivery] = checked(decision).deliveries
  assert.deepEqual(delivery?.held?.until, new Date(decision.deliveries[0]?.held?.until ?? 0).toISOString())
})

test('colours stand for the marks below the characters, and change nothing else on the sheet', (t) => {
  const { isTTY } = process.stdout
  const { NO_COLOR } = process.env
  t.after(() => {
    process.stdout.isTTY = isTTY
    if (NO_COLOR !== undefined) process.env.NO_COLOR = NO_COLOR
  })
  const desk = newDesk({ bound: [{ mailbox: 'Bob', phone: 'Bob' }], settings: { partsMax: 1 } })
  const message = mail({ subject: `[sms ${phone('Bob')} 2h] Key`, text: `Żółć ${'word '.repeat(60)}` })
  const decision = decideMail(message, worldOf(desk))
  const plain = decisionLines(message, decision, desk)
  delete process.env.NO_COLOR
  process.stdout.isTTY = true
  const coloured = decisionLines(message, decision, desk).join('\n')
  assert.match(coloured, /tells \u001b\[1manna@office\.example\u001b\[22m by mail/)
  const unmarked = plain.filter((line) => !line.includes('^'))
  assert.equal(unmarked.length, plain.length - 1)
  assert.equal(coloured.replace(/\u001b\[\d+m/g, ''), unmarked.join('\n'))
})

test('the sheet of a redirected mail keeps its sender, that of a text shows the mail that it becomes', () => {
  const desk = newDesk({
    bound: [
      { mailbox: 'Bob', phone: 'Bob', name: 'Bob' },
      { mailbox: 'Office', phone: 'SIM', line: true },
    ],
    settings: { passMail: 'redirect' },
  })
  const unflagged = mail({ to: ['Box'], subject: 'Minutes' })
  const redirected = decideMail(unflagged, worldOf(desk))
  assert.match(
    decisionLines(unflagged, redirected, desk).join('\n'),
    /│ Resent-To: office@office\.example\n.*│ From: {6}anna@office\.example\n.*│ To: {8}sms@office\.example\n.*│ Subject: {3}Minutes\n/,
  )
  assert.equal(checked(redirected).deliveries[0]?.redirect, true)
  const text = sms({ from: 'Bob', text: 'At noon.' })
  assert.match(
    decisionLines(text, decideSms(text, worldOf(desk)), desk).join('\n'),
    /│ From: {4}Bob \(\+4917012345678\) <sms@office\.example>\n.*│ To: {6}office@office\.example\n.*│ Subject: SMS from Bob \(\+4917012345678\)\n {2}│\n {2}│ At noon\.\n/,
  )
})

let program: Program
const folder = mkdtempSync(join(tmpdir(), 'simpost-explain-'))
const configFile = join(folder, 'simpost.toml')

before(async () => {
  program = await buildProgram()
  writeFileSync(configFile, smallest.replace(/^path = .*$/m, `path = "${join(folder, 'none.db')}"`))
})

after(async () => {
  await program.remove()
  rmSync(folder, { recursive: true, force: true })
})

const run = (...args: string[]): Promise<Finished> => program.run([...args, '--config', configFile])

test('explain prints a sheet of plain text into a pipe', async () => {
  const raw = readFileSync(join(fixtures, 'recorded.eml'))
  const { status, stdout, stderr } = await program.run(
    ['explain', 'mail', '-', '--config', configFile],
    raw.toString(),
  )
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^(pass|refuse|ignore|hold|convert): .+\s+\([a-z0-9-]+\)\n {2}flag /)
  assert.doesNotMatch(stdout, /\u001b/)
})

const statusReport = '079194710167306506640B919471103254F6622032218500806220322185108000'

test('explain mail names a file that is not there, and what is passed on says where it stays', async () => {
  const missing = await run('explain', 'mail', '/nowhere/a.eml')
  assert.deepEqual([missing.status, missing.stderr.split('\n')[0]], [2, 'there is no file /nowhere/a.eml'])
  const kept = await run('explain', 'sms', '--from', '0170 1112223', '[sms] note')
  assert.match(
    kept.stdout,
    new RegExp(`\n\nstays on the box: simpost --config ${configFile}\\s+message\\s+list\\s+--inbox\n`),
  )
  assert.match(kept.stdout, /\n {2}flag-0: leave out what asks for it: \[sms\] in front of the text/)
  const raw = 'From: anna@office.example\nTo: bob@office.example\nSubject: [mail] Minutes\n\nsee below\n'
  const left = await program.run(['explain', 'mail', '-', '--config', configFile], raw)
  assert.match(left.stdout, /\n\nstays in the mailbox\n/)
})

test('explain sms draws the mail, and says what a wrong PDU or number is', async () => {
  const shown = await run('explain', 'sms', '--from', '0170 1112223', 'when do you open?')
  assert.equal(shown.status, 0, shown.stderr)
  assert.match(shown.stdout, /^convert: .+ \(policy\)\n/)
  assert.match(
    shown.stdout,
    /mail to office@office\.example by rule fallback\n {2}┌\n {2}│ From: {4}\+491701112223 </,
  )
  for (const [args, says] of [
    [['--pdu', '0011'], /PDU/],
    [['--from', '0170 1112223'], /a sender and a text, or a PDU/],
    [['--from', '0170 1112223', '--to', 'nobody', 'hello'], /"nobody" is no phone number/],
    [['--pdu', statusReport], new RegExp(`Try: simpost pdu decode ${statusReport}\n$`)],
    [['--pdu', statusReport, 'hello'], /neither can stand beside it/],
    [['--pdu', statusReport, '--from', '0170 1112223'], /neither can stand beside it/],
  ] as const) {
    const wrong = await run('explain', 'sms', ...args)
    assert.notEqual(wrong.status, 0)
    assert.match(wrong.stderr, says)
    assert.match(wrong.stderr, /^Try: /m)
    assert.equal(wrong.stdout, '')
  }
})
