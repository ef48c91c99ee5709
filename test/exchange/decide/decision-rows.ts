// The form of the decision table: one row says what comes in, in which world, and what is decided.

import type { ExchangeSettings } from '../../../src/exchange/decide/decision.ts'
import type { BindingFacts, MailFacts, SmsFacts } from '../world.ts'

/** An earlier exchange between a phone and a mail correspondent. */
export interface Talk {
  readonly phone: string
  readonly with: string
  /** True if it ended before now. */
  readonly ended?: boolean
  /** True if only the phone has written: nobody of the office has answered. */
  readonly unanswered?: boolean
}

export interface Row {
  readonly title: string
  /** Either a mail or an SMS. `token` and `answersTalk` name an earlier talk by its place in the list, from 0. */
  readonly mail?: MailFacts & { readonly token?: number; readonly answersTalk?: readonly number[] }
  readonly sms?: SmsFacts
  /** Who is bound; default: Bob, Carol, and the Office to the SIM's own line. */
  readonly bound?: readonly BindingFacts[]
  readonly talks?: readonly Talk[]
  readonly settings?: Partial<ExchangeSettings>
  /** Time of day, "23:30", in the box's zone; default: noon UTC. */
  readonly at?: string
  /** SMS parts that were used today: by the box, by Anna, to Bob's phone. */
  readonly spent?: { readonly box?: number; readonly anna?: number; readonly bob?: number }
  /** The same, yesterday. */
  readonly spentYesterday?: { readonly box?: number }
  /** How often the same text went the same way just before. */
  readonly repeated?: number
  /** Two between whom nothing goes. */
  readonly paused?: readonly [string, string]
  /** Texts of Bob's phone that wait until he says whom he means. */
  readonly waits?: readonly string[]
  /** What was said before and is not said again. */
  readonly told?: boolean
  /** "judgement: reason". */
  readonly is: string
  /** Where the flag came from, with its value: "1 tag". */
  readonly flag?: string
  /** "who by rule". */
  readonly goesTo?: readonly string[]
  /** What waits: "who: reason until 07:00", "who: reason for a person". */
  readonly held?: readonly string[]
  /** "who: reason". */
  readonly notices?: readonly string[]
  /** What the phone or the mail shows, where it matters. */
  readonly shows?: string
  /** Two that are paused by this message. */
  readonly pauses?: readonly [string, string]
  /** How many waiting texts go with it. */
  readonly takesAlong?: number
  /** A temporary binding that is made: "mailbox, phone, minutes". */
  readonly binds?: string
}

export const bob: BindingFacts = { mailbox: 'Bob', phone: 'Bob', alias: 'bob' }
export const carol: BindingFacts = { mailbox: 'Carol', phone: 'Carol', alias: 'carol' }
export const officeLine: BindingFacts = { mailbox: 'Office', phone: 'SIM', line: true }
