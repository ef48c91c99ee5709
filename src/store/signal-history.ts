// How well the modem hears its network, over the last 90 days: one row in five minutes at most, so that a box in a cupboard can be asked
// about last Tuesday and its card is not worn out.
// Invariant: nothing here may disturb the service: the caller says what is known, whenever it knows something.

import type { Store } from './database.ts'

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
  /** Keeps a sample, unless the last one is younger than five minutes. To be called only while a modem is there. */
  note(sample: SignalSample): void
  /** The samples from one time to another, both included, the oldest first. */
  between(from: number, to: number): SignalSample[]
}

const sampleMs = 5 * 60_000
const keptMs = 90 * 86_400_000

export function createSignalHistory(store: Store): SignalHistory {
  const between: SignalHistory['between'] = (from, to) =>
    store.all('SELECT at, dbm, stat, technology FROM signal WHERE at BETWEEN ? AND ? ORDER BY at', from, to)
  return {
    between,
    note: ({ at, dbm, stat, technology }) => {
      // A clock that was set back: what lies ahead says nothing of now.
      if (between(at - sampleMs + 1, at).length > 0) return
      store.transaction(() => {
        store.run('INSERT OR REPLACE INTO signal VALUES (?, ?, ?, ?)', at, dbm, stat, technology)
        store.run('DELETE FROM signal WHERE at < ?', at - keptMs)
      })
    },
  }
}
