// A clock that a test sets on by hand, for limits of minutes and hours; the line itself is a real one.

import type { Clock } from '../../../src/domain/ports.ts'

export interface HandClock extends Clock {
  /** Lets so much time pass; who sleeps till then wakes. */
  pass(ms: number): void
}

interface Sleeper {
  readonly at: number
  wake(): void
}

export function handClock(start = Date.UTC(2026, 10, 24)): HandClock {
  let time = 0
  const sleepers = new Set<Sleeper>()
  return {
    now: () => start + time,
    monotonic: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason)
        const abort = (): void => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        const sleeper = {
          at: time + ms,
          wake: () => {
            sleepers.delete(sleeper)
            signal?.removeEventListener('abort', abort)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', abort, { once: true })
      }),
    pass: (ms) => {
      time += ms
      for (const sleeper of [...sleepers]) if (sleeper.at <= time) sleeper.wake()
    },
  }
}
