// The outbox, mail: claiming and settling. A mail may be sent again with the same bytes until the server accepts it.

import type { Store } from '../database/database.ts'
import { type ClaimedMail, due, type Outbox, open } from './types.ts'

type MailSteps = Pick<Outbox, 'claimMail' | 'mailSent' | 'mailFailed' | 'retryMail'>

/** A claimed mail of which nothing was heard, because the process ended or the disk was full, is due again after this time. */
const unsettledMs = 60_000
/** Servers give up after four or five days (RFC 5321 4.5.4.1); what has not come back by then has arrived. */
const keptMs = 7 * 86_400_000

/** The steps of a mail delivery. */
export function createMailSteps(store: Store, get: Outbox['get']): MailSteps {
  return {
    claimMail: (now) => {
      const claimed = store.get<Omit<ClaimedMail, 'nullSender'> & { nullSender: number }>(
        `SELECT id AS deliveryId, recipient, raw, attempts + 1 AS attempts, created_at AS createdAt, conversation_id AS conversationId,
           mail_id AS mailId, null_sender AS nullSender FROM delivery
         WHERE medium = 'mail' AND ${open} AND ${due}
         ORDER BY next_attempt_at, id LIMIT 1`,
        now,
        now,
      )
      if (claimed === undefined) return undefined
      store.run(
        "UPDATE delivery SET state = 'sending', attempts = ?, next_attempt_at = ?, updated_at = ? WHERE id = ?",
        claimed.attempts,
        now + unsettledMs,
        now,
        claimed.deliveryId,
      )
      return { ...claimed, nullSender: claimed.nullSender === 1 }
    },
    mailSent: (deliveryId, serverMailId, now) => {
      // Of an SMS the mail is kept for a while: should it come back, it goes to somebody else.
      store.run(
        `UPDATE delivery SET state = 'sent', reason = NULL, updated_at = ?, server_mail_id = ?,
           raw = CASE WHEN conversation_id IS NOT NULL THEN raw END WHERE id = ?`,
        now,
        serverMailId,
        deliveryId,
      )
      store.run(
        "UPDATE delivery SET raw = NULL WHERE raw IS NOT NULL AND state IN ('sent', 'delivered') AND updated_at < ?",
        now - keptMs,
      )
    },
    mailFailed: (deliveryId, reason, now) => {
      store.run(
        "UPDATE delivery SET state = 'failed', reason = ?, updated_at = ? WHERE id = ?",
        reason,
        now,
        deliveryId,
      )
      const delivery = get(deliveryId)
      if (delivery === undefined) throw new Error(`delivery ${deliveryId} is gone`)
      return delivery
    },
    retryMail: (deliveryId, { nextAttemptAt, reason, now, counts }) => {
      store.run(
        "UPDATE delivery SET state = 'queued', attempts = attempts - ?, next_attempt_at = ?, reason = ?, updated_at = ? WHERE id = ?",
        counts ? 0 : 1,
        nextAttemptAt,
        reason,
        now,
        deliveryId,
      )
    },
  }
}
