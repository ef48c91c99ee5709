// The clock of the fault cases: fast enough that limits of minutes pass in a test, slow enough that a busy machine keeps the short ones.
// Invariant: the wall clock can jump and the monotonic one does not notice.

import type { Clock } from '../../../src/domain/ports.ts'
import { realClock } from '../clocks.ts'

/** How many times as fast as the real clock. */
const factor = 5

/** Longer waits pass faster still: the 20 s of AT+CMGR in 1.7 s, the 60 s of AT+CMGL in 5 s, the 300 s of AT+CMGS in 2 s. */
const longer: readonly (readonly [fromMs: number, factor: number])[] = [
  [240_000, 150],
  [15_000, 12],
]

const factorOf = (ms: number): number => longer.find(([fromMs]) => ms >= fromMs)?.[1] ?? factor

export interface FaultClock extends Clock {
  /** Moves the wall clock, not the monotonic one. */
  jump(ms: number): void
}

export function faultClock(): FaultClock {
  let offset = 0
  return {
    now: () => Date.now() + offset,
    monotonic: () => performance.now() * factor,
    sleep: (ms, signal) => realClock.sleep(ms / factorOf(ms), signal),
    jump(ms) {
      offset += ms
    },
  }
}
