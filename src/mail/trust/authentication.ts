// What the receiving mail server proved about the sender, from its Authentication-Results field (RFC 8601), and which fields of the
// mail that proof covers: SPF and a login prove who brought it here, a signature proves what it signed (RFC 6376).
// Pure. Anybody can write such a field; only the topmost one of our own server's authserv-id inside the topmost trace block counts, and
// another one of that name, wherever it stands, can only contradict it: a server that writes its own below leaves a forged one on top.
// Invariant: what cannot be read without doubt proves nothing.

import type { Authentication } from '../../domain/message.ts'
import type { HeaderField } from '../header/mail-headers.ts'

/**
 * Fields that servers put on top of a mail on its way (RFC 5322 3.6.7, RFC 8601 4.1, RFC 8617; Delivery-date is Exim's); the first
 * other field ends their block.
 */
const traceField =
  /^(?:received|return-path|delivered-to|envelope-to|delivery-date|original-recipient|received-spf|authentication-results|arc-.*|x-.*|dkim-filter|dmarc-filter)$/

const fieldCharsMax = 16_384
const resultsMax = 100

export interface AuthenticatedMail {
  /** All header fields from top to bottom. */
  readonly fields: readonly HeaderField[]
  /** The one From address; null if there is not exactly one author. */
  readonly from: string | null
  /** What all DKIM signatures of the author's domain cover together (`signedFields`); null: it has none. */
  readonly signed: readonly string[] | null
}

export interface AuthenticationPolicy {
  /** The authserv-id that our own mail server writes; null: none is configured, so nothing can be proven. */
  readonly authservId: string | null
  /** `from`: the operator says that the server only takes mail from senders it knows. */
  readonly trustMethod: 'authentication-results' | 'from'
}

interface MethodResult {
  readonly method: string
  readonly result: string
  /** Properties such as `header.d`, each with every value that was given, in lower case. */
  readonly properties: ReadonlyMap<string, readonly string[]>
}

interface Results {
  readonly authservId: string
  readonly methods: readonly MethodResult[]
}

/** Replaces comments by a blank; null if a comment or a quoted string never closes (RFC 5322 3.2.2). */
function withoutComments(text: string): string | null {
  let out = ''
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? ''
    if (char === '\\' && (quoted || depth > 0)) {
      if (quoted) out += char + (text[i + 1] ?? '')
      i++
    } else if (quoted || (char === '"' && depth === 0)) {
      if (char === '"') quoted = !quoted
      out += char
    } else if (char === '(') {
      depth++
      out += ' '
    } else if (char === ')') {
      if (--depth < 0) return null
    } else if (depth === 0) out += char
  }
  return depth === 0 && !quoted ? out : null
}

/** Splits at semicolons outside quoted strings. */
function statements(text: string): string[] {
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|[^";])+/gs) ?? []).map((statement) => statement.trim())
}

const unquote = (text: string): string =>
  text.replace(/"((?:[^"\\]|\\.)*)"/gs, (_, inner) => inner.replace(/\\(.)/gs, '$1'))

/** One `name = value`; a value is a run of quoted strings and characters other than blanks. */
const assignment = /^([A-Za-z0-9][\w.-]*)(?:\s*\/\s*\d+)?\s*=\s*((?:"(?:[^"\\]|\\.)*"|[^\s"])+)(?:\s+|$)/s

function parseStatement(statement: string): MethodResult | null {
  const properties = new Map<string, string[]>()
  let head: { method: string; result: string } | null = null
  for (let rest = statement; rest !== ''; ) {
    const found = assignment.exec(rest)
    if (found === null) return null
    const name = (found[1] ?? '').toLowerCase()
    const value = unquote(found[2] ?? '').toLowerCase()
    if (head === null) head = { method: name, result: value }
    else properties.set(name, [...(properties.get(name) ?? []), value])
    rest = rest.slice(found[0].length)
  }
  return head === null ? null : { ...head, properties }
}

function parseResults(value: string): Results | null {
  const plain = withoutComments(value.slice(0, fieldCharsMax))
  if (plain === null) return null
  const [first, ...rest] = statements(plain)
  // authserv-id, then perhaps a version (RFC 8601 2.2).
  const identity = /^("(?:[^"\\]|\\.)*"|[^\s"=]+)(?:\s+\d+)?$/s.exec(first ?? '')
  if (identity?.[1] === undefined) return null
  const methods = rest.slice(0, resultsMax).map(parseStatement)
  return { authservId: unquote(identity[1]), methods: methods.filter((method) => method !== null) }
}

/** The domain after the last @, without a closing dot. */
const domainIn = (value: string): string => value.slice(value.lastIndexOf('@') + 1).replace(/\.$/, '')

/** True if a signature of `signer` speaks for `author`: the same domain, or a parent of it with at least two labels; both lower case. */
export function aligned(signer: string, author: string): boolean {
  return (
    signer.includes('.') && !signer.startsWith('.') && (author === signer || author.endsWith(`.${signer}`))
  )
}

/**
 * True if a signature of `signer` may have been what DMARC went by (RFC 9989: the organizational domains are the same). Without the list
 * of public suffixes some strangers count too, whose signatures can only narrow what is vouched for.
 */
export function mayBeAligned(signer: string, author: string): boolean {
  const end = (domain: string): string => domain.replace(/\.$/, '').split('.').slice(-2).join('.')
  return end(signer) === end(author)
}

/** Nothing is proven; `evidence` says why. */
export const unproven = (evidence: string): Authentication => ({
  ...{ proven: false, failed: false, vouched: [] },
  evidence,
})

/** Domains that signed by this result; none if it is no passed signature. */
function signersOf({ method, result, properties }: MethodResult): string[] {
  if (method !== 'dkim' || result !== 'pass') return []
  return [...(properties.get('header.d') ?? properties.get('header.i') ?? [])].map(domainIn)
}

/** What proves the author; null: nothing does. */
function proofIn(methods: readonly MethodResult[], author: string): string | null {
  for (const { method, result, properties } of methods) {
    const domains = properties.get('header.from') ?? []
    if (method === 'dmarc' && result === 'pass' && domains.every((domain) => domainIn(domain) === author))
      return 'dmarc=pass'
  }
  const signers = methods
    .map(signersOf)
    .find((all) => all.length > 0 && all.every((signer) => aligned(signer, author)))
  return signers === undefined ? null : `dkim=pass header.d=${signers[0] ?? ''}`
}

/** True if the author's own server brought the mail, or the author signed in: then nobody else had a hand in it. */
function broughtByAuthor(methods: readonly MethodResult[], from: string): boolean {
  return methods.some(({ method, result, properties }) => {
    const property = method === 'spf' ? 'smtp.mailfrom' : method === 'auth' ? 'smtp.auth' : ''
    const values = properties.get(property) ?? []
    return result === 'pass' && values.length > 0 && values.every((value) => value === from)
  })
}

function vouchedBy(methods: readonly MethodResult[], from: string, signed: AuthenticatedMail['signed']) {
  if (broughtByAuthor(methods, from)) return 'all' as const
  if (signed !== null) return signed
  // Who removed a signature on the way also removed what it covered.
  const wasSigned = methods.flatMap(signersOf).some((signer) => mayBeAligned(signer, domainIn(from)))
  return wasSigned ? [] : ('all' as const)
}

function judge(methods: readonly MethodResult[], from: string, mail: AuthenticatedMail): Authentication {
  if (hasFailed(methods)) return { ...unproven('dmarc=fail'), failed: true }
  const evidence = proofIn(methods, domainIn(from))
  if (evidence === null) {
    const seen = methods.map((method) => `${method.method}=${method.result}`.slice(0, 40)).slice(0, 6)
    return unproven(`no dmarc=pass or aligned dkim=pass (${seen.join(', ') || 'no results'})`)
  }
  const vouched = vouchedBy(methods, from, mail.signed)
  // As in our own check: with another Date the mail could be sent again for ever, with another Subject anybody could write.
  const needed = ['from', 'date', ...(mail.fields.some(({ name }) => name === 'subject') ? ['subject'] : [])]
  const missing = vouched === 'all' ? undefined : needed.find((name) => !vouched.includes(name))
  if (missing !== undefined) return unproven(`${evidence}, but no signature vouches for ${missing}`)
  return { proven: true, failed: false, vouched, evidence }
}

const isResults = ({ name }: HeaderField): boolean => name === 'authentication-results'

const hasFailed = (methods: readonly MethodResult[]): boolean =>
  methods.some(({ method, result }) => method === 'dmarc' && result === 'fail')

/** True if a field of our own server, wherever it stands, says that the mail is somebody else's. */
function failsElsewhere(fields: readonly HeaderField[], own: string): boolean {
  return fields
    .filter(isResults)
    .slice(0, resultsMax)
    .map(({ value }) => parseResults(value))
    .some((results) => results?.authservId.toLowerCase() === own && hasFailed(results.methods))
}

function topmostTraceBlock(fields: readonly HeaderField[]): readonly HeaderField[] {
  const end = fields.findIndex((field) => !traceField.test(field.name))
  return end < 0 ? fields : fields.slice(0, end)
}

/** Judges the sender of a mail. */
export function authenticate(mail: AuthenticatedMail, policy: AuthenticationPolicy): Authentication {
  if (mail.from === null) return unproven('there is no single From address')
  if (policy.trustMethod === 'from')
    return { proven: true, failed: false, vouched: 'all', evidence: 'trust.method = "from"' }
  const own = policy.authservId?.trim().toLowerCase() ?? ''
  if (own === '') return unproven('no authserv_id is configured')
  for (const field of topmostTraceBlock(mail.fields)) {
    if (!isResults(field)) continue
    const results = parseResults(field.value)
    // A field that cannot be read may be ours, and what stands below it may be forged.
    if (results === null) return unproven('an Authentication-Results field cannot be read')
    if (results.authservId.toLowerCase() !== own) continue
    const judged = judge(results.methods, mail.from.toLowerCase(), mail)
    return judged.proven && failsElsewhere(mail.fields, own)
      ? { ...unproven('dmarc=fail in a second field of the same server'), failed: true }
      : judged
  }
  return unproven(`no Authentication-Results field of ${own}`)
}
