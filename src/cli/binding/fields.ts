// What can be set for a binding: one row a thing, with its option, its column in a CSV file, its meaning, and how its text is read and
// written. The help, the options, import and export, and the table in README.md (test/cli/binding-fields.test.ts) all come from here.
// Loaded by the command line itself, so it imports nothing heavy.

import type { Parsed } from '../../domain/address.ts'
import { type Binding, type BindingRules, languages } from '../../domain/binding.ts'
import { parseDuration } from '../../domain/duration.ts'
import { formatQuietHours, parseQuietHours } from '../../domain/quiet-hours.ts'

/** The alias, the display name and the rules of a binding. */
export type Details = Pick<Binding, 'alias' | 'name' | keyof BindingRules>
export type DetailName = keyof Details
type Value = Details[DetailName]

export interface Field {
  readonly property: DetailName
  /** "--quiet-hours <times>"; a switch has a --no- form too. */
  readonly flags: string
  readonly column: string
  readonly meaning: string
  /** What a right value looks like, for the hint of an error. */
  readonly form: string
  readonly read: (text: string) => Parsed<Value>
}

const partsMaxMax = 255
/** What one octet of an SMS can say of it (TS 23.040 9.2.3.12.1). */
const validityRange = { least: '5m', most: '63w' } as const
const keepLeast = '7d'
const partsPerDayMax = 1_000_000
const textLengthMax = 100

const refused = (reason: string): Parsed<never> => ({ ok: false, reason })

function choice(words: readonly string[]): Pick<Field, 'form' | 'read'> {
  return {
    form: `write ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
    read: (text) => {
      const value = text.trim().toLowerCase()
      return words.includes(value)
        ? { ok: true, value: value as Value }
        : refused('it is none of the words that can stand here')
    },
  }
}

const policy = choice(['always', 'flagged', 'never'])

const switchWords: ReadonlyMap<string, boolean> = new Map([
  ...['yes', 'true', 'on', '1'].map((word) => [word, true] as const),
  ...['no', 'false', 'off', '0'].map((word) => [word, false] as const),
])

/** @returns null if the text is neither yes nor no */
export const readSwitch = (text: string): boolean | null => switchWords.get(text.trim().toLowerCase()) ?? null

const onOff: Pick<Field, 'form' | 'read'> = {
  form: 'write yes or no',
  read: (text) => {
    const value = readSwitch(text)
    return value === null ? refused('it is neither yes nor no') : { ok: true, value }
  },
}

function count(max: number): Pick<Field, 'form' | 'read'> {
  return {
    form: `write a whole number from 1 to ${max}`,
    read: (text) => {
      const value = /^\d{1,9}$/.test(text.trim()) ? Number(text) : 0
      return value >= 1 && value <= max ? { ok: true, value } : refused('it is no such number')
    },
  }
}

function words(): Pick<Field, 'form' | 'read'> {
  return {
    form: `write at most ${textLengthMax} characters in one line`,
    read: (text) => {
      // Line and paragraph separators (Zl, Zp) end a line, and format characters (Cf) such as bidi overrides change how the rest reads;
      // only the joiners are needed, in emoji and in Persian and Indic words.
      if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u.test(text))
        return refused('it holds a control character')
      if ([...text].length > textLengthMax) return refused(`it has more than ${textLengthMax} characters`)
      return { ok: true, value: text }
    },
  }
}

const alias: Pick<Field, 'form' | 'read'> = {
  form: 'use letters, digits, dot, dash or underscore, at most 63',
  read: (text) => {
    const value = text.trim().replace(/^@/, '').toLowerCase()
    return /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$/u.test(value)
      ? { ok: true, value }
      : refused('it cannot be an alias')
  },
}

const quietHours: Pick<Field, 'form' | 'read'> = {
  form: 'write two times such as 22:00-07:00, or none',
  read: (text) => {
    if (text.trim().toLowerCase() === 'none') return { ok: true, value: 'none' }
    const hours = parseQuietHours(text)
    return hours === null
      ? refused('it is no pair of different times')
      : { ok: true, value: formatQuietHours(hours) }
  },
}

const validity: Pick<Field, 'form' | 'read'> = {
  form: `write a duration from ${validityRange.least} to ${validityRange.most}, such as 90m, 12h or 3d`,
  read: (text) => {
    const value = text.trim().toLowerCase()
    const ms = parseDuration(value) ?? 0
    const [least, most] = [parseDuration(validityRange.least) ?? 0, parseDuration(validityRange.most) ?? 0]
    return ms >= least && ms <= most ? { ok: true, value } : refused('it is no such duration')
  },
}

const keep: Pick<Field, 'form' | 'read'> = {
  form: `write a duration of at least ${keepLeast}, such as 30d or 52w, or forever`,
  read: (text) => {
    const value = text.trim().toLowerCase()
    const isLong = (parseDuration(value) ?? 0) >= (parseDuration(keepLeast) ?? 0)
    return isLong || value === 'forever' ? { ok: true, value } : refused('it is no such duration')
  },
}

function field(
  property: DetailName,
  flags: string,
  meaning: string,
  kind: Pick<Field, 'form' | 'read'>,
): Field {
  const column = property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return { property, flags, column, meaning, ...kind }
}

/** In the order of help, table and CSV file. */
export const fields: readonly Field[] = [
  field('alias', '--alias <name>', 'short name that people type as @name in an SMS', alias),
  field('name', '--name <text>', 'display name of the person', words()),
  field('mailToSms', '--mail-to-sms <policy>', 'convert mail to SMS: always, flagged or never', policy),
  field('smsToMail', '--sms-to-mail <policy>', 'convert SMS to mail: always, flagged or never', policy),
  field(
    'quietHours',
    '--quiet-hours <times>',
    'SMS wait over these hours, such as 22:00-07:00; none: no such hours',
    quietHours,
  ),
  field('digest', '--digest', 'what waited over the quiet hours comes as one SMS', onOff),
  field('urgent', '--urgent', 'passes quiet hours and may use the reserve of the budget', onOff),
  field(
    'partsMax',
    '--parts-max <count>',
    `SMS parts that one mail may become, 1 to ${partsMaxMax}`,
    count(partsMaxMax),
  ),
  field(
    'tooLong',
    '--too-long <word>',
    'a mail that needs more parts: cut it, or refuse it',
    choice(['cut', 'refuse']),
  ),
  field(
    'automatic',
    '--automatic <word>',
    'mail that a program wrote, such as an alarm: allow or drop',
    choice(['allow', 'drop']),
  ),
  field('plainLetters', '--plain-letters', 'letters that would double the price lose their accents', onOff),
  field('before', '--before <text>', 'text in front of each SMS to this phone', words()),
  field('after', '--after <text>', 'text behind each SMS to this phone', words()),
  field('partsPerDay', '--parts-per-day <count>', 'SMS parts a day to this phone', count(partsPerDayMax)),
  field(
    'validity',
    '--validity <duration>',
    `how long the network keeps trying while the phone is off, ${validityRange.least} to ${validityRange.most}`,
    validity,
  ),
  field(
    'language',
    '--language <code>',
    `language of the notices: ${languages.join(', ')}`,
    choice(languages),
  ),
  field(
    'report',
    '--report <word>',
    'what senders of SMS to this phone hear: failed (or late), or all: also that it arrived',
    choice(['failed', 'all']),
  ),
  field(
    'keep',
    '--keep <duration>',
    `how long the words of its messages stay on the box, ${keepLeast} or more, or forever`,
    keep,
  ),
]

/** The option as the command line takes it: a thing that is or is not may stand alone, or be followed by a word. */
export const switchFlags = ({ flags }: Field): string =>
  flags.includes('<') ? flags : `${flags} [yes|no|default]`

/** A blank text, or the word "default", takes back what was set: then the config's value counts. */
export function readField({ read }: Field, text: string): Parsed<Value> {
  return ['', 'default'].includes(text.trim().toLowerCase()) ? { ok: true, value: null } : read(text)
}

/** The text that `readField` reads as this value. */
export function writeField(value: Value): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value ?? '')
}
