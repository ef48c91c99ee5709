// Header fields in the binary form of WSP (WAP-230 8.4.1, 8.4.2), in which WAP pushes and MMS notifications are written.
// Invariants: nothing throws, whatever the octets are; every step goes forward, so that the time grows with their number alone. A
// field that ends too early has what is there of its value and is the last one: parts of a long push may be missing.

/** What the first octet of a value says: one octet of 7 bits, a text that ends with NUL, or counted octets. */
export type WspValue =
  | { readonly kind: 'short'; readonly value: number }
  | { readonly kind: 'text'; readonly octets: Uint8Array }
  | { readonly kind: 'octets'; readonly octets: Uint8Array }

export interface WspField {
  /** The number of a well-known field on the first code page. */
  readonly id: number
  readonly value: WspValue
}

const lengthMax = 30
const lengthQuote = 31
const textFirst = 32
const wellKnown = 0x80
const pageShift = 0x7f
const firstPage = 1

/** A variable length integer (8.1.2) has at most five octets. */
const uintvarOctetsMax = 5

/** The value at `position`, and where the next one begins; null behind the end. */
export function readValue(
  octets: Uint8Array,
  position: number,
): { readonly value: WspValue; readonly next: number } | null {
  const first = octets[position]
  if (first === undefined) return null
  if (first >= wellKnown) return { value: { kind: 'short', value: first - wellKnown }, next: position + 1 }
  if (first >= textFirst) {
    const end = endOfText(octets, position)
    return { value: { kind: 'text', octets: octets.slice(position, end) }, next: end + 1 }
  }
  const { value: length, next: start } =
    first <= lengthMax ? { value: first, next: position + 1 } : readUintvar(octets, position + 1)
  const next = Math.min(start + length, octets.length)
  return { value: { kind: 'octets', octets: octets.slice(start, next) }, next }
}

/** A variable length integer; behind the end of the octets its missing ones count nothing. */
export function readUintvar(
  octets: Uint8Array,
  position: number,
): { readonly value: number; readonly next: number } {
  let value = 0
  for (let next = position; next < position + uintvarOctetsMax; next++) {
    const octet = octets[next] ?? 0
    value = value * 0x80 + (octet & 0x7f)
    if (octet < 0x80) return { value, next: next + 1 }
  }
  return { value, next: position + uintvarOctetsMax }
}

/** The well-known fields of the first code page, in order; others are skipped by the rules for their first octet. */
export function readFields(octets: Uint8Array): WspField[] {
  const fields: WspField[] = []
  let page = firstPage
  let position = 0
  while (position < octets.length) {
    const name = octets[position] ?? 0
    if (name === pageShift || (name > 0 && name <= lengthQuote)) {
      page = name === pageShift ? (octets[position + 1] ?? 0) : name
      position += name === pageShift ? 2 : 1
      continue
    }
    const read = readValue(octets, name >= wellKnown ? position + 1 : endOfText(octets, position) + 1)
    if (read === null) break
    if (name >= wellKnown && page === firstPage) fields.push({ id: name - wellKnown, value: read.value })
    position = read.next
  }
  return fields
}

function endOfText(octets: Uint8Array, position: number): number {
  const end = octets.indexOf(0, position)
  return end === -1 ? octets.length : end
}

/** Integer-value (8.4.2.3): short, or counted octets, the most significant first; null if it is none, or larger than 2^48. */
export function integerOf(value: WspValue | undefined): number | null {
  if (value?.kind === 'short') return value.value
  if (value?.kind !== 'octets' || value.octets.length === 0 || value.octets.length > 6) return null
  return value.octets.reduce((sum, octet) => sum * 0x100 + octet, 0)
}

/** Numbers of character sets (MIBenum) that are not read as UTF-8. */
const charsets: ReadonlyMap<number, string> = new Map([
  [4, 'latin1'],
  [1000, 'utf-16be'],
  [1013, 'utf-16be'],
  [1014, 'utf-16le'],
  [1015, 'utf-16be'],
])

/** Characters of one text; more is cut. */
const textMax = 300

/**
 * Text-string, or Encoded-string-value (WAP-209 7.2.9): a text, or counted octets with the number of their character set.
 * @returns one line without control characters and marks that turn the direction of reading; null if nothing is left
 */
export function textOf(value: WspValue | undefined): string | null {
  if (value === undefined || value.kind === 'short') return null
  if (value.kind === 'text') return oneLine(decoded(value.octets, undefined))
  const charset = readValue(value.octets, 0)
  const mib = charset === null || charset.value.kind === 'text' ? null : integerOf(charset.value)
  // Some senders leave the character set out.
  if (charset === null || mib === null) return oneLine(decoded(value.octets, undefined))
  return oneLine(decoded(value.octets.slice(charset.next), charsets.get(mib)))
}

function decoded(octets: Uint8Array, charset: string | undefined): string {
  // A quote goes before a text that begins with an octet of 128 or more (8.4.2.1).
  const text = octets[0] === 0x7f ? octets.slice(1) : octets
  if (charset === 'latin1') return Buffer.from(text).toString('latin1')
  if (charset !== undefined) return new TextDecoder(charset).decode(text)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text)
  } catch {
    return Buffer.from(text).toString('latin1')
  }
}

function oneLine(text: string): string | null {
  const line = text
    .slice(0, textMax)
    .replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}\s]+/gu, ' ')
    .trim()
  return line === '' ? null : line
}
