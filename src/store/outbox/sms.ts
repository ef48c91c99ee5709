// The outbox, SMS: claiming segments and settling them.

import { deliveryStateOf, type SegmentState } from '../../domain/delivery.ts'
import type { Store } from '../database/database.ts'
import {
  type ClaimedSegment,
  clockJumpMs,
  type Delivery,
  due,
  type Outbox,
  open,
  unsettled,
} from './types.ts'

type SmsSteps = Pick<
  Outbox,
  | 'claimSegment'
  | 'hasSmsDue'
  | 'segmentSent'
  | 'settleSegment'
  | 'retrySegment'
  | 'setReference'
  | 'replacePdu'
  | 'submitting'
  | 'lastUncertain'
  | 'untold'
  | 'told'
>

/** The steps of an SMS delivery, segment by segment. */
export function createSmsSteps(store: Store, get: Outbox['get']): SmsSteps {
  /** Brings the delivery's state in line with its segments. What a part failed of stays its reason, however others end. */
  const refresh = (segmentId: number, reason: string | null, now: number): Delivery => {
    const segment = store.get<{ delivery_id: number }>(
      'SELECT delivery_id FROM segment WHERE id = ?',
      segmentId,
    )
    const deliveryId = segment?.delivery_id ?? 0
    const states = store.all<{ state: SegmentState }>(
      'SELECT state FROM segment WHERE delivery_id = ?',
      deliveryId,
    )
    const state = deliveryStateOf(states.map((row) => row.state))
    const inTrouble = state === 'failed' || state === 'uncertain'
    store.run(
      `UPDATE delivery SET state = ?, reason = ${inTrouble ? 'coalesce(?, reason)' : '?'}, updated_at = ? WHERE id = ?`,
      state,
      reason,
      now,
      deliveryId,
    )
    const delivery = get(deliveryId)
    if (delivery === undefined) throw new Error(`segment ${segmentId} has no delivery`)
    return delivery
  }
  return {
    hasSmsDue: (now) =>
      store.get(
        `SELECT 1 FROM delivery d JOIN segment s ON s.delivery_id = d.id AND s.state IN ('queued', 'submitting')
         WHERE d.medium = 'sms' AND d.${open} AND ${due} LIMIT 1`,
        now,
        now,
      ) !== undefined,
    claimSegment: (now) => {
      const claimed = store.get<Omit<ClaimedSegment, 'moreToCome'> & { more: number }>(
        `SELECT s.id AS segmentId, d.id AS deliveryId, s.pdu, s.tpdu_length AS tpduLength, s.seq, d.attempts + 1 AS attempts, d.created_at AS createdAt,
           EXISTS (SELECT 1 FROM segment n WHERE n.delivery_id = d.id AND n.seq > s.seq AND n.state = 'queued') AS more
         FROM delivery d JOIN segment s ON s.delivery_id = d.id AND s.state = 'queued'
         WHERE d.medium = 'sms' AND d.${open} AND ${due}
         ORDER BY d.state = 'sending' DESC, d.next_attempt_at, d.id, s.seq LIMIT 1`,
        now,
        now,
      )
      if (claimed === undefined) return undefined
      store.run(
        `UPDATE segment SET state = 'submitting', submitted_at = ?,
           valid_until = ? + (SELECT validity_ms FROM delivery WHERE id = delivery_id) WHERE id = ?`,
        now,
        now,
        claimed.segmentId,
      )
      store.run(
        "UPDATE delivery SET state = 'sending', attempts = ?, updated_at = ? WHERE id = ?",
        claimed.attempts,
        now,
        claimed.deliveryId,
      )
      const { more, ...segment } = claimed
      return { ...segment, moreToCome: more === 1 }
    },
    segmentSent: (segmentId, messageReference, now) => {
      store.run(
        "UPDATE segment SET state = 'sent', message_reference = ? WHERE id = ?",
        messageReference,
        segmentId,
      )
      const delivery = refresh(segmentId, null, now)
      store.run('UPDATE delivery SET attempts = 0 WHERE id = ?', delivery.id)
      return delivery
    },
    setReference: (segmentId, messageReference) => {
      store.run('UPDATE segment SET message_reference = ? WHERE id = ?', messageReference, segmentId)
    },
    settleSegment: (segmentId, state, reason, now) => {
      store.run('UPDATE segment SET state = ? WHERE id = ?', state, segmentId)
      return refresh(segmentId, reason, now)
    },
    retrySegment: (segmentId, { nextAttemptAt, reason, now, counts }) => {
      store.run(
        "UPDATE segment SET state = 'queued', submitted_at = NULL, message_reference = NULL WHERE id = ?",
        segmentId,
      )
      const delivery = refresh(segmentId, reason, now)
      const attempts = counts ? delivery.attempts : delivery.attempts - 1
      store.run(
        'UPDATE delivery SET next_attempt_at = ?, attempts = ? WHERE id = ?',
        nextAttemptAt,
        attempts,
        delivery.id,
      )
    },
    replacePdu: (segmentId, { pdu, tpduLength }) => {
      store.run('UPDATE segment SET pdu = ?, tpdu_length = ? WHERE id = ?', pdu, tpduLength, segmentId)
    },
    lastUncertain: (since, now) => {
      const last = store.get<{ segmentId: number; recipient: string; state: SegmentState }>(
        `SELECT s.id AS segmentId, d.recipient, s.state FROM segment s JOIN delivery d ON d.id = s.delivery_id
         WHERE s.submitted_at BETWEEN ? AND ? ORDER BY s.submitted_at DESC, s.id DESC LIMIT 1`,
        since,
        now,
      )
      const inDoubt = store.get<{ count: number }>(
        `SELECT count(*) AS count FROM segment WHERE ${unsettled} AND message_reference IS NULL AND submitted_at BETWEEN ? AND ?`,
        since,
        now,
      )
      // Of two that wait for their answer nobody knows whose a late one is; a status report may still settle them.
      return last?.state === 'uncertain' && inDoubt?.count === 1
        ? { segmentId: last.segmentId, recipient: last.recipient }
        : undefined
    },
    untold: (since) => {
      const row = store.get<{ id: number }>(
        `SELECT id FROM delivery WHERE state = 'uncertain' AND told_at IS NULL AND (updated_at <= ? OR updated_at > ? + ${clockJumpMs})
         ORDER BY updated_at LIMIT 1`,
        since,
        since,
      )
      return row === undefined ? undefined : get(row.id)
    },
    told: (deliveryId, now) =>
      store.run(
        "UPDATE delivery SET told_at = ? WHERE id = ? AND state = 'uncertain' AND told_at IS NULL",
        now,
        deliveryId,
      ).changes > 0,
    submitting: () =>
      store.all(`SELECT id AS segmentId FROM segment WHERE ${unsettled} AND state = 'submitting'`),
  }
}
