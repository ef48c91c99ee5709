// One line of text for an invitation that comes without any (RFC 5545): summary, start, place; of an answer or a cancellation (RFC 5546
// 3.2) first what it says, for it must not look like the invitation.
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

/** "Declined: " and the like in front of an answer, "Cancelled: " of an event that does not take place; '' for an invitation. */
function verdict(calendar: string): string {
  const method = /^METHOD:(\w{1,20})/im.exec(calendar)?.[1]?.toUpperCase() ?? ''
  if (method === 'CANCEL') return 'Cancelled: '
  if (method !== 'REPLY' && method !== 'COUNTER') return ''
  const status = /^ATTENDEE[^\n]{0,500}?;PARTSTAT="?([\w-]{1,30})/im.exec(calendar)?.[1] ?? method
  return `${status.slice(0, 1).toUpperCase()}${status.slice(1).toLowerCase()}: `
}

/** @returns "Summary, 2026-11-23 14:00, Room 1", or '' if there is nothing to say */
export function calendarLine(calendar: string): string {
  const unfolded = calendar.replace(/\r?\n[ \t]/g, '').replace(/\r/g, '')
  const words = [
    property(unfolded, 'SUMMARY'),
    readableStart(property(unfolded, 'DTSTART')),
    property(unfolded, 'LOCATION'),
  ]
  const event = words.filter((word) => word !== '').join(', ')
  return event === '' ? '' : verdict(unfolded) + event
}
