// How the database's disk is, as far as looking tells: nothing is opened and nothing is written, so that it can be asked at any time, also
// of a database that cannot be used. For the service (daemon/store-watch.ts), `simpost check` and `simpost status`.

import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isReadOnly } from './read-only.ts'
import { asStoreError } from './store-error.ts'

/**
 * Below this a disk counts as nearly full. 100 MB hold a month of a busy box with its backups, time enough for a person to come; of a disk
 * under 2 GB it is a twentieth, or a small one would never be quiet.
 */
const lowOctets = 100_000_000
const lowShare = 0.05

export interface Room {
  /** Octets that users other than root may still fill. */
  readonly free: number
  /** With fewer the disk is nearly full. */
  readonly low: number
  readonly readOnly: boolean
}

/**
 * The room on the disk of a database.
 * @returns null where its folder is not there yet
 * @throws GatewayError STORE_FAILED if it cannot be looked at
 */
export function roomOf(path: string): Room | null {
  const folder = dirname(path)
  try {
    if (statSync(folder, { throwIfNoEntry: false }) === undefined) return null
    const { bavail, blocks, bsize } = statfsSync(folder)
    const low = Math.min(lowOctets, lowShare * blocks * bsize)
    return { free: bavail * bsize, low, readOnly: isReadOnly(folder) }
  } catch (cause) {
    throw asStoreError(cause, path)
  }
}

/** "87 MB left in /var/lib/simpost". */
export function roomText(path: string, { free }: Room): string {
  const mb = free / 1_000_000
  return `${mb < 10 ? mb.toFixed(1) : Math.round(mb)} MB left in ${dirname(path)}`
}
