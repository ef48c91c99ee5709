// How much the built service adds to the modem's own time: SMS that wait in the outbox go through a real tty to a simulated modem that
// answers Ctrl-Z at once, after 50 ms and after 3 s. The service is a child process; processor time and octets come from /proc, commits
// from the write-ahead log. The SMS are queued while the modem is unplugged, so that plugging it in measures the way back as well.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMailWorld, type MailWorld } from '../../src/simulator/mail/mail-world.ts'
import { createSimModem } from '../../src/simulator/modem/sim-modem.ts'
import { makePlug } from '../soak/plug.ts'
import { createRandom } from '../support/random.ts'
import { countCommits } from './wal.ts'

export interface RateFigure {
  readonly name: string
  readonly unit: string
  readonly median: number
  readonly p95: null
  readonly aim: string
}

export interface RateSetup {
  /** The built bundle. */
  readonly program: string
  /** The text of a config with its database in the folder. */
  readonly config: (
    folder: string,
    ports: { readonly modem: string; readonly imap: number; readonly smtp: number },
  ) => string
  /** A mail to the box that asks for one SMS of one part. */
  readonly letter: (id: string, text: string) => Buffer
  readonly box: string
  readonly mailbox: string
  readonly password: string
}

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
const commitLookMs = 20
/** proc(5): fields of stat are in hundredths of a second on Linux. */
const ticksPerSecond = 100

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + waitMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not happen within ${waitMs} ms`)
    await sleep(2)
  }
}

/** User and system time of a process in milliseconds. */
function processorMs({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
}

/** Octets that a process has handed to write(2): tty, log and database. */
const octetsWritten = ({ pid }: ChildProcess): number =>
  Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? Number.NaN)

/** Counts commits while they happen, over turns of the log. */
function watchCommits(wal: string): () => number {
  let seen = countCommits(wal)
  let sum = 0
  const look = (): void => {
    const now = countCommits(wal)
    sum += now >= seen ? now - seen : now
    seen = now
  }
  const timer = setInterval(look, commitLookMs)
  return () => {
    clearInterval(timer)
    look()
    return sum
  }
}

function startService(program: string, file: string): ChildProcess {
  const memory = ['--max-semi-space-size=1', '--max-old-space-size=128']
  return spawn(process.execPath, [...memory, program, 'run', '--allow-root', '--config', file], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MALLOC_ARENA_MAX: '1' },
  })
}

interface Measured {
  readonly totalMs: number
  readonly returnMs: number
  readonly processorMs: number
  readonly octets: number
  readonly commits: number
}

/** Queues `count` SMS while the modem is away, then measures until the network has the last one. */
async function sendQueue(setup: RateSetup, { sendMs, count }: Run, folder: string): Promise<Measured> {
  const modem = createSimModem({ number: '+4917000000001', sendMs })
  const link = join(folder, 'modem')
  const plug = await makePlug(modem, link, createRandom(1), () => undefined)
  const world = createMailWorld({
    accounts: [setup.box, setup.mailbox].map((address) => ({ address, password: setup.password })),
    authservId: 'mx.office.example',
  })
  const { imapPort, smtpPort } = await world.listen()
  const file = join(folder, 'simpost.toml')
  writeFileSync(file, setup.config(folder, { modem: link, imap: imapPort, smtp: smtpPort }), { mode: 0o600 })
  const commands: number[] = []
  modem.override('AT+CMGS', () => {
    commands.push(performance.now())
    return undefined
  })
  const accepted: number[] = []
  modem.network.onPhoneSms(() => accepted.push(performance.now()))
  await plug.plugIn()
  const child = startService(setup.program, file)
  try {
    await until(() => world.imap.idling(setup.box) > 0 && modem.commands().includes('AT+CMGL=4'), 'start')
    modem.unplug()
    await plug.pull()
    await queue(world, setup, count)
    const before = { processor: processorMs(child), octets: octetsWritten(child) }
    const commits = watchCommits(`${join(folder, 'bench.db')}-wal`)
    await plug.plugIn()
    const pluggedAt = performance.now()
    await until(() => accepted.length === count, `${count} SMS`)
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
    child.kill('SIGTERM')
    await new Promise((done) => child.once('exit', done))
    await plug.close()
    await Promise.all([modem.close(), world.close()])
  }
}

async function queue(world: MailWorld, { box, letter }: RateSetup, count: number): Promise<void> {
  const mailbox = world.mailbox(box)
  for (let index = 0; index < count; index += 1)
    mailbox.append('INBOX', letter(`queue${index}`, `number ${index}`))
  await until(() => mailbox.messages('INBOX').length === 0 && world.imap.idling(box) > 0, 'the queue')
}

function figuresOf({ name, sendMs, count, aim }: Run, measured: Measured): RateFigure[] {
  const figure = (what: string, unit: string, median: number, wanted: string): RateFigure => ({
    name: `${what}, ${count} SMS on a modem that answers ${name}`,
    ...{ unit, median, p95: null, aim: wanted },
  })
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

/** Measures the three modems, one after the other; takes about three minutes. */
export async function measureRates(setup: RateSetup): Promise<RateFigure[]> {
  const figures: RateFigure[] = []
  for (const run of runs) {
    const folder = mkdtempSync(join(tmpdir(), 'simpost-bench-rates-'))
    try {
      figures.push(...figuresOf(run, await sendQueue(setup, run, folder)))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return figures
}
