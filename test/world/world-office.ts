// Everybody who has a mailbox besides the box itself: the submission server that takes the box's mails, with what servers do wrong, and
// what people then find in their mailboxes. Invariant: a mail that the server took lies in a mailbox, whatever the service heard of it.

import type { GatewayError } from '../../src/domain/errors.ts'
import type { MailTransport } from '../../src/domain/ports.ts'
import { smtpError } from '../../src/mail/smtp/smtp-errors.ts'
import type { SmtpStep } from '../../src/mail/smtp/smtp-refusals.ts'
import type { SmtpSenderOptions } from '../../src/mail/smtp/smtp-sender.ts'
import { bodyOf } from '../scenario/world.ts'
import type { Random } from '../support/random.ts'
import { type Life, never } from './life.ts'
import type { VirtualTime } from './virtual-time.ts'
import { happens } from './world-mailbox.ts'

/** What is wrong with the submission server; of chances: one in so many, 0: never. */
export interface SmtpTrouble {
  down: boolean
  signInRefused: boolean
  /** Replies such as 451 and 421. */
  busy: number
  /** Replies such as 550: for good. */
  refused: number
  /** The line breaks after the final dot: the server has the mail, and nobody heard so (RFC 1047). */
  lostAnswer: number
}

export const noSmtpTrouble: SmtpTrouble = {
  down: false,
  signInRefused: false,
  busy: 0,
  refused: 0,
  lostAnswer: 0,
}

/** A mail in somebody's mailbox. */
export interface Letter {
  readonly to: string
  /** What tells it from other mails: its Message-ID, or that of the one who sent it on (RFC 5322 3.6.6). */
  readonly key: string
  readonly messageId: string
  /** X-SMS-Reason: what a notice is about; null for an SMS. */
  readonly reason: string | null
  /** X-SMS-From. */
  readonly phone: string | null
  readonly replyTo: string | null
  readonly inReplyTo: string | null
  readonly references: string | null
  readonly subject: string
  readonly body: string
  /** How often the server took it. */
  copies: number
}

export interface Office {
  /** One for each mail and mailbox, however often it came. */
  readonly letters: readonly Letter[]
  readonly trouble: SmtpTrouble
  /** Calls back for each mail that is new to its reader. */
  onLetter(read: (letter: Letter) => void): void
  senderOf(life: Life): (options: SmtpSenderOptions) => MailTransport
}

const host = 'smtp.office.example'
const answerMsMax = 300

const field = (header: string, name: string): string | null =>
  new RegExp(`^${name}: *(.*)$`, 'mi').exec(header)?.[1]?.trim() ?? null

function read(to: string, raw: string): Letter {
  const header = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  const messageId = field(header, 'Message-ID') ?? ''
  return {
    ...{ to: to.toLowerCase(), messageId, key: field(header, 'Resent-Message-ID') ?? messageId },
    ...{ reason: field(header, 'X-SMS-Reason'), phone: field(header, 'X-SMS-From') },
    ...{ replyTo: field(header, 'Reply-To'), inReplyTo: field(header, 'In-Reply-To') },
    ...{ references: field(header, 'References'), subject: field(header, 'Subject') ?? '' },
    body: bodyOf(raw).replaceAll('\r\n', '\n'),
    copies: 1,
  }
}

interface Failure {
  readonly step: SmtpStep
  /** Without one the line broke. */
  readonly reply?: string
}

const busyReplies: readonly Failure[] = [
  { step: 'RCPT TO', reply: '451 4.7.1 Greylisted, try again later' },
  { step: 'CONN', reply: '421 4.3.2 Too many connections' },
  { step: 'message', reply: '452 4.3.1 Insufficient system storage' },
  { step: 'DATA' },
]

function failed({ step, reply }: Failure, nullSender: boolean, now: number): GatewayError {
  const thrown =
    reply === undefined
      ? Object.assign(new Error('the line broke'), { code: 'ECONNECTION' })
      : Object.assign(new Error(reply), { response: reply, responseCode: Number(reply.slice(0, 3)) })
  return smtpError(thrown, { host, step, nullSender, now, secrets: [] })
}

export function createOffice(time: VirtualTime, random: Random): Office {
  const letters: Letter[] = []
  const readers: ((letter: Letter) => void)[] = []
  const server = { ...noSmtpTrouble }

  function arrive(to: string, raw: Buffer): void {
    const letter = read(to, raw.toString('latin1'))
    const known = letters.find((one) => one.key === letter.key && one.to === letter.to)
    if (known === undefined) {
      letters.push(letter)
      for (const reader of readers) reader(letter)
      return
    }
    known.copies += 1
    if (known.body !== letter.body) throw new Error(`two mails with the Message-ID ${known.key}`)
  }

  function failure(): Failure | null {
    if (server.down) return { step: 'CONN' }
    if (server.signInRefused) return { step: 'AUTH', reply: '535 5.7.8 Authentication failed' }
    if (happens(random, server.busy)) return random.pick(busyReplies)
    if (happens(random, server.refused)) return { step: 'RCPT TO', reply: '550 5.1.1 No such user' }
    return null
  }

  return {
    letters,
    trouble: server,
    onLetter: (reader) => void readers.push(reader),
    senderOf: (life) => (options) => {
      // As the real sender tells it: what the account is refused for; undefined: nobody has asked yet.
      let trouble: string | null | undefined
      const note = (problem: GatewayError | null): void => {
        const about = problem === null ? null : `${problem.code} ${problem.context.about ?? ''}`
        if (about !== trouble) options.onAccountTrouble?.(problem)
        trouble = about
      }
      const fail = (failure: Failure, from: string): never => {
        const error = failed(failure, from === '', time.now())
        if (error.retry === 'hold') note(error)
        throw error
      }
      return {
        async send({ from, to, raw }) {
          if (!life.touch('SMTP')) return never()
          await time.sleep(random.below(answerMsMax))
          if (!life.alive()) return never()
          const fault = failure()
          if (fault !== null) return fail(fault, from)
          arrive(to, raw)
          if (!life.touch('after SMTP')) return never()
          if (happens(random, server.lostAnswer)) return fail({ step: 'message' }, from)
          note(null)
          return { reply: '250 2.0.0 OK', messageId: null }
        },
        credentialChanged: async () => false,
      }
    },
  }
}
