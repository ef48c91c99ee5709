// The outbox: deliveries and their SMS segments, from `queued` to an end. Invariants: a segment is `submitting` on disk before the
// modem gets its first byte; a segment that was submitted is never queued again except by an explicit decision; a mail keeps its bytes.

import { mailKey } from '../../domain/address.ts'
import type { Medium } from '../../domain/message.ts'
import type { Store } from '../database/database.ts'
import { type DeliveryRow, deliveryColumns, toDelivery } from './delivery-row.ts'
import { createHeldSteps, holdMaxMs } from './held.ts'
import { createMailSteps } from './mail.ts'
import { createMailReportSteps } from './mail-reports.ts'
import { createSmsSteps } from './sms.ts'
import { createReportSteps } from './status-reports.ts'
import { createTellSteps } from './tell.ts'
import { type Delivery, type NewDelivery, type NewMail, type Outbox, open } from './types.ts'

export type {
  ClaimedMail,
  ClaimedSegment,
  Delivery,
  NewMail,
  Outbox,
  ReportCandidate,
} from './types.ts'

/** After being held, some days of tries, and of the reports of a network. */
const changesMs = holdMaxMs + 8 * 86_400_000

export function createOutbox(store: Store): Outbox {
  const get = (deliveryId: number): Delivery | undefined => {
    const row = store.get<DeliveryRow>(`SELECT ${deliveryColumns} FROM delivery WHERE id = ?`, deliveryId)
    return row === undefined ? undefined : toDelivery(row)
  }
  const insert = (
    delivery: NewDelivery,
    medium: Medium,
    mail: Pick<NewMail, 'mailId' | 'raw' | 'nullSender'> | null,
  ): number =>
    store.run(
      `INSERT INTO delivery(message_id, conversation_id, medium, recipient, rule, text, state, next_attempt_at, created_at, updated_at, mail_id, raw,
         null_sender, cause, held_reason, held_until, window_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      delivery.messageId,
      delivery.conversationId,
      medium,
      delivery.recipient,
      delivery.rule,
      delivery.text,
      delivery.held ? 'held' : 'queued',
      delivery.now,
      delivery.now,
      delivery.now,
      mail?.mailId ?? null,
      mail?.raw ?? null,
      mail?.nullSender === true ? 1 : 0,
      delivery.cause ? mailKey(delivery.cause) : null,
      delivery.held?.reason ?? null,
      delivery.held?.until ?? null,
      delivery.windowMs ?? null,
    ).id
  return {
    addSms: (sms, segmentsOf) => {
      const id = insert(sms, 'sms', null)
      const { encoding, segments, validityMs } = segmentsOf(id)
      store.run(
        'UPDATE delivery SET encoding = ?, digest = ?, confirm = ?, validity_ms = ? WHERE id = ?',
        encoding,
        sms.digest === true ? 1 : 0,
        sms.confirm === true ? 1 : 0,
        validityMs,
        id,
      )
      for (const [index, { pdu, tpduLength }] of segments.entries())
        store.run(
          "INSERT INTO segment(delivery_id, seq, pdu, tpdu_length, state) VALUES (?, ?, ?, ?, 'queued')",
          id,
          index + 1,
          pdu,
          tpduLength,
        )
      return id
    },
    addMail: (mail) => insert(mail, 'mail', mail),
    get,
    ofMessage: (messageId) =>
      store
        .all<DeliveryRow>(
          `SELECT ${deliveryColumns} FROM delivery WHERE message_id = ? ORDER BY id`,
          messageId,
        )
        .map(toDelivery),
    hasOpen: (medium) =>
      store.get(`SELECT 1 FROM delivery WHERE medium = ? AND ${open} LIMIT 1`, medium) !== undefined,
    ofSegment: (segmentId) => {
      const row = store.get<{ id: number }>('SELECT delivery_id AS id FROM segment WHERE id = ?', segmentId)
      return row === undefined ? undefined : get(row.id)
    },
    segments: (deliveryId) =>
      store.all(
        `SELECT id, seq, state, pdu, message_reference AS messageReference, report_status AS reportStatus, submitted_at AS submittedAt
         FROM segment WHERE delivery_id = ? ORDER BY seq`,
        deliveryId,
      ),
    troubled: (limit) =>
      store
        .all<DeliveryRow>(
          `SELECT ${deliveryColumns} FROM delivery WHERE state IN ('failed', 'uncertain') ORDER BY id DESC LIMIT ?`,
          limit,
        )
        .map(toDelivery),
    counts: (since) =>
      store.all(
        // No index says when a delivery changed. What changed since then is open, or was made within the longest time that anything waits.
        // Left to itself SQLite reads all.
        `SELECT medium, state, count(*) AS count FROM (
           SELECT id, medium, state FROM delivery INDEXED BY delivery_message
             WHERE updated_at >= ? AND message_id >= (SELECT min(id) FROM message WHERE has_text IN (0, 1) AND received_at >= ?)
           UNION SELECT id, medium, state FROM delivery INDEXED BY delivery_message
             WHERE updated_at >= ? AND message_id IS NULL AND created_at >= ?
           UNION SELECT id, medium, state FROM delivery INDEXED BY delivery_open WHERE ${open})
         GROUP BY medium, state`,
        since,
        since - changesMs,
        since,
        since - changesMs,
      ),
    ...createSmsSteps(store, get),
    ...createMailSteps(store, get),
    ...createMailReportSteps(store, get),
    ...createTellSteps(store),
    ...createReportSteps(store),
    ...createHeldSteps(store),
  }
}
