// Fits lines to the width of a terminal. A line that is too long is broken between words, and goes on below the last column of its
// first line, or behind its bar: "  flag     1 from …" goes on below the 1, "│ Subject: …" behind another bar.
// Invariant: a line that fits stays as it is, so that drawings pass through.

import { graphemesOf } from '../sms/graphemes.ts'
import { columnsOf, print, terminalColumns } from './output.ts'

/** Further lines begin at most so far to the right, in shares of the width. */
const hangShareMax = 1 / 2

/** What styles a text and takes no column. */
const escapes = /\u001b\[[\d;]*m/g

/** @param columns of the terminal */
export function fitted(lines: readonly string[], columns: number): string[] {
  return lines.flatMap((line) => (columnsOf(line) <= columns ? [line] : broken(line, columns)))
}

function broken(line: string, columns: number): string[] {
  const hang = hangOf(line.replace(escapes, ''), columns)
  const indent = /^ *(?:│ )?/.exec(line)?.[0] ?? ''
  const found: string[] = []
  let row = indent
  let isEmpty = true
  for (const word of line
    .slice(indent.length)
    .split(' ')
    .flatMap((word) => piecesOf(word, columns - columnsOf(hang)))) {
    const longer = isEmpty || word.joined ? row + word.text : `${row} ${word.text}`
    if (!isEmpty && columnsOf(longer) > columns) {
      found.push(row.trimEnd())
      row = hang + word.text
    } else row = longer
    isEmpty = false
  }
  return [...found, row.trimEnd()]
}

/** What further lines begin with. */
function hangOf(line: string, columns: number): string {
  const bar = /^ *│ /.exec(line)
  if (bar !== null) return bar[0]
  const [start = ''] = /^ *(?:\S+(?: \S+)* {2,})*/.exec(line) ?? []
  const indent = (/^ */.exec(line)?.[0] ?? '').length
  const column = columnsOf(start)
  return ' '.repeat(column > indent && column <= columns * hangShareMax ? column : indent + 2)
}

/** A word; one that no line holds, such as a sentence in Han characters, is cut between characters. */
function piecesOf(word: string, room: number): { readonly text: string; readonly joined: boolean }[] {
  if (columnsOf(word) <= room || word.includes('\u001b')) return [{ text: word, joined: false }]
  const pieces: string[] = []
  let piece = ''
  for (const letter of graphemesOf(word)) {
    if (columnsOf(piece + letter) > room) {
      pieces.push(piece)
      piece = ''
    }
    piece += letter
  }
  return [...pieces, piece].map((text, index) => ({ text, joined: index > 0 }))
}

/** Prints lines as the terminal has room for them. */
export function printSheet(lines: readonly string[]): void {
  print(fitted(lines, terminalColumns()).join('\n'))
}

/** The same on a terminal only: a program that reads gets each line whole. */
export function printLines(lines: readonly string[]): void {
  if (process.stdout.isTTY === true) printSheet(lines)
  else print(lines.join('\n'))
}
