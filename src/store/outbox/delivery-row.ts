// A delivery as it stands in its table.

import type { DeliveryState } from '../../domain/delivery.ts'
import type { Medium } from '../../domain/message.ts'
import type { Delivery } from './types.ts'

/** A row of the table. */
export interface DeliveryRow {
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
  cause: string | null
  digest: number
  held_reason: string | null
  held_until: number | null
  window_ms: number | null
  charged_at: number | null
  merged_into: number | null
  validity_ms: number | null
  confirm: number
  last_report: string | null
}

export const toDelivery = (row: DeliveryRow): Delivery => ({
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
  cause: row.cause,
  digest: row.digest === 1,
  heldReason: row.held_reason,
  heldUntil: row.held_until,
  windowMs: row.window_ms,
  chargedAt: row.charged_at,
  mergedInto: row.merged_into,
  validityMs: row.validity_ms,
  confirm: row.confirm === 1,
  lastReport: row.last_report,
})

export const deliveryColumns =
  'id, message_id, conversation_id, medium, recipient, rule, text, encoding, state, reason, attempts, created_at, updated_at, mail_id, ' +
  'cause, digest, held_reason, held_until, window_ms, charged_at, merged_into, validity_ms, confirm, last_report'
