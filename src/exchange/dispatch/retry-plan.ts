// What a failed attempt means for the message and for its queue: one rule for both media. Trouble that is ours (no line to the server, a
// refused sign-in, a barred SIM) pauses the queue and ages no message; trouble of one recipient touches that message only.

import { attemptsMin, retryDelayMs } from '../../domain/delivery.ts'
import type { ErrorCode, GatewayError } from '../../domain/errors.ts'
import type { Medium } from '../../domain/message.ts'
import type { Clock } from '../../domain/ports.ts'

export interface NextAttempt {
  readonly delayMs: number
  /** False where the attempt says nothing about this message: it ages and counts for nothing. */
  readonly counts: boolean
  /** How long the whole queue rests, the first time, the second time in a row, ...; the last one repeats. Empty: it goes on. */
  readonly pausesMs: readonly number[]
}

/** Failures that surely sent nothing and concern the line, not the message. */
const lineDown: ReadonlySet<ErrorCode> = new Set([
  'SMTP_UNAVAILABLE',
  'OAUTH_UNAVAILABLE',
  'MODEM_UNAVAILABLE',
  'MODEM_SILENT',
])

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** A line that is down is asked again after this time. The modem's own supervisor says when it is back; nobody does so for a server. */
const lineRetryMs = { sms: second, mail: 10 * second } as const
/** A server that answers, and sends us away, is asked less and less. */
const busyPausesMs = [10, 20, 40, 80, 160, 300].map((seconds) => seconds * second)
/** Providers lock accounts that are refused too often: three tries, then half an hour and more. */
const accountPausesMs = [minute, minute, minute, hour / 2, hour, 2 * hour]
const simPausesMs = [minute, minute, minute, hour / 2]
/** A modem without a network says itself when it is ready again. */
const networkPausesMs = [minute]

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
  if (error.retry === 'hold') return held(medium, error)
  const { attemptsMax, giveUpAfterMs, reply, command } = error.context
  // Behind the last octet it is the message too: the server may have it, so that each attempt is one more copy, or may never take it.
  if (error.retry === 'temporary' && lineDown.has(error.code) && command !== 'message') {
    const delayMs = lineRetryMs[medium]
    if (medium === 'sms') return { delayMs, counts: false, pausesMs: [] }
    return { delayMs, counts: false, pausesMs: typeof reply === 'number' ? busyPausesMs : [delayMs] }
  }
  if (error.retry === 'temporary' && typeof attemptsMax === 'number' && attempts >= attemptsMax) return null
  if (typeof giveUpAfterMs === 'number' && ageMs >= giveUpAfterMs && attempts >= attemptsMin) return null
  const delayMs = retryDelayMs(medium, error.retry, attempts, ageMs)
  return delayMs === null ? null : { delayMs, counts: true, pausesMs: [] }
}

/** A mail that showed the trouble is due as soon as the pause ends, and others that were due before go first. */
function held(medium: Medium, { code }: GatewayError): NextAttempt {
  if (medium === 'mail') return { delayMs: second, counts: false, pausesMs: accountPausesMs }
  return { delayMs: minute, counts: false, pausesMs: code === 'SMS_REFUSED' ? simPausesMs : networkPausesMs }
}

/** The pause of one queue. */
export function createPause(clock: Clock) {
  let until = 0
  let inARow = 0
  return {
    isOn: (): boolean => clock.monotonic() < until,
    begin: (next: NextAttempt | null): void => {
      const pausesMs = next?.pausesMs ?? []
      const pauseMs = pausesMs[Math.min(inARow, pausesMs.length - 1)]
      if (pauseMs === undefined) return
      inARow++
      until = clock.monotonic() + pauseMs
    },
    /** What was sent shows that all is well. */
    end: (): void => {
      until = 0
      inARow = 0
    },
  }
}
