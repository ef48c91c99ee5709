// The commands of the watcher that need more than one call (RFC 3501 6.4, RFC 4315, RFC 6851), on one connection.
// The library reports failures of some commands as `false`, also when the line was cut meanwhile; each is looked at here.
// Invariants: \Seen is never touched (BODY.PEEK only); a plain EXPUNGE is never sent, since it would remove other people's mails.

import { GatewayError, messageOf } from '../../domain/errors.ts'
import { log } from '../../log.ts'
import { largeMailOctets } from '../read/mail-limits.ts'
import type { ImapClient } from './imap-client.ts'
import { isRefusal } from './imap-errors.ts'
import type { FetchedMail } from './imap-port.ts'

/** Octets fetched together with the size: most mails need no second command. */
const firstOctets = 65_536
const dayMs = 86_400_000

/** The name of the done folder for the library, which adds prefix and delimiter of the namespace (RFC 2342). */
export const levels = (path: string): string | string[] => (path.includes('/') ? path.split('/') : path)

/**
 * UIDs from `first` on without those marked \Deleted, rising.
 * @param since only mails that came since then
 * @returns null if the server refused
 */
export async function searchFrom(
  client: ImapClient,
  first: number,
  more: { since?: Date } = {},
): Promise<number[] | null> {
  const uids = await client.search({ uid: `${first}:*`, deleted: false, ...more }, { uid: true })
  if (!Array.isArray(uids)) {
    if (client.usable) return null
    throw new Error('the line was cut')
  }
  // RFC 3501 6.4.8: "n:*" names the last mail even if its UID is below n.
  return uids.filter((uid) => uid >= first).sort((a, b) => a - b)
}

/**
 * The lowest UID of the mails that came at `since` or later.
 * @param now a mail of tomorrow tells that this clock is wrong: it does not count, else a box without a clock would read everything
 * @returns null if there is none, or the server cannot search by date
 */
export async function firstArrived(
  client: ImapClient,
  { since, now }: { readonly since: number; readonly now: number },
): Promise<number | null> {
  // SINCE knows days only, in the server's time zone.
  const uids = (await searchFrom(client, 1, { since: new Date(since - dayMs) })) ?? []
  const [first] = uids
  if (first === undefined) return null
  const mails = await client.fetchAll(`${first}:*`, { uid: true, internalDate: true }, { uid: true })
  const recent = mails.filter(({ internalDate }) => {
    const at = timeOf(internalDate)
    return at !== null && at >= since && at < now + dayMs
  })
  return recent.length === 0
    ? null
    : recent.reduce((least, { uid }) => Math.min(least, uid), Number.MAX_VALUE)
}

/**
 * @returns null if the mail has vanished
 * @throws GatewayError IMAP_REFUSED if it is there and the server shows nothing of it, as servers do whose store is damaged
 */
export async function fetchMail(
  client: ImapClient,
  uid: number,
  maxBytes: number,
): Promise<FetchedMail | null> {
  const part = (maxLength: number) =>
    client.fetchOne(
      String(uid),
      { uid: true, size: true, internalDate: true, source: { start: 0, maxLength } },
      { uid: true },
    )
  const first = await part(Math.min(firstOctets, maxBytes))
  if (first === false) return null
  if (!first.source || (first.source.length === 0 && (first.size ?? 0) > 0))
    throw new GatewayError('IMAP_REFUSED', 'the server shows nothing of the mail', { retry: 'temporary' })
  const size = first.size ?? first.source.length
  const arrivedAt = timeOf(first.internalDate)
  if (first.source.length < Math.min(firstOctets, maxBytes))
    return { size: first.source.length, raw: first.source, truncated: false, arrivedAt }
  const tooLarge = size > maxBytes
  const rest = await part(tooLarge ? Math.min(largeMailOctets, maxBytes) : maxBytes)
  if (rest === false || rest.source === undefined) return null
  // Some servers state a size that is too small; a literal that fills the limit is then the sign of a large mail.
  const cut = tooLarge || (rest.source.length >= maxBytes && size !== rest.source.length)
  return { size: Math.max(size, rest.source.length), raw: rest.source, truncated: cut, arrivedAt }
}

/** A date of the library; null if the server gave none that can be read. */
function timeOf(date: Date | string | undefined): number | null {
  const time = date === undefined ? Number.NaN : new Date(date).getTime()
  return Number.isNaN(time) ? null : time
}

/** What one connection remembers of its moves. */
export interface Moves {
  /** UIDs that were copied and could not be marked: they are not copied a second time. */
  readonly copied: Set<number>
  /** The server has named the new UIDs before (COPYUID of RFC 4315). */
  copyUid: boolean
}

/**
 * Moves mails; without MOVE copies and marks them.
 * @returns how many came into the destination; null if the server refused
 */
export async function moveMails(
  client: ImapClient,
  uids: readonly number[],
  destination: string,
  moves: Moves,
): Promise<number | null> {
  const options = { uid: true }
  const there = moves.copyUid ? uids : await stillThere(client, uids)
  if (client.capabilities.has('MOVE')) {
    const moved = await client.messageMove(uids.join(','), levels(destination), options)
    if (!moved) return null
    if (moved.uidMap !== undefined) moves.copyUid = true
    // A mail that somebody else moved first is no error (RFC 6851 3.3); only COPYUID tells, where the server gives it.
    return moves.copyUid ? (moved.uidMap?.size ?? 0) : there.length
  }
  const { copied } = moves
  const missing = there.filter((uid) => !copied.has(uid))
  if (missing.length > 0) {
    if (!(await client.messageCopy(missing.join(','), levels(destination), options))) return null
    for (const uid of missing) copied.add(uid)
  }
  const range = uids.join(',')
  // Without UIDPLUS an EXPUNGE would also remove what others have marked: the mark must do.
  const gone = client.capabilities.has('UIDPLUS')
    ? await client.messageDelete(range, options)
    : await client.messageFlagsAdd(range, ['\\Deleted'], options)
  if (!gone) return null
  for (const uid of uids) copied.delete(uid)
  return missing.length
}

async function stillThere(client: ImapClient, uids: readonly number[]): Promise<readonly number[]> {
  const found = await client.search({ uid: uids.join(',') }, { uid: true })
  return Array.isArray(found) ? found : uids
}

/** Makes the folder if it is missing. @returns false if the server refuses */
export async function ensureFolder(client: ImapClient, path: string): Promise<boolean> {
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
