// What commands print: tables, JSON, times. Colours only on a terminal that wants them (util.styleText, NO_COLOR).

import { styleText } from 'node:util'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

export function styled(style: Style, text: string): string {
  const plain = !process.stdout.isTTY || (process.env.NO_COLOR ?? '') !== ''
  return plain ? text : styleText(style, text)
}

/** A table with a heading; columns are as wide as their longest cell, long cells are cut to `cellMax` characters. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  cellMax = 60,
): string {
  const cut = (cell: string): string => {
    const line = printable(cell.replace(/\s+/g, ' ').trim())
    return line.length > cellMax ? `${line.slice(0, cellMax - 1)}…` : line
  }
  const lines = [heading, ...rows].map((row) => row.map(cut))
  const widths = heading.map((_, column) => Math.max(...lines.map((row) => (row[column] ?? '').length)))
  return lines
    .map((row, index) => {
      const line = row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()
      return index === 0 ? styled('bold', line) : line
    })
    .join('\n')
}

/** Text of others for a terminal: control characters and bidi overrides would change what the reader sees. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

/** Local time, "2026-11-23 14:05:09". */
export function localTime(epochMs: number): string {
  const date = new Date(epochMs - new Date(epochMs).getTimezoneOffset() * 60_000)
  return date.toISOString().slice(0, 19).replace('T', ' ')
}

export function amount(cost: number, currency: string): string {
  return `${cost.toFixed(2)} ${currency}`
}
