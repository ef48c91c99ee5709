// The outbox: deliveries that wait for a time or a person, and what the operator does with deliveries by hand.

import { mailKey } from '../../domain/address.ts'
import type { Store } from '../database/database.ts'
import { type DeliveryRow, deliveryColumns, toDelivery } from './delivery-row.ts'
import type { Outbox } from './types.ts'

type HeldSteps = Pick<
  Outbox,
  | 'dueHeld'
  | 'heldBetween'
  | 'heldBy'
  | 'hold'
  | 'release'
  | 'charged'
  | 'merge'
  | 'mergedInto'
  | 'cancel'
  | 'again'
>

/** Nothing is held for longer than a month; a time beyond means that the clock was wrong when it was set. */
export const holdMaxMs = 32 * 86_400_000

export function createHeldSteps(store: Store): HeldSteps {
  // Left to itself SQLite reads the whole table, to save the sorting of a few rows.
  const rows = (where: string, ...values: (string | number)[]) =>
    store
      .all<DeliveryRow>(
        `SELECT ${deliveryColumns} FROM delivery INDEXED BY delivery_held WHERE state = 'held' AND ${where} ORDER BY id`,
        ...values,
      )
      .map(toDelivery)
  const medium = (deliveryId: number) =>
    store.get<{ medium: string }>('SELECT medium FROM delivery WHERE id = ?', deliveryId)?.medium
  return {
    dueHeld: (now) => rows('(held_until <= ? OR held_until > ?)', now, now + holdMaxMs),
    heldBetween: (one, other) =>
      rows(
        '((lower(recipient) = ? AND cause = ?) OR (lower(recipient) = ? AND cause = ?))',
        ...[mailKey(one), mailKey(other), mailKey(other), mailKey(one)],
      ),
    heldBy: (rules, recipient) => rows('recipient = ?', recipient).filter(({ rule }) => rules.includes(rule)),
    charged: (deliveryId, at) => {
      store.run('UPDATE delivery SET charged_at = ? WHERE id = ?', at, deliveryId)
    },
    merge: (deliveryId, into, now) => {
      store.run(
        `UPDATE delivery SET state = 'merged', merged_into = ?, held_reason = NULL, held_until = NULL, updated_at = ? WHERE id = ?`,
        into,
        now,
        deliveryId,
      )
    },
    mergedInto: (deliveryId) =>
      store
        .all<DeliveryRow>(
          `SELECT ${deliveryColumns} FROM delivery WHERE merged_into = ? ORDER BY id`,
          deliveryId,
        )
        .map(toDelivery),
    hold: (deliveryId, { reason, until }, now) => {
      store.run(
        "UPDATE delivery SET state = 'held', held_reason = ?, held_until = ?, updated_at = ? WHERE id = ?",
        reason,
        until,
        now,
        deliveryId,
      )
    },
    release: (deliveryId, now) => {
      store.run(
        `UPDATE delivery SET state = 'queued', held_reason = NULL, held_until = NULL, next_attempt_at = ?, updated_at = ?
         WHERE id = ? AND state = 'held'`,
        now,
        now,
        deliveryId,
      )
    },
    cancel: (deliveryId, reason, now) =>
      store.run(
        `UPDATE delivery SET state = 'cancelled', reason = ?, updated_at = ? WHERE id = ?
           AND (state = 'held' OR (state = 'queued' AND NOT EXISTS
             (SELECT 1 FROM segment WHERE delivery_id = delivery.id AND state <> 'queued')))`,
        reason,
        now,
        deliveryId,
      ).changes > 0,
    again: (deliveryId, now) => {
      // What is erased cannot go out again (retention/rows.ts).
      if (store.get("SELECT 1 FROM segment WHERE delivery_id = ? AND pdu = ''", deliveryId) !== undefined)
        return 0
      const ended = "state IN ('failed', 'uncertain')"
      const parts =
        medium(deliveryId) === 'mail'
          ? 1
          : store.run(
              `UPDATE segment SET state = 'queued', submitted_at = NULL, message_reference = NULL, report_status = NULL
               WHERE delivery_id = ? AND ${ended}`,
              deliveryId,
            ).changes
      // A mail whose bytes are gone cannot go out again.
      const { changes } = store.run(
        `UPDATE delivery SET state = 'queued', attempts = 0, next_attempt_at = ?, reason = NULL, told_at = NULL, delay_told = 0, last_report = NULL,
           updated_at = ?
         WHERE id = ? AND ${ended} AND (medium = 'sms' OR raw IS NOT NULL)`,
        now,
        now,
        deliveryId,
      )
      return changes === 0 ? 0 : parts
    },
  }
}
