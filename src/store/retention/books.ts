// Retention of what is no message: books, notes and bindings that ended. All but the books are thinned out where they are written as well;
// this catches what nobody writes to any more.

import { dayOf } from '../../domain/day.ts'
import { endedAlarmKeptMs } from '../alarms.ts'
import { endedBindingKeptMs } from '../bindings.ts'
import type { Store, Value } from '../database/database.ts'
import { earlyReportKeptMs } from '../outbox/status-reports.ts'
import { signalKeptMs } from '../signal-history.ts'
import { booksKeptDays, toldKeptMs } from '../spending.ts'

const rowsAtOnce = 200
const dayMs = 86_400_000

/** @yields how many rows went */
export function* clearBooks(store: Store, now: number): Generator<number, void> {
  const old: readonly (readonly [table: string, key: string, where: string, before: Value])[] = [
    ['spending', 'scope, key, day', 'day < ?', dayOf(now - booksKeptDays * dayMs)],
    ['told', 'key', 'at < ?', now - toldKeptMs],
    ['early_report', 'id', 'received_at < ?', now - earlyReportKeptMs],
    ['alarm', 'key', 'ended_at < ?', now - endedAlarmKeptMs],
    ['binding', 'id', 'expires_at < ?', now - endedBindingKeptMs],
    ['signal', 'at', 'at < ?', now - signalKeptMs],
  ]
  // Looking takes no lock and writes nothing.
  for (const [table, key, where, before] of old)
    while (store.get(`SELECT 1 FROM ${table} WHERE ${where} LIMIT 1`, before) !== undefined)
      yield store.run(
        `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${where} LIMIT ${rowsAtOnce})`,
        before,
      ).changes
}
