// A decision for people, as a sheet, and for scripts, as the settled JSON. Both show what the service would do, and nothing else.

import type { IncomingMail, IncomingSms } from '../domain/message.ts'
import type { Decision, Hold, MailPlan, Notice, SmsPlan } from '../exchange/decide/decision.ts'
import { noticeDraft, smsQuestion } from '../exchange/decide/notices.ts'
import { cureOf } from '../exchange/decide/reasons.ts'
import { rulesOfPhone } from '../exchange/decide/rules.ts'
import type { Desk } from '../exchange/desk.ts'
import { segmentText } from '../sms/segment.ts'
import { localTime, printable, styled, terminalColumns } from './output.ts'
import { drawParts } from './phone-screen.ts'
import {
  cureLines,
  fieldsOfSmsMail,
  judgementLine,
  letterLines,
  type MailOnSheet,
  mailLines,
  smsLines,
  stayLine,
  stepLines,
} from './sheet.ts'

type SheetDesk = Pick<Desk, 'bindings' | 'conversations' | 'settings' | 'now'>
type Incoming = IncomingMail | IncomingSms | null

/** @param message null: it could not be read */
export function decisionLines(message: Incoming, decision: Decision, desk: SheetDesk): string[] {
  const { deliveries, notices, temporaryBinding, pauses, releases } = decision
  const held = deliveries.flatMap((plan) => (plan.held === null ? [] : [plan.held.reason]))
  const alsoDone = [
    ...(temporaryBinding === null
      ? []
      : [
          `binds ${printable(temporaryBinding.mailbox)} and ${temporaryBinding.number} until ${localTime(temporaryBinding.expiresAt)}`,
        ]),
    ...(pauses === null
      ? []
      : [printable(`pauses ${pauses.from} and ${pauses.to} until an operator releases them`)]),
    ...(releases.length === 0
      ? []
      : [`takes along what waited: message ${releases.map(String).join(', message ')}`]),
  ]
  return [
    judgementLine(decision.judgement, decision.reason),
    ...stepLines(decision.steps),
    ...(decision.judgement === 'pass' && deliveries.length === 0 ? ['', stayLine(decision.medium)] : []),
    ...deliveries.flatMap((plan) => ['', ...planLines(plan, message, desk)]),
    ...(alsoDone.length === 0 ? [] : ['', ...alsoDone]),
    ...notices.flatMap((notice) => ['', ...noticeLines(notice, message, decision, desk)]),
    ...cureLines([decision.reason, ...held, ...notices.map(({ reason }) => reason)], decision.medium),
  ]
}

function planLines(plan: SmsPlan | MailPlan, message: Incoming, desk: SheetDesk): string[] {
  if (plan.medium === 'mail') return mailLines({ ...plan, fields: fieldsOf(plan, message, desk) })
  const { encoding, parts } = segmentText(plan.text, {
    reference: 0,
    national: desk.settings.nationalTables,
  })
  const { validityMs } = rulesOfPhone(plan.to, { ...desk, now: desk.now() })
  const ownValidityMs = validityMs === desk.settings.validityMs ? null : validityMs
  const drawn = parts.map((part) => ({ ...part, encoding }))
  return smsLines({ ...plan, parts: drawn, ownValidityMs }, desk.settings)
}

/** A redirected mail keeps its header and says in front of it where it was sent on to (RFC 5322 3.6.6). */
function fieldsOf({ to }: MailPlan, message: Incoming, desk: SheetDesk): MailOnSheet['fields'] {
  if (message?.medium !== 'mail') return fieldsOfSmsMail(desk, message?.from ?? '', to)
  const { from } = message
  const sender = from === null ? '' : from.name === '' ? from.address : `${from.name} <${from.address}>`
  return [
    ['Resent-To', to],
    ['From', sender],
    ['To', message.to.map(({ address }) => address).join(', ')],
    ['Subject', message.subject],
  ]
}

/** Who is told, by what, and the whole of it. */
function noticeLines(notice: Notice, message: Incoming, decision: Decision, desk: SheetDesk): string[] {
  const { to, medium, reason, language, detail } = notice
  const heading = `tells ${styled('bold', printable(to))} by ${medium === 'sms' ? 'SMS' : 'mail'} (${reason})`
  if (medium === 'sms') return [heading, ...smsNoticeLines(smsQuestion(language, detail))]
  const about = message?.medium === 'sms' ? `SMS from ${message.from}` : (message?.subject ?? '')
  const { ownMailbox } = desk.settings
  const facts = { subject: about, mailId: null, about: decision.medium, ownMailbox, messageId: '' }
  const { subject, text } = noticeDraft({ ...notice, ...facts, now: desk.now() })
  const fields = [
    ['To', to],
    ['Subject', subject],
  ] as const
  return [heading, ...letterLines({ fields, text }, Number.POSITIVE_INFINITY)]
}

function smsNoticeLines(text: string): string[] {
  const { encoding, parts } = segmentText(text, { reference: 0 })
  const drawn = drawParts(
    parts.map((part) => ({ ...part, encoding })),
    terminalColumns() - 2,
  )
  return drawn.map((line) => `  ${line}`)
}

/** The settled JSON form of a decision. */
export function decisionJson(decision: Decision) {
  const { temporaryBinding } = decision
  return {
    medium: decision.medium,
    flag: decision.flag,
    judgement: decision.judgement,
    reason: decision.reason,
    deliveries: decision.deliveries.map(planJson),
    temporary_binding:
      temporaryBinding === null
        ? null
        : {
            mailbox: temporaryBinding.mailbox,
            number: temporaryBinding.number,
            expires: new Date(temporaryBinding.expiresAt).toISOString(),
          },
    notices: decision.notices.map(({ to, medium, reason, detail, language }) => ({
      ...{ to, medium, reason, detail, language },
    })),
    steps: decision.steps,
    cure: cureOf(decision.reason, decision.medium),
    pauses: decision.pauses,
    releases: decision.releases,
  }
}

function planJson(plan: SmsPlan | MailPlan) {
  const { medium, to, rule, text } = plan
  const common = { medium, to, rule, text, held: heldJson(plan.held) }
  if (plan.medium === 'mail') return { ...common, redirect: plan.redirect }
  const { encoding, parts, cost, costly } = plan
  return { ...common, encoding, parts, cost, costly, redirect: false }
}

/** `until` as ISO 8601, null: until a person releases it. */
export function heldJson(held: (Pick<Hold, 'until'> & { readonly reason: string }) | null) {
  if (held === null) return null
  return { reason: held.reason, until: held.until === null ? null : new Date(held.until).toISOString() }
}
