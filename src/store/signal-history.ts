// How well the modem hears its network, over the last 90 days, so that a box in a cupboard can be asked about last Tuesday. A row stands for
// all that follows until the next one: written where something changed, and four times a day where nothing did, so that an idle box
// does not wear out its card. After a sudden end the last row stands for six hours at most.
// Invariant: nothing here may disturb the service: the caller says what is known, whenever it knows something.

import type { Store } from './database/database.ts'

export interface SignalSample {
  /** Milliseconds since 1970. */
  readonly at: number
  /** null: the modem does not know. */
  readonly dbm: number | null
  /** <stat> of the best registration (TS 27.007 7.2); null: not known. */
  readonly stat: number | null
  /** <AcT> (TS 27.007 7.3): 0 GSM, 2 UTRAN, 7 E-UTRAN …; null: not known. */
  readonly technology: number | null
}

export interface SignalHistory {
  /** To be called as often as one likes while a modem is there; what is written are changes, one in five minutes at most. */
  note(sample: SignalSample): void
  /** From now on nothing is known: the modem is gone, or the service ends. */
  end(at: number): void
  /** What was known from one time to another, both included, every five minutes and at every change, the oldest first. */
  between(from: number, to: number): SignalSample[]
}

const sampleMs = 5 * 60_000
/** A row stands no longer than this. */
const standsMs = 6 * 3_600_000
export const signalKeptMs = 90 * 86_400_000
/** Less is what a modem on a table shows all day; steps of +CSQ are 2 dB (TS 27.007 8.5). */
const changeDb = 6

const columns = 'SELECT at, dbm, stat, technology FROM signal'

export function createSignalHistory(store: Store): SignalHistory {
  /** Undefined until something was written or looked up. */
  let last: SignalSample | null | undefined
  const lastBefore = (at: number): SignalSample | null =>
    store.get<SignalSample>(`${columns} WHERE at < ? ORDER BY at DESC LIMIT 1`, at) ?? null
  const write = (sample: SignalSample): void => {
    const { at, dbm, stat, technology } = sample
    store.transaction(() => {
      store.run('INSERT OR REPLACE INTO signal VALUES (?, ?, ?, ?)', at, dbm, stat, technology)
      store.run('DELETE FROM signal WHERE at < ?', at - signalKeptMs)
    })
    last = sample
  }
  return {
    between: (from, to) => {
      const before = lastBefore(from)
      const rows = store.all<SignalSample>(`${columns} WHERE at BETWEEN ? AND ? ORDER BY at`, from, to)
      const known = before === null ? rows : [before, ...rows]
      return known
        .flatMap((row, index) => standing(row, Math.min(known[index + 1]?.at ?? to + 1, to + 1)))
        .filter(({ at }) => at >= from)
    },
    note: (sample) => {
      last ??= lastBefore(sample.at)
      const age = last === null ? standsMs : sample.at - last.at
      // After a clock that was set back, what lies ahead says nothing of now.
      if (age < 0 || age >= standsMs || (age >= sampleMs && isAnother(sample, last))) write(sample)
    },
    end: (at) => {
      last ??= lastBefore(at)
      if (last !== null && isKnown(last)) write({ at, dbm: null, stat: null, technology: null })
    },
  }
}

const isKnown = ({ dbm, stat, technology }: SignalSample): boolean =>
  dbm !== null || stat !== null || technology !== null

function isAnother(one: SignalSample, other: SignalSample | null): boolean {
  if (other === null || one.stat !== other.stat || one.technology !== other.technology) return true
  if (one.dbm === null || other.dbm === null) return one.dbm !== other.dbm
  return Math.abs(one.dbm - other.dbm) >= changeDb
}

/** A row at its time and every five minutes as long as it stands, `until` excluded. What is not known stands for nothing. */
function standing(row: SignalSample, until: number): SignalSample[] {
  if (!isKnown(row)) return []
  const end = Math.min(until, row.at + standsMs)
  const count = Math.max(1, Math.ceil((end - row.at) / sampleMs))
  return Array.from({ length: count }, (_, index) => ({ ...row, at: row.at + index * sampleMs }))
}
