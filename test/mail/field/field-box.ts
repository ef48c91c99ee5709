// A box for the cases of the field: raw mails through the real reader, decision and commit on a database in memory, and what came of
// them in words that fit into a table. Anna works in the office, Dora for a partner; Bob and Carol have phones.

import assert from 'node:assert/strict'
import { parseConfig } from '../../../src/config/config.ts'
import { createDesk, mailReader } from '../../../src/daemon/desk.ts'
import type { IncomingMail, StoredMail } from '../../../src/domain/message.ts'
import type { MailPlace } from '../../../src/domain/ports.ts'
import type { Desk } from '../../../src/exchange/desk.ts'
import { createMailIntake } from '../../../src/exchange/intake/mail-intake.ts'
import { configureLog } from '../../../src/log.ts'
import { openStore } from '../../../src/store/database/database.ts'
import { fakeClock } from '../../exchange/fake-clock.ts'
import { binding, mailbox, phone } from '../../exchange/world.ts'
import { headerFields } from '../../support/office.ts'

configureLog('error', () => {})

export const authservId = 'mx.office.example'
export const bobsNumber = phone('Bob')

const configText = `[modem]
number = "${phone('SIM')}"
country = "DE"
[mail]
address = "${mailbox('Box')}"
[mail.imap]
host = "localhost"
user = "sms"
password = "x"
[mail.smtp]
host = "localhost"
[exchange]
number_domain = "sms.office.example"
fallback_mailbox = "${mailbox('Office')}"
[trust]
senders = ["@office.example", "${mailbox('Dora')}"]
authserv_id = "${authservId}"
`

/** What became of one mail. */
export interface Outcome {
  /** "judgement: reason". */
  readonly is: string
  /** "+4917012345678: the text", one for each SMS that was queued. */
  readonly sms: readonly string[]
  /** "anna@office.example: reason". */
  readonly notices: readonly string[]
  readonly place: MailPlace
}

export interface FieldBox {
  readonly desk: Desk
  /** The mail arrives in the INBOX, as another one each time. `place` says otherwise. */
  receive(raw: string | Buffer, place?: Partial<StoredMail>): Promise<Outcome>
  /** What the exchange would be told about it. */
  read(raw: string | Buffer): Promise<IncomingMail>
}

const asMail = (raw: string | Buffer): Buffer =>
  typeof raw === 'string' ? Buffer.from(raw.replace(/\r?\n/g, '\r\n')) : raw

export function openBox(): FieldBox {
  const config = parseConfig(configText, '/etc/simpost/simpost.toml')
  const desk = createDesk(config, openStore(':memory:'), fakeClock(), () => {})
  for (const name of ['Bob', 'Carol'])
    desk.bindings.add(binding({ mailbox: name, phone: name, alias: name.toLowerCase() }))
  const reader = mailReader(config, desk)
  const intake = createMailIntake(desk, reader, 'sms@localhost')
  let uid = 0
  return {
    desk,
    read: (raw) => reader({ raw: asMail(raw), truncated: false }),
    async receive(raw, place = {}) {
      const bytes = asMail(raw)
      uid += 1
      const stored = { folder: 'INBOX', uidValidity: '1', uid, size: bytes.length, truncated: false }
      return outcome(desk, await intake.receive({ ...stored, raw: bytes, ...place }))
    },
  }
}

function outcome(desk: Desk, place: MailPlace): Outcome {
  const [entry] = desk.journal.list({ limit: 1 })
  assert.ok(entry !== undefined, 'no journal entry')
  const all = desk.outbox.ofMessage(entry.id)
  const noticeOf = (id: number): string => {
    const raw = desk.store.get<{ raw: Buffer }>('SELECT raw FROM delivery WHERE id = ?', id)?.raw.toString()
    return headerFields(raw ?? '', 'X-SMS-Reason').join()
  }
  return {
    is: `${entry.judgement}: ${entry.reason}`,
    sms: all.filter(({ medium }) => medium === 'sms').map(({ recipient, text }) => `${recipient}: ${text}`),
    notices: all
      .filter(({ rule }) => rule === 'notice')
      .map(({ recipient, id }) => `${recipient}: ${noticeOf(id)}`),
    place,
  }
}

export interface LetterFacts {
  /** The whole From field, or several. Default: Anna. */
  readonly from?: string
  readonly to?: string
  readonly subject?: string
  /** null: the mail has none. */
  readonly id?: string | null
  /** What the mail server recorded as recipient. Default: the box. */
  readonly recipient?: string
  /** What the mail server found out about the sender. Default: that Anna signed in. */
  readonly results?: string
  /** Further header fields. */
  readonly fields?: readonly string[]
  /** A text, or the rest of the header, an empty line and the body if it begins with "Content-". */
  readonly body?: string
}

const signedIn = 'auth=pass smtp.auth=anna@office.example; dmarc=pass header.from=office.example'
let letters = 0

/** A mail as the office's server hands it to the mailbox: trace fields on top, then what its author wrote. */
export function letter(facts: LetterFacts = {}): string {
  letters += 1
  const { body = 'At noon?', id = `<letter.${letters}@office.example>` } = facts
  return [
    `Return-Path: <${mailbox('Anna')}>`,
    `Delivered-To: ${facts.recipient ?? mailbox('Box')}`,
    `Received: from [192.0.2.1] by ${authservId} with ESMTPSA id ${letters}; Sun, 22 Nov 2026 12:00:00 +0000`,
    `Authentication-Results: ${authservId}; ${facts.results ?? signedIn}`,
    `From: ${facts.from ?? mailbox('Anna')}`,
    `To: ${facts.to ?? mailbox('Bob')}`,
    `Subject: ${facts.subject ?? '[sms] Lunch'}`,
    'Date: Sun, 22 Nov 2026 12:00:00 +0000',
    ...(id === null ? [] : [`Message-ID: ${id}`]),
    ...(facts.fields ?? []),
    ...(/^Content-/i.test(body) ? ['MIME-Version: 1.0', body] : ['', body]),
    '',
  ].join('\n')
}

/** One part of a multipart body, or the whole of one. */
export const multipart = (type: string, ...parts: readonly string[]): string =>
  [
    `Content-Type: multipart/${type}; boundary="b${parts.length}"`,
    '',
    ...parts.flatMap((part) => [`--b${parts.length}`, part]),
    `--b${parts.length}--`,
  ].join('\n')

export const part = (type: string, content: string, ...fields: readonly string[]): string =>
  [`Content-Type: ${type}`, ...fields, '', content].join('\n')
