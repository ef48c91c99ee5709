// TP-UD as a phone reads and writes it (TS 23.040 9.2.3.24, TS 23.038 clause 4): alphabet, user data header, parts of long texts.
// Invariants: TP-UD is never over 140 octets; a part never ends inside an escape pair or a surrogate pair.

import { createReader, fromHex, type OctetReader, PduError, toHex } from './sim-octets.ts'
import { noShifts, pack, type Shifts, septetsOf, textOfSeptets, unpack } from './sim-septets.ts'

const octetsMax = 140

type Alphabet = 'gsm7' | '8bit' | 'ucs2'

/** One information element of the user data header (9.2.3.24); `data` in upper-case hex. */
export interface UdhElement {
  readonly id: number
  readonly data: string
}

export interface Concat {
  readonly reference: number
  readonly total: number
  readonly sequence: number
}

/** TP-UD with what is needed to read or to forward it. */
export interface UserData {
  readonly dcs: number
  readonly udhi: boolean
  /** TP-UDL: septets for the 7 bit alphabet, else octets. */
  readonly length: number
  readonly octets: Uint8Array
}

export interface DecodedText {
  readonly alphabet: Alphabet
  /** 8 bit data shows as hex. */
  readonly text: string
  readonly elements: readonly UdhElement[]
  readonly concat: Concat | null
}

/** TS 23.038 clause 4. Compressed text cannot be read by anybody and counts as 8 bit. */
function alphabetOf(dcs: number): Alphabet {
  if (dcs < 0x80) {
    if ((dcs & 0x20) !== 0) return '8bit'
    return (['gsm7', '8bit', 'ucs2', 'gsm7'] as const)[(dcs >> 2) & 3] ?? 'gsm7'
  }
  if (dcs >= 0xf0) return (dcs & 4) !== 0 ? '8bit' : 'gsm7'
  return dcs >= 0xe0 ? 'ucs2' : 'gsm7'
}

/** Reads TP-UDL and TP-UD, which end the TPDU. Throws PduError unless they fill it exactly. */
export function readUserData(reader: OctetReader, dcs: number, udhi: boolean): UserData {
  const length = reader.octet()
  const count = alphabetOf(dcs) === 'gsm7' ? Math.ceil((length * 7) / 8) : length
  if (count > octetsMax) throw new PduError(`user data of ${count} octets`)
  if (count !== reader.rest()) throw new PduError(`TP-UDL says ${count} octets, ${reader.rest()} are there`)
  return { dcs, udhi, length, octets: reader.take(count) }
}

function readElements(header: Uint8Array): UdhElement[] {
  const reader = createReader(header)
  const elements: UdhElement[] = []
  while (reader.rest() > 0) {
    const id = reader.octet()
    elements.push({ id, data: toHex(reader.take(reader.octet())) })
  }
  return elements
}

function concatOf(elements: readonly UdhElement[]): Concat | null {
  const found = elements.find(
    ({ id, data }) => (id === 0 && data.length === 6) || (id === 8 && data.length === 8),
  )
  if (found === undefined) return null
  const octets = fromHex(found.data)
  const [sequence, total] = [octets.at(-1) ?? 0, octets.at(-2) ?? 0]
  if (sequence === 0 || total === 0 || sequence > total) return null
  return { reference: Number.parseInt(found.data.slice(0, -4), 16), total, sequence }
}

/** What a phone makes of TP-UD. Throws PduError for a header longer than the data. */
export function decodeText({ dcs, udhi, length, octets }: UserData): DecodedText {
  const reader = createReader(octets)
  const headerOctets = udhi ? reader.octet() + 1 : 0
  const elements = udhi ? readElements(reader.take(headerOctets - 1)) : []
  const alphabet = alphabetOf(dcs)
  const body = octets.subarray(headerOctets)
  return { alphabet, text: textOf(), elements, concat: concatOf(elements) }

  function textOf(): string {
    if (alphabet === '8bit') return toHex(body)
    if (alphabet === 'ucs2') {
      if (body.length % 2 !== 0) throw new PduError('UCS-2 text of an odd number of octets')
      return Buffer.from(body).swap16().toString('utf16le')
    }
    const headerSeptets = Math.ceil((headerOctets * 8) / 7)
    if (length < headerSeptets) throw new PduError('TP-UDL is shorter than the header')
    const language = (id: number): number =>
      Number.parseInt(elements.find((e) => e.id === id)?.data ?? '0', 16)
    const shifts: Shifts =
      elements.length === 0 ? noShifts : { single: language(0x24), locking: language(0x25) }
    return textOfSeptets(unpack(body, length - headerSeptets, headerSeptets * 7 - headerOctets * 8), shifts)
  }
}

/** The user data header with its length octet; empty without elements. */
function encodeHeader(elements: readonly UdhElement[]): Uint8Array {
  if (elements.length === 0) return new Uint8Array()
  const octets = elements.flatMap(({ id, data }) => [id, data.length / 2, ...fromHex(data)])
  return Uint8Array.from([octets.length, ...octets])
}

/** How a text is cut into parts. */
export interface SplitOptions {
  /** Concatenation reference; 16 bit elements (0x08) when `wide`. */
  readonly reference: number
  readonly wide?: boolean
  /** Elements that every part carries. */
  readonly elements?: readonly UdhElement[]
  readonly messageClass?: number
  /** Default: GSM 7 bit if the text fits it. */
  readonly alphabet?: 'gsm7' | 'ucs2'
}

const escapeSeptet = 0x1b

function chunks(units: readonly number[], size: number, splits: (before: number) => boolean): number[][] {
  const parts: number[][] = []
  for (let start = 0; start < units.length; ) {
    const full = Math.min(units.length, start + size)
    const end = full < units.length && splits(units[full - 1] ?? 0) ? full - 1 : full
    parts.push(units.slice(start, end))
    start = end
  }
  return parts.length === 0 ? [[]] : parts
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

const hexOf = (value: number, octets: number): string =>
  value
    .toString(16)
    .toUpperCase()
    .padStart(octets * 2, '0')

function concatElement(options: SplitOptions, total: number, sequence: number): UdhElement {
  const wide = options.wide === true
  const reference = hexOf(options.reference, wide ? 2 : 1)
  return { id: wide ? 8 : 0, data: reference + hexOf(total, 1) + hexOf(sequence, 1) }
}

/** Cuts a text into the TP-UD of as many parts as it needs; a phone does the same. Throws PduError over 255 parts. */
export function splitText(text: string, options: SplitOptions): UserData[] {
  const septets = options.alphabet === 'ucs2' ? null : septetsOf(text)
  if (septets === null && options.alphabet === 'gsm7') throw new PduError('a character is not in GSM 7 bit')
  const units = septets ?? Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
  const always = options.elements ?? []
  const room = (header: Uint8Array): number =>
    Math.floor(((octetsMax - header.length) * 8) / (septets === null ? 16 : 7))
  const splits = (unit: number): boolean => (septets === null ? isHighSurrogate(unit) : unit === escapeSeptet)
  const alone = units.length <= room(encodeHeader(always))
  const headerOf = (total: number, sequence: number): Uint8Array =>
    encodeHeader(alone ? always : [concatElement(options, total, sequence), ...always])
  const bodies = alone ? [[...units]] : chunks(units, room(headerOf(1, 1)), splits)
  if (bodies.length > 255) throw new PduError(`${bodies.length} parts`)
  const dcs =
    (septets === null ? 0x08 : 0) | (options.messageClass === undefined ? 0 : 0x10 | options.messageClass)
  return bodies.map((body, i) => joinUserData(dcs, headerOf(bodies.length, i + 1), body))
}

function joinUserData(dcs: number, header: Uint8Array, units: readonly number[]): UserData {
  const udhi = header.length > 0
  if (alphabetOf(dcs) === 'ucs2') {
    const octets = Uint8Array.from([...header, ...units.flatMap((unit) => [unit >> 8, unit & 0xff])])
    return { dcs, udhi, length: octets.length, octets }
  }
  const headerSeptets = Math.ceil((header.length * 8) / 7)
  const packed = pack(units, headerSeptets * 7 - header.length * 8)
  return { dcs, udhi, length: headerSeptets + units.length, octets: Uint8Array.from([...header, ...packed]) }
}
