// The outbox, mail: claiming and settling. A mail may be sent again with the same bytes until the server accepts it.

import type { Store } from './database.ts'
import { due, type Outbox, open } from './outbox-types.ts'

type MailSteps = Pick<Outbox, 'claimMail' | 'mailSent' | 'mailFailed' | 'retryMail'>

/** The steps of a mail delivery. */
export function createMailSteps(store: Store, get: Outbox['get']): MailSteps {
  return {
    claimMail: (now) =>
      store.get(
        `SELECT id AS deliveryId, recipient, raw, attempts + 1 AS attempts, created_at AS createdAt FROM delivery
         WHERE medium = 'mail' AND ${open} AND ${due}
         ORDER BY next_attempt_at, id LIMIT 1`,
        now,
        now,
      ),
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
        'UPDATE delivery SET attempts = attempts + ?, next_attempt_at = ?, reason = ?, updated_at = ? WHERE id = ?',
        counts ? 1 : 0,
        nextAttemptAt,
        reason,
        now,
        deliveryId,
      )
    },
  }
}
