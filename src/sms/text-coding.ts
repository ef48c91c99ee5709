// The ways to write a text (TS 23.038 clause 6): the default alphabet with its extension table, UCS-2, or the shift tables of a
// national language, which cost header elements in every part.
// Invariant: each of them carries the text without loss; which one is cheapest shows when the parts are counted (segment.ts).

import { type ShiftTables, septetCount, standardTables } from './alphabet.ts'
import { type NationalLanguage, shiftsOf, tablesOf } from './national-tables.ts'
import { type InformationElement, shiftElements } from './udh.ts'

/** What TP-DCS says. */
export type TextEncoding = 'gsm7' | 'ucs2'

/** `gsm7-shift`: GSM 7-bit with a table of a national language, which the header elements of the part name. */
export type SmsEncoding = TextEncoding | 'gsm7-shift'

/** As people read them. */
export const encodingNames: Readonly<Record<SmsEncoding, string>> = {
  gsm7: 'GSM 7-bit',
  'gsm7-shift': 'GSM 7-bit with a national table',
  ucs2: 'UCS-2',
}

export interface TextCoding {
  readonly encoding: SmsEncoding
  /** null for UCS-2. */
  readonly tables: ShiftTables | null
  /** They stand in every part. */
  readonly elements: readonly InformationElement[]
}

const plain: TextCoding = { encoding: 'gsm7', tables: standardTables, elements: [] }
export const ucs2: TextCoding = { encoding: 'ucs2', tables: null, elements: [] }

/**
 * The codings that carry a text, in the order that decides between equal numbers of parts: a text of the default tables is
 * written with them; else UCS-2, which every phone can show, and the allowed shift tables, the smallest header first.
 */
export function codingsOf(text: string, national: readonly NationalLanguage[]): TextCoding[] {
  if (septetCount(text) !== null) return [plain]
  const shifts = shiftsOf(national).map(
    (languages): TextCoding => ({
      encoding: 'gsm7-shift',
      tables: tablesOf(languages),
      elements: shiftElements(languages),
    }),
  )
  return [ucs2, ...shifts.filter(({ tables }) => tables !== null && septetCount(text, tables) !== null)]
}

/** Units (septets, or UTF-16 units) that a text takes; infinity if it does not fit. */
export function unitsOf(text: string, { tables }: TextCoding): number {
  return tables === null ? text.length : (septetCount(text, tables) ?? Number.POSITIVE_INFINITY)
}
