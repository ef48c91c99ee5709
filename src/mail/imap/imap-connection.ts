// One signed-in IMAP connection with one selected folder (RFC 3501, RFC 9051), as the watcher uses it.
// Invariant: it lives once; whatever goes wrong with it ends as a GatewayError with a cure, and the supervisor makes the next.

import { GatewayError } from '../../domain/errors.ts'
import { fetchLimits, moveLimits, openLimits, plainLimits } from './command-limits.ts'
import { type ImapLine, imapLine } from './imap-client.ts'
import {
  ensureFolder,
  fetchMail,
  firstArrived,
  levels,
  type Moves,
  moveMails,
  searchFrom,
} from './imap-commands.ts'
import { isMissingFolder } from './imap-errors.ts'
import type { ImapAccess, ImapConnection, ImapListener, SelectedFolder } from './imap-port.ts'

export type OpenImap = typeof openImap

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
  // A token may take long to come, and nothing is told twice that all is over.
  signal.throwIfAborted()
  const line = imapLine(access, credential, listener, signal)
  try {
    await line.call('the sign-in', openLimits, () => line.client.connect())
    listener.signedIn()
    return connectionOf(line, await selectFolder(line))
  } catch (error) {
    line.client.close()
    throw error
  }
}

async function selectFolder({ client, access, call }: ImapLine): Promise<SelectedFolder> {
  const { folder, host } = access
  const { uidValidity, uidNext } = await call('SELECT', plainLimits, () =>
    client.mailboxOpen(folder).catch((error: unknown) => {
      throw isMissingFolder(error)
        ? refusedFolder(
            `there is no folder ${folder} on ${host}`,
            'set folder in [mail.imap] to a folder that exists, such as INBOX',
          )
        : error
    }),
  )
  // Without it no mail could be told from another after a restart (RFC 3501 2.3.1.1).
  if (uidValidity === undefined || uidValidity === null)
    throw refusedFolder(
      `${host} gives no UIDVALIDITY for ${folder}`,
      'use another mail server; this one does not number its mails',
    )
  return { uidValidity: String(uidValidity), uidNext: typeof uidNext === 'number' ? uidNext : null }
}

function refusedFolder(message: string, hint: string): GatewayError {
  return new GatewayError('IMAP_REFUSED', message, { retry: 'hold', hint })
}

/** null if the done folder is not there, or the server does not say. */
async function nextInDone({ client, access, call }: ImapLine): Promise<number | null> {
  const ask = () => client.status(levels(access.doneFolder), { uidNext: true })
  const status = await call('STATUS', plainLimits, ask).catch((error: unknown) => {
    if (client.usable) return false
    throw error
  })
  return typeof status === 'object' && typeof status.uidNext === 'number' ? status.uidNext : null
}

function connectionOf(line: ImapLine, opened: SelectedFolder): ImapConnection {
  const { client, access, call } = line
  const { host, doneFolder, maxBytes } = access
  const moves: Moves = { copied: new Set(), copyUid: false }
  let selected = opened
  let moved = 0
  return {
    selected: () => selected,
    canIdle: () => client.capabilities.has('IDLE'),
    async select() {
      const before = selected
      selected = await selectFolder(line)
      // UIDs of an older generation name other mails: one that was copied then must not be taken for copied now.
      if (selected.uidValidity !== before.uidValidity) moves.copied.clear()
    },
    listFrom: (first) =>
      call('UID SEARCH', plainLimits, async () => {
        const uids = await searchFrom(client, first)
        if (uids !== null) return uids
        throw new GatewayError('IMAP_REFUSED', `${host} refused UID SEARCH`, { retry: 'temporary' })
      }),
    listSince: (first, since) =>
      call(
        'UID SEARCH',
        plainLimits,
        async () => (await searchFrom(client, first, { since: new Date(since) })) ?? [],
      ),
    async beginning() {
      const { since = 0, clock } = access
      const now = clock.now()
      const asked = () => firstArrived(client, { since: now - since, now })
      const recent = since === 0 ? null : await call('UID SEARCH', plainLimits, asked)
      if (recent !== null) return recent
      return selected.uidNext ?? ((await this.listFrom(1)).at(-1) ?? 0) + 1
    },
    fetch: (uid) => call('UID FETCH', fetchLimits(maxBytes), () => fetchMail(client, uid, maxBytes)),
    moveToDone: async (uids) => {
      const count = await call('UID MOVE', moveLimits, () => moveMails(client, uids, doneFolder, moves))
      moved += count ?? 0
      return count !== null
    },
    ensureDoneFolder: () => call('LIST', plainLimits, () => ensureFolder(client, doneFolder)),
    doneFolder: async () => {
      const uidNext = await nextInDone(line)
      return uidNext === null ? null : { moved, uidNext }
    },
    idle: () => call('IDLE', null, async () => (await client.idle()) !== false),
    noop: () => call('NOOP', plainLimits, () => client.noop()),
    async logout() {
      await client.logout().catch(() => undefined)
      client.close()
    },
    cut: () => client.close(),
  }
}
