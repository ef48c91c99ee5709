// Every schema that was ever released, as a dump with a row in every table: it is brought to the newest one with all that was in it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { GatewayError } from '../../../src/domain/errors.ts'
import { openStore } from '../../../src/store/database/database.ts'
import { migrate } from '../../../src/store/database/migrate.ts'
import { migrations } from '../../../src/store/database/migrations.ts'
import { otherProcess, tempFolder } from '../temp-store.ts'
import { columnsOf, dumpFile, readDump, rowsOf, schemaOf, tablesOf } from './schema-dump.ts'

const folder = tempFolder()
let files = 0
const newPath = (): string => join(folder, `${++files}`, 'simpost.db')
const newest = migrations.length
const earlier = [...migrations.keys()].slice(1)

/** A database of this schema, in a file. */
function make(version: number, path = newPath()): string {
  mkdirSync(join(path, '..'))
  const db = new Database(path)
  db.exec(readDump(version))
  db.close()
  return path
}

/** Everything in the tables of one schema, under the names that these have there. */
function contents(path: string, like: string): Record<string, string[]> {
  const [db, old] = [path, like].map((file) => new Database(file, { readonly: true }))
  if (db === undefined || old === undefined) throw new Error('two databases')
  const found = tablesOf(old).map((table) => {
    const kept = new Set(columnsOf(db, table).map(({ name }) => name))
    const columns = columnsOf(old, table).map(({ name }) => name)
    return [
      table,
      rowsOf(
        db,
        table,
        columns.filter((column) => kept.has(column)),
      ),
    ] as const
  })
  for (const one of [db, old]) one.close()
  return Object.fromEntries(found)
}

test('every schema before the newest has its dump, and the dump has a row in every table', () => {
  for (const version of earlier) {
    assert.ok(existsSync(dumpFile(version)), `${dumpFile(version)} is missing: see schema-dump.ts`)
    const path = make(version)
    const empty = Object.entries(contents(path, path)).filter(([, rows]) => rows.length === 0)
    assert.deepEqual(empty, [], `schema ${version}`)
  }
})

test('a database of an earlier schema becomes one of the newest, as if made new, and keeps its rows', () => {
  for (const version of earlier) {
    const path = make(version)
    const before = contents(path, path)
    const store = openStore(path)
    assert.deepEqual(store.all('PRAGMA foreign_key_check'), [])
    assert.equal(store.get<{ integrity_check: string }>('PRAGMA integrity_check')?.integrity_check, 'ok')
    store.close()
    assert.deepEqual(contents(path, make(version)), before, `rows of schema ${version}`)
    const fresh = newPath()
    openStore(fresh).close()
    const [migrated, made] = [path, fresh].map((file) => {
      const db = new Database(file, { readonly: true })
      const schema = { version: db.pragma('user_version', { simple: true }), parts: schemaOf(db) }
      db.close()
      return schema
    })
    assert.deepEqual(migrated, made, `schema ${version} brought to ${newest}`)
  }
})

test('the old database is kept as one private file, whole, before its schema changes', () => {
  const path = make(1)
  openStore(path).close()
  const kept = `${path}.schema-1.backup`
  assert.equal(statSync(kept).mode & 0o777, 0o600)
  assert.deepEqual(contents(kept, make(1)), contents(make(1), make(1)))
  assert.deepEqual(
    readdirSync(join(path, '..')).filter((name) => name.includes('.backup') && !name.endsWith('.backup')),
    [],
    'nothing beside it',
  )
})

test('a database of the newest schema is not copied', () => {
  const path = newPath()
  openStore(path).close()
  openStore(path).close()
  assert.deepEqual(
    readdirSync(join(path, '..')).filter((name) => name.includes('.schema-')),
    [],
  )
})

const copyTo = (path: string) => (target: string) => {
  const reader = new Database(path, { readonly: true })
  reader.prepare('VACUUM INTO ?').run(target)
  reader.close()
}

test('a step that fails leaves the old schema with all its rows, and says what failed', () => {
  const path = make(1)
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  const steps = [...migrations, 'CREATE TABLE extra (a); INSERT INTO no_such_table VALUES (1)']
  assert.throws(() => migrate(db, { path, readOnly: false, steps, copyTo: copyTo(path) }), /no_such_table/)
  assert.equal(db.pragma('user_version', { simple: true }), 1)
  db.close()
  assert.deepEqual(contents(path, make(1)), contents(make(1), make(1)))
  openStore(path).close()
})

test('where the copy finds no room nothing is changed, and what there is of it goes', () => {
  const path = make(1)
  const db = new Database(path)
  const full = (target: string): void => {
    writeFileSync(target, 'half a copy')
    throw new Error('database or disk is full')
  }
  assert.throws(
    () => migrate(db, { path, readOnly: false, copyTo: full }),
    (error: unknown) =>
      error instanceof GatewayError && /full/.test(error.message) && /df -h/.test(`${error.hint}`),
  )
  assert.equal(db.pragma('user_version', { simple: true }), 1)
  db.close()
  assert.deepEqual(readdirSync(join(path, '..')), ['simpost.db'])
})

test('two that open an old database at once bring it up to date once', () => {
  const path = make(1)
  const late = new Database(path)
  late.pragma('journal_mode = WAL')
  // The other one is through between the first look at the version and the lock.
  const exec = late.exec.bind(late)
  const behind = {
    pragma: late.pragma.bind(late),
    prepare: late.prepare.bind(late),
    get inTransaction() {
      return late.inTransaction
    },
    exec: (sql: string) => {
      if (sql === 'BEGIN IMMEDIATE') openStore(path).close()
      return exec(sql)
    },
  }
  migrate(behind, { path, readOnly: false, copyTo: () => assert.fail('copied a second time') })
  assert.equal(late.pragma('user_version', { simple: true }), newest)
  late.close()
})

test('beside a running service no command changes the schema: the service may be the older program', async () => {
  const path = make(newest - 1)
  const before = contents(path, path)
  const { child, firstLine, ended } = otherProcess('lock', path)
  try {
    assert.equal(await firstLine, 'locked')
    assert.throws(
      () => openStore(path),
      (error: unknown) =>
        error instanceof GatewayError &&
        /running service/.test(error.message) &&
        /restart/.test(`${error.hint}`),
    )
    assert.deepEqual(contents(path, make(newest - 1)), before)
  } finally {
    child.stdin?.end()
    await ended
  }
  openStore(path).close()
  const db = new Database(path, { readonly: true })
  assert.equal(db.pragma('user_version', { simple: true }), newest)
  db.close()
})

test('an older program refuses a newer schema, and names the file that it can have back', () => {
  const path = make(1)
  openStore(path).close()
  const db = new Database(path)
  db.pragma(`user_version = ${newest + 1}`)
  db.close()
  assert.throws(
    () => openStore(path),
    (error: unknown) =>
      error instanceof GatewayError &&
      /newer Simpost/.test(error.message) &&
      `${error.hint}`.includes(`simpost restore ${path}.schema-1.backup`),
  )
})

test('a process that is killed in the middle of a migration leaves a database that opens, whole', async () => {
  for (const where of ['copy', 'step']) {
    const path = make(1)
    const script = fileURLToPath(new URL('./schema-migration.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', script, path, where], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    const [word] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer]
    assert.equal(String(word).trim(), `in the ${where}`)
    child.kill('SIGKILL')
    await ended
    openStore(path).close()
    assert.deepEqual(contents(path, make(1)), contents(make(1), make(1)), where)
  }
})
