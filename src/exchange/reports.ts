// Status reports (SMS-STATUS-REPORT, TS 23.040 9.2.2.3): matched to the segment by TP-MR and recipient, the newest first. A report can
// come before `+CMGS` was handled; it waits for its segment then.

import { reportOutcome } from '../domain/delivery.ts'
import { log } from '../log.ts'
import type { StatusReportTpdu } from '../sms/tpdu.ts'
import type { Delivery } from '../store/outbox.ts'
import type { Reason } from './decide/reasons.ts'
import { languageOf } from './decide/rules.ts'
import { type Desk, worldOf } from './desk.ts'
import { composeNotice } from './notify.ts'
import { numberOf } from './sms-number.ts'

/** TP-MR comes round after 256 messages; a report later than the longest validity belongs to nobody. */
const reportWindowMs = 7 * 86_400_000
/** A report that is earlier than its `+CMGS` is so by seconds. */
const earlyReportMs = 10 * 60_000

/** Commits a report with what it says about its segment. */
export async function receiveReport(desk: Desk, pdu: string, report: StatusReportTpdu): Promise<void> {
  const now = desk.now()
  const number = numberOf(report.address, desk.settings.country)
  const segment = desk.outbox.awaitingReport(number, report.messageReference, now - reportWindowMs)
  if (segment === undefined) {
    desk.store.transaction(() => {
      desk.pdus.add(pdu, now, null)
      desk.outbox.addEarlyReport(number, report.messageReference, report.status, now)
    })
    return
  }
  const commit = await prepareReport(desk, segment.segmentId, report.status)
  desk.store.transaction(() => {
    desk.pdus.add(pdu, now, null)
    commit()
  })
}

/** Applies a report that came before its segment was `sent`. The caller has committed the segment as sent. */
export async function applyEarlyReport(
  desk: Desk,
  segmentId: number,
  number: string,
  messageReference: number,
): Promise<void> {
  const status = desk.outbox.takeEarlyReport(number, messageReference, desk.now() - earlyReportMs)
  if (status === undefined) return
  const commit = await prepareReport(desk, segmentId, status)
  desk.store.transaction(commit)
}

async function prepareReport(desk: Desk, segmentId: number, status: number): Promise<() => void> {
  const outcome = reportOutcome(status)
  log.info('sms-report', { segment: segmentId, status: `0x${status.toString(16)}`, outcome })
  const delivery = desk.outbox.ofSegment(segmentId)
  const notify =
    outcome === 'failed' && delivery !== undefined
      ? await prepareOutcomeNotice(desk, delivery, 'sms-failed', '')
      : () => {}
  return () => {
    const now = desk.now()
    desk.outbox.setReport(segmentId, status)
    if (outcome === 'delivered') desk.outbox.settleSegment(segmentId, 'delivered', null, now)
    if (outcome !== 'failed') return
    desk.outbox.settleSegment(
      segmentId,
      'failed',
      `the network gave up (TP-ST 0x${status.toString(16)})`,
      now,
    )
    notify()
  }
}

/**
 * Prepares the notices that tell the senders how an SMS ended: one, or all whose texts a digest carried. Composed before the commit,
 * queued inside it; nobody is told twice of one delivery, and nobody where no mail caused it.
 */
export async function prepareOutcomeNotice(
  desk: Desk,
  delivery: Delivery,
  reason: Extract<Reason, 'sms-failed' | 'sms-uncertain'>,
  cause: string,
): Promise<() => void> {
  if (delivery.state === 'failed') return () => {}
  const detail = [delivery.recipient, cause].filter((part) => part !== '').join(': ')
  const all = [delivery, ...desk.outbox.mergedInto(delivery.id)]
  const messages = new Set(all.map(({ messageId }) => messageId).filter((id) => id !== null))
  const tell = await Promise.all(
    [...messages].map((id) => prepareNotice(desk, id, { delivery, reason, detail })),
  )
  return () => {
    for (const one of tell) one()
  }
}

interface Outcome {
  readonly delivery: Delivery
  readonly reason: Extract<Reason, 'sms-failed' | 'sms-uncertain'>
  readonly detail: string
}

async function prepareNotice(
  desk: Desk,
  messageId: number,
  { delivery, reason, detail }: Outcome,
): Promise<() => void> {
  const cameFrom = desk.journal.get(messageId)
  if (cameFrom === undefined || cameFrom.medium !== 'mail' || cameFrom.sender === '') return () => {}
  const key = `delivery ${delivery.id} of message ${messageId}`
  const about = { subject: cameFrom.subject, mailId: cameFrom.mailId, key, medium: 'mail' } as const
  const language = languageOf(cameFrom.sender, worldOf(desk))
  const mail = await composeNotice(desk, { to: cameFrom.sender, reason, detail, language }, about)
  return () => {
    desk.outbox.addMail({ ...mail, messageId })
    desk.journal.addSteps(messageId, desk.now(), [{ what: 'outcome', detail: `${reason}: ${detail}` }])
    desk.wake('mail')
  }
}
