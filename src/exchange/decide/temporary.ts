// The patent's temporary binding: a message that names the other address with a time binds the two until then. Pure.
// It shadows a permanent binding and never changes it; it does not push another living temporary binding aside.

import { mailKey } from '../../domain/address.ts'
import type { TemporaryBinding, World } from './decision.ts'

export interface Wanted {
  readonly mailbox: string
  readonly number: string
  readonly durationMs: number
  /** Made by a text: it counts for the texts of that phone only. */
  readonly bySms: boolean
}

export type Planned =
  | { readonly kind: 'made'; readonly binding: TemporaryBinding; readonly detail: string }
  | { readonly kind: 'taken'; readonly detail: string }

/**
 * What becomes of the wish for a temporary binding; `detail` is for the notice. What a phone says of its own texts is its own affair: it
 * takes nothing from anybody, and must not keep the office from binding that mailbox.
 */
export function planBinding({ mailbox, number, durationMs, bySms }: Wanted, world: World): Planned {
  const { bindings, now } = world
  const others = bySms
    ? []
    : [bindings.temporaryOfMailbox(mailbox, now, 'sms'), bindings.temporaryOfNumber(number, now, 'sms')]
  const first = others.find(
    (other) =>
      other !== undefined && (mailKey(other.mailbox) !== mailKey(mailbox) || other.number !== number),
  )
  if (first !== undefined)
    return { kind: 'taken', detail: `${first.mailbox} – ${first.number}, ${untilText(first.expiresAt ?? 0)}` }
  const expiresAt = now + durationMs
  return {
    kind: 'made',
    binding: { mailbox, number, expiresAt },
    detail: `${mailbox} – ${number}, ${untilText(expiresAt)}`,
  }
}

/** "2026-11-24 18:00" in the box's own zone. */
function untilText(epochMs: number): string {
  const local = new Date(epochMs - new Date(epochMs).getTimezoneOffset() * 60_000)
  return `→ ${local.toISOString().slice(0, 16).replace('T', ' ')}`
}
