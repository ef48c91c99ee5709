// A loop's sleep that an event can cut short: events only wake, the loop does the work.
// Invariant: a wake() between two waits is not lost; the next wait returns at once.

import type { Clock } from '../domain/ports.ts'

export interface Wakeup {
  wake(): void
  /** Resolves after `ms` milliseconds or at the next wake(). */
  wait(ms: number): Promise<void>
}

export function createWakeup(clock: Clock): Wakeup {
  let pending = false
  let sleeping: AbortController | null = null
  return {
    wake() {
      pending = true
      sleeping?.abort()
    },
    async wait(ms) {
      if (!pending) {
        sleeping = new AbortController()
        // The sleep rejects when it is cut short; that is its purpose.
        await clock.sleep(ms, sleeping.signal).catch(() => undefined)
        sleeping = null
      }
      pending = false
    },
  }
}
