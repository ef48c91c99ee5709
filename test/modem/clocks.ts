// Clocks for the modem tests: the real one, and one that a test moves by hand so that limits of minutes pass at once.

import type { Clock } from '../../src/domain/ports.ts'

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      const abort = (): void => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
        Math.min(ms, 2 ** 31 - 1),
      )
      signal?.addEventListener('abort', abort, { once: true })
    })
  },
}

/** Waits of a minute and more, such as the limit of AT+CMGS, get their own factor. */
const longMs = 60_000

/** A clock that runs `factor` times as fast as the real one; waits of a minute and more `longFactor` times. */
export function fastClock(factor = 10, longFactor = factor): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() * factor,
    sleep: (ms, signal) => realClock.sleep(ms / (ms >= longMs ? longFactor : factor), signal),
  }
}

export interface ManualClock extends Clock {
  /** Moves time on; sleeps that end meanwhile resolve in their order. */
  advance(ms: number): Promise<void>
}

/** Lets everything that is ready run: promises, and streams that hand on in the next tick. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

export function manualClock(): ManualClock {
  let time = 0
  const sleepers = new Set<{ readonly at: number; readonly resolve: () => void }>()
  return {
    now: () => time,
    monotonic: () => time,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason)
        const sleeper = { at: time + ms, resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          if (sleepers.delete(sleeper)) reject(signal.reason)
        })
      })
    },
    async advance(ms) {
      const end = time + ms
      for (;;) {
        await settle()
        const next = [...sleepers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0]
        if (next === undefined) break
        time = Math.max(time, next.at)
        sleepers.delete(next)
        next.resolve()
      }
      time = end
      await settle()
    },
  }
}
