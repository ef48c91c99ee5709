// Which deliveries are still to be sent; the words of the index `delivery_open`, so that SQLite uses it.

/** No schedule waits longer than this, so a due time further ahead means that the wall clock went back. */
const clockJumpMs = 2 * 3_600_000

export const open = "state IN ('queued', 'sending')"

/** SQL: due at a time, which is bound twice. */
export const due = `(next_attempt_at <= ? OR next_attempt_at > ? + ${clockJumpMs})`
