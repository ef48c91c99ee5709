// Turns a failed submission into the program's error (RFC 5321 4.2, RFC 3463). Pure over whatever the library throws; what a reply means
// is the table of smtp-refusals.ts. Invariant: without a reply a mail may be sent again, since it goes out with the same bytes and
// Message-ID; no secret and no line break of the server reaches a message.

import { GatewayError, messageOf } from '../../domain/errors.ts'
import { hideSecrets } from '../../domain/hide-secrets.ts'
import { certificateTrouble } from '../sign-in/certificate-trouble.ts'
import { refusalOf, type SmtpStep } from './smtp-refusals.ts'

const replyCharsMax = 200

/** Of the session that failed. */
export interface SmtpSession {
  readonly host: string
  /** How far it had come; of use where the error does not say it. */
  readonly step: SmtpStep
  readonly nullSender: boolean
  /** Wall clock, milliseconds since 1970. */
  readonly now: number
  /** Values that must not appear in the message. */
  readonly secrets: readonly string[]
}

/** The facts of an error of the SMTP library. */
interface SmtpFailure {
  /** The library's code (EAUTH, ECONNECTION, ETLS, ...), or that of the system or of TLS below it. */
  readonly code: string
  readonly step: SmtpStep
  /** Reply code of the server; null if there was none. */
  readonly reply: number | null
  readonly enhanced: string | null
  /** The reply without its codes, on one line; '' if there was none. */
  readonly text: string
}

/** Picks the facts out of whatever the library threw. */
function failureOf(error: unknown, reached: SmtpStep): SmtpFailure {
  const facts: Partial<Record<'code' | 'originalCode' | 'responseCode' | 'response' | 'command', unknown>> =
    typeof error === 'object' && error !== null ? error : {}
  const code = typeof facts.code === 'string' ? facts.code : ''
  const response = typeof facts.response === 'string' ? facts.response : ''
  return {
    code: typeof facts.originalCode === 'string' ? facts.originalCode : code,
    step: stepOf(typeof facts.command === 'string' ? facts.command : '', code, reached),
    reply: typeof facts.responseCode === 'number' ? facts.responseCode : null,
    enhanced: /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?!\S)/.exec(response)?.[1] ?? null,
    text: response.replace(/(^|\n)\d{3}[ -](?:[245]\.\d{1,3}\.\d{1,3} )?/g, '$1'),
  }
}

/** The library says CONN of every line that breaks, at whatever step. */
function stepOf(command: string, code: string, reached: SmtpStep): SmtpStep {
  if (command.startsWith('AUTH')) return 'AUTH'
  if (command === 'DATA') return code === 'EMESSAGE' ? 'message' : 'DATA'
  if (command === 'HELO') return 'EHLO'
  if (command === 'EHLO' || command === 'STARTTLS' || command === 'MAIL FROM' || command === 'RCPT TO')
    return command
  return reached
}

const noPasswords = new Set(['5.7.139', '5.7.57'])
const signInHint = 'check user and password of [mail.smtp]; many providers want an app password'
const loginHint = 'sign in with simpost login: the provider takes no password here any more'
const lineHint = 'check host, port and security of [mail.smtp], and the network'

/**
 * The program's error. Its context tells `step`, `reply` and `enhanced` (null: none), `about` (see Refusal), and `maybeAccepted`: the
 * line broke after the final dot, so that the server may have the mail (RFC 1047).
 */
export function smtpError(error: unknown, session: SmtpSession): GatewayError {
  const { host, now, nullSender } = session
  const { step, reply, enhanced, code, text } = failureOf(error, session.step)
  const context = {
    host,
    code,
    command: step,
    reply,
    enhanced,
    maybeAccepted: step === 'message' && reply === null,
  }
  if (reply === null || reply < 400) {
    const said = shown(text || messageOf(error), session.secrets)
    return new GatewayError(...withoutReply({ code, step, said, host, now, context }))
  }
  const { code: ours, retry, about, ...rest } = refusalOf({ step, code: reply, enhanced, text, nullSender })
  const said = shown([reply, enhanced, text].filter((part) => part !== null).join(' '), session.secrets)
  const hints = {
    SMTP_AUTH: enhanced !== null && noPasswords.has(enhanced) ? loginHint : signInHint,
    SMTP_UNAVAILABLE: lineHint,
    SMTP_REFUSED: rest.hint,
  }
  const hint = hints[ours]
  const { giveUpAfterMs } = rest
  return new GatewayError(ours, `${words[ours](host)}: ${said}`, {
    retry,
    ...(hint === undefined ? {} : { hint }),
    context: { ...context, about, ...(giveUpAfterMs === undefined ? {} : { giveUpAfterMs }) },
  })
}

const words = {
  SMTP_AUTH: (host: string) => `${host} refused the sign-in`,
  SMTP_UNAVAILABLE: (host: string) => `no mail could be handed to ${host}`,
  SMTP_REFUSED: (host: string) => `${host} refused the mail`,
} as const

interface Silent {
  readonly code: string
  readonly step: SmtpStep
  readonly said: string
  readonly host: string
  readonly now: number
  readonly context: Readonly<Record<string, string | number | boolean | null>>
}

/** The library itself refuses some things before the server can. */
function withoutReply(silent: Silent): ConstructorParameters<typeof GatewayError> {
  const { code, said, host, now, context } = silent
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return [
      'SMTP_AUTH',
      `${words.SMTP_AUTH(host)}: ${said}`,
      { retry: 'hold', hint: signInHint, context: { ...context, about: 'account' } },
    ]
  if (code === 'EENVELOPE' || code === 'EMESSAGE') {
    const about = code === 'EMESSAGE' ? 'mail' : 'recipient'
    return ['SMTP_REFUSED', `the mail cannot go out: ${said}`, { context: { ...context, about } }]
  }
  const trouble = certificateTrouble(code, host, now)
  return [
    'SMTP_UNAVAILABLE',
    `${words.SMTP_UNAVAILABLE(host)}: ${trouble?.said ?? said}`,
    { retry: 'temporary', hint: trouble?.hint ?? lineHint, context: { ...context, about: 'session' } },
  ]
}

/** The server's words on one line, cut, without secrets. */
function shown(said: string, secrets: readonly string[]): string {
  return hideSecrets(said, secrets)
    .replace(/[\p{Cc}\p{Bidi_Control}\s]+/gu, ' ')
    .trim()
    .slice(0, replyCharsMax)
}
