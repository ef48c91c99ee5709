// What a server's reply means for the mail, for its recipient and for our account, as a table: the first row that fits counts. Pure.
// RFC 5321 4.2 (reply codes), RFC 3463 (enhanced codes), RFC 4954 6 (sign-in), RFC 7504 (521, 556); the words of providers are from
// their documentation and from logs that their users published. Invariants: what concerns one recipient holds no other mail, and no
// mail is given up for what concerns our account or the session.

import type { ErrorCode, Retry } from '../../domain/errors.ts'

/** The step of the session that failed (RFC 5321 4.1.1); `CONN`: the line and its greeting; `message`: the final dot. */
export type SmtpStep = 'CONN' | 'EHLO' | 'STARTTLS' | 'AUTH' | 'MAIL FROM' | 'RCPT TO' | 'DATA' | 'message'

/** What a failed reply says. */
export interface SmtpReply {
  readonly step: SmtpStep
  /** Three digits. */
  readonly code: number
  /** RFC 3463, "5.1.1"; null if the server names none. */
  readonly enhanced: string | null
  readonly text: string
  /** The envelope sender was the null sender. */
  readonly nullSender: boolean
}

export interface Refusal {
  /** Whom or what the refusal is about. */
  readonly about: 'session' | 'account' | 'sender' | 'recipient' | 'mail'
  readonly code: Extract<ErrorCode, `SMTP_${string}`>
  readonly retry: Exclude<Retry, 'ambiguous'>
  /** How long it is tried if the usual time does not suit; in milliseconds. */
  readonly giveUpAfterMs?: number
  readonly hint?: string
}

interface Row {
  readonly when: (reply: SmtpReply) => boolean
  readonly is: Refusal
}

const dayMs = 86_400_000

const isPermanent = ({ code }: SmtpReply): boolean => code >= 500
const names = ({ enhanced }: SmtpReply, codes: readonly string[]): boolean =>
  enhanced !== null && codes.includes(enhanced)
/** RFC 3463 3.1: X.0.0 says nothing. */
const isVague = ({ enhanced }: SmtpReply): boolean => enhanced === null || /^\d\.0\.0$/.test(enhanced)

/** RFC 4954 6; 5.7.57 and 5.7.139 are Microsoft's. After the final dot 5.7.9 is Yahoo's word for a mail that it dislikes. */
const signInReplies = new Set([530, 534, 535, 538])
const signInCodes = ['5.7.8', '5.7.9', '5.7.57', '5.7.139']

/** Gmail; Exchange Online: 5.1.90 a day's recipients, 5.7.232 and 5.7.233 those of a tenant, 5.7.705 a tenant over its limit. */
const quotaCodes = ['5.4.5', '4.7.28', '5.1.90', '5.7.232', '5.7.233', '5.7.705']
/** "Mail send limit exceeded" (GMX, IONOS), "Email sending limit exceeded" (Zoho), "exceeded ... per hour" (cPanel). */
const quotaWords =
  /(?:\b(?:daily|hourly|sending|send|submission|outgoing|outbound)\b.{0,40}\b(?:limit|quota|rate)\b|\b(?:limit|quota|rate)\b.{0,40}\bsend(?:ing)?\b|SubmissionQuotaExceeded|exceeded.{0,60}\bper (?:hour|day)\b|unusual sending activity)/i

const senderCodes = ['5.1.7', '5.1.8', '5.2.252', '5.7.60', '4.1.7', '4.1.8']
const senderWords =
  /\bsender (?:address )?(?:rejected|refused|denied|verif)|not owned by user|send ?as ?denied/i

const fullCodes = ['5.2.2', '5.3.1', '5.3.2']
const fullWords = /\b(?:over ?quota|quota|mailbox (?:is )?full|storage|insufficient space)\b/i
const sizeWords = /\b(?:too (?:big|large|long)|size)\b/i
const laterWords = /gr[ae]y-?list|try(?:ing)? (?:it )?again|\blater\b|temporar/i

const protocolReplies = new Set([500, 502, 503, 504, 555])

const rows: readonly Row[] = [
  {
    // 421 ends a session at any step. A greeting of 554 or 521 refuses our line, not a mail: a block list errs, and errs for a while.
    when: ({ step, code }) =>
      code === 421 || ['CONN', 'EHLO', 'STARTTLS'].includes(step) || (step === 'AUTH' && code < 500),
    is: { about: 'session', code: 'SMTP_UNAVAILABLE', retry: 'temporary' },
  },
  {
    when: (reply) =>
      reply.step === 'AUTH' ||
      (reply.step !== 'message' && (signInReplies.has(reply.code) || names(reply, signInCodes))),
    is: { about: 'account', code: 'SMTP_AUTH', retry: 'hold' },
  },
  {
    // Exchange Online allows an account three sessions at a time, and says so with 432 (RFC 4954 gives that number another sense).
    when: (reply) =>
      names(reply, quotaCodes) ||
      (reply.code === 432 && reply.enhanced === '4.3.2') ||
      (!names(reply, fullCodes) && quotaWords.test(reply.text)),
    is: {
      about: 'account',
      code: 'SMTP_REFUSED',
      retry: 'hold',
      hint: 'wait: the provider allows an account only so many mails an hour or a day',
    },
  },
  {
    when: (reply) =>
      names(reply, ['5.3.4']) ||
      (reply.code === 552 && (reply.step === 'MAIL FROM' || (isVague(reply) && sizeWords.test(reply.text)))),
    is: { about: 'mail', code: 'SMTP_REFUSED', retry: 'permanent' },
  },
  {
    // What the server offered and does not know after all. 501 with 5.1.x speaks of an address.
    when: (reply) =>
      protocolReplies.has(reply.code) || (reply.code === 501 && (reply.enhanced ?? '').startsWith('5.5.')),
    is: { about: 'session', code: 'SMTP_REFUSED', retry: 'temporary', giveUpAfterMs: dayMs },
  },
  {
    when: (reply) => isPermanent(reply) && reply.nullSender && isAboutSender(reply),
    is: { about: 'sender', code: 'SMTP_REFUSED', retry: 'permanent' },
  },
  {
    when: (reply) => isPermanent(reply) && reply.step === 'MAIL FROM' && isAboutSender(reply),
    is: {
      about: 'sender',
      code: 'SMTP_REFUSED',
      retry: 'hold',
      hint: 'let the user of [mail.smtp] send as the address in mail.address',
    },
  },
  {
    // Said of one recipient it may be a far server that dislikes us: others must not wait for it.
    when: (reply) => isAboutSender(reply),
    is: {
      about: 'sender',
      code: 'SMTP_REFUSED',
      retry: 'temporary',
      hint: 'let the user of [mail.smtp] send as the address in mail.address',
    },
  },
  {
    // RFC 5321 4.5.3.1.10: 552 after RCPT TO is an old 452.
    when: (reply) =>
      names(reply, fullCodes) ||
      (reply.code === 552 && (isVague(reply) || reply.step === 'RCPT TO')) ||
      (isPermanent(reply) && isVague(reply) && fullWords.test(reply.text)),
    is: { about: 'recipient', code: 'SMTP_REFUSED', retry: 'temporary', giveUpAfterMs: dayMs },
  },
  {
    when: (reply) =>
      isPermanent(reply) &&
      (/gr[ae]y-?list/i.test(reply.text) || (isVague(reply) && laterWords.test(reply.text))),
    is: { about: 'recipient', code: 'SMTP_REFUSED', retry: 'temporary', giveUpAfterMs: dayMs },
  },
  {
    when: ({ code }) => code < 500,
    is: { about: 'recipient', code: 'SMTP_REFUSED', retry: 'temporary' },
  },
  {
    when: ({ step, enhanced }) => step === 'RCPT TO' || /^5\.[12]\./.test(enhanced ?? ''),
    is: { about: 'recipient', code: 'SMTP_REFUSED', retry: 'permanent' },
  },
]

/** 5.6.x at MAIL FROM speaks of the content, such as an address beyond ASCII (RFC 6531 3.5); 4yz there is a busy server. */
function isAboutSender(reply: SmtpReply): boolean {
  if (names(reply, senderCodes) || senderWords.test(reply.text)) return true
  return reply.step === 'MAIL FROM' && isPermanent(reply) && !(reply.enhanced ?? '').startsWith('5.6.')
}

/** What a failed reply means. */
export function refusalOf(reply: SmtpReply): Refusal {
  const row = rows.find(({ when }) => when(reply))
  return row?.is ?? { about: 'mail', code: 'SMTP_REFUSED', retry: 'permanent' }
}
