// The patent's sending unit, mail: the stored bytes, until the server accepts them. Invariants: trouble with our own sign-in (`hold`) stops
// the queue, not the message; a mail that is given up is told, and an SMS in it stays readable (undelivered.ts).

import { GatewayError } from '../../domain/errors.ts'
import type { Clock, MailTransport, SentMail } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import type { ClaimedMail } from '../../store/outbox/outbox.ts'
import type { Desk } from '../desk.ts'
import { prepareUndelivered } from '../results/undelivered.ts'
import { attempt, createLoop, type Dispatch, writeOutcome } from './dispatch-loop.ts'
import { createEnvelopeSenders, type EnvelopeSender, mayBeSender } from './envelope-sender.ts'
import { createPause, type NextAttempt, nextAttempt } from './retry-plan.ts'

/** What the loop works with. */
export interface MailDispatchOptions {
  readonly desk: Desk
  readonly clock: Clock
}

/** Sends mails. */
export function createMailDispatch({ desk, clock }: MailDispatchOptions, transport: MailTransport): Dispatch {
  const pause = createPause(clock)
  const send = createSending(desk, transport)
  const step = async (signal: AbortSignal): Promise<boolean> => {
    if (pause.isOn() && (await transport.credentialChanged?.()) !== true) return false
    const mail = desk.store.transaction(() => desk.outbox.claimMail(desk.now()))
    if (mail === undefined) return false
    const answer = await send(mail)
    if (answer instanceof GatewayError) {
      await writeOutcome(clock, signal, async () => pause.begin(await settleFailure(desk, mail, answer)))
      return true
    }
    pause.end()
    await writeOutcome(clock, signal, () => settleSent(desk, mail, answer))
    log.info('mail-sent', { delivery: mail.deliveryId, reply: answer.reply.slice(0, 80) })
    return true
  }
  return createLoop(clock, { step, isEmpty: () => !desk.outbox.hasOpen('mail') })
}

/** One attempt; where the server dislikes the envelope sender, one more with the box's own address. */
function createSending(desk: Desk, transport: MailTransport) {
  const senders = createEnvelopeSenders(desk)
  return async (mail: ClaimedMail): Promise<SentMail | GatewayError> => {
    const { deliveryId, recipient: to, raw, nullSender } = mail
    // A report about a report would be one too many (RFC 3461 4.1).
    const envelopeId = nullSender ? undefined : desk.outbox.envelopeId(deliveryId)
    const once = ({ address: from }: EnvelopeSender) =>
      attempt(() => transport.send({ from, to, raw, envelopeId }), 'temporary')
    const sender = senders.senderOf(mail)
    const first = await once(sender)
    if (!(first instanceof GatewayError) || !mayBeSender(first, sender)) return first
    const second = await once(senders.own)
    if (!(second instanceof GatewayError)) senders.remember(sender.kind)
    return second
  }
}

function settleSent(desk: Desk, { deliveryId, mailId, conversationId }: ClaimedMail, sent: SentMail): void {
  const { messageId: theirs } = sent
  const replaced = theirs === null || theirs === mailId ? null : theirs
  desk.store.transaction(() => {
    desk.outbox.mailSent(deliveryId, replaced, desk.now())
    if (replaced !== null && conversationId !== null)
      desk.conversations.renameMail(conversationId, mailId, replaced)
  })
}

/** @returns when it is tried again; null: never */
async function settleFailure(
  desk: Desk,
  mail: ClaimedMail,
  error: GatewayError,
): Promise<NextAttempt | null> {
  const { deliveryId } = mail
  const now = desk.now()
  const { code, retry, message: reason } = error
  log.warn('mail-attempt-failed', { delivery: deliveryId, code, retry, error: reason })
  const next = nextAttempt('mail', error, mail.attempts, now - mail.createdAt)
  if (next !== null) {
    const { delayMs, counts } = next
    desk.store.transaction(() =>
      desk.outbox.retryMail(deliveryId, { nextAttemptAt: now + delayMs, reason, now, counts }),
    )
    return next
  }
  const delivery = desk.outbox.get(deliveryId)
  const lose =
    delivery === undefined
      ? () => {}
      : await prepareUndelivered(desk, delivery, { detail: reason, proven: true })
  desk.store.transaction(() => {
    desk.outbox.mailFailed(deliveryId, reason, now)
    lose()
  })
  return null
}
