// A clock for tests of long waits.

import type { Clock } from '../../src/domain/ports.ts'

/** A clock that passes over every wait at once and notes it. */
export function skippingClock(): Clock & { readonly waits: number[]; pass(ms: number): void } {
  let time = 0
  const waits: number[] = []
  return {
    waits,
    pass: (ms) => {
      time += ms
    },
    now: () => time,
    monotonic: () => time,
    sleep: async (ms) => {
      waits.push(ms)
      time += ms
    },
  }
}
