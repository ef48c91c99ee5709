// The journal: every incoming message, its way through the exchange step by step, and where it lies outside (UID of a mail, PDU of
// an SMS). Invariant: what is acknowledged to the outside stands here first; the same thing seen twice is recognised here.

import type { Medium } from '../domain/message.ts'
import type { Store } from './database/database.ts'
import { createMailPlaces, type MailPlaces } from './mail-places.ts'

export type Judgement = 'convert' | 'pass' | 'hold' | 'refuse' | 'ignore'

/** One step of a message on its way, in words for the operator. */
export interface Step {
  readonly what: string
  readonly detail: string
}

export interface NewMessage {
  readonly medium: Medium
  readonly sender: string
  readonly subject: string
  readonly text: string
  /** Message-ID of a mail. */
  readonly mailId: string | null
  /** Content digest of a mail, the same for every copy of it. */
  readonly digest: string | null
  readonly receivedAt: number
  readonly flag: 0 | 1 | null
  readonly flagFrom: string | null
  readonly judgement: Judgement
  readonly reason: string
  /** Kept only where nothing else holds the message. */
  readonly raw: Buffer | null
  /** Of a mail that becomes an SMS: who gets reports about it (null: nobody), and the header lines that they return. */
  readonly reportTo?: string | null
  readonly header?: string | null
}

export interface JournalEntry extends Required<NewMessage> {
  readonly id: number
  /** Its words were kept for their time and are gone (retention.ts). */
  readonly erased: boolean
}

export interface JournalFilter {
  readonly judgement?: Judgement
  readonly medium?: Medium
  /** Only what did not go out to the other side. */
  readonly unconverted?: boolean
  readonly limit: number
}

export interface Journal extends MailPlaces {
  add(message: NewMessage, steps: readonly Step[]): number
  addSteps(messageId: number, at: number, steps: readonly Step[]): void
  get(messageId: number): JournalEntry | undefined
  /** Says anew what became of a message that was held; its raw form is kept only while it still is. */
  settle(messageId: number, outcome: Pick<NewMessage, 'judgement' | 'reason' | 'flag' | 'flagFrom'>): void
  /** Texts of this phone that wait until it says whom it means, the oldest first. */
  waitingOf(number: string): { readonly id: number; readonly text: string }[]
  /** SMS that wait for an answer of their phone and came at or before `until`. */
  unanswered(until: number): { readonly id: number }[]
  /** The latest first. */
  list(filter: JournalFilter): JournalEntry[]
  steps(messageId: number): { readonly at: number; readonly what: string; readonly detail: string }[]
  /** Counts since a time, by medium and judgement, without those of one sender. */
  counts(
    since: number,
    without: string,
  ): { readonly medium: Medium; readonly judgement: Judgement; readonly count: number }[]
  /** Phone numbers and mailboxes to which a mail with this content went already. */
  served(digest: string): string[]
  /** True if a mail with this content stands in the journal. */
  knowsDigest(digest: string): boolean
}

interface Row {
  id: number
  medium: Medium
  sender: string
  subject: string
  text: string
  mail_id: string | null
  digest: string | null
  received_at: number
  flag: 0 | 1 | null
  flag_from: string | null
  judgement: Judgement
  reason: string
  raw: Buffer | null
  report_to: string | null
  header: string | null
  has_text: number
}

const toEntry = (row: Row): JournalEntry => ({
  id: row.id,
  medium: row.medium,
  sender: row.sender,
  subject: row.subject,
  text: row.text,
  mailId: row.mail_id,
  digest: row.digest,
  receivedAt: row.received_at,
  flag: row.flag,
  flagFrom: row.flag_from,
  judgement: row.judgement,
  reason: row.reason,
  raw: row.raw,
  reportTo: row.report_to,
  header: row.header,
  erased: row.has_text === 0,
})

/** No question waits longer for its answer; one of later was asked while the clock was wrong. */
const askMaxMs = 32 * 86_400_000

export function createJournal(store: Store): Journal {
  const addSteps = (messageId: number, at: number, steps: readonly Step[]): void => {
    for (const step of steps)
      store.run(
        'INSERT INTO step(message_id, at, what, detail) VALUES (?, ?, ?, ?)',
        messageId,
        at,
        step.what,
        step.detail,
      )
  }
  return {
    add: (message, steps) => {
      const { id } = store.run(
        `INSERT INTO message(medium, sender, subject, text, mail_id, digest, received_at, flag, flag_from, judgement, reason, raw,
           report_to, header)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        message.medium,
        message.sender,
        message.subject,
        message.text,
        message.mailId,
        message.digest,
        message.receivedAt,
        message.flag,
        message.flagFrom,
        message.judgement,
        message.reason,
        message.raw,
        message.reportTo ?? null,
        message.header ?? null,
      )
      addSteps(id, message.receivedAt, steps)
      return id
    },
    addSteps,
    get: (messageId) => {
      const row = store.get<Row>('SELECT * FROM message WHERE id = ?', messageId)
      return row === undefined ? undefined : toEntry(row)
    },
    settle: (messageId, { judgement, reason, flag, flagFrom }) => {
      store.run(
        `UPDATE message SET judgement = ?, reason = ?, flag = ?, flag_from = ?, raw = CASE WHEN ? = 'hold' THEN raw END
         WHERE id = ?`,
        judgement,
        reason,
        flag,
        flagFrom,
        judgement,
        messageId,
      )
    },
    waitingOf: (number) =>
      store.all(
        "SELECT id, text FROM message WHERE sender = ? AND judgement = 'hold' AND reason = 'ambiguous' ORDER BY id",
        number,
      ),
    unanswered: (until) =>
      store.all(
        `SELECT id FROM message INDEXED BY message_held WHERE judgement = 'hold' AND reason = 'ambiguous'
           AND (received_at <= ? OR received_at > ? + ${askMaxMs}) ORDER BY id`,
        until,
        until,
      ),
    list: ({ judgement, medium, unconverted, limit }) => {
      const wanted: readonly (readonly [string, string])[] = [
        ...(judgement === undefined ? [] : [['judgement = ?', judgement] as const]),
        ...(medium === undefined ? [] : [['medium = ?', medium] as const]),
        ...(unconverted === true ? [['judgement <> ?', 'convert'] as const] : []),
      ]
      const where = ['1', ...wanted.map(([condition]) => condition)].join(' AND ')
      const values = wanted.map(([, value]) => value)
      return store
        .all<Row>(`SELECT * FROM message WHERE ${where} ORDER BY id DESC LIMIT ?`, ...values, limit)
        .map(toEntry)
    },
    steps: (messageId) =>
      store.all('SELECT at, what, detail FROM step WHERE message_id = ? ORDER BY rowid', messageId),
    counts: (since, without) =>
      store.all(
        `SELECT medium, judgement, count(*) AS count FROM message
         WHERE has_text IN (0, 1) AND received_at >= ? AND sender <> ? GROUP BY medium, judgement`,
        since,
        without,
      ),
    knowsDigest: (digest) =>
      store.get('SELECT 1 FROM message WHERE digest = ? LIMIT 1', digest) !== undefined,
    served: (digest) =>
      store
        .all<{ recipient: string }>(
          `SELECT DISTINCT d.recipient FROM message m JOIN delivery d ON d.message_id = m.id
           WHERE m.digest = ? AND d.rule <> 'notice'`,
          digest,
        )
        .map((row) => row.recipient),
    ...createMailPlaces(store),
  }
}
