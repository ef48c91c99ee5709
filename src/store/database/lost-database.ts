// Databases that are gone, are not the one that was opened, or were found damaged. Invariants: whoever had a database never begins anew
// with an empty one unseen, for it would know no binding and would take every mail for new; what is written into a file without a name
// is lost with the process, so a commit counts only while the name stands for the file.

import { rmSync, statSync, writeFileSync } from 'node:fs'
import { GatewayError } from '../../domain/errors.ts'
import { keepPrivate } from './database-files.ts'
import { asStoreError, damaged } from './store-error.ts'

/** A note beside the database that there is one. */
const noteFile = (path: string): string => `${path}.made`
/** What was found wrong with the database; as long as it is there, all of the database is examined before it is used. */
const damageFile = (path: string): string => `${path}.damaged`

/** Octets; 0 if it is empty or missing. @throws GatewayError if nobody may look */
function size(file: string): number {
  try {
    return statSync(file, { throwIfNoEntry: false })?.size ?? 0
  } catch (cause) {
    throw asStoreError(cause, file)
  }
}

/** @throws GatewayError STORE_MISSING if there was a database and it is gone, or nothing is left in it */
export function refuseToBeginAnew(path: string): void {
  if (size(path) > 0 || (size(noteFile(path)) === 0 && size(`${path}-wal`) === 0)) return
  throw missing(path, 'is gone')
}

/** Notes that there is a database now. */
export function noteThatItIsThere(path: string): void {
  const file = noteFile(path)
  if (size(file) > 0) return
  const words = `There was a database beside this file. While it is missing, simpost does not begin with an empty one unless this file and ${path}-wal are removed.\n`
  try {
    writeFileSync(file, words)
    keepPrivate(file)
  } catch {
    // A disk that takes nothing says so at the first commit; the next start writes the note.
  }
}

function missing(path: string, what: string): GatewayError {
  return new GatewayError('STORE_MISSING', `the database ${path} ${what}`, {
    hint: `sudo simpost restore (it puts the last backup in its place); to begin with an empty one: sudo rm -f ${noteFile(path)} ${path}-wal`,
  })
}

/**
 * Remembers which files are open now.
 * @returns a look at whether their names still stand for them; it throws GatewayError STORE_MISSING
 */
export function watchFiles(path: string): () => void {
  const ends = ['', '-wal'].filter((end) => inode(path + end) !== null)
  const opened = ends.map((end) => inode(path + end))
  return () => {
    for (const [index, end] of ends.entries()) {
      const now = inode(path + end)
      if (now === opened[index]) continue
      if (now !== null && end === '') throw missing(path, 'was replaced by another file while it was open')
      throw missing(path, `was removed while it was open (${path}${end})`)
    }
  }
}

function inode(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false })
  return found === undefined ? null : `${found.dev}:${found.ino}`
}

/** Octets up to which a database is examined after a sudden end: half a second, and on a slow card 2 s. */
const examinedAtOnce = 32 * 1024 * 1024

/**
 * Examines a database of which nobody can be sure: damage was found in it before, or its -wal may be another's and looking takes no time.
 * @param findDamage looks through all of it and says what is wrong; null: nothing
 * @throws GatewayError STORE_DAMAGED
 */
export function refuseDamaged(path: string, findDamage: (path: string) => string | null): void {
  const known = size(damageFile(path)) > 0
  const suddenEnd = size(`${path}-wal`) > 0 && size(path) <= examinedAtOnce
  if (!known && !suddenEnd) return
  const damage = findDamage(path)
  if (damage !== null) {
    noteDamage(path, damage)
    throw damaged(path, damage)
  }
  if (known) forgetDamage(path)
}

/** For the next start, which then examines all of it first. */
export function noteDamage(path: string, what: string): void {
  try {
    writeFileSync(damageFile(path), `${what}\n`)
    keepPrivate(damageFile(path))
  } catch {
    // Then the next start finds it as this one did.
  }
}

/** Another file is in its place, or it is whole again. */
export function forgetDamage(path: string): void {
  rmSync(damageFile(path), { force: true })
}
