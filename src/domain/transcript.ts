// The text form of a conversation with a modem: what a person sends in from a real device, and what the simulator plays as one.
// One thing a line: `# key: value` facts at the head, `> ` to the modem, `< ` its answer, `! ` what came by itself.
// Invariants: pure; parseTranscript(printTranscript(transcript)) is the same transcript; what is printed is ASCII without trailing blanks.

import { GatewayError } from './errors.ts'

/** `host`: a command line; `modem`: a line of its answer, final result code included; `itself`: a URC or noise, outside an answer. */
export type TranscriptSpeaker = 'host' | 'modem' | 'itself'

export interface TranscriptLine {
  readonly from: TranscriptSpeaker
  /** Without CR and LF; one character an octet (latin1). A `*` that ends a host's line stands for any text, in profiles written by hand. */
  readonly text: string
}

/** "device", "source", "usb", ...: lower-case letters, digits and hyphens. A key may come more than once. */
export interface TranscriptFact {
  readonly key: string
  readonly value: string
}

export interface Transcript {
  /** In their order; `device` and `source` ("recorded 2026-11-24", "from manuals") are among them. */
  readonly facts: readonly TranscriptFact[]
  readonly lines: readonly TranscriptLine[]
}

const title = '# Simpost modem transcript 1'
/** A recording has some 60 commands; the rest is room for a night of noise. */
const linesMax = 20_000
/** Octets of one line, escapes included: a megabyte without a line end is no transcript. */
const lineCharactersMax = 8192
const neededFacts = ['device', 'source']

const marks = { '>': 'host', '<': 'modem', '!': 'itself' } as const
const markOf = { host: '>', modem: '<', itself: '!' } as const
const isMark = (text: string): text is keyof typeof marks => Object.hasOwn(marks, text)

const letters: Readonly<Record<string, string>> = { '\r': 'r', '\n': 'n', '\t': 't', '\\': '\\' }

function escaped(character: string): string {
  const letter = letters[character]
  if (letter !== undefined) return `\\${letter}`
  const digits = character.charCodeAt(0).toString(16)
  return digits.length <= 2 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits.padStart(4, '0')}`
}

/** Printable ASCII as it is; a blank at the end is escaped, because editors take it away. */
const written = (text: string): string => text.replace(/[^\x20-\x7e]|\\| $/g, escaped)

function read(text: string, number: number): string {
  return text.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.?))/gi, (_, two, four, letter: string) => {
    const code: string | undefined = two ?? four
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    const found = Object.keys(letters).find((key) => letters[key] === letter)
    if (found !== undefined) return found
    throw wrong(
      number,
      `"\\${letter}" is no escape`,
      'Write \\\\ for a backslash, or \\r, \\n, \\t, \\x1a, \\u20ac.',
    )
  })
}

const wrong = (number: number, what: string, hint: string): GatewayError =>
  new GatewayError('USAGE', `line ${number} of the transcript: ${what}`, { hint, context: { line: number } })

/** `mark, blank, text`; the blank is missing where the text is empty. */
function readLine(raw: string, number: number): TranscriptLine {
  const mark = raw.charAt(0)
  if (!isMark(mark) || (raw.length > 1 && raw.charAt(1) !== ' '))
    throw wrong(
      number,
      `"${raw.slice(0, 40)}" is not understood`,
      'Begin each line with "> ", "< ", "! " or "# ".',
    )
  return { from: marks[mark], text: read(raw.slice(2), number) }
}

function readFact(raw: string, number: number): TranscriptFact {
  const [, key, value = ''] = /^# ([a-z][a-z0-9-]*):(?: (.*))?$/.exec(raw) ?? []
  if (key !== undefined) return { key, value: read(value, number) }
  throw wrong(
    number,
    `"${raw.slice(0, 40)}" is no fact`,
    'Write facts as "# key: value", for instance "# note: ...".',
  )
}

/**
 * Reads a transcript. Line ends of any system, a byte order mark and empty lines are allowed.
 * @throws GatewayError USAGE with the number of the line
 */
export function parseTranscript(text: string): Transcript {
  const raws = text.replace(/^\ufeff/, '').split(/\r?\n/)
  if (raws.length > linesMax)
    throw wrong(linesMax + 1, `more than ${linesMax} lines`, 'Record for a shorter time.')
  if (raws[0]?.trimEnd() !== title)
    throw wrong(1, `"${title}" is missing`, 'Is this a file of "simpost modem record"?')
  const facts: TranscriptFact[] = []
  const lines: TranscriptLine[] = []
  let asked = false
  raws.slice(1).forEach((raw, at) => {
    const number = at + 2
    if (raw.length > lineCharactersMax)
      throw wrong(number, `longer than ${lineCharactersMax} characters`, 'Cut it, or leave it out.')
    if (raw.trim() === '') return
    if (!raw.startsWith('#')) {
      const line = readLine(raw, number)
      asked ||= line.from === 'host'
      if (line.from === 'modem' && !asked)
        throw wrong(number, 'an answer without a command', 'Mark what comes by itself with "! ".')
      lines.push(line)
    } else if (lines.length > 0) throw wrong(number, 'a fact below the conversation', 'Move it to the head.')
    else facts.push(readFact(raw, number))
  })
  const missing = neededFacts.find((needed) => !facts.some(({ key }) => key === needed))
  if (missing !== undefined)
    throw wrong(2, `the fact "${missing}" is missing`, `Add "# ${missing}: ..." at the head.`)
  return { facts, lines }
}

/** The text of a transcript, ending with a line feed. Keys are printed as they are: lower-case letters, digits, hyphens. */
export function printTranscript({ facts, lines }: Transcript): string {
  const head = facts.map(({ key, value }) => (value === '' ? `# ${key}:` : `# ${key}: ${written(value)}`))
  const body = lines.map(({ from, text }) =>
    text === '' ? markOf[from] : `${markOf[from]} ${written(text)}`,
  )
  return `${[title, ...head, ...body].join('\n')}\n`
}

/** All values of one fact, in their order. */
export function factsNamed({ facts }: Transcript, key: string): string[] {
  return facts.filter((fact) => fact.key === key).map(({ value }) => value)
}
