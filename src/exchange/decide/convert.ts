// The patent's format conversion unit. Mail to SMS: the text a phone will show, its encoding, parts and price. SMS to mail: subject,
// body and fields. Pure; the bytes are made in mail/compose-mail.ts and sms/tpdu.ts.

import type { Language } from '../../domain/binding.ts'
import type { Attachment, IncomingMail, IncomingSms, MailDraft } from '../../domain/message.ts'
import { gsm7Misfits } from '../../sms/alphabet.ts'
import { foldTypography, plainLetters } from '../../sms/fold.ts'
import { cutToParts, segmentText } from '../../sms/segment.ts'
import type { Conversation } from '../../store/conversations.ts'
import type { ExchangeSettings, SmsPlan } from './decision.ts'
import { mailRemarks } from './notices.ts'
import type { Rules } from './rules.ts'
import { sizeText, specialRemarks, specialWords } from './special-sms.ts'

/** TS 23.040 9.2.3.24.1: the total of a concatenated SMS is one octet. A longer text is counted as if it ended there. */
const partsLimit = 255

/** Longer subjects of mails are cut here before they stand in a thread. */
const subjectCharactersMax = 200

export type SmsText = Pick<SmsPlan, 'text' | 'encoding' | 'parts' | 'cost' | 'costly'> & {
  readonly cut: boolean
  /** Parts that the whole text would need. */
  readonly partsWanted: number
}

type FitRules = Pick<Rules, 'before' | 'after' | 'plainLetters' | 'partsMax'>

/** The text of a mail as an SMS; null if there is nothing to send. `subject` is the subject without its tag. */
export function mailToText(mail: IncomingMail, subject: string, settings: ExchangeSettings): string | null {
  const body = mail.text.trim()
  const files = fileLine(mail.attachments)
  const withSubject = settings.subject === 'always' || (settings.subject === 'empty-body' && body === '')
  const pieces = [withSubject ? subject.trim() : '', body, files]
  const text = foldTypography(pieces.filter((piece) => piece !== '').join('\n'))
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  return text === '' ? null : text
}

/** Chooses the encoding and counts parts and price; cuts to the part limit of the phone, and keeps the texts around it whole. */
export function fitText(written: string, rules: FitRules, settings: ExchangeSettings): SmsText {
  const text = rules.before + (rules.plainLetters ? plainLetters(written) : written)
  const options = { reference: 0, national: settings.nationalTables, tail: rules.after }
  const whole = cutToParts(text, partsLimit, options).text
  const partsWanted = segmentText(whole, options).parts.length
  const { text: kept, cut } = cutToParts(text, rules.partsMax, options)
  const { encoding, parts } = segmentText(kept, options)
  const cost =
    settings.pricePerPart === null ? null : Math.round(parts.length * settings.pricePerPart * 1e4) / 1e4
  return {
    text: kept,
    cut,
    partsWanted,
    encoding,
    parts: parts.length,
    cost,
    costly: encoding === 'gsm7' ? [] : gsm7Misfits(kept),
  }
}

/** "+ 2 files: offer.pdf 1.2 MB, plan.png 80 kB"; empty without attachments. */
function fileLine(attachments: readonly Attachment[]): string {
  if (attachments.length === 0) return ''
  const names = attachments.slice(0, 3).map(({ name, type, size }) => {
    const shown = name || type
    return size === null ? shown : `${shown} ${sizeText(size)}`
  })
  const more = attachments.length > names.length ? ', …' : ''
  return `+ ${attachments.length} ${attachments.length === 1 ? 'file' : 'files'}: ${names.join(', ')}${more}`
}

/** What is special about an SMS, if anything, the text, and what its reader has to know about it. */
export function smsToText(
  sms: IncomingSms,
  text: string,
  candidates: readonly string[],
  language: Language,
): string {
  const remarks = mailRemarks(language)
  const pieces = [
    specialWords(sms, language),
    text,
    ...[
      ...specialRemarks(sms, language),
      sms.missing.length > 0 ? remarks.partsMissing(sms.missing.length, sms.parts) : '',
      candidates.length > 1 ? remarks.severalPeople(candidates.join(', ')) : '',
      sms.canAnswer || sms.special === 'call' ? '' : remarks.cannotAnswer,
    ].map((remark) => (remark === '' ? '' : `-- \n${remark}`)),
  ]
  return `${pieces.filter((piece) => piece !== '').join('\n\n')}\n`
}

export interface SmsMailFacts {
  readonly sms: IncomingSms
  readonly to: string
  readonly body: string
  /** Display name of the sender's binding; null if there is none. */
  readonly name: string | null
  readonly conversation: Omit<Conversation, 'id'>
  /** In place of the one of the talk; null: none. */
  readonly subject: string | null
  readonly ownMailbox: string
  readonly plusAddresses: boolean
  readonly messageId: string
  /** A text of a person says `Auto-Submitted` as well; what no person wrote always does. */
  readonly autoSubmitted: boolean
}

/** TP-SCTS is used as Date only within these bounds of our own clock: some service centres send a wrong zone or year. */
const plausibleMs = { behind: 8 * 86_400_000, ahead: 86_400_000 } as const

/** The draft of the mail that an SMS becomes. */
export function smsToMail(facts: SmsMailFacts): MailDraft {
  const { sms, conversation, ownMailbox } = facts
  const at = ownMailbox.lastIndexOf('@')
  const sent = sms.timestamp === null ? Number.NaN : Date.parse(sms.timestamp)
  const plausible = sent > sms.receivedAt - plausibleMs.behind && sent < sms.receivedAt + plausibleMs.ahead
  const answersMail = conversation.lastMailId
  return {
    from: { address: ownMailbox, name: facts.name === null ? sms.from : `${facts.name} (${sms.from})` },
    to: { address: facts.to, name: '' },
    replyTo:
      facts.plusAddresses && sms.canAnswer
        ? `${ownMailbox.slice(0, at)}+${conversation.token}${ownMailbox.slice(at)}`
        : null,
    subject: facts.subject ?? conversation.subject,
    messageId: facts.messageId,
    inReplyTo: answersMail,
    references: [...new Set([conversation.rootMailId, ...(answersMail === null ? [] : [answersMail])])],
    date: plausible ? sent : sms.receivedAt,
    text: facts.body,
    fields: {
      'X-SMS-From': sms.from,
      ...(sms.to === null ? {} : { 'X-SMS-To': sms.to }),
      ...(sms.smsc === null ? {} : { 'X-SMS-SMSC': sms.smsc }),
      ...(sms.timestamp === null ? {} : { 'X-SMS-SCTS': sms.timestamp }),
      ...(sms.special === 'call'
        ? { 'X-SMS-Call': 'missed', 'X-SMS-Rings': String(sms.details?.call?.rings ?? 1) }
        : { 'X-SMS-Parts': partsText(sms) }),
      ...(sms.messageClass === null ? {} : { 'X-SMS-Class': String(sms.messageClass) }),
      // Some providers replace the Message-ID; this one stays.
      'X-SMS-ID': facts.messageId,
      ...(facts.autoSubmitted || sms.special !== null ? { 'Auto-Submitted': 'auto-generated' } : {}),
    },
  }
}

function partsText({ parts, missing }: IncomingSms): string {
  return missing.length === 0 ? `${parts}/${parts}` : `${parts - missing.length}/${parts} incomplete`
}

/** "Re: offer", once. */
export function answerSubject(subject: string): string {
  const bare = subject.trim().slice(0, subjectCharactersMax)
  return /^(re|aw|antw|sv|rif|回复)\s*:/iu.test(bare) ? bare : `Re: ${bare}`
}

/** The stable subject of a talk that an SMS began. */
export function firstSubject(from: string, name: string | null): string {
  return `SMS from ${name === null ? from : `${name} (${from})`}`
}
