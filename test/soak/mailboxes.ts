// The mail side of the soak: the box's own mailbox on the IMAP simulator, and everything that people got, read as a mail program reads it. Invariant: mails are taken out of the mailboxes as they come, so that memory holds only what is counted.

import { createSimImapServer } from '../../src/simulator/mail/sim-imap.ts'
import { createSimMailbox } from '../../src/simulator/mail/sim-mailbox.ts'
import { bodyOf } from '../scenario/world.ts'
import { startSmtpReceiver } from './smtp-receiver.ts'

const box = 'sms@office.example'
export const fallback = 'office@office.example'
const password = 'soak'

/** A mail that somebody got. */
export interface GotMail {
  readonly to: string
  /** Value of X-SMS-Reason for what tells a sender how it went; null for an SMS. */
  readonly reason: string | null
  /** X-SMS-From. */
  readonly phone: string | null
  readonly messageId: string
  readonly inReplyTo: string | null
  readonly body: string
}

export interface Mailboxes {
  readonly ports: { readonly imap: number; readonly smtp: number }
  readonly got: GotMail[]
  /** Puts a mail into the box's INBOX, as the office's border server would. */
  arrive(letter: Letter): void
  /** Mails that the service has not yet taken. */
  untaken(): number
  close(): Promise<void>
}

export interface Letter {
  readonly id: string
  readonly from: string
  readonly subject: string
  readonly text: string
  readonly inReplyTo?: string
  /** Milliseconds since 1970. */
  readonly at: number
}

const field = (raw: string, name: string): string | null =>
  new RegExp(`^${name}: *(.*)$`, 'mi')
    .exec(raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' '))?.[1]
    ?.trim() ?? null

function read(to: string, raw: string): GotMail {
  const mail: GotMail = {
    to,
    reason: field(raw, 'X-SMS-Reason'),
    phone: field(raw, 'X-SMS-From'),
    messageId: field(raw, 'Message-ID') ?? '',
    inReplyTo: field(raw, 'In-Reply-To'),
    body: bodyOf(raw).replaceAll('\r\n', '\n'),
  }
  // A copy: a piece of a string keeps the whole of it in memory.
  return JSON.parse(JSON.stringify(mail)) as GotMail
}

function written({ id, from, subject, text, inReplyTo, at }: Letter): Buffer {
  const fields = [
    `Delivered-To: ${box}`,
    'Authentication-Results: mx.office.example; dmarc=pass header.from=office.example',
    `From: <${from}>`,
    `To: <${box}>`,
    `Subject: ${subject}`,
    `Message-ID: ${mailIdOf(id)}`,
    `Date: ${new Date(at).toUTCString()}`,
    ...(inReplyTo === undefined ? [] : [`In-Reply-To: ${inReplyTo}`]),
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ]
  return Buffer.from(`${fields.join('\r\n')}\r\n\r\n${text}\r\n`)
}

export const mailIdOf = (id: string): string => `<${id}@office.example>`

/** Starts both servers. */
export async function startMailboxes(): Promise<Mailboxes> {
  const own = createSimMailbox(box)
  const imap = createSimImapServer({ accounts: [{ user: box, password, mailbox: own }] })
  const got: GotMail[] = []
  const smtp = await startSmtpReceiver(({ to, raw }) => got.push(read(to, raw)))
  own.onChange((folder) => {
    if (folder.name !== 'Simpost' || folder.messages.length === 0) return
    const uids = folder.messages.map(({ uid }) => uid)
    queueMicrotask(() => own.expunge('Simpost', uids))
  })
  return {
    got,
    ports: { imap: await imap.listen(), smtp: smtp.port },
    arrive(letter) {
      own.append('INBOX', written(letter), { internalDate: new Date(letter.at) })
    },
    untaken: () => own.messages('INBOX').length,
    async close() {
      await Promise.all([imap.close(), smtp.close()])
    },
  }
}

/** The sections of the config that lead to these servers. */
export function mailConfig({ imap, smtp }: Mailboxes['ports']): string {
  return `[mail]
address = "${box}"
[mail.imap]
host = "127.0.0.1"
port = ${imap}
security = "none"
user = "${box}"
password = "${password}"
[mail.smtp]
host = "127.0.0.1"
port = ${smtp}
security = "none"
[trust]
senders = ["@office.example"]
authserv_id = "mx.office.example"
[exchange]
fallback_mailbox = "${fallback}"
pair_max = 100000
`
}
