// What the working parts of the exchange share: the stores, the settings, the clock.

import { createHash } from 'node:crypto'
import { domainOf } from '../domain/address.ts'
import type { Medium } from '../domain/message.ts'
import type { ComposeMail, ComposeReport } from '../domain/ports.ts'
import type { Bindings } from '../store/bindings.ts'
import type { Conversations } from '../store/conversations.ts'
import type { Store } from '../store/database/database.ts'
import type { Journal } from '../store/journal.ts'
import type { Outbox } from '../store/outbox/outbox.ts'
import type { Pdus } from '../store/pdus.ts'
import type { Spending } from '../store/spending.ts'
import type { ExchangeSettings, World } from './decide/decision.ts'

/** What the working parts of the exchange share. */
export interface Desk {
  readonly store: Store
  readonly bindings: Bindings
  readonly conversations: Conversations
  readonly journal: Journal
  readonly outbox: Outbox
  readonly pdus: Pdus
  readonly settings: ExchangeSettings
  readonly spending: Spending
  readonly plusAddresses: boolean
  readonly compose: ComposeMail
  /** The bytes of a mail that is passed on as it came, with Resent- fields (RFC 5322 3.6.6) in front. */
  readonly redirect: (raw: Buffer, to: string, messageId: string, date: number) => Buffer
  /** A finished mail of one text as a report with that text (RFC 3464). */
  readonly asReport: ComposeReport
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Called after a commit that put something into the outbox. */
  readonly wake: (medium: Medium) => void
}

/** Sender, in the journal, of what the operator sends by command. */
export const operator = 'operator'

/** The world as the exchange sees it at this moment. */
export function worldOf(
  desk: Pick<Desk, 'settings' | 'bindings' | 'conversations' | 'spending' | 'journal' | 'outbox' | 'now'>,
): World {
  const { settings, bindings, conversations, spending, journal, outbox } = desk
  return { now: desk.now(), settings, bindings, conversations, spending, journal, outbox }
}

/** A Message-ID that the same things always give: `<sms.0123456789abcdef@office.example>`. */
export function mailIdOf(
  desk: Pick<Desk, 'settings'>,
  kind: 'sms' | 'notice' | 'resent',
  ...from: readonly (string | number)[]
): string {
  const digest = createHash('sha256').update(from.join('\n')).digest('hex').slice(0, 24)
  return `<${kind}.${digest}@${domainOf(desk.settings.ownMailbox)}>`
}
