// What is in doubt after a backup was put back: the database of before went on for a while, and what it did is not known.
// Invariants: an SMS that may have been sent then is not sent again by itself: it is `uncertain`, or held until a person releases it;
// mails are repeated, with the same bytes and Message-ID. All of it is settled in one commit, before the first loop runs.

import type { Store } from '../database/database.ts'
import { open } from '../outbox/types.ts'
import { readStamp, stamp } from './backup.ts'

export const restoredKey = 'restored'

/** Stands in the database since a backup was put back; times in ms since 1970. */
export interface Restored {
  readonly restoredAt: number
  /** The last write of the database that was replaced; if that was gone, when the backup was put back. */
  readonly lostUntil: number
  readonly settled: boolean
}

export interface Settled {
  /** SMS that were to be sent, and may have been. */
  readonly uncertain: number
  /** SMS that waited for a time or a person, and now wait for a person. */
  readonly held: number
}

/**
 * Deliveries got numbers since the backup, by which their servers still report: those are not given again. Numbers go on at the seconds since
 * 1970, for the same backup may be put back a second time; where no clock tells, so many are left out.
 */
const numbersSkipped = 1_000_000
const dayMs = 86_400_000

/** What a backup holds that nobody knows the end of: SMS to be sent, SMS that wait, mails to be sent. */
export function countOpen(store: Store): {
  readonly sms: number
  readonly heldSms: number
  readonly mails: number
} {
  const count = (where: string): number =>
    store.get<{ count: number }>(`SELECT count(*) AS count FROM delivery WHERE ${where}`)?.count ?? 0
  return {
    sms: count(`medium = 'sms' AND ${open}`),
    heldSms: count("medium = 'sms' AND state = 'held'"),
    mails: count(`medium = 'mail' AND ${open}`),
  }
}

/** @returns null if nothing was put back since the last start */
export function settleRestored(store: Store, now: number): Settled | null {
  const restored = readStamp<Restored>(store, restoredKey)
  if (restored === undefined || restored.settled) return null
  return store.transaction(() => {
    const why = `a backup was put back on ${new Date(restored.restoredAt).toISOString()}; it may have been sent before`
    const note = (state: string): void => {
      store.run(
        `INSERT INTO step(message_id, at, what, detail)
         SELECT DISTINCT message_id, ?, 'restored', ? FROM delivery WHERE medium = 'sms' AND message_id IS NOT NULL AND ${state}`,
        now,
        why,
      )
    }
    note(open)
    store.run(
      `UPDATE segment SET state = 'uncertain' WHERE state IN ('queued', 'submitting')
         AND delivery_id IN (SELECT id FROM delivery WHERE medium = 'sms' AND ${open})`,
    )
    // Two attempts at least: exchange.uncertain = "resend" sends once more what was tried once, and of this nobody knows how often.
    const uncertain = store.run(
      `UPDATE delivery SET state = 'uncertain', reason = ?, attempts = max(attempts, 1) + 1, told_at = NULL, updated_at = ?
       WHERE medium = 'sms' AND ${open}`,
      why,
      now,
    ).changes
    note("state = 'held'")
    const held = store.run(
      `UPDATE delivery SET held_reason = 'restored', held_until = NULL, updated_at = ? WHERE medium = 'sms' AND state = 'held'`,
      now,
    ).changes
    store.run(
      `UPDATE message SET reason = 'restored' WHERE judgement = 'hold' AND raw IS NULL
         AND id IN (SELECT message_id FROM delivery WHERE held_reason = 'restored' AND state = 'held')`,
    )
    store.run(
      `INSERT INTO delivery(id, medium, recipient, rule, text, state, reason, created_at, updated_at)
       SELECT max(coalesce(max(id), 0) + ?, ?), 'mail', '', 'notice', '', 'cancelled', 'a backup was put back: numbers go on from here', ?, ?
       FROM delivery`,
      numbersSkipped,
      Math.floor(restored.restoredAt / 1000),
      // It is no event of today.
      now - dayMs,
      now - dayMs,
    )
    stamp(store, restoredKey, { ...restored, settled: true }, restored.restoredAt)
    return { uncertain, held }
  })
}

/** The clocks of the box and of the mail server may differ by so much. */
const clocksDifferMs = 900_000

/**
 * Until when a message that came from outside may have been handled by a database that was replaced, in ms since 1970; null: no backup
 * was ever put back.
 */
export function handledUntil(store: Store): number | null {
  const restored = readStamp<Restored>(store, restoredKey)
  if (restored === undefined) return null
  // What comes after it was put back is new, whatever the clocks say.
  return Math.min(restored.lostUntil + clocksDifferMs, restored.restoredAt)
}
