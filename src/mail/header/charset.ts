// Bytes to text by charset label (RFC 2045, RFC 2047, RFC 2231); only: libmime.
// TextDecoder is not used: on Node 20 it decodes windows-1252 0x80-0x9F as control characters (nodejs #56542).
// Invariant: never throws and never hangs, whatever the label or the bytes are.

import { isAscii, isUtf8 } from 'node:buffer'
import libmime from 'libmime'
import { createDecodeStream, decode, normalizeCharset } from 'libmime/lib/charset.js'
import { eightBitForm } from './seven-bit-charset.ts'

/**
 * Labels that say nothing: what is really meant is found out from the bytes. ANSI_X3.4-1968 is what programs call their locale "C", in
 * which they send on whatever they were given.
 */
const emptyLabels =
  /^(?:us-?ascii|ascii|ansi_x3\.4-19\d\d|iso646-us|iso_646\.irv:1991|unknown(?:-8bit)?|x-unknown|8bit|7bit|binary|default|none)$/i

/** UTF-7 hides tags, addresses and line breaks from whoever looks at the text before it is decoded; honest programs gave it up. */
const refusedLabels = /^(?:x-)?(?:cs)?(?:unicode-?[12]-[01]-?|unicode11|imap-?)?utf-?7(?:-imap)?$/i

/** Octets of a header value that is structured or decoded; longer ones are cut. No honest value comes near. */
const headerValueCharsMax = 16_384
/** Encoded words of a header value that is decoded; each costs up to 0.3 ms. A subject of 300 words holds 80 SMS. */
export const encodedWordsMax = 300

const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g
/** Bidirectional embeddings, overrides and isolates: they let a name read as another one. */
const bidiOverrides = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g

function utf8OrWindows1252(bytes: Buffer): string {
  return decode(bytes, endsWithinUtf8(bytes) ? 'utf-8' : 'windows-1252')
}

/** True for UTF-8, also when a size limit cut its last character; then what is left of the text has to show that it is UTF-8. */
function endsWithinUtf8(bytes: Buffer): boolean {
  if (isUtf8(bytes)) return true
  for (let cut = 1; cut <= 3 && cut < bytes.length; cut++) {
    const rest = bytes.subarray(0, bytes.length - cut)
    if (isUtf8(rest)) return !isAscii(rest)
  }
  return false
}

/** True for a charset that is never decoded. */
export function isRefusedCharset(label: string | null): boolean {
  return refusedLabels.test(label?.trim() ?? '')
}

/**
 * Decodes text. `latin1` is read as windows-1252, which it is in practice; without a usable label UTF-8 is tried first.
 * @param label charset parameter of the Content-Type; null if there is none. An unknown label counts as none.
 * @returns text in which bytes that do not fit are U+FFFD, without a byte order mark; '' for a charset that is never decoded
 */
export function decodeText(bytes: Buffer, label: string | null): string {
  const name = label?.trim() ?? ''
  if (isRefusedCharset(name)) return ''
  const form = eightBitForm(bytes, name)
  if (form !== null) return decode(form.bytes, form.label)
  const known =
    name !== '' && name.length <= 60 && !emptyLabels.test(name) && createDecodeStream(name).supported
  const text = known ? decode(bytes, normalizeCharset(name)) : utf8OrWindows1252(bytes)
  return text.replace(/^\uFEFF/, '')
}

/** Takes away what a header value may not hold: control characters (line breaks too) become blanks, bidi overrides vanish. */
export function cleanHeaderText(text: string): string {
  return text.replace(controls, ' ').replace(bidiOverrides, '').replace(/ {2,}/g, ' ').trim()
}

const sevenBitWord = /=\?(hz[\w-]*|iso-?2022-?kr)(?:\*[\w-]*)?\?([bq])\?([^?]*)\?=/gi

/** Encoded words in the charsets that libmime does not know, written anew in UTF-8. */
function withKnownWords(value: string): string {
  return value.replace(sevenBitWord, (whole, label: string, encoding: string, text: string) => {
    const bytes =
      encoding.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64')
        : Buffer.from(
            text
              .replace(/_/g, ' ')
              .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
            'latin1',
          )
    return eightBitForm(bytes, label) === null
      ? whole
      : `=?utf-8?B?${Buffer.from(decodeText(bytes, label)).toString('base64')}?=`
  })
}

/** How many encoded words a value holds at most. */
export function countEncodedWords(value: string): number {
  return value.match(/=\?[^?\s]{1,60}\?[bq]\?/gi)?.length ?? 0
}

/** @throws what libmime throws; words of a value with too many of them stay as they are */
function decodeWords(value: string): string {
  return countEncodedWords(value) > encodedWordsMax ? value : libmime.decodeWords(withKnownWords(value))
}

/** Decodes the encoded words (RFC 2047) of an unfolded header value and cleans it. */
export function decodeHeaderText(value: string): string {
  const cut = value.slice(0, headerValueCharsMax)
  try {
    return cleanHeaderText(decodeWords(cut))
  } catch {
    return cleanHeaderText(cut)
  }
}

/** As decodeHeaderText; null if an encoded word hides a line break or NUL between its words. */
export function decodeName(value: string): string | null {
  const cut = value.slice(0, headerValueCharsMax)
  try {
    const decoded = decodeWords(cut).trim()
    return /[\r\n\0]/.test(decoded) ? null : cleanHeaderText(decoded)
  } catch {
    return cleanHeaderText(cut)
  }
}

export interface ParameterizedValue {
  /** In lower case. */
  readonly value: string
  /** Names in lower case, values decoded (RFC 2231, RFC 2047) and clean. */
  readonly params: Readonly<Record<string, string>>
}

/** Splits `multipart/report; report-type=delivery-status` and the like (RFC 2045 5.1). */
export function parseParameters(value: string): ParameterizedValue {
  const cut = value.slice(0, headerValueCharsMax).replace(/[\r\n]+/g, ' ')
  try {
    const parsed = libmime.parseHeaderValue(cut, { stripComments: true })
    const params: Record<string, string> = {}
    for (const [name, text] of Object.entries(parsed.params))
      params[name.toLowerCase()] = decodeHeaderText(String(text))
    return { value: cleanHeaderText(parsed.value).toLowerCase(), params }
  } catch {
    return { value: cleanHeaderText(cut.split(';')[0] ?? '').toLowerCase(), params: {} }
  }
}
