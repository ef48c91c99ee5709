// MailTransport over SMTP submission (RFC 6409, RFC 8314); only: nodemailer (SMTP part).
// One connection per mail: pools of the library have hung (its #576, #1225), and a fresh sign-in finds a changed password at once.
// Invariants: resolves only after the server's 250 to the final dot; nothing but the greeting is said before TLS stands and the
// certificate is verified, and what came before counts for nothing (RFC 3207 6); every wait has a limit.

import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { GatewayError } from '../../domain/errors.ts'
import type { Clock, MailTransport, SentMail } from '../../domain/ports.ts'
import { type AskCredential, type Credential, refusalOf, secretIn } from '../sign-in/credential.ts'
import { envelopeOf } from './envelope.ts'
import { smtpError } from './smtp-errors.ts'
import type { SmtpStep } from './smtp-refusals.ts'
import { tokenMethod, tokenSignIn } from './token-sign-in.ts'

const connectTimeoutMs = 20_000
const greetingTimeoutMs = 20_000
/** Silence after which a session is given up. The library waits ten minutes; a held queue is worse than a double mail. */
const silenceTimeoutMs = 60_000
/** A session that trickles is ended too; a large mail that is handed on may take longer, by the slowest line that is worth it. */
const sessionTimeoutMs = 180_000
const slowestOctetsPerSecond = 8_192
const lastWordsMs = 200
/** For the answer to QUIT. */
const quitTimeoutMs = 3_000
/**
 * How often a refused credential is compared with the one of the moment, while the queue is held. A token changes by itself, also where
 * the account is closed to all of them.
 */
const credentialLookMs = { password: 5_000, token: 600_000 } as const
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
  /**
   * Told when the server begins to refuse our account (its sign-in, its address, its quota; `context.about` and the code say which),
   * again when it refuses it for something else, and with null when it takes a mail again, and at the first one.
   */
  readonly onAccountTrouble?: ((problem: GatewayError | null) => void) | undefined
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

/** QUIT; a server that does not answer it must not keep its line, nor the program from ending. */
function leave(connection: SMTPConnection, clock: Clock): void {
  const gone = new AbortController()
  connection.once('end', () => gone.abort())
  connection.quit()
  clock.sleep(quitTimeoutMs, gone.signal).then(
    () => connection.close(),
    () => undefined,
  )
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

interface SignIn {
  readonly user: string
  readonly credential: Credential
}

interface Session {
  readonly connection: SMTPConnection
  readonly signIn: SignIn | null
  /** null: only sign in. */
  readonly mail: Mail | null
  readonly reached: (step: SmtpStep) => void
}

async function session({ connection, signIn, mail, reached }: Session): Promise<SentMail> {
  await connected(connection)
  const ehlo = connection.lastServerResponse || ''
  const envelope = mail === null ? null : envelopeOf(mail, ehlo)
  reached('AUTH')
  if (signIn !== null) await signedIn(connection, signIn)
  if (mail === null || envelope === null) return { reply: '', messageId: null }
  reached('MAIL FROM')
  // The library begins to read when the server has said 354.
  const body = new Readable({
    read() {
      reached('message')
      this.push(mail.raw)
      this.push(null)
    },
  })
  return new Promise((resolve, reject) => {
    connection.send(envelope, body, (error, info) => {
      if (error) return reject(error)
      const { response = '', serverMessageId = null } = info ?? {}
      resolve({ reply: response.slice(0, replyCharsMax), messageId: serverMessageId })
    })
  })
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

/** One mail, or a sign-in alone, over a connection of its own. */
async function sendOne(
  options: SmtpSenderOptions,
  mail: Mail | null,
  signIn: SignIn | null,
): Promise<SentMail> {
  const { host, clock } = options
  const connection = connectionTo(options)
  // Errors after the end of the work must find a listener, or the process dies.
  connection.on('error', () => undefined)
  const limit = new AbortController()
  const limitMs = sessionTimeoutMs + ((mail?.raw.length ?? 0) / slowestOctetsPerSecond) * 1000
  const tooLong = clock.sleep(limitMs, limit.signal).then(
    () => Promise.reject(new Error(`no end after ${Math.round(limitMs / 1000)} s`)),
    () => new Promise<never>(() => undefined),
  )
  let step: SmtpStep = 'CONN'
  const reached = (next: SmtpStep): void => {
    step = next
  }
  try {
    const sent = await Promise.race([
      session({ connection, signIn, mail, reached }),
      failureOf(connection, clock),
      tooLong,
    ])
    leave(connection, clock)
    return sent
  } catch (error) {
    connection.close()
    if (error instanceof GatewayError) throw error
    const secrets = [secretIn(signIn?.credential ?? null)]
    const scene = { host, step, nullSender: mail?.from === '', now: clock.now(), secrets }
    throw refusalOf(smtpError(error, scene), signIn?.credential ?? null)
  } finally {
    limit.abort()
  }
}

/** Sends; once more without asking for reports where the server offers RFC 3461 and knows its parameters not. */
async function sendPlainly(options: SmtpSenderOptions, mail: Mail, signIn: SignIn | null): Promise<SentMail> {
  try {
    return await sendOne(options, mail, signIn)
  } catch (error) {
    const isAboutParameters =
      error instanceof GatewayError &&
      error.context.about === 'session' &&
      error.code === 'SMTP_REFUSED' &&
      /^(?:MAIL FROM|RCPT TO)$/.test(String(error.context.command))
    if (!isAboutParameters || mail.envelopeId === undefined) throw error
    return await sendOne(options, { ...mail, envelopeId: undefined }, signIn)
  }
}

/** Signs in and sends nothing. @throws GatewayError as `send` does */
export async function trySmtpSignIn(options: SmtpSenderOptions): Promise<void> {
  await sendOne(options, null, await signInOf(options))
}

/** Makes the transport. */
export function createSmtpSender(options: SmtpSenderOptions): MailTransport {
  const { clock, onAccountTrouble } = options
  /** What the account is refused for; null: it is not; undefined: nobody has asked yet. */
  let trouble: string | null | undefined
  /** What was shown when the sign-in was refused; undefined: nothing was refused. */
  let refused: Credential | null | undefined
  let lookAgainAt = 0
  const lookLater = (): void => {
    lookAgainAt = clock.monotonic() + credentialLookMs[refused?.kind ?? 'password']
  }
  const note = (problem: GatewayError | null): void => {
    const about = problem === null ? null : `${problem.code} ${problem.context.about ?? ''}`
    if (about !== trouble) onAccountTrouble?.(problem)
    trouble = about
  }
  return {
    async send(mail) {
      let signIn: SignIn | null = null
      try {
        signIn = await signInOf(options)
        const sent = await sendPlainly(options, mail, signIn)
        refused = undefined
        note(null)
        return sent
      } catch (error) {
        if (error instanceof GatewayError && error.retry === 'hold') note(error)
        if (error instanceof GatewayError && error.code === 'SMTP_AUTH') {
          refused = signIn?.credential ?? null
          if (refused?.kind === 'token') refused.refused?.()
          lookLater()
        }
        throw error
      }
    },
    async credentialChanged() {
      if (refused === undefined || clock.monotonic() < lookAgainAt) return false
      lookLater()
      const shown = await options.credential().catch(() => null)
      return shown !== null && secretIn(shown) !== secretIn(refused)
    },
  }
}
