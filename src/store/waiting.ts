// What waits and what was spent, summed up for the operator's screen. Reading only.

import type { Store } from './database/database.ts'
import type { SegmentInfo } from './outbox/types.ts'
import type { Scope } from './spending.ts'

/** Messages or deliveries that wait for the same reason. */
export interface WaitingGroup {
  readonly reason: string
  readonly count: number
  /** The first to go, ms since 1970; null: a person has to release them. */
  readonly next: number | null
  /** The oldest message of them; null if only the operator's own commands are among them. */
  readonly messageId: number | null
}

export interface Spender {
  readonly scope: Scope
  /** '' for the box. */
  readonly key: string
  readonly parts: number
}

/** Deliveries that are held, by reason. */
export function heldDeliveries(store: Store): WaitingGroup[] {
  return store.all(
    `SELECT held_reason AS reason, count(*) AS count, min(held_until) AS next, min(message_id) AS messageId
     FROM delivery WHERE state = 'held' GROUP BY held_reason ORDER BY held_reason`,
  )
}

/** Messages that are kept whole because nobody could be found for them or nothing could be read, by reason. */
export function keptMessages(store: Store): WaitingGroup[] {
  return store.all(
    `SELECT reason, count(*) AS count, NULL AS next, min(id) AS messageId
     FROM message WHERE judgement = 'hold' AND raw IS NOT NULL GROUP BY reason ORDER BY reason`,
  )
}

/** The parts of SMS that were submitted since a time, that are sent, and of which no report has said that they arrived. */
export function partsWithoutResult(
  store: Store,
  since: number,
): (Pick<SegmentInfo, 'state' | 'reportStatus' | 'submittedAt'> & {
  readonly deliveryId: number
  readonly validityMs: number
})[] {
  return store.all(
    `SELECT d.id AS deliveryId, d.validity_ms AS validityMs, s.state, s.report_status AS reportStatus, s.submitted_at AS submittedAt
     FROM segment s JOIN delivery d ON d.id = s.delivery_id
     WHERE s.submitted_at >= ? AND s.state = 'sent' AND d.validity_ms IS NOT NULL`,
    since,
  )
}

/** Everybody who spent parts from one local day ("2026-11-24") to another, both included; the box itself is one of them. */
export function spenders(store: Store, fromDay: string, toDay: string): Spender[] {
  return store.all(
    'SELECT scope, key, sum(parts) AS parts FROM spending WHERE day BETWEEN ? AND ? GROUP BY scope, key ORDER BY scope, key',
    fromDay,
    toDay,
  )
}
