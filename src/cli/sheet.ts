// The sheet that `explain` and `message show` print: judgement, steps, what goes out or why it waits, and what would change it. Both
// print the same pieces, so that what was foretold and what happened look alike. Pure: lines in, lines out.

import { domainOf } from '../domain/address.ts'
import { formatDuration } from '../domain/duration.ts'
import type { Medium } from '../domain/message.ts'
import { firstSubject } from '../exchange/decide/convert.ts'
import type { ExchangeSettings } from '../exchange/decide/decision.ts'
import { cureOf, type Reason, reasons } from '../exchange/decide/reasons.ts'
import type { Desk } from '../exchange/desk.ts'
import { septetCount } from '../sms/alphabet.ts'
import { plainLetters } from '../sms/fold.ts'
import { graphemesOf } from '../sms/graphemes.ts'
import { segmentText } from '../sms/segment.ts'
import { encodingNames, type SmsEncoding } from '../sms/text-coding.ts'
import { asTyped } from './config-option.ts'
import {
  amount,
  columnsOf,
  localTime,
  oneLine,
  padded,
  printable,
  styled,
  terminalColumns,
} from './output.ts'
import { drawParts, type ScreenPart } from './phone-screen.ts'

/** Longer texts are cut on the sheet. */
const textLinesMax = 40
const detailColumnsMax = 160
/** More characters than this are not named one by one. */
const costlyNamedMax = 4

const isReason = (reason: string): reason is Reason => Object.hasOwn(reasons, reason)

export interface Waiting {
  readonly reason: string
  /** ms since 1970; null: until a person releases it. */
  readonly until: number | null
}

export interface Destination {
  readonly to: string
  readonly rule: string
  readonly held: Waiting | null
  /** What became of it, such as "delivery 3: sent"; none for what is only foretold. */
  readonly fate?: string
}

export interface SmsOnSheet extends Destination {
  readonly text: string
  readonly encoding: SmsEncoding
  readonly parts: readonly ScreenPart[]
  /** How long the network keeps trying, in ms, where that is not what the config says; else null. */
  readonly ownValidityMs: number | null
}

export interface MailOnSheet extends Destination {
  /** Header fields in their order. */
  readonly fields: readonly (readonly [string, string])[]
  readonly text: string
}

type Prices = Pick<ExchangeSettings, 'pricePerPart' | 'currency'>

/** "convert: the message itself asked to be converted (flagged)" */
export function judgementLine(judgement: string, reason: string): string {
  return `${styled('bold', judgement)}: ${meaningOf(reason)} (${reason})`
}

export const meaningOf = (reason: string): string => (isReason(reason) ? reasons[reason].means : reason)

/** The steps as a small table, with local times where they are known. */
export function stepLines(
  steps: readonly { readonly at?: number; readonly what: string; readonly detail: string }[],
): string[] {
  const width = Math.max(0, ...steps.map(({ what }) => columnsOf(what)))
  return steps.map(({ at, what, detail }) => {
    const time = at === undefined ? '' : `${localTime(at)}  `
    return `  ${time}${styled('dim', padded(what, width))}  ${oneLine(detail, detailColumnsMax)}`
  })
}

/** An SMS: where it goes and what it costs, the bubble, and what made it dear. */
export function smsLines(sms: SmsOnSheet, prices: Prices, columns = terminalColumns()): string[] {
  const count = sms.parts.length
  const price =
    prices.pricePerPart === null ? '' : `, ${amount(count * prices.pricePerPart, prices.currency)}`
  const tries =
    sms.ownValidityMs === null ? '' : `; the network keeps trying for ${formatDuration(sms.ownValidityMs)}`
  const size = `${partCount(count)} in ${encodingNames[sms.encoding]}${price}${tries}`
  const dear = dearLine(sms, prices)
  return [
    `SMS to ${destination(sms)}`,
    ...heldLines(sms.held),
    ...indented([...drawParts(sms.parts, columns - 2), size, ...(dear === null ? [] : [dear])]),
  ]
}

/** A mail: its header fields and its text. @param linesMax of the text */
export function mailLines(mail: MailOnSheet, linesMax = textLinesMax): string[] {
  return [`mail to ${destination(mail)}`, ...heldLines(mail.held), ...letterLines(mail, linesMax)]
}

/** A letter as such. */
export function letterLines(
  { fields, text }: Pick<MailOnSheet, 'fields' | 'text'>,
  linesMax = textLinesMax,
): string[] {
  const width = Math.max(0, ...fields.map(([name]) => name.length))
  const header = fields.map(
    ([name, value]) => `${styled('dim', `${name}:`.padEnd(width + 1))} ${oneLine(value, detailColumnsMax)}`,
  )
  return indented(['┌', ...barred([...header, '']), ...textLines(text, linesMax), '└'])
}

/** The text of a message with a bar in front of it, cut where it is longer than a sheet. */
export function textLines(text: string, linesMax = textLinesMax): string[] {
  const lines = printable(text.trimEnd()).split('\n')
  const more = lines.length - linesMax
  return barred([...lines.slice(0, linesMax), ...(more > 0 ? [styled('dim', `… ${more} more lines`)] : [])])
}

const barred = (lines: readonly string[]): string[] => lines.map((line) => `│ ${line}`.trimEnd())

function destination({ to, rule, fate }: Destination): string {
  return `${styled('bold', printable(to))} by rule ${rule}${fate === undefined ? '' : `, ${printable(fate)}`}`
}

/** Why something waits, and until when. */
function heldLines(held: Waiting | null): string[] {
  if (held === null) return []
  const end = held.until === null ? 'for a person' : `until ${localTime(held.until)}`
  return indented([`${styled('yellow', `waits ${end}`)}: ${meaningOf(held.reason)} (${held.reason})`])
}

/**
 * "Ž, ž make this UCS-2: 2 parts; as plain letters 1 part, which saves 0.09 EUR (--plain-letters)": which characters do not fit the
 * default alphabet, and what the text would need otherwise. null if all fit.
 */
function dearLine({ text, encoding, parts }: SmsOnSheet, prices: Prices): string | null {
  const graphemes = Array.from(graphemesOf(text))
  const isDear = (grapheme: string): boolean => septetCount(grapheme) === null
  const costly = [...new Set(graphemes.filter(isDear))]
  if (encoding === 'gsm7' || costly.length === 0) return null
  const one = costly.length === 1
  const shift = one ? 'needs a national table' : 'need a national table'
  const verb = encoding === 'ucs2' ? `${one ? 'makes' : 'make'} this UCS-2` : shift
  const subject = `${namesOf(costly)} ${verb}`
  const countOf = (other: string): number => segmentText(other, { reference: 0 }).parts.length
  const plain = countOf(plainLetters(text))
  if (plain < parts.length) {
    const price = prices.pricePerPart
    const saved =
      price === null ? '' : `, which saves ${amount((parts.length - plain) * price, prices.currency)}`
    return `${subject}: ${partCount(parts.length)}; as plain letters ${partCount(plain)}${saved} (--plain-letters)`
  }
  // Of a text in another script nothing would be left.
  const isMostlyPlain = graphemes.filter(isDear).length * 2 < graphemes.length
  const rest = countOf(graphemes.filter((grapheme) => !isDear(grapheme)).join(''))
  if (!isMostlyPlain) return subject
  return rest < parts.length
    ? `${subject}: ${partCount(parts.length)}; without ${one ? 'it' : 'them'} ${partCount(rest)}`
    : `${subject}, for the same number of parts`
}

const partCount = (count: number): string => `${count} ${count === 1 ? 'part' : 'parts'}`

function namesOf(characters: readonly string[]): string {
  const shown = characters.slice(0, costlyNamedMax).map((character) => {
    const visible = printable(character)
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return columnsOf(visible) === 0 || visible !== character ? `U+${code}` : visible
  })
  const more = characters.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Where a message that is passed on stays, if nothing goes out. */
export const stayLine = (medium: Medium): string =>
  medium === 'sms' ? asTyped('stays on the box: simpost message list --inbox') : 'stays in the mailbox'

/**
 * "What would change it:" with the cure of each reason that has one, in the words for this medium.
 * @param messageId stands where a cure says N
 */
export function cureLines(given: readonly string[], medium: Medium, messageId?: number): string[] {
  const cures = [...new Set(given)].filter(isReason).flatMap((reason) => {
    const cure = cureOf(reason, medium)
    if (cure === null) return []
    const numbered = messageId === undefined ? cure : cure.replace(/\bN\b/g, String(messageId))
    return [`${reason}: ${asTyped(numbered)}`]
  })
  return cures.length === 0 ? [] : ['', styled('bold', 'What would change it:'), ...indented(cures)]
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`.trimEnd())

/** The header of the mail that an SMS of `from` becomes, or became. */
export function fieldsOfSmsMail(
  desk: Pick<Desk, 'bindings' | 'conversations' | 'settings' | 'now'>,
  from: string,
  to: string,
): MailOnSheet['fields'] {
  const now = desk.now()
  const name = desk.bindings.ofNumber(from, now)?.name ?? null
  const { ownMailbox } = desk.settings
  const pair = { number: from, correspondent: to, subject: firstSubject(from, name) }
  const { subject } = desk.conversations.preview({
    ...pair,
    domain: domainOf(ownMailbox),
    now,
    expiresAt: now,
  })
  return [
    ['From', `${name === null ? from : `${name} (${from})`} <${ownMailbox}>`],
    ['To', to],
    ['Subject', subject],
  ]
}
