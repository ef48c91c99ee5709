// The patent's parsing module: reads the flag, and an address typed with it, from a message. Ordered lists, first match wins
// (README.md, "What people type"). A tag that is nearly right is a fault to be shown, never text and never a guess.
// The standard's e-mail form of an SMS is TS 23.040 clause 3.8.

import { parseMailAddress, parsePhoneNumber } from '../../domain/address.ts'
import { parseDuration } from '../../domain/duration.ts'

/** A tag at the start of a subject or an SMS, taken apart. */
export type Tag =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'tag'
      readonly flag: 0 | 1
      readonly address: string | null
      readonly durationMs: number | null
      readonly rest: string
    }
  | { readonly kind: 'malformed'; readonly tag: string }

/** A binding for longer is a permanent one: the operator makes those. */
const durationMaxMs = 4 * 7 * 24 * 3_600_000

const tagStart = /^\s*\[\s*(sms|mail)(?![\p{L}\p{N}])([^\]]{0,200})(\])?\s*/iu

/**
 * Reads `[sms]`, `[mail]`, `[sms +4917012345678]`, `[sms +4917012345678 2h]` at the start of a subject.
 * A second tag right behind the first is malformed: two tags can disagree.
 */
export function readSubjectTag(subject: string): Tag {
  return readTag(subject, 'sms', (text) => {
    const parsed = /^\+\d{5,15}$/.test(text) ? parsePhoneNumber(text, '') : undefined
    return parsed?.ok ? parsed.value : null
  })
}

/** Reads `[mail]`, `[sms]`, `[mail bob@office.example]`, `[mail bob@office.example 2h]` at the start of an SMS. */
export function readTextTag(text: string): Tag {
  return readTag(text, 'mail', (word) => {
    const parsed = parseMailAddress(word)
    return parsed.ok ? parsed.value : null
  })
}

function readTag(text: string, converts: 'sms' | 'mail', readAddress: (word: string) => string | null): Tag {
  const match = tagStart.exec(text)
  if (match === null) return { kind: 'none' }
  const malformed: Tag = { kind: 'malformed', tag: match[0].trim().slice(0, 60) }
  const rest = text.slice(match[0].length)
  if (match[3] === undefined || tagStart.test(rest)) return malformed
  const flag = match[1]?.toLowerCase() === converts ? 1 : 0
  const [addressWord, durationWord, ...more] = (match[2] ?? '')
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (more.length > 0 || (flag === 0 && addressWord !== undefined)) return malformed
  const address = addressWord === undefined ? null : readAddress(addressWord)
  const durationMs = durationWord === undefined ? null : parseDuration(durationWord)
  if (addressWord !== undefined && address === null) return malformed
  if (
    durationWord !== undefined &&
    (durationMs === null || durationMs === 0 || durationMs > durationMaxMs || durationWord.endsWith('s'))
  )
    return malformed
  return { kind: 'tag', flag, address, durationMs, rest }
}

/** Value of X-SMS-Convert: 0 or 1; null if the field is missing; 'malformed' for anything else. */
export function readFlagField(value: string | null): 0 | 1 | null | 'malformed' {
  if (value === null) return null
  if (/^(1|yes|true)$/i.test(value.trim())) return 1
  if (/^(0|no|false)$/i.test(value.trim())) return 0
  return 'malformed'
}

export interface TypedMail {
  readonly address: string
  readonly subject: string | null
  readonly rest: string
}

/**
 * The standard's own form: `address text`, `address(subject)text`, `address##subject#text`; on keypads without them `*` stands for
 * `@` and `$` for `_`.
 */
export function readStandardForm(text: string): TypedMail | null {
  const match = /^\s*([^\s()#]{3,254})(?:\(([^()]{0,100})\)\s*|##([^#]{0,100})#\s*|\s+)([\s\S]*)$/u.exec(text)
  if (match === null) return null
  const word = match[1] ?? ''
  const typed = word.includes('@') ? word : word.replace('*', '@').replaceAll('$', '_')
  const parsed = parseMailAddress(typed)
  if (!parsed.ok || !parsed.value.includes('.', parsed.value.indexOf('@'))) return null
  return { address: parsed.value, subject: match[2] ?? match[3] ?? null, rest: match[4] ?? '' }
}

/** `@name text`: the alias of a binding, without the @, in lower case. */
export function readAlias(text: string): { readonly alias: string; readonly rest: string } | null {
  const match = /^\s*@([\p{L}\p{N}][\p{L}\p{N}._-]{0,62})[\s:,]+([\s\S]+)$/u.exec(text)
  return match === null ? null : { alias: (match[1] ?? '').toLowerCase(), rest: match[2] ?? '' }
}
