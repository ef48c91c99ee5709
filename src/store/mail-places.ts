// Where mails lie on the server, and how far each folder was read: (folder, UIDVALIDITY, UID) names a mail for ever (RFC 9051 2.3.1.1).

import type { MailPlace } from '../domain/ports.ts'
import type { Store } from './database/database.ts'

export interface Place {
  readonly folder: string
  readonly uidValidity: string
  readonly uid: number
}

export interface MailPlaces {
  setPlace(place: Place, messageId: number, mailPlace: MailPlace): void
  placeOf(place: Place): MailPlace | undefined
  cursor(folder: string, uidValidity: string): number | null
  /** The first UID that was not there before the service; mails below it are never looked at. 1 if nothing is known. */
  firstUid(folder: string, uidValidity: string): number
  /** Reading begins behind `uid`. */
  begin(folder: string, uidValidity: string, uid: number, now: number): void
  /** The folder has new numbers. Reading begins at the first one; what has a number up to `foundUid` may be old. */
  beginAnew(place: Omit<Place, 'uid'> & { readonly foundUid: number | null }, now: number): void
  setCursor(folder: string, uidValidity: string, uid: number, now: number): void
  /**
   * When reading began in this folder under any UIDVALIDITY, or since when the journal remembers its mails, if that is later; null if never.
   */
  beganAt(folder: string): number | null
  /** True if the folder was first read under another UIDVALIDITY. */
  isOtherGeneration(folder: string, uidValidity: string): boolean
  /** False if the mail came after the folder was first seen under this UIDVALIDITY; true also if that is not known. */
  mayBeOld(place: Place): boolean
}

/** Part of the journal, on the tables mail_place and mail_cursor. */
export function createMailPlaces(store: Store): MailPlaces {
  const number = (sql: string, ...values: string[]): number | null =>
    store.get<{ value: number | null }>(sql, ...values)?.value ?? null
  return {
    setPlace: ({ folder, uidValidity, uid }, messageId, place) => {
      store.run(
        'INSERT OR REPLACE INTO mail_place VALUES (?, ?, ?, ?, ?)',
        folder,
        uidValidity,
        uid,
        messageId,
        place,
      )
    },
    placeOf: ({ folder, uidValidity, uid }) =>
      store.get<{ place: MailPlace }>(
        'SELECT place FROM mail_place WHERE folder = ? AND uid_validity = ? AND uid = ?',
        folder,
        uidValidity,
        uid,
      )?.place,
    cursor: (folder, uidValidity) =>
      number(
        'SELECT uid AS value FROM mail_cursor WHERE folder = ? AND uid_validity = ?',
        folder,
        uidValidity,
      ),
    firstUid: (folder, uidValidity) =>
      number(
        'SELECT first_uid AS value FROM mail_cursor WHERE folder = ? AND uid_validity = ?',
        folder,
        uidValidity,
      ) ?? 1,
    begin: (folder, uidValidity, uid, now) => {
      store.run(
        'INSERT OR IGNORE INTO mail_cursor(folder, uid_validity, uid, first_uid, began_at) VALUES (?, ?, ?, ?, ?)',
        folder,
        uidValidity,
        uid,
        uid + 1,
        now,
      )
    },
    beginAnew: ({ folder, uidValidity, foundUid }, now) => {
      // A clock that was set back must not make this the first generation: the mails of all would be new.
      store.run(
        `INSERT OR IGNORE INTO mail_cursor(folder, uid_validity, uid, first_uid, began_at, found_uid)
         VALUES (?, ?, 0, 1, max(?, coalesce((SELECT max(began_at) + 1 FROM mail_cursor WHERE folder = ?), 0)), ?)`,
        folder,
        uidValidity,
        now,
        folder,
        foundUid,
      )
    },
    setCursor: (folder, uidValidity, uid, now) => {
      store.run(
        `INSERT INTO mail_cursor(folder, uid_validity, uid, first_uid, began_at) VALUES (?, ?, ?, 1, ?)
         ON CONFLICT (folder, uid_validity) DO UPDATE SET uid = max(uid, excluded.uid)`,
        folder,
        uidValidity,
        uid,
        now,
      )
    },
    beganAt: (folder) =>
      number(
        `SELECT max(min(began_at), coalesce((SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'forgotten_until'), 0)) AS value
         FROM mail_cursor WHERE folder = ?`,
        folder,
      ),
    isOtherGeneration: (folder, uidValidity) => {
      const first = store.get<{ uid_validity: string }>(
        'SELECT uid_validity FROM mail_cursor WHERE folder = ? ORDER BY began_at LIMIT 1',
        folder,
      )
      return first !== undefined && first.uid_validity !== uidValidity
    },
    mayBeOld: ({ folder, uidValidity, uid }) => {
      const found = number(
        'SELECT found_uid AS value FROM mail_cursor WHERE folder = ? AND uid_validity = ?',
        folder,
        uidValidity,
      )
      return found === null || uid <= found
    },
  }
}
