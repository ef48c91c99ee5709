// The GSM 7-bit default alphabet and its default extension table (TS 23.038 6.2.1, 6.2.1.1), and the packing of septets
// into octets (6.1.2.1). A septet is a number 0-127; characters of the extension table take two, ESC first.
// Invariant: fromSeptets(toSeptets(text)) is the text, and nothing is ever replaced by a look-alike.

import { GatewayError } from '../domain/errors.ts'
import { graphemesOf } from './graphemes.ts'

const escapeCode = 0x1b

/** Position in the text = code of the septet. */
const defaultAlphabet =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'

const defaultExtension: ReadonlyMap<number, string> = new Map([
  [0x0a, '\f'],
  [0x14, '^'],
  // Reserved for a further extension table: "a receiving entity shall display a space" (6.2.1.1).
  [escapeCode, ' '],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
])

/** The pair of tables that a text is read with; national languages (TS 23.038 annex A) replace one or both. */
export interface ShiftTables {
  /** 128 UTF-16 units, the one at 0x1B is ESC. */
  readonly locking: string
  /** The character for the septet that follows ESC. */
  readonly single: ReadonlyMap<number, string>
}

export const standardTables: ShiftTables = { locking: defaultAlphabet, single: defaultExtension }

/** Character -> its one or two septets, the shorter where a table has it twice. ESC and the pair ESC ESC are no characters. */
type Codes = ReadonlyMap<string, readonly number[]>

const codesOfTables = new WeakMap<ShiftTables, Codes>()

function codesOf(tables: ShiftTables): Codes {
  const known = codesOfTables.get(tables)
  if (known !== undefined) return known
  const codes = new Map<string, readonly number[]>()
  const add = (character: string, septets: readonly number[]) => {
    if (septets.at(-1) !== escapeCode && !codes.has(character)) codes.set(character, septets)
  }
  for (const [code, character] of [...tables.locking].entries()) add(character, [code])
  for (const [code, character] of tables.single) add(character, [escapeCode, code])
  codesOfTables.set(tables, codes)
  return codes
}

/** Septets that the text takes without a header; null if one of its characters is in neither table. */
export function septetCount(text: string, tables: ShiftTables = standardTables): number | null {
  const codes = codesOf(tables)
  let count = 0
  for (const character of text) {
    const septets = codes.get(character)
    if (septets === undefined) return null
    count += septets.length
  }
  return count
}

/**
 * The septets of a text.
 * Throws GatewayError INTERNAL if a character is in neither table: ask septetCount first.
 */
export function toSeptets(text: string, tables: ShiftTables = standardTables): Uint8Array {
  const codes = codesOf(tables)
  const septets: number[] = []
  for (const character of text) {
    const code = codes.get(character)
    if (code === undefined)
      throw new GatewayError('INTERNAL', 'a text was to be coded in GSM 7-bit that does not fit it')
    septets.push(...code)
  }
  return Uint8Array.from(septets)
}

/**
 * The text of septets. An ESC pair that the single shift table does not know gives the character of the locking shift
 * table (TS 23.038 6.2.1.1); ESC as the last septet gives nothing.
 */
export function fromSeptets(septets: Uint8Array, tables: ShiftTables = standardTables): string {
  let text = ''
  let escaped = false
  for (const septet of septets) {
    if (!escaped && septet === escapeCode) {
      escaped = true
      continue
    }
    const shifted = escaped ? tables.single.get(septet) : undefined
    text += shifted ?? tables.locking.charAt(septet & 0x7f)
    escaped = false
  }
  return text
}

/**
 * Packs septets into octets, lowest bits first.
 * @param fillBits 0-6 zero bits before the first septet, so that it starts on a septet boundary after a UDH
 */
export function packSeptets(septets: Uint8Array, fillBits: number): Uint8Array {
  const octets = new Uint8Array(Math.ceil((fillBits + septets.length * 7) / 8))
  let bit = fillBits
  for (const septet of septets) {
    const index = bit >> 3
    const spread = (septet & 0x7f) << (bit & 7)
    octets[index] = (octets[index] ?? 0) | (spread & 0xff)
    if (spread > 0xff) octets[index + 1] = spread >> 8
    bit += 7
  }
  return octets
}

/**
 * Unpacks `count` septets, the first one after `fillBits` bits; fewer if the octets end before.
 */
export function unpackSeptets(octets: Uint8Array, count: number, fillBits: number): Uint8Array {
  const available = Math.floor((octets.length * 8 - fillBits) / 7)
  const septets = new Uint8Array(Math.max(0, Math.min(count, available)))
  for (let position = 0; position < septets.length; position++) {
    const bit = fillBits + position * 7
    const low = octets[bit >> 3] ?? 0
    const high = octets[(bit >> 3) + 1] ?? 0
    septets[position] = ((low | (high << 8)) >> (bit & 7)) & 0x7f
  }
  return septets
}

/** The distinct characters, as people see them, that force the text into UCS-2; in the order of their first appearance. */
export function gsm7Misfits(text: string): string[] {
  const misfits = new Set<string>()
  for (const character of graphemesOf(text)) if (septetCount(character) === null) misfits.add(character)
  return [...misfits]
}
