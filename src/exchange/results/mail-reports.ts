// Carries out what a mail server reports about a mail of ours (decide/mail-report.ts says which, and what becomes of it).

import { log } from '../../log.ts'
import type { MailReport } from '../decide/decision.ts'
import { stateAfter } from '../decide/mail-report.ts'
import type { Desk } from '../desk.ts'
import { prepareUndelivered } from './undelivered.ts'

/** Prepares a report for the commit. @returns a function for the inside of the transaction that journals the mail which brought it */
export async function prepareMailReport(desk: Desk, report: MailReport): Promise<() => void> {
  const { deliveryId, action, status, detail, proven } = report
  const delivery = desk.outbox.get(deliveryId)
  if (delivery === undefined) return () => {}
  const state = stateAfter(delivery.state, action)
  const isLost = state === 'failed' && delivery.state !== 'failed'
  const lose = isLost ? await prepareUndelivered(desk, delivery, { detail, proven }) : () => {}
  return () => {
    const now = desk.now()
    log.info('mail-reported', { delivery: deliveryId, action, status, proven })
    if (delivery.messageId !== null)
      desk.journal.addSteps(delivery.messageId, now, [
        { what: 'report', detail: `delivery ${deliveryId}: ${detail}` },
      ])
    if (action === 'noted' || (state === delivery.state && state !== 'sent')) return
    lose()
    const reason = state === 'delivered' ? null : detail
    desk.outbox.mailReported(deliveryId, { state, reason, report: `${action} ${status}`.trim(), now })
  }
}
