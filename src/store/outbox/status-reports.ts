// The outbox, status reports: which segments one may speak of, and reports that came before their segment was known as sent.

import type { Store } from '../database/database.ts'
import { type Outbox, type ReportCandidate, unsettled } from './types.ts'

type Reports = Pick<
  Outbox,
  'reportCandidates' | 'setReport' | 'addEarlyReport' | 'earlyReports' | 'removeEarlyReports'
>

/** A report that found no segment in this time belongs to none. */
export const earlyReportKeptMs = 24 * 3_600_000

/** TP-MR of the SMS that was submitted just before segment s; null if nobody saw it. Written so that it reads an index from its end. */
const referenceBefore = `(SELECT p.message_reference FROM segment p
  WHERE p.submitted_at <= s.submitted_at AND (p.submitted_at < s.submitted_at OR p.id < s.id)
  ORDER BY p.submitted_at DESC, p.id DESC LIMIT 1)`

/** True if a later SMS to the same phone may have the TP-MR that segment s should have: s was not sent then. */
const laterInDoubt = `EXISTS (SELECT 1 FROM segment n JOIN delivery o ON o.id = n.delivery_id
  WHERE n.${unsettled} AND n.message_reference IS NULL AND o.recipient = d.recipient
    AND (n.submitted_at, n.id) > (s.submitted_at, s.id))`

const living = 's.valid_until >= ?'

const columns = 's.id AS segmentId, d.recipient, s.state, s.submitted_at AS submittedAt'

export function createReportSteps(store: Store): Reports {
  return {
    reportCandidates: (messageReference, expiredAfter) => {
      const known = store.all<Omit<ReportCandidate, 'referenceKnown'>>(
        `SELECT ${columns} FROM segment s JOIN delivery d ON d.id = s.delivery_id
         WHERE s.message_reference = ? AND s.state IN ('sent', 'uncertain', 'delivered', 'failed') AND ${living}`,
        messageReference,
        expiredAfter,
      )
      // TP-MR counts up by one (TS 23.040 9.2.3.6); one that a later SMS got was not that of this one.
      const guessed = store.all<Omit<ReportCandidate, 'referenceKnown'>>(
        `SELECT ${columns} FROM segment s JOIN delivery d ON d.id = s.delivery_id
         WHERE s.${unsettled} AND s.state = 'uncertain' AND s.message_reference IS NULL AND ${living}
           AND (${referenceBefore} + 1) % 256 = ? AND NOT ${laterInDoubt}
           AND NOT EXISTS (SELECT 1 FROM segment n WHERE n.message_reference = ? AND n.submitted_at >= s.submitted_at)`,
        expiredAfter,
        messageReference,
        messageReference,
      )
      return [
        ...known.map((one) => ({ ...one, referenceKnown: true })),
        ...guessed.map((one) => ({ ...one, referenceKnown: false })),
      ]
    },
    setReport: (segmentId, status) => {
      store.run('UPDATE segment SET report_status = ? WHERE id = ?', status, segmentId)
    },
    addEarlyReport: ({ number, messageReference, status, sentAt, receivedAt }) => {
      // What lies far ahead was written while the clock was wrong.
      store.run(
        'DELETE FROM early_report WHERE received_at NOT BETWEEN ? AND ?',
        receivedAt - earlyReportKeptMs,
        receivedAt + earlyReportKeptMs,
      )
      store.run(
        'INSERT INTO early_report(number, message_reference, status, sent_at, received_at) VALUES (?, ?, ?, ?, ?)',
        number,
        messageReference,
        status,
        sentAt,
        receivedAt,
      )
    },
    earlyReports: () =>
      store.all(
        `SELECT id, number, message_reference AS messageReference, status, sent_at AS sentAt, received_at AS receivedAt
         FROM early_report ORDER BY id`,
      ),
    removeEarlyReports: (ids) =>
      ids.reduce(
        (removed, id) => removed + store.run('DELETE FROM early_report WHERE id = ?', id).changes,
        0,
      ),
  }
}
