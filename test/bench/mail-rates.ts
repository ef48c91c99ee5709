// What a large or busy mailbox costs the built service, on a real Dovecot whose Maildir is filled on disk: the very first start, a new
// UIDVALIDITY (RFC 9051 2.3.1.1: every mail must be looked at), 1,000 mails at once, and one mail while others work in the same folder.
// Memory is the most the process had (VmHWM of proc(5)), for each part anew. Dovecot itself tells of a new mail after half a second.

import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { forgetNumbers, putMails } from '../scenario/mailbox-files.ts'
import { startCutProxy } from '../support/cut-proxy.ts'
import { type Dovecot, startDovecot } from '../support/dovecot.ts'
import { createRandom } from '../support/random.ts'
import { type Figure, median, single } from './figure.ts'
import { startMailLoad } from './mail-load.ts'
import { anna, box, config, letter, ownNumber, password } from './office.ts'
import {
  forgetPeak,
  peakMib,
  processorMs,
  startService,
  stopService,
  until as untilWithin,
} from './process.ts'

const oldMails = Number(process.env.SIMPOST_BENCH_MAILS ?? 100_000)
const busyMails = 20_000
const burst = 1000
const burstSendMs = 50
const singles = 20
const clients = 4
const deliverEveryMs = 150
const waitMs = 3_600_000
const dayMs = 86_400_000

const until = (condition: () => boolean, what: string): Promise<void> => untilWithin(condition, what, waitMs)

interface Desk {
  readonly dovecot: Dovecot
  readonly modem: SimModem
  readonly maildir: string
  /** Milliseconds (performance.now) of each AT+CMGS. */
  readonly submits: readonly number[]
  /** First words of what the phones got. */
  readonly got: () => readonly string[]
  /** A mail that asks for an SMS, through LMTP. */
  deliver(id: string): Promise<void>
  /** Starts the service; resolves when it watches the mailbox. */
  start(): Promise<{ readonly child: ChildProcess; readonly seconds: number }>
}

/** Runs `measure` with a Dovecot, a modem and a folder of its own, and ends them. */
async function withDesk(
  program: string,
  sendMs: number,
  measure: (desk: Desk) => Promise<Figure[]>,
): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'simpost-bench-mail-'))
  const name = box.split('@')[0] ?? ''
  const dovecot = await startDovecot({ users: [{ name, password: password }] })
  const modem = createSimModem({ number: ownNumber, sendMs })
  const submits: number[] = []
  modem.override('AT+CMGS', () => {
    submits.push(performance.now())
    return undefined
  })
  const children: ChildProcess[] = []
  const line = await startCutProxy(dovecot.imapPort)
  const ports = { modem: `tcp://127.0.0.1:${await modem.listen()}`, imap: line.port, smtp: 9 }
  const file = join(folder, 'simpost.toml')
  writeFileSync(file, config(folder, ports), { mode: 0o600 })
  const deliver = (id: string) => dovecot.deliver(letter(id, `${id} text`), anna, box)
  const got = (): string[] => modem.network.sent.map(({ text }) => text.split(' ')[0] ?? '')
  const start = async () => {
    const begun = performance.now()
    const idles = line.plan({ direction: 'to-server', mark: / IDLE\r\n/, octets: Number.POSITIVE_INFINITY })
    const child = startService(program, file)
    children.push(child)
    const ended = new Promise<never>((_, reject) =>
      child.once('exit', (status) => reject(new Error(`the service ended with ${status}`))),
    )
    // It ends for good reason when all is measured.
    ended.catch(() => undefined)
    await Promise.race([idles, ended])
    return { child, seconds: (performance.now() - begun) / 1000 }
  }
  try {
    // The first delivery makes the Maildir.
    await deliver('very-old')
    return await measure({
      dovecot,
      modem,
      maildir: dovecot.maildir(name),
      submits,
      got,
      deliver,
      start,
    })
  } finally {
    for (const child of children) await stopService(child)
    await line.close()
    await modem.close()
    await dovecot.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function* letters(name: string, count: number): Generator<string> {
  for (let index = 0; index < count; index += 1)
    yield letter(`${name}${index}`, `${name}${index} text`).toString('latin1')
}

/** Mails of the year before. */
function* oldLetters(): Generator<string> {
  let index = 0
  for (const raw of letters('old', oldMails)) {
    index += 1
    yield raw.replace(
      /^Date: .*$/m,
      `Date: ${new Date(Date.now() - (365 * dayMs * index) / oldMails - dayMs).toUTCString()}`,
    )
  }
}

async function measureLarge({ dovecot, maildir, got, deliver, start }: Desk): Promise<Figure[]> {
  await putMails(maildir, oldLetters())
  const { child, seconds } = await start()
  const first = [
    single(`first start on ${oldMails} old mails until the mailbox is watched`, 's', seconds),
    single(`most memory at the first start on ${oldMails} old mails`, 'MiB', peakMib(child)),
  ]
  await deliver('new')
  await until(() => got().length > 0, 'the first SMS')
  if (got().join() !== 'new') throw new Error(`old mail was bridged: ${got().join()}`)

  await dovecot.halt()
  await forgetNumbers(maildir)
  const processor = processorMs(child)
  forgetPeak(child)
  const begun = performance.now()
  await dovecot.restart()
  await deliver('newer')
  await until(() => got().length > 1, 'the SMS after the new UIDVALIDITY')
  // Dovecot has given that one the first new number; what comes now waits until all others were looked at.
  await deliver('newest')
  await until(() => got().length > 2, 'the SMS behind all others')
  const took = performance.now() - begun
  return [
    ...first,
    single(`new UIDVALIDITY with ${oldMails} mails until a new mail is bridged`, 's', took / 1000),
    single('time for one known or old mail after a new UIDVALIDITY', 'ms', took / oldMails),
    single('processor time for one of them', 'ms', (processorMs(child) - processor) / oldMails),
    single('most memory meanwhile', 'MiB', peakMib(child)),
  ]
}

async function measureBurst({ maildir, modem, got, start, submits }: Desk): Promise<Figure[]> {
  const { child } = await start()
  forgetPeak(child)
  const processor = processorMs(child)
  const begun = performance.now()
  await putMails(maildir, letters('burst', burst))
  await until(() => got().length >= burst, 'the SMS of the burst')
  const total = performance.now() - (submits[0] ?? Number.NaN)
  if (new Set(got()).size !== burst || modem.network.sent.length !== burst)
    throw new Error('the burst was not bridged once each')
  return [
    single(`${burst} mails at once until the first AT+CMGS`, 'ms', (submits[0] ?? Number.NaN) - begun),
    single(
      `${burst} mails at once, total time over the modem's own (${burstSendMs} ms each)`,
      'x',
      total / (burst * burstSendMs),
      'under 1.1',
    ),
    single(
      `processor time for one of ${burst} mails at once`,
      'ms',
      (processorMs(child) - processor) / burst,
    ),
    single(`most memory with ${burst} mails at once`, 'MiB', peakMib(child)),
  ]
}

/** Median milliseconds from the delivery of a mail to its AT+CMGS. */
async function latency({ deliver, submits }: Desk, name: string): Promise<number> {
  const samples: number[] = []
  for (let index = 0; index < singles; index += 1) {
    const before = submits.length
    const at = performance.now()
    await deliver(`${name}${index}`)
    await until(() => submits.length > before, 'an SMS')
    samples.push((submits[before] ?? Number.NaN) - at)
    await sleep(100)
  }
  return median(samples)
}

async function measureBusy(desk: Desk): Promise<Figure[]> {
  const { dovecot, maildir, start } = desk
  await putMails(maildir, letters('ballast', busyMails))
  await start()
  const idle = await latency(desk, 'idle')
  const user = box.split('@')[0] ?? ''
  const random = createRandom(1)
  const load = await startMailLoad({
    port: dovecot.imapPort,
    user,
    password: password,
    clients,
    mails: busyMails / 2,
    random,
  })
  const stop = new AbortController()
  const others = (async () => {
    for (let index = 0; !stop.signal.aborted; index += 1) {
      const raw = letter(`other${index}`, 'Nothing for a phone.').toString('latin1')
      await dovecot.deliver(raw.replace(/^Subject: .*$/m, 'Subject: For people'), anna, box)
      await sleep(deliverEveryMs)
    }
  })()
  const begun = performance.now()
  const busy = await latency(desk, 'busy')
  const rate = load.done() / ((performance.now() - begun) / 1000)
  stop.abort()
  await others
  await load.stop()
  return [
    single(`one mail until AT+CMGS, ${busyMails} mails in the folder, nobody else there`, 'ms', idle),
    single(
      `the same while ${clients} others read, flag and move (${rate.toFixed(0)} commands/s) and mails for people arrive`,
      'ms',
      busy,
    ),
    single('busy against idle', 'x', busy / idle),
  ]
}

/** Measures one after the other; takes some minutes, most of them for the new UIDVALIDITY. SIMPOST_BENCH_MAILS: how many old mails. */
export async function measureMail(program: string): Promise<Figure[]> {
  return [
    ...(await withDesk(program, 0, measureLarge)),
    ...(await withDesk(program, burstSendMs, measureBurst)),
    ...(await withDesk(program, 0, measureBusy)),
  ]
}
