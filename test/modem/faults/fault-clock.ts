// The clock of the fault cases: fast enough that limits of minutes pass in a test, slow enough that a busy machine keeps the short ones.
// Invariant: the wall clock can jump and the monotonic one does not notice.

import type { Clock } from '../../../src/domain/ports.ts'
import { realClock } from '../clocks.ts'

/** How many times as fast as the real clock. */
const factor = 8

/** Waits from here on pass `longFactor` times as fast: the 300 s of AT+CMGS in 2 s. No other limit of a command is that long. */
const longMs = 240_000
const longFactor = 150

export interface FaultClock extends Clock {
  /** Moves the wall clock, not the monotonic one. */
  jump(ms: number): void
}

export function faultClock(): FaultClock {
  let offset = 0
  return {
    now: () => Date.now() + offset,
    monotonic: () => performance.now() * factor,
    sleep: (ms, signal) => realClock.sleep(ms / (ms >= longMs ? longFactor : factor), signal),
    jump(ms) {
      offset += ms
    },
  }
}
