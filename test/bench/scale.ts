// A year of a large office against an empty database: two services of the same build take messages in turn, so that whatever else the
// machine does hits both; start-up and the operator's commands at that size. The big file is made once a month and kept in .cache/bench.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { migrations } from '../../src/store/database/migrations.ts'
import { insertions, mailboxOf, makeBigDatabase, numberOf, type Size } from './big-database.ts'
import { type Figure, median, ratioOfMedians, sampled, single } from './figure.ts'
import { type BenchOffice, databaseIn, startOffice } from './office.ts'

const bindings = Number(process.env.SIMPOST_BENCH_BINDINGS ?? 100_000)
const messages = Number(process.env.SIMPOST_BENCH_MESSAGES ?? 1_000_000)
const pairs = 150
const warmed = 20
const starts = 5
const commandRuns = 5
const quietMs = 40
const cache = fileURLToPath(new URL('../../.cache/bench', import.meta.url))

/** @param program the built bundle */
export async function measureScale(program: string): Promise<Figure[]> {
  const file = bigFile()
  // A copy of its own, for what is measured writes.
  const prepare = (folder: string): void => copyFileSync(file, databaseIn(folder), constants.COPYFILE_FICLONE)
  const small = await startOffice(program)
  const big = await startOffice(program, { prepare })
  try {
    return [
      await compare('mail at the IMAP server until AT+CMGS', (office, index) => out(office, index), {
        small,
        big,
      }),
      await compare('+CMTI until the SMTP server has the mail', (office, index) => back(office, index), {
        small,
        big,
      }),
      ...(await measureCommands(program, big)),
      ...(await measureStarts(program, prepare)),
    ]
  } finally {
    await Promise.all([small.close(), big.close()])
  }
}

/** Someone else each time, so that no page is in the cache because of the message before. */
const someone = (index: number): number => (index * 7919) % bindings
const out = (office: BenchOffice, index: number) => office.mailToSms(`out${index}`, numberOf(someone(index)))
const back = (office: BenchOffice, index: number) =>
  office.smsToMail(`back${index}`, numberOf(someone(index)))

interface Offices {
  readonly small: BenchOffice
  readonly big: BenchOffice
}

async function compare(
  name: string,
  send: (office: BenchOffice, index: number) => Promise<number>,
  { small, big }: Offices,
): Promise<Figure> {
  const samples: [number, number][] = []
  for (let index = 0; index < warmed + pairs; index += 1) {
    const times = new Map<BenchOffice, number>()
    // Who comes first changes.
    for (const office of index % 2 === 0 ? [small, big] : [big, small]) {
      times.set(office, await send(office, index))
      await sleep(quietMs)
    }
    if (index >= warmed) samples.push([times.get(small) ?? Number.NaN, times.get(big) ?? Number.NaN])
  }
  const { ratio, low, high } = ratioOfMedians(samples)
  const [without, with_] = [0, 1].map((side) =>
    median(samples.map((pair) => pair[side] ?? Number.NaN)).toFixed(1),
  )
  const range = `${without} and ${with_} ms; 95 % sure: ${low.toFixed(2)} to ${high.toFixed(2)}`
  return single(`${name}, ${messages} messages against none (${range})`, 'x', ratio, 'at most 1.1')
}

async function measureStarts(program: string, prepare: (folder: string) => void): Promise<Figure[]> {
  const times: Record<'empty' | 'full', number[]> = { empty: [], full: [] }
  for (let round = 0; round < starts; round += 1)
    for (const [kind, options] of [
      ['empty', {}],
      ['full', { prepare }],
    ] as const) {
      const office = await startOffice(program, options)
      times[kind].push(office.startMs)
      await office.close()
    }
  return [
    sampled('start with an empty database', 'ms', times.empty, 'under 1000'),
    sampled(`start with ${messages} messages`, 'ms', times.full, 'under 1000'),
  ]
}

async function measureCommands(program: string, { config }: BenchOffice): Promise<Figure[]> {
  const middle = String(Math.floor(messages / 2) | 1)
  const commands: readonly (readonly string[])[] = [
    ['--version'],
    ['status'],
    ['message', 'list'],
    ['message', 'list', '--judgement', 'refuse'],
    ['message', 'show', middle],
    ['binding', 'show', mailboxOf(someone(1))],
    ['binding', 'list', '--json'],
  ]
  const figures: Figure[] = []
  for (const words of commands) {
    const args = words[0] === '--version' ? words : [...words, '--config', config]
    const times: number[] = []
    for (let run = 0; run < commandRuns; run += 1) times.push(await firstOctetMs(program, args))
    figures.push(
      sampled(`simpost ${words.join(' ')} until its first line, ${messages} messages`, 'ms', times),
    )
  }
  return figures
}

/** Milliseconds until it prints; then it is ended, as by "| head". */
async function firstOctetMs(program: string, args: readonly string[]): Promise<number> {
  const begun = performance.now()
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((done) => child.once('exit', done))
  const printed = new Promise<number>((done) =>
    child.stdout.once('data', () => done(performance.now() - begun)),
  )
  const took = await Promise.race([printed, ended.then(() => Number.NaN)])
  child.kill('SIGKILL')
  await ended
  return took
}

/** Makes the big database, unless one of this month with this schema and these shapes is there. */
function bigFile(): string {
  const month = new Date(new Date().toISOString().slice(0, 7))
  const size: Size = { bindings, messages, until: month.getTime() }
  const shape = createHash('sha256')
    .update([...migrations, ...insertions(size)].join('\n'))
    .digest('hex')
  const file = join(cache, `${shape.slice(0, 16)}.db`)
  if (existsSync(file)) return file
  mkdirSync(cache, { recursive: true })
  for (const old of readdirSync(cache)) rmSync(join(cache, old))
  const fresh = `${file}.new`
  makeBigDatabase(fresh, size)
  renameSync(fresh, file)
  return file
}
