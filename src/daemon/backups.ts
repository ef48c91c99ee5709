// Backups that the service makes by itself, once a day as it comes: of a database that was written since the last one, in a thread of its
// own, the last few kept. One that fails is logged and tried again later; the exchange goes on.
// Wear: a backup writes the size of the database once. 20 MB a day are 7 GB in a year; cards stand some thousand GB.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Config } from '../config/config.ts'
import { GatewayError, messageOf } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import { log } from '../log.ts'
import { readLastWrite } from '../store/backup/backup.ts'
import { automaticBackups } from '../store/backup/backup-folder.ts'
import type { BackupJob, BackupWord } from '../store/backup/backup-worker.ts'
import { lastWriteAt } from '../store/database/database-files.ts'
import type { Backoff } from './supervisor.ts'

/** After the start the box has other things to do. */
const firstLookMs = 600_000
const lookMs = 3_600_000
/** A thread that copies files needs next to nothing; SQLite's own memory is not in it. */
const heapMib = 16

/** A disk that has no room today has none in an hour. */
export const backupBackoff: Backoff = { firstMs: lookMs, maxMs: 24 * lookMs, holdMs: lookMs }

/** The folder of the automatic backups. */
export function backupFolder({ store }: Pick<Config, 'store'>): string {
  return store.backup_folder ?? join(dirname(store.path), 'backups')
}

export interface BackupParts {
  readonly config: Pick<Config, 'store'>
  readonly clock: Clock
  /** Default: in a thread of its own. */
  readonly make?: (job: BackupJob, signal: AbortSignal) => Promise<BackupWord>
}

/**
 * Makes backups until the signal aborts.
 * @throws GatewayError STORE_FAILED if one cannot be made
 */
export async function keepBackups(
  { config, clock, make = inThread }: BackupParts,
  signal: AbortSignal,
): Promise<void> {
  const folder = backupFolder(config)
  const { path: database, backups: keep, backup_every: everyMs } = config.store
  const none = keep === 0 || database === ':memory:'
  for (let waitMs = firstLookMs; !signal.aborted; waitMs = lookMs) {
    await clock.sleep(none ? everyMs : waitMs, signal).catch(() => {})
    const at = clock.now()
    if (signal.aborted || none || !isDue({ folder, database, at, everyMs })) continue
    const word = await make({ database, folder, keep, at }, signal)
    if (signal.aborted) return
    if (word.kind === 'failed')
      throw new GatewayError('STORE_FAILED', `no backup: ${word.message}`, {
        retry: 'temporary',
        hint: word.hint ?? 'simpost check',
      })
    log.info('backup-made', { file: word.file, octets: word.octets })
  }
}

interface Due {
  readonly folder: string
  readonly database: string
  readonly at: number
  readonly everyMs: number
}

/** A clock that went back makes the wait longer, twice as long at most. */
function isDue({ folder, database, at, everyMs }: Due): boolean {
  const [last] = automaticBackups(folder)
  if (last === undefined) return true
  return Math.abs(at - last.at) >= everyMs && readLastWrite(last.file) !== lastWriteAt(database)
}

/** As mail/read/reader-thread.ts: a second, small file beside the shipped program; from its source it needs tsx. */
function newThread(job: BackupJob): Worker {
  const options = { workerData: job, resourceLimits: { maxOldGenerationSizeMb: heapMib } }
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./simpost-backup.cjs', import.meta.url), options)
  const { resolve } = createRequire(import.meta.url)
  const quoted = (text: string): string => JSON.stringify(text)
  const source = `require(${quoted(resolve('tsx/cjs/api'))}).register(); require(${quoted(resolve('../store/backup/backup-worker.ts'))})`
  return new Worker(source, { ...options, eval: true })
}

function inThread(job: BackupJob, signal: AbortSignal): Promise<BackupWord> {
  return new Promise((resolve) => {
    const fail = (message: string): void => resolve({ kind: 'failed', message, hint: null })
    const thread = newThread(job)
    const end = (): void => void thread.terminate()
    signal.addEventListener('abort', end, { once: true })
    thread.once('message', resolve)
    thread.once('error', (error) => fail(messageOf(error)))
    thread.once('exit', (code) => {
      signal.removeEventListener('abort', end)
      fail(`the thread ended with ${code}`)
    })
  })
}
