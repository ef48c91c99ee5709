// Every PDU that came from the modem, by fingerprint: reading one twice (a failed delete, SM and ME, a repeated delivery by the
// service centre, TS 23.040 9.2.3.6) is harmless. Parts of long messages wait here for each other across restarts.

import { createHash } from 'node:crypto'
import type { Store } from './database/database.ts'

/** A part of a long message. */
export interface PartRow {
  readonly id: number
  readonly pdu: string
  readonly seq: number
  readonly total: number
  /** TP-SCTS, else the time of arrival; ms since 1970. */
  readonly sentAt: number
  readonly receivedAt: number
  /** The message that it was shown in or belongs to; null while it waits. */
  readonly messageId: number | null
}

export interface ConcatPlace extends Pick<PartRow, 'seq' | 'total' | 'sentAt'> {
  /** Sender, reference, total and alphabet; parts with different keys never belong together. */
  readonly key: string
}

export interface Pdus {
  isKnown(pdu: string): boolean
  /** A PDU that is known was read again: it is remembered from now on. Writes once a month at most. */
  readAgain(pdu: string, now: number): void
  /** @returns the row's id */
  add(pdu: string, now: number, concat: ConcatPlace | null): number
  /** Parts with this key that were sent within `spanMs` of a time, waiting or not, and not yet erased, in the order of their arrival. */
  partsNear(key: string, sentAt: number, spanMs: number): PartRow[]
  /** Parts with this key that wait, in the order of their arrival. */
  waiting(key: string): PartRow[]
  /** Keys of which a part waits that came at or before `until`. */
  overdue(until: number): string[]
  /** When the waiting part came that came first; null if none waits. */
  oldestWaiting(): number | null
  /** Parts that seem to come later than now came while the clock was wrong: they wait from now on. */
  waitFromNow(now: number): void
  /** They belong to this message and wait no more. */
  assign(ids: readonly number[], messageId: number): void
}

const fingerprint = (pdu: string): string => createHash('sha256').update(pdu).digest('hex').slice(0, 32)

/** What a modem cannot delete it shows at every look, for years; a time of its last look need not be exact. */
const rememberMs = 30 * 86_400_000

const part =
  'SELECT id, pdu, seq, total, sent_at AS sentAt, received_at AS receivedAt, message_id AS messageId FROM pdu'
const waits = 'concat_key IS NOT NULL AND message_id IS NULL'

export function createPdus(store: Store): Pdus {
  return {
    isKnown: (pdu) => store.get('SELECT 1 FROM pdu WHERE fingerprint = ?', fingerprint(pdu)) !== undefined,
    readAgain: (pdu, now) => {
      store.run(
        'UPDATE pdu SET received_at = ? WHERE fingerprint = ? AND received_at < ?',
        now,
        fingerprint(pdu),
        now - rememberMs,
      )
    },
    add: (pdu, now, concat) =>
      store.run(
        'INSERT INTO pdu(fingerprint, pdu, received_at, concat_key, seq, total, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        fingerprint(pdu),
        pdu,
        now,
        concat?.key ?? null,
        concat?.seq ?? null,
        concat?.total ?? null,
        concat?.sentAt ?? null,
      ).id,
    partsNear: (key, sentAt, spanMs) =>
      store.all(
        `${part} WHERE concat_key = ? AND sent_at BETWEEN ? AND ? AND pdu <> '' ORDER BY id`,
        key,
        sentAt - spanMs,
        sentAt + spanMs,
      ),
    // Left to itself SQLite looks through all status reports, which have no message either.
    waiting: (key) =>
      store.all(
        `${part} INDEXED BY pdu_part WHERE ${waits} AND concat_key = ? ORDER BY received_at, id`,
        key,
      ),
    overdue: (until) => {
      const keys = store.all<{ key: string }>(
        `SELECT concat_key AS key FROM pdu INDEXED BY pdu_waiting WHERE ${waits} AND received_at <= ? ORDER BY received_at`,
        until,
      )
      return [...new Set(keys.map(({ key }) => key))]
    },
    oldestWaiting: () =>
      store.get<{ value: number | null }>(
        `SELECT min(received_at) AS value FROM pdu INDEXED BY pdu_waiting WHERE ${waits}`,
      )?.value ?? null,
    waitFromNow: (now) => {
      store.run(
        `UPDATE pdu INDEXED BY pdu_waiting SET received_at = ? WHERE ${waits} AND received_at > ?`,
        now,
        now,
      )
    },
    assign: (ids, messageId) => {
      for (const id of ids) store.run('UPDATE pdu SET message_id = ? WHERE id = ?', messageId, id)
    },
  }
}
