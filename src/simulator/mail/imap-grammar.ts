// The formal syntax of IMAP4rev1 commands (RFC 3501 9) as far as a server needs it: tokens, sequence sets, dates, folder names.
// A command is one latin1 text with its literals in place ("{3}\r\nabc"): one character is one octet.
// Invariant: what cannot be read throws ImapRefusal BAD; nothing is guessed.

export type Token =
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Token[] }

/** A command that ends in NO or BAD; `message` is the text behind it, with a response code in brackets where there is one. */
export class ImapRefusal extends Error {
  override readonly name = 'ImapRefusal'
  readonly status: 'NO' | 'BAD'

  constructor(status: 'NO' | 'BAD', text: string) {
    super(text)
    this.status = status
  }
}

const nestingMax = 20
const quotedOctetsMax = 1000

interface Reader {
  readonly text: string
  at: number
}

/** Reads the tokens of a command or of the inside of a list. */
export function tokenize(text: string): Token[] {
  const reader = { text, at: 0 }
  const tokens = readItems(reader, 0)
  if (reader.at < text.length) throw new ImapRefusal('BAD', 'Unexpected closing parenthesis')
  return tokens
}

function readItems(reader: Reader, depth: number): Token[] {
  if (depth > nestingMax) throw new ImapRefusal('BAD', 'Too many parentheses')
  const tokens: Token[] = []
  while (reader.at < reader.text.length) {
    const char = reader.text[reader.at]
    if (char === ')') break
    if (char === ' ') reader.at++
    else if (char === '(') tokens.push(readList(reader, depth))
    else if (char === '"') tokens.push(readQuoted(reader))
    else if (char === '{') tokens.push(readLiteral(reader))
    else tokens.push(readAtom(reader))
  }
  return tokens
}

function readList(reader: Reader, depth: number): Token {
  reader.at++
  const items = readItems(reader, depth + 1)
  if (reader.text[reader.at] !== ')') throw new ImapRefusal('BAD', 'Missing closing parenthesis')
  reader.at++
  return { kind: 'list', items }
}

function readQuoted(reader: Reader): Token {
  const match = /"((?:[^"\\\r\n]|\\["\\])*)"/y
  match.lastIndex = reader.at
  const found = match.exec(reader.text)
  if (found === null) throw new ImapRefusal('BAD', 'Unreadable quoted string')
  reader.at = match.lastIndex
  return { kind: 'string', text: (found[1] ?? '').replace(/\\(["\\])/g, '$1') }
}

function readLiteral(reader: Reader): Token {
  const match = /\{(\d+)\+?\}\r\n/y
  match.lastIndex = reader.at
  const found = match.exec(reader.text)
  if (found === null) throw new ImapRefusal('BAD', 'Unreadable literal')
  const end = match.lastIndex + Number(found[1])
  const text = reader.text.slice(match.lastIndex, end)
  reader.at = end
  return { kind: 'string', text }
}

/** An atom; a section in brackets belongs to it with its spaces: `BODY[HEADER.FIELDS (From To)]<0.10>`. */
function readAtom(reader: Reader): Token {
  const match = /(?:\[[^\]\r\n]*\]|[^\s(){"\x00-\x1f\x7f])+/y
  match.lastIndex = reader.at
  const found = match.exec(reader.text)
  if (found === null) throw new ImapRefusal('BAD', 'Unexpected character')
  reader.at = match.lastIndex
  return { kind: 'atom', text: found[0] }
}

/** The text of an atom or string. */
export function textOf(token: Token | undefined, what: string): string {
  if (token === undefined || token.kind === 'list') throw new ImapRefusal('BAD', `Missing ${what}`)
  return token.text
}

/** The items of a list. */
export function itemsOf(token: Token | undefined, what: string): readonly Token[] {
  if (token?.kind !== 'list') throw new ImapRefusal('BAD', `Missing list of ${what}`)
  return token.items
}

/** A string as the server sends it: quoted if possible, else a literal; null is NIL. */
export function nstring(text: string | null): string {
  if (text === null) return 'NIL'
  if (text.length > quotedOctetsMax || /[\r\n\x00\x80-\xff]/.test(text)) return literal(text)
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

export function literal(octets: string): string {
  return `{${octets.length}}\r\n${octets}`
}

/**
 * Reads a sequence set such as "1,4:7,9:*" (RFC 3501 9, sequence-set).
 * @param highest what `*` stands for; 0 if there are no messages, then `*` matches nothing.
 * @returns a test for a number. "n:*" holds the highest number even when n lies above it (RFC 3501 6.4.8).
 */
export function parseSequenceSet(text: string, highest: number): (value: number) => boolean {
  const ranges = text.split(',').map((part) => {
    const found = /^([1-9]\d{0,9}|\*)(?::([1-9]\d{0,9}|\*))?$/.exec(part)
    if (found === null) throw new ImapRefusal('BAD', 'Invalid sequence set')
    const ends = [found[1], found[2] ?? found[1]].map((end) => (end === '*' ? highest : Number(end)))
    return [Math.min(...ends), Math.max(...ends)] as const
  })
  return (value) => ranges.some(([low, high]) => value >= low && value <= high)
}

/** UIDs as a compact set for COPYUID and the like: [1,2,3,7] -> "1:3,7". The order is kept. */
export function formatUidSet(uids: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const uid of uids) {
    const last = ranges.at(-1)
    if (last !== undefined && uid === last[1] + 1) last[1] = uid
    else ranges.push([uid, uid])
  }
  return ranges.map(([low, high]) => (low === high ? `${low}` : `${low}:${high}`)).join(',')
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** "17-Jul-1996 02:44:25 +0000", in UTC. */
export function formatDateTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${two(date.getUTCDate())}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()}`
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}

/** Reads a date ("1-Feb-1994") or a date-time; BAD if it is none. */
export function parseDate(text: string): Date {
  const found =
    /^\s?(\d{1,2})-([A-Za-z]{3})-(\d{4})(?: (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d))?$/.exec(text) ?? []
  const month = months.findIndex((name) => name.toLowerCase() === found[2]?.toLowerCase())
  if (month < 0) throw new ImapRefusal('BAD', 'Invalid date')
  const [day, year, hour, minute, second, zoneHour, zoneMinute] = [1, 3, 4, 5, 6, 8, 9].map((index) =>
    Number(found[index] ?? 0),
  )
  const zone = ((zoneHour ?? 0) * 60 + (zoneMinute ?? 0)) * (found[7] === '-' ? -1 : 1)
  return new Date(Date.UTC(year ?? 0, month, day, hour, (minute ?? 0) - zone, second))
}

/** Folder name to modified UTF-7 (RFC 3501 5.1.3). */
export function encodeFolderName(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-'
    const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64')
    return `&${base64.replace(/=+$/, '').replace(/\//g, ',')}-`
  })
}

/** Modified UTF-7 to folder name; BAD if it is none. */
export function decodeFolderName(encoded: string): string {
  return encoded.replace(/&([^-]*)(-?)/g, (_, base64: string, end: string) => {
    if (base64 === '' && end === '-') return '&'
    const octets = Buffer.from(base64.replace(/,/g, '/'), 'base64')
    if (end === '' || octets.length % 2 === 1)
      throw new ImapRefusal('BAD', 'Folder name is no modified UTF-7')
    return octets.swap16().toString('utf16le')
  })
}
