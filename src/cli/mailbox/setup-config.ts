// The part of the config file that `simpost setup` prints for a mailbox. What the config knows by itself from the address is left out.
// Invariant: what stands here is read by the config as it stands, but for the id of an application that only its owner knows.

import type { FoundServer, FoundServers } from '../../mail/providers/discover-servers.ts'
import { wantsTokens } from '../../mail/providers/provider-table.ts'

const passwordFileDefault = '/etc/simpost/mail'

export interface SetupConfig {
  readonly address: string
  readonly found: FoundServers
  /** Sign-in names that were taken, or are to be tried first. */
  readonly users: { readonly imap: string; readonly smtp: string }
  readonly passwordFile: string | undefined
  readonly caFile: string | undefined
}

/** A TOML basic string. */
const quoted = (text: string): string => JSON.stringify(text)

/** The sections in TOML, without a line feed at the end. */
export function mailSections({ address, found, users, passwordFile, caFile }: SetupConfig): string {
  const { provider, imap, smtp, step } = found
  const byToken = provider !== null && wantsTokens(provider)
  const known = step === 'domain'
  const server = (each: FoundServer, usualPort: number): string[] => [
    ...(known ? [] : [`host = ${quoted(each.host)}`]),
    ...(known || each.port === usualPort ? [] : [`port = ${each.port}`]),
    ...(known || each.security === 'tls' ? [] : [`security = ${quoted(each.security)}`]),
  ]
  const authority = caFile === undefined ? [] : [`ca_file = ${quoted(caFile)}`]
  const smtpLines = [
    ...server(smtp, 465),
    ...(known || users.smtp === users.imap ? [] : [`user = ${quoted(users.smtp)}`]),
    ...authority,
  ]
  const sections = [
    [
      '[mail]',
      `address = ${quoted(address)}`,
      ...(provider?.plusAddresses === true ? ['plus_addresses = true'] : []),
    ],
    [
      '[mail.imap]',
      ...server(imap, 993),
      ...(known ? [] : [`user = ${quoted(users.imap)}`]),
      ...(byToken ? [] : [`password_file = ${quoted(passwordFile ?? passwordFileDefault)}`]),
      ...authority,
    ],
    ['[mail.smtp]', ...smtpLines],
    ['[mail.oauth]', ...(byToken ? oauthLines(provider.oauth ?? '') : [])],
  ]
  return sections
    .filter((lines) => lines.length > 1)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

const oauthLines = (preset: string): string[] => [
  `provider = ${quoted(preset)}`,
  'client_id = "…"                    # the id of your application there, then: simpost login',
]
