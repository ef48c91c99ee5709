// When the service makes a backup by itself, with a clock that the test turns; and that one in a thread of its own keeps nobody waiting.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { after, test } from 'node:test'
import { backupFolder, keepBackups } from '../../src/daemon/backups.ts'
import { systemClock } from '../../src/daemon/system-clock.ts'
import type { Clock } from '../../src/domain/ports.ts'
import { configureLog } from '../../src/log.ts'
import { automaticBackups, makeNextBackup } from '../../src/store/backup/backup-folder.ts'
import { openStore } from '../../src/store/database/database.ts'

configureLog('error', () => {})
const folder = mkdtempSync(join(tmpdir(), 'simpost-backups-'))
after(() => rmSync(folder, { recursive: true }))
let count = 0
const hour = 3_600_000
const start = Date.UTC(2026, 10, 22, 12)

function box(change: Partial<Parameters<typeof keepBackups>[0]['config']['store']> = {}) {
  const path = join(folder, `${++count}`, 'simpost.db')
  mkdirSync(join(path, '..'))
  const store = {
    ...{ path, backups: 3, backup_every: 24 * hour, backup_folder: undefined },
    ...{ keep_texts: null, keep_rows: null },
    ...change,
  }
  return { config: { store }, database: openStore(path), path }
}

/**
 * Lets the loop run for so many of its hours; `each` is called before each look, with the hour.
 * @returns the hours at which a backup was asked for
 */
async function hours(
  many: number,
  { config }: Pick<ReturnType<typeof box>, 'config'>,
  each: (hour: number, set: (now: number) => void) => void = () => {},
): Promise<number[]> {
  const stop = new AbortController()
  const asked: number[] = []
  let now = start
  let passed = 0
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      await new Promise((resolve) => setImmediate(resolve))
      now += ms
      if (++passed > many) stop.abort()
      else each(passed, (other) => (now = other))
    },
  }
  const make: Parameters<typeof keepBackups>[0]['make'] = async (job) => {
    asked.push(passed)
    const { file, octets } = await makeNextBackup(job)
    return { kind: 'done', file, octets }
  }
  await keepBackups({ config, clock, make }, stop.signal)
  return asked
}

test('the first backup is made soon after the start, the next ones a day later each, while something is written', async () => {
  const one = box()
  const asked = await hours(60, one, (hour) => one.database.run('INSERT INTO told VALUES (?, 1)', `${hour}`))
  assert.deepEqual(asked, [1, 25, 49])
  one.database.close()
})

test('a box that writes nothing makes no second backup', async () => {
  const one = box()
  assert.deepEqual(await hours(80, one), [1])
  one.database.close()
})

test('a clock that goes back or ahead makes neither a storm of backups nor an end of them', async () => {
  const one = box()
  const asked = await hours(200, one, (hour, set) => {
    one.database.run('INSERT INTO told VALUES (?, 1)', `${hour}`)
    if (hour === 10) set(0)
    if (hour === 50) set(start + 400 * 24 * hour)
    if (hour === 90) set(start)
  })
  assert.ok(asked.length >= 7 && asked.length <= 12, `${asked}`)
  one.database.close()
})

test('none are made of a database in memory, or where none are wanted', async () => {
  assert.deepEqual(await hours(50, box({ backups: 0 })), [])
  assert.deepEqual(await hours(50, box({ path: ':memory:' })), [])
})

test('the folder is beside the database, or where the config says', () => {
  const { config } = box()
  assert.equal(backupFolder(config), join(config.store.path, '..', 'backups'))
  assert.equal(backupFolder(box({ backup_folder: '/mnt/stick' }).config), '/mnt/stick')
})

test('a backup that cannot be made is an error with its reason, for the supervisor to try again', async () => {
  const { config, database } = box()
  const clock: Clock = { ...systemClock, sleep: async () => {} }
  const make = async () => ({ kind: 'failed', message: 'no room', hint: 'df -h' }) as const
  await assert.rejects(keepBackups({ config, clock, make }, new AbortController().signal), /no room/)
  database.close()
})

test('while a thread copies the database nobody waits for it, and the backup is good', async (t) => {
  const one = box()
  one.database.transaction(() => {
    for (let row = 0; row < 60_000; row++)
      one.database.run('INSERT INTO told VALUES (?, 1)', `${row} ${'x'.repeat(700)}`)
  })
  const stop = new AbortController()
  const clock: Clock = {
    ...systemClock,
    sleep: async (_, signal) => {
      if (automaticBackups(backupFolder(one.config)).length === 0) return
      stop.abort()
      signal?.throwIfAborted()
    },
  }
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  await keepBackups({ config: one.config, clock }, stop.signal)
  delay.disable()
  const [made] = automaticBackups(backupFolder(one.config))
  assert.ok(made !== undefined)
  const longestMs = Math.round(delay.max / 1e6)
  t.diagnostic(`the event loop stood still for ${longestMs} ms at most`)
  assert.ok(longestMs < 500, `${longestMs} ms`)
  one.database.close()
})

test('a service that ends takes the thread with it, and the next backup clears up', async () => {
  const one = box()
  one.database.transaction(() => {
    for (let row = 0; row < 20_000; row++)
      one.database.run('INSERT INTO told VALUES (?, 1)', `${row} ${'x'.repeat(700)}`)
  })
  const stop = new AbortController()
  const clock: Clock = { ...systemClock, sleep: async () => {} }
  setTimeout(() => stop.abort(), 30)
  await keepBackups({ config: one.config, clock }, stop.signal)
  assert.deepEqual(await hours(2, one), [1])
  one.database.close()
})
