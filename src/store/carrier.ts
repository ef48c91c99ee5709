// Which delivery took a merged one along. Apart from the outbox, since only the operator's eye asks for it.

import type { Store } from './database.ts'

/** The delivery that another one went out in, with others; null: none. */
export function carrierOf(store: Store, deliveryId: number): number | null {
  const row = store.get<{ carrier: number | null }>(
    'SELECT merged_into AS carrier FROM delivery WHERE id = ?',
    deliveryId,
  )
  return row?.carrier ?? null
}
