// Once a day what has been kept for its time goes (store/retention/retention.ts), in bites between which all else has its turn.
// Invariant: nothing goes by a clock that was set a short while ago, and far less by one that has left the messages of the box behind: a
// box without a clock battery wakes up in any year.

import type { Clock } from '../domain/ports.ts'
import { log } from '../log.ts'
import type { Store } from '../store/database/database.ts'
import { emptyLog } from '../store/retention/pages.ts'
import { type Keeping, lastMessageBefore, retention } from '../store/retention/retention.ts'

const hourMs = 3_600_000
/** The wall clock must have gone on evenly for so long. */
const steadyMs = 6 * hourMs
/** A clock so far ahead of the last message is rather wrong than the box idle, and has to go on evenly for longer. */
const silenceMs = 31 * 24 * hourMs
const steadyAfterSilenceMs = 7 * 24 * hourMs
/** Corrections of a clock that is right are smaller. */
const stepMs = 10 * 60_000
const passEveryMs = 24 * hourMs
/** After each bite, and while something waits to be sent. */
const restMs = 20
const restBusyMs = 500
/** Left to itself SQLite takes 4 MiB out of the log at once, and whoever commits at that moment waits for it. */
const bitesBetweenCheckpoints = 10
/** Whoever reads the database keeps the log from being emptied; a backup does so for minutes. */
const logRestMs = 60_000

export interface RetentionOptions {
  readonly store: Store
  readonly keeping: Keeping
  readonly clock: Clock
  /** True while something is to be sent. */
  readonly isBusy: () => boolean
}

/** Lives until the signal aborts. */
export async function keepRetention(options: RetentionOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options
  let steady = { wall: clock.now(), monotonic: clock.monotonic() }
  let lastPass: number | null = null
  while (!signal.aborted) {
    await clock.sleep(hourMs, signal).catch(() => undefined)
    if (signal.aborted) return
    const passed = clock.monotonic() - steady.monotonic
    if (Math.abs(clock.now() - steady.wall - passed) > stepMs)
      steady = { wall: clock.now(), monotonic: clock.monotonic() }
    else if (
      passed >= steadyFor(options.store, steady.wall) &&
      (lastPass === null || clock.monotonic() - lastPass >= passEveryMs)
    ) {
      lastPass = clock.monotonic()
      await onePass(options, signal)
    }
  }
}

/** How long the clock must have gone on evenly since it stood at `since`; what came afterwards bears its own times and proves nothing. */
function steadyFor(store: Store, since: number): number {
  const last = lastMessageBefore(store, since)
  return last !== null && since - last > silenceMs ? steadyAfterSilenceMs : steadyMs
}

async function onePass(
  { store, keeping, clock, isBusy }: RetentionOptions,
  signal: AbortSignal,
): Promise<void> {
  const rest = () => clock.sleep(isBusy() ? restBusyMs : restMs, signal).catch(() => undefined)
  let rows = 0
  let bites = 0
  for (const changed of retention(store, keeping, clock.now())) {
    rows += changed
    await rest()
    if (signal.aborted) return
    if (changed === 0 || ++bites % bitesBetweenCheckpoints > 0) continue
    store.get('PRAGMA wal_checkpoint(PASSIVE)')
    await rest()
  }
  if (rows === 0) return
  while (!signal.aborted && !emptyLog(store)) await clock.sleep(logRestMs, signal).catch(() => undefined)
  log.info('retention', { rows })
}
