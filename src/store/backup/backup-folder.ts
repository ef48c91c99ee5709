// The backups that the service makes by itself, in their folder: "simpost-17-2026-11-24T031500Z.db".
// Invariant: they are told apart by their number, not by their time: the clock of a box without a battery goes back.

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { keepPrivate, sync } from '../database/database-files.ts'
import { type BackUpOptions, type BackupFacts, backUp } from './backup.ts'

export interface AutomaticBackup {
  readonly file: string
  readonly number: number
  /** The moment that it shows, in ms since 1970. */
  readonly at: number
}

const form = /^simpost-(\d+)-(\d{4}-\d\d-\d\dT)(\d\d)(\d\d)(\d\d)Z\.db$/
/** What an interrupted backup left. */
const unfinished = /^simpost-\d+-[\dT-]+Z\.db\.new/

/** Those that are there, the newest first; none if the folder is missing or may not be read. */
export function automaticBackups(folder: string): AutomaticBackup[] {
  return namesIn(folder)
    .flatMap((name) => {
      const [, number, day, hours, minutes, seconds] = form.exec(name) ?? []
      const at = Date.parse(`${day}${hours}:${minutes}:${seconds}Z`)
      return number === undefined || Number.isNaN(at)
        ? []
        : [{ file: join(folder, name), number: Number(number), at }]
    })
    .sort((a, b) => b.number - a.number)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

export interface NextBackup extends BackUpOptions {
  readonly database: string
  readonly folder: string
  /** How many are kept, the new one included. */
  readonly keep: number
}

/**
 * Makes the next backup; then the oldest go.
 * @throws GatewayError STORE_FAILED
 */
export async function makeNextBackup({
  database,
  folder,
  keep,
  ...options
}: NextBackup): Promise<BackupFacts & { readonly file: string }> {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) sync(join(folder, '..'))
  for (const name of namesIn(folder)) if (unfinished.test(name)) rmSync(join(folder, name), { force: true })
  const number = (automaticBackups(folder)[0]?.number ?? 0) + 1
  const time = new Date(options.at).toISOString().slice(0, 19).replaceAll(':', '')
  const file = join(folder, `simpost-${number}-${time}Z.db`)
  const facts = await backUp(database, file, options)
  keepPrivate(file)
  for (const old of automaticBackups(folder).slice(keep)) rmSync(old.file, { force: true })
  return { ...facts, file }
}
