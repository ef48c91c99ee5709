// Texts that came as 8-bit data (TS 23.038 clause 4: user defined): contact cards and calendar entries for their ports, and whatever
// else happens to be one. Invariant: what is shown as text holds no control character, so nothing binary looks like a message.

/** vCard and vCalendar, plain and secure (assigned by IANA for WAP). */
const cardPorts: readonly number[] = [9204, 9205, 9206, 9207]

/** The octets as text, in UTF-8 or, for a contact card, Latin-1; null if they are no text. */
export function readText(octets: Uint8Array, port: number | null): string | null {
  const text = utf8(octets) ?? (cardPorts.includes(port ?? 0) ? Buffer.from(octets).toString('latin1') : null)
  if (text === null || text.trim() === '' || /[^\P{Cc}\t\r\n]/u.test(text)) return null
  return text.replace(/\r\n?/g, '\n')
}

function utf8(octets: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    return null
  }
}
