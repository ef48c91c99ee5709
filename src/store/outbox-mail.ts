// The outbox, mail: claiming and settling. A mail may be sent again with the same bytes until the server accepts it.

import type { Store } from './database.ts'
import { type ClaimedMail, due, type Outbox, open } from './outbox-types.ts'

type MailSteps = Pick<Outbox, 'claimMail' | 'mailSent' | 'mailFailed' | 'retryMail'>

/** A claimed mail of which nothing was heard, because the process ended or the disk was full, is due again after this time. */
const unsettledMs = 60_000

/** The steps of a mail delivery. */
export function createMailSteps(store: Store, get: Outbox['get']): MailSteps {
  return {
    claimMail: (now) => {
      const claimed = store.get<ClaimedMail>(
        `SELECT id AS deliveryId, recipient, raw, attempts + 1 AS attempts, created_at AS createdAt FROM delivery
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
      return claimed
    },
    mailSent: (deliveryId, now) => {
      store.run(
        "UPDATE delivery SET state = 'sent', reason = NULL, updated_at = ?, raw = NULL WHERE id = ?",
        now,
        deliveryId,
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
