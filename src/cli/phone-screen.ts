// An SMS as the phone shows it, drawn for a terminal: one bubble, for the phone joins the parts, with a thin rule where one part ends.
// Wrapped at word ends. The characters that do not fit the GSM 7-bit default alphabet (TS 23.038 6.2.1) are coloured where they made
// the SMS dearer; without colours a row of ^ below marks them, unless they are so many that it would only be in the way.
// Invariant: every row of a bubble is as wide as its frame, whatever the text holds.

import { septetCount } from '../sms/alphabet.ts'
import { graphemesOf } from '../sms/graphemes.ts'
import { tablesOf } from '../sms/national-tables.ts'
import { userDataOctetsMax } from '../sms/segment.ts'
import type { SmsEncoding } from '../sms/text-coding.ts'
import { buildHeader, type InformationElement, readShift } from '../sms/udh.ts'
import { columnsOf, hasColours, printable, styled } from './output.ts'

/** Columns of text in a bubble; about what a phone shows. */
const columnsMax = 40
const columnsMin = 12
/** Columns of a frame with its blanks. */
const frameColumns = 4
/** A row of which more is dear gets no marks. */
const markedShareMax = 1 / 3

export interface ScreenPart {
  readonly text: string
  readonly encoding: SmsEncoding
  /** Of the user data header. */
  readonly elements: readonly InformationElement[]
  /** What became of this part; shown behind its size. */
  readonly state?: string | undefined
}

/** One grapheme on the screen. */
interface Cell {
  readonly shown: string
  readonly columns: number
  /** It does not fit the default alphabet. */
  readonly dear: boolean
}

/** A row of the bubble, and the columns that it takes. */
interface Row {
  readonly shown: string
  readonly columns: number
}

/**
 * The bubble of a message. Each part ends with its place and its size: "1/2 · 153 of 153 characters (GSM)", the last one below the
 * bubble, where it is also said what became of each part.
 * @param columns of the terminal
 */
export function drawParts(parts: readonly ScreenPart[], columns = columnsMax + frameColumns): string[] {
  const room = Math.max(columnsMin, Math.min(columnsMax, columns - frameColumns))
  const rows = parts.map((part) => textRows(part, room))
  const rules = parts.slice(0, -1).map((part, index) => {
    const place = `┈┈ ${index + 1}/${parts.length}`
    const whole = `${place} · ${sizeOf(part)}`
    return columnsOf(whole) <= room ? whole : place
  })
  const widest = [...rows.flat().map((row) => row.columns), ...rules.map(columnsOf)]
  const inner = Math.max(columnsMin, ...widest)
  const line = ({ shown, columns: taken }: Row): string => `│ ${shown}${' '.repeat(inner - taken)} │`
  const ruled = (rule: string): string => {
    const shown = `${rule} ${'┈'.repeat(inner)}`.slice(0, inner).trimEnd()
    return line({ shown: styled('dim', shown), columns: columnsOf(shown) })
  }
  return [
    `╭${'─'.repeat(inner + 2)}╮`,
    ...rows.flatMap((ofPart, index) => {
      const rule = rules[index]
      return [...ofPart.map(line), ...(rule === undefined ? [] : [ruled(rule)])]
    }),
    `╰${'─'.repeat(inner + 2)}╯`,
    ...captions(parts).map((caption) => `  ${styled('dim', caption)}`),
  ]
}

/** The last part with its size; parts of which something is known, each with that. */
function captions(parts: readonly ScreenPart[]): string[] {
  return parts.flatMap((part, index) => {
    const isLast = index === parts.length - 1
    if (!isLast && part.state === undefined) return []
    const facts = [`${index + 1}/${parts.length}`, ...(isLast ? [sizeOf(part)] : []), part.state]
    return [facts.filter((fact) => fact !== undefined).join(' · ')]
  })
}

function textRows({ text, encoding }: ScreenPart, room: number): Row[] {
  const lines = text.split(/\r\n|\r|\n/)
  const cells = lines.map((line) => Array.from(graphemesOf(line), (grapheme) => cellOf(grapheme, encoding)))
  return cells.flatMap((line) => wrap(line, room)).flatMap(drawnRow)
}

function drawnRow(cells: readonly Cell[]): Row[] {
  const row = { shown: shownOf(cells), columns: widthOf(cells) }
  const dear = cells.filter((cell) => cell.dear).length
  if (dear === 0 || hasColours() || dear > cells.length * markedShareMax) return [row]
  return [row, { shown: marksOf(cells), columns: widthOf(cells) }]
}

function cellOf(grapheme: string, encoding: SmsEncoding): Cell {
  const shown = printable(grapheme === '\t' ? ' ' : grapheme)
  const dear = encoding !== 'gsm7' && septetCount(grapheme) === null
  const columns = columnsOf(shown)
  // What takes no column could be neither seen nor marked.
  return columns === 0 ? { shown: '\ufffd', columns: 1, dear } : { shown, columns, dear }
}

/** One line of text as rows, broken behind blanks and behind characters of two columns, else where it must be. */
function wrap(line: readonly Cell[], room: number): Cell[][] {
  const rows: Cell[][] = []
  let row: Cell[] = []
  let breakAt = 0
  for (const cell of line) {
    const isFull = (): boolean => row.length > 0 && widthOf(row) + cell.columns > room
    if (isFull()) {
      if (cell.shown === ' ') breakAt = row.length
      // A row that is broken early may leave too little room for a character of two columns, and is broken again.
      do {
        const end = breakAt === 0 ? row.length : breakAt
        rows.push(withoutEnd(row.slice(0, end)))
        row = row.slice(end)
        breakAt = 0
      } while (isFull())
      if (cell.shown === ' ' && row.length === 0) continue
    }
    row.push(cell)
    if (cell.shown === ' ' || cell.columns > 1) breakAt = row.length
  }
  return row.length === 0 && rows.length > 0 ? rows : [...rows, row]
}

function withoutEnd(row: readonly Cell[]): Cell[] {
  const last = row.findLastIndex(({ shown, dear }) => shown !== ' ' || dear)
  return row.slice(0, last + 1)
}

const widthOf = (cells: readonly Cell[]): number => cells.reduce((sum, { columns }) => sum + columns, 0)

const marksOf = (cells: readonly Cell[]): string =>
  cells.map(({ columns, dear }) => (dear ? '^' : ' ').repeat(columns)).join('')

/** The row with the dear characters in colour, neighbours as one. */
function shownOf(cells: readonly Cell[]): string {
  let row = ''
  for (let start = 0; start < cells.length; ) {
    const dear = cells[start]?.dear === true
    const next = cells.findIndex((cell, index) => index > start && cell.dear !== dear)
    const end = next < 0 ? cells.length : next
    const run = cells.slice(start, end).map(({ shown }) => shown)
    row += dear ? styled('yellow', run.join('')) : run.join('')
    start = end
  }
  return row
}

/** How full a part is. A character beyond U+FFFF, such as most emoji, takes two UCS-2 characters, one of the extension table two of GSM. */
function sizeOf({ text, encoding, elements }: ScreenPart): string {
  const octets = userDataOctetsMax - buildHeader(elements).length
  if (encoding === 'ucs2') return `${text.length} of ${Math.floor(octets / 2)} characters (UCS-2)`
  const used = septetCount(text, tablesOf(readShift(elements))) ?? text.length
  return `${used} of ${Math.floor((octets * 8) / 7)} characters (GSM)`
}
