// Servers from the DNS: SRV records of a domain (RFC 2782, RFC 6186, RFC 8314 5).
// The DNS may lie: a server whose name lies outside of the mail domain counts only if a person confirms it (RFC 6186 6).
// Invariant: implicit TLS goes before STARTTLS (RFC 8314 3), and a service with the target "." is not offered.

import type { SrvRecord } from 'node:dns'
import type { Lookups } from './lookups.ts'

export interface ServerPlace {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'starttls'
}

/** What the records of one service say. */
export interface ServiceAnswer {
  /** "_imaps._tcp.office.example". */
  readonly name: string
  readonly place: ServerPlace | null
  /** In words, for people. */
  readonly outcome: string
}

const services = {
  imap: [
    ['_imaps', 'tls'],
    ['_imap', 'starttls'],
  ],
  smtp: [
    ['_submissions', 'tls'],
    ['_submission', 'starttls'],
  ],
} as const

/** Asks for both services of one kind; the one that is to be preferred stands first. */
export function askServices(
  lookups: Lookups,
  kind: 'imap' | 'smtp',
  domain: string,
): Promise<ServiceAnswer[]> {
  return Promise.all(
    services[kind].map(async ([service, security]) => {
      const name = `${service}._tcp.${domain}`
      try {
        return answerOf(name, security, await lookups.srv(name))
      } catch (error) {
        return { name, place: null, outcome: error instanceof Error ? error.message : String(error) }
      }
    }),
  )
}

function answerOf(
  name: string,
  security: ServerPlace['security'],
  records: readonly SrvRecord[],
): ServiceAnswer {
  const chosen = preferred(records)
  if (chosen === undefined) return { name, place: null, outcome: 'no record' }
  const host = chosen.name.toLowerCase().replace(/\.$/, '')
  // RFC 2782: the root as the target says that the service is decidedly not there.
  if (host === '') return { name, place: null, outcome: 'the domain says that it does not offer it' }
  if (!isHostName(host) || chosen.port === 0) return { name, place: null, outcome: 'names no server' }
  return { name, place: { host, port: chosen.port, security }, outcome: `${host}:${chosen.port}` }
}

/**
 * The record to use: lowest priority, then highest weight. RFC 2782 draws among weights to spread the load; what is written into a
 * config must be the same every time.
 */
function preferred(records: readonly SrvRecord[]): SrvRecord | undefined {
  return [...records].sort(
    (a, b) => a.priority - b.priority || b.weight - a.weight || a.name.localeCompare(b.name),
  )[0]
}

/** True for the name of a host as it may stand in a config (RFC 1123 2.1); no address. */
export function isHostName(host: string): boolean {
  return /^(?=.{1,253}$)(?!.*[^.]{64})(?!\d+(?:\.\d+){3}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i.test(
    host,
  )
}

/** True if the host is the domain or lies below it; both lower case. */
export function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}
