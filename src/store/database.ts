// Opens the one SQLite file: pragmas, numbered migrations, transactions. The only file that imports better-sqlite3.
// Invariant: WAL with synchronous=FULL, so that a commit that returned survives a power cut (NORMAL may lose the last ones).

import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { GatewayError, messageOf } from '../domain/errors.ts'
import { migrations } from './migrations.ts'

/** The box has 512 MiB: the page cache stays small. Negative: KiB (sqlite.org/pragma.html#pragma_cache_size). */
const cacheKib = -2048
const busyTimeoutMs = 5000
/**
 * A commit writes each page that it touched whole, and one message touches some thirty: with pages of 1 KiB it costs the disk half of what it
 * costs with the usual 4 KiB (test/wear/).
 */
const pageBytes = 1024
/** So much is written to the WAL before it goes into the database; the file is cut back to this size afterwards. */
const walBytesMax = 4 * 1024 * 1024

export type Value = string | number | bigint | Buffer | null

export interface Store {
  /** All rows of a query. Statements are prepared once and kept. */
  all<Row>(sql: string, ...values: Value[]): Row[]
  get<Row>(sql: string, ...values: Value[]): Row | undefined
  /** @returns rows changed and the rowid of the last insert */
  run(sql: string, ...values: Value[]): { readonly changes: number; readonly id: number }
  /** Everything in `work` is committed together or not at all. `work` must not await. Nested calls join the outer one. */
  transaction<Result>(work: () => Result): Result
  /** Commits made through this object since it was opened. */
  commits(): number
  close(): void
}

/**
 * Opens (and makes, 0600) the database and brings its schema up to date.
 * @throws GatewayError STORE_FAILED
 */
export function openStore(path: string, options: { readonly readOnly?: boolean } = {}): Store {
  try {
    if (path !== ':memory:') {
      if (options.readOnly === true && !isThere(path)) return openStore(':memory:')
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    }
    const db = new Database(path, { readonly: options.readOnly === true, timeout: busyTimeoutMs })
    if (path !== ':memory:' && options.readOnly !== true) keepPrivate(path)
    db.pragma('foreign_keys = ON')
    db.pragma(`cache_size = ${cacheKib}`)
    if (options.readOnly !== true) {
      // Both count for a new file only; another one keeps what it was made with.
      db.pragma(`page_size = ${pageBytes}`)
      db.pragma('auto_vacuum = INCREMENTAL')
      db.pragma('journal_mode = WAL')
      db.pragma('synchronous = FULL')
      db.pragma('secure_delete = ON')
      db.pragma(`wal_autocheckpoint = ${walBytesMax / Number(db.pragma('page_size', { simple: true }))}`)
      db.pragma(`journal_size_limit = ${walBytesMax}`)
    }
    migrate(db, path, options.readOnly === true)
    return wrap(db)
  } catch (cause) {
    throw asStoreError(cause, path)
  }
}

function migrate(db: Database.Database, path: string, readOnly: boolean): void {
  const version = Number(db.pragma('user_version', { simple: true }))
  if (version > migrations.length)
    throw new GatewayError(
      'STORE_FAILED',
      `${path} was written by a newer Simpost (schema ${version}, this one knows ${migrations.length})`,
      {
        hint: 'install the newer version again, or restore a backup from before it',
      },
    )
  if (version === migrations.length) return
  if (readOnly)
    throw new GatewayError('STORE_FAILED', `${path} has an older schema (${version})`, {
      hint: 'start the service once: simpost run',
    })
  db.transaction(() => {
    for (const [index, statements] of migrations.entries()) if (index >= version) db.exec(statements)
    db.prepare("INSERT OR IGNORE INTO setting(key, value) VALUES ('secret', ?), ('instance', ?)").run(
      randomBytes(32).toString('hex'),
      randomBytes(8).toString('hex'),
    )
    db.pragma(`user_version = ${migrations.length}`)
  }).exclusive()
}

/** Errors that say something of the disk, the file or another process; all others are defects of ours. */
const outside = /^SQLITE_(FULL|BUSY|LOCKED|IOERR|READONLY|CORRUPT|NOTADB|CANTOPEN|PERM|NOMEM|AUTH|PROTOCOL)/

/** A file that may not be looked for is not absent: whoever may not see the box would read that it is empty and stands still. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (cause) {
    throw asStoreError(cause, path)
  }
}

function asStoreError(cause: unknown, path: string): GatewayError {
  if (cause instanceof GatewayError) return cause
  const denied = /EACCES|EPERM|READONLY|CANTOPEN/.test(String((cause as { code?: unknown }).code))
  return new GatewayError('STORE_FAILED', `the database ${path}: ${messageOf(cause)}`, {
    retry: 'temporary',
    hint: denied
      ? 'run it as the user of the service (sudo -u simpost simpost …); the service makes the folder at its first start'
      : 'look at free disk space: df -h',
    cause,
  })
}

function wrap(db: Database.Database): Store {
  const statements = new Map<string, Database.Statement>()
  let commits = 0
  const prepare = (sql: string): Database.Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = db.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const total = db.prepare('SELECT total_changes()').pluck()
  const changes = (): number => Number(total.get())
  const guarded = <Result>(work: () => Result): Result => {
    try {
      return work()
    } catch (cause) {
      if (cause instanceof Database.SqliteError && outside.test(cause.code))
        throw asStoreError(cause, db.name)
      throw cause
    }
  }
  return {
    all: <Row>(sql: string, ...values: Value[]) => guarded(() => prepare(sql).all(...values) as Row[]),
    get: <Row>(sql: string, ...values: Value[]) =>
      guarded(() => prepare(sql).get(...values) as Row | undefined),
    run: (sql, ...values) =>
      guarded(() => {
        const outcome = prepare(sql).run(...values)
        if (!db.inTransaction && outcome.changes > 0) commits++
        return { changes: outcome.changes, id: Number(outcome.lastInsertRowid) }
      }),
    transaction: (work) =>
      guarded(() => {
        if (db.inTransaction) return work()
        const before = changes()
        const result = db.transaction(work).immediate()
        if (changes() !== before) commits++
        return result
      }),
    commits: () => commits,
    close: () => db.close(),
  }
}

/** Readable for its owner only. A command run by root must not take the file away from the user of the service, who owns the folder. */
function keepPrivate(file: string): void {
  chmodSync(file, 0o600)
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(dirname(file))
  chownSync(file, uid, gid)
}

/** A look of `isServiceRunning` holds the lock for an instant. */
const lockTimeoutMs = 2000

/**
 * Makes sure that one service works on a database. The lock is a transaction held open on a file beside it, so that the kernel
 * releases it when the process ends, however it ends.
 * @returns a function that releases the lock
 * @throws GatewayError STORE_BUSY; STORE_FAILED if the lock file cannot be made
 */
export function lockStore(path: string): () => void {
  if (path === ':memory:') return () => {}
  const unlock = tryLock(`${path}.lock`, lockTimeoutMs)
  if (unlock !== null) return unlock
  throw new GatewayError('STORE_BUSY', `another simpost service already works with ${path}`, {
    hint: 'stop the other one (systemctl stop simpost), or name another store.path in the config',
  })
}

/**
 * Takes a lock that the kernel releases when the process ends: a transaction held open on a file that holds nothing.
 * @param waitMs the thread stands still so long while another has it
 * @returns a function that releases the lock; null if another has it
 * @throws GatewayError STORE_FAILED if the file cannot be made
 */
export function tryLock(file: string, waitMs = 0): (() => void) | null {
  let lock: Database.Database | undefined
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    lock = new Database(file, { timeout: waitMs })
    keepPrivate(file)
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock?.close()
    if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')) return null
    throw asStoreError(cause, file)
  }
  const held = lock
  return () => held.close()
}

/** True if a service holds the lock of `lockStore`. Makes no file and takes nothing away from a service that is just starting. */
export function isServiceRunning(path: string): boolean {
  if (path === ':memory:' || !isThere(`${path}.lock`)) return false
  const lock = new Database(`${path}.lock`, { readonly: true, timeout: 0 })
  try {
    lock.prepare('SELECT count(*) FROM sqlite_master').get()
    return false
  } catch (cause) {
    if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')) return true
    throw asStoreError(cause, `${path}.lock`)
  } finally {
    lock.close()
  }
}

/** A value of the table `setting`; throws INTERNAL if a migration forgot it. */
export function setting(store: Store, key: 'secret' | 'instance'): string {
  const row = store.get<{ value: string }>('SELECT value FROM setting WHERE key = ?', key)
  if (row === undefined) throw new GatewayError('INTERNAL', `the setting ${key} is missing in the database`)
  return row.value
}
