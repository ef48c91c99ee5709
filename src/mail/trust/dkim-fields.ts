// Which DKIM signatures of a mail could prove its author (RFC 6376 3.5, RFC 8301), and the part of the mail that they cover; and which
// fields are covered where the mail server checked the signatures.
// Pure. The library that checks them reads tags and header sections more freely than the RFC; it sees only what passed here.
// Invariants: few signatures and a small header, so that the check ends soon; what is read here in one way cannot be read in another.

import { domainToASCII } from 'node:url'
import { aligned, mayBeAligned } from './authentication.ts'

/** As in mime-tree.ts: a larger header section is read there in a shortened form, which no signature covers. */
const headerOctetsMax = 65_536
const headerLinesMax = 2_000
/** Octets of a signature, of From and of Content-Type; expressions of the library take quadratic time. */
const fieldOctetsMax = 4_096
/** Signatures that are looked at, and those of them that are checked: honest mail carries two or three. */
const signaturesMax = 20
const checkedMax = 5
/** Names in h=; signers that list every name twice reach 70. */
const signedNamesMax = 200

/** Fields that RFC 5322 3.6 and RFC 2045 allow once and that decide what is done: a second one on top is not covered. */
const singleFields = new Set(
  ['from', 'to', 'cc', 'subject', 'date', 'message-id', 'in-reply-to', 'references'].concat([
    'content-type',
    'content-transfer-encoding',
  ]),
)

interface RawField {
  readonly name: string
  /** The whole field with its line breaks, in latin1. */
  readonly line: string
}

export interface DkimMaterial {
  /** The fields that the signatures cover and the signatures that could prove the author, with CRLF, without the empty line. */
  readonly header: string
  /** Where the body of the mail begins. */
  readonly bodyAt: number
  /** Names of the fields that the mail has once, in lower case: a second one of a name may be the one that is read. */
  readonly single: ReadonlySet<string>
  /** How many signatures `header` holds. */
  readonly count: number
}

/** Tags of a signature (RFC 6376 3.2); null if it is no clean tag list. Quotes and comments are none, whatever others make of them. */
function tagsOf(line: string): ReadonlyMap<string, string> | null {
  if (line.length > fieldOctetsMax || /["'()\\]|[^\t\r\n -~]/.test(line)) return null
  const tags = new Map<string, string>()
  for (const piece of line.slice(line.indexOf(':') + 1).split(';')) {
    const [, name, value] = /^\s*([A-Za-z]\w*)\s*=(.*)$/s.exec(piece) ?? []
    if (name === undefined && piece.trim() === '') continue
    if (name === undefined || tags.has(name.toLowerCase())) return null
    tags.set(name.toLowerCase(), (value ?? '').replace(/\s+/g, ''))
  }
  return tags
}

const signedNames = (tags: ReadonlyMap<string, string>): string[] =>
  (tags.get('h') ?? '').toLowerCase().split(':')

/** Why a signature cannot prove the author; null if it is worth a check. */
function signatureFault(
  tags: ReadonlyMap<string, string> | null,
  author: string,
  present: ReadonlySet<string>,
): string | null {
  if (tags === null) return 'a signature cannot be read'
  const signer = (tags.get('d') ?? '').toLowerCase()
  const selector = tags.get('s') ?? ''
  if (!/^[a-z0-9_.-]{1,253}$/.test(signer) || !/^[A-Za-z0-9_.-]{1,190}$/.test(selector))
    return 'a signature cannot be read'
  const of = `the signature of ${signer}`
  if (!aligned(signer, author)) return `${of} is not of ${author}`
  if (!/^(?:rsa|ed25519)-sha256$/i.test(tags.get('a') ?? ''))
    return `${of} uses an algorithm that proves nothing`
  // RFC 6376 8.2: what stands behind the signed length can be anybody's, and honest signers do without.
  if (tags.has('l')) return `${of} covers a part of the text only (l=)`
  const names = signedNames(tags)
  if (names.length > signedNamesMax) return `${of} covers too many fields`
  // Without a signed Date an old mail could be sent again for ever; without the Subject anybody could write another.
  const missing = ['from', 'date', ...(present.has('subject') ? ['subject'] : [])].find(
    (name) => !names.includes(name),
  )
  return missing === undefined ? null : `${of} does not cover ${missing}`
}

function splitFields(header: string): RawField[] {
  return header
    .split(/\r?\n(?![ \t])/)
    .map((line) => ({ name: line.slice(0, line.indexOf(':')).trim().toLowerCase(), line }))
    .filter(({ name }) => name !== '')
}

function fieldsFault(fields: readonly RawField[]): string | null {
  const seen = new Set<string>()
  for (const { name, line } of fields) {
    if (singleFields.has(name) && seen.has(name)) return `there are two ${name} fields`
    if (/^(?:from|content-type)$/.test(name) && line.length > fieldOctetsMax)
      return `the ${name} field is too long`
    seen.add(name)
  }
  return seen.has('date') ? null : 'there is no date field'
}

/** The domain of an address in the form of DNS, lower case. */
export const dnsName = (domain: string): string => domainToASCII(domain) || domain.toLowerCase()

function singleNames(fields: readonly RawField[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { name } of fields) (seen.has(name) ? twice : seen).add(name)
  return new Set([...seen].filter((name) => !twice.has(name)))
}

/** The fields of a mail and where its body begins, or in words why readers could disagree about them. */
function readHeader(raw: Buffer): { readonly fields: RawField[]; readonly bodyAt: number } | string {
  const start = raw.toString('latin1', 0, headerOctetsMax + 4)
  const end = /\r?\n\r?\n/.exec(start)
  const header = end === null ? start : start.slice(0, end.index)
  if (header.length > headerOctetsMax || header.split('\n', headerLinesMax + 1).length > headerLinesMax)
    return 'the header is too large'
  // Characters at which readers disagree about where a line or a field begins.
  if (/[\0\v\f]|\r(?!\n)|\n[\x85\xa0]/.test(header)) return 'the header has control characters'
  const lines = header + (end?.[0] ?? '')
  if (/(?<!\r)\n/.test(lines) && lines.includes('\r\n')) return 'the header has two kinds of line ends'
  return { fields: splitFields(header), bodyAt: end === null ? raw.length : end.index + end[0].length }
}

/** True if a line of the header begins like a signature, wherever a reader may see the header's end. */
function mayBeSigned(raw: Buffer): boolean {
  const end = Math.max(raw.indexOf('\r\n\r\n'), raw.indexOf('\n\n'))
  return /(?:^|[\r\n])dkim-signature/i.test(raw.toString('latin1', 0, end < 0 ? raw.length : end))
}

/**
 * What all signatures of the author's domain, and of its relatives, cover together: which of them convinced the mail server is not known.
 * @param domain domain of the one From address
 * @returns names in lower case of fields that the mail has once; empty if that is in doubt; null if there is no such signature
 */
export function signedFields(raw: Buffer, domain: string): readonly string[] | null {
  const read = readHeader(raw)
  if (typeof read === 'string') return mayBeSigned(raw) ? [] : null
  const signatures = read.fields.filter(({ name }) => name === 'dkim-signature')
  if (signatures.length > signaturesMax) return []
  const covered = signatures.flatMap(({ line }) => {
    const tags = tagsOf(line)
    if (tags !== null && !mayBeAligned((tags.get('d') ?? '').toLowerCase(), dnsName(domain))) return []
    return [tags === null || tags.has('l') ? [] : signedNames(tags)]
  })
  const [first, ...others] = covered
  if (first === undefined) return null
  const single = singleNames(read.fields)
  return [...new Set(first)].filter(
    (name) => single.has(name) && others.every((names) => names.includes(name)),
  )
}

/**
 * Takes out of a mail what has to be checked.
 * @param author domain of the one From address in lower case, in the form of DNS
 * @returns the material, or in words why nothing can be proven
 */
export function dkimMaterial(raw: Buffer, author: string): DkimMaterial | string {
  const read = readHeader(raw)
  if (typeof read === 'string') return read
  const { fields, bodyAt } = read
  const broken = fieldsFault(fields)
  if (broken !== null) return broken
  const present = new Set(fields.map(({ name }) => name))
  const signatures = fields.filter(({ name }) => name === 'dkim-signature').slice(0, signaturesMax)
  if (signatures.length === 0) return 'there is no DKIM signature'
  const looked = signatures.map((field) => {
    const tags = tagsOf(field.line)
    return { field, tags, fault: signatureFault(tags, author, present) }
  })
  const good = looked.filter(({ fault }) => fault === null).slice(0, checkedMax)
  if (good.length === 0)
    return looked
      .map(({ fault }) => fault ?? '')
      .slice(0, 3)
      .join('; ')
  // Trace fields are never signed (RFC 6376 5.4.1); the library would also check the seals of ARC, with questions to DNS.
  const covered = new Set(good.flatMap(({ tags }) => (tags === null ? [] : signedNames(tags))))
  const kept = fields.filter(
    (field) =>
      good.some((one) => one.field === field) ||
      (covered.has(field.name) && !/^(?:dkim-signature|arc-.*|return-path)$/.test(field.name)),
  )
  const lines = kept.map(({ line }) => line.replace(/\r?\n/g, '\r\n'))
  return {
    header: lines.join('\r\n'),
    bodyAt,
    single: singleNames(fields),
    count: good.length,
  }
}
