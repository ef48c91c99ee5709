// Keeps what is known of the refusals of our own account over a restart of the service, in the table of service states.
// Invariant: nothing kept here helps to guess a password: a mark has 16 bits, enough to tell that it was changed.

import { createHash } from 'node:crypto'
import { type ServiceState, show } from '../store/service-state.ts'

/** Hexadecimal digits of a mark. */
const markDigits = 4

export interface Holds {
  /** Refusals in a row. */
  readonly count: number
  /** Wall clock of the last one, milliseconds since 1970. */
  readonly at: number
  /** How long was to be waited then. */
  readonly waitMs: number
  /** What was refused, as a mark; null: not known. */
  readonly cause: string | null
}

/** One value that outlives the service. */
export interface Memory<Value> {
  /** null: nothing is kept. */
  read(): Value | null
  /** Never throws: a full disk is logged. */
  save(value: Value | null): void
}

/** null in it: the account was last accepted, or never tried. */
export type HoldMemory = Memory<Holds>

/** @param key tells values apart: "mailbox-refusals" */
export function createMemory<Value>(state: ServiceState, key: string, now: () => number): Memory<Value> {
  return {
    read: () => state.read<Value | null>(key)?.value ?? null,
    save: (value) => show(state, key, value, now()),
  }
}

/**
 * A short mark of the account and its password; null if it has none. A file that cannot be read is a mark of its own, so that its
 * return ends the wait.
 */
export function passwordMark(account: string, read: () => string | null): string | null {
  const password = readable(read)
  if (password === null) return null
  return createHash('sha256').update(`${account}\0${password}`).digest('hex').slice(0, markDigits)
}

function readable(read: () => string | null): string | null {
  try {
    return read()
  } catch {
    return ''
  }
}
