// The box's database: one real one in memory that outlives the service, as a disk does, with a service's own handle on it for each life.
// The disk may be full or read-only, and a life may end at any commit. Invariants: what was not committed when a life ends is gone; a dead
// life reads and writes nothing.

import { GatewayError } from '../../src/domain/errors.ts'
import type { Store } from '../../src/store/database/database.ts'
import { deadWords, type Life } from './life.ts'

export interface Disk {
  readonly store: Store
  trouble: 'full' | 'read-only' | null
}

const words = {
  full: 'database or disk is full',
  'read-only': 'attempt to write a readonly database',
} as const

/** The handle of one life. */
export function openOn(disk: Disk, life: Life): Store {
  const { store } = disk
  let inside = false
  let wrote = false
  const live = (): Store => {
    if (life.alive()) return store
    throw new Error(deadWords)
  }
  const refuse = (): void => {
    if (disk.trouble === null) return
    throw new GatewayError('STORE_FAILED', `the database :memory:: ${words[disk.trouble]}`, {
      retry: 'temporary',
      hint: 'look at free disk space: df -h',
    })
  }
  /** The life may end right before a commit, which then never was, and right after it. */
  const commit = <Result>(work: () => Result): Result => {
    inside = true
    wrote = false
    try {
      const result = live().transaction(() => {
        const done = work()
        if (wrote && !life.touch('before commit')) live()
        return done
      })
      if (wrote && !life.touch('after commit')) live()
      return result
    } finally {
      inside = false
    }
  }
  return {
    all: (sql, ...values) => live().all(sql, ...values),
    get: (sql, ...values) => live().get(sql, ...values),
    run(sql, ...values) {
      refuse()
      const change = (): { readonly changes: number; readonly id: number } => {
        const done = live().run(sql, ...values)
        if (done.changes > 0) wrote = true
        return done
      }
      return inside ? change() : commit(change)
    },
    transaction: (work) => (inside ? work() : commit(work)),
    commits: () => store.commits(),
    close: () => {},
  }
}
