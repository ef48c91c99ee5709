// Carries a decision out: one commit for the journal row with its steps, the conversation, the outbox and a temporary binding.
// Invariants: the commit is the moment a message counts as received; mails are built before it and stored as bytes, so that every
// later attempt sends the same Message-ID and the same bytes.

import { createHash } from 'node:crypto'
import { domainOf } from '../domain/address.ts'
import { GatewayError, messageOf } from '../domain/errors.ts'
import type { IncomingMail, IncomingSms, Medium } from '../domain/message.ts'
import type { ComposeMail } from '../domain/ports.ts'
import { log } from '../log.ts'
import type { Bindings } from '../store/bindings.ts'
import type { Conversations } from '../store/conversations.ts'
import type { Store } from '../store/database.ts'
import type { Journal, Judgement } from '../store/journal.ts'
import type { NewMail, Outbox } from '../store/outbox.ts'
import type { Pdus } from '../store/pdus.ts'
import { answerSubject, firstSubject, smsToMail } from './convert.ts'
import type {
  Decision,
  ExchangeSettings,
  MailPlan,
  Notice,
  SmsPlan,
  TemporaryBinding,
  World,
} from './decision.ts'
import { readSubjectTag } from './flag.ts'
import { noticeDraft } from './notices.ts'
import { queueText } from './queue-text.ts'
import type { Reason } from './reasons.ts'

/** What the working parts of the exchange share. */
export interface Desk {
  readonly store: Store
  readonly bindings: Bindings
  readonly conversations: Conversations
  readonly journal: Journal
  readonly outbox: Outbox
  readonly pdus: Pdus
  readonly settings: ExchangeSettings
  readonly plusAddresses: boolean
  readonly compose: ComposeMail
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Called after a commit that put something into the outbox. */
  readonly wake: (medium: Medium) => void
}

/** The world as the exchange sees it at this moment. */
export function worldOf(desk: Pick<Desk, 'settings' | 'bindings' | 'conversations' | 'now'>): World {
  return {
    now: desk.now(),
    settings: desk.settings,
    bindings: desk.bindings,
    conversations: desk.conversations,
  }
}

/** A Message-ID that the same things always give: `<sms.0123456789abcdef@office.example>`. */
export function mailIdOf(
  desk: Pick<Desk, 'settings'>,
  kind: 'sms' | 'notice',
  ...from: readonly (string | number)[]
): string {
  const digest = createHash('sha256').update(from.join('\n')).digest('hex').slice(0, 24)
  return `<${kind}.${digest}@${domainOf(desk.settings.ownMailbox)}>`
}

/** A notice as an outgoing mail, not yet stored. `about` is the message it speaks of. */
export async function composeNotice(
  desk: Desk,
  notice: Pick<Notice, 'to' | 'reason' | 'detail'>,
  about: { readonly subject: string; readonly mailId: string | null; readonly key: string },
): Promise<Omit<NewMail, 'messageId'>> {
  const now = desk.now()
  const mailId = mailIdOf(desk, 'notice', about.key, notice.reason, notice.to, notice.detail)
  const draft = noticeDraft({
    ...notice,
    subject: about.subject,
    mailId: about.mailId,
    ownMailbox: desk.settings.ownMailbox,
    messageId: mailId,
    now,
  })
  const raw = await desk.compose(draft)
  return { conversationId: null, recipient: notice.to, rule: 'notice', text: draft.text, now, mailId, raw }
}

export interface MailReceipt {
  readonly mail: IncomingMail
  readonly decision: Decision
  readonly digest: string
  readonly raw: Buffer | null
}

/**
 * Prepares a mail's decision for the commit.
 * @returns a function for the inside of a transaction; it gives the journal number
 */
export async function prepareMail(desk: Desk, receipt: MailReceipt): Promise<() => number> {
  const { mail, decision, digest } = receipt
  const now = desk.now()
  const about = { subject: mail.subject, mailId: mail.messageId, key: digest }
  const notices = await Promise.all(decision.notices.map((notice) => composeNotice(desk, notice, about)))
  return () => {
    const messageId = desk.journal.add(
      {
        medium: 'mail',
        sender: mail.from?.address ?? '',
        subject: mail.subject,
        text: mail.text,
        mailId: mail.messageId,
        digest,
        receivedAt: now,
        flag: decision.flag.value,
        flagFrom: decision.flag.from,
        judgement: decision.judgement,
        reason: decision.reason,
        raw: receipt.raw,
      },
      decision.steps,
    )
    for (const plan of decision.deliveries)
      if (plan.medium === 'sms') queueSms(desk, mail, decision, { plan, messageId, now })
    if (decision.temporaryBinding !== null) bindForAWhile(desk, decision.temporaryBinding, now)
    for (const notice of notices) desk.outbox.addMail({ ...notice, messageId })
    return messageId
  }
}

function queueSms(
  desk: Desk,
  mail: IncomingMail,
  decision: Decision,
  { plan, messageId, now }: { readonly plan: SmsPlan; readonly messageId: number; readonly now: number },
): void {
  const tag = readSubjectTag(mail.subject)
  const conversation = desk.conversations.touch({
    number: plan.to,
    correspondent: mail.from?.address ?? '',
    subject: answerSubject(tag.kind === 'tag' ? tag.rest : mail.subject),
    domain: domainOf(desk.settings.ownMailbox),
    now,
    expiresAt: now + decision.windowMs,
  })
  if (mail.messageId !== null) desk.conversations.addMail(conversation.id, mail.messageId, false)
  queueText(desk, {
    messageId,
    conversationId: conversation.id,
    recipient: plan.to,
    rule: plan.rule,
    text: plan.text,
    now,
  })
}

/** A temporary binding keeps the policies of the one that it shadows: an alarm that is always converted stays so. */
function bindForAWhile(desk: Desk, wanted: TemporaryBinding, now: number): void {
  const shadowed = desk.bindings.ofMailbox(wanted.mailbox, now)
  desk.bindings.add({
    ...wanted,
    alias: null,
    name: null,
    line: false,
    mailToSms: shadowed?.mailToSms ?? null,
    smsToMail: shadowed?.smsToMail ?? null,
    origin: 'mail',
    createdAt: now,
  })
}

export interface SmsReceipt {
  readonly sms: IncomingSms
  readonly decision: Decision
  /** Tells this message from every other: made of its PDUs. */
  readonly key: string
}

/** As prepareMail, for an SMS. */
export async function prepareSms(desk: Desk, { sms, decision, key }: SmsReceipt): Promise<() => number> {
  const now = desk.now()
  const plans = decision.deliveries.filter((plan) => plan.medium === 'mail')
  const mails = await Promise.all(plans.map((plan) => composeSmsMail(desk, sms, plan, key)))
  const about = { subject: `SMS from ${sms.from}`, mailId: null, key }
  const notices = await Promise.all(decision.notices.map((notice) => composeNotice(desk, notice, about)))
  return () => {
    const messageId = desk.journal.add(
      {
        medium: 'sms',
        sender: sms.from,
        subject: '',
        text: sms.text,
        mailId: null,
        digest: null,
        receivedAt: now,
        flag: decision.flag.value,
        flagFrom: decision.flag.from,
        judgement: decision.judgement,
        reason: decision.reason,
        raw: null,
      },
      decision.steps,
    )
    for (const mail of mails) {
      const conversation = desk.conversations.touch(mail.conversation(decision.windowMs))
      desk.conversations.addMail(conversation.id, mail.mailId, true)
      desk.outbox.addMail({ ...mail.delivery, messageId, conversationId: conversation.id })
    }
    for (const notice of notices) desk.outbox.addMail({ ...notice, messageId })
    return messageId
  }
}

async function composeSmsMail(desk: Desk, sms: IncomingSms, plan: MailPlan, key: string) {
  const now = desk.now()
  const name = desk.bindings.ofNumber(sms.from, now)?.name ?? null
  const conversation = (windowMs: number) => ({
    number: sms.from,
    correspondent: plan.to,
    subject: firstSubject(sms.from, name),
    domain: domainOf(desk.settings.ownMailbox),
    now,
    expiresAt: now + windowMs,
  })
  const mailId = mailIdOf(desk, 'sms', key, plan.to)
  const draft = smsToMail({
    sms,
    to: plan.to,
    body: plan.text,
    name,
    conversation: desk.conversations.preview(conversation(0)),
    ownMailbox: desk.settings.ownMailbox,
    plusAddresses: desk.plusAddresses,
    messageId: mailId,
  })
  const raw = await desk.compose(draft)
  const delivery = { recipient: plan.to, rule: plan.rule, text: plan.text, now, mailId, raw }
  return { conversation, mailId, delivery }
}

/** After the commit: wakes the loops that have something to send. */
export function wakeFor(desk: Pick<Desk, 'wake'>, decision: Decision): void {
  if (decision.deliveries.some((plan) => plan.medium === 'sms')) desk.wake('sms')
  if (decision.notices.length > 0 || decision.deliveries.some((plan) => plan.medium === 'mail'))
    desk.wake('mail')
}

/**
 * Commits a decision; if carrying it out breaks the exchange itself, the message is held instead, so that it neither gets lost nor
 * stands in the way of others. A database that cannot be written is no such case: then nothing is acknowledged.
 * @param commit carries a decision out in one transaction
 * @returns the decision that was committed
 */
export async function commitOrHold(
  decision: Decision,
  commit: (decision: Decision) => Promise<void>,
): Promise<Decision> {
  try {
    await commit(decision)
    return decision
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'STORE_FAILED') throw error
    log.error('exchange-defect', { medium: decision.medium, error: messageOf(error) })
    const held = plainDecision(decision.medium, 'hold', 'internal-error', messageOf(error))
    await commit(held)
    return held
  }
}

/** A decision that nothing in the message led to: it broke the exchange, or was here before. */
export function plainDecision(
  medium: Medium,
  judgement: Judgement,
  reason: Reason,
  detail: string,
): Decision {
  return {
    medium,
    flag: { value: 0, from: 'policy' },
    judgement,
    reason,
    deliveries: [],
    temporaryBinding: null,
    windowMs: 0,
    notices: [],
    steps: [{ what: 'judge', detail: `${judgement}: ${reason}: ${detail}` }],
  }
}
