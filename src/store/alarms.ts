// What stands that needs a person: one row a trouble, kept over restarts, so that nobody is told twice and that its end can be told.

import type { Store } from './database/database.ts'

export interface AlarmRow {
  /** Tells this trouble from every other: "sign-in imap". */
  readonly key: string
  readonly reason: string
  readonly detail: string
  /** It is the way by mail that is broken: a mail about it would not arrive. */
  readonly mailBroken: boolean
  /** Milliseconds since 1970, as all times here. */
  readonly raisedAt: number
  /** Before this time nobody needs to hear of it: it may end by itself. */
  readonly tellAt: number
  /** When somebody was told of it last, by either way; null: never. */
  readonly toldAt: number | null
  /** The delivery of the mail about it; null: none. */
  readonly mailDelivery: number | null
  /** When an SMS about it went into the outbox; null: never. */
  readonly smsAt: number | null
  /** When it ended; null: it stands. */
  readonly endedAt: number | null
}

export interface Alarms {
  get(key: string): AlarmRow | undefined
  /** Those that stand and are to be told, oldest first; a clock that went back hides none. */
  standing(now: number): AlarmRow[]
  put(row: AlarmRow): void
}

type Stored = Omit<AlarmRow, 'mailBroken'> & { readonly mailBroken: number }

/** An alarm that ended is remembered so long: what comes and goes is not told each time. */
export const endedAlarmKeptMs = 7 * 86_400_000

const columns = `key, reason, detail, mail_broken AS mailBroken, raised_at AS raisedAt, tell_at AS tellAt, told_at AS toldAt,
  mail_delivery AS mailDelivery, sms_at AS smsAt, ended_at AS endedAt`

const read = (row: Stored): AlarmRow => ({ ...row, mailBroken: row.mailBroken === 1 })

export function createAlarms(store: Store): Alarms {
  return {
    get: (key) => {
      const row = store.get<Stored>(`SELECT ${columns} FROM alarm WHERE key = ?`, key)
      return row === undefined ? undefined : read(row)
    },
    standing: (now) =>
      store
        .all<Stored>(
          `SELECT ${columns} FROM alarm WHERE ended_at IS NULL AND (tell_at <= ? OR raised_at > ?) ORDER BY raised_at, key`,
          now,
          now,
        )
        .map(read),
    put: (row) => {
      store.run('DELETE FROM alarm WHERE ended_at < ?', row.raisedAt - endedAlarmKeptMs)
      store.run(
        'INSERT OR REPLACE INTO alarm VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        row.key,
        row.reason,
        row.detail,
        row.mailBroken ? 1 : 0,
        row.raisedAt,
        row.tellAt,
        row.toldAt,
        row.mailDelivery,
        row.smsAt,
        row.endedAt,
      )
    },
  }
}
