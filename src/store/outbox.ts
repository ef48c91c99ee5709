// The outbox: deliveries and their SMS segments, from `queued` to an end. Invariants: a segment is `submitting` on disk before the
// modem gets its first byte; a segment that was submitted is never queued again except by an explicit decision; a mail keeps its bytes.

import type { DeliveryState, SegmentState } from '../domain/delivery.ts'
import type { Medium } from '../domain/message.ts'
import type { Store } from './database.ts'
import { createMailSteps } from './outbox-mail.ts'
import { open } from './outbox-open.ts'
import { createReportSteps, createSmsSteps } from './outbox-sms.ts'

export interface NewDelivery {
  /** The incoming message that caused it; null for what the operator sends by command. */
  readonly messageId: number | null
  readonly conversationId: number | null
  /** E.164 number or mail address. */
  readonly recipient: string
  /** The rule that found the recipient; "notice" for what we tell a sender, "command" for the operator's own. */
  readonly rule: string
  readonly text: string
  readonly now: number
}

export interface Segments {
  readonly encoding: 'gsm7' | 'ucs2'
  readonly segments: readonly { readonly pdu: string; readonly tpduLength: number }[]
}

export interface NewMail extends NewDelivery {
  readonly mailId: string
  readonly raw: Buffer
}

export interface Delivery {
  readonly id: number
  readonly messageId: number | null
  readonly conversationId: number | null
  readonly medium: Medium
  readonly recipient: string
  readonly rule: string
  readonly text: string
  readonly encoding: string | null
  readonly state: DeliveryState
  readonly reason: string | null
  readonly attempts: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly mailId: string | null
}

export interface ClaimedSegment {
  readonly segmentId: number
  readonly deliveryId: number
  readonly pdu: string
  readonly tpduLength: number
  readonly seq: number
  /** True if another segment of the same delivery follows. */
  readonly moreToCome: boolean
  readonly attempts: number
  readonly createdAt: number
}

export interface ClaimedMail {
  readonly deliveryId: number
  readonly recipient: string
  readonly raw: Buffer
  readonly attempts: number
  readonly createdAt: number
}

export interface SegmentInfo {
  readonly id: number
  readonly seq: number
  readonly state: SegmentState
  readonly pdu: string
  readonly messageReference: number | null
  readonly reportStatus: number | null
}

export interface RetryPlan {
  readonly nextAttemptAt: number
  /** Why the last attempt failed. */
  readonly reason: string
  readonly now: number
  /** False where the attempt failed for our own account, not for this message: it does not count. */
  readonly counts: boolean
}

export interface Outbox {
  /** `segments` is called once with the number of the new delivery. */
  addSms(sms: NewDelivery, segments: (deliveryId: number) => Segments): number
  addMail(mail: NewMail): number
  get(deliveryId: number): Delivery | undefined
  ofMessage(messageId: number): Delivery[]
  ofSegment(segmentId: number): Delivery | undefined
  segments(deliveryId: number): SegmentInfo[]
  /** Takes the next due segment and marks it `submitting`; the caller must be in a transaction or commit at once. */
  claimSegment(now: number): ClaimedSegment | undefined
  claimMail(now: number): ClaimedMail | undefined
  segmentSent(segmentId: number, messageReference: number, now: number): Delivery
  /** TP-MR of an `uncertain` segment, where the modem named it and then fell silent: its status report settles it. */
  setReference(segmentId: number, messageReference: number): void
  /** For `failed`, `uncertain` and `delivered`. */
  settleSegment(segmentId: number, state: SegmentState, reason: string | null, now: number): Delivery
  /** Back to `queued`; `reason` says why the last attempt failed. */
  retrySegment(segmentId: number, retry: RetryPlan): void
  mailSent(deliveryId: number, now: number): void
  mailFailed(deliveryId: number, reason: string, now: number): Delivery
  retryMail(deliveryId: number, retry: RetryPlan): void
  /** Segments that a dead process left `submitting`. */
  submitting(): { readonly segmentId: number }[]
  /** The segment submitted last since `since`, if it is `uncertain`: a late `+CMGS` can only speak of that one. */
  lastUncertain(since: number): { readonly segmentId: number; readonly recipient: string } | undefined
  /** The newest segment to this number with this TP-MR that waits for a report. */
  awaitingReport(
    number: string,
    messageReference: number,
    since: number,
  ): { readonly segmentId: number } | undefined
  setReport(segmentId: number, status: number): void
  addEarlyReport(number: string, messageReference: number, status: number, now: number): void
  takeEarlyReport(number: string, messageReference: number, since: number): number | undefined
  /** Deliveries that failed or are uncertain, the latest first. */
  troubled(limit: number): Delivery[]
  /** Segments handed to the modem since a time. */
  partsSubmittedSince(since: number): number
  counts(since: number): { readonly medium: Medium; readonly state: DeliveryState; readonly count: number }[]
}

interface DeliveryRow {
  id: number
  message_id: number | null
  conversation_id: number | null
  medium: Medium
  recipient: string
  rule: string
  text: string
  encoding: string | null
  state: DeliveryState
  reason: string | null
  attempts: number
  created_at: number
  updated_at: number
  mail_id: string | null
}

const toDelivery = (row: DeliveryRow): Delivery => ({
  id: row.id,
  messageId: row.message_id,
  conversationId: row.conversation_id,
  medium: row.medium,
  recipient: row.recipient,
  rule: row.rule,
  text: row.text,
  encoding: row.encoding,
  state: row.state,
  reason: row.reason,
  attempts: row.attempts,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  mailId: row.mail_id,
})

const columns =
  'id, message_id, conversation_id, medium, recipient, rule, text, encoding, state, reason, attempts, created_at, updated_at, mail_id'

export function createOutbox(store: Store): Outbox {
  const get = (deliveryId: number): Delivery | undefined => {
    const row = store.get<DeliveryRow>(`SELECT ${columns} FROM delivery WHERE id = ?`, deliveryId)
    return row === undefined ? undefined : toDelivery(row)
  }
  const insert = (
    delivery: NewDelivery,
    medium: Medium,
    mail: { mailId: string; raw: Buffer } | null,
  ): number =>
    store.run(
      `INSERT INTO delivery(message_id, conversation_id, medium, recipient, rule, text, state, next_attempt_at, created_at, updated_at, mail_id, raw)
       VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?)`,
      delivery.messageId,
      delivery.conversationId,
      medium,
      delivery.recipient,
      delivery.rule,
      delivery.text,
      delivery.now,
      delivery.now,
      delivery.now,
      mail?.mailId ?? null,
      mail?.raw ?? null,
    ).id
  return {
    addSms: (sms, segmentsOf) => {
      const id = insert(sms, 'sms', null)
      const { encoding, segments } = segmentsOf(id)
      store.run('UPDATE delivery SET encoding = ? WHERE id = ?', encoding, id)
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
        .all<DeliveryRow>(`SELECT ${columns} FROM delivery WHERE message_id = ? ORDER BY id`, messageId)
        .map(toDelivery),
    ofSegment: (segmentId) => {
      const row = store.get<{ id: number }>('SELECT delivery_id AS id FROM segment WHERE id = ?', segmentId)
      return row === undefined ? undefined : get(row.id)
    },
    segments: (deliveryId) =>
      store.all(
        `SELECT id, seq, state, pdu, message_reference AS messageReference, report_status AS reportStatus
         FROM segment WHERE delivery_id = ? ORDER BY seq`,
        deliveryId,
      ),
    troubled: (limit) =>
      store
        .all<DeliveryRow>(
          `SELECT ${columns} FROM delivery WHERE state IN ('failed', 'uncertain', 'held') ORDER BY id DESC LIMIT ?`,
          limit,
        )
        .map(toDelivery),
    partsSubmittedSince: (since) =>
      store.get<{ count: number }>('SELECT count(*) AS count FROM segment WHERE submitted_at >= ?', since)
        ?.count ?? 0,
    counts: (since) =>
      store.all(
        `SELECT medium, state, count(*) AS count FROM delivery WHERE updated_at >= ? OR ${open} OR state = 'held' GROUP BY medium, state`,
        since,
      ),
    ...createSmsSteps(store, get),
    ...createMailSteps(store, get),
    ...createReportSteps(store),
  }
}
