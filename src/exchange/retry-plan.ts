// What a failed attempt means for the message and for its queue: one rule for both media. Trouble that is ours (no line to the server, a
// refused sign-in, a barred SIM) pauses the queue and ages no message; trouble of one recipient touches that message only.

import { retryDelayMs } from '../domain/delivery.ts'
import type { ErrorCode, GatewayError } from '../domain/errors.ts'
import type { Medium } from '../domain/message.ts'

export interface NextAttempt {
  readonly delayMs: number
  /** False where the attempt says nothing about this message: it ages and counts for nothing. */
  readonly counts: boolean
  /** How long the whole queue rests; 0: it goes on. */
  readonly pauseMs: number
  /** True: from the fourth such pause in a row on it is a long one, for providers lock accounts that are refused too often. */
  readonly growing: boolean
}

/** Failures that surely sent nothing and concern the line, not the message. */
const lineDown: ReadonlySet<ErrorCode> = new Set(['SMTP_UNAVAILABLE', 'MODEM_UNAVAILABLE', 'MODEM_SILENT'])

/** A line that is down is asked again after this time. The modem's own supervisor says when it is back; nobody does so for a server. */
const lineRetryMs = { sms: 1000, mail: 10_000 } as const
const holdMs = 60_000

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
    const delayMs = lineRetryMs[medium]
    return { delayMs, counts: false, pauseMs: medium === 'mail' ? delayMs : 0, growing: false }
  }
  const { attemptsMax } = error.context
  if (error.retry === 'temporary' && typeof attemptsMax === 'number' && attempts >= attemptsMax) return null
  if (error.retry === 'hold') {
    // A modem without a network says so itself when it is ready again.
    const growing = error.code === 'SMS_REFUSED' || error.code === 'SMTP_AUTH'
    return { delayMs: holdMs, counts: false, pauseMs: holdMs, growing }
  }
  const delayMs = retryDelayMs(medium, error.retry, attempts, ageMs)
  return delayMs === null ? null : { delayMs, counts: true, pauseMs: 0, growing: false }
}
