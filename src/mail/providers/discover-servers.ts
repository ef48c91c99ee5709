// Finds the servers of a mailbox from its address, in this order: what is known of its domain, of the domain's mail exchangers, SRV
// records (RFC 6186, RFC 8314), Mail Autoconfig at the domain, the public directory, and last the usual names, if they answer.
// Invariants: a step that fails never ends the search; every attempt is told in words; a name from the DNS that lies outside of the
// mail domain is marked as to be confirmed.

import { domainToASCII } from 'node:url'
import { domainOf } from '../../domain/address.ts'
import { messageOf } from '../../domain/errors.ts'
import { directoryUrl, ownAutoconfigUrls, parseAutoconfig } from './autoconfig.ts'
import type { Lookups } from './lookups.ts'
import type { ServerKind } from './probe-server.ts'
import type { Provider, SignInKind } from './provider.ts'
import { providerOf, providerOfExchanger, userAt } from './provider-table.ts'
import { askServices, isWithin, type ServerPlace } from './srv-servers.ts'

export type DiscoveryStep = 'domain' | 'exchanger' | 'srv' | 'autoconfig' | 'directory' | 'guess'

/**
 * How sure it is: `known` from the provider's documentation; `published` by the domain or the public directory; `guessed`, but a server
 * answers there with a valid certificate; `unconfirmed`: the DNS names a server elsewhere, and a person has to say that it is right.
 */
export type Confidence = 'known' | 'published' | 'guessed' | 'unconfirmed'

export interface FoundServer extends ServerPlace {
  /** Sign-in names to try, the most likely first. */
  readonly users: readonly string[]
}

export interface FoundServers {
  readonly step: DiscoveryStep
  readonly confidence: Confidence
  readonly imap: FoundServer
  readonly smtp: FoundServer
  readonly provider: Provider | null
  readonly signIn: readonly SignInKind[]
}

export interface Attempt {
  readonly step: DiscoveryStep
  /** What was asked: a domain, a record, an address of a page, a host. */
  readonly asked: string
  /** What came of it, in words. */
  readonly outcome: string
}

export interface Discovery {
  /** null: no step found both servers. */
  readonly found: FoundServers | null
  /** In the order they were made. */
  readonly attempts: readonly Attempt[]
}

export interface DiscoveryMeans {
  readonly lookups: Lookups
  /** Whether a mail server with a valid certificate answers there; rejects with the reason if not. */
  readonly probe: (kind: ServerKind, place: ServerPlace) => Promise<unknown>
}

interface Search extends DiscoveryMeans {
  readonly address: string
  /** In A-labels, as the DNS has it. */
  readonly domain: string
  /** Mail exchangers, the preferred first, asked for once. Rejects if nobody can tell. */
  readonly exchangers: () => Promise<readonly string[]>
  readonly note: (step: DiscoveryStep, asked: string, outcome: string) => void
}

const steps = [knownDomain, knownExchanger, serviceRecords, ownAutoconfig, publicDirectory, usualNames]

/** Never rejects: what fails is an attempt. @param address as parseMailAddress returns it */
export async function discoverServers(address: string, means: DiscoveryMeans): Promise<Discovery> {
  const attempts: Attempt[] = []
  const note: Search['note'] = (step, asked, outcome) => void attempts.push({ step, asked, outcome })
  const domain = domainToASCII(domainOf(address))
  let asked: Promise<readonly string[]> | undefined
  const exchangers = (): Promise<readonly string[]> => {
    asked ??= means.lookups
      .mx(domain)
      .then((records) => records.map(({ exchange }) => exchange.toLowerCase().replace(/\.$/, '')))
    return asked
  }
  const search: Search = { ...means, address, domain, exchangers, note }
  for (const step of steps) {
    const found = await step(search)
    if (found !== null) return { found, attempts }
  }
  return { found: null, attempts }
}

function ofProvider(provider: Provider, step: DiscoveryStep, address: string): FoundServers {
  const { imap, smtp, signIn } = provider
  const server = (each: Provider['imap']): FoundServer => ({
    ...{ host: each.host, port: each.port, security: each.security },
    users: [userAt(each, address)],
  })
  return { step, confidence: 'known', imap: server(imap), smtp: server(smtp), provider, signIn }
}

function knownDomain({ address, domain, note }: Search): FoundServers | null {
  const provider = providerOf(address)
  note('domain', domain, provider === null ? 'not a provider that is known here' : provider.name)
  return provider === null ? null : ofProvider(provider, 'domain', address)
}

/** Whoever forges these records can only lead to a provider of the table. */
async function knownExchanger({ domain, address, exchangers, note }: Search): Promise<FoundServers | null> {
  const asked = `MX of ${domain}`
  try {
    const [first = ''] = await exchangers()
    const provider = providerOfExchanger(first)
    const unknown = first === '' ? 'no record' : `${first}: not a provider that is known here`
    note('exchanger', asked, provider === null ? unknown : `${first}: ${provider.name}`)
    return provider === null ? null : ofProvider(provider, 'exchanger', address)
  } catch (error) {
    note('exchanger', asked, messageOf(error))
    return null
  }
}

async function serviceRecords({ domain, address, lookups, note }: Search): Promise<FoundServers | null> {
  const [imap, smtp] = await Promise.all(
    (['imap', 'smtp'] as const).map(async (kind) => {
      const answers = await askServices(lookups, kind, domain)
      for (const { name, outcome } of answers) note('srv', name, outcome)
      return answers.find(({ place }) => place !== null)?.place ?? null
    }),
  )
  if (imap === null || imap === undefined || smtp === null || smtp === undefined) return null
  // RFC 6186 4: the whole address first, then what stands before its @.
  const users = [address, userAt({ user: 'local-part' }, address)]
  const inside = [imap, smtp].every(({ host }) => isWithin(host, domain))
  return {
    ...{
      step: 'srv',
      confidence: inside ? 'published' : 'unconfirmed',
      provider: null,
      signIn: ['password'],
    },
    ...{ imap: { ...imap, users }, smtp: { ...smtp, users } },
  }
}

async function fromPages(
  { address, lookups, note }: Search,
  step: DiscoveryStep,
  urls: readonly string[],
): Promise<FoundServers | null> {
  for (const url of urls) {
    try {
      const { imap, smtp } = parseAutoconfig(await lookups.page(url), address)
      note(step, url, `${imap.host}, ${smtp.host}`)
      const servers = { imap: { ...imap, users: [imap.user] }, smtp: { ...smtp, users: [smtp.user] } }
      return { step, confidence: 'published', ...servers, provider: null, signIn: imap.signIn }
    } catch (error) {
      note(step, url, messageOf(error))
    }
  }
  return null
}

function ownAutoconfig(search: Search): Promise<FoundServers | null> {
  return fromPages(search, 'autoconfig', ownAutoconfigUrls(search.address, search.domain))
}

/** The directory also knows hosters by the domain of their mail exchangers. */
async function publicDirectory(search: Search): Promise<FoundServers | null> {
  const [exchanger = ''] = await search.exchangers().catch(() => [])
  const labels = exchanger.split('.')
  const hosters = [labels.slice(1), labels.slice(-2)].filter(({ length }) => length > 1)
  const domains = new Set([search.domain, ...hosters.map((each) => each.join('.'))])
  return fromPages(search, 'directory', [...domains].map(directoryUrl))
}

async function usualNames({ address, domain, probe, note }: Search): Promise<FoundServers | null> {
  const mail = `mail.${domain}`
  const candidates: Readonly<Record<ServerKind, readonly ServerPlace[]>> = {
    imap: [`imap.${domain}`, mail].map((host) => ({ host, port: 993, security: 'tls' })),
    smtp: [
      ...[`smtp.${domain}`, mail].map((host) => ({ host, port: 465, security: 'tls' as const })),
      ...[`smtp.${domain}`, mail].map((host) => ({ host, port: 587, security: 'starttls' as const })),
    ],
  }
  const answering = async (kind: ServerKind): Promise<ServerPlace | null> => {
    const tried = await Promise.all(
      candidates[kind].map(async (place) => ({
        place,
        outcome: await probe(kind, place).then(
          () => 'answers',
          (error) => messageOf(error).replace(`${place.host}:${place.port}: `, ''),
        ),
      })),
    )
    for (const { place, outcome } of tried) note('guess', `${place.host}:${place.port}`, outcome)
    return tried.find(({ outcome }) => outcome === 'answers')?.place ?? null
  }
  const imap = await answering('imap')
  const smtp = await answering('smtp')
  if (imap === null || smtp === null) return null
  const users = [address, userAt({ user: 'local-part' }, address)]
  return {
    ...{ step: 'guess', confidence: 'guessed', provider: null, signIn: ['password'] },
    ...{ imap: { ...imap, users }, smtp: { ...smtp, users } },
  }
}
