// What a fault case is judged by: which texts were handed over how often, what is left in the stores, what the network got.
// Invariant: PDUs are read with the simulator's own reader, never with the one of the program.

import assert from 'node:assert/strict'
import type { PduToSend } from '../../../src/domain/ports.ts'
import { fromHex, toHex } from '../../../src/simulator/modem/sim-octets.ts'
import { decodeDeliver, encodeDeliver, encodeSmsc } from '../../../src/simulator/modem/sim-pdu.ts'
import { tpduOf } from '../../../src/simulator/modem/sim-text-mode.ts'
import { decodeText, splitText } from '../../../src/simulator/modem/sim-user-data.ts'
import { eventually, hello } from '../bench.ts'
import type { Rig } from './matrix.ts'

export const phone = '+4917012345678'

/** Longer than the longest way round: a time limit, a resync and two sweeps on a busy machine. */
const patienceMs = 30_000

/** `hello` with TP-SRR set: the network will report. */
export const helloWithReport: PduToSend = { ...hello, pdu: `0021${hello.pdu.slice(4)}` }

/** SMSC field and TPDU of an SMS-DELIVER as a store holds it, upper-case hex. */
export function deliver(text: string): string {
  const [userData] = splitText(text, { reference: 0, elements: [] })
  assert.ok(userData !== undefined)
  const tpdu = encodeDeliver({ from: phone, at: Date.now(), zone: 4, pid: 0, userData })
  return toHex(encodeSmsc('+491710760000')) + toHex(tpdu)
}

/** The bytes with which a PDU comes directly. */
export function directLines(pdu: string, name = '+CMT: ,'): string {
  return `\r\n${name}${tpduOf(pdu).length / 2}\r\n${pdu}\r\n`
}

let messages = 0

/** A text that no other case has: two equal PDUs within a second cannot be told apart. */
export function freshText(): string {
  messages += 1
  return `message ${messages}`
}

/** The text of a received PDU, or the PDU itself if it is no SMS-DELIVER that can be read. */
export function textOf(pdu: string): string {
  try {
    return decodeText(decodeDeliver(fromHex(tpduOf(pdu))).userData).text
  } catch {
    return pdu
  }
}

/** Texts handed over so far, sorted, status reports left out. */
export function textsOf({ bench }: Rig): string[] {
  return bench.received
    .filter(({ pdu }) => !isReport(pdu))
    .map(({ pdu }) => textOf(pdu))
    .sort()
}

export const isReport = (pdu: string): boolean => (Number.parseInt(tpduOf(pdu).slice(0, 2), 16) & 3) === 2

/** TP-MR of the status reports handed over so far, in order of arrival. */
export function reportsOf({ bench }: Rig): number[] {
  return bench.received
    .filter(({ pdu }) => isReport(pdu))
    .map(({ pdu }) => Number.parseInt(tpduOf(pdu).slice(2, 4), 16))
}

export function storesAreEmpty({ device, sim }: Rig): boolean {
  return device.stores(sim).every((store) => store.list().length === 0)
}

export function wait(check: () => boolean, what: string): Promise<void> {
  return eventually(check, what, patienceMs)
}

/** Each of `texts` was handed over exactly once, nothing else was, and the stores are empty. */
export async function exactlyOnce(rig: Rig, texts: readonly string[]): Promise<void> {
  await wait(
    () => textsOf(rig).length >= texts.length && storesAreEmpty(rig),
    `${texts.join(', ')} handed over, stores empty`,
  )
  await rig.idle()
  assert.deepEqual(textsOf(rig), [...texts].sort())
}

/** The store in which new messages arrive. */
export function mainStore({ bench, sim }: Rig): ReturnType<Rig['sim']['storage']> {
  const name = bench.modem.state().storage?.name
  assert.ok(name === 'SM' || name === 'ME', `no store that receives: ${name}`)
  return sim.storage(name)
}
