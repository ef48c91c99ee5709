// A GsmModem on a scripted peer, with everything that it reported, for the tests of whole connections.

import assert from 'node:assert/strict'
import { GatewayError } from '../../src/domain/errors.ts'
import type { StoredPdu } from '../../src/domain/message.ts'
import type { Clock, PduToSend } from '../../src/domain/ports.ts'
import {
  createGsmModem,
  type GsmModem,
  type GsmModemOptions,
  type ModemState,
} from '../../src/modem/gsm-modem.ts'
import type { PinMemory } from '../../src/modem/sim-pin.ts'
import { fastClock } from './clocks.ts'

export interface ModemBench {
  readonly modem: GsmModem
  readonly states: ModemState[]
  readonly received: StoredPdu[]
  readonly late: number[]
  readonly noise: string[]
  readonly urcs: string[]
  readonly trace: string[]
  readonly refusedPins: string[]
  /** Ends run() by its signal. */
  stop(): Promise<void>
  /** What run() ended with: null if it resolved. */
  readonly ended: Promise<GatewayError | null>
  reach(phase: ModemState['phase']): Promise<void>
}

/** What the database does in the service; `refused` gets the ICCIDs of refused PINs. */
export function pinMemory(refused: string[] = []): PinMemory {
  const lost = new Map<string, number>()
  return {
    pinRefused: (iccid) => refused.includes(iccid),
    triesLost: (iccid) => lost.get(iccid) ?? 0,
    tryBegins: (iccid) => void lost.set(iccid, (lost.get(iccid) ?? 0) + 1),
    tryEnded: (iccid, outcome) => {
      if (outcome === 'refused') refused.push(iccid)
      else lost.set(iccid, outcome === 'open' ? 0 : (lost.get(iccid) ?? 0) - 1)
    },
  }
}

/** Runs a modem on `port`; clock, PIN and whatever else can be replaced. */
export function startBench(
  port: string,
  more: Partial<GsmModemOptions> & { readonly clock?: Clock } = {},
): ModemBench {
  const lists = {
    states: [] as ModemState[],
    received: [] as StoredPdu[],
    late: [] as number[],
    noise: [] as string[],
    urcs: [] as string[],
    trace: [] as string[],
    refusedPins: [] as string[],
  }
  const control = new AbortController()
  const modem = createGsmModem({
    port,
    baudRate: 115200,
    pin: null,
    sweepMs: 3_600_000,
    clock: fastClock(),
    intake: {
      async receive(pdu) {
        lists.received.push(pdu)
      },
    },
    pinMemory: pinMemory(lists.refusedPins),
    onState: (state) => lists.states.push(state),
    trace: (direction, text) => lists.trace.push(`${direction} ${text}`),
    onNoise: (line) => lists.noise.push(line),
    onUrc: (line) => lists.urcs.push(line),
    onLateSubmit: (reference) => lists.late.push(reference),
    ...more,
  })
  const ended = modem.run(control.signal).then(
    () => null,
    (error: unknown) => {
      assert.ok(error instanceof GatewayError, `not a GatewayError: ${error}`)
      return error
    },
  )
  return {
    modem,
    ...lists,
    ended,
    async stop() {
      control.abort()
      assert.equal(await ended, null)
    },
    async reach(phase) {
      await eventually(
        () => modem.state().phase === phase,
        `phase ${phase}, not ${modem.state().phase}`,
        reachMs,
      )
    },
  }
}

/** A whole start, octet by octet, on a machine that does much else. */
const reachMs = 60_000

/** Waits until `check` holds, at most `limitMs`. */
export async function eventually(
  check: () => boolean,
  what = 'the expected',
  limitMs = 10_000,
): Promise<void> {
  const end = performance.now() + limitMs
  while (!check() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 2))
  assert.ok(check(), `did not happen: ${what}`)
}

/** An SMS-SUBMIT of "Hello" that no rule of this folder looks into. */
export const hello: PduToSend = {
  pdu: '0001000B91947121436587000005C8329BFD06',
  tpduLength: 18,
  moreToCome: false,
}

/** The error of a promise that must reject with a GatewayError. */
export async function failureOf(promise: Promise<unknown>): Promise<GatewayError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof GatewayError, `not a GatewayError: ${error}`)
  return error
}
