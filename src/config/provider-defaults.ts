// Fills in what the config leaves out and the address of the mailbox, or its IMAP server, tells: servers, sign-in name, authserv-id.
// Pure and offline: from the table of providers alone, so that the same file always means the same; the DNS is never asked.
// Invariant: what the file says is never changed, and a server that it names itself gets nothing of the provider's.

import { parseMailAddress } from '../domain/address.ts'
import type { ProviderServer } from '../mail/providers/provider.ts'
import {
  closedProviderOf,
  isServerOf,
  providerOf,
  providerOfServer,
  userAt,
  wantsTokens,
} from '../mail/providers/provider-table.ts'
import type { RawConfig } from './schema.ts'

type Table = Readonly<Record<string, unknown>>

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** The address in a file that nobody has checked yet; null if there is none. */
function addressIn(tree: unknown): string | null {
  const address = isTable(tree) && isTable(tree.mail) ? tree.mail.address : undefined
  const parsed = typeof address === 'string' ? parseMailAddress(address) : undefined
  return parsed?.ok === true ? parsed.value : null
}

/** @param tree the file as TOML has it, of any shape */
export function withProviderDefaults(tree: unknown): unknown {
  const address = addressIn(tree)
  if (!isTable(tree) || !isTable(tree.mail) || address === null) return tree
  const provider = providerOf(address)
  const { imap: ownImap = {}, smtp: ownSmtp = {} } = tree.mail
  if (provider === null) return withAuthservId(tree, isTable(ownImap) ? ownImap.host : undefined)
  const imap = filled(ownImap, provider.imap, userAt(provider.imap, address))
  // A sign-in name that is given for IMAP counts for SMTP as well.
  const ownUser = isTable(ownImap) && ownImap.user !== undefined
  const smtp = filled(ownSmtp, provider.smtp, ownUser ? undefined : userAt(provider.smtp, address))
  return withAuthservId(
    { ...tree, mail: { ...tree.mail, imap, smtp } },
    isTable(imap) ? imap.host : undefined,
  )
}

/** Port and security belong together: where one is given, the other is that of the schema. */
function filled(
  section: unknown,
  { host, port, security }: ProviderServer,
  user: string | undefined,
): unknown {
  if (!isTable(section) || (section.host !== undefined && section.host !== host)) return section
  const pair = section.port === undefined && section.security === undefined ? { port, security } : {}
  return { host, ...pair, ...(user === undefined ? {} : { user }), ...section }
}

function withAuthservId(tree: Table, host: unknown): Table {
  const known = typeof host === 'string' ? providerOfServer(host) : null
  const { trust } = tree
  if (known === null || known.authservId === null || !isTable(trust)) return tree
  const { method = 'authentication-results', authserv_id: given } = trust
  if (method !== 'authentication-results' || given !== undefined) return tree
  return { ...tree, trust: { ...trust, authserv_id: known.authservId } }
}

/** What to do about servers that are missing and not known. */
export function missingServerHint(tree: unknown): string {
  const address = addressIn(tree)
  const closed = address === null ? null : closedProviderOf(address)
  const what =
    closed === null
      ? `simpost setup --address ${address ?? 'ADDRESS'} finds the servers of a mailbox`
      : `${closed.name} has no IMAP server: ${closed.hint}`
  return `${what}; README.md, "Your mailbox provider", lists those that are known`
}

/** What must be said about the authserv-id of this IMAP server's provider; '' if nothing is known of it. */
export function authservIdAdvice(imapHost: string): string {
  const provider = providerOfServer(imapHost)
  return provider === null
    ? ''
    : `; ${provider.name} writes none that could be relied on: set trust.method = "dkim"`
}

/**
 * Faults of what is shown to the servers of known providers: a password where only tokens are taken, and a token that must go to nobody
 * but the provider that gave it. Each with its key.
 */
export function tokenFaults({ imap, smtp, oauth }: RawConfig['mail']): (readonly [string, string])[] {
  const provider = providerOfServer(imap.host)
  if (provider === null) return []
  const { name } = provider
  if (oauth === undefined)
    return wantsTokens(provider)
      ? [
          [
            'mail.oauth',
            `missing; ${name} takes no password from programs: add [mail.oauth] with provider = "${provider.oauth}", then sign in with simpost login`,
          ],
        ]
      : []
  if (oauth.provider !== provider.oauth) {
    const cure =
      provider.oauth === null ? 'use a password instead of [mail.oauth]' : `write "${provider.oauth}"`
    return [['mail.oauth.provider', `${name} does not take its tokens; ${cure}`]]
  }
  const ownSignIn = smtp.user === '' || (smtp.password ?? smtp.password_file) !== undefined
  if (ownSignIn || isServerOf(provider.oauth, smtp.host)) return []
  return [
    [
      'mail.smtp.host',
      `is no server of ${name}, whose token must go to nobody else: give password_file in [mail.smtp], or user = "" if it wants no sign-in`,
    ],
  ]
}
