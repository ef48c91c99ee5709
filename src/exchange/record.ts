// Carries a decision out: one commit for the journal row with its steps, the conversation, the outbox and a temporary binding.
// Invariants: the commit is the moment a message counts as received; mails are built before it and stored as bytes, so that every
// later attempt sends the same Message-ID and the same bytes.

import { domainOf, mailKey, splitPlus } from '../domain/address.ts'
import type { IncomingMail, IncomingSms } from '../domain/message.ts'
import { answerSubject, firstSubject, smsToMail } from './decide/convert.ts'
import type { Decision, MailPlan, SmsPlan, TemporaryBinding } from './decide/decision.ts'
import { readSubjectTag } from './decide/flag.ts'
import { languageOf } from './decide/rules.ts'
import { callSubject } from './decide/special-sms.ts'
import { reportsGoTo, wantsConfirmation } from './decide/tell.ts'
import { type Desk, mailIdOf, worldOf } from './desk.ts'
import { prepareNotices } from './notify.ts'
import { queueText } from './queue-text.ts'
import { prepareMailReport } from './results/mail-reports.ts'

export interface MailReceipt {
  readonly mail: IncomingMail
  readonly decision: Decision
  readonly digest: string
  /** As it lies on the server. */
  readonly raw: Buffer
}

/**
 * Prepares a mail's decision for the commit.
 * @returns a function for the inside of a transaction; it gives the journal number
 */
export async function prepareMail(desk: Desk, receipt: MailReceipt): Promise<() => number> {
  const { mail, decision, digest } = receipt
  const now = desk.now()
  const about = { subject: mail.subject, mailId: mail.messageId, key: digest, medium: 'mail' } as const
  const addNotices = await prepareNotices(desk, decision.notices, about)
  const report = decision.mailReport
  const addReport = report === null ? () => {} : await prepareMailReport(desk, report)
  const kept = decision.judgement === 'hold' && decision.deliveries.length === 0
  const becomesSms = decision.deliveries.some(({ medium }) => medium === 'sms')
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
        raw: kept ? receipt.raw : null,
        reportTo: becomesSms ? reportsGoTo(mail) : null,
        header: becomesSms ? mail.header : null,
      },
      decision.steps,
    )
    for (const plan of decision.deliveries)
      if (plan.medium === 'sms') queueSms(desk, mail, decision, { plan, messageId, now })
      else queueRedirect(desk, receipt, plan, messageId)
    if (decision.judgement === 'convert') holdIfAllWait(desk, messageId, decision)
    if (decision.temporaryBinding !== null) bindForAWhile(desk, decision.temporaryBinding, 'mail')
    if (decision.pauses !== null) desk.spending.pause(decision.pauses, now)
    addReport()
    addNotices(messageId)
    return messageId
  }
}

/** The budget may have been spent by another process since it was decided; then the journal says so. */
function holdIfAllWait(desk: Desk, messageId: number, { flag }: Decision): void {
  if (desk.outbox.ofMessage(messageId).some(({ state }) => state !== 'held')) return
  const reason = 'budget-used-up'
  desk.journal.settle(messageId, { judgement: 'hold', reason, flag: flag.value, flagFrom: flag.from })
}

function queueRedirect(
  desk: Desk,
  { mail, digest, raw }: MailReceipt,
  plan: MailPlan,
  messageId: number,
): void {
  const now = desk.now()
  const mailId = mailIdOf(desk, 'resent', digest, plan.to)
  desk.outbox.addMail({
    ...{ messageId, conversationId: null, recipient: plan.to, rule: plan.rule, text: plan.text },
    ...{ cause: mail.from?.address ?? null, held: plan.held, now, mailId },
    raw: desk.redirect(raw, plan.to, mailId, now),
  })
}

function queueSms(
  desk: Desk,
  mail: IncomingMail,
  decision: Decision,
  { plan, messageId, now }: { readonly plan: SmsPlan; readonly messageId: number; readonly now: number },
): void {
  const conversation = prepareTalk(desk, mail, plan.to)
  const { held } = queueText(desk, {
    ...{ messageId, conversationId: conversation?.id ?? null, recipient: plan.to, rule: plan.rule },
    ...{ text: plan.text, cause: mail.from?.address ?? null, held: plan.held, digest: plan.digest },
    ...{ windowMs: decision.windowMs, now },
    confirm: wantsConfirmation(mail, plan.to, worldOf(desk)),
  })
  // One that waits opens no talk before it goes out: until then the phone does not answer it.
  if (!held && conversation !== null)
    desk.conversations.prolong(conversation.id, now + decision.windowMs, now)
}

/**
 * The talk that an SMS belongs to; a new one is not open yet. The box talks with nobody itself: answers to what it sent by command go to
 * the mailbox of the line.
 */
function prepareTalk(desk: Desk, mail: IncomingMail, to: string) {
  const { settings, bindings, conversations } = desk
  const now = desk.now()
  const isOwn = splitPlus(mail.from?.address ?? '').box === mailKey(settings.ownMailbox)
  const line = bindings.ofNumber(settings.ownNumber, now)?.mailbox ?? settings.fallbackMailbox
  const correspondent = isOwn ? line : (mail.from?.address ?? null)
  if (correspondent === null) return null
  const tag = readSubjectTag(mail.subject)
  const subject = (tag.kind === 'tag' ? tag.rest : mail.subject).trim()
  const name = bindings.ofOperator(to, now)?.name ?? null
  const conversation = conversations.touch({
    ...{ number: to, correspondent, domain: domainOf(settings.ownMailbox), now, expiresAt: now },
    subject: subject === '' ? firstSubject(to, name) : answerSubject(subject),
  })
  if (mail.messageId !== null) conversations.addMail(conversation.id, mail.messageId, false)
  return conversation
}

/** A temporary binding keeps the policies of the one that it shadows: an alarm that is always converted stays so. */
function bindForAWhile(desk: Desk, wanted: TemporaryBinding, origin: 'mail' | 'sms'): void {
  const now = desk.now()
  const shadowed = origin === 'mail' ? desk.bindings.ofMailbox(wanted.mailbox, now) : undefined
  desk.bindings.add({
    ...wanted,
    ...{ mailToSms: shadowed?.mailToSms ?? null, smsToMail: shadowed?.smsToMail ?? null },
    ...{ name: null, alias: null, line: false, origin, createdAt: now },
  })
}

export interface SmsReceipt {
  readonly sms: IncomingSms
  readonly decision: Decision
  /** Tells this message from every other: made of its PDUs. */
  readonly key: string
  /** The journal number of a message that was held and is decided anew. */
  readonly again?: number
}

/** True if a text that was to go along with this one has found another way since it was decided. */
export function isOutdated(desk: Desk, { releases }: Decision): boolean {
  return releases.some((id) => {
    const entry = desk.journal.get(id)
    return entry?.judgement !== 'hold' || entry.reason !== 'ambiguous'
  })
}

/** As prepareMail, for an SMS. What is held without a delivery is kept whole, so that it can be decided anew. */
export async function prepareSms(desk: Desk, receipt: SmsReceipt): Promise<() => number> {
  const { sms, decision, key } = receipt
  const plans = decision.deliveries.filter((plan) => plan.medium === 'mail')
  const mails = await Promise.all(plans.map((plan) => composeSmsMail(desk, sms, plan, key)))
  const about = {
    subject: `${sms.special === 'call' ? 'call' : 'SMS'} from ${sms.from}`,
    mailId: null,
    key,
    medium: 'sms',
  } as const
  const addNotices = await prepareNotices(desk, decision.notices, about)
  return () => {
    const messageId = journalSms(desk, receipt)
    for (const mail of mails) {
      const conversation = desk.conversations.touch(mail.conversation(decision.windowMs))
      desk.conversations.addMail(conversation.id, mail.mailId, true)
      desk.outbox.addMail({ ...mail.delivery, messageId, conversationId: conversation.id })
    }
    for (const plan of decision.deliveries) if (plan.medium === 'sms') forwardSms(desk, sms, plan, messageId)
    if (decision.temporaryBinding !== null) bindForAWhile(desk, decision.temporaryBinding, 'sms')
    if (decision.pauses !== null) desk.spending.pause(decision.pauses, desk.now())
    for (const waiting of decision.releases) settleWaiting(desk, waiting, messageId)
    addNotices(messageId)
    return messageId
  }
}

function journalSms(desk: Desk, { sms, decision, again }: SmsReceipt): number {
  const now = desk.now()
  const { judgement, reason, flag } = decision
  const outcome = { judgement, reason, flag: flag.value, flagFrom: flag.from }
  if (again !== undefined) {
    desk.journal.settle(again, outcome)
    desk.journal.addSteps(again, now, decision.steps)
    return again
  }
  const kept = judgement === 'hold' && decision.deliveries.length === 0
  const raw = kept ? Buffer.from(JSON.stringify(sms)) : null
  const what = {
    medium: 'sms',
    sender: sms.from,
    subject: sms.special === 'call' ? 'missed call' : '',
    text: sms.text,
    mailId: null,
    digest: null,
  } as const
  return desk.journal.add({ ...what, ...outcome, receivedAt: now, raw }, decision.steps)
}

function forwardSms(desk: Desk, sms: IncomingSms, plan: SmsPlan, messageId: number): void {
  const { to: recipient, rule, text, held, digest } = plan
  const delivery = { messageId, conversationId: null, recipient, rule, text, cause: sms.from }
  queueText(desk, { ...delivery, held, digest, now: desk.now() })
}

/** A text that waited until its phone said whom it means went out with the answer. */
function settleWaiting(desk: Desk, waiting: number, messageId: number): void {
  desk.journal.settle(waiting, { judgement: 'convert', reason: 'flagged', flag: 1, flagFrom: 'alias' })
  const steps = [{ what: 'release', detail: `went out with message ${messageId}` }]
  desk.journal.addSteps(waiting, desk.now(), steps)
}

async function composeSmsMail(desk: Desk, sms: IncomingSms, plan: MailPlan, key: string) {
  const now = desk.now()
  const name = desk.bindings.ofOperator(sms.from, now)?.name ?? null
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
    subject: sms.special === 'call' ? callSubject(sms, name, languageOf(plan.to, worldOf(desk))) : null,
    ownMailbox: desk.settings.ownMailbox,
    plusAddresses: desk.plusAddresses,
    messageId: mailId,
    autoSubmitted: desk.settings.autoSubmitted,
  })
  const raw = await desk.compose(draft)
  const what = { recipient: plan.to, rule: plan.rule, text: plan.text, cause: sms.from, held: plan.held }
  const delivery = { ...what, now, mailId, raw }
  return { conversation, mailId, delivery }
}
