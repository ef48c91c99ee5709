// What waits is looked at again: quiet hours end, a budget renews, a phone never said whom it means.
// Invariant: what is let go is counted in the books in the same commit.

import type { IncomingSms } from '../domain/message.ts'
import { log } from '../log.ts'
import type { Delivery } from '../store/outbox.ts'
import { createTill } from './decide/budget.ts'
import type { ExchangeSettings } from './decide/decision.ts'
import { digestOf } from './decide/digest.ts'
import { rulesOf } from './decide/rules.ts'
import { decideSms } from './decide/sms-to-mail.ts'
import { type Desk, worldOf } from './desk.ts'
import { wakeFor } from './outcome.ts'
import { charge, queueText } from './queue-text.ts'
import { prepareSms } from './record.ts'

export interface Held {
  /** Lets go what is due. @param askWaitMs how long a text waits for the answer whom it is meant for */
  releaseDue(askWaitMs: number): Promise<void>
}

export function createHeld(desk: Desk): Held {
  return {
    releaseDue: async (askWaitMs) => {
      releaseDeliveries(desk)
      for (const { id } of desk.journal.unanswered(desk.now() - askWaitMs))
        await decideAgain(desk, id, { ambiguous: 'line' })
    },
  }
}

function releaseDeliveries(desk: Desk): void {
  const count = desk.store.transaction(() => {
    const due = desk.outbox.dueHeld(desk.now())
    const night = due.filter(({ heldReason, digest }) => heldReason === 'quiet-hours' && digest)
    const byPhone = new Map<string, Delivery[]>()
    for (const one of night) byPhone.set(one.recipient, [...(byPhone.get(one.recipient) ?? []), one])
    const merged = [...byPhone.values()].filter((several) => several.length > 1)
    for (const several of merged) sendDigest(desk, several)
    const alone = due.filter((one) => !merged.flat().includes(one))
    return alone.filter((one) => releaseIfPaid(desk, one)).length + merged.length
  })
  if (count > 0) {
    log.info('released', { count })
    desk.wake('sms')
  }
}

/** SMS parts of a delivery; 0 for a mail. */
export const partsOf = (desk: Desk, { id, medium }: Delivery): number =>
  medium === 'sms' ? desk.outbox.segments(id).length : 0

/** Queues a delivery if the budgets have room; else it waits for their next renewal. */
function releaseIfPaid(desk: Desk, delivery: Delivery): boolean {
  const now = desk.now()
  const { id, cause, recipient, urgent } = delivery
  const parts = partsOf(desk, delivery)
  const { partsPerDay } = rulesOf(desk.bindings.ofNumber(recipient, now), desk.settings)
  const verdict = createTill(worldOf(desk))({ payer: cause, number: recipient, parts, urgent, partsPerDay })
  if (!verdict.fits) {
    desk.outbox.hold(id, { reason: 'budget-used-up', until: verdict.until }, now)
    return false
  }
  letGo(desk, delivery)
  return true
}

/** Queues a held delivery and counts its parts, whatever the budgets say; its talk begins now. */
export function letGo(desk: Desk, delivery: Delivery): void {
  desk.outbox.release(delivery.id, desk.now())
  if (delivery.conversationId !== null)
    desk.conversations.prolong(delivery.conversationId, desk.now() + desk.settings.replyWindowMs)
  const parts = partsOf(desk, delivery)
  if (parts > 0) charge(desk, delivery, parts, desk.now())
  settleHeld(desk, delivery.messageId)
}

/** A message of which nothing waits any more is no longer held: it was exchanged, or the operator cancelled all of it. */
export function settleHeld(desk: Desk, messageId: number | null, cancelled = false): void {
  const entry = messageId === null ? undefined : desk.journal.get(messageId)
  if (messageId === null || entry?.judgement !== 'hold') return
  const own = desk.outbox.ofMessage(messageId).filter(({ rule }) => rule !== 'notice')
  if (own.some(({ state }) => state === 'held')) return
  const { flag, flagFrom } = entry
  const exchanged = flagFrom === 'answer' || flagFrom === 'policy' ? flagFrom : 'flagged'
  const outcome =
    cancelled && own.every(({ state }) => state === 'cancelled')
      ? ({ judgement: 'refuse', reason: 'cancelled' } as const)
      : ({ judgement: 'convert', reason: exchanged } as const)
  desk.journal.settle(messageId, { ...outcome, flag, flagFrom })
}

/** What came for one phone over its quiet hours becomes one SMS. */
function sendDigest(desk: Desk, several: readonly Delivery[]): void {
  const now = desk.now()
  const [first] = several
  if (first === undefined) return
  const rules = rulesOf(desk.bindings.ofNumber(first.recipient, now), desk.settings)
  const text = digestOf(several, rules, desk.settings)
  const { messageId, conversationId, recipient, rule, cause } = first
  const delivery = { messageId, conversationId, recipient, rule, text, cause }
  const waits = { reason: 'quiet-hours', until: now } as const
  const id = queueText(desk, { ...delivery, held: waits, urgent: rules.urgent, digest: false, now })
  const digest = desk.outbox.get(id)
  if (digest !== undefined) releaseIfPaid(desk, digest)
  for (const one of several) {
    desk.outbox.cancel(one.id, `went out in delivery ${id}, with others of the quiet hours`, now)
    noteStep(desk, one, 'digest', `delivery ${one.id} went out in delivery ${id}`)
    settleHeld(desk, one.messageId)
  }
}

/** A step in the journal of the message that a delivery belongs to. */
export function noteStep(desk: Desk, { messageId }: Delivery, what: string, detail: string): void {
  if (messageId !== null) desk.journal.addSteps(messageId, desk.now(), [{ what, detail }])
}

/** Decides about an SMS that is kept on the box as if it came now. @returns false if nothing else comes of it */
export async function decideAgain(
  desk: Desk,
  messageId: number,
  settings: Partial<ExchangeSettings>,
): Promise<boolean> {
  const entry = desk.journal.get(messageId)
  if (entry?.medium !== 'sms' || entry.judgement !== 'hold' || entry.raw === null) return false
  const sms = JSON.parse(entry.raw.toString()) as IncomingSms
  const world = worldOf(desk)
  const decision = decideSms(sms, { ...world, settings: { ...world.settings, ...settings } })
  if (decision.reason === entry.reason) return false
  const commit = await prepareSms(desk, { sms, decision, key: `again ${messageId}`, again: messageId })
  const done = desk.store.transaction(() => {
    // The service and the operator's command may come at the same time.
    if (desk.journal.get(messageId)?.reason !== entry.reason) return false
    commit()
    return true
  })
  if (done) wakeFor(desk, decision)
  return done
}
