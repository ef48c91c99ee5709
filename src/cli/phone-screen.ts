// An SMS as the phone shows it, drawn for a terminal: one bubble a part, wrapped at word ends, with a row of ^ below the characters
// that do not fit the GSM 7-bit default alphabet (TS 23.038 6.2.1) where they made the SMS dearer.
// Invariant: every row of a bubble is as wide as its frame, whatever the text holds.

import { septetCount } from '../sms/alphabet.ts'
import { graphemesOf } from '../sms/graphemes.ts'
import { tablesOf } from '../sms/national-tables.ts'
import { userDataOctetsMax } from '../sms/segment.ts'
import type { SmsEncoding } from '../sms/text-coding.ts'
import { buildHeader, type InformationElement, readShift } from '../sms/udh.ts'
import { columnsOf, printable, styled } from './output.ts'

/** Columns of text in a bubble; about what a phone shows. */
const columnsMax = 40
const columnsMin = 12

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

/** The bubbles of a message, part by part, each with its place and its size: "1/2 · 153 of 153 septets". */
export function drawParts(parts: readonly ScreenPart[]): string[] {
  return parts.flatMap((part, index) => {
    const { used, room, unit } = loadOf(part)
    const facts = [`${index + 1}/${parts.length}`, `${used} of ${room} ${unit}`]
    const caption = [...facts, ...(part.state === undefined ? [] : [part.state])].join(' · ')
    return [...bubble(part), `  ${styled('dim', caption)}`]
  })
}

function bubble({ text, encoding }: ScreenPart): string[] {
  const rows = text
    .split(/\r\n|\r|\n/)
    .flatMap((line) => wrap(Array.from(graphemesOf(line), (grapheme) => cellOf(grapheme, encoding))))
  const inner = Math.max(columnsMin, ...rows.map(widthOf))
  const row = (content: string, columns: number): string => `│ ${content}${' '.repeat(inner - columns)} │`
  return [
    `╭${'─'.repeat(inner + 2)}╮`,
    ...rows.flatMap((cells) => [
      row(shownOf(cells), widthOf(cells)),
      ...(cells.some(({ dear }) => dear) ? [row(styled('dim', marksOf(cells)), widthOf(cells))] : []),
    ]),
    `╰${'─'.repeat(inner + 2)}╯`,
  ]
}

function cellOf(grapheme: string, encoding: SmsEncoding): Cell {
  const shown = printable(grapheme === '\t' ? ' ' : grapheme)
  const dear = encoding !== 'gsm7' && septetCount(grapheme) === null
  const columns = columnsOf(shown)
  // What takes no column could be neither seen nor marked.
  return columns === 0 ? { shown: '\ufffd', columns: 1, dear } : { shown, columns, dear }
}

/** One line of text as rows, broken behind blanks and behind characters of two columns, else where it must be. */
function wrap(line: readonly Cell[]): Cell[][] {
  const rows: Cell[][] = []
  let row: Cell[] = []
  let breakAt = 0
  for (const cell of line) {
    if (row.length > 0 && widthOf(row) + cell.columns > columnsMax) {
      if (cell.shown === ' ') breakAt = row.length
      const end = breakAt === 0 ? row.length : breakAt
      rows.push(withoutEnd(row.slice(0, end)))
      row = row.slice(end)
      breakAt = 0
      if (cell.shown === ' ' && row.length === 0) continue
    }
    row.push(cell)
    if (cell.shown === ' ' || cell.columns > 1) breakAt = row.length
  }
  rows.push(row)
  return rows
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

/** How full a part is. A character beyond U+FFFF, such as most emoji, takes two UCS-2 characters. */
function loadOf({ text, encoding, elements }: ScreenPart) {
  const octets = userDataOctetsMax - buildHeader(elements).length
  if (encoding === 'ucs2')
    return { used: text.length, room: Math.floor(octets / 2), unit: 'UCS-2 characters' }
  const used = septetCount(text, tablesOf(readShift(elements))) ?? text.length
  return { used, room: Math.floor((octets * 8) / 7), unit: 'septets' }
}
