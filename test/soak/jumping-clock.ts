// Time for the soak: it stands still while anything happens and jumps to the next sleeper when nothing does, so that a day passes in
// minutes. Invariants: sleepers wake in the order of their times; while real work is held (a tty being made) no time passes.

import type { Clock } from '../../src/domain/ports.ts'

export interface JumpingClock extends Clock {
  /** Lets time pass as long as `going` says so. @throws Error if nobody sleeps any more, for then time has no end */
  run(going: () => boolean): Promise<void>
  /** Time stands still until the work, which needs real time, has ended. */
  hold<Result>(work: Promise<Result>): Promise<Result>
  /** How often it jumped. */
  jumps(): number
}

/** Sleepers wake this much late at most, as on a busy machine: those of one moment wake together, which spares most of the jumps. */
const lateMs = 250

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** Where a time belongs in a list of rising times: behind its equals. */
function placeOf(sleepers: readonly Sleeper[], at: number): number {
  let from = 0
  let to = sleepers.length
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sleepers[middle]?.at ?? 0) <= at) from = middle + 1
    else to = middle
  }
  return from
}

/**
 * @param startAt milliseconds since 1970
 * @param calm resolves when nothing happens any more that needs no time
 */
export function createJumpingClock(startAt: number, calm: () => Promise<void>): JumpingClock {
  const sleepers: Sleeper[] = []
  let now = startAt
  let held = 0
  let jumps = 0
  let released = (): void => {}
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      const at = now + Math.max(0, ms)
      const sleeper = {
        at,
        wake: (): void => {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
      }
      const abort = (): void => {
        const place = sleepers.indexOf(sleeper)
        if (place >= 0) sleepers.splice(place, 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      sleepers.splice(placeOf(sleepers, at), 0, sleeper)
    })
  const untilReleased = async (): Promise<void> => {
    while (held > 0)
      await new Promise<void>((resolve) => {
        released = resolve
      })
  }
  return {
    now: () => now,
    monotonic: () => now - startAt,
    sleep,
    jumps: () => jumps,
    async hold(work) {
      held += 1
      try {
        return await work
      } finally {
        held -= 1
        released()
      }
    },
    async run(going) {
      while (going()) {
        await calm()
        await untilReleased()
        if (!going()) return
        const [next] = sleepers
        if (next === undefined) throw new Error('nobody sleeps: time has no end')
        now = Math.max(now, next.at + lateMs)
        jumps += 1
        for (const { wake } of sleepers.splice(0, placeOf(sleepers, now))) wake()
      }
    },
  }
}
