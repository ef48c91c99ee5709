// ENVELOPE and BODYSTRUCTURE of FETCH responses (RFC 3501 7.4.2) and the address lists in them (RFC 5322 3.4).
// Invariant: values are sent as they stand in the header (encoded words included), quoted or as literals.

import { nstring } from './imap-grammar.ts'
import { fieldValue, type MimePart } from './mime-tree.ts'

/** ENVELOPE: date, subject, from, sender, reply-to, to, cc, bcc, in-reply-to, message-id. */
export function envelope(header: string): string {
  const from = addresses(fieldValue(header, 'from'))
  const orFrom = (name: string): string => {
    const found = addresses(fieldValue(header, name))
    return found === 'NIL' ? from : found
  }
  const items = [
    nstring(fieldValue(header, 'date')),
    nstring(fieldValue(header, 'subject')),
    from,
    orFrom('sender'),
    orFrom('reply-to'),
    ...['to', 'cc', 'bcc'].map((name) => addresses(fieldValue(header, name))),
    nstring(fieldValue(header, 'in-reply-to')),
    nstring(fieldValue(header, 'message-id')),
  ]
  return `(${items.join(' ')})`
}

interface Address {
  readonly name: string | null
  readonly mailbox: string | null
  readonly host: string | null
}

function addresses(field: string | null): string {
  const list = field === null ? [] : parseAddressList(field)
  if (list.length === 0) return 'NIL'
  return `(${list.map(({ name, mailbox, host }) => `(${nstring(name)} NIL ${nstring(mailbox)} ${nstring(host)})`).join('')})`
}

/** Lexical parts of an address list: comments are dropped, quoted strings and brackets stay whole. */
function lexAddresses(field: string): string[] {
  return (
    field.replace(/\((?:[^()\\]|\\.)*\)/g, ' ').match(/"(?:[^"\\]|\\.)*"|<[^>]*>|[,:;]|[^\s,:;<"]+/g) ?? []
  )
}

/** Addresses of a header field. A group gives its name with a null host before, and an all-null entry behind its members. */
export function parseAddressList(field: string): Address[] {
  const list: Address[] = []
  let words: string[] = []
  const flush = (): void => {
    if (words.length > 0) list.push(addressOf(words))
    words = []
  }
  for (const word of lexAddresses(field)) {
    if (word === ':') {
      list.push({ name: null, mailbox: phrase(words), host: null })
      words = []
    } else if (word === ',' || word === ';') {
      flush()
      if (word === ';') list.push({ name: null, mailbox: null, host: null })
    } else words.push(word)
  }
  flush()
  return list
}

function addressOf(words: readonly string[]): Address {
  const bracket = words.find((word) => word.startsWith('<'))
  const specification = bracket === undefined ? words.join('') : bracket.slice(1, -1).replace(/^@[^:]*:/, '')
  const name = bracket === undefined ? '' : phrase(words.filter((word) => word !== bracket))
  const at = specification.lastIndexOf('@')
  return {
    name: name === '' ? null : name,
    mailbox: unquote(at < 0 ? specification : specification.slice(0, at)),
    host: at < 0 ? '' : specification.slice(at + 1),
  }
}

function phrase(words: readonly string[]): string {
  return words.map(unquote).join(' ')
}

function unquote(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word
}

function parameters(params: ReadonlyMap<string, string>): string {
  if (params.size === 0) return 'NIL'
  return `(${[...params].map(([name, value]) => `${nstring(name.toUpperCase())} ${nstring(value)}`).join(' ')})`
}

/**
 * BODYSTRUCTURE, or BODY without the extension data.
 * @param extended false for BODY.
 */
export function bodyStructure(part: MimePart, extended: boolean): string {
  const disposition =
    part.disposition === null
      ? 'NIL'
      : `(${nstring(part.disposition.type)} ${parameters(part.disposition.params)})`
  const field = (name: string): string => nstring(fieldValue(part.header, name))
  const tail = `${disposition} ${field('content-language')} ${field('content-location')}`
  if (part.children.length > 0) {
    const children = part.children.map((child) => bodyStructure(child, extended)).join('')
    const extension = extended ? ` ${parameters(part.params)} ${tail}` : ''
    return `(${children} ${nstring(part.subtype)}${extension})`
  }
  const [type, subtype] = leafType(part)
  const items = [
    nstring(type),
    nstring(subtype),
    parameters(part.params),
    field('content-id'),
    field('content-description'),
    nstring((fieldValue(part.header, 'content-transfer-encoding') ?? '7bit').toUpperCase()),
    String(part.body.length),
  ]
  if (part.message !== null) items.push(envelope(part.message.header), bodyStructure(part.message, extended))
  if (part.message !== null || type === 'TEXT') items.push(String(part.body.split('\n').length - 1))
  if (extended) items.push(field('content-md5'), tail)
  return `(${items.join(' ')})`
}

/** The grammar has no form for a multipart without parts, nor for a message whose inside was not read. */
function leafType(part: MimePart): [type: string, subtype: string] {
  if (part.type === 'MULTIPART') return ['TEXT', 'PLAIN']
  const unread = part.type === 'MESSAGE' && part.subtype === 'RFC822' && part.message === null
  return unread ? ['APPLICATION', 'OCTET-STREAM'] : [part.type, part.subtype]
}
