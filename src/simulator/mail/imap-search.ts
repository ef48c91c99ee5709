// The search keys of SEARCH (RFC 3501 6.4.4, MODSEQ of RFC 7162): tokens to a test of one message.
// Texts are compared octet by octet without regard to ASCII case, in the mail as it stands: encoded words are not decoded.

import { ImapRefusal, parseDate, parseSequenceSet, type Token, textOf } from './imap-grammar.ts'
import type { Numbered } from './imap-view.ts'
import { bodyStart, fieldValue } from './mime-tree.ts'

type Test = (candidate: Numbered) => boolean

/** What `*` means: the highest sequence number and the highest UID. */
export interface Highest {
  readonly sequence: number
  readonly uid: number
}

interface Reader {
  readonly tokens: readonly Token[]
  readonly highest: Highest
  at: number
}

/** Reads all keys; a message must match every one. */
export function parseSearch(tokens: readonly Token[], highest: Highest): Test {
  const reader: Reader = { tokens, highest, at: 0 }
  const first = tokens[0]
  if (first?.kind === 'atom' && first.text.toUpperCase() === 'CHARSET') {
    if (!/^(utf-8|us-ascii)$/i.test(textOf(tokens[1], 'charset')))
      throw new ImapRefusal('NO', '[BADCHARSET (UTF-8 US-ASCII)] Unknown charset')
    reader.at = 2
  }
  if (reader.at >= tokens.length) throw new ImapRefusal('BAD', 'Missing search key')
  const tests: Test[] = []
  while (reader.at < tokens.length) tests.push(readKey(reader))
  return (candidate) => tests.every((test) => test(candidate))
}

function readKey(reader: Reader): Test {
  const token = reader.tokens[reader.at++]
  if (token?.kind === 'list') return parseSearch(token.items, reader.highest)
  const word = textOf(token, 'search key')
  if (/^[\d*]/.test(word)) {
    const matches = parseSequenceSet(word, reader.highest.sequence)
    return ({ sequence }) => matches(sequence)
  }
  const name = word.toUpperCase()
  const make = keys.get(name)
  if (make === undefined) throw new ImapRefusal('BAD', `Unknown search key ${name}`)
  return make(reader)
}

const argument = (reader: Reader): string => textOf(reader.tokens[reader.at++], 'search argument')

const lower = (text: string): string => text.replace(/[A-Z]+/g, (run) => run.toLowerCase())

const has =
  (flag: string, wanted = true) =>
  (): Test =>
  ({ message }) =>
    [...message.flags].some((set) => set.toLowerCase() === flag.toLowerCase()) === wanted

function headerOf({ message }: Numbered): string {
  const text = message.raw.toString('latin1')
  return text.slice(0, bodyStart(text))
}

const headerHolds =
  (name: string) =>
  (reader: Reader): Test => {
    const wanted = lower(argument(reader))
    return (candidate) => {
      const value = fieldValue(headerOf(candidate), name)
      return value !== null && lower(value).includes(wanted)
    }
  }

const dayOf = (date: Date): number => Math.floor(date.getTime() / 86_400_000)

const internalDay =
  (compare: (day: number, wanted: number) => boolean) =>
  (reader: Reader): Test => {
    const wanted = dayOf(parseDate(argument(reader)))
    return ({ message }) => compare(dayOf(message.internalDate), wanted)
  }

const sentDay =
  (compare: (day: number, wanted: number) => boolean) =>
  (reader: Reader): Test => {
    const wanted = dayOf(parseDate(argument(reader)))
    return (candidate) => {
      const sent = Date.parse((fieldValue(headerOf(candidate), 'date') ?? '').replace(/\(.*\)/, ''))
      return !Number.isNaN(sent) && compare(dayOf(new Date(sent)), wanted)
    }
  }

const size =
  (compare: (octets: number, wanted: number) => boolean) =>
  (reader: Reader): Test => {
    const wanted = Number(argument(reader))
    if (!Number.isInteger(wanted)) throw new ImapRefusal('BAD', 'Invalid size')
    return ({ message }) => compare(message.raw.length, wanted)
  }

const textHolds =
  (from: (text: string) => number) =>
  (reader: Reader): Test => {
    const wanted = lower(argument(reader))
    return ({ message }) => {
      const text = message.raw.toString('latin1')
      return lower(text.slice(from(text))).includes(wanted)
    }
  }

const before = (day: number, wanted: number): boolean => day < wanted
const on = (day: number, wanted: number): boolean => day === wanted
const since = (day: number, wanted: number): boolean => day >= wanted
const never = (): Test => () => false
const always = (): Test => () => true

// Sessions get no \Recent: a flag that depends on who looked first would only make tests depend on their order.
const keys = new Map<string, (reader: Reader) => Test>([
  ['ALL', always],
  ['OLD', always],
  ['RECENT', never],
  ['NEW', never],
  ...['Answered', 'Deleted', 'Draft', 'Flagged', 'Seen'].flatMap((flag): [string, () => Test][] => [
    [flag.toUpperCase(), has(`\\${flag}`)],
    [`UN${flag.toUpperCase()}`, has(`\\${flag}`, false)],
  ]),
  ['KEYWORD', (reader) => has(argument(reader))()],
  ['UNKEYWORD', (reader) => has(argument(reader), false)()],
  ...['BCC', 'CC', 'FROM', 'SUBJECT', 'TO'].map((name): [string, (reader: Reader) => Test] => [
    name,
    headerHolds(name),
  ]),
  ['HEADER', (reader) => headerHolds(argument(reader))(reader)],
  ['BODY', textHolds(bodyStart)],
  ['TEXT', textHolds(() => 0)],
  ['BEFORE', internalDay(before)],
  ['ON', internalDay(on)],
  ['SINCE', internalDay(since)],
  ['SENTBEFORE', sentDay(before)],
  ['SENTON', sentDay(on)],
  ['SENTSINCE', sentDay(since)],
  ['LARGER', size((octets, wanted) => octets > wanted)],
  ['SMALLER', size((octets, wanted) => octets < wanted)],
  [
    'UID',
    (reader) => {
      const matches = parseSequenceSet(argument(reader), reader.highest.uid)
      return ({ message }) => matches(message.uid)
    },
  ],
  [
    'MODSEQ',
    (reader) => {
      const wanted = Number(argument(reader))
      return ({ message }) => message.modseq >= wanted
    },
  ],
  [
    'NOT',
    (reader) => {
      const test = readKey(reader)
      return (candidate) => !test(candidate)
    },
  ],
  [
    'OR',
    (reader) => {
      const left = readKey(reader)
      const right = readKey(reader)
      return (candidate) => left(candidate) || right(candidate)
    },
  ],
])
