// The devices on which the fault cases run: modems of plain manners first, then every profile under test/fixtures/at.
// Invariant: a case asks the device itself (its stores, its first index) what applies to it, never its name.

import { createDevice } from '../../../src/simulator/modem/device-profile.ts'
import {
  createSimModem,
  type SimModem,
  type SimModemOptions,
} from '../../../src/simulator/modem/sim-modem.ts'
import type { MessageStore } from '../../../src/simulator/modem/sim-store.ts'
import { allDevices } from '../../support/devices.ts'

export interface Device {
  readonly name: string
  create(more?: SimModemOptions): SimModem
  /** True for a transcript, false for the plain modems. */
  readonly profile: boolean
  /** False for one whose AT+CMGL shows nothing of what is there. */
  readonly lists: boolean
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
  return {
    name,
    stores,
    profile: false,
    lists: true,
    create: (more = {}) => createSimModem({ ...options, ...more }),
  }
}

/** Every device of test/fixtures/at. */
function profiles(): Device[] {
  return allDevices().map(({ name, transcript }) => ({
    name,
    stores,
    profile: true,
    lists: !transcript.lines.some(({ from, text }) => from === 'host' && text.startsWith('AT+CMGL')),
    create: (more = {}) => createDevice(transcript, more),
  }))
}

const all: readonly Device[] = [
  plain('a plain modem', {}),
  plain('a modem that counts from 0 and stores reports', {
    firstIndex: 0,
    slots: { SM: 20, ME: 23, SR: 10 },
  }),
  ...profiles(),
]

/** With the variable FAULT_DEVICE, the one of that name only: to look into a failure. */
export const devices = all.filter(({ name }) => name === (process.env.FAULT_DEVICE ?? name))
