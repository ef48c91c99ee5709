// The user data header (UDH): TS 23.040 9.2.3.24. A length octet (UDHL), then information elements: identifier, length, data.
// Elements: 00 and 08 concatenation (9.2.3.24.1, .8), 04 and 05 ports (.3, .4), 24 and 25 national languages (.15, .16), 70-7F for
// the SIM (.7), and our flag in 80, the first of the range for SME to SME use. Unknown elements are kept and skipped.
// Invariant: nothing here throws on what came over the air; a header that contradicts itself is ignored as a whole (9.2.3.24).

import type { ShiftLanguages } from './national-tables.ts'

export interface InformationElement {
  /** 0-255. */
  readonly id: number
  /** At most 137 octets: what UDHL, identifier and length leave of 140. */
  readonly data: Uint8Array
}

export interface UserDataHeader {
  /** Empty if the header is damaged. */
  readonly elements: readonly InformationElement[]
  /** Where the header ends: its octets with UDHL; all octets of the user data if UDHL points beyond them. */
  readonly length: number
  readonly damaged: boolean
  /** The header as it came, UDHL first. */
  readonly raw: Uint8Array
}

/** What joins the parts of a long message. */
export interface Concatenation {
  readonly ref: number
  /** 1-255. */
  readonly total: number
  /** 1-total. */
  readonly seq: number
  /** Present for a 16-bit reference (element 08): it is another message than the one with the same 8-bit reference. */
  readonly wide?: true
}

export interface Ports {
  readonly destination: number
  readonly source: number
}

const concatenation8 = 0x00
const concatenation16 = 0x08
const ports8 = 0x04
const ports16 = 0x05
const singleShift = 0x24
const lockingShift = 0x25

const flagId = 0x80
const flagMagic = 0x53
const flagVersion = 0x01

/** Reads the header at the start of user data whose TP-UDHI is set. */
export function parseHeader(userData: Uint8Array): UserDataHeader {
  const stated = 1 + (userData[0] ?? 0)
  const length = Math.min(stated, userData.length)
  const raw = userData.slice(0, length)
  const elements: InformationElement[] = []
  let position = 1
  while (position + 2 <= length) {
    const size = raw[position + 1] ?? 0
    const end = position + 2 + size
    if (end > length) break
    elements.push({ id: raw[position] ?? 0, data: raw.slice(position + 2, end) })
    position = end
  }
  const damaged = stated > userData.length || position !== length
  return { elements: damaged ? [] : elements, length, damaged, raw }
}

/** The octets of a header, UDHL first; none for no elements. */
export function buildHeader(elements: readonly InformationElement[]): Uint8Array {
  if (elements.length === 0) return new Uint8Array(0)
  const body = elements.flatMap(({ id, data }) => [id, data.length, ...data])
  return Uint8Array.from([body.length, ...body])
}

/** Element 00, or 08 when `wide`. */
export function concatElement({ ref, total, seq, wide }: Concatenation): InformationElement {
  return wide
    ? { id: concatenation16, data: Uint8Array.of(ref >> 8, ref & 0xff, total, seq) }
    : { id: concatenation8, data: Uint8Array.of(ref & 0xff, total, seq) }
}

/**
 * The last concatenation element that makes sense (a repeated element: the last one counts, 9.2.3.24); one that says
 * part 0, a part beyond the total, or a total of 0 is ignored (9.2.3.24.1).
 */
export function readConcatenation(elements: readonly InformationElement[]): Concatenation | null {
  let found: Concatenation | null = null
  for (const element of elements) found = concatenationOf(element) ?? found
  return found
}

function concatenationOf({ id, data }: InformationElement): Concatenation | null {
  const wide = id === concatenation16
  if (!(id === concatenation8 && data.length === 3) && !(wide && data.length === 4)) return null
  const [total = 0, seq = 0] = data.slice(-2)
  if (seq === 0 || seq > total) return null
  const [first = 0, second = 0] = data
  return wide ? { ref: (first << 8) | second, total, seq, wide } : { ref: first, total, seq }
}

/** Elements 24 and 25 for the tables that are not the default ones; each of them takes three octets of the part. */
export function shiftElements({ locking, single }: ShiftLanguages): InformationElement[] {
  return [
    ...(single === 0 ? [] : [{ id: singleShift, data: Uint8Array.of(single) }]),
    ...(locking === 0 ? [] : [{ id: lockingShift, data: Uint8Array.of(locking) }]),
  ]
}

/** The languages of a part, each as the last element of one octet says; 0 where there is none. */
export function readShift(elements: readonly InformationElement[]): ShiftLanguages {
  const languageOf = (wanted: number) =>
    elements.findLast(({ id, data }) => id === wanted && data.length === 1)?.data[0] ?? 0
  return { locking: languageOf(lockingShift), single: languageOf(singleShift) }
}

/** Our flag (1 = convert to the other medium) between two boxes of this kind; it stands in every part. */
export function flagElement(flag: 0 | 1): InformationElement {
  return { id: flagId, data: Uint8Array.of(flagMagic, flagVersion, flag) }
}

/** The last flag of ours; null if there is none, or only somebody else's use of the same identifier, or another version. */
export function readFlag(elements: readonly InformationElement[]): 0 | 1 | null {
  let found: 0 | 1 | null = null
  for (const { id, data } of elements) {
    const [magic, version, flag] = data
    if (id !== flagId || data.length !== 3 || magic !== flagMagic || version !== flagVersion) continue
    if (flag === 0 || flag === 1) found = flag
  }
  return found
}

/** Application ports; the last element counts. */
export function readPorts(elements: readonly InformationElement[]): Ports | null {
  let found: Ports | null = null
  for (const { id, data } of elements) {
    const [a = 0, b = 0, c = 0, d = 0] = data
    if (id === ports8 && data.length === 2) found = { destination: a, source: b }
    if (id === ports16 && data.length === 4) found = { destination: (a << 8) | b, source: (c << 8) | d }
  }
  return found
}

/** SIM toolkit security headers: the message is for the SIM and nothing else. */
export function isForSim(elements: readonly InformationElement[]): boolean {
  return elements.some(({ id }) => id >= 0x70 && id <= 0x7f)
}
