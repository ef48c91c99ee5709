// The database as files: SQLite keeps up to three (the database, -wal, -shm), and a backup is one. Synced, named and owned here.
// Invariant: a file has its final name only when all of it is on the disk: written beside, fsync, rename, fsync of the folder.

import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** What SQLite keeps beside a database: without -wal its last commits are missing, and a -wal of another database destroys it. */
export const companions = ['-wal', '-shm', '-journal'] as const

/** Removes a database with what SQLite keeps beside it; nothing happens where there is none. */
export function removeDatabase(file: string): void {
  for (const end of ['', ...companions]) rmSync(`${file}${end}`, { force: true })
}

/** Readable for its owner only. A command run by root must not take the file away from the user of the service, who owns the folder. */
export function keepPrivate(file: string): void {
  chmodSync(file, 0o600)
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(dirname(file))
  chownSync(file, uid, gid)
}

/** Makes an empty file that nobody else ever reads. @throws if it is there */
export function createPrivate(file: string): void {
  closeSync(openSync(file, 'wx', 0o600))
}

/** The file is on the disk when this returns; for a folder: its names. */
export function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Gives a finished file its name, in place of whatever had it; after a power cut it is the one or the other. */
export function putInPlace(finished: string, name: string): void {
  sync(finished)
  renameSync(finished, name)
  sync(dirname(name))
}

/** Opens a file to be synced again and again while another writes it. */
export function createSyncer(path: string): { sync(): void; close(): void } {
  const file = openSync(path, 'r+')
  return { sync: () => fdatasyncSync(file), close: () => closeSync(file) }
}

/** Octets of a database with what is still in its -wal; 0 if it is missing. */
export function sizeOf(file: string): number {
  return partsOf(file).reduce((sum, { size }) => sum + size, 0)
}

/** When the database was last written, in ms since 1970, as the clock of the box was then; 0 if it is missing. */
export function lastWriteAt(file: string): number {
  // Whoever only reads makes an empty -wal.
  return partsOf(file)
    .filter(({ size }) => size > 0)
    .reduce((last, { mtimeMs }) => Math.max(last, mtimeMs), 0)
}

function partsOf(file: string): Stats[] {
  return [file, `${file}-wal`]
    .map((part) => statSync(part, { throwIfNoEntry: false }))
    .filter((found) => found !== undefined)
}

/** Octets that are free on the file system of a folder, for users who are not root. */
export function freeOctets(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Moves a database out of the way, with what SQLite keeps beside it. May be called again after it was interrupted. */
export function moveAside(file: string, aside: string): void {
  for (const end of ['', ...companions])
    if (existsSync(`${file}${end}`)) renameSync(`${file}${end}`, `${aside}${end}`)
}
