// The binding table with 100 000 rows against one with 10: a look-up and an addition must cost the same. And the import of a large file
// by the built program: seconds and the most memory it had. Ratios hold on any machine; seconds only compare within one run. The few
// microseconds between the two tables are pages that do not fit into SQLite's cache of 2 MiB.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bindings, createBindings } from '../../src/store/bindings.ts'
import { openStore, type Store } from '../../src/store/database/database.ts'
import { newBinding, now } from '../store/temp-store.ts'
import { mailboxOf, numberOf } from './big-database.ts'
import { type Figure, single } from './figure.ts'
import { config } from './office.ts'

const few = 10
const many = 100_000
const rounds = 15
const callsPerRound = 400

const nth = (index: number) =>
  newBinding({ mailbox: mailboxOf(index), number: numberOf(index), alias: `p${index}`, language: 'de' })

interface Table {
  readonly store: Store
  readonly bindings: Bindings
  readonly size: number
}

function fill(path: string, size: number): Table {
  const store = openStore(path)
  const bindings = createBindings(store)
  store.transaction(() => {
    for (let index = 0; index < size; index++) bindings.add(nth(index))
  })
  return { store, bindings, size }
}

const measured: Readonly<Record<string, (table: Table, index: number) => unknown>> = {
  ofMailbox: ({ bindings }, index) => bindings.ofMailbox(mailboxOf(index), now),
  ofNumber: ({ bindings }, index) => bindings.ofNumber(numberOf(index), now),
  ofAlias: ({ bindings }, index) => bindings.ofAlias(`p${index}`, now),
  isMember: ({ bindings }, index) => bindings.isMember(mailboxOf(index), now),
}

function msOf(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** Median milliseconds of one call. The tables take turns, so that a busy machine hits both alike. */
function compare(tables: readonly Table[], call: (table: Table, round: number) => void): number[] {
  const samples = tables.map((): number[] => [])
  for (let round = 0; round < rounds; round++)
    for (const [at, table] of tables.entries())
      samples[at]?.push(msOf(() => call(table, round)) / callsPerRound)
  return samples.map((each) => each.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN)
}

function ratioFigure(name: string, [small = Number.NaN, large = Number.NaN]: readonly number[]): Figure {
  const shown = `${(small * 1000).toFixed(0)} and ${(large * 1000).toFixed(0)} us`
  return single(`${name}, ${many} bindings against ${few} (${shown})`, 'x', large / small, 'under 2')
}

function compareTables(folder: string): Figure[] {
  const tables = [fill(join(folder, 'few.db'), few), fill(join(folder, 'many.db'), many)]
  try {
    const looks = Object.entries(measured).map(([name, call]) =>
      ratioFigure(
        name,
        compare(tables, (table, round) => {
          for (let index = 0; index < callsPerRound; index++)
            call(table, ((round * callsPerRound + index) * 7919) % table.size)
        }),
      ),
    )
    // In one transaction, so that the disk's own time for a commit does not hide the difference.
    const adds = compare(tables, ({ store, bindings }, round) =>
      store.transaction(() => {
        for (let index = 0; index < callsPerRound; index++)
          bindings.add(nth(many + round * callsPerRound + index))
      }),
    )
    return [...looks, ratioFigure('add', adds)]
  } finally {
    for (const { store } of tables) store.close()
  }
}

/** Runs the built program to its end. @returns seconds, and the most MiB that it had in memory */
async function runWatched(
  program: string,
  args: readonly string[],
): Promise<{ seconds: number; mib: number }> {
  let mib = 0
  const start = performance.now()
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      mib = Math.max(mib, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
    } catch {
      // It has just ended.
    }
  }, 20)
  const code = await new Promise((ended) => child.once('exit', ended))
  clearInterval(look)
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${said}`)
  return { seconds: (performance.now() - start) / 1000, mib }
}

/** @param program the built bundle */
export async function measureBindings(program: string): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'simpost-bench-bindings-'))
  try {
    const figures = compareTables(folder)
    const [file, toml] = [join(folder, 'many.csv'), join(folder, 'simpost.toml')]
    const rows = Array.from(
      { length: many },
      (_, index) => `${mailboxOf(index)},${numberOf(index)},p${index},"Person, ${index}",22:00-07:00`,
    )
    writeFileSync(file, `mailbox,number,alias,name,quiet_hours\n${rows.join('\n')}\n`)
    writeFileSync(toml, config(folder, { modem: 'tcp://127.0.0.1:7007', imap: 993, smtp: 465 }), {
      mode: 0o600,
    })
    const { seconds, mib } = await runWatched(program, ['binding', 'import', file, '--config', toml])
    return [
      ...figures,
      single(`import of ${many} bindings`, 's', seconds),
      single(`most memory while ${many} bindings are imported`, 'MiB', mib),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
