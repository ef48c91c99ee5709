// Puts a backup in the place of the database; what was there is kept beside it, under another name.
// Invariants: a -wal of the old database never stands beside the new one, for SQLite would play it into it; after a sudden end at any
// moment there is the old database, untouched, or a finished file under its own name that the next start puts in its place: until then
// nobody opens anything.

import { copyFileSync, existsSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import { restoringFile } from '../database/database.ts'
import {
  keepPrivate,
  lastWriteAt,
  moveAside,
  putInPlace,
  removeDatabase,
  sizeOf,
  sync,
} from '../database/database-files.ts'
import { forgetDamage } from '../database/lost-database.ts'
import { type BackupFacts, inspect, needRoom, readLastWrite, stamp } from './backup.ts'
import { countOpen, type Restored, restoredKey } from './restored.ts'

export interface RestoreOptions {
  /** Now, in ms since 1970. */
  readonly at: number
  /** No service has run since the backup was made, so that nothing in it can have happened twice. */
  readonly nothingSince: boolean
}

export interface RestoreResult extends BackupFacts {
  /** Where the database of before is kept; null: there was none. */
  readonly kept: string | null
  /** Until when the database of before may have done things of which the backup knows nothing, in ms since 1970. */
  readonly lostUntil: number
  /** What the backup holds that nobody knows the end of. */
  readonly open: ReturnType<typeof countOpen>
}

/**
 * The caller holds the lock of the database (`lockStore`).
 * @throws GatewayError STORE_FAILED: the file is no good backup; STORE_FULL: the disk has no room; USAGE: the clock is wrong; the database
 * is as it was
 */
export function restoreDatabase(
  database: string,
  file: string,
  { at, nothingSince }: RestoreOptions,
): RestoreResult {
  const fresh = `${database}.restore`
  let lostUntil = lastWriteAt(database)
  let facts: BackupFacts
  let open: RestoreResult['open'] = { sms: 0, heldSms: 0, mails: 0 }
  try {
    copyIn(file, fresh)
    // Of a database that is gone, with nothing or an older file in its place, nobody knows how long it lived.
    if (lostUntil === 0 || lostUntil < (readLastWrite(fresh) ?? 0)) lostUntil = at
    facts = inspect(fresh, (store) => {
      open = countOpen(store)
      const restored: Restored = { restoredAt: at, lostUntil, settled: false }
      if (!nothingSince) stamp(store, restoredKey, restored, at)
    })
    if (!nothingSince) refuseEarlyClock(facts, at)
    keepPrivate(fresh)
    putInPlace(fresh, restoringFile(database))
  } catch (cause) {
    removeDatabase(fresh)
    if (cause instanceof GatewayError)
      throw new GatewayError(cause.code, cause.message.replaceAll(fresh, file), {
        hint: cause.hint ?? 'take another backup',
        cause,
      })
    throw new GatewayError('STORE_FAILED', `${file} cannot be put back: ${messageOf(cause)}`, {
      hint: 'run it as root or as the user of the service, and look at free disk space: df -h',
      cause,
    })
  }
  return { ...facts, kept: finishRestore(database), lostUntil, open }
}

/** A clock that was set back by less is right all the same. */
const setBackMaxMs = 3_600_000

/** By a clock that stands too early, all that was handled since the backup would seem to have come after it was put back. */
function refuseEarlyClock({ at: madeAt }: BackupFacts, now: number): void {
  if (madeAt === null || now >= madeAt - setBackMaxMs) return
  const [made, stands] = [madeAt, now].map((time) => new Date(time).toISOString())
  throw new GatewayError(
    'USAGE',
    `the clock of the box stands at ${stands}, before the backup was made (${made})`,
    {
      hint: 'set the clock (timedatectl), then the same command again; nothing was changed',
    },
  )
}

/** Of a database that was only copied, its last commits are in the -wal beside it. */
function copyIn(file: string, fresh: string): void {
  removeDatabase(fresh)
  needRoom(dirname(fresh), sizeOf(file))
  for (const end of ['', '-wal', '-journal'])
    if (end === '' || existsSync(`${file}${end}`)) copyFileSync(`${file}${end}`, `${fresh}${end}`)
}

/**
 * Brings a restore that was interrupted to its end; nothing happens if there is none. The caller holds the lock of the database.
 * @returns where the database of before is kept; null: there was none
 */
export function finishRestore(database: string): string | null {
  const finished = restoringFile(database)
  const found = statSync(finished, { throwIfNoEntry: false })
  if (found === undefined) return null
  // The same name for all of its files, also if this was interrupted between two of them.
  const time = new Date(found.mtimeMs).toISOString().replace(/[:.]/g, '').replace('T', '-')
  const kept = `${database}.damaged-${time}`
  moveAside(database, kept)
  sync(dirname(database))
  renameSync(finished, database)
  sync(dirname(database))
  forgetDamage(database)
  return existsSync(kept) ? kept : null
}
