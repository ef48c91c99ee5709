// What the running service last said of itself (for "simpost status"), the PINs that a SIM refused and the tries that it may have lost.

import { createHmac } from 'node:crypto'
import { isStoreTrouble, messageOf } from '../domain/errors.ts'
import { log } from '../log.ts'
import { type Store, setting } from './database/database.ts'

export interface ServiceState {
  /** Keeps `value` (plain data) under `key`; writes nothing if it is the same as before. */
  save(key: string, value: unknown, now: number): void
  /** @returns the value and when it was saved; undefined if there is none */
  read<Value>(key: string): { readonly value: Value; readonly at: number } | undefined
  pinRefused(iccid: string, pin: string): boolean
  /** Tries that this SIM may have lost since it was last open. */
  pinTriesLost(iccid: string): number
  pinTryBegins(iccid: string): void
  /** `open`: the SIM has all its tries again; `unread`: the last try was none. */
  pinTryEnded(iccid: string, pin: string, outcome: 'open' | 'refused' | 'unread', now: number): void
  /** Forgets all refused PINs and lost tries, of all SIMs. @returns how many were known */
  forgetPins(): number
}

export function createServiceState(store: Store): ServiceState {
  const hash = (iccid: string, pin: string): string =>
    createHmac('sha256', setting(store, 'secret')).update(`pin\n${iccid}\n${pin}`).digest('hex')
  return {
    save: (key, value, now) => {
      const text = JSON.stringify(value)
      const old = store.get<{ value: string }>('SELECT value FROM service_state WHERE key = ?', key)
      if (old?.value !== text)
        store.run('INSERT OR REPLACE INTO service_state VALUES (?, ?, ?)', key, text, now)
    },
    read: <Value>(key: string) => {
      const row = store.get<{ value: string; at: number }>(
        'SELECT value, at FROM service_state WHERE key = ?',
        key,
      )
      return row === undefined ? undefined : { value: JSON.parse(row.value) as Value, at: row.at }
    },
    pinRefused: (iccid, pin) =>
      store.get('SELECT 1 FROM refused_pin WHERE hash = ?', hash(iccid, pin)) !== undefined,
    pinTriesLost: (iccid) =>
      store.get<{ lost: number }>('SELECT lost FROM pin_try WHERE sim = ?', hash(iccid, ''))?.lost ?? 0,
    pinTryBegins: (iccid) => {
      const more = 'ON CONFLICT (sim) DO UPDATE SET lost = lost + 1'
      store.run(`INSERT INTO pin_try VALUES (?, 1) ${more}`, hash(iccid, ''))
    },
    pinTryEnded: (iccid, pin, outcome, now) => {
      if (outcome === 'refused')
        store.run('INSERT OR IGNORE INTO refused_pin VALUES (?, ?)', hash(iccid, pin), now)
      else if (outcome === 'open') store.run('DELETE FROM pin_try WHERE sim = ?', hash(iccid, ''))
      else store.run('UPDATE pin_try SET lost = lost - 1 WHERE sim = ? AND lost > 0', hash(iccid, ''))
    },
    forgetPins: () =>
      store.transaction(
        () => store.run('DELETE FROM refused_pin').changes + store.run('DELETE FROM pin_try').changes,
      ),
  }
}

/** Saves what is only shown: a full disk, which the guard of the database has told already, must not stop the part that wants to say so. */
export function show(state: ServiceState, key: string, value: unknown, now: number): void {
  try {
    state.save(key, value, now)
  } catch (error) {
    if (!isStoreTrouble(error)) log.warn('state-not-saved', { key, error: messageOf(error) })
  }
}
