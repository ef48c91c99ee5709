// The outbox, what senders are still to be told of their SMS: that one takes long, and that one arrived. Each once.

import type { Store } from '../database/database.ts'
import { type DeliveryRow, deliveryColumns, toDelivery } from './delivery-row.ts'
import { type Outbox, open } from './types.ts'

type TellSteps = Pick<Outbox, 'delayed' | 'delayTold' | 'toConfirm' | 'confirmed'>

/** So many are told at a time; the others a minute later. */
const atOnceMax = 100
/** No network tries for longer than TP-VP can say to be useful here: a report "still trying" of before is forgotten. */
const pendingMaxMs = 8 * 86_400_000

/** TP-ST 0x20 to 0x3F, written as in the index: the service centre is still trying. */
const pending = "state = 'sent' AND report_status BETWEEN 32 AND 63"

/** The look-ups of what is still to be told. */
export function createTellSteps(store: Store): TellSteps {
  return {
    delayed: (since) =>
      store
        .all<DeliveryRow>(
          `SELECT ${deliveryColumns} FROM delivery WHERE medium = 'sms' AND ${open} AND delay_told = 0 AND charged_at <= ?
           UNION SELECT ${deliveryColumns} FROM delivery WHERE delay_told = 0 AND charged_at <= ? AND id IN
             (SELECT delivery_id FROM segment WHERE ${pending} AND submitted_at > ?)
           ORDER BY id LIMIT ${atOnceMax}`,
          since,
          since,
          since - pendingMaxMs,
        )
        .map(toDelivery),
    delayTold: (deliveryId) =>
      store.run('UPDATE delivery SET delay_told = 1 WHERE id = ? AND delay_told = 0', deliveryId).changes > 0,
    toConfirm: () =>
      store
        .all<DeliveryRow>(
          `SELECT ${deliveryColumns} FROM delivery WHERE confirm = 1 AND state IN ('sent', 'delivered') ORDER BY id`,
        )
        .map(toDelivery),
    confirmed: (deliveryId) =>
      store.run('UPDATE delivery SET confirm = 0 WHERE id = ? AND confirm = 1', deliveryId).changes > 0,
  }
}
