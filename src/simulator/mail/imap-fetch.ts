// FETCH: reads the list of data items and renders them for one message (RFC 3501 6.4.5, 7.4.2).
// Invariant: octets are given as they were stored; a part that is not there is NIL, a partial beyond the end is empty.

import {
  formatDateTime,
  ImapRefusal,
  itemsOf,
  literal,
  nstring,
  type Token,
  textOf,
  tokenize,
} from './imap-grammar.ts'
import { bodyStructure, envelope } from './imap-structure.ts'
import { bodyStart, type MimePart, parseMime, splitFields } from './mime-tree.ts'
import type { SimMessage } from './sim-mailbox.ts'

export interface FetchItem {
  /** As it stands in the response, upper case where the item is a name. */
  readonly name: string
  readonly render: (message: SimMessage) => string
  /** BODY[] without PEEK sets \Seen. */
  readonly setsSeen: boolean
}

const macros: Readonly<Record<string, readonly string[]>> = {
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
}

const plainItems: Readonly<Record<string, (message: SimMessage) => string>> = {
  UID: (message) => String(message.uid),
  FLAGS: (message) => `(${[...message.flags].join(' ')})`,
  INTERNALDATE: (message) => `"${formatDateTime(message.internalDate)}"`,
  MODSEQ: (message) => `(${message.modseq})`,
  'RFC822.SIZE': (message) => String(message.raw.length),
  ENVELOPE: (message) => envelope(headerOf(textOfMessage(message))),
  BODYSTRUCTURE: (message) => bodyStructure(treeOf(message), true),
  BODY: (message) => bodyStructure(treeOf(message), false),
}

/** The older names of three sections. */
const sectionAliases: Readonly<Record<string, string>> = {
  RFC822: 'BODY[]',
  'RFC822.HEADER': 'BODY.PEEK[HEADER]',
  'RFC822.TEXT': 'BODY[TEXT]',
}

/** Reads the items of a FETCH command: a macro, one item, or a list of items. */
export function parseFetchItems(tokens: readonly Token[]): FetchItem[] {
  const first = tokens[0]
  const names = first?.kind === 'list' ? itemsOf(first, 'items').map((token) => textOf(token, 'item')) : []
  if (first?.kind === 'atom') names.push(...(macros[first.text.toUpperCase()] ?? [first.text]))
  if (names.length === 0) throw new ImapRefusal('BAD', 'Missing data items')
  return names.map(parseItem)
}

function parseItem(name: string): FetchItem {
  const upper = name.toUpperCase()
  const plain = plainItems[upper]
  if (plain !== undefined) return { name: upper, render: plain, setsSeen: false }
  const alias = sectionAliases[upper]
  const found = /^BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)\.([1-9]\d*)>)?$/i.exec(alias ?? name)
  if (found === null) throw new ImapRefusal('BAD', `Unknown data item ${upper}`)
  const section = parseSection(found[2] ?? '')
  const offset = found[3] === undefined ? null : Number(found[3])
  const count = Number(found[4] ?? 0)
  return {
    name: alias === undefined ? `BODY[${section.name}]${offset === null ? '' : `<${offset}>`}` : upper,
    setsSeen: found[1] === undefined,
    render: (message) => {
      const octets = section.read(message)
      if (octets === null) return nstring(null)
      return literal(offset === null ? octets : octets.slice(offset, offset + count))
    },
  }
}

interface Section {
  readonly name: string
  readonly read: (message: SimMessage) => string | null
}

/** "", "HEADER", "HEADER.FIELDS (From To)", "TEXT", "1.2", "1.2.MIME", "2.HEADER" ... */
function parseSection(text: string): Section {
  const found = /^((?:[1-9]\d*(?:\.|$))*)([A-Za-z.]*)(?: +(.*))?$/s.exec(text)
  if (found === null) throw new ImapRefusal('BAD', 'Invalid section')
  const [, numbers = '', kind = '', rest = ''] = found
  const path = numbers.split('.').filter(Boolean).map(Number)
  const upper = kind.toUpperCase()
  const names = rest === '' ? [] : itemsOf(tokenize(rest)[0], 'fields').map((token) => textOf(token, 'field'))
  const valid = /^(|HEADER|TEXT|MIME|HEADER\.FIELDS(\.NOT)?)$/.test(upper)
  if (!valid || upper.startsWith('HEADER.') !== names.length > 0 || (upper === 'MIME' && path.length === 0))
    throw new ImapRefusal('BAD', 'Invalid section')
  const list = names.length > 0 ? ` (${names.map((name) => name.toUpperCase()).join(' ')})` : ''
  return {
    name: numbers + upper + list,
    read: (message) =>
      path.length === 0
        ? readMessage(textOfMessage(message), upper, names)
        : readPart(findPart(treeOf(message), path), upper, names),
  }
}

function readMessage(text: string, kind: string, names: readonly string[]): string {
  if (kind === '') return text
  if (kind === 'TEXT') return text.slice(bodyStart(text))
  const header = headerOf(text)
  return kind === 'HEADER' ? header : pickFields(header, names, kind.endsWith('.NOT'))
}

function readPart(part: MimePart | null, kind: string, names: readonly string[]): string | null {
  if (part === null) return null
  if (kind === '') return part.body
  if (kind === 'MIME') return part.header
  return part.message === null ? null : readMessage(part.body, kind, names)
}

/** The named fields in their order, with the empty line that ends a header. */
function pickFields(header: string, names: readonly string[], others: boolean): string {
  const wanted = new Set(names.map((name) => name.toLowerCase()))
  const picked = splitFields(header).filter(({ name }) => wanted.has(name) !== others)
  return `${picked.map(({ text }) => text).join('')}\r\n`
}

/** A part by its numbers (RFC 3501 6.4.5): part 1 of a mail that is no multipart is its body. */
function findPart(root: MimePart, path: readonly number[]): MimePart | null {
  let part: MimePart | null = root
  let isMessage = true
  for (const number of path) {
    const container: MimePart | null = isMessage ? part : (part?.message ?? part)
    const isLeafOfMessage: boolean = container?.type !== 'MULTIPART' && (isMessage || container !== part)
    part = isLeafOfMessage ? (number === 1 ? container : null) : (container?.children[number - 1] ?? null)
    if (part === null) return null
    isMessage = false
  }
  return part
}

const trees = new WeakMap<SimMessage, MimePart>()

function treeOf(message: SimMessage): MimePart {
  const known = trees.get(message)
  if (known !== undefined) return known
  const tree = parseMime(textOfMessage(message))
  trees.set(message, tree)
  return tree
}

function textOfMessage(message: SimMessage): string {
  return message.raw.toString('latin1')
}

function headerOf(text: string): string {
  return text.slice(0, bodyStart(text))
}
