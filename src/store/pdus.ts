// Every PDU that came from the modem, by fingerprint: reading one twice (a failed delete, SM and ME, a repeated delivery by the
// service centre, TS 23.040 9.2.3.6) is harmless. Parts of long messages wait here for each other across restarts.

import { createHash } from 'node:crypto'
import type { Store } from './database.ts'

export interface WaitingPart {
  readonly id: number
  readonly pdu: string
  readonly seq: number
  readonly receivedAt: number
}

export interface ConcatPlace {
  /** Sender, reference and total; tells which long message a part belongs to. */
  readonly key: string
  readonly seq: number
  readonly total: number
}

export interface Pdus {
  isKnown(pdu: string): boolean
  /** @returns the row's id */
  add(pdu: string, now: number, concat: ConcatPlace | null): number
  /** Parts with this key that belong to no message yet and came after `since`, in order of their sequence numbers. */
  waiting(key: string, since: number): WaitingPart[]
  /** Keys of long messages whose first part came at or before `until` and that are still incomplete. */
  overdue(until: number): { readonly key: string; readonly total: number }[]
  /** The time of the oldest waiting part; null if none waits. */
  oldestWaiting(): number | null
  /** True if a message was made of parts with this key since `since` and this part was missing in it. */
  isLate(key: string, seq: number, since: number): boolean
  assign(ids: readonly number[], messageId: number): void
}

const fingerprint = (pdu: string): string => createHash('sha256').update(pdu).digest('hex').slice(0, 32)

const waits = 'concat_key IS NOT NULL AND message_id IS NULL'

export function createPdus(store: Store): Pdus {
  return {
    isKnown: (pdu) => store.get('SELECT 1 FROM pdu WHERE fingerprint = ?', fingerprint(pdu)) !== undefined,
    add: (pdu, now, concat) =>
      store.run(
        'INSERT INTO pdu(fingerprint, pdu, received_at, concat_key, seq, total) VALUES (?, ?, ?, ?, ?, ?)',
        fingerprint(pdu),
        pdu,
        now,
        concat?.key ?? null,
        concat?.seq ?? null,
        concat?.total ?? null,
      ).id,
    waiting: (key, since) =>
      store.all(
        `SELECT id, pdu, seq, received_at AS receivedAt FROM pdu WHERE ${waits} AND concat_key = ? AND received_at >= ? ORDER BY seq, id`,
        key,
        since,
      ),
    overdue: (until) =>
      store.all(
        `SELECT concat_key AS key, max(total) AS total FROM pdu WHERE ${waits} GROUP BY concat_key HAVING min(received_at) <= ?`,
        until,
      ),
    oldestWaiting: () =>
      store.get<{ value: number | null }>(`SELECT min(received_at) AS value FROM pdu WHERE ${waits}`)
        ?.value ?? null,
    isLate: (key, seq, since) => {
      const used = store.all<{ seq: number }>(
        'SELECT seq FROM pdu WHERE concat_key = ? AND message_id IS NOT NULL AND received_at >= ?',
        key,
        since,
      )
      return used.length > 0 && !used.some((part) => part.seq === seq)
    },
    assign: (ids, messageId) => {
      for (const id of ids) store.run('UPDATE pdu SET message_id = ? WHERE id = ?', messageId, id)
    },
  }
}
