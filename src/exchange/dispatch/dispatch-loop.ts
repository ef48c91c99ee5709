// What the two sending loops share: a loop over the outbox that can be woken, one attempt whose failure is a value, and how its outcome is
// written down although the disk takes nothing at the moment.

import { GatewayError, isStoreTrouble, messageOf } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'
import { log } from '../../log.ts'

/** A loop over the outbox that can be woken. */
export interface Dispatch {
  /** Sends what is due until the signal aborts; a message under way is awaited. */
  run(signal: AbortSignal): Promise<void>
  wake(): void
}

/** While something waits in the queue for its time, or for a server or a modem to come back, it is looked at this often. */
const waitingMs = 1000
/**
 * Whoever puts something into an empty queue wakes the loop, the command line through the control socket. This is for what nobody says: a
 * wake-up that got lost, a clock that was set. A look each second cost 3 s of processor time an hour.
 */
const emptyMs = 10_000

export interface Queue {
  /** Does the next thing. @returns false if there was nothing to do. The signal aborts with the loop. */
  readonly step: (signal: AbortSignal) => Promise<boolean>
  /** True if nothing in it will be due by itself. */
  readonly isEmpty: () => boolean
}

/** Takes step after step. */
export function createLoop(clock: Clock, { step, isEmpty }: Queue): Dispatch {
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
          if ((await step(signal)) || woken) continue
          await clock.sleep(isEmpty() ? emptyMs : waitingMs, nap.signal).catch(() => {})
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

const writeAgainMs = 1000
const writeAgainMaxMs = 60_000

/**
 * Writes down what became of a message that has left the box. While the database takes nothing it is tried again, for only this process
 * knows it: given up, an SMS that was sent would be uncertain, and a mail would be sent once more.
 * @throws what `work` throws: no trouble of the database, one that stays, or the loop ends
 */
export async function writeOutcome(
  clock: Clock,
  signal: AbortSignal,
  work: () => void | Promise<void>,
): Promise<void> {
  for (let waitMs = writeAgainMs; ; waitMs = Math.min(2 * waitMs, writeAgainMaxMs)) {
    try {
      return await work()
    } catch (error) {
      if (!isStoreTrouble(error) || error.retry !== 'temporary' || signal.aborted) throw error
      log.warn('outcome-not-stored', { code: error.code, error: error.message, retry_in_s: waitMs / 1000 })
      await clock.sleep(waitMs, signal).catch(() => {})
    }
  }
}
