// `npm run bench`: measures the built service as a child process between the simulated modem and mail servers, from outside: times from
// the simulators' logs, memory from /proc, commits from the write-ahead log. Prints a table, or JSON with --json. The modem answers at
// once, so the times are the program's own. Machines differ: compare figures of one run.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createMailWorld } from '../../src/simulator/mail/mail-world.ts'
import { createSimModem } from '../../src/simulator/modem/sim-modem.ts'
import { measureBindings } from './bindings.ts'
import { measureMail } from './mail-rates.ts'
import { measureRates } from './modem-rates.ts'
import { countCommits } from './wal.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const box = 'sms@office.example'
const anna = 'anna@office.example'
const bob = '+4917012345678'
const singles = 40
const queued = 100
const password = 'bench'

interface Figure {
  readonly name: string
  readonly unit: string
  readonly median: number
  readonly p95: number | null
  readonly aim: string
}

function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function figure(name: string, samples: readonly number[], aim: string): Figure {
  return { name, unit: 'ms', median: percentile(samples, 0.5), p95: percentile(samples, 0.95), aim }
}

async function until(condition: () => boolean, what: string, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not happen within ${limitMs} ms`)
    await sleep(2)
  }
}

const letter = (id: string, text: string): Buffer =>
  Buffer.from(
    `Delivered-To: ${box}\r\nAuthentication-Results: mx.office.example; dmarc=pass header.from=office.example\r\n` +
      `From: Anna <${anna}>\r\nTo: <${box}>\r\nSubject: [sms ${bob}] ${id}\r\nMessage-ID: <${id}@office.example>\r\n` +
      `Date: ${new Date().toUTCString()}\r\n\r\n${text}\r\n`,
  )

const config = (folder: string, ports: { modem: string; imap: number; smtp: number }): string => `
[modem]
port = "${ports.modem}"
number = "+4917000000001"
sms_per_minute = 0
[mail]
address = "${box}"
[mail.imap]
host = "127.0.0.1"
port = ${ports.imap}
security = "none"
user = "${box}"
password = "${password}"
[mail.smtp]
host = "127.0.0.1"
port = ${ports.smtp}
security = "none"
[exchange]
fallback_mailbox = "${anna}"
pair_max = 100000
[trust]
senders = ["@office.example"]
authserv_id = "mx.office.example"
[budget]
parts_per_day = 100000
[store]
path = "${join(folder, 'bench.db')}"
[log]
level = "error"
`

function residentMib(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 102.4) / 10
}

async function measure(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'simpost-bench-'))
  const modem = createSimModem({ number: '+4917000000001', reports: 'delivered' })
  const world = createMailWorld({
    accounts: [box, anna].map((address) => ({ address, password })),
    authservId: 'mx.office.example',
  })
  const modemPort = await modem.listen()
  const { imapPort, smtpPort } = await world.listen()
  const file = join(folder, 'simpost.toml')
  writeFileSync(
    file,
    config(folder, { modem: `tcp://127.0.0.1:${modemPort}`, imap: imapPort, smtp: smtpPort }),
    { mode: 0o600 },
  )
  const sent: number[] = []
  modem.network.onPhoneSms(() => sent.push(performance.now()))
  const submits: number[] = []
  modem.override('AT+CMGS', () => {
    submits.push(performance.now())
    return undefined
  })
  const mails: number[] = []
  world.onMail(anna, () => mails.push(performance.now()))

  const startedAt = performance.now()
  const child = spawn(
    process.execPath,
    [
      '--max-semi-space-size=1',
      '--max-old-space-size=128',
      join(root, 'dist/simpost.cjs'),
      'run',
      '--allow-root',
      '--config',
      file,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, MALLOC_ARENA_MAX: '1' } },
  )
  try {
    await until(
      () => world.imap.idling(box) > 0 && modem.commands().some((line) => line.startsWith('AT+CMGL')),
      'start',
    )
    const start = performance.now() - startedAt
    await sleep(500)
    const idle = residentMib(child)
    const wal = `${join(folder, 'bench.db')}-wal`

    const mailToModem: number[] = []
    const commitsOut: number[] = []
    for (let index = 0; index < singles; index++) {
      await until(() => world.imap.idling(box) > 0, 'IDLE')
      const before = submits.length
      const commits = countCommits(wal)
      const at = performance.now()
      world.mailbox(box).append('INBOX', letter(`single${index}`, `hello ${index}`))
      await until(() => submits.length > before && sent.length > before, 'an SMS')
      mailToModem.push((submits[before] ?? 0) - at)
      await sleep(60)
      // The log begins anew after a checkpoint: then there is nothing to compare.
      if (countCommits(wal) > commits) commitsOut.push(countCommits(wal) - commits)
    }

    const smsToMail: number[] = []
    const commitsIn: number[] = []
    for (let index = 0; index < singles; index++) {
      const before = mails.length
      const commits = countCommits(wal)
      const at = performance.now()
      modem.network.phoneSends('+491709999999', `question ${index}`)
      await until(() => mails.length > before, 'a mail')
      smsToMail.push((mails[before] ?? 0) - at)
      await sleep(60)
      if (countCommits(wal) > commits) commitsIn.push(countCommits(wal) - commits)
    }

    const first = submits.length
    for (let index = 0; index < queued; index++)
      world.mailbox(box).append('INBOX', letter(`queued${index}`, `number ${index}`))
    await until(() => submits.length >= first + queued && sent.length >= first + queued, 'the queue', 120_000)
    // What lies between is the time from the acceptance of one SMS to the command for the next.
    const gaps = submits
      .slice(first + queued / 2 + 1)
      .map((at, index) => at - (sent[first + queued / 2 + index] ?? at))
    return [
      figure('mail at the IMAP server until AT+CMGS', mailToModem, 'median 100'),
      figure('+CMTI until the SMTP server has the mail', smsToMail, 'median 150'),
      figure('+CMGS until the next AT+CMGS, queue of 100', gaps, 'under 5'),
      {
        name: 'start until modem and mailbox are watched',
        unit: 'ms',
        median: start,
        p95: null,
        aim: 'under 1000',
      },
      { name: 'resident memory, idle after start', unit: 'MiB', median: idle, p95: null, aim: 'under 80' },
      {
        name: `resident memory after ${2 * singles + queued} messages`,
        unit: 'MiB',
        median: residentMib(child),
        p95: null,
        aim: 'under 80',
      },
      {
        name: 'commits for a mail that became a delivered SMS',
        unit: '',
        median: percentile(commitsOut, 0.5),
        p95: percentile(commitsOut, 0.95),
        aim: 'at most 4',
      },
      {
        name: 'commits for an SMS that became a mail',
        unit: '',
        median: percentile(commitsIn, 0.5),
        p95: percentile(commitsIn, 0.95),
        aim: 'at most 4',
      },
    ]
  } finally {
    child.kill('SIGTERM')
    await new Promise((done) => child.once('exit', done))
    await Promise.all([modem.close(), world.close()])
    rmSync(folder, { recursive: true, force: true })
  }
}

const program = join(root, 'dist/simpost.cjs')
const rates = { program, config, letter, box, mailbox: anna, password }
const figures: readonly Figure[] = [
  ...(await measure()),
  ...(await measureRates(rates)),
  ...(await measureMail(rates)),
  ...(await measureBindings(program, (folder) =>
    config(folder, { modem: 'tcp://127.0.0.1:7007', imap: 993, smtp: 465 }),
  )),
]
const rounded = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1))
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
else
  for (const { name, unit, median, p95, aim } of figures)
    process.stdout.write(
      `${name.padEnd(70)} ${rounded(median).padStart(8)} ${unit.padEnd(4)} ${p95 === null ? ''.padEnd(16) : `(95 %: ${rounded(p95)})`.padEnd(16)} aim: ${aim}\n`,
    )
