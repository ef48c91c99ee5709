// The header section of a mail as a list of fields in their order (RFC 5322 2.2, 3.6), and readers of single values.
// Pure. Invariant: the order and the number of equal fields are kept, since only the topmost trace field can be trusted.

/** One field: name in lower case, value unfolded, still encoded (RFC 2047), 8-bit bytes decoded. */
export interface HeaderField {
  readonly name: string
  readonly value: string
}

/** Message-IDs taken from In-Reply-To and References together. Threads longer than that carry the newest ones anyway. */
const answersMax = 50
const messageIdCharsMax = 250

/** Field names by RFC 5322 2.2: printable US-ASCII without colon. */
export const fieldName = /^[\x21-\x39\x3b-\x7e]+$/

/** Value of the topmost field of that name; null if missing. */
export function topmost(fields: readonly HeaderField[], name: string): string | null {
  return fields.find((field) => field.name === name)?.value ?? null
}

/** Values of all fields of that name, from top to bottom. */
export function every(fields: readonly HeaderField[], name: string): string[] {
  return fields.filter((field) => field.name === name).map((field) => field.value)
}

function messageIds(value: string | null): string[] {
  const ids = (value ?? '').match(/<[^<>\s]+>/g) ?? []
  return ids.filter((id) => id.length <= messageIdCharsMax)
}

/** Message-ID with angle brackets; some programs forget them. Null if missing or unusable. */
export function messageIdOf(fields: readonly HeaderField[]): string | null {
  const value = topmost(fields, 'message-id')
  if (value === null) return null
  const bare = value.trim()
  return messageIds(value)[0] ?? (/^[^\s<>]{1,248}$/.test(bare) ? `<${bare}>` : null)
}

/** What the mail answers: In-Reply-To first, then References from last to first, without repeats (RFC 5322 3.6.4). */
export function answersOf(fields: readonly HeaderField[]): string[] {
  const references = messageIds(topmost(fields, 'references')).reverse()
  const all = [...messageIds(topmost(fields, 'in-reply-to')), ...references]
  return [...new Set(all)].slice(0, answersMax)
}

/** Return-Path without brackets, '' for the null sender, null if the field is missing. */
export function returnPathOf(fields: readonly HeaderField[]): string | null {
  const value = topmost(fields, 'return-path')
  if (value === null) return null
  const inside = /<([^<>]*)>/.exec(value)
  return (inside?.[1] ?? value).trim()
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** RFC 5322 4.3, hours from UTC. */
const zones: Readonly<Record<string, number>> = {
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
  CET: 1,
  CEST: 2,
}
const dateTime =
  /(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*[\s-]+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([+-]\d{4}|[A-Z]{1,4})?/

function offsetMinutes(zone: string | undefined): number {
  if (zone === undefined) return 0
  const numeric = /^([+-])(\d{2})(\d{2})$/.exec(zone)
  if (numeric === null) return (zones[zone] ?? 0) * 60
  const minutes = Number(numeric[2]) * 60 + Number(numeric[3])
  return numeric[1] === '-' ? -minutes : minutes
}

/**
 * Reads a date-time (RFC 5322 3.3 and its obsolete forms). An unknown zone counts as UTC (4.3).
 * @returns milliseconds since 1970, or null if it is none
 */
export function parseDate(value: string | null): number | null {
  const found = dateTime.exec((value ?? '').slice(0, 200))
  if (found === null) return null
  const [, day, monthName, yearText, hour, minute, second, zone] = found
  const month = months.indexOf((monthName ?? '').toLowerCase())
  const written = Number(yearText)
  // RFC 5322 4.3: two digits below 50 are 20xx, the others and three digits count from 1900.
  const year = written >= 1000 ? written : written < 50 ? written + 2000 : written + 1900
  const inRange =
    month >= 0 && Number(day) >= 1 && Number(day) <= 31 && Number(hour) < 24 && Number(minute) < 60
  if (!inRange) return null
  const utc = Date.UTC(
    year,
    month,
    Number(day),
    Number(hour),
    Number(minute),
    Math.min(Number(second ?? 0), 59),
  )
  return utc - offsetMinutes(zone) * 60_000
}
