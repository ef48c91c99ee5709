// What the exchange decides about one message, before anything is written. "explain" prints it, the service carries it out; both get
// it from the same functions, so they cannot disagree.

import type { Language } from '../../domain/binding.ts'
import type { Medium, ReportAction } from '../../domain/message.ts'
import type { QuietHours } from '../../domain/quiet-hours.ts'
import type { NationalLanguage } from '../../sms/national-tables.ts'
import type { Bindings } from '../../store/bindings.ts'
import type { Conversations } from '../../store/conversations.ts'
import type { Journal, Judgement, Step } from '../../store/journal.ts'
import type { Outbox } from '../../store/outbox/outbox.ts'
import type { Pair, Scope, Spending } from '../../store/spending.ts'
import type { Reason } from './reasons.ts'

export type FlagSource =
  | 'header'
  | 'answer'
  | 'address'
  | 'tag'
  | 'udh'
  | 'standard-form'
  | 'alias'
  | 'policy'

export type Rule =
  | 'answer'
  | 'temporary-binding'
  | 'number-address'
  | 'binding'
  | 'conversation'
  | 'typed-address'
  | 'alias'
  | 'line'
  | 'fallback'
  | 'call-answer'

export interface Target {
  /** E.164 number or mail address. */
  readonly to: string
  readonly rule: Rule
}

/** Why a delivery waits; `until` in ms since 1970, null: until a person releases it. */
export interface Hold {
  readonly reason: Extract<Reason, 'quiet-hours' | 'budget-used-up' | 'pair-paused' | 'restored'>
  readonly until: number | null
}

export interface SmsPlan extends Target {
  readonly medium: 'sms'
  readonly text: string
  readonly encoding: 'gsm7' | 'gsm7-shift' | 'ucs2'
  readonly parts: number
  /** In the config's currency; null if no price is configured. */
  readonly cost: number | null
  /** Characters that made it dearer than the GSM 7-bit default alphabet. */
  readonly costly: readonly string[]
  readonly held: Hold | null
  /** If it is held for quiet hours, it comes with the others as one SMS. */
  readonly digest: boolean
}

export interface MailPlan extends Target {
  readonly medium: 'mail'
  readonly text: string
  /** True for a mail that is passed on as it came, with Resent- fields. */
  readonly redirect: boolean
  /** Only a paused pair holds a mail: mails cost nothing. */
  readonly held: Hold | null
}

export interface TemporaryBinding {
  readonly mailbox: string
  readonly number: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface Notice {
  readonly to: string
  readonly medium: Medium
  readonly reason: Reason
  /** What exactly was wrong, such as the malformed tag. */
  readonly detail: string
  readonly language: Language
  /** Where it is said once only: the name under which it is remembered. */
  readonly once: string | null
}

export interface Decision {
  readonly medium: Medium
  readonly flag: { readonly value: 0 | 1; readonly from: FlagSource }
  readonly judgement: Judgement
  readonly reason: Reason
  readonly deliveries: readonly (SmsPlan | MailPlan)[]
  readonly temporaryBinding: TemporaryBinding | null
  /** How long the conversations that this message opens last, in ms. */
  readonly windowMs: number
  readonly notices: readonly Notice[]
  /** Journal numbers of texts that waited for this one and go with it. */
  readonly releases: readonly number[]
  /** The pair that this message pauses, because it only repeats itself. */
  readonly pauses: Pair | null
  /** What a mail server reports about a mail of ours; null where the message is no such report. */
  readonly mailReport: MailReport | null
  readonly steps: readonly Step[]
}

/** What a report (RFC 3464) says about a mail that we sent. */
export interface MailReport {
  readonly deliveryId: number
  /** `noted`: nothing that changes its state, such as that somebody read it. */
  readonly action: ReportAction | 'noted'
  /** "5.1.1"; '' if it has none. */
  readonly status: string
  /** In words, one line. */
  readonly detail: string
  /** It names the envelope id, which only the servers on the mail's way and its reader know. */
  readonly proven: boolean
}

/** What the exchange may look at. Reading only. */
export interface World {
  readonly now: number
  readonly settings: ExchangeSettings
  readonly bindings: Pick<
    Bindings,
    | 'ofMailbox'
    | 'ofNumber'
    | 'ofAlias'
    | 'isMember'
    | 'permanentOfNumber'
    | 'ofOperator'
    | 'temporaryOfMailbox'
    | 'temporaryOfNumber'
    | 'ownOfPhone'
  >
  readonly conversations: Pick<Conversations, 'byToken' | 'byMailIds' | 'openOf'>
  readonly spending: Pick<Spending, 'spent' | 'wasTold' | 'isPaused' | 'repeats' | 'traffic' | 'notices'>
  readonly journal: Pick<Journal, 'waitingOf'>
  readonly outbox: Pick<Outbox, 'byEnvelopeId' | 'byMailIds'>
}

/** Parts that may be sent; null: no limit. */
export interface Limit {
  readonly perDay: number | null
  readonly perMonth: number | null
}

/** The part of the config that decides; plain values. */
export interface ExchangeSettings {
  /** The SIM's own number, E.164, and its home country. */
  readonly ownNumber: string
  readonly country: string
  /** The box's own mailbox. */
  readonly ownMailbox: string
  readonly mailToSms: 'always' | 'flagged' | 'never'
  readonly smsToMail: 'always' | 'flagged' | 'never'
  readonly fallbackMailbox: string | null
  readonly numberDomain: string | null
  readonly partsMax: number
  readonly tooLong: 'cut' | 'refuse'
  readonly subject: 'empty-body' | 'always' | 'never'
  readonly replyWindowMs: number
  readonly ambiguous: 'line' | 'ask' | 'latest'
  readonly passMail: 'stay' | 'redirect'
  readonly passSms: 'keep' | 'forward'
  readonly automatic: 'allow' | 'drop'
  readonly quietHours: QuietHours | null
  readonly digest: boolean
  /** A subject that begins with one of these passes quiet hours. */
  readonly urgentWords: readonly string[]
  readonly language: Language
  readonly plainLetters: boolean
  readonly nationalTables: readonly NationalLanguage[]
  /** The same text between the same two more often than this in ten minutes is a loop. */
  readonly repeatMax: number
  /** More than so many texts between the same two in ten minutes, both ways, are a loop. */
  readonly pairMax: number
  /** Texts of people become mails that say `Auto-Submitted: auto-generated` too. */
  readonly autoSubmitted: boolean
  readonly calls: {
    /** A missed call becomes a mail. */
    readonly mail: boolean
    /** Text of the SMS that answers it; '': none. */
    readonly answer: string
    /** Strangers are answered too. */
    readonly answerUnknown: boolean
  }
  readonly deniedNumbers: readonly string[]
  /** ISO codes; null: all countries. */
  readonly allowedCountries: readonly string[] | null
  /** `authentication-results`: a signature proves the sender; what the envelope alone says is then anybody's. */
  readonly trustMethod: 'authentication-results' | 'dkim' | 'from'
  /** Addresses and "@domain"s that may cause an SMS. */
  readonly senders: readonly string[]
  /** Who is warned about money and loops; null: nobody but "status". */
  readonly operatorMailbox: string | null
  /** Who hears by SMS where mail is what is broken; null: nobody. */
  readonly operatorNumber: string | null
  readonly limits: Readonly<Record<Scope, Limit>>
  /** Percent of the box's limits that only urgent bindings may use. */
  readonly urgentReserve: number
  readonly pricePerPart: number | null
  readonly currency: string
  /** How long the network keeps trying to deliver an SMS, in ms. */
  readonly validityMs: number
  /** What senders hear of their SMS: that one failed or takes long, or also that it arrived. */
  readonly report: 'failed' | 'all'
}
