// How much the built service adds to the modem's own time: SMS that wait in the outbox go through a real tty to a simulated modem that
// answers Ctrl-Z at once, after 50 ms and after 3 s. The service is a child process; processor time and octets come from /proc, commits
// from the write-ahead log. The SMS are queued while the modem is unplugged, so that plugging it in measures the way back as well.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MailWorld } from '../../src/simulator/mail/mail-world.ts'
import { createSimModem } from '../../src/simulator/modem/sim-modem.ts'
import { makePlug } from '../soak/plug.ts'
import { createRandom } from '../support/random.ts'
import { type Figure, single } from './figure.ts'
import { box, config, databaseIn, letter, mailServers, ownNumber } from './office.ts'
import { octetsWritten, processorMs, startService, stopService, until } from './process.ts'
import { watchCommits } from './wal.ts'

interface Run {
  readonly name: string
  /** Milliseconds between Ctrl-Z and the answer. */
  readonly sendMs: number
  readonly count: number
  /** Of the total time as a multiple of the modem's own. */
  readonly aim: string
}

const runs: readonly Run[] = [
  { name: 'at once', sendMs: 0, count: 1000, aim: '' },
  { name: 'in 50 ms', sendMs: 50, count: 1000, aim: 'under 1.1' },
  { name: 'in 3 s', sendMs: 3000, count: 20, aim: 'under 1.02' },
]

const waitMs = 240_000

interface Measured {
  readonly totalMs: number
  readonly returnMs: number
  readonly processorMs: number
  readonly octets: number
  readonly commits: number
}

/** Queues `count` SMS while the modem is away, then measures until the network has the last one. */
async function sendQueue(program: string, { sendMs, count }: Run, folder: string): Promise<Measured> {
  const modem = createSimModem({ number: ownNumber, sendMs })
  const link = join(folder, 'modem')
  const plug = await makePlug(modem, link, createRandom(1), () => undefined)
  const world = mailServers()
  const { imapPort, smtpPort } = await world.listen()
  const file = join(folder, 'simpost.toml')
  writeFileSync(file, config(folder, { modem: link, imap: imapPort, smtp: smtpPort }), { mode: 0o600 })
  const commands: number[] = []
  modem.override('AT+CMGS', () => {
    commands.push(performance.now())
    return undefined
  })
  const accepted: number[] = []
  modem.network.onPhoneSms(() => accepted.push(performance.now()))
  await plug.plugIn()
  const child = startService(program, file)
  try {
    await until(() => world.imap.idling(box) > 0 && modem.commands().includes('AT+CMGL=4'), 'start', waitMs)
    modem.unplug()
    await plug.pull()
    await queue(world, count)
    const before = { processor: processorMs(child), octets: octetsWritten(child) }
    const commits = watchCommits(`${databaseIn(folder)}-wal`)
    await plug.plugIn()
    const pluggedAt = performance.now()
    await until(() => accepted.length === count, `${count} SMS`, waitMs)
    const [first = Number.NaN] = commands
    // The report of the last one, so that each message has all its work counted.
    await sleep(200)
    return {
      totalMs: (accepted.at(-1) ?? Number.NaN) - first,
      returnMs: (accepted[0] ?? Number.NaN) - pluggedAt - sendMs,
      processorMs: (processorMs(child) - before.processor) / count,
      octets: (octetsWritten(child) - before.octets) / count,
      commits: commits() / count,
    }
  } finally {
    await stopService(child)
    await plug.close()
    await Promise.all([modem.close(), world.close()])
  }
}

async function queue(world: MailWorld, count: number): Promise<void> {
  const mailbox = world.mailbox(box)
  for (let index = 0; index < count; index += 1)
    mailbox.append('INBOX', letter(`queue${index}`, `number ${index}`))
  await until(() => mailbox.messages('INBOX').length === 0 && world.imap.idling(box) > 0, 'the queue', waitMs)
}

function figuresOf({ name, sendMs, count, aim }: Run, measured: Measured): Figure[] {
  const figure = (what: string, unit: string, value: number, wanted: string): Figure =>
    single(`${what}, ${count} SMS on a modem that answers ${name}`, unit, value, wanted)
  const own = sendMs * count
  return [
    own === 0
      ? figure('time for one', 'ms', measured.totalMs / count, 'under 5')
      : figure("total time over the modem's own", 'x', measured.totalMs / own, aim),
    figure('processor time for one', 'ms', measured.processorMs, ''),
    figure('commits for one', '', measured.commits, 'at most 3'),
    figure('octets written for one', 'B', measured.octets, ''),
    figure('tty plugged in until the first is sent', 'ms', measured.returnMs, 'under 2000'),
  ]
}

/** Measures the three modems, one after the other; takes about three minutes. @param program the built bundle */
export async function measureRates(program: string): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const run of runs) {
    const folder = mkdtempSync(join(tmpdir(), 'simpost-bench-rates-'))
    try {
      figures.push(...figuresOf(run, await sendQueue(program, run, folder)))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return figures
}
