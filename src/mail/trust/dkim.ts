// Our own check of DKIM signatures (RFC 6376, RFC 8301, RFC 8463), for `trust.method = "dkim"`; only: mailauth.
// The library is loaded at the first check, so that a box without this method never pays for it. It reads the clock for x= itself.
// Invariant: never throws and never hangs, whatever the mail or the DNS says; what is in doubt proves nothing.

import { Resolver } from 'node:dns/promises'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { messageOf } from '../../domain/errors.ts'
import type { Authentication } from '../../domain/message.ts'
import { aligned, unproven } from './authentication.ts'
import { type DkimMaterial, dkimMaterial, dnsName } from './dkim-fields.ts'

/** Asks for the TXT records of a name: one array of character strings for each record. Errors carry the codes of node:dns. */
export type ResolveTxt = (name: string) => Promise<string[][]>

/** All keys of one mail together. */
const keysTimeoutMs = 5_000
/** One question to one server; the library of node:dns repeats it. */
const askTimeoutMs = 2_000
/** Characters of a key record; RSA with 4,096 bits needs 750. */
const keyCharsMax = 4_096
/** RFC 8301 3.2. */
const keyBitsMin = 1_024
const sliceOctets = 65_536
/** Empty lines in a row that a body may have: the library keeps each of them until another line comes. */
const emptyLinesMax = 20_000

/** What is read of the library's results; its own types know less. */
interface SignatureResult {
  readonly signingDomain?: string
  readonly selector?: string
  readonly canonBodyLengthLimited?: boolean
  /** The names of the fields that were checked, as "From: To: Subject". */
  readonly signingHeaders?: { readonly keys: string }
  readonly status: { readonly result: string; readonly comment?: string | false; readonly policy?: object }
}

function dnsResolver(signal: AbortSignal): ResolveTxt {
  const resolver = new Resolver({ timeout: askTimeoutMs, tries: 2 })
  signal.addEventListener('abort', () => resolver.cancel(), { once: true })
  return (name) => resolver.resolveTxt(name)
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** The library's way to ask, within the time of the whole check. */
function limited(resolveTxt: ResolveTxt, signal: AbortSignal) {
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(failure('ETIMEOUT')), { once: true })
  })
  late.catch(() => undefined)
  return async (name: string): Promise<string[][]> => {
    if (signal.aborted) throw failure('ETIMEOUT')
    const records = await Promise.race([resolveTxt(name), late])
    const key = (records[0] ?? []).join('')
    if (key.length > keyCharsMax) throw failure('EINVALIDVAL')
    return [[key]]
  }
}

/** The body with CRLF, in slices that end with a line: the library joins unfinished lines again and again. */
function* bodySlices(raw: Buffer, from: number): Generator<Buffer> {
  for (let at = from; at < raw.length; ) {
    const line = raw.indexOf('\n', at + sliceOctets)
    const end = line < 0 ? raw.length : line + 1
    const text = raw.toString('latin1', at, end)
    yield /(?<!\r)\n/.test(text)
      ? Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1')
      : raw.subarray(at, end)
    at = end
  }
}

/** True if so many blank lines follow each other that checking them would fill the memory. */
function hasEmptyRun(raw: Buffer, from: number): boolean {
  let run = 0
  for (let at = from; at < raw.length; at++) {
    const octet = raw[at]
    if (octet === 0x0a) {
      if (++run > emptyLinesMax) return true
    } else if (octet !== 0x0d && octet !== 0x20 && octet !== 0x09) run = 0
  }
  return false
}

async function results(raw: Buffer, material: DkimMaterial, ask: ResolveTxt): Promise<SignatureResult[]> {
  const { dkimVerify } = await import('mailauth/lib/dkim/verify.js')
  const source = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from(`${material.header}\r\n\r\n`, 'latin1')
    for (const slice of bodySlices(raw, material.bodyAt)) {
      yield slice
      // Ten megabytes take seconds on a small computer; other work runs in between.
      await setImmediate()
    }
  }
  const checked = await dkimVerify(Readable.from(source()), {
    resolver: ask,
    minBitLength: keyBitsMin,
  })
  return checked.results as SignatureResult[]
}

function describe({ signingDomain = '', selector = '', status }: SignatureResult): string {
  const why = status.policy !== undefined ? 'the key is too short' : status.comment || 'not valid'
  return `dkim=${status.result} d=${signingDomain} s=${selector} (${why})`.slice(0, 200)
}

function judge(
  checked: readonly SignatureResult[],
  author: string,
  single: ReadonlySet<string>,
): Authentication {
  const own = checked.filter(({ signingDomain = '' }) => aligned(signingDomain.toLowerCase(), author))
  const good = own.find(
    ({ status, canonBodyLengthLimited }) => status.result === 'pass' && canonBodyLengthLimited === false,
  )
  if (good === undefined) return { ...unproven(checked.map(describe).slice(0, 3).join('; ')), failed: false }
  const names = (good.signingHeaders?.keys ?? '').toLowerCase().split(/\s*:\s*/)
  return {
    ...{ proven: true, failed: false },
    vouched: [...new Set(names)].filter((name) => single.has(name)),
    evidence: `dkim=pass d=${good.signingDomain ?? ''} s=${good.selector ?? ''}`,
  }
}

/**
 * Checks who signed a mail. A signature proves the author if it is valid, speaks for the From domain, covers From, Date and Subject and
 * the whole text, has not expired, and its key has 1,024 bits or more; any such signature is enough.
 * @param raw the whole mail
 * @param fromDomain domain of the one From address in lower case; null if there is not exactly one author
 * @param resolveTxt asks for keys; the DNS servers of the computer if left out
 */
export async function verifyDkim(
  raw: Buffer,
  fromDomain: string | null,
  resolveTxt?: ResolveTxt,
): Promise<Authentication> {
  if (fromDomain === null) return unproven('there is no single From address')
  const author = dnsName(fromDomain)
  try {
    const material = dkimMaterial(raw, author)
    if (typeof material === 'string') return unproven(material)
    if (hasEmptyRun(raw, material.bodyAt)) return unproven('too many empty lines to check')
    const signal = AbortSignal.timeout(keysTimeoutMs)
    const ask = limited(resolveTxt ?? dnsResolver(signal), signal)
    return judge(await results(raw, material, ask), author, material.single)
  } catch (error) {
    return unproven(`the signature could not be checked: ${messageOf(error)}`.slice(0, 200))
  }
}
