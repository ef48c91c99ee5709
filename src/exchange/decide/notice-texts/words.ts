// What every language of the notices must have; one file a language beside this one, and its alarms in alarms/. The words are for people
// who never heard of segments or URCs, and each says what to do. Tags, commands and names of options stay as they are typed.
// {detail} and the like are filled in by notices.ts. Details are written by whoever caused the notice, mostly bare addresses, numbers
// and counts, so they stand in brackets or behind a colon, where they need no grammar.

import type { MessageWaiting, MmsNotification } from '../../../domain/message.ts'
import type { Reason } from '../reasons.ts'

/** Reasons that a mail tells somebody about, each with the start of that mail's subject. */
export const subjectKinds = {
  'tag-malformed': 'notSent',
  'no-receiving-address': 'notSent',
  'token-unknown': 'notSent',
  'conversation-expired': 'notSent',
  'answer-disagrees': 'notSent',
  'cannot-answer': 'notSent',
  'number-own': 'notSent',
  'number-denied': 'notSent',
  'country-denied': 'notSent',
  'too-old': 'notSent',
  'not-addressed': 'notSent',
  encrypted: 'notSent',
  packed: 'notSent',
  'charset-refused': 'notSent',
  'mail-too-large': 'notSent',
  'mail-too-slow': 'notSent',
  'header-too-large': 'notSent',
  'field-too-large': 'notSent',
  'too-many-addresses': 'notSent',
  'too-many-encoded-words': 'notSent',
  'parts-too-deep': 'notSent',
  'too-many-parts': 'notSent',
  'text-too-large': 'notSent',
  'no-text': 'notSent',
  'too-long': 'notSent',
  cut: 'cut',
  'address-not-allowed': 'notMail',
  'sms-failed': 'notSent',
  'sms-delayed': 'delayed',
  'sms-delivered': 'delivered',
  'sms-relayed': 'relayed',
  'mail-undelivered': 'undelivered',
  'delivery-report': 'undelivered',
  'sms-uncertain': 'uncertain',
  'pair-paused': 'waits',
  'budget-used-up': 'waits',
  'budget-warning': 'budget',
  'binding-made': 'bound',
  'binding-taken': 'notBound',
  'balance-low': 'credit',
  'balance-unreadable': 'credit',
  'sign-in-refused': 'attention',
  'mail-not-taken': 'attention',
  'sign-in-ending': 'attention',
  'mailbox-out-of-reach': 'attention',
  'disk-nearly-full': 'attention',
  'database-out-of-use': 'attention',
  'alarm-over': 'over',
} as const satisfies Readonly<Partial<Record<Reason, string>>>

export type ToldReason = keyof typeof subjectKinds

/** What the operator also hears by SMS, where no mail can leave. */
export type AlarmReason = Extract<
  ToldReason,
  | 'sign-in-refused'
  | 'sign-in-ending'
  | 'mailbox-out-of-reach'
  | 'mail-not-taken'
  | 'mail-undelivered'
  | 'disk-nearly-full'
  | 'database-out-of-use'
  | 'alarm-over'
>

/** `notMail`: of an SMS that did not become a mail. */
type SubjectKind = (typeof subjectKinds)[ToldReason]

/** Lines of the mail that an SMS becomes. */
export interface RemarkWords {
  /** {kinds}, and the kinds; a number of messages follows its kind in brackets. */
  readonly waiting: string
  readonly waitingOver: string
  readonly waitingKinds: Readonly<Record<MessageWaiting['kind'], string>>
  readonly mms: string
  /** The facts of an MMS, with {value}. */
  readonly mmsFacts: Readonly<Record<keyof MmsNotification, string>>
  readonly mmsClasses: Readonly<Record<'personal' | 'advertisement' | 'informational' | 'auto', string>>
  readonly data: string
  readonly dataText: string
  readonly compressed: string
  /** Of data that a WAP push brought, with {type}, and of data for a port, with {port}. */
  readonly push: string
  readonly port: string
  /** Settings for a phone. */
  readonly provisioning: string
  readonly undecodable: string
  readonly cannotAnswer: string
  readonly replaces: string
  readonly returnCall: string
  /** {caller} and {time}: a subject, and the first words of the mail. */
  readonly missedCall: string
  /** {time} */
  readonly missedCallWithheld: string
  /** {rings} */
  readonly rings: string
  /** {header} */
  readonly headerDamaged: string
  /** {names} */
  readonly severalPeople: string
  /** {missing} and {parts} */
  readonly partsMissing: string
}

/** What the operator hears; a file a language in alarms/. */
export interface AlarmWords {
  readonly mails: Readonly<Record<AlarmReason, string>>
  /** In one part, with {detail} where that fits. */
  readonly sms: Readonly<Record<AlarmReason, string>>
}

export interface Words {
  /** Blanks and marks as the language sets them; not for SMS, where each of them may cost. */
  readonly typeset: (text: string) => string
  readonly subjects: Readonly<Record<SubjectKind, string>>
  /** Between the start of a subject and the subject of the message. */
  readonly colon: string
  readonly mails: Readonly<Record<Exclude<ToldReason, AlarmReason>, string>>
  /** 'tag-malformed' of an SMS, told to the mailbox of its phone or of the line: other forms are right there. */
  readonly tagInSms: string
  /** For a reason that has no words of its own. */
  readonly otherwise: string
  /** Last line of every mail, with {reason}. */
  readonly reasonLine: string
  /** The one notice by SMS, in one part: the phone is asked whom a text is for. With {names}, and where none of them fits. */
  readonly question: { readonly full: string; readonly bare: string }
  readonly alarms: AlarmWords
  /** Between the last two of several names: " or ". */
  readonly or: string
  readonly remarks: RemarkWords
}

/** For languages that need no other blanks than the ones they are written with. */
export const asWritten = (text: string): string => text

/** Paragraphs of a mail. */
export const paragraphs = (...texts: readonly string[]): string => texts.join('\n\n')

/** The forms of a tag in a subject, with remarks on the duration and on [mail]. */
export const subjectForms = (units: string, staysMail: string): string =>
  [
    '  [sms] …',
    '  [sms +4917012345678] …',
    `  [sms +4917012345678 2h] …   (${units})`,
    `  [mail] …   (${staysMail})`,
  ].join('\n')

/** The forms of a tag in an SMS. */
export const smsForms = (units: string, staysSms: string): string =>
  [
    '  [mail] …',
    '  [mail bob@office.example] …',
    `  [mail bob@office.example 2h] …   (${units})`,
    `  [sms] …   (${staysSms})`,
  ].join('\n')

/** The header fields that do the same as a tag. */
export const fieldForms = '  X-SMS-Convert: 1   (0)\n  X-SMS-To: +4917012345678'
