// The rows of a binding file (CSV): its columns, a row read into a draft of a binding with all that is wrong in it, a binding as a row.

import { type Parsed, parseMailAddress, parsePhoneNumber } from '../../domain/address.ts'
import type { Binding } from '../../domain/binding.ts'
import { type CsvFault, type CsvRow, csvLine, readCsv } from './csv.ts'
import { type Details, fields, readField, readSwitch, writeField } from './fields.ts'
import { lastsMaxMs } from './read.ts'

/** All columns, in the order in which they are exported. A file may have them in any order; the first two must be there. */
export const columns: readonly string[] = [
  'mailbox',
  'number',
  'alias',
  'name',
  'line',
  ...fields.map(({ column }) => column).filter((column) => column !== 'alias' && column !== 'name'),
  'expires',
]
const needed = ['mailbox', 'number']
const fieldOf = new Map(fields.map((field) => [field.column, field]))
/** Numbers are no formulas: +49170… stays readable. */
const bareColumns: ReadonlySet<number> = new Set([columns.indexOf('number')])

/** What a row says; what its file has no column for is left open. */
export interface Draft {
  readonly line: number
  readonly mailbox: string
  readonly number: string
  readonly isLine: boolean | undefined
  readonly details: Partial<Details>
  readonly expiresAt: number | null
  /** Why the row cannot be imported; empty if it can. */
  readonly faults: string[]
}

export interface Reading {
  /** The country in which national numbers are read. */
  readonly country: string
  /** The SIM's own number: a row of the line may leave it out. */
  readonly ownNumber: string
  readonly now: number
}

/**
 * Reads a file to its end or to the first fault of the file itself.
 * @param onDraft is given each row; also those with faults
 * @returns the faults of the heading, or the one behind which nothing could be read
 */
export function readDrafts(file: Buffer, reading: Reading, onDraft: (draft: Draft) => void): CsvFault[] {
  let heading: readonly string[] | undefined
  const faults: CsvFault[] = []
  const fault = readCsv(file, ({ line, cells }) => {
    if (heading !== undefined) {
      if (faults.length === 0) onDraft(readRow(heading, { line, cells }, reading))
      return
    }
    heading = cells.map((cell) => cell.trim().toLowerCase())
    faults.push(...headingFaults(heading).map((reason) => ({ line, reason })))
  })
  if (fault !== null) return [...faults, fault]
  if (heading === undefined)
    return [{ line: 1, reason: `the file is empty; its first line names the columns: ${columns}` }]
  return faults
}

function headingFaults(heading: readonly string[]): string[] {
  const missing = needed.filter((column) => !heading.includes(column))
  return [
    ...heading.flatMap((column, index) => {
      if (heading.indexOf(column) < index) return [`the column "${column}" is there twice`]
      if (columns.includes(column)) return []
      return [`there is no column "${column}"; ${nearestColumn(column)}`]
    }),
    ...missing.map((column) => `the column "${column}" is missing`),
  ]
}

/** @returns half a sentence that names the column that was meant, or all of them */
function nearestColumn(word: string): string {
  const plain = word.replace(/[\s-]+/g, '_')
  const ranked = columns
    .map((column) => ({ column, cost: distance(plain, column) }))
    .sort((a, b) => a.cost - b.cost)
  const best = ranked[0]
  return best !== undefined && best.cost <= Math.max(2, best.column.length / 3)
    ? `did you mean "${best.column}"?`
    : `the columns are ${columns.join(', ')}`
}

/** Letters to change, add or leave out (Levenshtein); headings are short. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...one.slice(0, 40)].entries()) {
    const next = [i + 1]
    for (let j = 0; j < other.length; j++)
      next.push(
        Math.min((row[j] ?? 0) + (letter === other[j] ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1),
      )
    row = next
  }
  return row.at(-1) ?? 0
}

function readRow(heading: readonly string[], { line, cells }: CsvRow, reading: Reading): Draft {
  const faults: string[] = []
  if (cells.length !== heading.length)
    faults.push(`the row has ${cells.length} cells and the heading ${heading.length}`)
  const cell = (column: string): string => cells[heading.indexOf(column)] ?? ''
  /** A wrong cell counts as empty, and the row as wrong. */
  const read = <T>(column: string, parsed: Parsed<T>, form: string): T | undefined => {
    if (parsed.ok) return parsed.value
    if (cells.length === heading.length)
      faults.push(`${column} "${shown(cell(column))}": ${parsed.reason}${form && `; ${form}`}`)
    return undefined
  }
  const isLine =
    cell('line').trim() === '' ? undefined : read('line', lineOf(cell('line')), 'write yes or no')
  const numberText = cell('number').trim() === '' && isLine === true ? reading.ownNumber : cell('number')
  const mailbox = read('mailbox', parseMailAddress(cell('mailbox')), '') ?? ''
  const number = read('number', numberOf(numberText, reading.country), '') ?? ''
  const details = heading.flatMap((column) => {
    const field = fieldOf.get(column)
    return field === undefined
      ? []
      : [[field.property, read(column, readField(field, cell(column)), field.form)]]
  })
  return {
    line,
    mailbox,
    number,
    isLine,
    details: Object.fromEntries(details) as Partial<Details>,
    expiresAt:
      read('expires', expiryOf(cell('expires'), reading.now), 'write a time such as 2026-12-31T18:00:00Z') ??
      null,
    faults,
  }
}

const cellShownMax = 60

/** A cell in one line, cut. */
function shown(cell: string): string {
  const line = cell.replace(/\s+/g, ' ')
  return line.length > cellShownMax ? `${line.slice(0, cellShownMax)}…` : line
}

function lineOf(text: string): Parsed<boolean> {
  const value = readSwitch(text)
  return value === null ? { ok: false, reason: 'it is neither yes nor no' } : { ok: true, value }
}

function numberOf(text: string, country: string): Parsed<string> {
  // 4.91701E+12: digits are lost, so this cannot be mended here.
  if (/^\d+([.,]\d+)?e\+?\d+$/i.test(text.trim()))
    return {
      ok: false,
      reason: 'a spreadsheet program made a sum of it; format the column as text and enter the number again',
    }
  return parsePhoneNumber(text, country)
}

/** A date without a zone is in the box's own; what is longer than a temporary binding may last is refused. */
function expiryOf(text: string, now: number): Parsed<number | null> {
  const trimmed = text.trim()
  if (trimmed === '') return { ok: true, value: null }
  const shape = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/
  const at = shape.test(trimmed)
    ? Date.parse(trimmed.length === 10 ? `${trimmed}T00:00` : trimmed.replace(' ', 'T'))
    : Number.NaN
  if (Number.isNaN(at)) return { ok: false, reason: 'it is no time' }
  return at - now > lastsMaxMs
    ? { ok: false, reason: 'it is more than 52 weeks away' }
    : { ok: true, value: at }
}

/** The first line of an exported file. */
export const headingLine = (): string => csvLine(columns)

/** A binding as a line that `readDrafts` reads back. */
export function rowLine(binding: Binding): string {
  const cells = columns.map((column) => {
    if (column === 'mailbox') return binding.mailbox
    if (column === 'number') return binding.number
    if (column === 'line') return binding.line ? 'yes' : ''
    if (column === 'expires')
      return binding.expiresAt === null ? '' : new Date(binding.expiresAt).toISOString()
    const field = fieldOf.get(column)
    return field === undefined ? '' : writeField(binding[field.property])
  })
  return csvLine(cells, bareColumns)
}
