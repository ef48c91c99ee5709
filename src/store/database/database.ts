// Opens the one SQLite file: pragmas, numbered migrations, transactions. The only file that imports better-sqlite3.
// Invariant: WAL with synchronous=FULL, so that a commit that returned survives a power cut (NORMAL may lose the last ones).

import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import { createSyncer, keepPrivate } from './database-files.ts'
import { createGuard, type Guard, type StoreEvents } from './guard.ts'
import { noteThatItIsThere, refuseDamaged, refuseToBeginAnew, watchFiles } from './lost-database.ts'
import { migrate } from './migrate.ts'
import { asStoreError } from './store-error.ts'

/** The box has 512 MiB: the page cache stays small. Negative: KiB (sqlite.org/pragma.html#pragma_cache_size). */
const cacheKib = -2048
const busyTimeoutMs = 5000
/** Characters of what SQLite says of damage; it can list hundreds of pages. */
const damageWordsMax = 160
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

export interface StoreOptions {
  readonly readOnly?: boolean
  /** For the one service of a database: what is doubtful is examined before it is used. */
  readonly service?: StoreEvents
}

/**
 * Opens (and makes, 0600) the database and brings its schema up to date.
 * @throws GatewayError STORE_MISSING if there was one and it is gone; STORE_DAMAGED, STORE_FULL, STORE_READ_ONLY, STORE_BUSY, STORE_FAILED
 */
export function openStore(path: string, options: StoreOptions = {}): Store {
  try {
    if (path !== ':memory:') {
      refuseHalfRestored(path)
      refuseToBeginAnew(path)
      if (options.service !== undefined) refuseDamaged(path, findDamage)
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
    migrate(db, {
      ...{ path, readOnly: options.readOnly === true, copyTo: (target) => vacuumInto(path, target) },
      isInService: () => options.service === undefined && isServiceRunning(path),
    })
    if (path === ':memory:' || options.readOnly === true) return wrap(db, createGuard(path))
    noteThatItIsThere(path)
    return wrap(db, createGuard(path, watchFiles(path), options.service))
  } catch (cause) {
    throw asStoreError(cause, path)
  }
}

/**
 * Looks through all of a database, indexes included: half a second for 50 MiB. Its handle cannot write: nothing of a -wal that belongs to
 * another database may reach the file.
 * @returns what is wrong, in SQLite's words; null: nothing
 * @throws GatewayError if it cannot be read
 */
export function findDamage(path: string): string | null {
  let db: Database.Database | undefined
  try {
    db = new Database(path, { readonly: true, timeout: busyTimeoutMs })
    const found = String(db.pragma('integrity_check(1)', { simple: true }))
    return found === 'ok' ? null : found.replace(/^.*\*\*\*\s*/s, '').slice(0, damageWordsMax)
  } catch (cause) {
    const error = asStoreError(cause, path)
    if (error.code === 'STORE_DAMAGED') return messageOf(cause)
    throw error
  } finally {
    db?.close()
  }
}

/** What SQLite writes when it is asked for a copy of the whole: one file, no deleted content, complete when the statement returns. */
function vacuumInto(path: string, target: string): void {
  const reader = new Database(path, { readonly: true, timeout: busyTimeoutMs })
  try {
    reader.prepare('VACUUM INTO ?').run(target)
  } finally {
    reader.close()
  }
}

/** The finished file of a restore, until it has taken the place of the database. */
export const restoringFile = (path: string): string => `${path}.restoring`

/** Whoever opened now would find the old database without its -wal, or none, and make an empty one. */
function refuseHalfRestored(path: string): void {
  if (!existsSync(restoringFile(path))) return
  throw new GatewayError('STORE_FAILED', `a restore of ${path} was interrupted`, {
    retry: 'temporary',
    hint: 'sudo systemctl restart simpost, or simpost restore: either brings it to its end',
  })
}

/**
 * Opens a database file as it is, whatever its schema: for backups, which are looked at and stamped.
 * @throws GatewayError STORE_FAILED
 */
export function openAsIs(path: string): Store {
  let db: Database.Database | undefined
  try {
    db = new Database(path, { fileMustExist: true, timeout: busyTimeoutMs })
    return wrap(db, createGuard(path))
  } catch (cause) {
    db?.close()
    throw asStoreError(cause, path)
  }
}

const octetsAtOnce = 256 * 1024
/** After so many steps what was written is synced: 1 MiB waits for the disk at most, and with it a commit of the service. */
const stepsBetweenSyncs = 4

/**
 * Copies a database as it is at this moment, beside whoever writes it, with SQLite's online backup. One read transaction stands all the
 * time: without it each commit of another process would make the copy begin anew, and beside a busy service it never ended.
 * @param onStep told how much is done, from 0 to 1, in steps of 256 KiB
 * @throws GatewayError STORE_FAILED
 */
export async function copyDatabase(
  source: string,
  target: string,
  onStep: (done: number) => void,
): Promise<void> {
  let db: Database.Database | undefined
  let syncer: ReturnType<typeof createSyncer> | undefined
  let steps = 0
  try {
    db = new Database(source, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs })
    db.pragma(`cache_size = ${cacheKib}`)
    db.exec('BEGIN')
    // BEGIN alone reads nothing yet, and holds nothing.
    db.prepare('SELECT count(*) FROM sqlite_master').get()
    const pagesAtOnce = octetsAtOnce / Number(db.pragma('page_size', { simple: true }))
    await db.backup(target, {
      progress: ({ totalPages, remainingPages }) => {
        syncer ??= createSyncer(target)
        if (++steps % stepsBetweenSyncs === 0) syncer.sync()
        onStep(totalPages === 0 ? 0 : 1 - remainingPages / totalPages)
        return pagesAtOnce
      },
    })
  } catch (cause) {
    throw asStoreError(cause, source)
  } finally {
    syncer?.close()
    db?.close()
  }
}

/** A file that may not be looked for is not absent: whoever may not see the box would read that it is empty and stands still. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (cause) {
    throw asStoreError(cause, path)
  }
}

function wrap(db: Database.Database, guard: Guard): Store {
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
  const committed = (): void => {
    commits++
    guard.committed()
  }
  return {
    all: <Row>(sql: string, ...values: Value[]) => guard.run(() => prepare(sql).all(...values) as Row[]),
    get: <Row>(sql: string, ...values: Value[]) =>
      guard.run(() => prepare(sql).get(...values) as Row | undefined),
    run: (sql, ...values) =>
      guard.run(() => {
        const outcome = prepare(sql).run(...values)
        if (!db.inTransaction && outcome.changes > 0) committed()
        return { changes: outcome.changes, id: Number(outcome.lastInsertRowid) }
      }),
    transaction: (work) =>
      guard.run(() => {
        if (db.inTransaction) return work()
        const before = changes()
        const result = db.transaction(work).immediate()
        if (changes() !== before) committed()
        return result
      }),
    commits: () => commits,
    close: () => db.close(),
  }
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
