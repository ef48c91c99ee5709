// Work that others want done between two pieces of the service loop's own: while it runs, the loop selects no store and deletes nothing.
// Invariant: everything that was added ends, with its result or with the error for which the loop ended.

import type { SmsStorage } from './sms-settings.ts'

export interface LoopTurns {
  /** Queues `work`; resolves or rejects with it. */
  add<Result>(work: (storage: SmsStorage) => Promise<Result>): Promise<Result>
  waiting(): boolean
  /** Does the first. Never rejects: its failure is told to whoever added it. */
  next(storage: () => Promise<SmsStorage>): Promise<void>
  /** The loop has ended: nothing of what waits is done, and nothing that is added later. */
  refuseAll(error: Error): void
}

interface Turn {
  readonly run: (storage: () => Promise<SmsStorage>) => Promise<void>
  readonly refuse: (error: Error) => void
}

/** @param wake makes the loop look */
export function createLoopTurns(wake: () => void): LoopTurns {
  const turns: Turn[] = []
  let ended: Error | null = null
  return {
    add: (work) =>
      new Promise((resolve, reject) => {
        // The port takes seconds to close; until then a client may still ask.
        if (ended !== null) return reject(ended)
        turns.push({
          run: async (storage) => storage().then(work).then(resolve, reject),
          refuse: reject,
        })
        wake()
      }),
    waiting: () => turns.length > 0,
    next: async (storage) => turns.shift()?.run(storage),
    refuseAll(error) {
      ended = error
      for (const { refuse } of turns.splice(0)) refuse(error)
    },
  }
}
