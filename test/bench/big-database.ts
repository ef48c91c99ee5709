// A database as a large office has it after a year: bindings, messages of both directions with all that belongs to them. Made by SQL
// from counting rows, so that a million takes a minute; the shapes are those that the service writes (compare a row of each table).
// Message 1, 3, 5 ... are mails that became delivered SMS, 2, 4, 6 ... SMS that became mails; of each 50 one was ignored.

import { segmentText } from '../../src/sms/segment.ts'
import { encodeSubmit } from '../../src/sms/tpdu.ts'
import { openStore, type Store } from '../../src/store/database/database.ts'
import { now } from '../store/temp-store.ts'

export interface Size {
  readonly bindings: number
  readonly messages: number
  /** When the last message came, ms since 1970. */
  readonly until: number
}

/** The SMS of all, as it was submitted. */
const submitted = submitOf('At noon in the canteen, as always? This is message 123456.')
const spanMs = 365 * 86_400_000
const dayMs = 86_400_000

function submitOf(text: string) {
  const [part] = segmentText(text, { reference: 0 }).parts
  if (part === undefined) throw new Error('no part')
  return encodeSubmit({ to: '+4917012345678', part, encoding: 'gsm7' })
}

/** The phone of binding `index`, from 0. */
export const numberOf = (index: number): string => `+4917${10_000_000 + index}`
export const mailboxOf = (index: number): string => `person${index}@office.example`

/** The same, as SQL over a number n. */
const numberSql = (n: string): string => `('+4917' || (10000000 + ${n}))`
const mailboxSql = (n: string): string => `('person' || ${n} || '@office.example')`

/** Rows 1 to `count` as n, with the time `at` of each, in the order of the messages. */
const counted = (count: number, { messages, until }: Size): string =>
  `WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < ${count}),
     numbered AS MATERIALIZED (SELECT n, ${until} - (${messages} - n) * ${Math.floor(spanMs / messages)} AS at FROM counter)`

/** 32 hexadecimal digits that no other n has. */
const hash = (n: string): string =>
  `printf('%08x%08x%016x', (${n} * 2654435761) % 4294967296, ${n} % 65536, ${n})`

const isMail = 'n % 2 = 1'
const isIgnored = 'n % 50 = 49'

/** One INSERT for each table. `pair` is the binding that message n belongs to, spread so that neighbours are strangers. */
export function insertions(size: Size): readonly string[] {
  const { bindings, messages, until } = size
  const pair = `((n * 7919) % ${bindings})`
  const phone = numberSql(pair)
  const person = mailboxSql(`((${pair} * 31 + 7) % ${bindings})`)
  const rows = counted(messages, size)
  /** The books keep 70 days. */
  const booked = `${isMail} AND at > ${until - 70 * dayMs}`
  const day = "strftime('%Y-%m-%d', at / 1000, 'unixepoch')"
  return [
    `INSERT INTO binding(mailbox, mailbox_key, number, alias, name, line, origin, created_at)
     ${counted(bindings, size)} SELECT ${mailboxSql('(n - 1)')}, ${mailboxSql('(n - 1)')}, ${numberSql('(n - 1)')}, 'p' || (n - 1), 'Person ' || n, 0, 'cli', ${now}
     FROM numbered`,
    `INSERT INTO conversation(id, number, correspondent, correspondent_key, token, subject, root_mail_id, last_mail_id, opened_at, last_at, expires_at,
       answered)
     ${counted(Math.min(bindings, messages), size)} SELECT n, ${numberSql('(n - 1)')}, ${mailboxSql(`(((n - 1) * 31 + 7) % ${bindings})`)},
       ${mailboxSql(`(((n - 1) * 31 + 7) % ${bindings})`)}, substr(${hash('n')}, 1, 16), 'Re: Lunch', '<talk.' || ${hash('n')} || '@office.example>', NULL,
       ${until - spanMs}, at, at + 7 * ${dayMs}, 1 FROM numbered`,
    `INSERT INTO message(id, medium, sender, subject, text, mail_id, digest, received_at, flag, flag_from, judgement, reason, report_to, header)
     ${rows} SELECT n, iif(${isMail}, 'mail', 'sms'), iif(${isMail}, ${person}, ${phone}), iif(${isMail}, '[sms] Lunch ' || n, ''),
       'At noon in the canteen, as always? This is message ' || n || '.', iif(${isMail}, '<' || n || '@office.example>', NULL),
       iif(${isMail}, ${hash('n')}, NULL), at, 1, iif(${isMail}, 'tag', 'policy'), iif(${isIgnored}, 'ignore', 'convert'),
       iif(${isMail}, 'flagged', 'answer'), iif(${isMail}, ${person}, NULL),
       iif(${isMail}, 'Date: Wed, 25 Nov 2026 02:02:29 GMT' || char(13, 10) || 'Subject: [sms] Lunch ' || n || char(13, 10), NULL) FROM numbered`,
    `INSERT INTO step(message_id, at, what, detail)
     ${rows}, said(place, what, detail) AS (VALUES (1, 'flag', '1 from tag'), (2, 'trust', 'person@office.example is allowed; dmarc=pass'),
       (3, 'look up', 'sms@office.example -> +491701234567 by rule conversation'), (4, 'convert', '+491701234567: 1 part in GSM 7-bit'))
     SELECT n, at, what, detail FROM numbered CROSS JOIN said`,
    `INSERT INTO mail_place(folder, uid_validity, uid, message_id, place)
     ${rows} SELECT 'sms@office.example@127.0.0.1/INBOX', '1', n, n, 'done' FROM numbered WHERE ${isMail}`,
    `INSERT INTO pdu(fingerprint, pdu, received_at, message_id)
     ${rows} SELECT ${hash('n')}, '07919471016700000D91947110325476F80000621152302092400BF17A794E4FBFDD207C0C' || n, at,
       iif(${isMail}, NULL, n) FROM numbered WHERE NOT ${isIgnored}`,
    `INSERT INTO delivery(id, message_id, conversation_id, medium, recipient, rule, text, encoding, state, attempts, next_attempt_at, cause, window_ms,
       charged_at, validity_ms, created_at, updated_at, mail_id)
     ${rows} SELECT n, n, ${pair} + 1, iif(${isMail}, 'sms', 'mail'), iif(${isMail}, ${phone}, ${person}), 'conversation',
       'At noon in the canteen, as always? This is message ' || n || '.', iif(${isMail}, 'gsm7', NULL),
       iif(${isMail}, iif(n % 1000 = 1, 'failed', 'delivered'), 'sent'), 0, at, iif(${isMail}, ${person}, ${phone}), 7 * ${dayMs},
       iif(${isMail}, at, NULL), iif(${isMail}, ${dayMs}, NULL), at, at + 5000, iif(${isMail}, NULL, '<sms.' || ${hash('n')} || '@office.example>')
     FROM numbered WHERE NOT ${isIgnored}`,
    `INSERT INTO conversation_mail(mail_id, conversation_id)
     ${rows} SELECT '<sms.' || ${hash('n')} || '@office.example>', ${pair} + 1 FROM numbered WHERE NOT ${isMail} AND NOT ${isIgnored}`,
    `INSERT INTO segment(delivery_id, seq, pdu, tpdu_length, state, message_reference, submitted_at, report_status)
     ${rows} SELECT n, 1, '${submitted.pdu}', ${submitted.tpduLength}, iif(n % 1000 = 1, 'failed', 'delivered'),
       iif(n % 1000 = 1, NULL, n / 2 % 256), at + 100, 0 FROM numbered WHERE ${isMail} AND NOT ${isIgnored}`,
    `INSERT INTO spending(scope, key, day, parts)
     ${rows}, spent AS (SELECT *, ${day} AS day, ${phone} AS phone, ${person} AS person FROM numbered WHERE ${booked})
     SELECT 'box', '', day, count(*) FROM spent GROUP BY day
     UNION ALL SELECT 'binding', phone, day, count(*) FROM spent GROUP BY phone, day
     UNION ALL SELECT 'sender', person, day, count(*) FROM spent GROUP BY person, day`,
    `INSERT INTO told(key, at) ${rows} SELECT 'notice ' || n, at FROM numbered WHERE n % 100 = 0 AND at > ${until - 70 * dayMs}`,
    `INSERT INTO signal(at, dbm, stat, technology)
     ${counted(25_000, { ...size, messages: 25_000 })} SELECT ${until} - (25000 - n) * 300000, -70 - n % 20, 1, 7 FROM numbered`,
  ]
}

/** Fills an open, empty database; its statistics are left alone, as in the service, which never runs ANALYZE. */
export function fillDatabase(store: Store, size: Size): void {
  for (const sql of insertions(size)) store.transaction(() => store.run(sql))
}

/** Makes a file of it: without a journal and with a large cache, since a file that is not finished is thrown away. */
export function makeBigDatabase(path: string, size: Size): void {
  const store = openStore(path)
  try {
    store.get('PRAGMA journal_mode = OFF')
    for (const pragma of ['synchronous = OFF', 'cache_size = -1000000', 'temp_store = MEMORY'])
      store.run(`PRAGMA ${pragma}`)
    fillDatabase(store, size)
  } finally {
    store.close()
  }
}
