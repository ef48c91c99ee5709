// A clock that a test moves by hand. Sleeps end in their order; everything that is ready runs before the clock goes on.

import type { Clock } from '../../src/domain/ports.ts'
import { noon } from './world.ts'

export interface FakeClock extends Clock {
  /** Lets time pass; what sleeps meanwhile wakes in its order. */
  pass(ms: number): Promise<void>
  /** Sets the wall clock and the other one forward at once, as if the machine had slept. */
  jump(ms: number): void
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function fakeClock(start = noon): FakeClock {
  let passed = 0
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()
  return {
    now: () => start + passed,
    monotonic: () => passed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason)
        const sleeper = { at: passed + ms, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          if (sleepers.delete(sleeper)) reject(signal.reason)
        })
      }),
    pass: async (ms) => {
      const end = passed + ms
      for (;;) {
        await settle()
        const [next] = [...sleepers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)
        if (next === undefined) break
        passed = Math.max(passed, next.at)
        sleepers.delete(next)
        next.wake()
      }
      passed = end
      await settle()
    },
    jump: (ms) => {
      passed += ms
    },
  }
}
