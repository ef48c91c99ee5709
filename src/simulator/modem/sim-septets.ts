// GSM 7 bit text for the simulated network (TS 23.038 clause 6): tables, packing into octets, fill bits after a header.
// Written apart from src/sms on purpose: the simulator must not share a mistake with the code it is used to check.
// Invariant: unpack(pack(s, fill), count, fill) gives back s for every list of septets.

const escapeSeptet = 0x1b

const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const turkish =
  '@£$¥€éùıòÇ\nĞğ\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bŞşßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  'İABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§çabcdefghijklmnopqrstuvwxyzäöñüà'
const portuguese =
  '@£$¥êéúíóç\nÔô\rÁáΔ_ªÇÀ∞^\\€Ó|\u001bÂâÊÉ !"#º%&\'()*+,-./0123456789:;<=>?' +
  'ÍABCDEFGHIJKLMNOPQRSTUVWXYZÃÕÚÜ§~abcdefghijklmnopqrstuvwxyzãõ`üà'

/** Locking shift tables (annex A.3) by National Language Identifier; 0 is the default alphabet, others fall back to it. */
const locking: Readonly<Record<number, string>> = { 0: basic, 1: turkish, 3: portuguese }

type ShiftTable = Readonly<Record<number, string>>

const extension: ShiftTable = {
  10: '\f',
  20: '^',
  40: '{',
  41: '}',
  47: '\\',
  60: '[',
  61: '~',
  62: ']',
  64: '|',
  101: '€',
}

/** Pairs of code (hex) and character, as annex A.2 lists them beside the characters of the default extension table. */
function shiftTable(pairs: string): ShiftTable {
  const extra = pairs
    .split(' ')
    .map((pair) => [Number.parseInt(pair.slice(0, 2), 16), pair.slice(2)] as const)
  return { ...extension, ...Object.fromEntries(extra) }
}

/** Single shift tables (annex A.2) by National Language Identifier: Turkish, Spanish, Portuguese. */
const single: Readonly<Record<number, ShiftTable>> = {
  0: extension,
  1: shiftTable('47Ğ 49İ 53Ş 63ç 67ğ 69ı 73ş'),
  2: shiftTable('09ç 41Á 49Í 4FÓ 55Ú 61á 69í 6Fó 75ú'),
  3: shiftTable(
    '05ê 09ç 0BÔ 0Cô 0EÁ 0Fá 12Φ 13Γ 15Ω 16Π 17Ψ 18Σ 19Θ 1FÊ 41À 49Í 4FÓ 55Ú 5BÃ 5CÕ 61Â 69í 6Fó 75ú 7Bã 7Cõ 7Fâ',
  ),
}

/** National Language Identifiers of the user data header elements 0x24 and 0x25; 0 means the default tables. */
export interface Shifts {
  readonly single: number
  readonly locking: number
}

export const noShifts: Shifts = { single: 0, locking: 0 }

/** Septets of `text` in the default alphabet and its extension table; null if a character is in neither. */
export function septetsOf(text: string): number[] | null {
  const septets: number[] = []
  for (const character of text) {
    const code = basic.indexOf(character)
    if (code >= 0 && code !== escapeSeptet) {
      septets.push(code)
      continue
    }
    const extended = Object.entries(extension).find(([, value]) => value === character)
    if (extended === undefined) return null
    septets.push(escapeSeptet, Number(extended[0]))
  }
  return septets
}

/** Text of septets; a code that the shift table lacks shows the character of the main table (clause 6.2.1.1). */
export function textOfSeptets(septets: readonly number[], shifts: Shifts = noShifts): string {
  const main = locking[shifts.locking] ?? basic
  const shifted = single[shifts.single] ?? extension
  let text = ''
  let escaped = false
  for (const septet of septets) {
    if (septet === escapeSeptet) {
      escaped = true
      continue
    }
    text += escaped ? (shifted[septet] ?? main.charAt(septet)) : main.charAt(septet)
    escaped = false
  }
  return text
}

/** Packs septets, least significant bit first, after `fillBits` zero bits (0-6) that align them behind a header. */
export function pack(septets: readonly number[], fillBits = 0): Uint8Array {
  const octets = new Uint8Array(Math.ceil((fillBits + septets.length * 7) / 8))
  septets.forEach((septet, index) => {
    const bit = fillBits + index * 7
    const value = (septet & 0x7f) << (bit % 8)
    const at = bit >> 3
    octets[at] = (octets[at] ?? 0) | (value & 0xff)
    if (value > 0xff) octets[at + 1] = (octets[at + 1] ?? 0) | (value >> 8)
  })
  return octets
}

/** Reads `count` septets behind `fillBits` bits. */
export function unpack(octets: Uint8Array, count: number, fillBits = 0): number[] {
  return Array.from({ length: count }, (_, index) => {
    const bit = fillBits + index * 7
    const pair = (octets[bit >> 3] ?? 0) | ((octets[(bit >> 3) + 1] ?? 0) << 8)
    return (pair >> (bit % 8)) & 0x7f
  })
}
