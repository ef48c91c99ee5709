// The form of the decision table: one row says what comes in, in which world, and what is decided.

import type { ExchangeSettings } from '../../src/exchange/decision.ts'
import type { BindingFacts, MailFacts, SmsFacts } from './world.ts'

/** An earlier exchange between a phone and a mail correspondent. */
export interface Talk {
  readonly phone: string
  readonly with: string
  /** True if it ended before now. */
  readonly ended?: boolean
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
  /** "judgement: reason". */
  readonly is: string
  /** Where the flag came from, with its value: "1 tag". */
  readonly flag?: string
  /** "who by rule". */
  readonly goesTo?: readonly string[]
  /** "who: reason". */
  readonly notices?: readonly string[]
  /** What the phone or the mail shows, where it matters. */
  readonly shows?: string
  /** A temporary binding that is made: "mailbox, phone, minutes". */
  readonly binds?: string
}

export const bob: BindingFacts = { mailbox: 'Bob', phone: 'Bob', alias: 'bob' }
export const carol: BindingFacts = { mailbox: 'Carol', phone: 'Carol', alias: 'carol' }
export const officeLine: BindingFacts = { mailbox: 'Office', phone: 'SIM', line: true }
