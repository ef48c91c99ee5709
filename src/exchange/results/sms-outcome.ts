// The sender of a mail hears how its SMS fares, in the thread of that mail: as a report that programs understand too (RFC 3464), or in
// words alone where nobody can tell. Composed before a commit, queued inside it.
// Invariants: only senders who had proven themselves hear anything (RFC 3834 2), a machine never does; nobody is told twice.

import { domainOf } from '../../domain/address.ts'
import { retryUntilMs } from '../../domain/delivery.ts'
import type { StatusReport } from '../../domain/message.ts'
import type { JournalEntry } from '../../store/journal.ts'
import type { Delivery, NewMail } from '../../store/outbox/outbox.ts'
import type { Reason } from '../decide/reasons.ts'
import { languageOf } from '../decide/rules.ts'
import type { SmsStatus } from '../decide/sms-status.ts'
import { type Desk, worldOf } from '../desk.ts'
import { composeNotice } from '../notify.ts'

type OutcomeReason = Extract<
  Reason,
  'sms-failed' | 'sms-uncertain' | 'sms-delayed' | 'sms-delivered' | 'sms-relayed'
>

/** What became of an SMS, for people and for programs. */
export interface SmsOutcome {
  readonly reason: OutcomeReason
  /** In words, for people; '' for none. */
  readonly cause: string
  /** For programs; null where nobody can tell. */
  readonly status: SmsStatus | null
}

/** What the operator hears where the sender cannot: an alarm that reached nobody. */
const forOperator: ReadonlySet<Reason> = new Set(['sms-failed', 'sms-uncertain'])

/**
 * Prepares what the senders hear of an SMS: the one, or all whose texts a digest carried.
 * @param fits which of them; left out: all
 * @returns a function for the inside of a transaction, before the new state is written
 */
export async function prepareOutcome(
  desk: Desk,
  delivery: Delivery,
  outcome: SmsOutcome,
  fits: (one: Delivery) => boolean = () => true,
): Promise<() => void> {
  if (delivery.state === 'failed') return () => {}
  const all = [delivery, ...desk.outbox.mergedInto(delivery.id)].filter(fits)
  const messages = new Set(all.map(({ messageId }) => messageId).filter((id) => id !== null))
  const tell = await Promise.all([...messages].map((id) => prepareOne(desk, id, delivery, outcome)))
  return () => {
    // Another part may have failed meanwhile.
    if (desk.outbox.get(delivery.id)?.state !== 'failed') for (const one of tell) one()
  }
}

async function prepareOne(
  desk: Desk,
  messageId: number,
  delivery: Delivery,
  outcome: SmsOutcome,
): Promise<() => void> {
  const message = desk.journal.get(messageId)
  if (message === undefined || message.medium !== 'mail') return () => {}
  const { reason, cause } = outcome
  const detail = [delivery.recipient, cause].filter((part) => part !== '').join(': ')
  const mail = await composeOne(desk, message, delivery, { ...outcome, detail })
  return () => {
    if (mail !== null) desk.outbox.addMail({ ...mail, messageId })
    desk.journal.addSteps(messageId, desk.now(), [{ what: 'outcome', detail: `${reason}: ${detail}` }])
    if (mail !== null) desk.wake('mail')
  }
}

/** @returns null if there is nobody to hear of it */
async function composeOne(
  desk: Desk,
  message: JournalEntry,
  delivery: Delivery,
  { reason, status, detail }: SmsOutcome & { readonly detail: string },
): Promise<Omit<NewMail, 'messageId'> | null> {
  const { operatorMailbox } = desk.settings
  const to = message.reportTo ?? (forOperator.has(reason) ? operatorMailbox : null)
  if (to === null) return null
  const language = languageOf(message.reportTo === null ? to : message.sender, worldOf(desk))
  // What failed again after it was sent again by hand is news: the same Message-ID would be taken for a copy.
  const key = `delivery ${delivery.id} of message ${message.id}, ${desk.now()}`
  const about = { subject: message.subject, mailId: message.mailId, key, medium: 'mail' } as const
  const mail = await composeNotice(desk, { to, reason, detail, language }, about)
  if (status === null || message.reportTo === null) return mail
  const report = { ...factsOf(desk, message, delivery), ...status }
  const retryUntil = status.action === 'delayed' ? report.retryUntil : null
  return { ...mail, raw: desk.asReport(mail.raw, { ...report, retryUntil }), nullSender: true }
}

function factsOf(
  desk: Desk,
  { receivedAt, header }: JournalEntry,
  delivery: Delivery,
): Omit<StatusReport, keyof SmsStatus> {
  const { ownMailbox, numberDomain } = desk.settings
  const { id, recipient, rule, state, createdAt, validityMs } = delivery
  const host = domainOf(ownMailbox)
  const submitted = desk.outbox.segments(id).map(({ submittedAt }) => submittedAt ?? 0)
  const lastAttemptAt = Math.max(0, ...submitted)
  // The network keeps trying for as long as the SMS is valid, we for as long as our schedule is.
  const until = state === 'sent' ? lastAttemptAt + (validityMs ?? 0) : retryUntilMs('sms', createdAt)
  return {
    host,
    arrivedAt: receivedAt,
    recipient: `${recipient}@${numberDomain ?? host}`,
    // The address of a binding was in the envelope; a number that was typed is what it is. Who borrowed the phone is nobody's business.
    originalRecipient:
      rule === 'binding' ? (desk.bindings.permanentOfNumber(recipient)?.mailbox ?? null) : null,
    lastAttemptAt: lastAttemptAt === 0 ? null : lastAttemptAt,
    retryUntil: until > desk.now() ? until : null,
    header: header ?? '',
  }
}
