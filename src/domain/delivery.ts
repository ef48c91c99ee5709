// A delivery is one outgoing message to one receiving address; an SMS delivery has segments, sent one by one.
// States and retry schedule, pure. Invariants: `submitting` is committed before the first byte of AT+CMGS, so that a crash in
// between shows as `uncertain` and never as a blind second SMS; a long message resumes at its first unsent segment.

import type { Retry } from './errors.ts'

/** `held`: waits for a time or a person, see its reason. `cancelled`: by the operator. `merged`: went out in a digest. */
export type DeliveryState =
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'failed'
  | 'uncertain'
  | 'held'
  | 'cancelled'
  | 'merged'

export type SegmentState = 'queued' | 'submitting' | 'sent' | 'delivered' | 'failed' | 'uncertain'

/** The state that a delivery shows, from the states of its segments. `delivered` only if every part was. */
export function deliveryStateOf(segments: readonly SegmentState[]): DeliveryState {
  if (segments.includes('failed')) return 'failed'
  if (segments.includes('uncertain')) return 'uncertain'
  if (segments.every((state) => state === 'delivered')) return 'delivered'
  if (segments.every((state) => state === 'sent' || state === 'delivered')) return 'sent'
  return segments.some((state) => state !== 'queued') ? 'sending' : 'queued'
}

const minute = 60_000
const hour = 60 * minute

/** Waiting times before attempt 2, 3, ...; the last one repeats until `giveUpAfterMs`. RFC 5321 4.5.4.1 asks for patience. */
const schedules = {
  sms: {
    delaysMs: [10_000, 30_000, minute, 2 * minute, 5 * minute, 10 * minute, 30 * minute],
    giveUpAfterMs: 24 * hour,
  },
  mail: { delaysMs: [minute, 5 * minute, 15 * minute, 30 * minute, hour], giveUpAfterMs: 72 * hour },
} as const

/** The age alone decides nothing: the clock of a box without a battery jumps, and a box may be off for days. */
const attemptsMin = 5

/**
 * When to try again after a failed attempt.
 * @param attempts how many attempts were made, the failed one included
 * @returns milliseconds to wait, or null: give up (permanent, ambiguous, or too old)
 */
export function retryDelayMs(
  medium: 'sms' | 'mail',
  retry: Exclude<Retry, 'hold'>,
  attempts: number,
  ageMs: number,
): number | null {
  const { delaysMs, giveUpAfterMs } = schedules[medium]
  if (retry === 'permanent' || retry === 'ambiguous') return null
  if (ageMs >= giveUpAfterMs && attempts >= attemptsMin) return null
  return delaysMs[Math.min(attempts, delaysMs.length) - 1] ?? delaysMs[0]
}

export type ReportOutcome = 'delivered' | 'pending' | 'failed' | 'unconfirmed'

/** What TP-ST of a status report says (TS 23.040 9.2.3.15). */
export function reportOutcome(status: number): ReportOutcome {
  if (status === 0x00) return 'delivered'
  if (status <= 0x1f) return 'unconfirmed'
  if (status <= 0x3f) return 'pending'
  if (status <= 0x7f) return 'failed'
  return 'unconfirmed'
}
