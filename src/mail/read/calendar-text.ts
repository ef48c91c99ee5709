// One line of text for an invitation that comes without any (RFC 5545): summary, start, place.
// Pure. Invariant: reads only the first VEVENT; missing properties are left out.

/** Value of a property of the first event, unfolded and unescaped (RFC 5545 3.1, 3.3.11). */
function property(calendar: string, name: string): string {
  const event = calendar.slice(Math.max(0, calendar.search(/^BEGIN:VEVENT/im)))
  const found = new RegExp(`^${name}(?:;[^:\\n]{0,200})?:(.*)$`, 'im').exec(event)
  return (found?.[1] ?? '')
    .replace(/\\n/gi, ' ')
    .replace(/\\([,;\\])/g, '$1')
    .trim()
}

/** "20261123T140000" -> "2026-11-23 14:00" in the zone it was written in; a date alone stays one. */
function readableStart(start: string): string {
  const found = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{0,2}(Z?))?/.exec(start)
  if (found === null) return ''
  const [, year, month, day, hour, minute, utc] = found
  const date = `${year}-${month}-${day}`
  return hour === undefined ? date : `${date} ${hour}:${minute}${utc === 'Z' ? ' UTC' : ''}`
}

/** @returns "Summary, 2026-11-23 14:00, Room 1", or '' if there is nothing to say */
export function calendarLine(calendar: string): string {
  const unfolded = calendar.replace(/\r?\n[ \t]/g, '').replace(/\r/g, '')
  const words = [
    property(unfolded, 'SUMMARY'),
    readableStart(property(unfolded, 'DTSTART')),
    property(unfolded, 'LOCATION'),
  ]
  return words.filter((word) => word !== '').join(', ')
}
