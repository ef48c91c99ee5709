// TP-SCTS and TP-DT: seven octets of swapped decimal digits, year to second and the zone in quarters of an hour
// (TS 23.040 9.2.3.11).
// Invariant: a stamp whose digits are impossible gives null, never a date that was carried over from month 13.

export interface Timestamp {
  /** With the zone that the service centre stated, such as 2026-11-22T12:00:00+01:00. */
  readonly iso: string
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly epochMs: number
}

/** UTC+14:00 is the farthest zone on earth. */
const zoneQuartersMax = 56

/**
 * @param octets the seven octets as they came
 * @param epochSeconds what they say as a time, if they say one
 */
export function readTimestamp(octets: Uint8Array, epochSeconds: number): Timestamp | null {
  const [year, month, day, hour, minute, second] = Array.from(octets.slice(0, 6), (octet) =>
    twoDigits(octet & 0x0f, octet >> 4),
  )
  const zone = octets[6] ?? 0xff
  // Bit 3 of the first semi-octet is the sign.
  const quarters = twoDigits(zone & 0x07, zone >> 4)
  if (year == null || month == null || day == null || hour == null || minute == null || second == null)
    return null
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null
  if (hour > 23 || minute > 59 || second > 59) return null
  if (quarters === null || quarters > zoneQuartersMax) return null
  const offsetMinutes = quarters * 15 * (zone & 0x08 ? -1 : 1)
  const epochMs = epochSeconds * 1000
  const local = new Date(epochMs + offsetMinutes * 60_000).toISOString().slice(0, 19)
  return { iso: local + zoneText(offsetMinutes), epochMs }
}

function twoDigits(tens: number, ones: number): number | null {
  return tens > 9 || ones > 9 ? null : tens * 10 + ones
}

/** The rule of four is enough: of the years that two digits can mean only 2000 ends a century. */
function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function zoneText(offsetMinutes: number): string {
  const minutes = Math.abs(offsetMinutes)
  const twoPlaces = (value: number) => String(value).padStart(2, '0')
  return `${offsetMinutes < 0 ? '-' : '+'}${twoPlaces(Math.floor(minutes / 60))}:${twoPlaces(minutes % 60)}`
}
