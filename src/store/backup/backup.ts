// Makes a backup of the database, one file, beside the running service or without one; and looks whether a file is a good backup.
// What it holds: the database, whole. What it does not: the config, passwords, and the sign-in of OAuth, which is a file of its own: a
// refresh token that was used since would be taken for a stolen one, and the provider would end the sign-in (RFC 6749 10.4).
// Invariant: a backup has its name only after it was read through and is on the disk.

import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { GatewayError } from '../../domain/errors.ts'
import { copyDatabase, openAsIs, type Store } from '../database/database.ts'
import {
  createPrivate,
  freeOctets,
  lastWriteAt,
  putInPlace,
  removeDatabase,
  sizeOf,
} from '../database/database-files.ts'
import { schemaVersion, tooNew } from '../database/migrate.ts'
import { asStoreError } from '../database/store-error.ts'

export interface BackupFacts {
  /** The moment that it shows, in ms since 1970; null: a copy that was made by other means and does not say. */
  readonly at: number | null
  /** When the database had been written last, in ms since 1970; null as above. */
  readonly lastWriteAt: number | null
  readonly schema: number
  readonly octets: number
}

export interface BackUpOptions {
  /** Now, in ms since 1970. */
  readonly at: number
  /** Told how much is copied, from 0 to 1. */
  readonly onStep?: (done: number) => void
}

/** So much stays free for the service. */
const reserveOctets = 32 * 1024 * 1024
/** After each 256 KiB, so that the disk is there for the service too: 25 MB a second at most. */
const restMs = 10
const stampKey = 'backup'

/**
 * Copies the database into a file; whatever has that name is replaced at the end, in one step.
 * @throws GatewayError STORE_FULL: no room; others: no database, or it cannot be read or written; nothing is left of it then
 */
export async function backUp(
  database: string,
  target: string,
  { at, onStep }: BackUpOptions,
): Promise<BackupFacts> {
  if (!existsSync(database))
    throw new GatewayError('STORE_FAILED', `there is no database ${database}`, {
      hint: 'see store.path in the config; the service makes the database at its first start',
    })
  const fresh = `${target}.new`
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  try {
    needRoom(dirname(target), sizeOf(database))
    removeDatabase(fresh)
    createPrivate(fresh)
    const written = lastWriteAt(database)
    await copyDatabase(database, fresh, (done) => {
      onStep?.(done)
      Atomics.wait(sleeper, 0, 0, restMs)
    })
    const facts = inspect(fresh, (store) => stamp(store, stampKey, { at, lastWriteAt: written }, at))
    putInPlace(fresh, target)
    return facts
  } catch (cause) {
    removeDatabase(fresh)
    throw asStoreError(cause, target)
  }
}

/** @throws GatewayError STORE_FULL if a file of this size would fill the disk */
export function needRoom(folder: string, octets: number): void {
  const free = freeOctets(folder)
  if (free >= octets + reserveOctets) return
  const mib = (count: number): string => `${Math.ceil(count / 1024 / 1024)} MiB`
  throw new GatewayError(
    'STORE_FULL',
    `${folder} has no room for a copy of the database: ${mib(octets + reserveOctets)} wanted, ${mib(free)} free`,
    { retry: 'temporary', hint: 'make room (df -h), or name a folder on another disk' },
  )
}

/** Writes a value that speaks of the file itself into it. */
export function stamp(store: Store, key: string, value: unknown, at: number): void {
  store.run('INSERT OR REPLACE INTO service_state VALUES (?, ?, ?)', key, JSON.stringify(value), at)
}

export function readStamp<Value>(store: Store, key: string): Value | undefined {
  const row = store.get<{ value: string }>('SELECT value FROM service_state WHERE key = ?', key)
  return row === undefined ? undefined : (JSON.parse(row.value) as Value)
}

/** When the database had been written last that a backup shows, in ms since 1970; null if the backup cannot be read. */
export function readLastWrite(file: string): number | null {
  try {
    const store = openAsIs(file)
    try {
      return readStamp<{ lastWriteAt: number }>(store, stampKey)?.lastWriteAt ?? null
    } finally {
      store.close()
    }
  } catch {
    return null
  }
}

/**
 * Reads a copy of a database through; what was in a -wal beside it is in it afterwards.
 * @param work done with it while it is open, once it has proven good
 * @throws GatewayError STORE_FAILED if it is damaged, is none of ours, or has a newer schema
 */
export function inspect(file: string, work: (store: Store) => void = () => {}): BackupFacts {
  const bad = (what: string): GatewayError =>
    new GatewayError('STORE_FAILED', `${file} is no good backup: ${what}`, { hint: 'take another one' })
  let store: Store | undefined
  try {
    store = openAsIs(file)
    // One file, without companions, from now on.
    store.get('PRAGMA journal_mode = DELETE')
    const found = store.get<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check
    if (found !== 'ok') throw bad(`${found}`)
    const schema = store.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0
    if (schema > schemaVersion) throw tooNew(file, schema)
    if (schema < 1 || store.get("SELECT 1 FROM setting WHERE key = 'instance'") === undefined)
      throw bad('it is no database of Simpost')
    work(store)
    const known = readStamp<{ at: number; lastWriteAt: number }>(store, stampKey)
    return {
      ...{ at: known?.at ?? null, lastWriteAt: known?.lastWriteAt ?? null },
      ...{ schema, octets: sizeOf(file) },
    }
  } catch (cause) {
    if (cause instanceof GatewayError && cause.message.startsWith(file)) throw cause
    throw bad(cause instanceof Error ? cause.message : String(cause))
  } finally {
    store?.close()
  }
}
