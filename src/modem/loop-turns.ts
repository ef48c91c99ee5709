// Work that others want done between two pieces of the service loop's own: while it runs, the loop selects no store and deletes nothing.
// Invariant: everything that was added ends, with its result or with the error for which the loop ended.

import type { SmsStorage } from './sms-settings.ts'

export interface LoopTurns {
  /** Queues `work`; resolves or rejects with it. */
  add<Result>(work: (storage: SmsStorage) => Promise<Result>): Promise<Result>
  waiting(): boolean
  /** Does the first. Never rejects: its failure is told to whoever added it. */
  next(storage: () => Promise<SmsStorage>): Promise<void>
  /** The loop ends: nothing of what waits is done. */
  refuseAll(error: Error): void
}

interface Turn {
  readonly run: (storage: () => Promise<SmsStorage>) => Promise<void>
  readonly refuse: (error: Error) => void
}

/** @param wake makes the loop look */
export function createLoopTurns(wake: () => void): LoopTurns {
  const turns: Turn[] = []
  return {
    add: (work) =>
      new Promise((resolve, reject) => {
        turns.push({
          run: async (storage) => storage().then(work).then(resolve, reject),
          refuse: reject,
        })
        wake()
      }),
    waiting: () => turns.length > 0,
    next: async (storage) => turns.shift()?.run(storage),
    refuseAll(error) {
      for (const { refuse } of turns.splice(0)) refuse(error)
    },
  }
}
