// A mail that did not arrive: refused by our own server for good, or reported as such by another. The SMS that it carries stays readable
// on the box, a person hears of it, and the fallback mailbox gets the mail in place of the one that it did not reach.
// Invariants: not a word goes to the address that bounced; a notice or a report that bounces causes nothing (RFC 3834 2, RFC 3464 2);
// what nobody has proven causes no SMS.

import { mailKey } from '../../domain/address.ts'
import { dayOf } from '../../domain/day.ts'
import type { Delivery } from '../../store/outbox/outbox.ts'
import { callOperator } from '../alarm.ts'
import { tellOperator } from '../decide/tell.ts'
import { type Desk, mailIdOf, worldOf } from '../desk.ts'
import { prepareNotices } from '../notify.ts'

/** Why a mail counts as lost. */
export interface Loss {
  /** In words: what a server said. */
  readonly detail: string
  /** Our own server said it, or a report that cannot be forged. */
  readonly proven: boolean
}

/** Prepares what follows from a loss. @returns a function for the inside of the transaction that makes the delivery `failed` */
export async function prepareUndelivered(desk: Desk, delivery: Delivery, loss: Loss): Promise<() => void> {
  if (delivery.rule === 'notice') return () => {}
  const { id, recipient, messageId } = delivery
  const { operatorMailbox } = desk.settings
  const today = dayOf(desk.now())
  const detail = loss.detail.includes(recipient) ? loss.detail : `${recipient}: ${loss.detail}`
  const byMail = operatorMailbox !== null && mailKey(operatorMailbox) !== mailKey(recipient)
  // A mailbox that is gone loses every mail: once a day is enough, "status" shows the others.
  const told = {
    reason: 'mail-undelivered',
    detail,
    once: `undelivered ${mailKey(recipient)} ${today}`,
  } as const
  const notices = byMail ? tellOperator(told, worldOf(desk)) : []
  const subject = messageId === null ? '' : `message ${messageId}`
  const about = { subject, mailId: null, key: `undelivered ${id} ${desk.now()}`, medium: 'mail' } as const
  const addNotices = await prepareNotices(desk, notices, about)
  return () => {
    addNotices(messageId)
    // It is the operator's own mailbox that cannot be reached, or there is none.
    if (!byMail && loss.proven && desk.spending.remember(`undelivered by sms ${today}`, desk.now()))
      callOperator(desk, 'mail-undelivered', detail)
    passToFallback(desk, delivery)
    if (messageId !== null)
      desk.journal.addSteps(messageId, desk.now(), [
        { what: 'undelivered', detail: `delivery ${id}: ${detail}` },
      ])
    desk.wake('mail')
  }
}

/** Once a message, and only what an SMS became: anything else still lies in the mailbox of the box. */
function passToFallback(
  desk: Desk,
  { id, recipient, messageId, conversationId, text, cause }: Delivery,
): void {
  const { fallbackMailbox: to } = desk.settings
  if (to === null || messageId === null || conversationId === null) return
  const raw = desk.outbox.rawOf(id)
  const others = desk.outbox.ofMessage(messageId).filter(({ rule }) => rule !== 'notice')
  const gotIt = [recipient, ...others.map((one) => one.recipient)]
  if (raw === null || gotIt.some((one) => mailKey(one) === mailKey(to))) return
  const now = desk.now()
  const mailId = mailIdOf(desk, 'resent', `undelivered ${id}`, to)
  desk.outbox.addMail({
    ...{ messageId, conversationId, recipient: to, rule: 'fallback', text, cause, now, mailId },
    raw: desk.redirect(raw, to, mailId, now),
  })
}
