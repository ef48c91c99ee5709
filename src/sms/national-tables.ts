// National language shift tables: TS 23.038 6.2.1.2.4 (numbers of the languages), 6.2.1.2.5 (what replaces what), annex A (tables).
// A locking shift table stands for the default alphabet in a whole part, a single shift table for its extension table. The tables
// of the Latin languages are written here as what they change in the default ones; those of South Asia in national-indic.ts.
// Invariant: a number without a table means the default table, as the standard asks of a receiver.

import { type ShiftTables, standardTables } from './alphabet.ts'
import { indicTables } from './national-indic.ts'

/** Languages whose tables we write with. */
export type NationalLanguage = 'turkish' | 'spanish' | 'portuguese'

/** National Language Identifiers of both tables of a text; 0 stands for the default table. */
export interface ShiftLanguages {
  readonly locking: number
  readonly single: number
}

const turkish = 1
const spanish = 2
const portuguese = 3

/** Code of the septet in hex and its character, as far as they differ from the default alphabet (annex A.3). */
const lockingChanges: ReadonlyMap<number, string> = new Map([
  [turkish, '04€ 07ı 0BĞ 0Cğ 1CŞ 1Dş 40İ 60ç'],
  [
    portuguese,
    '04ê 06ú 07í 08ó 09ç 0BÔ 0Cô 0EÁ 0Fá 12ª 13Ç 14À 15∞ 16^ 17\\ 18€ 19Ó 1A| 1CÂ 1Dâ 1EÊ 24º 40Í 5BÃ 5CÕ 5DÚ 60~ 7Bã 7Cõ 7D`',
  ],
])

/** The same for the extension table (annex A.2): all of its characters stay. */
const singleChanges: ReadonlyMap<number, string> = new Map([
  [turkish, '47Ğ 49İ 53Ş 63ç 67ğ 69ı 73ş'],
  [spanish, '09ç 41Á 49Í 4FÓ 55Ú 61á 69í 6Fó 75ú'],
  [
    portuguese,
    '05ê 09ç 0BÔ 0Cô 0EÁ 0Fá 12Φ 13Γ 15Ω 16Π 17Ψ 18Σ 19Θ 1FÊ 41À 49Í 4FÓ 55Ú 5BÃ 5CÕ 61Â 69í 6Fó 75ú 7Bã 7Cõ 7Fâ',
  ],
])

const lockingTables: ReadonlyMap<number, string> = new Map([
  ...[...lockingChanges].map(([language, changes]) => [language, changedAlphabet(changes)] as const),
  ...[...indicTables].map(([language, { locking }]) => [language, locking] as const),
])

const singleTables: ReadonlyMap<number, ReadonlyMap<number, string>> = new Map([
  ...[...singleChanges].map(
    ([language, changes]) => [language, new Map([...standardTables.single, ...listed(changes)])] as const,
  ),
  ...[...indicTables].map(([language, { single }]) => [language, single] as const),
])

function changedAlphabet(changes: string): string {
  const characters = [...standardTables.locking]
  for (const [code, character] of listed(changes)) characters[code] = character
  return characters.join('')
}

function listed(changes: string): (readonly [number, string])[] {
  return changes
    .split(' ')
    .map((change) => [Number.parseInt(change.slice(0, 2), 16), change.slice(2)] as const)
}

/** Pairs that were asked for; at most one for each two languages. */
const pairs = new Map<string, ShiftTables>()

/** The tables that a text of these languages is read and written with; the same object for the same tables. */
export function tablesOf({ locking, single }: ShiftLanguages): ShiftTables {
  const lockingTable = lockingTables.get(locking)
  const singleTable = singleTables.get(single)
  if (lockingTable === undefined && singleTable === undefined) return standardTables
  const key = `${lockingTable === undefined ? 0 : locking},${singleTable === undefined ? 0 : single}`
  const known = pairs.get(key)
  if (known !== undefined) return known
  const pair = {
    locking: lockingTable ?? standardTables.locking,
    single: singleTable ?? standardTables.single,
  }
  pairs.set(key, pair)
  return pair
}

/** The pairs that can be the shortest. Annex A.3.2 (Spanish, locking) is void; Turkish single adds nothing to Turkish locking. */
const writable: Readonly<Record<NationalLanguage, readonly ShiftLanguages[]>> = {
  turkish: [
    { locking: 0, single: turkish },
    { locking: turkish, single: 0 },
  ],
  spanish: [{ locking: 0, single: spanish }],
  portuguese: [
    { locking: 0, single: portuguese },
    { locking: portuguese, single: 0 },
    { locking: portuguese, single: portuguese },
  ],
}

/** What a text may be written with besides the default tables: those that need one header element first, then those with two. */
export function shiftsOf(languages: readonly NationalLanguage[]): ShiftLanguages[] {
  const shifts = [...new Set(languages)].flatMap((language) => writable[language])
  const elements = ({ locking, single }: ShiftLanguages) => Math.sign(locking) + Math.sign(single)
  return shifts.sort((one, other) => elements(one) - elements(other))
}
