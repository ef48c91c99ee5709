// Backups: made beside a process that writes, read through, whole or not there at all; and which of the automatic ones are kept.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { GatewayError } from '../../../src/domain/errors.ts'
import { backUp, inspect, readLastWrite } from '../../../src/store/backup/backup.ts'
import { automaticBackups, makeNextBackup } from '../../../src/store/backup/backup-folder.ts'
import { openAsIs, openStore } from '../../../src/store/database/database.ts'
import { lastWriteAt } from '../../../src/store/database/database-files.ts'
import { now, tempFolder } from '../temp-store.ts'

const folder = tempFolder()
let count = 0
function newFolder(): string {
  const path = join(folder, `${++count}`)
  mkdirSync(path)
  return path
}

/** A database of some megabytes. */
function bigDatabase(megabytes = 8): string {
  const path = join(newFolder(), 'simpost.db')
  const store = openStore(path)
  store.transaction(() => {
    for (let row = 0; row < megabytes * 1000; row++)
      store.run('INSERT INTO told VALUES (?, ?)', `${row} ${'x'.repeat(400)}`, row)
  })
  store.close()
  return path
}

const writers: ReturnType<typeof startWriter>[] = []
after(async () => {
  for (const { child, ended } of writers) {
    child.kill('SIGKILL')
    await ended
  }
})

function startWriter(path: string) {
  const script = fileURLToPath(new URL('./writing-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = 0
  child.stdout.on('data', (chunk: Buffer) => {
    last = Number(chunk.toString().trim().split('\n').at(-1))
  })
  return { child, ended: once(child, 'exit'), commits: () => last }
}

test('beside a process that writes all the time a backup ends, and shows one moment', async () => {
  const path = bigDatabase()
  const writer = startWriter(path)
  writers.push(writer)
  await once(writer.child.stdout, 'data')
  const target = join(path, '..', 'backup.db')
  const before = writer.commits()
  const facts = await backUp(path, target, { at: now })
  assert.ok(writer.commits() > before + 5, 'it went on writing meanwhile')
  assert.equal(facts.at, now)
  const copy = openAsIs(target)
  const halves = copy.all<{ one: number; other: number }>(
    `SELECT a.at AS one, b.at AS other FROM told a JOIN told b ON b.key = replace(a.key, 'one', 'other') WHERE a.key LIKE 'one %'`,
  )
  const mine = copy.get<{ count: number }>("SELECT count(*) AS count FROM told WHERE key LIKE '% x%'")?.count
  copy.close()
  assert.ok(halves.length > 0)
  for (const { one, other } of halves) assert.equal(one, other)
  assert.equal(mine, 8000)
  writer.child.kill('SIGKILL')
})

test('a backup is one file for its owner only, without companions, and opens without any', async () => {
  const path = bigDatabase(1)
  const target = join(path, '..', 'backup.db')
  await backUp(path, target, { at: now })
  assert.equal(statSync(target).mode & 0o777, 0o600)
  const beside = readdirSync(join(path, '..')).filter((name) => name.startsWith('backup.db'))
  assert.deepEqual(beside, ['backup.db'])
  // Octet 18 of the header: 1 is a rollback journal, 2 a -wal (sqlite.org/fileformat.html 1.3.3).
  assert.equal(readFileSync(target)[18], 1)
})

test('while it is made the file is nobody else’s either', async () => {
  const path = bigDatabase(2)
  const target = join(path, '..', 'backup.db')
  const before = process.umask(0)
  const modes = new Set<number>()
  try {
    const onStep = (): void => void modes.add(statSync(`${target}.new`).mode & 0o777)
    await backUp(path, target, { at: now, onStep })
  } finally {
    process.umask(before)
  }
  assert.deepEqual([...modes], [0o600])
})

test('what is committed and not yet in the database file is in the backup', async () => {
  const path = join(newFolder(), 'simpost.db')
  const store = openStore(path)
  store.run("INSERT INTO told VALUES ('in the -wal', 1)")
  assert.ok(statSync(`${path}-wal`).size > 0)
  const target = join(path, '..', 'backup.db')
  await backUp(path, target, { at: now })
  store.close()
  const copy = openAsIs(target)
  assert.equal(copy.all('SELECT * FROM told').length, 1)
  copy.close()
})

test('a backup that fails leaves nothing, and the one before as it was', async () => {
  const path = bigDatabase(2)
  const target = join(path, '..', 'backup.db')
  await backUp(path, target, { at: now })
  const good = readFileSync(target)
  const onStep = (done: number): void => {
    if (done > 0.5) throw new Error('pulled out')
  }
  await assert.rejects(backUp(path, target, { at: now, onStep }), /pulled out/)
  assert.deepEqual(readFileSync(target), good)
  assert.deepEqual(
    readdirSync(join(path, '..')).filter((name) => name.includes('.new')),
    [],
  )
})

test('of a damaged database no backup is made, so that no good one is replaced by it', async () => {
  const path = bigDatabase(2)
  const octets = readFileSync(path)
  octets.fill(0xff, 300_000, 400_000)
  writeFileSync(path, octets)
  const target = join(path, '..', 'backup.db')
  await assert.rejects(
    backUp(path, target, { at: now }),
    (error: unknown) => error instanceof GatewayError && /damaged|no good backup/.test(error.message),
  )
  assert.equal(existsSync(target), false)
})

test('where there is no database there is an error that names it, and no file', async () => {
  const path = join(newFolder(), 'simpost.db')
  const target = join(path, '..', 'backup.db')
  await assert.rejects(backUp(path, target, { at: now }), (error: unknown) =>
    `${error}`.includes(`no database ${path}`),
  )
  assert.deepEqual(readdirSync(join(path, '..')), [])
})

test('a file that is none, another program’s database, and half a backup are no good backups', async () => {
  const path = bigDatabase(1)
  const files = ['letter', 'other', 'half'].map((name) => join(path, '..', name))
  const [letter = '', other = '', half = ''] = files
  writeFileSync(letter, 'dear Bob, this is no database\n'.repeat(100))
  writeFileSync(other, '')
  const db = openAsIs(other)
  db.run('CREATE TABLE recipe (name TEXT)')
  db.close()
  await backUp(path, half, { at: now })
  truncateSync(half, 4096 * 50)
  for (const file of files)
    assert.throws(
      () => inspect(file),
      (error: unknown) => error instanceof GatewayError && error.message.startsWith(file),
      file,
    )
})

test('the last automatic backups are kept, by their number, whatever the clock says', async () => {
  const path = bigDatabase(1)
  const backups = join(path, '..', 'backups')
  const times = [now, now + 1000, 0, now - 86_400_000, now + 2000]
  for (const at of times) await makeNextBackup({ database: path, folder: backups, keep: 3, at })
  assert.deepEqual(
    automaticBackups(backups).map(({ number, at }) => [number, at]),
    [
      [5, now + 2000],
      [4, now - 86_400_000],
      [3, 0],
    ],
  )
  assert.equal(statSync(backups).mode & 0o777, 0o700)
  for (const { file } of automaticBackups(backups)) assert.equal(statSync(file).mode & 0o777, 0o600)
})

test('what an interrupted automatic backup left goes with the next one; files of others stay', async () => {
  const path = bigDatabase(1)
  const backups = join(path, '..', 'backups')
  await makeNextBackup({ database: path, folder: backups, keep: 1, at: now })
  for (const name of [
    'simpost-2-2026-11-22T120000Z.db.new',
    'simpost-2-2026-11-22T120000Z.db.new-journal',
    'mine.db',
  ])
    writeFileSync(join(backups, name), 'x')
  await makeNextBackup({ database: path, folder: backups, keep: 1, at: now })
  assert.deepEqual(readdirSync(backups).sort(), ['mine.db', 'simpost-2-2026-11-22T120000Z.db'])
})

test('a backup tells when the database had been written last', async () => {
  const path = bigDatabase(1)
  const target = join(path, '..', 'backup.db')
  await backUp(path, target, { at: now })
  assert.equal(readLastWrite(target), lastWriteAt(path))
  const store = openStore(path)
  store.run("INSERT INTO told VALUES ('more', 1)")
  assert.notEqual(readLastWrite(target), lastWriteAt(path))
  store.close()
  assert.equal(readLastWrite(join(path, '..', 'missing.db')), null)
})

test('a folder that may not be written is an error that names the file', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may write everywhere')
  const path = bigDatabase(1)
  const closed = newFolder()
  chmodSync(closed, 0o500)
  await assert.rejects(
    backUp(path, join(closed, 'backup.db'), { at: now }),
    (error: unknown) => error instanceof GatewayError && error.message.includes('backup.db'),
  )
})
