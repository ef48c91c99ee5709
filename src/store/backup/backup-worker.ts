// The thread that makes an automatic backup: reading a database of hundreds of megabytes, and waiting for a card to write it, would keep
// the exchange waiting. daemon/backups.ts starts it and ends it. Invariant: it can be ended at any moment; the next one clears up.

import { parentPort, workerData } from 'node:worker_threads'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import { makeNextBackup, type NextBackup } from './backup-folder.ts'

export type BackupJob = Pick<NextBackup, 'database' | 'folder' | 'keep' | 'at'>

/** What the thread says at its end. */
export type BackupWord =
  | { readonly kind: 'done'; readonly file: string; readonly octets: number }
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string | null }

async function work(job: BackupJob): Promise<BackupWord> {
  try {
    const { file, octets } = await makeNextBackup(job)
    return { kind: 'done', file, octets }
  } catch (error) {
    const hint = error instanceof GatewayError ? (error.hint ?? null) : null
    return { kind: 'failed', message: messageOf(error), hint }
  }
}

void work(workerData as BackupJob).then((word) => parentPort?.postMessage(word))
