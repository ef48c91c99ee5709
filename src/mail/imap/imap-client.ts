// One IMAP client object with our settings (RFC 3501, RFC 9051, RFC 2177), listened to from before its first packet; only: imapflow.
// The library never reconnects and an object lives for one connection; what it throws leaves this file as a GatewayError.
// Invariant: every command runs within limits, since the library has one for silence only.

import { ImapFlow } from 'imapflow'
import type { GatewayError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'
import { type Credential, refusalOf, secretIn } from '../sign-in/credential.ts'
import { type CommandLimits, withinLimits } from './command-limits.ts'
import { imapError } from './imap-errors.ts'
import type { ImapAccess, ImapListener } from './imap-port.ts'

export type ImapClient = ImapFlow

/** From the first packet to the end of the sign-in. */
const connectTimeoutMs = 30_000
const greetingTimeoutMs = 16_000
/** Silence after which the library probes with NOOP; two of them in IDLE end the connection. */
const silenceTimeoutMs = 90_000
/** RFC 2177 says 29 minutes; NAT boxes forget a line after five. */
const idleRenewMs = 240_000
/** The library's own IDLE, a net under ours, must not come between our commands. */
const autoIdleMs = 60_000
/** What an abort leaves for the running command and LOGOUT, before the line is cut. */
const logoutTimeoutMs = 3_000
/** Octets of a literal beyond the largest mail that is fetched. */
const literalReserve = 1_048_576
/** Octets of one line: a SEARCH answer with two million UIDs. The library's own limits are a gigabyte. */
const lineOctetsMax = 16_777_216
/** Parts of one answer. No answer that is asked for here has more than a hundred, and each costs a hundred octets of memory. */
const tokensMax = 10_000

function clientFor(access: ImapAccess, credential: Credential): ImapClient {
  return new ImapFlow({
    host: access.host,
    port: access.port,
    secure: access.security === 'tls',
    ...(access.security === 'tls' ? {} : { doSTARTTLS: access.security === 'starttls' }),
    auth: {
      user: access.user,
      ...(credential.kind === 'password' ? { pass: credential.password } : { accessToken: credential.token }),
    },
    tls: {
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ca: access.ca?.() ?? undefined,
    },
    // The library would log addresses and subjects.
    logger: false,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: greetingTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    maxIdleTime: idleRenewMs,
    autoIdleDelay: autoIdleMs,
    maxLineLength: lineOctetsMax,
    maxLiteralSize: access.maxBytes + literalReserve,
    maxResponseSize: Math.max(lineOctetsMax, access.maxBytes + 2 * literalReserve),
    maxResponseTokens: tokensMax,
    // Exchange Online advertises IMAP4rev2 for some tenants and then searches wrongly (MailKit issue 2016).
    disableIMAP4rev2: true,
    disableCompression: true,
    clientInfo: { name: 'simpost' },
  })
}

/** Ends the connection when `signal` aborts: at once before it is open, else after time for the running command and LOGOUT. */
function endOnAbort(client: ImapClient, clock: Clock, signal: AbortSignal): void {
  const gone = new AbortController()
  const end = (): void => {
    const grace = client.usable ? clock.sleep(logoutTimeoutMs, gone.signal) : Promise.resolve()
    grace.then(
      () => client.close(),
      () => undefined,
    )
  }
  signal.addEventListener('abort', end, { once: true })
  client.once('close', () => {
    signal.removeEventListener('abort', end)
    gone.abort()
  })
}

/** What the commands of one connection share. */
export interface ImapLine {
  readonly client: ImapClient
  readonly access: ImapAccess
  /** Runs a command; what it throws is a GatewayError. Without limits: IDLE, which ends when it is told to. */
  call<T>(name: string, limits: CommandLimits | null, command: () => Promise<T>): Promise<T>
}

/** Makes the client; it connects when it is told to. @param signal ends the connection when it aborts */
export function imapLine(
  access: ImapAccess,
  credential: Credential,
  listener: ImapListener,
  signal: AbortSignal,
): ImapLine {
  const { host, clock } = access
  const client = clientFor(access, credential)
  let first: unknown = null
  const translate = (error: unknown): GatewayError =>
    refusalOf(
      imapError(first ?? error, { host, secrets: [secretIn(credential)], now: clock.now() }),
      credential,
    )
  // Before connect(): without an `error` listener a dropped line ends the process.
  client.on('error', (error) => {
    first ??= error
  })
  client.on('close', () => {
    const reason = client.byeReason
    listener.closed(translate(reason === undefined ? new Error('the line was cut') : { reason }))
  })
  client.on('exists', () => listener.changed())
  endOnAbort(client, clock, signal)
  const watched = {
    host,
    clock,
    received: () => client.stats().received,
    fail: (error: GatewayError) => {
      first ??= error
      client.close()
    },
  }
  return {
    client,
    access,
    call: async (name, limits, command) => {
      try {
        return await (limits === null ? command() : withinLimits(watched, name, limits, command))
      } catch (error) {
        throw translate(error)
      }
    },
  }
}
