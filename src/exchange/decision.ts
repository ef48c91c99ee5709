// What the exchange decides about one message, before anything is written. "explain" prints it, the service carries it out; both get
// it from the same functions, so they cannot disagree.

import type { Medium } from '../domain/message.ts'
import type { Bindings } from '../store/bindings.ts'
import type { Conversations } from '../store/conversations.ts'
import type { Judgement, Step } from '../store/journal.ts'
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

export interface Target {
  /** E.164 number or mail address. */
  readonly to: string
  readonly rule: Rule
}

export interface SmsPlan extends Target {
  readonly medium: 'sms'
  readonly text: string
  readonly encoding: 'gsm7' | 'ucs2'
  readonly parts: number
  /** In the config's currency; null if no price is configured. */
  readonly cost: number | null
  /** Characters that forced UCS-2. */
  readonly costly: readonly string[]
}

export interface MailPlan extends Target {
  readonly medium: 'mail'
  readonly text: string
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
  readonly steps: readonly Step[]
}

/** What the exchange may look at. Reading only. */
export interface World {
  readonly now: number
  readonly settings: ExchangeSettings
  readonly bindings: Pick<Bindings, 'ofMailbox' | 'ofNumber' | 'ofAlias' | 'isMember'>
  readonly conversations: Pick<Conversations, 'byToken' | 'byMailIds' | 'openOf'>
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
  readonly ambiguous: 'line' | 'latest'
  readonly deniedNumbers: readonly string[]
  /** `authentication-results`: a signature proves the sender; what the envelope alone says is then anybody's. */
  readonly trustMethod: 'authentication-results' | 'from'
  /** Addresses and "@domain"s that may cause an SMS. */
  readonly senders: readonly string[]
  readonly pricePerPart: number | null
  readonly currency: string
}
