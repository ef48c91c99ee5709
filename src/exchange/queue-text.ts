// A text into the outbox, as segments with their TPDUs, and its parts into the books.
// Invariant: what is queued is counted in the same commit, and fits the budgets as they are in that commit; what does not fit is held.
// So neither a storm nor another process outruns a budget.

import { dayOf } from '../domain/day.ts'
import { segmentText } from '../sms/segment.ts'
import { encodeSubmit } from '../sms/tpdu.ts'
import { validityMsOf, validityOctet } from '../sms/validity.ts'
import type { NewSms } from '../store/outbox/types.ts'
import { createTill, payerKey } from './decide/budget.ts'
import { rulesOfPhone } from './decide/rules.ts'
import { type Desk, worldOf } from './desk.ts'

export interface QueuedText extends NewSms {
  /** Set in the user data header of every part. */
  readonly flag?: 0 | 1 | undefined
  /** Counted, but no budget holds it. */
  readonly always?: boolean
}

/**
 * Puts a text into the outbox as segments. The concatenation reference counts deliveries, so that neighbours never share one.
 * @returns the number of the delivery, and whether it waits
 */
export function queueText(desk: Desk, queued: QueuedText): { readonly id: number; readonly held: boolean } {
  const { flag, always = false, ...delivery } = queued
  const { nationalTables: national } = desk.settings
  let parts = 0
  const id = desk.outbox.addSms(delivery, (deliveryId) => {
    const text = segmentText(queued.text, { reference: deliveryId & 0xff, flag, national })
    const { encoding } = text
    parts = text.parts.length
    const { validityMs: asked } = rulesOfPhone(queued.recipient, worldOf(desk))
    const to = queued.recipient
    const segments = text.parts.map((part) => encodeSubmit({ to, part, encoding, validityMs: asked }))
    return { encoding, segments, validityMs: validityMsOf(validityOctet(asked)) }
  })
  if (queued.held) return { id, held: true }
  const purchase = { payer: queued.cause ?? null, number: queued.recipient, parts }
  const verdict = createTill(worldOf(desk))(purchase)
  if (verdict.fits || always)
    charge(desk, { id, cause: purchase.payer, recipient: queued.recipient }, parts, queued.now)
  else desk.outbox.hold(id, { reason: 'budget-used-up', until: verdict.until }, queued.now)
  return { id, held: !verdict.fits && !always }
}

interface Charged {
  readonly id: number
  readonly cause: string | null
  readonly recipient: string
}

/** Writes the parts of a delivery into the books of the box, of its cause and of its phone. */
export function charge(desk: Desk, delivery: Charged, parts: number, now: number): void {
  book(desk, delivery, parts, dayOf(now))
  desk.outbox.charged(delivery.id, now)
}

/** Takes the parts of a delivery out of the books again, on the day on which they came in. */
export function refund(
  desk: Desk,
  delivery: Charged & { readonly chargedAt: number | null },
  parts: number,
): void {
  if (delivery.chargedAt !== null) book(desk, delivery, -parts, dayOf(delivery.chargedAt))
}

function book(
  { spending }: Desk,
  { cause, recipient }: Omit<Charged, 'id'>,
  parts: number,
  day: string,
): void {
  spending.add('box', '', day, parts)
  if (cause !== null) spending.add('sender', payerKey(cause), day, parts)
  spending.add('binding', recipient, day, parts)
}
