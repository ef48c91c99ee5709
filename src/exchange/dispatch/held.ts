// What waits is looked at again: quiet hours end, a budget renews, a phone never said whom it means.
// Invariants: what is let go is counted in the books in the same commit; nothing goes out that something else holds by now.

import { dayOf } from '../../domain/day.ts'
import type { IncomingSms } from '../../domain/message.ts'
import { quietUntil } from '../../domain/quiet-hours.ts'
import { log } from '../../log.ts'
import type { Delivery } from '../../store/outbox/outbox.ts'
import { type BudgetNews, createTill, payerKey } from '../decide/budget.ts'
import type { ExchangeSettings, Hold } from '../decide/decision.ts'
import { digestOf } from '../decide/digest.ts'
import { readSubjectTag } from '../decide/flag.ts'
import { isUrgent } from '../decide/holds.ts'
import { rulesOfPhone } from '../decide/rules.ts'
import { decideSms } from '../decide/sms-to-mail.ts'
import { tellBudget } from '../decide/tell.ts'
import { type Desk, operator, worldOf } from '../desk.ts'
import { prepareNotices } from '../notify.ts'
import { wakeFor } from '../outcome.ts'
import { charge, queueText } from '../queue-text.ts'
import { isOutdated, prepareSms } from '../record.ts'

interface Held {
  /** Lets go what is due. @param askWaitMs how long a text waits for the answer whom it is meant for */
  releaseDue(askWaitMs: number): Promise<void>
}

export function createHeld(desk: Desk): Held {
  return {
    releaseDue: async (askWaitMs) => {
      await announce(desk, releaseDeliveries(desk))
      for (const { id } of desk.journal.unanswered(desk.now() - askWaitMs))
        await decideAgain(desk, id, { ambiguous: 'line' })
    },
  }
}

/** Tells the operator what the budgets came to by what was let go. */
async function announce(desk: Desk, news: readonly BudgetNews[]): Promise<void> {
  const notices = tellBudget(news, worldOf(desk))
  if (notices.length === 0) return
  const key = notices.map(({ once }) => once).join('\n')
  const add = await prepareNotices(desk, notices, { subject: 'SMS', mailId: null, key, medium: 'mail' })
  desk.store.transaction(() => add(null))
  desk.wake('mail')
}

function releaseDeliveries(desk: Desk): BudgetNews[] {
  const news: BudgetNews[] = []
  const count = desk.store.transaction(() => {
    const due = desk.outbox.dueHeld(desk.now())
    const night = due.filter(({ heldReason, digest }) => heldReason === 'quiet-hours' && digest)
    const phones = new Set(night.map(({ recipient }) => recipient))
    for (const phone of phones)
      sendDigests(
        desk,
        night.filter(({ recipient }) => recipient === phone),
        news,
      )
    for (const one of due) if (!night.includes(one)) releaseIfFree(desk, one, news)
    return due.length
  })
  if (count > 0) {
    log.info('looked-at-held', { count })
    desk.wake('sms')
  }
  return news
}

/** SMS parts of a delivery; 0 for a mail. */
export const partsOf = (desk: Desk, { id, medium }: Delivery): number =>
  medium === 'sms' ? desk.outbox.segments(id).length : 0

/** What holds a delivery now, whatever held it until now; null: nothing. */
function holdNow(desk: Desk, delivery: Delivery, news: BudgetNews[]): Hold | null {
  const { cause, recipient } = delivery
  if (cause !== null && desk.spending.isPaused({ from: cause, to: recipient }))
    return { reason: 'pair-paused', until: null }
  const world = worldOf(desk)
  const { quietHours, urgent } = rulesOfPhone(recipient, world)
  const rings = urgent || isUrgentMessage(desk, delivery)
  const quiet = quietHours === null || rings ? null : quietUntil(quietHours, desk.now())
  if (quiet !== null) return { reason: 'quiet-hours', until: quiet }
  const verdict = createTill(world)({ payer: cause, number: recipient, parts: partsOf(desk, delivery) })
  news.push(...verdict.news)
  return verdict.fits ? null : { reason: 'budget-used-up', until: verdict.until }
}

function isUrgentMessage(desk: Desk, { messageId }: Delivery): boolean {
  const subject = (messageId === null ? undefined : desk.journal.get(messageId))?.subject ?? ''
  const tag = readSubjectTag(subject)
  return isUrgent(tag.kind === 'tag' ? tag.rest : subject, desk.settings.urgentWords)
}

function releaseIfFree(desk: Desk, delivery: Delivery, news: BudgetNews[]): void {
  const held = holdNow(desk, delivery, news)
  if (held === null) letGo(desk, delivery)
  else desk.outbox.hold(delivery.id, held, desk.now())
}

/** Queues a held delivery and counts its parts, whatever the budgets say; its talk begins now. */
export function letGo(desk: Desk, delivery: Delivery): void {
  const now = desk.now()
  desk.outbox.release(delivery.id, now)
  const parts = partsOf(desk, delivery)
  if (parts > 0) charge(desk, delivery, parts, now)
  beginTalk(desk, delivery)
  settleHeld(desk, delivery.messageId)
}

/** What waited for a phone goes out: the phone may answer from now on. */
function beginTalk(desk: Desk, { medium, conversationId, windowMs }: Delivery): void {
  const now = desk.now()
  if (conversationId !== null && medium === 'sms')
    desk.conversations.prolong(conversationId, now + (windowMs ?? desk.settings.replyWindowMs), now)
}

/** A message of which nothing waits any more is no longer held: it went its way, or the operator cancelled all of it. */
export function settleHeld(desk: Desk, messageId: number | null, cancelled = false): void {
  const entry = messageId === null ? undefined : desk.journal.get(messageId)
  if (messageId === null || entry?.judgement !== 'hold') return
  const own = desk.outbox.ofMessage(messageId).filter(({ rule }) => rule !== 'notice')
  if (own.some(({ state }) => state === 'held')) return
  const { flag, flagFrom } = entry
  const exchanged = flagFrom === 'answer' || flagFrom === 'policy' ? flagFrom : 'flagged'
  const went = entry.sender === operator ? 'command' : exchanged
  const outcome =
    cancelled && own.every(({ state }) => state === 'cancelled')
      ? ({ judgement: 'refuse', reason: 'cancelled' } as const)
      : ({ judgement: entry.sender === operator ? 'pass' : 'convert', reason: went } as const)
  desk.journal.settle(messageId, { ...outcome, flag, flagFrom })
}

/** What came for one phone over its quiet hours goes out as few SMS, as far as the budgets allow; else each by itself, or later. */
function sendDigests(desk: Desk, several: readonly Delivery[], news: BudgetNews[]): void {
  const isPaused = ({ cause, recipient }: Delivery): boolean =>
    cause !== null && desk.spending.isPaused({ from: cause, to: recipient })
  let rest = several.filter((one) => !isPaused(one))
  while (rest.length > 1) {
    const number = rest[0]?.recipient ?? ''
    const rules = rulesOfPhone(number, worldOf(desk))
    const { text, count, parts } = digestOf(rest, rules, desk.settings)
    const verdict = createTill(worldOf(desk))({ payer: null, number, parts })
    if (count < 2 || !verdict.fits) break
    const shares = sharesOf(rest.slice(0, count), parts)
    const poor = shares.find(
      ([payer, share]) => !createTill(worldOf(desk))({ payer, number, parts: share }).fits,
    )?.[0]
    if (poor !== undefined) {
      // Whoever cannot pay a share is left out of the digest.
      for (const one of rest) if (one.cause === poor) releaseIfFree(desk, one, news)
      rest = rest.filter(({ cause }) => cause !== poor)
      continue
    }
    news.push(...verdict.news)
    sendDigest(desk, rest.slice(0, count), text, shares)
    rest = rest.slice(count)
  }
  for (const one of [...rest, ...several.filter(isPaused)]) releaseIfFree(desk, one, news)
}

/** What each sender pays of the parts of a digest. */
function sharesOf(several: readonly Delivery[], parts: number): (readonly [string, number])[] {
  const causes = several.map(({ cause }) => cause).filter((cause) => cause !== null)
  return [...new Set(causes)].map((cause) => {
    const own = causes.filter((one) => one === cause).length
    return [cause, Math.ceil((parts * own) / several.length)]
  })
}

function sendDigest(
  desk: Desk,
  several: readonly Delivery[],
  text: string,
  shares: readonly (readonly [string, number])[],
): void {
  const now = desk.now()
  const { recipient = '', rule = '' } = several[0] ?? {}
  const confirm = several.some((one) => one.confirm)
  const { id } = queueText(desk, {
    messageId: null,
    conversationId: null,
    recipient,
    rule,
    text,
    confirm,
    now,
  })
  for (const [cause, share] of shares) desk.spending.add('sender', payerKey(cause), dayOf(now), share)
  for (const one of several) {
    desk.outbox.merge(one.id, id, now)
    beginTalk(desk, one)
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
  // In a database that began anew, or that a backup took the place of, another text had this number.
  const key = `again ${messageId} ${entry.receivedAt}`
  const commit = await prepareSms(desk, { sms, decision, key, again: messageId })
  const done = desk.store.transaction(() => {
    // The service and the operator's command may come at the same time.
    if (desk.journal.get(messageId)?.reason !== entry.reason || isOutdated(desk, decision)) return false
    commit()
    return true
  })
  if (done) wakeFor(desk, decision)
  return done
}
