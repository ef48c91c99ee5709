// Address lists of header fields (RFC 5322 3.4) and the one author of a mail.
// Pure. Structure is read before encoded words are decoded, so that nothing inside a name can become an address.
// Invariant: what is not clearly one author yields no author, with the reason.

import { mailKey, parseMailAddress } from '../../domain/address.ts'
import type { NamedAddress } from '../../domain/message.ts'

/** Addresses read from one field; a mail with more is no mail to a phone. */
const addressesMax = 200
const listCharsMax = 65_536

export type FromProblem = 'several' | 'group' | 'missing' | 'unreadable' | 'display-name'

export interface AddressList {
  readonly addresses: readonly NamedAddress[]
  /** True if the list uses the group syntax `name: a@b, c@d;`. */
  readonly group: boolean
  /** True if an entry is no address. */
  readonly broken: boolean
  /** True if the list names more addresses than are read. */
  readonly cut: boolean
}

interface Entry {
  /** Words outside angle brackets, quoted strings without their quotes. */
  phrase: string
  comment: string
  angle: string | null
  /** A quoted string holds an @: such words are a name, never an address. */
  quotedAt: boolean
  broken: boolean
}

const emptyEntry = (): Entry => ({ phrase: '', comment: '', angle: null, quotedAt: false, broken: false })

/** Index after the closing character of a quoted string, comment or angle address that begins at `start`; -1 if it never closes. */
function endOf(text: string, start: number): number {
  const open = text[start]
  let depth = 0
  let quoted = open === '"'
  for (let i = quoted ? start + 1 : start; i < text.length; i++) {
    const char = text[i]
    if (char === '\\') i++
    else if (quoted) {
      if (char !== '"') continue
      if (open === '"') return i + 1
      quoted = false
    } else if (open === '<' && char === '"') quoted = true
    else if (char === open) depth++
    else if (char === (open === '(' ? ')' : '>') && --depth === 0) return i + 1
  }
  return -1
}

const unquoted = (text: string): string => text.replace(/\\(.)/gs, '$1')

/** Adds the quoted string, comment or angle address at `i` to the entry; returns the index after it. */
function takeEnclosed(text: string, i: number, entry: Entry): number {
  const end = endOf(text, i)
  if (end < 0) {
    entry.broken = true
    return text.length
  }
  const inside = text.slice(i + 1, end - 1)
  if (text[i] === '"') {
    entry.phrase += unquoted(inside)
    entry.quotedAt ||= inside.includes('@')
  } else if (text[i] === '(') entry.comment += ` ${unquoted(inside)}`
  else if (entry.angle === null) entry.angle = inside.replace(/^@[^:]*:/, '').trim()
  else entry.broken = true
  return end
}

function splitEntries(text: string): { entries: Entry[]; group: boolean; cut: boolean } {
  const entries: Entry[] = []
  let entry = emptyEntry()
  let group = false
  const close = (): void => {
    if (entry.phrase.trim() !== '' || entry.angle !== null || entry.broken) entries.push(entry)
    entry = emptyEntry()
  }
  let i = 0
  while (i < text.length && entries.length < addressesMax) {
    const char = text[i] ?? ''
    if (char === '"' || char === '(' || char === '<') {
      i = takeEnclosed(text, i, entry)
      continue
    }
    if (char === ',' || char === ';') close()
    else if (char === ':') {
      group = true
      entry = emptyEntry()
    } else if (entry.angle !== null && !/\s/.test(char)) entry.broken = true
    else entry.phrase += char
    i++
  }
  close()
  return { entries, group, cut: text.slice(i).trim() !== '' }
}

/**
 * Reads an address list.
 * @param value unfolded header value
 * @param decode turns a display name into clean readable text (RFC 2047)
 */
export function parseAddressList(value: string, decode: (name: string) => string): AddressList {
  const { entries, group, cut } = splitEntries(value.slice(0, listCharsMax))
  const addresses: NamedAddress[] = []
  let broken = false
  for (const entry of entries) {
    const written = entry.angle ?? entry.phrase.trim()
    const parsed = parseMailAddress(written)
    if (entry.broken || !parsed.ok || (entry.angle === null && entry.quotedAt)) broken = true
    else
      addresses.push({ address: written, name: decode(entry.angle === null ? entry.comment : entry.phrase) })
  }
  return { addresses, group, broken, cut: cut || value.length > listCharsMax }
}

const addressInName = /[^\s<>"'(),;:[\]]+@[^\s<>"'(),;:[\]]+/g
/** An eye does not see blanks around an @; a handle such as "@anna" has no dot. */
const spacedAt = /\s*@\s*(?=[^\s@.]{1,63}\.)/g

/** True if the name shows an address that is not the real one: `"boss@office.example" <x@evil.example>`. */
function showsAnotherAddress(author: NamedAddress): boolean {
  const seen = author.name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(spacedAt, '@')
  const shown = seen.match(addressInName) ?? []
  return shown.some((address) => mailKey(address.replace(/\.+$/, '')) !== mailKey(author.address))
}

/**
 * The one author of a mail.
 * @param values values of all From fields
 * @param decode as in parseAddressList; null for a name that hides a line break (RFC 2047 5 forbids it), which no honest program writes
 */
export function readAuthor(
  values: readonly string[],
  decode: (name: string) => string | null,
): { readonly from: NamedAddress | null; readonly fromProblem: FromProblem | null } {
  const none = (fromProblem: FromProblem) => ({ from: null, fromProblem })
  const [value] = values
  if (value === undefined) return none('missing')
  if (values.length > 1) return none('several')
  let hidden = false
  const list = parseAddressList(value, (name) => {
    const text = decode(name)
    hidden ||= text === null
    return text ?? ''
  })
  const [author] = list.addresses
  if (list.group) return none('group')
  if (list.addresses.length > 1) return none('several')
  if (list.broken || hidden) return none('unreadable')
  if (author === undefined) return none('missing')
  if (showsAnotherAddress(author)) return none('display-name')
  return { from: author, fromProblem: null }
}
