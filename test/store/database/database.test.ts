// The database file: how it is opened, who may read it, what a transaction keeps, which versions are refused.

import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { GatewayError } from '../../../src/domain/errors.ts'
import { createBindings } from '../../../src/store/bindings.ts'
import { isServiceRunning, lockStore, openStore, setting } from '../../../src/store/database/database.ts'
import { migrations } from '../../../src/store/database/migrations.ts'
import { newBinding, now, storeKeeper, tempFolder } from '../temp-store.ts'

const folder = tempFolder()
const open = storeKeeper()
let files = 0
const newPath = (): string => join(folder, `${++files}.db`)

const isError = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof GatewayError && error.code === code && message.test(error.message)

test('the file is in WAL mode with synchronous FULL and foreign keys', () => {
  const store = open(newPath())
  assert.equal(store.get<{ journal_mode: string }>('PRAGMA journal_mode')?.journal_mode, 'wal')
  assert.equal(store.get<{ synchronous: number }>('PRAGMA synchronous')?.synchronous, 2)
  assert.equal(store.get<{ foreign_keys: number }>('PRAGMA foreign_keys')?.foreign_keys, 1)
})

test('the file, its WAL and its lock are for their owner only', () => {
  const path = newPath()
  const store = open(path)
  createBindings(store).add(newBinding())
  lockStore(path)()
  for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}.lock`])
    assert.equal(statSync(file).mode & 0o777, 0o600, file)
})

test('an existing file that others could read is closed to them', () => {
  const path = newPath()
  openStore(path).close()
  chmodSync(path, 0o644)
  open(path)
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('folders on the way are made, for their owner only', () => {
  open(join(folder, 'a', 'b', 'simpost.db'))
  assert.equal(statSync(join(folder, 'a', 'b')).mode & 0o777, 0o700)
})

test('secret and instance are made once, differ between boxes and stay', () => {
  const path = newPath()
  const store = open(path)
  const secret = setting(store, 'secret')
  assert.match(secret, /^[0-9a-f]{64}$/)
  assert.equal(setting(open(path), 'secret'), secret)
  assert.notEqual(setting(open(newPath()), 'secret'), secret)
  assert.notEqual(setting(open(newPath()), 'instance'), setting(store, 'instance'))
})

test('a failing transaction leaves nothing and hands its error on', () => {
  const store = open(newPath())
  const bindings = createBindings(store)
  assert.throws(
    () =>
      store.transaction(() => {
        bindings.add(newBinding())
        throw new Error('after the first statement')
      }),
    /after the first statement/,
  )
  assert.deepEqual(bindings.list(now), [])
})

test('an inner transaction belongs to the outer one: one commit for both, or none', () => {
  const store = open(newPath())
  const bindings = createBindings(store)
  const before = store.commits()
  store.transaction(() => {
    bindings.add(newBinding())
    bindings.add(newBinding({ mailbox: 'carol@office.example', number: '+4917023456789' }))
  })
  assert.equal(store.commits(), before + 1)
  assert.throws(() =>
    store.transaction(() => {
      bindings.add(newBinding({ mailbox: 'dan@office.example', number: '+4917034567890' }))
      throw new Error('late')
    }),
  )
  assert.equal(bindings.list(now).length, 2)
  assert.equal(store.commits(), before + 1)
})

test('reading and a transaction that changes nothing are no commits', () => {
  const store = open(newPath())
  const before = store.commits()
  store.transaction(() => createBindings(store).list(now))
  createBindings(store).remove(99)
  assert.equal(store.commits(), before)
})

test('a wrong statement is a defect, not trouble with the disk: the message is held, not tried for ever', () => {
  assert.throws(() => open().run('INSERT INTO setting VALUES (?, ?)', 'secret', 'x'), {
    code: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  })
})

test('a file of a newer version is refused and left alone', () => {
  const path = newPath()
  const newer = new Database(path)
  newer.pragma('user_version = 99')
  newer.close()
  for (const readOnly of [true, false])
    assert.throws(() => openStore(path, { readOnly }), isError('STORE_FAILED', /newer Simpost \(schema 99, /))
  const after = new Database(path)
  assert.equal(after.pragma('user_version', { simple: true }), 99)
  assert.deepEqual(after.prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").all(), [])
  after.close()
})

test('a file of every older version is brought up to date and keeps its rows', () => {
  for (let version = 0; version < migrations.length; version++) {
    const path = newPath()
    const older = new Database(path)
    for (const step of migrations.slice(0, version)) older.exec(step)
    older.pragma(`user_version = ${version}`)
    older.close()
    const store = open(path)
    assert.equal(store.get<{ user_version: number }>('PRAGMA user_version')?.user_version, migrations.length)
    assert.match(setting(store, 'secret'), /^[0-9a-f]{64}$/)
  }
})

test('for reading only, an older file is refused with what to do', () => {
  const path = newPath()
  writeFileSync(path, '')
  assert.throws(
    () => openStore(path, { readOnly: true }),
    (error) =>
      isError('STORE_FAILED', /older schema/)(error) &&
      /simpost run/.test((error as GatewayError).hint ?? ''),
  )
})

test('for reading only, nothing can be written, beside a store that writes', () => {
  const path = newPath()
  const writing = open(path)
  createBindings(writing).add(newBinding())
  const reading = openStore(path, { readOnly: true })
  assert.equal(createBindings(reading).list(now).length, 1)
  assert.throws(() => createBindings(reading).remove(1), isError('STORE_FAILED', /readonly/))
  reading.close()
})

test('for reading only, a file that does not exist is empty and is not made', () => {
  const path = newPath()
  const reading = openStore(path, { readOnly: true })
  assert.deepEqual(createBindings(reading).list(now), [])
  reading.close()
  assert.equal(existsSync(path), false)
})

test('a place that may not be looked into is no empty database, and no service that stands still', () => {
  const loop = join(folder, 'loop')
  symlinkSync('loop', loop)
  const path = join(loop, 'box.db')
  assert.throws(() => openStore(path, { readOnly: true }), isError('STORE_FAILED', /loop\/box\.db: /))
  assert.throws(() => isServiceRunning(path), isError('STORE_FAILED', /loop\/box\.db\.lock: /))
})

test('a file that is no database counts as damaged, and the error names the file', () => {
  const path = newPath()
  writeFileSync(path, 'this is a letter, not a database, and it is long enough to be one\n'.repeat(20))
  assert.throws(() => openStore(path), isError('STORE_DAMAGED', new RegExp(path)))
})

test('a place where no file can be is an error of the store', () => {
  const path = join(newPath(), 'x', 'y.db')
  writeFileSync(join(folder, `${files}.db`), '')
  assert.throws(() => openStore(path), isError('STORE_FAILED', /./))
  assert.throws(() => lockStore(path), isError('STORE_FAILED', /./))
})

test('a lock file that cannot be opened is an error of the store', () => {
  const path = newPath()
  mkdirSync(`${path}.lock`)
  assert.throws(() => lockStore(path), isError('STORE_FAILED', /\.lock/))
})
