// What a failure of SQLite (sqlite.org/rescode.html) or of the file system (errno(3)) means to whoever runs the box: a code, a sentence and
// a cure for each class. SQLite says "disk I/O error" of a full and of a read-only disk as well, so the disk itself is looked at.
// Invariant: what is no trouble of the disk, the file or another process is a defect of ours, and stays what it was.

import { dirname } from 'node:path'
import { GatewayError, type GatewayErrorOptions, messageOf } from '../../domain/errors.ts'
import { freeOctets } from './database-files.ts'
import { isReadOnly } from './read-only.ts'

const outside = /^SQLITE_(FULL|BUSY|LOCKED|IOERR|READONLY|CORRUPT|NOTADB|CANTOPEN|PERM|NOMEM|AUTH|PROTOCOL)/

const codeOf = (cause: unknown): string => String((cause as { code?: unknown } | null)?.code ?? '')

/** True for an error of SQLite that says something of the disk, the file or another process. */
export const isOutside = (cause: unknown): boolean => outside.test(codeOf(cause))

/** With less room no commit fits: one message touches some thirty pages. */
const writeLeast = 32 * 1024

const temporary = (hint: string, cause: unknown): GatewayErrorOptions => ({ retry: 'temporary', hint, cause })

/** @returns `cause` as an error that names the file and the cure; one of ours as it is */
export function asStoreError(cause: unknown, path: string): GatewayError {
  if (cause instanceof GatewayError) return cause
  const code = codeOf(cause)
  if (/CORRUPT|NOTADB/.test(code)) return damaged(path, messageOf(cause), cause)
  if (/BUSY|LOCKED/.test(code)) {
    const hint = `end the program that has it: sudo fuser -v ${path}; the service goes on by itself`
    return new GatewayError(
      'STORE_BUSY',
      `another program keeps the database ${path} to itself`,
      temporary(hint, cause),
    )
  }
  if (/FULL|ENOSPC|EDQUOT/.test(code) || (/IOERR/.test(code) && isFull(path))) return full(path, cause)
  if (/EROFS/.test(code) || (/IOERR|READONLY|CANTOPEN/.test(code) && isReadOnly(dirname(path)))) {
    const hint =
      'the kernel does this when a disk or card fails: dmesg | tail says why. Restart the box; if it comes back, another card, and sudo simpost restore'
    const said = `the file system of the database ${path} is read-only`
    return new GatewayError('STORE_READ_ONLY', said, temporary(hint, cause))
  }
  return new GatewayError(
    'STORE_FAILED',
    `the database ${path}: ${messageOf(cause)}`,
    temporary(
      /EACCES|EPERM|READONLY|CANTOPEN|PERM|AUTH/.test(code)
        ? 'run it as the user of the service (sudo -u simpost simpost …); the service makes the folder at its first start'
        : 'look what the disk says: dmesg | tail, df -h',
      cause,
    ),
  )
}

/** @param what is wrong in it, in SQLite's words */
export function damaged(path: string, what: string, cause?: unknown): GatewayError {
  return new GatewayError('STORE_DAMAGED', `the database ${path} is damaged: ${what}`, {
    hint: 'sudo simpost restore (it puts the last backup in its place)',
    cause,
  })
}

function full(path: string, cause: unknown): GatewayError {
  const hint =
    'make room: df -h, sudo du -xh / | sort -h | tail; nothing is lost meanwhile, and the service goes on by itself'
  return new GatewayError(
    'STORE_FULL',
    `no room on the disk for the database ${path}`,
    temporary(hint, cause),
  )
}

/** What the disk itself shows; null: it can be written. */
export function diskTrouble(
  path: string,
  { free, readOnly }: { readonly free: number; readonly readOnly: boolean },
): GatewayError | null {
  if (readOnly) return asStoreError({ code: 'EROFS' }, path)
  return free < writeLeast ? asStoreError({ code: 'ENOSPC' }, path) : null
}

function isFull(path: string): boolean {
  try {
    return freeOctets(dirname(path)) < writeLeast
  } catch {
    return false
  }
}
