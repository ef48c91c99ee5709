// Runs a connection again whenever it ends, with growing delays. Only a connection that was up for a while resets the delay, so that
// a line that breaks at once is not hammered. Trouble with our own account (`hold`: a refused password, a locked SIM) waits much
// longer after the first tries: providers lock accounts and SIMs count.

import { GatewayError, messageOf, type Retry } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import { log } from '../log.ts'

export interface Backoff {
  readonly firstMs: number
  readonly maxMs: number
  /** The wait for trouble with our own account, after the first tries. */
  readonly holdMs: number
}

const stableMs = 60_000
const holdTriesFast = 3

/** How long to wait after the n-th failure in a row (n from 1). */
export function backoffMs({ firstMs, maxMs, holdMs }: Backoff, failures: number, retry: Retry): number {
  if (retry === 'hold' && failures > holdTriesFast) return holdMs
  return Math.min(firstMs * 2 ** (failures - 1), maxMs)
}

export interface Supervised {
  readonly name: string
  readonly clock: Clock
  readonly backoff: Backoff
  /** One life of the connection; resolves when the signal aborts, throws when the line is lost. */
  readonly live: (signal: AbortSignal) => Promise<void>
  /** Told after each loss. */
  readonly onDown?: (error: GatewayError, waitMs: number) => void
}

/** Resolves when the signal aborts and the last life has ended. */
export async function keepRunning(
  { name, clock, backoff, live, onDown }: Supervised,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const startedAt = clock.monotonic()
    const error = await live(signal).then(
      () => new GatewayError('INTERNAL', `${name} ended by itself`, { retry: 'temporary' }),
      (reason: unknown) => asGatewayError(reason),
    )
    if (signal.aborted) return
    failures = clock.monotonic() - startedAt >= stableMs ? 1 : failures + 1
    const waitMs = backoffMs(backoff, failures, error.retry)
    log.warn(`${name}-down`, {
      code: error.code,
      error: error.message,
      retry_in_s: Math.round(waitMs / 1000),
    })
    onDown?.(error, waitMs)
    await clock.sleep(waitMs, signal).catch(() => {})
  }
}

/** What a life threw, as an error of ours; anything else is a defect. */
export function asGatewayError(error: unknown): GatewayError {
  return error instanceof GatewayError
    ? error
    : new GatewayError('INTERNAL', messageOf(error), { retry: 'temporary', cause: error })
}
