// A text into the outbox, as segments with their TPDUs.

import { segmentText } from '../sms/segment.ts'
import { encodeSubmit } from '../sms/tpdu.ts'
import type { Outbox } from '../store/outbox.ts'

export interface QueuedText {
  readonly messageId: number | null
  readonly conversationId: number | null
  readonly recipient: string
  readonly rule: string
  readonly text: string
  readonly now: number
  /** Set in the user data header of every part. */
  readonly flag?: 0 | 1
}

/** Puts a text into the outbox as segments. The concatenation reference counts deliveries, so that neighbours never share one. */
export function queueText(desk: { readonly outbox: Outbox }, queued: QueuedText): number {
  const { flag, ...delivery } = queued
  return desk.outbox.addSms(delivery, (deliveryId) => {
    const { encoding, parts } = segmentText(queued.text, { reference: deliveryId & 0xff, flag })
    return { encoding, segments: parts.map((part) => encodeSubmit({ to: queued.recipient, part, encoding })) }
  })
}
