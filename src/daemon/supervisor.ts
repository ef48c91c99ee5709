// Runs a connection again whenever it ends, with growing delays. Only a connection that was up for a while resets the delay, so that
// a line that breaks at once is not hammered. Trouble with our own account (`hold`: a refused password, a locked SIM) is counted apart
// from the network's and waits for hours after three tries: providers lock accounts and SIMs count.
// Invariant: refusals are counted over a restart too, so that a service in a crash loop does not lock the account.

import { GatewayError, messageOf, type Retry } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import { log } from '../log.ts'
import type { HoldMemory } from './hold-memory.ts'

export interface Backoff {
  readonly firstMs: number
  readonly maxMs: number
  /** The wait for trouble with our own account, after the first tries. */
  readonly holdMs: number
  /** Up to which that wait doubles; default: it does not grow. */
  readonly holdMaxMs?: number
  /** The share of a wait that may be left out, 0 to 1: boxes that lost a server together must not come back together. Default 0. */
  readonly jitter?: number
}

const stableMs = 60_000
const holdTriesFast = 3
/** How often the cause of a hold is looked at while it is waited out. */
const causeLookMs = 15_000

/** How long to wait after the n-th failure of this kind in a row (n from 1). */
export function backoffMs(backoff: Backoff, failures: number, retry: Retry): number {
  const { firstMs, maxMs, holdMs, holdMaxMs = holdMs } = backoff
  if (retry === 'hold' && failures > holdTriesFast)
    return Math.min(holdMs * 2 ** (failures - holdTriesFast - 1), holdMaxMs)
  return Math.min(firstMs * 2 ** (failures - 1), maxMs)
}

/** Spread by the millisecond at which the line broke, which no two boxes share. */
function shortened(ms: number, jitter: number, now: number): number {
  const spread = (Math.imul(Math.trunc(now), 0x9e3779b1) >>> 0) / 2 ** 32
  return Math.round(ms * (1 - jitter * spread))
}

export interface Supervised {
  readonly name: string
  readonly clock: Clock
  readonly backoff: Backoff
  /**
   * One life of the connection; resolves when the signal aborts, throws when the line is lost.
   * @param accepted called when our account was accepted: its refusals are forgotten, and a `hold` that follows in this life is about
   * something else, such as a folder that is missing, and locks nothing
   */
  readonly live: (signal: AbortSignal, accepted: () => void) => Promise<void>
  /** Told after each loss. */
  readonly onDown?: (error: GatewayError, waitMs: number) => void
  /**
   * What a hold depends on and a person can change, such as the password, as a short mark; null: not known. A hold ends as soon as it
   * is another. Must not throw.
   */
  readonly cause?: () => string | null
  /** Where refusals are kept over a restart; only those whose cause is known and the same count. */
  readonly memory?: HoldMemory
}

/** Resolves when the signal aborts and the last life has ended. */
export async function keepRunning(supervised: Supervised, signal: AbortSignal): Promise<void> {
  const { name, clock, backoff, live, onDown, cause = () => null, memory } = supervised
  let failures = 0
  let holds = memory === undefined ? 0 : await waitOutHold(supervised, memory, signal)
  while (!signal.aborted) {
    const startedAt = clock.monotonic()
    const tried = cause()
    let taken = false
    const accepted = (): void => {
      taken = true
      if (holds > 0) memory?.save(null)
      holds = 0
    }
    const error = await live(signal, accepted).then(
      () => new GatewayError('INTERNAL', `${name} ended by itself`, { retry: 'temporary' }),
      (reason: unknown) => asGatewayError(reason),
    )
    if (signal.aborted) return
    const hold = error.retry === 'hold' && !taken
    const lasted = clock.monotonic() - startedAt >= stableMs
    if (lasted) failures = 0
    if (lasted && !hold) accepted()
    const count = hold ? ++holds : ++failures
    const wantedMs = backoffMs(backoff, count, hold ? 'hold' : 'temporary')
    const waitMs = shortened(wantedMs, backoff.jitter ?? 0, clock.now())
    log.warn(`${name}-down`, {
      code: error.code,
      error: error.message,
      retry_in_s: Math.round(waitMs / 1000),
    })
    if (hold) memory?.save({ count: holds, at: clock.now(), waitMs, cause: tried })
    onDown?.(error, waitMs)
    if (hold) await waitForChange(supervised, { waitMs, tried }, signal)
    else await clock.sleep(waitMs, signal).catch(() => {})
  }
}

/** After a restart: what is left of the last wait. @returns how many refusals count on */
async function waitOutHold(supervised: Supervised, memory: HoldMemory, signal: AbortSignal): Promise<number> {
  const { name, clock, cause = () => null } = supervised
  const known = memory.read()
  if (known === null || known.cause === null || known.cause !== cause()) return 0
  // A clock that was set meanwhile must not make it longer than it was.
  const left = Math.min(known.waitMs, known.at + known.waitMs - clock.now())
  if (left <= 0) return known.count
  log.warn(`${name}-held`, { refusals: known.count, retry_in_s: Math.round(left / 1000) })
  const changed = await waitForChange(supervised, { waitMs: left, tried: known.cause }, signal)
  return changed ? 0 : known.count
}

/** Waits, or until the cause is another. @returns true if it is */
async function waitForChange(
  { clock, cause = () => null }: Supervised,
  { waitMs, tried }: { readonly waitMs: number; readonly tried: string | null },
  signal: AbortSignal,
): Promise<boolean> {
  const endAt = clock.monotonic() + waitMs
  while (!signal.aborted) {
    const left = endAt - clock.monotonic()
    if (left <= 0) return false
    await clock.sleep(tried === null ? left : Math.min(left, causeLookMs), signal).catch(() => {})
    if (tried !== null && cause() !== tried) return true
  }
  return false
}

/** What a life threw, as an error of ours; anything else is a defect. */
export function asGatewayError(error: unknown): GatewayError {
  return error instanceof GatewayError
    ? error
    : new GatewayError('INTERNAL', messageOf(error), { retry: 'temporary', cause: error })
}
