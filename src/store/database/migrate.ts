// Brings the schema of a database up to date, step by step, in one transaction; before that the old database is kept as a file of its own.
// Invariants: a step that fails, a full disk or a sudden end leaves the old schema with all its rows; a schema that is newer than this
// program is never touched, nor is an older one under a service that knows no other.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import { createPrivate, keepPrivate, putInPlace, removeDatabase } from './database-files.ts'
import { migrations } from './migrations.ts'

/** What is needed of an open database. */
interface Migrated {
  exec(sql: string): unknown
  pragma(sql: string, options?: { readonly simple?: boolean }): unknown
  prepare(sql: string): { run(...values: string[]): unknown }
  readonly inTransaction: boolean
}

export interface MigrateOptions {
  readonly path: string
  readonly readOnly: boolean
  /** True if a service that has not opened it here works with it: it may be an older program, which knows the older schema only. */
  readonly isInService?: () => boolean
  /** Writes a copy of the database as it is into a new file. */
  readonly copyTo: (target: string) => void
  /** Default: those of this program. */
  readonly steps?: readonly string[]
}

/** @throws GatewayError STORE_FAILED, STORE_BUSY; whatever the database throws */
export function migrate(db: Migrated, options: MigrateOptions): void {
  const { path, readOnly, copyTo, isInService, steps = migrations } = options
  const version = (): number => {
    const found = Number(db.pragma('user_version', { simple: true }))
    if (found > steps.length) throw tooNew(path, found, steps.length)
    return found
  }
  const before = version()
  if (before === steps.length) return
  if (readOnly)
    throw new GatewayError('STORE_FAILED', `${path} has an older schema (${before})`, {
      hint: 'start the service once: simpost run',
    })
  if (before > 0 && isInService?.() === true)
    throw new GatewayError(
      'STORE_BUSY',
      `the running service uses ${path} with an older schema (${before})`,
      {
        retry: 'temporary',
        hint: 'sudo systemctl restart simpost, then the same command again',
      },
    )
  // In WAL mode this keeps other writers out, and lets the copy be read. Another process may have been first.
  db.exec('BEGIN IMMEDIATE')
  try {
    const found = version()
    if (found > 0 && found < steps.length) keepOldSchema(path, found, copyTo)
    for (const [index, statements] of steps.entries()) if (index >= found) db.exec(statements)
    db.prepare("INSERT OR IGNORE INTO setting(key, value) VALUES ('secret', ?), ('instance', ?)").run(
      randomBytes(32).toString('hex'),
      randomBytes(8).toString('hex'),
    )
    db.pragma(`user_version = ${steps.length}`)
    db.exec('COMMIT')
  } catch (cause) {
    if (db.inTransaction) db.exec('ROLLBACK')
    throw cause
  }
}

/** The newest schema that this program knows. */
export const schemaVersion = migrations.length

/** Where a database is kept as it was before its schema was brought up to date: what the older program can read. */
const oldSchemaFile = (path: string, version: number): string => `${path}.schema-${version}.backup`

function keepOldSchema(path: string, version: number, copyTo: MigrateOptions['copyTo']): void {
  if (path === ':memory:') return
  const kept = oldSchemaFile(path, version)
  const fresh = `${kept}.new`
  removeDatabase(fresh)
  try {
    createPrivate(fresh)
    copyTo(fresh)
    keepPrivate(fresh)
    putInPlace(fresh, kept)
  } catch (cause) {
    removeDatabase(fresh)
    throw new GatewayError(
      'STORE_FAILED',
      `the database ${path} could not be copied before its schema is changed: ${messageOf(cause)}`,
      { retry: 'temporary', hint: 'make room on the disk (df -h); nothing was changed', cause },
    )
  }
}

/** @param version the schema of a file that a newer program has written */
export function tooNew(path: string, version: number, known = migrations.length): GatewayError {
  const older = Array.from({ length: known }, (_, index) => oldSchemaFile(path, known - index))
  const kept = older.find((file) => existsSync(file)) ?? 'FILE, a backup from before it'
  return new GatewayError(
    'STORE_FAILED',
    `${path} was written by a newer Simpost (schema ${version}, this one knows ${known})`,
    { hint: `install the newer version again, or put back what it kept: simpost restore ${kept}` },
  )
}
