// What the two sending loops share: a loop over the outbox that can be woken, and one attempt whose failure is a value.

import { GatewayError, messageOf } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'

/** A loop over the outbox that can be woken. */
export interface Dispatch {
  /** Sends what is due until the signal aborts; a message under way is awaited. */
  run(signal: AbortSignal): Promise<void>
  wake(): void
}

/** When the queue was empty, look again after this time at the latest: the command line puts messages into the same outbox. */
const idleMs = 1000

/** Runs `step` over and over; it answers whether there was something to do. */
export function createLoop(clock: Clock, step: () => Promise<boolean>): Dispatch {
  let woken = false
  let nap = new AbortController()
  const wake = (): void => {
    woken = true
    nap.abort()
  }
  return {
    wake,
    run: async (signal) => {
      signal.addEventListener('abort', wake, { once: true })
      try {
        while (!signal.aborted) {
          woken = false
          nap = new AbortController()
          if ((await step()) || woken) continue
          await clock.sleep(idleMs, nap.signal).catch(() => {})
        }
      } finally {
        signal.removeEventListener('abort', wake)
      }
    },
  }
}

/** A transport throws GatewayErrors; anything else is a defect of ours, after which nobody knows what was sent: a mail may be repeated. */
export async function attempt<Result>(
  send: () => Promise<Result>,
  unknown: 'ambiguous' | 'temporary',
): Promise<Result | GatewayError> {
  try {
    return await send()
  } catch (error) {
    if (error instanceof GatewayError) return error
    return new GatewayError('INTERNAL', messageOf(error), { retry: unknown, cause: error })
  }
}
