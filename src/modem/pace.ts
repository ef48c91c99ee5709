// How fast SMS may follow each other: so many in any minute, without a pause before that. Networks and prepaid plans take a flood for
// spam and bar the SIM; a phone asks its user above 30 messages a minute (Android). Time is monotonic.

import type { Clock } from '../domain/ports.ts'

const windowMs = 60_000

export interface Pace {
  /** Milliseconds until the next SMS may go; 0: now. */
  waitMs(): number
  /** One goes now. */
  count(): void
}

/** @param perMinute SMS in any 60 s; 0: without limit */
export function createPace({ monotonic }: Pick<Clock, 'monotonic'>, perMinute: number): Pace {
  const times: number[] = []
  return {
    waitMs() {
      const first = times[times.length - perMinute]
      return perMinute === 0 || first === undefined ? 0 : Math.max(0, first + windowMs - monotonic())
    },
    count() {
      if (perMinute === 0) return
      times.push(monotonic())
      if (times.length > perMinute) times.shift()
    },
  }
}
