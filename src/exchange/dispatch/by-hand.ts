// What the operator does by hand with a message: release, retry, cancel. Each is one commit and a step in the journal.

import { GatewayError } from '../../domain/errors.ts'
import type { Delivery } from '../../store/outbox/outbox.ts'
import type { Desk } from '../desk.ts'
import { charge, refund } from '../queue-text.ts'
import { decideAgain, letGo, noteStep, partsOf, settleHeld } from './held.ts'

/**
 * Lets a held message go now, whatever holds it: time, budget, or a paused pair, which is resumed with all that waits between the two.
 * An SMS without a mailbox is decided anew.
 * @returns what was done, in words
 * @throws GatewayError MESSAGE_UNKNOWN, USAGE if nothing of it waits
 */
export async function releaseMessage(desk: Desk, messageId: number): Promise<string> {
  const entry = known(desk, messageId)
  const done = desk.store.transaction(() => releaseHeld(desk, messageId))
  if (done !== null) {
    desk.wake('sms')
    desk.wake('mail')
    return done
  }
  if (await decideAgain(desk, messageId, entry.reason === 'ambiguous' ? { ambiguous: 'line' } : {}))
    return `message ${messageId} was decided anew`
  throw new GatewayError('USAGE', `nothing of message ${messageId} waits that could be released`, {
    hint: `simpost message show ${messageId} says where it stands`,
  })
}

/** Lets go what waits of a message, and all that waits between two whom it resumes; null: there is nothing. */
function releaseHeld(desk: Desk, messageId: number): string | null {
  const own = desk.outbox.ofMessage(messageId).filter(({ rule }) => rule !== 'notice')
  const paused = own.filter(
    ({ cause, recipient }) => cause !== null && desk.spending.isPaused({ from: cause, to: recipient }),
  )
  const others = paused.flatMap(({ cause, recipient }) => {
    desk.spending.resume({ from: cause ?? '', to: recipient })
    desk.journal.addSteps(messageId, desk.now(), [
      { what: 'resume', detail: `${cause} and ${recipient} by the operator` },
    ])
    const waiting = desk.outbox.heldBetween(cause ?? '', recipient)
    return waiting.filter(({ heldReason }) => heldReason === 'pair-paused')
  })
  const held = [...own.filter(({ state }) => state === 'held'), ...others]
  const all = [...new Map(held.map((one) => [one.id, one])).values()]
  for (const one of all) {
    letGo(desk, one)
    noteStep(desk, one, 'release', `delivery ${one.id} by the operator`)
  }
  if (all.length > 0)
    return `released: ${all.map(({ id, recipient }) => `delivery ${id} to ${recipient}`).join(', ')}`
  return paused.length === 0
    ? null
    : `resumed: ${paused.map(({ cause, recipient }) => `${cause} and ${recipient}`).join(', ')}`
}

/**
 * Sends again what failed or is uncertain, at the operator's word: an uncertain SMS may reach its phone a second time.
 * @throws GatewayError MESSAGE_UNKNOWN, USAGE if nothing of it failed
 */
export function retryMessage(desk: Desk, messageId: number): string {
  if (known(desk, messageId).erased)
    throw new GatewayError(
      'USAGE',
      `the words of message ${messageId} are erased: nothing of it can be sent again`,
      {
        hint: 'store.keep_texts and "simpost binding set ... --keep" say how long they are kept',
      },
    )
  const again = desk.store.transaction(() =>
    withCarriers(desk, messageId).filter((delivery) => {
      const parts = desk.outbox.again(delivery.id, desk.now())
      if (parts > 0 && delivery.medium === 'sms') charge(desk, delivery, parts, desk.now())
      if (parts > 0)
        for (const one of [delivery, ...desk.outbox.mergedInto(delivery.id)])
          noteStep(desk, one, 'retry', `delivery ${delivery.id} by the operator`)
      return parts > 0
    }),
  )
  if (again.length === 0)
    throw new GatewayError('USAGE', `nothing of message ${messageId} failed or is uncertain`, {
      hint: `simpost message show ${messageId} says where it stands`,
    })
  desk.wake('sms')
  desk.wake('mail')
  return `queued again: ${again.map(({ id, recipient }) => `delivery ${id} to ${recipient}`).join(', ')}`
}

/**
 * Ends what has not gone out yet.
 * @throws GatewayError MESSAGE_UNKNOWN, USAGE if there is nothing left to cancel
 */
export function cancelMessage(desk: Desk, messageId: number): string {
  known(desk, messageId)
  const ended = desk.store.transaction(() =>
    desk.outbox.ofMessage(messageId).filter((delivery) => {
      if (delivery.rule === 'notice') return false
      if (!desk.outbox.cancel(delivery.id, 'cancelled by the operator', desk.now())) return false
      if (delivery.state === 'queued') refund(desk, delivery, partsOf(desk, delivery))
      noteStep(desk, delivery, 'cancel', `delivery ${delivery.id} by the operator`)
      settleHeld(desk, messageId, true)
      return true
    }),
  )
  if (ended.length === 0)
    throw new GatewayError(
      'USAGE',
      `nothing of message ${messageId} can be cancelled: it went out or ended`,
      {
        hint: `simpost message show ${messageId} says where it stands`,
      },
    )
  return `cancelled: ${ended.map(({ id, recipient }) => `delivery ${id} to ${recipient}`).join(', ')}`
}

/** Rules by which a message, or a text that is sent on, comes to a phone because it is bound; other rules name the phone itself. */
const rulesOfBindings = ['binding', 'alias', 'line', 'fallback', 'conversation']

/**
 * Ends what waits for a phone because of its binding: the binding ends, or moves to another phone. The caller is in a transaction.
 * @returns the journal numbers of the messages
 */
export function cancelForBinding(desk: Desk, number: string): number[] {
  const ended = desk.outbox
    .heldBy(rulesOfBindings, number)
    .filter(({ id }) => desk.outbox.cancel(id, 'the binding ended while it waited', desk.now()))
  for (const delivery of ended) {
    noteStep(desk, delivery, 'cancel', `delivery ${delivery.id}, for its binding ended`)
    settleHeld(desk, delivery.messageId, true)
  }
  return [...new Set(ended.map(({ messageId }) => messageId).filter((id) => id !== null))]
}

/** The deliveries of a message; in place of one that went out in a digest, the digest. */
function withCarriers(desk: Desk, messageId: number): Delivery[] {
  return desk.outbox.ofMessage(messageId).map((delivery) => {
    const carrier = delivery.mergedInto === null ? undefined : desk.outbox.get(delivery.mergedInto)
    return carrier ?? delivery
  })
}

function known(desk: Desk, messageId: number) {
  const entry = desk.journal.get(messageId)
  if (entry !== undefined) return entry
  throw new GatewayError('MESSAGE_UNKNOWN', `there is no message ${messageId}`, {
    hint: 'simpost message list',
  })
}
