// Bytes to text by charset label (RFC 2045, RFC 2047, RFC 2231); only: libmime.
// TextDecoder is not used: on Node 20 it decodes windows-1252 0x80-0x9F as control characters (nodejs #56542).
// Invariant: never throws and never hangs, whatever the label or the bytes are.

import { isUtf8 } from 'node:buffer'
import libmime from 'libmime'
import { createDecodeStream, decode, normalizeCharset } from 'libmime/lib/charset.js'

/** Labels that say nothing: what is really meant is found out from the bytes. */
const emptyLabels = /^(?:us-?ascii|ascii|unknown(?:-8bit)?|x-unknown|8bit|7bit|binary|default|none)$/i

/** Octets of a header value that is structured or decoded; longer ones are cut. No honest value comes near. */
const headerValueCharsMax = 16_384

const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g
/** Bidirectional embeddings, overrides and isolates: they let a name read as another one. */
const bidiOverrides = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g

function utf8OrWindows1252(bytes: Buffer): string {
  return decode(bytes, endsWithinUtf8(bytes) ? 'utf-8' : 'windows-1252')
}

/** True for UTF-8, also when the last character was cut by a size limit. */
function endsWithinUtf8(bytes: Buffer): boolean {
  for (let cut = 0; cut <= 3 && cut <= bytes.length; cut++)
    if (isUtf8(bytes.subarray(0, bytes.length - cut))) return true
  return false
}

/**
 * Decodes text. `latin1` is read as windows-1252, which it is in practice; without a usable label UTF-8 is tried first.
 * @param label charset parameter of the Content-Type; null if there is none. An unknown label counts as none.
 * @returns text in which bytes that do not fit are U+FFFD, without a byte order mark
 */
export function decodeText(bytes: Buffer, label: string | null): string {
  const name = label?.trim() ?? ''
  const known =
    name !== '' && name.length <= 60 && !emptyLabels.test(name) && createDecodeStream(name).supported
  const text = known ? decode(bytes, normalizeCharset(name)) : utf8OrWindows1252(bytes)
  return text.replace(/^\uFEFF/, '')
}

/** Takes away what a header value may not hold: control characters (line breaks too) become blanks, bidi overrides vanish. */
export function cleanHeaderText(text: string): string {
  return text.replace(controls, ' ').replace(bidiOverrides, '').replace(/ {2,}/g, ' ').trim()
}

/** Decodes the encoded words (RFC 2047) of an unfolded header value and cleans it. */
export function decodeHeaderText(value: string): string {
  const cut = value.slice(0, headerValueCharsMax)
  try {
    return cleanHeaderText(libmime.decodeWords(cut))
  } catch {
    return cleanHeaderText(cut)
  }
}

/** As decodeHeaderText; null if an encoded word hides a line break or NUL between its words. */
export function decodeName(value: string): string | null {
  const cut = value.slice(0, headerValueCharsMax)
  try {
    const decoded = libmime.decodeWords(cut).trim()
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
