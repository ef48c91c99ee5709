// The texts that people get back: what became of their message and what to do. One reason, one text; the words are for people who
// never heard of segments or URCs.

import type { MailDraft } from '../domain/message.ts'
import type { Reason } from './reasons.ts'

const texts: Readonly<Partial<Record<Reason, string>>> = {
  'tag-malformed':
    'Your mail was not sent as an SMS: the tag at the start was not understood ({detail}).\n\nRight forms are:\n  [sms] …\n  [sms +4917012345678] …\n  [sms +4917012345678 2h] …   (m, h, d or w)\n  [mail] …   (never as an SMS)',
  'no-receiving-address':
    'Your mail was not sent as an SMS: no phone is bound to its receiving address ({detail}).\n\nName the phone in the subject, [sms +4917012345678] …, or ask the operator to bind the address.',
  'token-unknown':
    'Your mail was not sent as an SMS: the address you answered to is not (or no longer) valid.\n\nWrite a new mail that names the phone: [sms +4917012345678] … in the subject.',
  'conversation-expired':
    'Your answer was not sent as an SMS: {detail} has ended.\n\nWrite a new mail that names the phone: [sms +4917012345678] … in the subject.',
  'answer-disagrees':
    'Your mail was not sent as an SMS: it answers two different phones ({detail}).\n\nAnswer the last mail of one of them.',
  'cannot-answer':
    'Your answer was not sent: {detail} is a name or a short code, and nobody can answer those.',
  'number-own': "Your mail was not sent as an SMS: {detail} is the box's own number.",
  'number-denied': 'Your mail was not sent as an SMS: {detail} is not a number that this box may reach.',
  'too-old':
    'Your mail was not sent as an SMS: it is older than two days ({detail}).\n\nIf it still matters, send it again as a new mail.',
  'not-addressed':
    'Your mail was not sent as an SMS: {detail}.\n\nWrite to the box, or to the address of the number, in To or Cc.',
  encrypted:
    'Your mail was not sent as an SMS: it is encrypted and the box cannot read it.\n\nSend it without encryption.',
  'no-text': 'Your mail was not sent as an SMS: it has no text.',
  'too-long': 'Your mail was not sent as an SMS: it is too long ({detail}).\n\nShorten it and send it again.',
  cut: 'Your mail was sent as an SMS, but it was too long: {detail}. The SMS ends with " ...".',
  'sms-failed': 'Your mail could not be delivered as an SMS to {detail}.',
  'sms-uncertain':
    'Nobody can tell whether your mail reached the phone as an SMS: the modem gave no clear answer ({detail}).\n\nIt is not sent again by itself, so that nobody gets it twice. Ask the person, or send it again.',
}

export interface NoticeFacts {
  readonly reason: Reason
  readonly detail: string
  readonly to: string
  /** Subject and Message-ID of the mail that the notice is about. */
  readonly subject: string
  readonly mailId: string | null
  readonly ownMailbox: string
  readonly messageId: string
  readonly now: number
}

/** True if people are told about this reason. */
export function hasNotice(reason: Reason): boolean {
  return texts[reason] !== undefined
}

/** The mail that tells a sender what became of their message, in the thread of that message. */
export function noticeDraft(facts: NoticeFacts): MailDraft {
  const sent =
    facts.reason === 'cut'
      ? 'Sent as SMS, cut'
      : facts.reason === 'sms-uncertain'
        ? 'Perhaps not sent as SMS'
        : 'Not sent as SMS'
  const text = (texts[facts.reason] ?? 'Your message was not sent.').replaceAll('{detail}', facts.detail)
  return {
    from: { address: facts.ownMailbox, name: 'Simpost' },
    to: { address: facts.to, name: '' },
    replyTo: null,
    subject: `${sent}: ${facts.subject}`.slice(0, 200).trim(),
    messageId: facts.messageId,
    inReplyTo: facts.mailId,
    references: facts.mailId === null ? [] : [facts.mailId],
    date: facts.now,
    text: `${text}\n\n(reason: ${facts.reason})\n`,
    fields: { 'Auto-Submitted': 'auto-replied', 'X-SMS-Reason': facts.reason },
  }
}
