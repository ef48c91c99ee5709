// MailTransport over SMTP submission (RFC 6409, RFC 8314); only: nodemailer (SMTP part).
// One connection per mail: pools of the library have hung (its #576, #1225), and a fresh sign-in finds a changed password at once.
// Invariant: resolves only after the server's 250 to the final dot; certificates are verified; every wait has a limit.

import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { GatewayError } from '../../domain/errors.ts'
import type { Clock, MailTransport, SentMail } from '../../domain/ports.ts'
import { type AskCredential, type Credential, secretIn } from '../sign-in/credential.ts'
import { smtpError } from './smtp-errors.ts'
import { tokenMethod, tokenSignIn } from './token-sign-in.ts'

const connectTimeoutMs = 20_000
const greetingTimeoutMs = 20_000
/** Silence after which a session is given up. The library waits ten minutes; a held queue is worse than a double mail. */
const silenceTimeoutMs = 60_000
/** A session that trickles is ended too. */
const sessionTimeoutMs = 180_000
const lastWordsMs = 200
const replyOctetsMax = 65_536
const replyCharsMax = 200

export interface SmtpSenderOptions {
  readonly host: string
  readonly port: number
  /** tls: from the first byte (465). starttls: demanded, never skipped. none: loopback only. */
  readonly security: 'tls' | 'starttls' | 'none'
  /** null: no sign-in. */
  readonly user: string | null
  readonly credential: AskCredential
  /** Certificates in PEM to trust instead of the well-known ones, for an office with its own authority; asked at every connection. */
  readonly ca?: () => string | null
  readonly clock: Clock
}

interface Mail {
  readonly from: string
  readonly to: string
  readonly raw: Buffer
  readonly envelopeId?: string | undefined
}

function connectionTo({ host, port, security, ca }: SmtpSenderOptions): SMTPConnection {
  return new SMTPConnection({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ca: ca?.() ?? undefined },
    customAuth: { [tokenMethod]: tokenSignIn },
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: greetingTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    dnsTimeout: connectTimeoutMs,
    maxResponseSize: replyOctetsMax,
    logger: false,
  })
}

/** Rejects when the connection reports an error or ends before the work is done. */
function failureOf(connection: SMTPConnection, clock: Clock): Promise<never> {
  return new Promise((_, reject) => {
    const ended = (): void => reject(new Error('the server closed the connection'))
    connection.once('error', reject)
    // A 421 closes the line; its reply, which says more, may still be on its way through the library.
    connection.once('end', () => void clock.sleep(lastWordsMs).then(ended, ended))
  })
}

function connected(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()))
  })
}

function signedIn(connection: SMTPConnection, { user, credential }: SignIn): Promise<void> {
  const pass = secretIn(credential)
  const method = credential.kind === 'token' ? { method: tokenMethod } : {}
  return new Promise((resolve, reject) => {
    connection.login({ ...method, user, pass, credentials: { user, pass } }, (error) =>
      error ? reject(error) : resolve(),
    )
  })
}

/** What RFC 3461 asks the servers on the way: the header of the mail with each report, and reports of trouble only. */
function reportsFor(envelopeId: string | undefined) {
  if (envelopeId === undefined) return {}
  return { dsn: { ret: 'HDRS', envid: envelopeId, notify: ['FAILURE', 'DELAY'] } }
}

function accepted(connection: SMTPConnection, { from, to, raw, envelopeId }: Mail): Promise<SentMail> {
  const sender = from === '' ? false : from
  const envelope = { from: sender, to, size: raw.length, ...reportsFor(envelopeId) }
  return new Promise((resolve, reject) => {
    connection.send(envelope, raw, (error, info) => {
      if (error) return reject(error)
      const { response = '', serverMessageId = null } = info ?? {}
      resolve({ reply: response.slice(0, replyCharsMax), messageId: serverMessageId })
    })
  })
}

interface SignIn {
  readonly user: string
  readonly credential: Credential
}

async function session(connection: SMTPConnection, signIn: SignIn | null, mail: Mail): Promise<SentMail> {
  await connected(connection)
  if (signIn !== null) await signedIn(connection, signIn)
  return accepted(connection, mail)
}

async function signInOf({ user, host, credential }: SmtpSenderOptions): Promise<SignIn | null> {
  if (user === null) return null
  const shown = await credential()
  if (shown !== null) return { user, credential: shown }
  throw new GatewayError('SMTP_AUTH', `there is no password for ${host}`, {
    retry: 'hold',
    hint: 'set password or password_file in [mail.smtp] or [mail.imap]',
  })
}

/** Makes the transport. `from` '' is the null sender of reports (RFC 5321 4.5.5). */
export function createSmtpSender(options: SmtpSenderOptions): MailTransport {
  return {
    async send(mail) {
      const signIn = await signInOf(options)
      const connection = connectionTo(options)
      // Errors after the end of the work must find a listener, or the process dies.
      connection.on('error', () => undefined)
      const limit = new AbortController()
      const tooLong = options.clock.sleep(sessionTimeoutMs, limit.signal).then(
        () => Promise.reject(new Error(`no end after ${sessionTimeoutMs / 1000} s`)),
        () => new Promise<never>(() => undefined),
      )
      try {
        const sent = await Promise.race([
          session(connection, signIn, mail),
          failureOf(connection, options.clock),
          tooLong,
        ])
        connection.quit()
        return sent
      } catch (error) {
        connection.close()
        throw smtpError(error, options.host, [secretIn(signIn?.credential ?? null)])
      } finally {
        limit.abort()
      }
    },
  }
}
