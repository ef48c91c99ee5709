// Conversations: a phone number and a mail correspondent who exchange messages, the Message-IDs seen, and a secret token for the
// Reply-To. Invariant: a token or a Message-ID leads to the one pair it was made for and to nobody else, a token only while the talk it
// was made for lasts; subjects and dates are no keys.

import { createHmac } from 'node:crypto'
import { mailKey } from '../domain/address.ts'
import { type Store, setting } from './database/database.ts'

export interface Conversation {
  readonly id: number
  readonly number: string
  readonly correspondent: string
  /** 16 characters of lower-case base32: 80 bits. */
  readonly token: string
  readonly subject: string
  /** A Message-ID that stands first in References, so that mail programs group the talk. */
  readonly rootMailId: string
  readonly lastMailId: string | null
  readonly expiresAt: number
  /** True once somebody who may cause an SMS has written in it: the phone is no stranger then. */
  readonly answered: boolean
}

interface Row {
  id: number
  number: string
  correspondent: string
  token: string
  subject: string
  root_mail_id: string
  last_mail_id: string | null
  expires_at: number
  answered: number
}

const toConversation = (row: Row): Conversation => ({
  id: row.id,
  number: row.number,
  correspondent: row.correspondent,
  token: row.token,
  subject: row.subject,
  rootMailId: row.root_mail_id,
  lastMailId: row.last_mail_id,
  expiresAt: row.expires_at,
  answered: row.answered === 1,
})

export interface ConversationUpdate {
  readonly number: string
  readonly correspondent: string
  readonly subject: string
  /** The domain of the Message-IDs that we make. */
  readonly domain: string
  readonly now: number
  readonly expiresAt: number
  /** True if a mail brings it about. */
  readonly answered?: boolean
}

export interface Conversations {
  byToken(token: string): Conversation | undefined
  /** Conversations in which we sent a mail with one of these Message-IDs. */
  byMailIds(mailIds: readonly string[]): Conversation[]
  ofPair(number: string, correspondent: string): Conversation | undefined
  /** Conversations of a phone that have not expired, the latest first. */
  openOf(number: string, now: number): Conversation[]
  /** Ends the open conversation of a pair. @returns it as it was; undefined if none was open */
  endOf(number: string, correspondent: string, now: number): Conversation | undefined
  /** Opens a conversation until then at least: a message of the office goes out in it now, which makes it the latest. */
  prolong(id: number, until: number, now: number): void
  /** What the pair's conversation is, or would be if it were opened now; nothing is written. */
  preview(update: ConversationUpdate): Omit<Conversation, 'id'>
  /** Opens or continues the pair's conversation. After an expired one a new thread begins, and the old token leads nowhere. */
  touch(update: ConversationUpdate): Conversation
  /**
   * Remembers a Message-ID (with angle brackets) as the newest of the thread. Only our own are keys for answers: somebody who answers
   * the correspondent's mail does not talk to the phone.
   */
  addMail(conversationId: number, mailId: string, ours: boolean): void
  /** Remembers the Message-ID that a server gave a mail in place of ours: answers name that one. */
  renameMail(conversationId: number, ours: string, theirs: string): void
}

/** RFC 4648 base32 in lower case: local parts of addresses are compared without regard to case. */
function base32(octets: Uint8Array): string {
  const bits = [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five, 2)])
    .join('')
}

const tokenOctets = 10

export function createConversations(store: Store): Conversations {
  const secret = Buffer.from(setting(store, 'secret'), 'hex')
  const keyed = (...parts: readonly string[]): Buffer =>
    createHmac('sha256', secret).update(parts.join('\n')).digest()

  const preview = (update: ConversationUpdate): Omit<Conversation, 'id'> => {
    const old = store.get<Row>(
      'SELECT * FROM conversation WHERE number = ? AND correspondent_key = ?',
      update.number,
      mailKey(update.correspondent),
    )
    const pair = [update.number, mailKey(update.correspondent)]
    const alive = old !== undefined && old.expires_at > update.now
    return {
      number: update.number,
      correspondent: update.correspondent,
      token: alive ? old.token : base32(keyed('token', ...pair, String(update.now)).subarray(0, tokenOctets)),
      subject: alive ? old.subject : update.subject,
      rootMailId: alive
        ? old.root_mail_id
        : `<talk.${keyed('root', ...pair, String(update.now))
            .toString('hex')
            .slice(0, 16)}@${update.domain}>`,
      lastMailId: alive ? old.last_mail_id : null,
      expiresAt: Math.max(update.expiresAt, alive ? old.expires_at : 0),
      answered: update.answered === true || (alive && old.answered === 1),
    }
  }

  const row = (sql: string, ...values: (string | number)[]): Conversation | undefined => {
    const found = store.get<Row>(`SELECT * FROM conversation WHERE ${sql}`, ...values)
    return found === undefined ? undefined : toConversation(found)
  }

  return {
    preview,
    byToken: (token) => row('token = ?', token.toLowerCase()),
    byMailIds: (mailIds) => {
      const found = new Map<number, Conversation>()
      for (const mailId of mailIds)
        for (const one of store.all<Row>(
          'SELECT c.* FROM conversation_mail m JOIN conversation c ON c.id = m.conversation_id WHERE m.mail_id = ?',
          mailId,
        ))
          found.set(one.id, toConversation(one))
      return [...found.values()]
    },
    ofPair: (number, correspondent) =>
      row('number = ? AND correspondent_key = ?', number, mailKey(correspondent)),
    openOf: (number, now) =>
      store
        .all<Row>(
          'SELECT * FROM conversation WHERE number = ? AND expires_at > ? ORDER BY last_at DESC, id DESC',
          number,
          now,
        )
        .map(toConversation),
    endOf: (number, correspondent, now) => {
      const open = row(
        'number = ? AND correspondent_key = ? AND expires_at > ?',
        number,
        mailKey(correspondent),
        now,
      )
      if (open !== undefined) store.run('UPDATE conversation SET expires_at = ? WHERE id = ?', now, open.id)
      return open
    },
    prolong: (id, until, now) => {
      store.run(
        'UPDATE conversation SET expires_at = max(expires_at, ?), last_at = ?, answered = 1 WHERE id = ?',
        until,
        now,
        id,
      )
    },
    touch: (update) => {
      const next = preview(update)
      const { id } = store.get<{ id: number }>(
        `INSERT INTO conversation(number, correspondent, correspondent_key, token, subject, root_mail_id, last_mail_id, opened_at, last_at, expires_at, answered)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (number, correspondent_key) DO UPDATE SET token = excluded.token, subject = excluded.subject, root_mail_id = excluded.root_mail_id,
           last_mail_id = excluded.last_mail_id, last_at = excluded.last_at, expires_at = excluded.expires_at,
           answered = excluded.answered
         RETURNING id`,
        next.number,
        next.correspondent,
        mailKey(next.correspondent),
        next.token,
        next.subject,
        next.rootMailId,
        next.lastMailId,
        update.now,
        update.now,
        next.expiresAt,
        next.answered ? 1 : 0,
      ) ?? { id: 0 }
      return { ...next, id }
    },
    addMail: (conversationId, mailId, ours) => {
      if (ours)
        store.run(
          'INSERT OR IGNORE INTO conversation_mail(mail_id, conversation_id) VALUES (?, ?)',
          mailId,
          conversationId,
        )
      store.run('UPDATE conversation SET last_mail_id = ? WHERE id = ?', mailId, conversationId)
    },
    renameMail: (conversationId, ours, theirs) => {
      store.run(
        'INSERT OR IGNORE INTO conversation_mail(mail_id, conversation_id) VALUES (?, ?)',
        theirs,
        conversationId,
      )
      store.run(
        'UPDATE conversation SET last_mail_id = ? WHERE id = ? AND last_mail_id = ?',
        theirs,
        conversationId,
        ours,
      )
    },
  }
}
