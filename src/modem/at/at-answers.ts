// Reads information responses (TS 27.005 clause 3, TS 27.007 clauses 7, 8, 10). Pure; one function per answer. Invariant: what cannot
// be read is null or left out, it never throws, since firmware differs in blanks, quotes and the number of values.

import { isHex, lastNumber, pduFits } from './at-line.ts'

/** Splits the values of an information response; quotes are taken off, brackets keep their commas. */
export function valuesOf(text: string): string[] {
  const values: string[] = []
  let value = ''
  let quoted = false
  let depth = 0
  for (const character of text) {
    if (character === '"') quoted = !quoted
    else if (character === ',' && !quoted && depth === 0) {
      values.push(value.trim())
      value = ''
    } else {
      if (!quoted && character === '(') depth += 1
      if (!quoted && character === ')') depth -= 1
      value += character
    }
  }
  return [...values, value.trim()]
}

/** The text after `name:` of the first line that has it; null if none does. */
export function responseOf(lines: readonly string[], name: string): string | null {
  const line = lines.find((each) => each.toUpperCase().startsWith(`${name}:`))
  return line === undefined ? null : line.slice(name.length + 1).trim()
}

/** A number in decimal digits; null for anything else. */
export function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : null
}

/** The whole numbers of a bracketed list such as `(0-2,5)`; a bare `1` is a list of one. */
export function rangeOf(text: string): number[] {
  const numbers: number[] = []
  for (const part of text.replace(/[()\s]/g, '').split(',')) {
    const [first, last = first] = part.split('-').map((each) => numberOf(each))
    if (typeof first !== 'number' || typeof last !== 'number' || last - first > 255) continue
    for (let number = first; number <= last; number += 1) numbers.push(number)
  }
  return numbers
}

/** One message of AT+CMGL or AT+CMGR. */
export interface ListedSms {
  /** Null in the answer of AT+CMGR, which does not repeat it. */
  readonly index: number | null
  /** Upper-case hex; null when the hex line is missing or its length contradicts the header. */
  readonly pdu: string | null
  /** The line after the header, upper case; empty when there is none. */
  readonly raw: string
  readonly tpduLength: number | null
}

/** Reads `+CMGL: <index>,<stat>,[<alpha>],<length>` or `+CMGR: <stat>,[<alpha>],<length>`, each with its PDU line. */
export function listedSms(lines: readonly string[], name: '+CMGL' | '+CMGR'): ListedSms[] {
  const found: ListedSms[] = []
  lines.forEach((line, at) => {
    if (!line.toUpperCase().startsWith(`${name}:`)) return
    const values = line.slice(name.length + 1)
    const tpduLength = lastNumber(values)
    const next = lines[at + 1]?.trim().toUpperCase() ?? ''
    const raw = isHex(next) ? next : ''
    const pdu = pduFits(raw, tpduLength) ? raw : null
    found.push({ index: name === '+CMGL' ? numberOf(valuesOf(values)[0]) : null, pdu, raw, tpduLength })
  })
  return found
}

/** <stat> of the answer `+CREG: <n>,<stat>` or of the URC `+CREG: <stat>`; null if it cannot be read. */
export function registrationOf(values: string): number | null {
  const [first, second] = valuesOf(values)
  return second !== undefined && /^\d{1,2}$/.test(second) ? numberOf(second) : numberOf(first)
}

/** <stat> values with which SMS can be sent: home, roaming, "SMS only", "CSFB not preferred" (TS 27.007 10.1.22). */
const usable = new Set([1, 5, 6, 7, 9, 10])

export function isRegistered(stat: number | null): boolean {
  return stat !== null && usable.has(stat)
}

/** What says most, when nothing is usable: "denied" has a cause that a person can remove, "idle" says least. */
const telling = [3, 8, 11, 2, 4, 0]

/** The stat that says most: usable ones first. Null if none is known. */
export function bestRegistration(stats: readonly (number | null)[]): number | null {
  const known = stats.filter((stat) => stat !== null)
  return known.find(isRegistered) ?? telling.find((stat) => known.includes(stat)) ?? known[0] ?? null
}

/** dBm of `+CSQ: <rssi>,<ber>` (TS 27.007 8.5); null for 99, unknown. */
export function csqDbm(values: string): number | null {
  const rssi = numberOf(valuesOf(values)[0])
  return rssi === null || rssi < 0 || rssi > 31 ? null : -113 + 2 * rssi
}

/** dBm of `+CESQ: <rxlev>,<ber>,<rscp>,<ecno>,<rsrq>,<rsrp>` (TS 27.007 8.69): the one that is known. */
export function cesqDbm(values: string): number | null {
  const [rxlev, , rscp, , , rsrp] = valuesOf(values).map((value) => numberOf(value))
  if (typeof rsrp === 'number' && rsrp >= 0 && rsrp <= 97) return -141 + rsrp
  if (typeof rscp === 'number' && rscp >= 0 && rscp <= 96) return -121 + rscp
  return typeof rxlev === 'number' && rxlev >= 0 && rxlev <= 63 ? -111 + rxlev : null
}

/** A name or number that came as UCS-2 hex because AT+CSCS is set so (TS 27.007 5.5), else the text itself. */
export function plainText(text: string): string {
  if (!/^(?:[0-9A-F]{4})+$/i.test(text)) return text
  const read = Buffer.from(text, 'hex').swap16().toString('utf16le')
  if (/^(?:00[0-7][0-9A-F])+$/i.test(text)) return read
  // Digits alone are a number; and of what is no UCS-2 some character would hardly be a letter of any script, or a mark.
  return /^\d+$/.test(text) || read.length < 2 || !/^[\p{L}\p{M}\p{N}\p{P}\p{S}\s]+$/u.test(read)
    ? text
    : read
}

/** Fill of a message store. */
export interface StorageFill {
  readonly name: string
  readonly used: number
  readonly total: number
}

/** The first store of `+CPMS: "SM",3,50,...` (answer of AT+CPMS?). */
export function storageFill(values: string): StorageFill | null {
  const [name, used, total] = valuesOf(values)
  const usedCount = numberOf(used)
  const totalCount = numberOf(total)
  return name === undefined || !/^[A-Z_]{2,6}$/.test(name) || usedCount === null || totalCount === null
    ? null
    : { name, used: usedCount, total: totalCount }
}
