// A text into the outbox, as segments with their TPDUs, and its price into the books.
// Invariant: what is queued is counted in the same commit, what is held is not; so no storm outruns a budget.

import { dayOf } from '../domain/day.ts'
import { segmentText } from '../sms/segment.ts'
import { encodeSubmit } from '../sms/tpdu.ts'
import type { Outbox } from '../store/outbox.ts'
import type { NewSms } from '../store/outbox-types.ts'
import type { Spending } from '../store/spending.ts'
import { payerKey } from './decide/budget.ts'
import type { ExchangeSettings } from './decide/decision.ts'

/** What the queue needs of the desk. */
interface QueueDesk {
  readonly outbox: Outbox
  readonly spending: Spending
  readonly settings: Pick<ExchangeSettings, 'nationalTables'>
}

export interface QueuedText extends NewSms {
  /** Set in the user data header of every part. */
  readonly flag?: 0 | 1 | undefined
}

/**
 * Puts a text into the outbox as segments. The concatenation reference counts deliveries, so that neighbours never share one.
 * @returns the number of the delivery
 */
export function queueText(desk: QueueDesk, queued: QueuedText): number {
  const { flag, ...delivery } = queued
  const { nationalTables: national } = desk.settings
  let count = 0
  const id = desk.outbox.addSms(delivery, (deliveryId) => {
    const { encoding, parts } = segmentText(queued.text, { reference: deliveryId & 0xff, flag, national })
    count = parts.length
    return { encoding, segments: parts.map((part) => encodeSubmit({ to: queued.recipient, part, encoding })) }
  })
  if (!queued.held) charge(desk, queued, count, queued.now)
  return id
}

/** Writes parts into the books of the box, of their cause and of their phone; negative parts take them out again. */
export function charge(
  desk: Pick<QueueDesk, 'spending'>,
  { cause, recipient }: { readonly cause?: string | null; readonly recipient: string },
  parts: number,
  now: number,
): void {
  const day = dayOf(now)
  desk.spending.add('box', '', day, parts)
  if (cause) desk.spending.add('sender', payerKey(cause), day, parts)
  desk.spending.add('binding', recipient, day, parts)
}
