// Status reports (SMS-STATUS-REPORT, TS 23.040 9.2.2.3) and what they settle; match-report.ts finds the SMS. A report can come before
// `+CMGS` was handled, or while it is waited for in vain; it waits for its segment then.
// Invariant: a report and what follows from it are one commit, so that no sudden end parts them.

import { reportMeaning } from '../../domain/delivery.ts'
import { log } from '../../log.ts'
import type { StatusReportTpdu } from '../../sms/tpdu.ts'
import type { ReportCandidate } from '../../store/outbox/outbox.ts'
import { statusOfReport } from '../decide/sms-status.ts'
import type { Desk } from '../desk.ts'
import { numberOf } from '../sms-number.ts'
import { matchReport, samePhone } from './match-report.ts'
import { prepareOutcome } from './sms-outcome.ts'

/** A box that was off gets its reports days later: service centres keep them as they keep an SMS. */
const reportLateMsMax = 3 * 86_400_000
/** A `+CMGS` that comes after this time cannot be told from another program's. */
const lateSubmitMs = 10 * 60_000

/** Commits a report with what it says about its segment. */
export async function receiveReport(desk: Desk, pdu: string, report: StatusReportTpdu): Promise<void> {
  const now = desk.now()
  const { messageReference, status } = report
  const number = numberOf(report.address, desk.settings.country)
  const facts = { number, sentAt: report.timestamp?.epochMs ?? null }
  const segment = matchReport(facts, desk.outbox.reportCandidates(messageReference, now - reportLateMsMax))
  if (segment === undefined) {
    log.info('sms-report-early', { reference: messageReference })
    desk.store.transaction(() => {
      desk.pdus.add(pdu, now, null)
      desk.outbox.addEarlyReport({ ...facts, messageReference, status, receivedAt: now })
    })
    return
  }
  const commit = await prepareReport(desk, segment, report)
  desk.store.transaction(() => {
    desk.pdus.add(pdu, now, null)
    commit()
  })
}

/**
 * Commits a segment as sent, together with a report that came before. Also for one that was `uncertain`: the message goes on then.
 * @param messageReference TP-MR as `+CMGS` said it
 */
export async function commitSent(desk: Desk, segmentId: number, messageReference: number): Promise<void> {
  const delivery = desk.outbox.ofSegment(segmentId)
  const submittedAt = desk.outbox.segments(delivery?.id ?? 0).find(({ id }) => id === segmentId)?.submittedAt
  // A report that came before the modem got the SMS is of an older one with the same TP-MR.
  const early = () =>
    desk.outbox
      .earlyReports()
      .filter((one) => one.messageReference === messageReference && one.receivedAt >= (submittedAt ?? 0))
      .filter(({ number }) => samePhone(number, delivery?.recipient ?? ''))
      .reverse()
  for (let done = false; !done; ) {
    const [report] = early()
    const apply =
      report === undefined
        ? () => {}
        : await prepareReport(desk, { segmentId, state: 'sent' }, { messageReference, status: report.status })
    done = desk.store.transaction(() => {
      const reports = early()
      // Another one came while a notice was composed: it is the one that counts.
      if (reports[0]?.id !== report?.id) return false
      desk.outbox.segmentSent(segmentId, messageReference, desk.now())
      desk.outbox.removeEarlyReports(reports.map(({ id }) => id))
      apply()
      return true
    })
  }
}

/**
 * Settles what is `uncertain` by reports that came while it was still with the modem, and nobody knew that its answer would not come.
 */
export async function applyEarlyReports(desk: Desk): Promise<void> {
  for (const report of desk.outbox.earlyReports()) {
    const candidates = desk.outbox
      .reportCandidates(report.messageReference, desk.now() - reportLateMsMax)
      .filter(({ state, submittedAt }) => state === 'uncertain' && submittedAt <= report.receivedAt)
    const segment = matchReport(report, candidates)
    if (segment === undefined) continue
    const apply = await prepareReport(desk, segment, report)
    desk.store.transaction(() => {
      if (desk.outbox.removeEarlyReports([report.id]) > 0) apply()
    })
  }
}

/** A `+CMGS` that came after its time limit: the SMS was sent after all. */
export async function settleLateSubmit(desk: Desk, messageReference: number): Promise<void> {
  const late = desk.outbox.lastUncertain(desk.now() - lateSubmitMs, desk.now())
  if (late === undefined) return
  await commitSent(desk, late.segmentId, messageReference)
  log.info('sms-sent-after-all', { segment: late.segmentId, reference: messageReference })
  desk.wake('sms')
}

/** @returns the changes, for the inside of a transaction */
async function prepareReport(
  desk: Desk,
  { segmentId, state }: Pick<ReportCandidate, 'segmentId' | 'state'>,
  { messageReference, status }: Pick<StatusReportTpdu, 'messageReference' | 'status'>,
): Promise<() => void> {
  const { outcome, means } = reportMeaning(status)
  const code = `0x${status.toString(16).padStart(2, '0')}`
  log.info('sms-report', { segment: segmentId, status: code, outcome })
  // A service centre may send its last report twice.
  if (state === 'delivered' || state === 'failed') return () => {}
  const delivery = desk.outbox.ofSegment(segmentId)
  const notify =
    outcome === 'failed' && delivery !== undefined
      ? await prepareOutcome(desk, delivery, {
          ...{ reason: 'sms-failed', cause: '', status: statusOfReport(status) },
        })
      : () => {}
  return () => {
    const now = desk.now()
    desk.outbox.setReport(segmentId, status)
    if (outcome === 'failed') {
      notify()
      desk.outbox.settleSegment(segmentId, 'failed', `the network gave up: ${means} (TP-ST ${code})`, now)
      return
    }
    // Whatever else the report says: the service centre has it, and the next part may go out.
    if (state === 'uncertain') {
      desk.outbox.segmentSent(segmentId, messageReference, now)
      desk.wake('sms')
    }
    if (outcome === 'delivered') desk.outbox.settleSegment(segmentId, 'delivered', null, now)
  }
}
