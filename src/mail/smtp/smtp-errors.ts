// What a failed submission means for the next attempt (RFC 5321 4.2.1, RFC 3463, RFC 4954 6).
// Pure. The reply code decides before the library's error code: a 4yz reply is temporary however final the error sounds.
// Invariant: without a reply a mail may be sent again, since it goes out with the same bytes and Message-ID.

import { GatewayError, messageOf, type Retry } from '../../domain/errors.ts'

const replyCharsMax = 200

/** The facts of an error of the SMTP library. */
interface SmtpFailure {
  /** The library's code: EAUTH, ECONNECTION, ETLS, ... */
  readonly code: string
  /** Reply code of the server; null if there was none. */
  readonly reply: number | null
  /** The reply as the server wrote it; '' if there was none. */
  readonly text: string
}

/** RFC 4954 6 and 5.7.x codes with which Microsoft says that password sign-in is off. */
const authReplies = new Set([530, 534, 535, 538])
const authEnhanced = /\b5\.7\.(?:8|9|57|139)\b/

/** Picks the facts out of whatever the library threw. */
function smtpFailureOf(error: unknown): SmtpFailure {
  const facts: Partial<Record<'code' | 'responseCode' | 'response', unknown>> =
    typeof error === 'object' && error !== null ? error : {}
  return {
    code: typeof facts.code === 'string' ? facts.code : '',
    reply: typeof facts.responseCode === 'number' ? facts.responseCode : null,
    text: typeof facts.response === 'string' ? facts.response : '',
  }
}

function isAuth({ code, reply, text }: SmtpFailure): boolean {
  if (reply !== null && reply >= 400 && reply < 500) return false
  if (reply !== null && authReplies.has(reply)) return true
  return authEnhanced.test(text) || code === 'EAUTH' || code === 'ENOAUTH'
}

function retryOf(reply: number): Retry {
  // 503 says that the session was in the wrong state, not that the mail was refused.
  return reply < 500 || reply === 503 ? 'temporary' : 'permanent'
}

/**
 * Turns a failure into the program's error.
 * @param secrets values that must not appear in the message
 */
export function smtpError(error: unknown, host: string, secrets: readonly string[]): GatewayError {
  const failure = smtpFailureOf(error)
  const said = (failure.text || messageOf(error)).replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()
  const hidden = secrets
    .filter((secret) => secret !== '')
    .reduce((text, secret) => text.replaceAll(secret, '***'), said)
  const shown = hidden.slice(0, replyCharsMax)
  const context = { host, code: failure.code, reply: failure.reply }
  if (isAuth(failure))
    return new GatewayError('SMTP_AUTH', `${host} refused the sign-in: ${shown}`, {
      retry: 'hold',
      hint: 'check user and password of [mail.smtp]; many providers want an app password',
      context,
    })
  // A refused STARTTLS says nothing about the mail.
  const aboutMail = failure.code !== 'ETLS' && failure.reply !== 421
  if (failure.reply !== null && failure.reply >= 400 && aboutMail)
    return new GatewayError('SMTP_REFUSED', `${host} refused the mail: ${shown}`, {
      retry: retryOf(failure.reply),
      context,
    })
  return new GatewayError('SMTP_UNAVAILABLE', `no mail could be handed to ${host}: ${shown}`, {
    retry: 'temporary',
    hint: 'check host, port and security of [mail.smtp], and the network',
    context,
  })
}
