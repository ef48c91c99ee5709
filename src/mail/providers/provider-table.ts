// Which provider a mail address or a domain belongs to. Pure: the config uses it at start, where nothing may ask the network.
// Invariant: no domain and no mail exchanger belongs to two rows (test/mail/providers/provider-table.test.ts).

import { domainOf } from '../../domain/address.ts'
import { domainHosts } from './domain-hosts.ts'
import { mailboxProviders } from './mailbox-providers.ts'
import type { Provider, ProviderServer } from './provider.ts'

export const providers: readonly Provider[] = [...mailboxProviders, ...domainHosts]

interface ClosedProvider {
  readonly name: string
  readonly domains: readonly string[]
  /** What to do instead. */
  readonly hint: string
}

/** Providers without IMAP servers. proton.me/support "Bridge", tuta.com/support: from their documentation. */
const closedProviders: readonly ClosedProvider[] = [
  {
    name: 'Proton Mail',
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    hint: 'run its Bridge on this machine (a paid mailbox is needed) and give its host, port and security, or take a mailbox elsewhere',
  },
  {
    name: 'Tuta',
    domains: ['tuta.com', 'tuta.io', 'tutanota.com', 'tutanota.de', 'tutamail.com', 'keemail.me'],
    hint: 'take a mailbox elsewhere',
  },
]

/** `*.x` stands for everything below x. */
const matches = (pattern: string, name: string): boolean =>
  pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : pattern === name

/** The provider whose own domain this address has; null if it is not known. */
export function providerOf(address: string): Provider | null {
  const domain = domainOf(address)
  return providers.find(({ domains }) => domains.some((pattern) => matches(pattern, domain))) ?? null
}

/** The provider that runs this mail exchanger; null if it is not known. */
export function providerOfExchanger(host: string): Provider | null {
  const name = host.toLowerCase().replace(/\.$/, '')
  return providers.find(({ mx }) => mx.some((pattern) => matches(pattern, name))) ?? null
}

/** The provider whose IMAP server this is; null if it is not known. Several rows may share servers, and then also how to sign in. */
export function providerOfServer(host: string): Provider | null {
  return providers.find(({ imap }) => imap.host === host.toLowerCase()) ?? null
}

const tokenDomains: Readonly<Record<'microsoft' | 'google', readonly string[]>> = {
  microsoft: ['*.office365.com', '*.outlook.com', '*.office.com', '*.office365.us', '*.outlook.cn'],
  google: ['*.gmail.com', '*.google.com', '*.googlemail.com'],
}

/** True if a server belongs to who gives tokens under this preset, and may see them. */
export function isServerOf(preset: 'microsoft' | 'google', host: string): boolean {
  return tokenDomains[preset].some((pattern) => matches(pattern, host.toLowerCase()))
}

/** A provider that no program can reach by IMAP; null if the address is at none. */
export function closedProviderOf(address: string): ClosedProvider | null {
  return closedProviders.find(({ domains }) => domains.includes(domainOf(address))) ?? null
}

/** The sign-in name at a server for an address. */
export function userAt({ user }: Pick<ProviderServer, 'user'>, address: string): string {
  return user === 'address' ? address : address.slice(0, address.lastIndexOf('@'))
}

/** True if a password is of no use there. */
export function wantsTokens({ signIn }: Pick<Provider, 'signIn'>): boolean {
  return signIn.every((kind) => kind === 'oauth2')
}
