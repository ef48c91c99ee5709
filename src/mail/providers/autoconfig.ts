// Servers from a file that providers publish: Mail Autoconfig (draft-ietf-mailmaint-autoconfig; Thunderbird's config-v1.1.xml);
// only: @rgrove/parse-xml, which expands no entity of a document and reads no other file.
// Invariant: a server without TLS is not taken, and nothing of the file is used but host, port, security, user name and sign-in kinds.

import { domainToASCII } from 'node:url'
import { parseXml, XmlElement } from '@rgrove/parse-xml'
import { domainOf } from '../../domain/address.ts'
import type { SignInKind } from './provider.ts'
import { isHostName, type ServerPlace } from './srv-servers.ts'

/** The parser goes down by calling itself; so many levels are far from the end of the stack, and no real file has so many elements. */
const elementsMax = 2_000

export interface ConfiguredServer extends ServerPlace {
  readonly user: string
  readonly signIn: readonly SignInKind[]
}

export interface Autoconfig {
  readonly imap: ConfiguredServer
  readonly smtp: ConfiguredServer
}

/** Where the domain itself may publish the file; the first also learns the address, so that it can answer for it alone. */
export function ownAutoconfigUrls(address: string, domain: string): readonly string[] {
  return [
    `https://autoconfig.${domain}/mail/config-v1.1.xml?emailaddress=${encodeURIComponent(address)}`,
    `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`,
  ]
}

/** The public directory; it learns the domain. */
export const directoryUrl = (domain: string): string => `https://autoconfig.thunderbird.net/v1.1/${domain}`

/**
 * Reads the file for one address.
 * @throws Error with the reason in words if it is not such a file, or names no IMAP or no submission server with TLS
 */
export function parseAutoconfig(xml: string, address: string): Autoconfig {
  if ((xml.match(/</g)?.length ?? 0) > 2 * elementsMax) throw new Error('the file has too many elements')
  let root: XmlElement | null
  try {
    root = parseXml(xml).root
  } catch (cause) {
    throw new Error('the answer is not well-formed XML', { cause })
  }
  if (root?.name !== 'clientConfig') throw new Error('the answer is no Mail Autoconfig file')
  const provider = childrenOf(root, 'emailProvider')[0]
  const server = (element: string, type: string): ConfiguredServer | undefined =>
    (provider === undefined ? [] : childrenOf(provider, element))
      .filter(({ attributes }) => attributes.type === type)
      .map((each) => serverOf(each, address))
      .find((each) => each !== null) ?? undefined
  const imap = server('incomingServer', 'imap')
  const smtp = server('outgoingServer', 'smtp')
  if (imap === undefined) throw new Error('the file names no IMAP server with TLS')
  if (smtp === undefined) throw new Error('the file names no submission server with TLS')
  return { imap, smtp }
}

function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && child.name === name,
  )
}

const textIn = (element: XmlElement, name: string): string => childrenOf(element, name)[0]?.text.trim() ?? ''

/** null: not with TLS, or not to be understood. */
function serverOf(element: XmlElement, address: string): ConfiguredServer | null {
  const local = address.slice(0, address.lastIndexOf('@'))
  const fill = (text: string, domain: string): string =>
    placeholdersFilled(text, { local, domain, address: `${local}@${domain}` })
  // The DNS has A-labels (RFC 5890); who signs in is written as he is.
  const host = fill(textIn(element, 'hostname'), domainToASCII(domainOf(address))).toLowerCase()
  const port = Number(textIn(element, 'port'))
  const security = { SSL: 'tls', STARTTLS: 'starttls' }[textIn(element, 'socketType').toUpperCase()] ?? null
  if (!isHostName(host) || !Number.isInteger(port) || port < 1 || port > 65_535) return null
  if (security !== 'tls' && security !== 'starttls') return null
  const user = fill(textIn(element, 'username'), domainOf(address)) || address
  if (/[\p{Cc}"\\]/u.test(user) || user.length > 254) return null
  const said = childrenOf(element, 'authentication').map(({ text }) => text.trim().toLowerCase())
  const signIn = [...new Set(said.flatMap((kind) => signInKinds[kind] ?? []))]
  return { host, port, security, user, signIn: said.length === 0 ? ['password'] : signIn }
}

const signInKinds: Readonly<Record<string, SignInKind>> = {
  'password-cleartext': 'password',
  plain: 'password',
  'password-encrypted': 'password',
  secure: 'password',
  oauth2: 'oauth2',
}

function placeholdersFilled(
  text: string,
  { address, local, domain }: Readonly<Record<'address' | 'local' | 'domain', string>>,
): string {
  // Given as functions: a "$&" in an address is no pattern.
  return text
    .replaceAll('%EMAILADDRESS%', () => address)
    .replaceAll('%EMAILLOCALPART%', () => local)
    .replaceAll('%EMAILDOMAIN%', () => domain)
}
