// `simpost binding import` and `export`: the table as a CSV file. An import is one transaction: every row, or none and all that is wrong.

import { readFileSync, writeFileSync } from 'node:fs'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import { type Office, withOffice } from '../context.ts'
import { print, printable, printJson } from '../output.ts'
import { showProgress } from '../progress.ts'
import { type PlannedRow, planImport, wantedBinding } from './plan.ts'
import { type Draft, headingLine, readDrafts, rowLine } from './rows.ts'
import { endTalk } from './talks.ts'

/** A hundred thousand rows with every column filled are a third of it. */
const fileBytesMax = 64 * 1_048_576
const faultsShownMax = 50

interface ImportOptions {
  readonly config: string
  readonly json?: boolean
  readonly replace?: boolean
  readonly dryRun?: boolean
}

interface Outcome {
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  /** Rows of temporary bindings that are over. */
  readonly ended: number
  /** Talks between a mailbox and a phone that are no longer bound. */
  readonly talksEnded: number
}

type Faults = readonly (readonly [line: number, reason: string])[]

export async function importFile(file: string, options: ImportOptions): Promise<void> {
  const bytes = readBytes(file)
  const dryRun = options.dryRun === true
  await withOffice(options.config, { readOnly: dryRun }, (office) => {
    const { config, desk } = office
    const progress = showProgress('rows')
    const drafts: Draft[] = []
    const reading = { country: config.modem.country, ownNumber: config.modem.number, now: desk.now() }
    const fileFaults = readDrafts(bytes, reading, (draft) => {
      drafts.push(draft)
      progress.at('read', drafts.length)
    })
    const alive = drafts.filter(({ expiresAt }) => expiresAt === null || expiresAt > reading.now)
    const decide = (): Outcome | Faults => {
      if (!dryRun) desk.bindings.removeEnded(reading.now)
      const { rows, faults } = planImport(alive, office, options.replace === true)
      const all: Faults = [
        ...[...faults].flatMap(([line, reasons]) => reasons.map((reason) => [line, reason] as const)),
        ...fileFaults.map(({ line, reason }) => [line, reason] as const),
      ].sort(([one], [other]) => one - other)
      if (all.length > 0) return all
      const talksEnded = dryRun ? 0 : carryOut(rows, office, progress)
      return { ...countsOf(rows), ended: drafts.length - alive.length, talksEnded }
    }
    // A database that is open for reading only takes no transaction that may write.
    const outcome = dryRun ? decide() : desk.store.transaction(decide)
    progress.end()
    if ('added' in outcome) tellOutcome(outcome, options)
    else tellFaults(outcome, options)
  })
}

function readBytes(file: string): Buffer {
  try {
    const bytes = readFileSync(file === '-' ? 0 : file)
    if (bytes.length <= fileBytesMax) return bytes
    throw new Error(`it has more than ${fileBytesMax / 1_048_576} MiB`)
  } catch (cause) {
    throw new GatewayError('USAGE', `${file} cannot be read: ${messageOf(cause)}`, {
      hint: 'name a CSV file such as simpost binding export writes, or - for standard input',
      cause,
    })
  }
}

const countsOf = (rows: readonly PlannedRow[]): Pick<Outcome, 'added' | 'changed' | 'unchanged'> => ({
  added: rows.filter(({ target }) => target === undefined).length,
  changed: rows.filter(({ isChange }) => isChange).length,
  unchanged: rows.filter(({ target, isChange }) => target !== undefined && !isChange).length,
})

/** All that change are taken away before the first is put back, so that two may swap their numbers. @returns talks that have ended */
function carryOut(
  rows: readonly PlannedRow[],
  { desk }: Office,
  progress: ReturnType<typeof showProgress>,
): number {
  for (const { target, isChange } of rows)
    if (target !== undefined && isChange) desk.bindings.remove(target.id)
  let written = 0
  for (const { draft, target, isChange } of rows) {
    if (target === undefined || isChange) desk.bindings.add(wantedBinding(draft, target, desk.now()))
    progress.at('written', ++written)
  }
  const moved = rows.flatMap(({ target, draft }) =>
    target !== undefined && (target.mailbox !== draft.mailbox || target.number !== draft.number)
      ? [target]
      : [],
  )
  return moved.filter((target) => endTalk(desk, target).ended !== null).length
}

function tellOutcome(outcome: Outcome, { json, dryRun }: ImportOptions): void {
  const { added, changed, unchanged, ended, talksEnded } = outcome
  if (json === true)
    return printJson({
      imported: dryRun !== true,
      added,
      changed,
      unchanged,
      ended,
      talks_ended: talksEnded,
      faults: [],
    })
  const would = dryRun === true ? 'would be ' : ''
  print(`${added} ${would}added, ${changed} ${would}changed, ${unchanged} as they were`)
  if (ended > 0) print(`${counted(ended, 'row')} left out: ${ended === 1 ? 'its' : 'their'} time is over`)
  if (talksEnded > 0) print(`${counted(talksEnded, 'talk')} ended with the old numbers`)
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`

function tellFaults(faults: Faults, { json, replace }: ImportOptions): void {
  process.exitCode = 1
  if (json === true)
    return printJson({ imported: false, faults: faults.map(([line, reason]) => ({ line, reason })) })
  const shown = faults.slice(0, faultsShownMax).map(([line, reason]) => `line ${line}: ${printable(reason)}`)
  const more = faults.length - shown.length
  const isBound = replace !== true && faults.some(([, reason]) => / already/.test(reason))
  const lines = [
    'nothing was imported',
    ...shown,
    ...(more > 0 ? [`and ${more} more`] : []),
    `Try: mend these lines and import the file again${isBound ? '; --replace changes bindings that are there' : ''}`,
  ]
  process.stderr.write(`${lines.join('\n')}\n`)
}

/** Temporary bindings that messages made are left out: at an import they would count as the operator's own, and reach further. */
export async function exportFile(
  file: string | undefined,
  options: { readonly config: string },
): Promise<void> {
  await withOffice(options.config, { readOnly: true }, ({ desk }) => {
    const all = desk.bindings.list(desk.now())
    const bindings = all.filter(({ origin }) => origin === 'cli')
    const text = headingLine() + bindings.map(rowLine).join('')
    const left = all.length - bindings.length
    if (left > 0) process.stderr.write(`${counted(left, 'temporary binding')} that messages made left out\n`)
    if (file === undefined || file === '-') return void process.stdout.write(text)
    try {
      writeFileSync(file, text, { mode: 0o600 })
    } catch (cause) {
      throw new GatewayError('USAGE', `${file} cannot be written: ${messageOf(cause)}`, {
        hint: 'name a file in a folder that you may write to, or none for standard output',
        cause,
      })
    }
    print(`exported ${counted(bindings.length, 'binding')} to ${file}`)
  })
}
