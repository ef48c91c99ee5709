// How long things are kept. A message that is older than its time loses its words, and later its rows, of which daily counts stay.
// Works in bites: each is one short transaction, or only a look; where nothing is due nothing is written.
// Invariants: what is still open is never touched (`openDelivery`, and messages that are held); a PDU and a mail that may still lie outside
// stay known; the newest message and the newest delivery stay, so that no number of theirs is ever used twice.

import { mailKey } from '../../domain/address.ts'
import { dayOf } from '../../domain/day.ts'
import { parseDuration } from '../../domain/duration.ts'
import type { Store } from '../database/database.ts'
import { clearBooks } from './books.ts'
import { giveBackPages } from './pages.ts'
import { rowSteps } from './rows.ts'

/** Milliseconds; null: for ever. */
export interface Keeping {
  readonly textsMs: number | null
  /** Not less than `textsMs`. */
  readonly rowsMs: number | null
}

/** So many messages are looked at in one bite: some milliseconds. */
const messagesAtOnce = 25
/** 2026-01-01: this program has seen no message before. What bears an earlier time came while the clock was wrong. */
const firstMessageAt = Date.UTC(2026, 0, 1)

interface Aged {
  readonly id: number
  readonly at: number
}

/**
 * One pass over everything. Each step of the generator is a bite; it yields how many rows it changed, and may be left at any time.
 * @param now milliseconds since 1970, of a clock that can be trusted
 */
export function* retention(store: Store, keeping: Keeping, now: number): Generator<number, void> {
  if (now < firstMessageAt) return
  yield* stampAnew(store, now)
  const { textsMs, rowsMs } = keeping
  const keeps = keepOfBindings(store)
  const keepOf = (addresses: readonly string[]): number => {
    const own = addresses.map((address) => keeps.get(mailKey(address))).filter((ms) => ms !== undefined)
    return Math.min(...(own.length > 0 ? own : [textsMs ?? Infinity]), rowsMs ?? Infinity)
  }
  const ages = new Set([...keeps.values(), textsMs ?? Infinity].map((ms) => Math.min(ms, rowsMs ?? Infinity)))
  for (const ageMs of ages) if (ageMs < Infinity) yield* eraseTexts(store, { ageMs, keepOf, now })
  if (textsMs !== null) yield* eraseUnasked(store, now - textsMs, now)
  if (rowsMs !== null) yield* deleteRows(store, now - rowsMs, now)
  yield* clearTalks(store, { keepOf, rowsMs, now })
  yield* clearBooks(store, now)
  yield* giveBackPages(store)
}

/** When the newest of the messages that bear an earlier time came; null: there is none. */
export function lastMessageBefore(store: Store, before: number): number | null {
  const times = [0, 1].map(
    (hasText) =>
      store.get<{ at: number | null }>(
        'SELECT max(received_at) AS at FROM message WHERE has_text = ? AND received_at < ?',
        hasText,
        before,
      )?.at ?? null,
  )
  return times.reduce((last, at) => (at === null || (last !== null && last > at) ? last : at), null)
}

/** What is kept for how long because a binding says so, by address, in ms. */
function keepOfBindings(store: Store): ReadonlyMap<string, number> {
  const rows = store.all<{ mailbox: string; number: string; keep: string }>(
    "SELECT mailbox_key AS mailbox, number, keep FROM binding WHERE keep IS NOT NULL AND origin = 'cli' AND expires_at IS NULL",
  )
  return new Map(
    rows.flatMap(({ mailbox, number, keep }) => {
      const ms = parseDuration(keep) ?? Infinity
      return [[mailbox, ms] as const, [number, ms] as const]
    }),
  )
}

/** Rows in the order of their age, some at a time, until there are none. */
function* agedRows(
  store: Store,
  { table, column, where, before }: { table: string; column: string; where: string; before: number },
): Generator<readonly Aged[], void> {
  let last: Aged = { id: 0, at: Number.MIN_SAFE_INTEGER }
  for (;;) {
    const rows = store.all<Aged>(
      `SELECT id, ${column} AS at FROM ${table} WHERE ${where} AND ${column} < ? AND (${column}, id) > (?, ?)
       ORDER BY ${column}, id LIMIT ${messagesAtOnce}`,
      ...[before, last.at, last.id],
    )
    const end = rows.at(-1)
    if (end === undefined) return
    last = end
    yield rows
  }
}

/** What came while the clock stood before the first message of all is as old as its discovery. */
function* stampAnew(store: Store, now: number): Generator<number, void> {
  for (const [table, column, where] of [
    ['message', 'received_at', 'has_text = 1'],
    ['delivery', 'created_at', 'message_id IS NULL'],
    ['pdu', 'received_at', 'message_id IS NULL AND concat_key IS NULL'],
  ] as const)
    for (const rows of agedRows(store, { table, column, where, before: firstMessageAt }))
      yield store.transaction(() => {
        for (const { id } of rows) store.run(`UPDATE ${table} SET ${column} = ? WHERE id = ?`, now, id)
        return rows.length
      })
}

interface Age {
  /** Messages up to this age are left alone in this turn. */
  readonly ageMs: number
  /** How long the words between these addresses are kept. */
  readonly keepOf: (addresses: readonly string[]) => number
  readonly now: number
}

/** Of a message and all that came of it: the words. Who, when and what became of it stay. */
function* eraseTexts(store: Store, { ageMs, keepOf, now }: Age): Generator<number, void> {
  const steps = rowSteps(store)
  const where = 'has_text = 1'
  for (const rows of agedRows(store, { table: 'message', column: 'received_at', where, before: now - ageMs }))
    yield store.transaction(() => {
      let erased = 0
      for (const { id, at } of rows) {
        const until = now - keepOf(steps.addressesOf(id))
        if (at >= until || steps.isOpen(id, until, now)) continue
        steps.eraseMessage(id)
        erased++
      }
      return erased
    })
}

/** The same of what no message caused: digests, alarms and commands, status reports and drafts on the SIM. */
function* eraseUnasked(store: Store, before: number, now: number): Generator<number, void> {
  const steps = rowSteps(store)
  for (const rows of agedRows(store, { ...deliveriesAlone, before }))
    yield store.transaction(() => sum(rows, ({ id }) => steps.eraseDelivery(id, before, now)))
  for (const rows of agedRows(store, { ...pdusAlone, before }))
    yield store.transaction(() => sum(rows, ({ id }) => steps.erasePdu(id)))
}

const deliveriesAlone = { table: 'delivery', column: 'created_at', where: 'message_id IS NULL' } as const
/** A part that waits for others has neither a message yet. */
const pdusAlone = {
  ...{ table: 'pdu', column: 'received_at', where: 'message_id IS NULL AND concat_key IS NULL' },
} as const

const sum = <T>(rows: readonly T[], count: (row: T) => number): number =>
  rows.reduce((total, row) => total + count(row), 0)

/** The rows themselves; how many messages there were on each day stays. */
function* deleteRows(store: Store, before: number, now: number): Generator<number, void> {
  const steps = rowSteps(store)
  const where = 'has_text = 0 AND id < (SELECT max(id) FROM message)'
  for (const rows of agedRows(store, { table: 'message', column: 'received_at', where, before }))
    yield store.transaction(() =>
      sum(rows, ({ id, at }) => {
        if (steps.isOpen(id, before, now)) return 0
        steps.deleteMessage(id, dayOf(at), before)
        return 1
      }),
    )
  for (const rows of agedRows(store, { ...deliveriesAlone, before }))
    yield store.transaction(() => sum(rows, ({ id, at }) => steps.deleteDelivery(id, dayOf(at), before, now)))
  for (const rows of agedRows(store, { ...pdusAlone, before }))
    yield store.transaction(() => sum(rows, ({ id }) => steps.deletePdu(id)))
}

interface Talk {
  readonly id: number
  readonly number: string
  readonly correspondent: string
  readonly subject: string
  readonly lastAt: number
  readonly expiresAt: number
}

/** Talks that have ended: their subject, and when no delivery of them is left, they themselves with their tokens. */
function* clearTalks(
  store: Store,
  { keepOf, rowsMs, now }: Pick<Age, 'keepOf' | 'now'> & Pick<Keeping, 'rowsMs'>,
): Generator<number, void> {
  const steps = rowSteps(store)
  for (let last = 0; ; ) {
    const talks = store.all<Talk>(
      `SELECT id, number, correspondent, subject, last_at AS lastAt, expires_at AS expiresAt FROM conversation
       WHERE id > ? ORDER BY id LIMIT ${messagesAtOnce}`,
      last,
    )
    const end = talks.at(-1)
    if (end === undefined) return
    last = end.id
    yield store.transaction(() =>
      sum(talks, ({ id, number, correspondent, subject, lastAt, expiresAt }) => {
        const endedAt = Math.max(lastAt, expiresAt)
        if (rowsMs !== null && endedAt < now - rowsMs && steps.deleteTalk(id)) return 1
        if (subject === '' || endedAt >= now - keepOf([number, correspondent])) return 0
        store.run("UPDATE conversation SET subject = '' WHERE id = ?", id)
        return 1
      }),
    )
  }
}
