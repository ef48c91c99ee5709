// The texts that people get back: what became of a message and what to do, by mail in the thread of the message; and one question by
// SMS, in one part (TS 23.040 9.2.3.24: 160 septets or 70 UTF-16 units). The words are in notice-texts/, one file a language.
// Invariants: the detail can add no line, no direction mark and no further part; a list of names is cut between names only.

import type { Language } from '../../domain/binding.ts'
import type { MailDraft, Medium, MessageWaiting, MmsNotification } from '../../domain/message.ts'
import { septetCount } from '../../sms/alphabet.ts'
import { graphemesOf } from '../../sms/graphemes.ts'
import { segmentText } from '../../sms/segment.ts'
import { chinese } from './notice-texts/chinese.ts'
import { english } from './notice-texts/english.ts'
import { french } from './notice-texts/french.ts'
import { german } from './notice-texts/german.ts'
import { spanish } from './notice-texts/spanish.ts'
import {
  type AlarmReason,
  type RemarkWords,
  subjectKinds,
  type ToldReason,
  type Words,
} from './notice-texts/words.ts'
import type { Reason } from './reasons.ts'

const wordsOf: Readonly<Record<Language, Words>> = {
  en: english,
  de: german,
  zh: chinese,
  fr: french,
  es: spanish,
}

/** UTF-16 units of a detail that a mail shows, and of the whole subject. */
const detailMax = 400
const subjectMax = 200
/** UTF-16 units of a detail that an SMS can hold at most. */
const alarmDetailMax = 160

export interface NoticeFacts {
  readonly reason: Reason
  readonly detail: string
  readonly language: Language
  readonly to: string
  /** Subject and Message-ID of the mail that the notice is about. */
  readonly subject: string
  readonly mailId: string | null
  /** What the notice is about; a mail if it does not say. */
  readonly about?: Medium | undefined
  readonly ownMailbox: string
  readonly messageId: string
  readonly now: number
}

/** True if people are told about this reason by mail, in words of its own. */
export function hasNotice(reason: Reason): reason is ToldReason {
  return Object.hasOwn(subjectKinds, reason)
}

/** The mail that tells a sender, or the operator, what became of a message, in the thread of that message. */
export function noticeDraft(facts: NoticeFacts): MailDraft {
  const words = wordsOf[facts.language]
  const { start, text } = mailWords(facts, words)
  const typeset = (template: string, values: Readonly<Record<string, string>>): string =>
    fill(words.typeset(template), values)
  const detail = shortened(oneLine(facts.detail), detailMax)
  return {
    from: { address: facts.ownMailbox, name: 'Simpost' },
    to: { address: facts.to, name: '' },
    replyTo: null,
    subject: shortened(`${start}${words.typeset(words.colon)}${oneLine(facts.subject)}`, subjectMax).trim(),
    messageId: facts.messageId,
    inReplyTo: facts.mailId,
    references: facts.mailId === null ? [] : [facts.mailId],
    date: facts.now,
    text: `${typeset(text, { detail })}\n\n${typeset(words.reasonLine, { reason: facts.reason })}\n`,
    fields: { 'Auto-Submitted': 'auto-replied', 'X-SMS-Reason': facts.reason },
  }
}

function mailWords({ reason, about }: NoticeFacts, words: Words): { start: string; text: string } {
  const { subjects, tagInSms, otherwise } = words
  const mails = { ...words.mails, ...words.alarms.mails }
  if (!hasNotice(reason)) return { start: subjects[about === 'sms' ? 'notMail' : 'notSent'], text: otherwise }
  if (about === 'sms' && reason === 'tag-malformed') return { start: subjects.notMail, text: tagInSms }
  return { start: subjects[subjectKinds[reason]], text: mails[reason] }
}

/**
 * The one notice that goes out as an SMS: it asks a phone whom its text is for. One part, whatever the names are.
 * @param names as "@anna, @bob"
 */
export function smsQuestion(language: Language, names: string): string {
  const { question, or } = wordsOf[language]
  return withNames(oneLine(names), or, (shown) => fill(question.full, { names: shown })) ?? question.bare
}

const isOnePart = (text: string): boolean => segmentText(text, { reference: 0 }).parts.length === 1

/** An alarm for the operator's phone: one part, whatever the detail is. */
export function alarmSms(language: Language, reason: AlarmReason, detail: string): string {
  const template = wordsOf[language].alarms.sms[reason]
  const words = [...graphemesOf(oneLine(detail).slice(0, alarmDetailMax))]
  const show = (shown: number): string => fill(template, { detail: words.slice(0, shown).join('') }).trim()
  let shown = Math.min(words.length, alarmDetailMax)
  while (shown > 0 && !isOnePart(show(shown))) shown--
  return show(shown)
}

/** More names than this are not tried: no part holds them. */
const namesMax = 60

/**
 * The sentence with as many whole names as fit; null if none does. A name is not spelt otherwise, for it is to be typed as shown; but
 * where one that is not GSM 7-bit would keep out several that are, those are shown.
 */
function withNames(list: string, or: string, show: (names: string) => string): string | null {
  if (list === '') return null
  const names = list.split(', ').slice(0, namesMax)
  const all = names.length < 2 ? list : `${names.slice(0, -1).join(', ')}${or}${names.at(-1)}`
  if (isOnePart(show(all))) return show(all)
  const some = (from: readonly string[]): string[] => {
    const kept: string[] = []
    for (const name of from) if (isOnePart(show(`${[...kept, name].join(', ')}, ...`))) kept.push(name)
    return kept
  }
  const inOrder = some(names)
  const plain = some(names.filter((name) => septetCount(name) !== null))
  const best = plain.length > inOrder.length ? plain : inOrder
  return best.length === 0 ? null : show(`${best.join(', ')}, ...`)
}

/** What the mail that an SMS becomes says besides the text. */
interface MailRemarks
  extends Pick<
    RemarkWords,
    | 'mms'
    | 'data'
    | 'dataText'
    | 'compressed'
    | 'provisioning'
    | 'undecodable'
    | 'cannotAnswer'
    | 'replaces'
    | 'returnCall'
  > {
  readonly waiting: (messages: readonly MessageWaiting[]) => string[]
  readonly missedCall: (caller: string, time: string) => string
  readonly missedCallWithheld: (time: string) => string
  readonly rings: (rings: number) => string
  /** `value` as it is to be shown; a class of the standard is put into words. */
  readonly mmsFact: (fact: keyof MmsNotification, value: string) => string
  readonly push: (type: string) => string
  readonly port: (port: number) => string
  readonly headerDamaged: (header: string) => string
  readonly severalPeople: (names: string) => string
  readonly partsMissing: (missing: number, parts: number) => string
}

/** The remarks in a language, ready to be shown. */
export function mailRemarks(language: Language): MailRemarks {
  const { remarks, typeset } = wordsOf[language]
  const filled = (template: string, values: Readonly<Record<string, string>>): string =>
    fill(typeset(template), values)
  return {
    mms: typeset(remarks.mms),
    data: typeset(remarks.data),
    dataText: typeset(remarks.dataText),
    compressed: typeset(remarks.compressed),
    provisioning: typeset(remarks.provisioning),
    undecodable: typeset(remarks.undecodable),
    cannotAnswer: typeset(remarks.cannotAnswer),
    replaces: typeset(remarks.replaces),
    returnCall: typeset(remarks.returnCall),
    waiting: (messages) => waitingLines(messages, remarks, filled),
    missedCall: (caller, time) => filled(remarks.missedCall, { caller, time }),
    missedCallWithheld: (time) => filled(remarks.missedCallWithheld, { time }),
    rings: (rings) => filled(remarks.rings, { rings: String(rings) }),
    mmsFact: (fact, value) => filled(remarks.mmsFacts[fact], { value: mmsValue(fact, value, remarks) }),
    push: (type) => filled(remarks.push, { type }),
    port: (port) => filled(remarks.port, { port: String(port) }),
    headerDamaged: (header) => filled(remarks.headerDamaged, { header }),
    severalPeople: (names) => filled(remarks.severalPeople, { names }),
    partsMissing: (missing, parts) =>
      filled(remarks.partsMissing, { missing: String(missing), parts: String(parts) }),
  }
}

/** The count is one octet, and its highest value means "or more". */
const countMax = 255

function waitingLines(
  messages: readonly MessageWaiting[],
  { waiting, waitingOver, waitingKinds }: RemarkWords,
  filled: (template: string, values: Readonly<Record<string, string>>) => string,
): string[] {
  return [true, false].flatMap((wanted) => {
    const kinds = messages
      .filter(({ active }) => active === wanted)
      .map(({ kind, count }) => {
        const number = wanted && count !== null ? ` (${count}${count === countMax ? '+' : ''})` : ''
        return waitingKinds[kind] + number
      })
    return kinds.length === 0 ? [] : [filled(wanted ? waiting : waitingOver, { kinds: kinds.join(', ') })]
  })
}

function mmsValue(fact: keyof MmsNotification, value: string, { mmsClasses }: RemarkWords): string {
  const classes: Readonly<Record<string, string>> = mmsClasses
  return fact === 'messageClass' && Object.hasOwn(classes, value) ? (classes[value] ?? value) : value
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** Line ends, control characters, halves of surrogate pairs and marks that turn the direction of reading become blanks. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}\s]+/gu, ' ').trim()
}

/** At most so many UTF-16 units, cut between characters as people see them. */
function shortened(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text
  let kept = ''
  for (const letter of graphemesOf(text.slice(0, unitsMax + 1))) {
    if (kept.length + letter.length > unitsMax - 1) break
    kept += letter
  }
  return `${kept.trimEnd()}…`
}
