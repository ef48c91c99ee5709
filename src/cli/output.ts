// What commands print: tables, JSON, times. Colours only on a terminal that wants them (util.styleText, NO_COLOR). The only file that
// knows string-width: Han characters and emoji take two columns of a terminal, combining marks none.
// Invariant: text of others goes through `printable` before it reaches a terminal.

import { styleText } from 'node:util'
import stringWidth from 'string-width'
import { graphemesOf } from '../sms/graphemes.ts'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

export const hasColours = (): boolean => process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === ''

export const styled = (style: Style, text: string): string => (hasColours() ? styleText(style, text) : text)

const columnsDefault = 80
const columnsLeast = 20

/** Columns of the terminal, or of a page where there is none. */
export const terminalColumns = (): number => Math.max(columnsLeast, process.stdout.columns || columnsDefault)

/** Columns that a line takes on a terminal. */
export const columnsOf = (line: string): number => stringWidth(line)

/** A table with a heading; columns are as wide as their widest cell, wide cells are cut to `cellMax` columns. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  cellMax = 60,
): string {
  const lines = [heading, ...rows].map((row) => row.map((cell) => oneLine(cell, cellMax)))
  const widths = heading.map((_, column) =>
    lines.reduce((widest, row) => Math.max(widest, columnsOf(row[column] ?? '')), 0),
  )
  return lines
    .map((row, index) => {
      const line = row
        .map((cell, column) => padded(cell, widths[column] ?? 0))
        .join('  ')
        .trimEnd()
      return index === 0 ? styled('bold', line) : line
    })
    .join('\n')
}

/** Text of others as one line of at most so many columns. */
export function oneLine(text: string, columnsMax: number): string {
  const line = printable(text.replace(/\s+/g, ' ').trim())
  if (columnsOf(line) <= columnsMax) return line
  let kept = ''
  let columns = 0
  for (const grapheme of graphemesOf(line)) {
    columns += columnsOf(grapheme)
    if (columns > columnsMax - 1) break
    kept += grapheme
  }
  return `${kept}…`
}

/** A line with blanks behind it up to so many columns. */
export function padded(line: string, columns: number): string {
  return line + ' '.repeat(Math.max(0, columns - columnsOf(line)))
}

/**
 * Text of others for a terminal, lines kept: control characters, halves of surrogate pairs, line separators and marks that turn the
 * direction of reading would change what the reader sees.
 */
export function printable(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(/(?![\t\n])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '\ufffd')
}

/** Local time, "2026-11-23 14:05:09". */
export function localTime(epochMs: number): string {
  const date = new Date(epochMs - new Date(epochMs).getTimezoneOffset() * 60_000)
  return date.toISOString().slice(0, 19).replace('T', ' ')
}

/** Two digits behind the point, up to four where a part costs a fraction of a cent. */
export function amount(cost: number, currency: string): string {
  return `${cost.toFixed(4).replace(/0{1,2}$/, '')} ${currency}`
}
