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
export const attemptsMin = 5

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

/** Until when a message of this age is tried, if nothing else ends it; ms since 1970. */
export const retryUntilMs = (medium: 'sms' | 'mail', createdAt: number): number =>
  createdAt + schedules[medium].giveUpAfterMs

export type ReportOutcome = 'delivered' | 'pending' | 'failed' | 'unconfirmed'

/** TP-ST, up to and including the first number (TS 23.040 9.2.3.15; 3GPP leaves some to the service centres). */
const reportTable: readonly (readonly [last: number, ReportOutcome, means: string])[] = [
  [0x00, 'delivered', 'received by the phone'],
  [0x01, 'unconfirmed', 'forwarded, and the service centre cannot confirm that it arrived'],
  [0x02, 'unconfirmed', 'replaced by the service centre'],
  [0x1f, 'unconfirmed', 'accepted, with a meaning of the service centre’s own'],
  [0x20, 'pending', 'congestion, still trying'],
  [0x21, 'pending', 'the phone is busy, still trying'],
  [0x22, 'pending', 'no response of the phone, still trying'],
  [0x23, 'pending', 'service rejected, still trying'],
  [0x24, 'pending', 'quality of service not available, still trying'],
  [0x25, 'pending', 'error in the phone, still trying'],
  [0x3f, 'pending', 'still trying'],
  [0x40, 'failed', 'remote procedure error'],
  [0x41, 'failed', 'incompatible destination'],
  [0x42, 'failed', 'rejected by the phone'],
  [0x43, 'failed', 'not obtainable'],
  [0x44, 'failed', 'quality of service not available'],
  [0x45, 'failed', 'no interworking available'],
  [0x46, 'failed', 'the validity period is over'],
  [0x47, 'failed', 'deleted by its sender'],
  [0x48, 'failed', 'deleted by the service centre'],
  [0x49, 'failed', 'the SMS does not exist'],
  [0x5f, 'failed', 'refused for good'],
  [0x60, 'failed', 'congestion, no more tries'],
  [0x61, 'failed', 'the phone was busy, no more tries'],
  [0x62, 'failed', 'no response of the phone, no more tries'],
  [0x63, 'failed', 'service rejected, no more tries'],
  [0x64, 'failed', 'quality of service not available, no more tries'],
  [0x65, 'failed', 'error in the phone, no more tries'],
  [0x7f, 'failed', 'no more tries'],
  [0xff, 'unconfirmed', 'a value that no standard defines'],
]

/** What TP-ST of a status report says: for us, and in words. */
export function reportMeaning(status: number): { readonly outcome: ReportOutcome; readonly means: string } {
  const row = reportTable.find(([last]) => status <= last)
  return { outcome: row?.[1] ?? 'unconfirmed', means: row?.[2] ?? '' }
}

/** A report needs some time to come. */
const reportDelayMs = 3_600_000

/**
 * What is known of the arrival of a part that was sent; null for any other state.
 * @param validityMs how long the service centre keeps trying
 * @returns awaited: a report may come. pending: one says "still trying". unconfirmed: the service centre cannot know. unknown: the
 * validity has ended and no report said how.
 */
export function arrivalOf(
  { state, reportStatus, submittedAt }: SentPart,
  validityMs: number,
  now: number,
): 'awaited' | 'pending' | 'unconfirmed' | 'unknown' | null {
  if (state !== 'sent') return null
  const outcome = reportStatus === null ? null : reportMeaning(reportStatus).outcome
  if (outcome === 'unconfirmed') return 'unconfirmed'
  if (submittedAt !== null && now > submittedAt + validityMs + reportDelayMs) return 'unknown'
  return outcome === 'pending' ? 'pending' : 'awaited'
}

interface SentPart {
  readonly state: SegmentState
  /** TP-ST of the last report. */
  readonly reportStatus: number | null
  /** Milliseconds since 1970. */
  readonly submittedAt: number | null
}
