// What a failed attempt means for the message and for its queue: one rule for both media. Trouble that is ours (no line to the server, a
// refused sign-in, a barred SIM) pauses the queue and ages no message; trouble of one recipient touches that message only.

import { retryDelayMs } from '../domain/delivery.ts'
import type { ErrorCode, GatewayError } from '../domain/errors.ts'
import type { Medium } from '../domain/message.ts'

export interface NextAttempt {
  readonly delayMs: number
  /** False where the attempt says nothing about this message: it ages and counts for nothing. */
  readonly counts: boolean
  /** growing: ask soon at first, then seldom, for providers lock accounts that are refused too often. */
  readonly queue: 'goes on' | 'pauses' | 'pauses, growing'
}

/** Failures that surely sent nothing and concern the line, not the message. */
const lineDown: ReadonlySet<ErrorCode> = new Set(['SMTP_UNAVAILABLE', 'MODEM_UNAVAILABLE', 'MODEM_SILENT'])

/** A line that is down is asked again after this time. */
const lineRetryMs = 60_000

/**
 * @param attempts attempts that count, the failed one included
 * @returns null: no further attempt
 */
export function nextAttempt(
  medium: Medium,
  error: GatewayError,
  attempts: number,
  ageMs: number,
): NextAttempt | null {
  if (error.retry === 'temporary' && lineDown.has(error.code)) {
    // The modem's own supervisor says when it is back; nobody does so for an SMTP server.
    return { delayMs: lineRetryMs, counts: false, queue: medium === 'mail' ? 'pauses' : 'goes on' }
  }
  const { attemptsMax } = error.context
  if (error.retry === 'temporary' && typeof attemptsMax === 'number' && attempts >= attemptsMax) return null
  const delayMs = retryDelayMs(medium, error.retry, attempts, ageMs)
  if (delayMs === null) return null
  if (error.retry !== 'hold') return { delayMs, counts: true, queue: 'goes on' }
  // A modem without a network says so itself when it is ready again.
  const growing = error.code === 'SMS_REFUSED' || error.code === 'SMTP_AUTH'
  return { delayMs, counts: false, queue: growing ? 'pauses, growing' : 'pauses' }
}
