// Who is on a list of senders: addresses, domains, and forms with one star.
// Pure. A list is compiled once; one look-up costs a few map reads, however long the list is, and no pattern can backtrack.
// Invariant: no accepted entry allows everybody.

import { domainToASCII } from 'node:url'
import { domainOf, mailKey, parseMailAddress } from './address.ts'

/** The forms, for the words of an error. */
const forms = '"anna@office.example", "@office.example", "@*.office.example" or "alarm-*@office.example"'

/** One entry as the look-up needs it. */
interface SenderPattern {
  /** A domain, or `*.` and a domain for everything below it. */
  readonly domain: string
  /** What stands before the @ around the star; without `after` it is the whole of it. */
  readonly before: string
  readonly after: string | null
}

/** What a list says about one domain. */
interface DomainRule {
  anybody: boolean
  readonly names: Set<string>
  readonly starred: SenderPattern[]
}

type SenderList = ReadonlyMap<string, DomainRule>

/** Domains are compared as they stand in DNS (RFC 5890 2.3.2.1), whatever form was written. */
function domainKey(domain: string): string {
  return /^[\x00-\x7f]*$/.test(domain) ? domain : domainToASCII(domain) || domain
}

function parsePattern(entry: string): SenderPattern {
  const key = mailKey(entry)
  const domain = key.slice(key.lastIndexOf('@') + 1)
  const local = key.slice(0, key.lastIndexOf('@')) || '*'
  const star = local.indexOf('*')
  const below = domain.startsWith('*.')
  return {
    domain: below ? `*.${domainKey(domain.slice(2))}` : domainKey(domain),
    before: star < 0 ? local : local.slice(0, star),
    after: star < 0 ? null : local.slice(star + 1),
  }
}

/**
 * What is wrong with an entry of the list.
 * @returns the reason as the end of "trust.senders: ..."; null if the entry is right
 */
export function senderPatternFault(entry: string): string | null {
  const key = mailKey(entry)
  const at = key.lastIndexOf('@')
  const local = key.slice(0, Math.max(at, 0))
  const domain = key.slice(at + 1)
  if (/^[*@.]*$/.test(key) && key.includes('*')) return 'would allow every sender; name at least a domain'
  if (at < 0) return `must be one of the forms ${forms}`
  if (local.split('*').length > 2) return 'may hold one star before the @, not more'
  const below = domain.startsWith('*.')
  const named = below ? domain.slice(2) : domain
  if (named.includes('*')) return 'may hold a star after the @ only as "@*." and a domain'
  if (below && !named.includes('.'))
    return 'would allow too many senders; behind "*." at least two words are needed, such as "@*.office.example"'
  const example = `${local === '' ? 'x' : local.replace('*', 'x')}@${named}`
  return parseMailAddress(example).ok ? null : `must be one of the forms ${forms}`
}

function compile(entries: readonly string[]): SenderList {
  const list = new Map<string, DomainRule>()
  for (const pattern of entries.filter((entry) => senderPatternFault(entry) === null).map(parsePattern)) {
    const rule = list.get(pattern.domain) ?? { anybody: false, names: new Set<string>(), starred: [] }
    list.set(pattern.domain, rule)
    if (pattern.after === null) rule.names.add(pattern.before)
    else if (pattern.before === '' && pattern.after === '') rule.anybody = true
    else rule.starred.push(pattern)
  }
  return list
}

function fits(local: string, { before, after }: SenderPattern): boolean {
  const end = after ?? ''
  return local.length >= before.length + end.length && local.startsWith(before) && local.endsWith(end)
}

function allows(rule: DomainRule | undefined, local: string): boolean {
  if (rule === undefined) return false
  return rule.anybody || rule.names.has(local) || rule.starred.some((pattern) => fits(local, pattern))
}

/** Lists come from the config and never change, so each is compiled the first time it is asked. */
const compiled = new WeakMap<readonly string[], SenderList>()

function listOf(entries: readonly string[]): SenderList {
  const list = compiled.get(entries) ?? compile(entries)
  compiled.set(entries, list)
  return list
}

/**
 * True if the address is on the list. `@office.example` means exactly that domain, `@*.office.example` everything below it but not the
 * domain itself, `*` before the @ any run of characters. Upper and lower case are the same. An entry with a fault matches nobody.
 * @param entries the same array at every call, or it is compiled anew
 */
export function matchesSender(address: string, entries: readonly string[]): boolean {
  const key = mailKey(address)
  const at = key.lastIndexOf('@')
  if (at < 1) return false
  const local = key.slice(0, at)
  const domain = domainKey(domainOf(key))
  const list = listOf(entries)
  if (allows(list.get(domain), local)) return true
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1))
    if (dot > 0 && allows(list.get(`*${domain.slice(dot)}`), local)) return true
  return false
}
