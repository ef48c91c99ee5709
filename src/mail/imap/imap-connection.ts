// One signed-in IMAP connection with one selected folder (RFC 3501, RFC 9051, RFC 2177, RFC 6851, RFC 4315); only: imapflow.
// The library never reconnects and reports failures of some commands as `false`; both end here as a GatewayError or a plain value.
// Invariants: \Seen is never touched (BODY.PEEK only); a plain EXPUNGE is never sent, since it would remove other people's mails.

import { ImapFlow } from 'imapflow'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import { largeMailOctets } from '../read/read-mail.ts'
import { type AskCredential, type Credential, secretIn } from '../sign-in/credential.ts'
import { imapError, isMissingFolder, isRefusal } from './imap-errors.ts'

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
/** Octets fetched together with the size: most mails need no second command. */
const firstOctets = 65_536
/** Octets of a literal beyond the largest mail that is fetched. */
const literalReserve = 1_048_576

export interface ImapAccess {
  readonly host: string
  readonly port: number
  /** tls: from the first byte (993). starttls: demanded, never skipped. none: loopback only. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user: string
  readonly credential: AskCredential
  readonly folder: string
  /** Where finished mails go; "/" separates levels whatever the server uses. */
  readonly doneFolder: string
  /** Octets; a larger mail is fetched in part. */
  readonly maxBytes: number
  /** Certificates in PEM to trust instead of the well-known ones, for an office with its own authority; asked at every connection. */
  readonly ca?: () => string | null
  readonly clock: Clock
}

export interface ImapListener {
  /** The server spoke: something may be new. */
  changed(): void
  /** The line is gone; `error` says why if it is known. */
  closed(error: GatewayError): void
}

interface FetchedMail {
  /** RFC822.SIZE. */
  readonly size: number
  readonly raw: Buffer
  readonly truncated: boolean
}

export interface ImapConnection {
  /** Decimal text. */
  readonly uidValidity: string
  /** UID that the next mail gets at least, as of the selection; null if the server did not say. */
  readonly uidNext: number | null
  readonly canIdle: () => boolean
  /** UIDs from `first` on without those marked \Deleted, rising. */
  listFrom(first: number): Promise<number[]>
  /** null if the mail has vanished. */
  fetch(uid: number): Promise<FetchedMail | null>
  /** Moves mails to the done folder; false if the server did not. */
  moveToDone(uids: readonly number[]): Promise<boolean>
  /** Makes the done folder if it is missing; false if the server refuses. */
  ensureDoneFolder(): Promise<boolean>
  /** IDLE; resolves when it ended, for instance because another command was called. */
  idle(): Promise<void>
  noop(): Promise<void>
  /** LOGOUT; the abort that led to it limits its time. Never rejects. */
  logout(): Promise<void>
  /** Cuts the line at once. */
  cut(): void
}

function clientFor(access: ImapAccess, credential: Credential): ImapFlow {
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
    maxLiteralSize: access.maxBytes + literalReserve,
    // Exchange Online advertises IMAP4rev2 for some tenants and then searches wrongly (MailKit issue 2016).
    disableIMAP4rev2: true,
    disableCompression: true,
    clientInfo: { name: 'simpost' },
  })
}

/** The name of the done folder for the library, which adds prefix and delimiter of the namespace (RFC 2342). */
const levels = (path: string): string | string[] => (path.includes('/') ? path.split('/') : path)

async function fetchMail(client: ImapFlow, uid: number, maxBytes: number): Promise<FetchedMail | null> {
  const part = (maxLength: number) =>
    client.fetchOne(String(uid), { uid: true, size: true, source: { start: 0, maxLength } }, { uid: true })
  const first = await part(Math.min(firstOctets, maxBytes))
  if (first === false || first.source === undefined) return null
  const size = first.size ?? first.source.length
  if (first.source.length < Math.min(firstOctets, maxBytes))
    return { size: first.source.length, raw: first.source, truncated: false }
  const tooLarge = size > maxBytes
  const rest = await part(tooLarge ? Math.min(largeMailOctets, maxBytes) : maxBytes)
  if (rest === false || rest.source === undefined) return null
  // Some servers state a size that is too small; a literal that fills the limit is then the sign of a large mail.
  const cut = tooLarge || (rest.source.length >= maxBytes && size !== rest.source.length)
  return { size: Math.max(size, rest.source.length), raw: rest.source, truncated: cut }
}

/**
 * Moves mails; without MOVE copies and marks them.
 * @param copied UIDs that were copied before and could not be marked: they are not copied a second time
 */
async function moveMails(
  client: ImapFlow,
  uids: readonly number[],
  destination: string,
  copied: Set<number>,
): Promise<boolean> {
  const options = { uid: true }
  if (client.capabilities.has('MOVE'))
    return Boolean(await client.messageMove(uids.join(','), levels(destination), options))
  const missing = uids.filter((uid) => !copied.has(uid))
  if (missing.length > 0) {
    if (!(await client.messageCopy(missing.join(','), levels(destination), options))) return false
    for (const uid of missing) copied.add(uid)
  }
  const range = uids.join(',')
  // Without UIDPLUS an EXPUNGE would also remove what others have marked: the mark must do.
  if (client.capabilities.has('UIDPLUS')) return client.messageDelete(range, options)
  return client.messageFlagsAdd(range, ['\\Deleted'], options)
}

async function ensureFolder(client: ImapFlow, path: string): Promise<boolean> {
  const folders = await client.list()
  const delimiter = client.namespace?.delimiter ?? '/'
  const prefix = client.namespace?.prefix ?? ''
  const own = path.split('/').join(delimiter)
  const there = folders.some(
    (folder) =>
      (folder.path === own || folder.path === prefix + own) &&
      ![...folder.flags].some((flag) => flag.toLowerCase() === '\\nonexistent'),
  )
  if (there) return true
  try {
    await client.mailboxCreate(levels(path))
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    log.warn('done-folder-refused', { folder: path, reason: messageOf(error) })
    return false
  }
}

/** Ends the connection when `signal` aborts: at once before it is open, else after time for the running command and LOGOUT. */
function endOnAbort(client: ImapFlow, clock: Clock, signal: AbortSignal): void {
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

/**
 * Connects, signs in and selects the folder.
 * @param signal ends the connection when it aborts
 * @throws GatewayError IMAP_UNAVAILABLE (temporary), IMAP_AUTH (hold), IMAP_REFUSED
 */
export async function openImap(
  access: ImapAccess,
  listener: ImapListener,
  signal: AbortSignal,
): Promise<ImapConnection> {
  const credential = await access.credential()
  if (credential === null)
    throw new GatewayError('IMAP_AUTH', `there is no password for ${access.host}`, {
      retry: 'hold',
      hint: 'set password or password_file in [mail.imap]',
    })
  const client = clientFor(access, credential)
  const translate = (error: unknown): GatewayError =>
    imapError(lastError ?? error, access.host, [secretIn(credential)])
  let lastError: unknown = null
  // Before connect(): without an `error` listener a dropped line ends the process.
  client.on('error', (error) => {
    lastError ??= error
  })
  client.on('close', () => listener.closed(translate(new Error('the server closed the connection'))))
  client.on('exists', () => listener.changed())
  endOnAbort(client, access.clock, signal)
  const call = async <T>(command: () => Promise<T>): Promise<T> => {
    try {
      return await command()
    } catch (error) {
      throw translate(error)
    }
  }
  try {
    await client.connect()
    const mailbox = await client.mailboxOpen(access.folder).catch((error: unknown) => {
      throw isMissingFolder(error) ? missingFolder(access) : error
    })
    return connectionOf(client, access, call, {
      uidValidity: String(mailbox.uidValidity),
      uidNext: typeof mailbox.uidNext === 'number' ? mailbox.uidNext : null,
    })
  } catch (error) {
    client.close()
    throw error instanceof GatewayError ? error : translate(error)
  }
}

function missingFolder({ folder, host }: ImapAccess): GatewayError {
  return new GatewayError('IMAP_REFUSED', `there is no folder ${folder} on ${host}`, {
    retry: 'hold',
    hint: 'set folder in [mail.imap] to a folder that exists, such as INBOX',
  })
}

function connectionOf(
  client: ImapFlow,
  access: ImapAccess,
  call: <T>(command: () => Promise<T>) => Promise<T>,
  selected: { readonly uidValidity: string; readonly uidNext: number | null },
): ImapConnection {
  const copied = new Set<number>()
  return {
    ...selected,
    canIdle: () => client.capabilities.has('IDLE'),
    listFrom: (first) =>
      call(async () => {
        const uids = await client.search({ uid: `${first}:*`, deleted: false }, { uid: true })
        if (!Array.isArray(uids))
          throw new GatewayError('IMAP_REFUSED', `${access.host} refused UID SEARCH`, { retry: 'temporary' })
        // RFC 3501 6.4.8: "n:*" names the last mail even if its UID is below n.
        return uids.filter((uid) => uid >= first).sort((a, b) => a - b)
      }),
    fetch: (uid) => call(() => fetchMail(client, uid, access.maxBytes)),
    moveToDone: (uids) => call(() => moveMails(client, uids, access.doneFolder, copied)),
    ensureDoneFolder: () => call(() => ensureFolder(client, access.doneFolder)),
    idle: () => call(async () => void (await client.idle())),
    noop: () => call(() => client.noop()),
    async logout() {
      await client.logout().catch(() => undefined)
      client.close()
    },
    cut: () => client.close(),
  }
}
