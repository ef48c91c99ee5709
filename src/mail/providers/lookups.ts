// What discovery asks of the network: the DNS (RFC 1035, RFC 2782) and pages over HTTPS (RFC 9110).
// Invariants: every question ends within its limit; only HTTPS with a verified certificate, also after a redirect; no answer is read
// beyond its limit in octets.

import { type MxRecord, Resolver, type SrvRecord } from 'node:dns'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { promisify } from 'node:util'
import { messageOf } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'

const dnsTimeoutMs = 5_000
/** One question to one server; after two tries the next server is asked. */
const dnsTryMs = 1_500
const pageTimeoutMs = 8_000
/** The largest file of the public directory has 8 KiB. */
const pageOctetsMax = 131_072
const redirectsMax = 3

export interface Lookups {
  /** Mail exchangers, the preferred first; empty: there is none. Rejects if nobody can tell. */
  mx(domain: string): Promise<readonly MxRecord[]>
  /** Service records (RFC 2782), in no order; empty: there is none. Rejects if nobody can tell. */
  srv(name: string): Promise<readonly SrvRecord[]>
  /** The text of an HTTPS page. Rejects with the reason in words. */
  page(url: string): Promise<string>
}

interface LookupOptions {
  readonly clock: Clock
  /** Addresses of DNS servers, with or without a port, instead of the system's. */
  readonly dnsServers?: readonly string[]
  /** Certificates in PEM to trust instead of the well-known ones. */
  readonly ca?: string | undefined
}

/** The real network. */
export function createLookups({ clock, dnsServers, ca }: LookupOptions): Lookups {
  const resolver = new Resolver({ timeout: dnsTryMs, tries: 2 })
  if (dnsServers !== undefined) resolver.setServers(dnsServers)
  const ask = async <Found>(question: () => Promise<Found[]>): Promise<Found[]> => {
    try {
      return await within({ clock, ms: dnsTimeoutMs }, question)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? ''
      // No such name, and a name without such records (RFC 2308).
      if (code === 'ENOTFOUND' || code === 'ENODATA') return []
      throw new Error(dnsWords[code] ?? messageOf(error), { cause: error })
    }
  }
  const mx = promisify(resolver.resolveMx.bind(resolver))
  const srv = promisify(resolver.resolveSrv.bind(resolver))
  return {
    mx: async (domain) => (await ask(() => mx(domain))).sort((a, b) => a.priority - b.priority),
    srv: (name) => ask(() => srv(name)),
    page: (url) => within({ clock, ms: pageTimeoutMs }, (signal) => readPage(url, { ca, signal })),
  }
}

const dnsWords: Readonly<Record<string, string>> = {
  ETIMEOUT: 'the DNS server does not answer',
  ECONNREFUSED: 'there is no DNS server',
  ESERVFAIL: 'the DNS server failed (SERVFAIL)',
  EREFUSED: 'the DNS server refused the question',
  EBADRESP: 'the DNS server sent an answer that cannot be read',
  EBADNAME: 'the name is none that the DNS can hold',
}

/** Runs `work` for so long at most; its signal aborts at the end, however it ends. */
export async function within<Result>(
  { clock, ms }: { readonly clock: Clock; readonly ms: number },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const over = new AbortController()
  const late = clock.sleep(ms, over.signal).then(
    () => Promise.reject(new Error(`no answer within ${ms / 1000} s`)),
    () => new Promise<never>(() => undefined),
  )
  try {
    return await Promise.race([work(over.signal), late])
  } finally {
    over.abort()
  }
}

interface PageOptions {
  readonly ca: string | undefined
  readonly signal: AbortSignal
}

async function readPage(url: string, options: PageOptions): Promise<string> {
  let at = new URL(url)
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    if (at.protocol !== 'https:')
      throw new Error(`it redirects to ${at.protocol}//, and only https:// is taken`)
    const answer = await requested(at, options)
    const { statusCode = 0, headers } = answer
    if (statusCode === 200) return textOf(answer)
    answer.destroy()
    if (statusCode < 300 || statusCode > 399 || headers.location === undefined)
      throw new Error(`HTTP ${statusCode}`)
    if (!URL.canParse(headers.location, at.href))
      throw new Error('it redirects to an address that cannot be read')
    at = new URL(headers.location, at.href)
  }
  throw new Error(`more than ${redirectsMax} redirects`)
}

function requested(url: URL, { ca, signal }: PageOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // A connection of its own that ends with the answer: nothing may keep the process waiting.
    const headers = { accept: 'text/xml, application/xml', connection: 'close' }
    const options = {
      agent: false,
      headers,
      signal,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2' as const,
    }
    get(url.href, { ...options, ...(ca === undefined ? {} : { ca }) }, resolve).on('error', reject)
  })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let octets = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    octets += chunk.length
    // Leaving the loop destroys the connection.
    if (octets > pageOctetsMax) throw new Error(`the answer is larger than ${pageOctetsMax / 1024} KiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
