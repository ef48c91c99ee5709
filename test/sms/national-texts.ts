// Random texts in the languages whose shift tables we write with, and what a part of them must be by annex A as national-rows.ts
// has it: counted here without a line of src/sms, so that a mistake there cannot hide here.

import fc from 'fast-check'
import { annexTables } from './national-rows.ts'

export type Language = 'turkish' | 'spanish' | 'portuguese'

const defaults =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const defaultExtension = '\f^{}\\[~]|€'

/** Septets of each character, by numbers of the languages; 0 is the default table. */
function sizesOf(locking: number, single: number): ReadonlyMap<string, number> {
  const characters = (rows: string) =>
    rows
      .trim()
      .split(/\s+/)
      .filter((point) => point !== '..' && point !== '1B')
      .map((point) => String.fromCodePoint(Number.parseInt(point, 16)))
  const annex = (number: number) => annexTables.find((tables) => tables.number === number)
  const lockingRows = annex(locking)?.locking
  const one = lockingRows ? characters(lockingRows) : [...defaults].filter((c) => c !== '\u001b')
  const singleRows = annex(single)?.single
  const two = singleRows === undefined ? [...defaultExtension] : characters(singleRows)
  return new Map([
    ...two.map((character) => [character, 2] as const),
    ...one.map((character) => [character, 1] as const),
  ])
}

const pairsOf: Readonly<Record<Language, readonly (readonly [number, number])[]>> = {
  turkish: [
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  spanish: [[0, 2]],
  portuguese: [
    [0, 3],
    [3, 0],
    [3, 3],
  ],
}

const sizes = new Map(
  [[0, 0] as const, ...Object.values(pairsOf).flat()].map(
    ([locking, single]) => [`${locking},${single}`, sizesOf(locking, single)] as const,
  ),
)

/** Septets of a text in these tables; null if they cannot carry it. */
export function septetsIn(text: string, locking: number, single: number): number | null {
  let sum = 0
  for (const character of text) {
    const size = sizes.get(`${locking},${single}`)?.get(character)
    if (size === undefined) return null
    sum += size
  }
  return sum
}

/** Parts when they are filled in the order of the text. `header`: octets of the elements beside concatenation. */
function fill(units: readonly number[], header: number, perOctets: (octets: number) => number): number {
  const room = (elements: number) => perOctets(140 - (elements === 0 ? 0 : elements + 1))
  if (units.reduce((sum, unit) => sum + unit, 0) <= room(header)) return 1
  let parts = 1
  let used = 0
  for (const unit of units) {
    if (used + unit > room(header + 5)) {
      parts++
      used = 0
    }
    used += unit
  }
  return parts
}

const septetsPer = (octets: number) => Math.floor((octets * 8) / 7)

export interface Cheapest {
  readonly encoding: 'gsm7' | 'gsm7-shift' | 'ucs2'
  readonly parts: number
  readonly elements: number
}

/** The encoding, the number of parts and of national elements that a text must get; its characters are one code point each. */
export function cheapestOf(text: string, languages: readonly Language[], flag: 0 | 1 | undefined): Cheapest {
  const flagOctets = flag === undefined ? 0 : 5
  const inTables = (locking: number, single: number): Cheapest | null => {
    if (septetsIn(text, locking, single) === null) return null
    const elements = Math.sign(locking) + Math.sign(single)
    const units = (text.match(/\r\n|[\s\S]/gu) ?? []).map((piece) => septetsIn(piece, locking, single) ?? 0)
    const parts = fill(units, flagOctets + elements * 3, septetsPer)
    return { encoding: elements === 0 ? 'gsm7' : 'gsm7-shift', parts, elements }
  }
  const plain = inTables(0, 0)
  if (plain !== null) return plain
  const units = (text.match(/\r\n|[\s\S]/gu) ?? []).map((piece) => piece.length)
  const ucs2 = fill(units, flagOctets, (octets) => octets >> 1)
  const shifted = languages
    .flatMap((language) => pairsOf[language])
    .flatMap(([locking, single]) => inTables(locking, single) ?? [])
    .filter(({ parts }) => parts < ucs2)
    .sort((one, other) => one.parts - other.parts || one.elements - other.elements)
  return shifted[0] ?? { encoding: 'ucs2', parts: ucs2, elements: 0 }
}

const letters: Readonly<Record<Language, string>> = {
  turkish: 'ĞğİıŞşÇçÖöÜüabceklmnr',
  spanish: 'áéíóúÁÍÓÚñÑç¡¿üabcelmnorst',
  portuguese: 'ãõâêôáéíóúàçÃÕÂÊÔÁÍÓÚÀºªabcelmnorst',
}

const common = [...' .,!?0123456789aeio\n@€{}|^ΩΦ']

/** Mostly letters of one language; now and then a character that no table has. */
export const nationalText: fc.Arbitrary<string> = fc
  .constantFrom<Language>('turkish', 'spanish', 'portuguese')
  .chain((language) => {
    const unit = fc.oneof(
      { weight: 40, arbitrary: fc.constantFrom(...letters[language]) },
      { weight: 20, arbitrary: fc.constantFrom(...common) },
    )
    const stranger = fc.oneof(
      { weight: 500, arbitrary: unit },
      { weight: 1, arbitrary: fc.constantFrom('Ж', '中', '😀') },
    )
    return fc.oneof(
      fc.string({ unit, maxLength: 80 }),
      fc.string({ unit, minLength: 70, maxLength: 500, size: 'max' }),
      fc.string({ unit: stranger, minLength: 70, maxLength: 500, size: 'max' }),
    )
  })

export const languagesOption: fc.Arbitrary<Language[]> = fc.subarray<Language>([
  'turkish',
  'spanish',
  'portuguese',
])
