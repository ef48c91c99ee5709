// What was spent, whom we told, and which pairs are paused: the memory that keeps the SIM's credit. Days are those of the box's own
// zone. Invariant: parts are counted in the commit that queues them, so that a storm cannot outrun the counting.

import { mailKey } from '../domain/address.ts'
import type { Store } from './database/database.ts'

/** `box`: all; `sender`: the mail address that pays; `binding`: the phone that is reached. */
export type Scope = 'box' | 'sender' | 'binding'

export interface Spending {
  /**
   * Parts from one local day ("2026-11-24") to another, both included. `key` is '' for the box. What a clock that ran ahead wrote down
   * for days to come does not count before.
   */
  spent(scope: Scope, key: string, fromDay: string, toDay: string): number
  add(scope: Scope, key: string, day: string, parts: number): void
  wasTold(key: string): boolean
  /** @returns false if it was remembered before */
  remember(key: string, now: number): boolean
  /** True if nothing is to go between the two, in either direction. */
  isPaused(pair: Pair): boolean
  pause(pair: Pair, now: number): void
  resume(pair: Pair): void
  paused(): { readonly one: string; readonly other: string; readonly since: number }[]
  /** How often this text went this way since a time. */
  repeats(way: Pair, text: string, since: number): number
  /** How many texts and mails went between the two since a time, both ways. */
  traffic(pair: Pair, since: number): number
  /** How many notices this mailbox got since a time; reports with the null sender, which nobody can answer, do not count. */
  notices(to: string, since: number): number
}

/** A mail address and a phone number, or two phones: what comes from one and goes to the other. */
export interface Pair {
  readonly from: string
  readonly to: string
}

/** Older days are of no use to any limit. */
export const booksKeptDays = 70
export const toldKeptMs = 70 * 86_400_000

export function createSpending(store: Store): Spending {
  /** A mailbox stands in the outbox as it was written. */
  const sent = (cause: string, recipient: string, since: number): number =>
    store.get<{ count: number }>(
      'SELECT count(*) AS count FROM delivery WHERE recipient IN (?, ?) AND created_at >= ? AND cause = ?',
      recipient,
      mailKey(recipient),
      since,
      mailKey(cause),
    )?.count ?? 0
  return {
    spent: (scope, key, fromDay, toDay) =>
      store.get<{ parts: number | null }>(
        'SELECT sum(parts) AS parts FROM spending WHERE scope = ? AND key = ? AND day BETWEEN ? AND ?',
        scope,
        key,
        fromDay,
        toDay,
      )?.parts ?? 0,
    add: (scope, key, day, parts) => {
      const { changes } = store.run(
        'UPDATE spending SET parts = max(0, parts + ?) WHERE scope = ? AND key = ? AND day = ?',
        parts,
        scope,
        key,
        day,
      )
      if (changes > 0 || parts <= 0) return
      // What is old goes in retention/books.ts, by a clock that has run evenly: one that is ahead for a moment takes nothing out of the books.
      store.run('INSERT INTO spending(scope, key, day, parts) VALUES (?, ?, ?, ?)', scope, key, day, parts)
    },
    wasTold: (key) => store.get('SELECT 1 FROM told WHERE key = ?', key) !== undefined,
    remember: (key, now) => {
      // The others go in retention/books.ts: to look for them here would read the whole table.
      store.run('DELETE FROM told WHERE key = ? AND at < ?', key, now - toldKeptMs)
      return store.run('INSERT OR IGNORE INTO told(key, at) VALUES (?, ?)', key, now).changes > 0
    },
    isPaused: (pair) =>
      store.get('SELECT 1 FROM pause WHERE one = ? AND other = ?', ...bothWays(pair)) !== undefined,
    pause: (pair, now) => {
      store.run('INSERT OR IGNORE INTO pause(one, other, since) VALUES (?, ?, ?)', ...bothWays(pair), now)
    },
    resume: (pair) => {
      store.run('DELETE FROM pause WHERE one = ? AND other = ?', ...bothWays(pair))
    },
    paused: () => store.all('SELECT one, other, since FROM pause ORDER BY since'),
    repeats: ({ from, to }, text, since) =>
      store.get<{ count: number }>(
        'SELECT count(*) AS count FROM delivery WHERE recipient = ? AND created_at >= ? AND cause = ? AND text = ?',
        to,
        since,
        mailKey(from),
        text,
      )?.count ?? 0,
    traffic: ({ from, to }, since) => sent(from, to, since) + sent(to, from, since),
    notices: (to, since) =>
      store.get<{ count: number }>(
        "SELECT count(*) AS count FROM delivery WHERE recipient = ? AND created_at >= ? AND rule = 'notice' AND null_sender = 0",
        to,
        since,
      )?.count ?? 0,
  }
}

const bothWays = ({ from, to }: Pair): [string, string] => {
  const [one = '', other = ''] = [mailKey(from), mailKey(to)].sort()
  return [one, other]
}
