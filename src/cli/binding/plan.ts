// Compares the rows of a file with each other and with the table, and says for each row what would become of it. Writes nothing.
// Invariant: a plan without faults can be carried out whole, also where people of the file swap their numbers.

import { mailKey } from '../../domain/address.ts'
import { type Binding, noRules } from '../../domain/binding.ts'
import type { NewBinding } from '../../store/bindings.ts'
import type { Office } from '../context.ts'
import { takenForAWhile } from './find.ts'
import { pairFault } from './read.ts'
import type { Draft } from './rows.ts'

/** What becomes of one row. */
export interface PlannedRow {
  readonly draft: Draft
  /** The binding that this row changes; undefined for a new one. */
  readonly target: Binding | undefined
  /** False for a row that says what is there already. */
  readonly isChange: boolean
}

export interface Plan {
  readonly rows: readonly PlannedRow[]
  /** Reasons by line. */
  readonly faults: ReadonlyMap<number, readonly string[]>
}

/** @param replace rows whose mailbox or number is bound change that binding; else they are faults */
export function planImport(drafts: readonly Draft[], office: Office, replace: boolean): Plan {
  const faults = new Map<number, string[]>()
  const blame = (line: number, reason: string): void => {
    faults.set(line, [...(faults.get(line) ?? []), reason])
  }
  for (const { line, faults: own } of drafts) for (const reason of own) blame(line, reason)
  const good = drafts.filter((draft) => draft.faults.length === 0)
  const targets = replace ? claimTargets(good, office) : new Map<number, Binding>()
  const taken = new Set([...targets.values()].map(({ id }) => id))
  const refuseTwice = twiceInFile(blame)
  const rows = good.map((draft): PlannedRow => {
    const target = targets.get(draft.line)
    const wanted = wantedBinding(draft, target, office.desk.now())
    const wrong = pairFault(wanted, office)
    if (wrong !== null) blame(draft.line, `${wrong.message}; ${wrong.hint}`)
    refuseTwice(draft.line, wanted)
    for (const reason of conflicts(wanted, office, taken)) blame(draft.line, reason)
    const isChange =
      target !== undefined &&
      (Object.keys(target) as (keyof Binding)[]).some((key) => key !== 'id' && target[key] !== wanted[key])
    return { draft, target, isChange }
  })
  return { rows, faults }
}

/** The binding that a row asks for. Made anew where it is needed: a hundred thousand at once would fill the memory of a small box. */
export function wantedBinding(
  { mailbox, number, isLine, details, expiresAt }: Draft,
  target: Binding | undefined,
  now: number,
): NewBinding {
  return {
    ...(target ?? { ...noRules, alias: null, name: null, line: false, createdAt: now }),
    ...details,
    ...(isLine === undefined ? {} : { line: isLine }),
    ...{ mailbox, number, expiresAt, origin: 'cli' },
  }
}

type Pair = Pick<Binding, 'mailbox' | 'number' | 'expiresAt'>

/** A permanent binding is compared with permanent ones only, a temporary one with temporary ones. */
const ofMailbox = ({ mailbox, expiresAt }: Pair, { desk }: Office): Binding | undefined =>
  expiresAt === null
    ? desk.bindings.permanentOfMailbox(mailbox)
    : desk.bindings.temporaryOfMailbox(mailbox, desk.now())
const ofNumber = ({ number, expiresAt }: Pair, { desk }: Office): Binding | undefined =>
  expiresAt === null
    ? desk.bindings.permanentOfNumber(number)
    : desk.bindings.temporaryOfNumber(number, desk.now())

/** Which binding each row changes, by line. The mailbox says it first; a number counts only where no row names its mailbox. */
function claimTargets(drafts: readonly Draft[], office: Office): Map<number, Binding> {
  const targets = new Map<number, Binding>()
  const claimed = new Set<number>()
  for (const find of [ofMailbox, ofNumber])
    for (const draft of drafts) {
      const found = targets.has(draft.line) ? undefined : find(draft, office)
      if (found === undefined || claimed.has(found.id)) continue
      claimed.add(found.id)
      targets.set(draft.line, found)
    }
  return targets
}

/** Each mailbox, number and alias may stand in one row only. */
function twiceInFile(blame: (line: number, reason: string) => void) {
  const firstLines = new Map<string, number>()
  return (line: number, { mailbox, number, alias, expiresAt }: NewBinding): void => {
    const kind = expiresAt === null ? '' : 'temporary '
    const names = [`${kind}${mailKey(mailbox)}`, `${kind}${number}`, ...(alias === null ? [] : [`@${alias}`])]
    for (const name of names) {
      const first = firstLines.get(name)
      if (first === undefined) firstLines.set(name, line)
      else blame(line, `${name} stands in line ${first} already`)
    }
  }
}

/** @param taken bindings that rows of the file change: they give up what they have */
function* conflicts(wanted: NewBinding, office: Office, taken: ReadonlySet<number>): Generator<string> {
  const { bindings, now } = office.desk
  const pair = [ofMailbox(wanted, office), ofNumber(wanted, office)].find(
    (other) => other !== undefined && !taken.has(other.id),
  )
  if (pair !== undefined)
    yield pair.expiresAt === null
      ? `${mailKey(pair.mailbox) === mailKey(wanted.mailbox) ? wanted.mailbox : wanted.number} is bound already: ${pair.mailbox} and ${pair.number}`
      : takenForAWhile(pair)
  const named = wanted.alias === null ? undefined : bindings.ofAlias(wanted.alias, now())
  if (named !== undefined && !taken.has(named.id))
    yield `@${wanted.alias} is the alias of ${named.mailbox} already`
}
