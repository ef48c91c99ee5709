// CSV as spreadsheet programs write it (RFC 4180; comma, semicolon or tab; UTF-8 with or without BOM). The only file that knows csv-parse.
// Invariant: what `csvLine` writes, `readCsv` reads as the same cells.
// A spreadsheet program runs a cell that begins with = + - @ as a formula, so an apostrophe is put in front of it (as such programs do
// themselves for "this is text") and taken away at the import. Phone numbers go without: +49170… is a sum that is just itself.

import { isUtf8 } from 'node:buffer'
import { CsvError, parse } from 'csv-parse/sync'

/** One phone and mailbox with all texts stays far below; a row that is longer has lost its closing quotation mark. */
const rowCharactersMax = 20_000
const delimiters = [',', ';', '\t']

export interface CsvRow {
  /** The line of the file, from 1, in which the row begins. */
  readonly line: number
  readonly cells: readonly string[]
}

/** What is wrong with the file itself; nothing behind it can be read. */
export interface CsvFault {
  readonly line: number
  readonly reason: string
}

const faults: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quotation mark is opened here and never closed',
  CSV_MAX_RECORD_SIZE: `the row that begins here has more than ${rowCharactersMax} characters; is a quotation mark missing?`,
  CSV_INVALID_CLOSING_QUOTE:
    'in the row that begins here something follows a closing quotation mark; inside of quotes write it twice',
  INVALID_OPENING_QUOTE:
    'in the row that begins here a quotation mark stands in a cell without quotes around it',
}

/**
 * Reads rows until the end or the first fault of the file. Rows without any text are left out.
 * @param onRow is given each row as it is read; what it throws ends the reading
 */
export function readCsv(file: Buffer, onRow: (row: CsvRow) => void): CsvFault | null {
  const bytes = file.subarray(file.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0)
  const encodingFault = findEncodingFault(bytes)
  if (encodingFault !== null) return encodingFault
  // The library counts CR LF inside of quotes as two lines, so lines are counted here, from one row's end to the next.
  const lines = lineCounter(bytes)
  let rowStart = lines.at(0)
  try {
    parse(bytes, {
      delimiter: delimiterOf(bytes),
      record_delimiter: ['\r\n', '\n', '\r'],
      max_record_size: rowCharactersMax,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (cells: string[], { bytes: end }) => {
        const texts = cells.map(unguarded)
        if (texts.some((text) => text.trim() !== '')) onRow({ line: rowStart, cells: texts })
        rowStart = lines.at(end)
        return null
      },
    })
    return null
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return { line: rowStart, reason: faults[error.code] ?? error.message }
  }
}

/** One row with its line feed. Cells in `bare` columns are written as they are. */
export function csvLine(cells: readonly string[], bare: ReadonlySet<number> = new Set()): string {
  return `${cells.map((cell, column) => quoted(bare.has(column) ? cell : guarded(cell))).join(',')}\n`
}

const guarded = (cell: string): string => (/^'*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell)
const unguarded = (cell: string): string => (/^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell)

const quoted = (cell: string): string =>
  /^\s|[",;\t\r\n]|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell

/** Answers questions for growing offsets: the line of the first text at or behind an offset. */
function lineCounter(bytes: Buffer): { at(offset: number): number } {
  const [lf, cr] = [0x0a, 0x0d]
  let line = 1
  let position = 0
  return {
    at: (offset) => {
      while (position < bytes.length) {
        const octet = bytes[position]
        const isBreak = octet === lf || octet === cr
        if (position >= offset && !isBreak) break
        if (octet === lf || (octet === cr && bytes[position + 1] !== lf)) line++
        position++
      }
      return line
    },
  }
}

/** Of the signs that part cells, the one that the first line with text holds most often. */
function delimiterOf(bytes: Buffer): string {
  const heading = /[^\r\n]+/.exec(bytes.subarray(0, rowCharactersMax).toString())?.[0] ?? ''
  const count = (sign: string): number => heading.split(sign).length
  return delimiters.reduce((best, sign) => (count(sign) > count(best) ? sign : best))
}

function findEncodingFault(bytes: Buffer): CsvFault | null {
  if (isUtf8(bytes) && !bytes.includes(0)) return null
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start) + 1 || bytes.length
    const text = bytes.subarray(start, end)
    if (!isUtf8(text) || text.includes(0)) break
    start = end
  }
  return { line, reason: 'the file is not UTF-8; in a spreadsheet program save it as "CSV UTF-8"' }
}
