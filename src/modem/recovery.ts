// The recovery ladder: what is done about a modem that is lost, as a pure function of what happened so far.
// Invariants: only a modem that gives no answer climbs; whatever happens, the port is opened again, for ever; limits are counted in
// running time of the service (monotonic, added up over its processes), never in wall time: a clock that jumps neither locks the
// ladder nor lets it fire more often, for no more time can have run than has passed.

import type { ErrorCode, Retry } from '../domain/errors.ts'

/** From the mildest to the hardest: by AT command, USB re-authorisation, power cycle of the USB port, reboot of the box. */
export const recoverySteps = ['reset', 'usb', 'power', 'reboot'] as const
export type RecoveryStep = (typeof recoverySteps)[number]

/** No answer; no port; an answer, whatever it said: that modem does not hang. */
export type EndingSort = 'silent' | 'gone' | 'answered'

/** Plain data, kept in the database. Times are running time of the service in ms. */
export interface RecoveryHistory {
  /** How long the service had run, in all its processes, when this was written. */
  readonly ranMs: number
  /** How the last connection ended, and how many have ended so in a row since the last step. */
  readonly ending: EndingSort | null
  readonly inARow: number
  /** The last step of this climb; null: none yet. */
  readonly reached: RecoveryStep | null
  /** True from a step until the port is there again. */
  readonly away: boolean
  /** The steps of the last day of running time, oldest first. */
  readonly taken: readonly { readonly step: RecoveryStep; readonly atMs: number }[]
}

/** How one life of the connection ended. */
export interface Ending {
  readonly code: ErrorCode
  readonly retry: Retry
  /** How long it had lasted. */
  readonly upMs: number
  /** True for a port that is there but may not be opened: somebody else has it, or the rights are missing. */
  readonly portIsThere: boolean
}

export interface Situation {
  readonly ranMs: number
  /** The steps that may and can be taken, whatever the limits say. */
  readonly allowed: readonly RecoveryStep[]
}

export type NextAction =
  | { readonly kind: 'reopen'; readonly waitMs: number; readonly reason: EndingSort }
  /** `nth`: the how manyeth of its kind within a day. */
  | { readonly kind: 'step'; readonly step: RecoveryStep; readonly nth: number }

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** A connection that lasted so long begins the ladder anew. */
export const stableMs = 10 * minuteMs

interface Limit {
  /** Between two of a kind. */
  readonly gapMs: number
  readonly perDay: number
  /** After the step before it, whatever that was: the milder one has to have had its chance. */
  readonly afterMs: number
}

const limits: Readonly<Record<RecoveryStep, Limit>> = {
  reset: { gapMs: 10 * minuteMs, perDay: 144, afterMs: minuteMs },
  usb: { gapMs: 30 * minuteMs, perDay: 24, afterMs: minuteMs },
  power: { gapMs: hourMs, perDay: 3, afterMs: 5 * minuteMs },
  reboot: { gapMs: dayMs, perDay: 1, afterMs: 30 * minuteMs },
}

/** Waits after the first endings without an answer; with the 2 to 8 s of each, over a minute: the slowest sticks need 40 s to start. */
const silentWaitsMs = [500, 5_000, 20_000, 30_000] as const

/** Asking for a port costs nothing; a modem is back within seconds of being plugged in. */
const firstWaitMs = 500
const portWaitMs = 10_000
/** Between tries that go on for ever: a modem that does not answer, a SIM that waits for a person. */
const slowWaitMs = minuteMs
const holdTriesFast = 3

/** After a reset of ours a port may be away for so long (Gammu and the makers allow 90 s); then it counts as no answer. */
const backAfterMs = 90_000

export const noHistory: RecoveryHistory = {
  ...{ ranMs: 0, ending: null, inARow: 0, reached: null, away: false, taken: [] },
}

function aged(history: RecoveryHistory, ranMs: number): RecoveryHistory {
  return { ...history, ranMs, taken: history.taken.filter(({ atMs }) => ranMs - atMs < dayMs) }
}

/** The history after the connection stood for `stableMs`, or longer. */
export function afterStable(history: RecoveryHistory, ranMs: number): RecoveryHistory {
  return { ...aged(history, ranMs), ending: null, inARow: 0, reached: null, away: false }
}

/** A port that a person unplugged is waited for; one that did not come back from a step of ours counts as no answer. */
function endingOf(history: RecoveryHistory, ending: Ending, ranMs: number): EndingSort {
  if (ending.code === 'MODEM_SILENT') return 'silent'
  if (ending.code !== 'MODEM_UNAVAILABLE') return 'answered'
  const step = isAway(history, ending) ? history.taken.at(-1) : undefined
  return step !== undefined && ranMs - step.atMs > backAfterMs ? 'silent' : 'gone'
}

const isAway = ({ away }: RecoveryHistory, { code, portIsThere }: Ending): boolean =>
  away && code === 'MODEM_UNAVAILABLE' && !portIsThere

function afterEnding(before: RecoveryHistory, how: Ending, ranMs: number): RecoveryHistory {
  const history = how.upMs >= stableMs ? afterStable(before, ranMs) : aged(before, ranMs)
  const ending = endingOf(history, how, ranMs)
  return {
    ...history,
    ending,
    inARow: ending === history.ending ? history.inARow + 1 : 1,
    reached: ending === 'answered' ? null : history.reached,
    away: isAway(history, how),
  }
}

function isDue({ taken, ranMs }: RecoveryHistory, step: RecoveryStep): boolean {
  const times = taken.filter((each) => each.step === step)
  const last = times.at(-1)
  const { gapMs, perDay } = limits[step]
  return times.length < perDay && (last === undefined || ranMs - last.atMs >= gapMs)
}

/** The next step up that is within its limits; when there is none, the ladder is climbed again from below. */
function stepUp(history: RecoveryHistory, allowed: readonly RecoveryStep[]): RecoveryStep | null {
  const { reached, taken, ranMs } = history
  const due = recoverySteps.filter((step) => allowed.includes(step) && isDue(history, step))
  const height = reached === null ? -1 : recoverySteps.indexOf(reached)
  const step = due.find((each) => recoverySteps.indexOf(each) > height) ?? due[0]
  if (step === undefined) return null
  const last = reached === null ? undefined : taken.at(-1)
  return last === undefined || ranMs - last.atMs >= limits[step].afterMs ? step : null
}

function waitMs({ ending, inARow }: RecoveryHistory, retry: Retry): number {
  if (ending === 'silent') return silentWaitsMs[inARow - 1] ?? slowWaitMs
  if (retry === 'hold' && inARow > holdTriesFast) return slowWaitMs
  return Math.min(firstWaitMs * 2 ** (inARow - 1), portWaitMs)
}

/** What is done after a connection has ended, and the history that has to be on disk before it is done. */
export function nextAction(
  before: RecoveryHistory,
  ending: Ending,
  { ranMs, allowed }: Situation,
): { readonly action: NextAction; readonly history: RecoveryHistory } {
  const history = afterEnding(before, ending, ranMs)
  const reason = history.ending ?? 'answered'
  const patient = reason === 'silent' && history.inARow > silentWaitsMs.length
  const step = patient ? stepUp(history, allowed) : null
  if (step === null)
    return { action: { kind: 'reopen', waitMs: waitMs(history, ending.retry), reason }, history }
  const taken = [...history.taken, { step, atMs: ranMs }]
  const nth = taken.filter((each) => each.step === step).length
  return {
    action: { kind: 'step', step, nth },
    history: { ...history, taken, inARow: 0, reached: step, away: true },
  }
}

/** Where the service keeps what `simpost status` shows. */
export const recoveryKey = 'recovery'

/** What `simpost status` shows of it; null: the modem works. */
export interface RecoveryShown {
  /** Such as "reset by AT+CFUN=1,1, 2nd time today". */
  readonly doing: string
  /** When the port is tried again, ms since 1970; null: as soon as it is there. */
  readonly nextAt: number | null
}
