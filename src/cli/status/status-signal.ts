// The signal of the last day, for `simpost status`: what it is, how it was, and a bar of 24 hours. Pure.

import type { SignalSample } from '../../store/signal-history.ts'

const hourMs = 3_600_000
const hours = 24
/** From no use at all to as good as it gets, for the bar. */
const [weakDbm, strongDbm] = [-113, -51] as const
const levels = '▁▂▃▄▅▆▇█'

export interface SignalDay {
  /** The latest value, if it is of this hour. */
  readonly now: number | null
  readonly min: number
  readonly median: number
  readonly max: number
  /** The median of each of the last 24 hours, the oldest first; null: none is known. */
  readonly hours: readonly (number | null)[]
}

/**
 * What is known while the service runs and a modem is there has gaps; a day of which nothing is known gives null.
 * @param running false: nobody hears the network now
 */
export function signalDay(samples: readonly SignalSample[], now: number, running = true): SignalDay | null {
  const known = samples.flatMap(({ at, dbm }) =>
    dbm === null || at <= now - hours * hourMs ? [] : [{ at, dbm }],
  )
  const all = known.map(({ dbm }) => dbm)
  const median = medianOf(all)
  if (median === null) return null
  const last = known.at(-1)
  return {
    now: running && last !== undefined && last.at > now - hourMs ? last.dbm : null,
    min: Math.min(...all),
    median,
    max: Math.max(...all),
    hours: Array.from({ length: hours }, (_, index) => {
      const from = now - (hours - index) * hourMs
      return medianOf(known.filter(({ at }) => at > from && at <= from + hourMs).map(({ dbm }) => dbm))
    }),
  }
}

/** "-71 dBm; in 24 h -89 to -63, mostly -75  ▃▃▄ ▅▅": fits a terminal of 80 columns. */
export function signalText({ now, min, median, max, hours: bars }: SignalDay): string {
  const bar = bars.map((dbm) => (dbm === null ? ' ' : levelOf(dbm))).join('')
  const present = now === null ? '' : `${now} dBm; `
  return `${present}in 24 h ${min} to ${max}, mostly ${median}  ${bar}`.trimEnd()
}

function levelOf(dbm: number): string {
  const part = (dbm - weakDbm) / (strongDbm - weakDbm)
  return levels[Math.min(Math.max(Math.floor(part * levels.length), 0), levels.length - 1)] ?? ''
}

function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null
}
