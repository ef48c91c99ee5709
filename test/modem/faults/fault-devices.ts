// The devices on which the fault cases run: modems of plain manners first, then every profile under test/fixtures/at.
// Invariant: a case asks the device itself (its stores, its first index) what applies to it, never its name.

import {
  createSimModem,
  type SimModem,
  type SimModemOptions,
} from '../../../src/simulator/modem/sim-modem.ts'
import type { MessageStore } from '../../../src/simulator/modem/sim-store.ts'

export interface Device {
  readonly name: string
  create(more?: SimModemOptions): SimModem
  /** The message stores that it has. */
  stores(sim: SimModem): readonly MessageStore[]
}

const storeNames = ['SM', 'ME', 'SR'] as const

function stores(sim: SimModem): MessageStore[] {
  return storeNames.flatMap((name) => {
    try {
      return [sim.storage(name)]
    } catch (error) {
      if (error instanceof RangeError) return []
      throw error
    }
  })
}

function plain(name: string, options: SimModemOptions): Device {
  return { name, stores, create: (more = {}) => createSimModem({ ...options, ...more }) }
}

export const devices: readonly Device[] = [
  plain('a plain modem', {}),
  plain('a modem that counts from 0 and stores reports', {
    firstIndex: 0,
    slots: { SM: 20, ME: 23, SR: 10 },
  }),
]
