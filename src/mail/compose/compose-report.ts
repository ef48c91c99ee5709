// A delivery status notification (RFC 3464) in a multipart/report (RFC 6522): the text for people, the fields for programs, and the header
// of the mail that it is about. Made from a finished mail of one text, whose header it keeps.
// Invariants: equal input gives equal bytes (the boundary is a hash of the parts); no value can begin another field; US-ASCII only.

import { createHash } from 'node:crypto'
import { domainToASCII } from 'node:url'
import type { StatusReport } from '../../domain/message.ts'
import type { ComposeReport } from '../../domain/ports.ts'

/** Characters of a diagnostic, and octets of the returned header: a few lines are enough to know a mail by. */
const diagnosticCharsMax = 400
const headerOctetsMax = 8192
/** RFC 2045 6.7: 76 characters with the soft line break. */
const encodedLineMax = 75
/** RFC 5322 2.1.1, without the line end. */
const lineMax = 998

const endOfHeader = '\r\n\r\n'

/** Printable US-ASCII in one line: the fields of a report know no other (RFC 3464 2.1.1). */
function plain(value: string): string {
  return value
    .replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .replace(/[^\x20-\x7e]/gu, '?')
    .trim()
}

/**
 * An address with its type (RFC 3464 2.3.1): the domain as A-labels, letters beyond ASCII before the @ as RFC 6533 3 escapes them, so that
 * a program still knows the address.
 */
function typedAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)]
  const escaped = local.replace(
    /[^\x21-\x7e]/gu,
    (letter) => `\\x{${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  )
  return plain(`${escaped === local ? 'rfc822' : 'utf-8'};${escaped}@${domainToASCII(domain) || domain}`)
}

const dateOf = (ms: number): string => new Date(ms).toUTCString().replace(/GMT/, '+0000')

/** Blocks of fields: of the mail, then of the recipient (RFC 3464 2.1). */
function statusFields(report: StatusReport): string {
  const field = (name: string, value: string | null): string[] =>
    value === null || value === '' ? [] : [`${name}: ${value}`]
  const address = (value: string | null): string | null => (value === null ? null : typedAddress(value))
  const date = (ms: number | null): string | null => (ms === null ? null : dateOf(ms))
  const diagnostic = plain(report.diagnostic).slice(0, diagnosticCharsMax)
  const ofMail = [
    ...field('Reporting-MTA', `dns; ${plain(domainToASCII(report.host) || report.host)}`),
    ...field('Arrival-Date', dateOf(report.arrivedAt)),
  ]
  const ofRecipient = [
    ...field('Original-Recipient', address(report.originalRecipient)),
    ...field('Final-Recipient', address(report.recipient)),
    ...field('Action', report.action),
    ...field('Status', report.status),
    // No registered type says what a mobile network answers; X- is for such (RFC 3464 2.1.2).
    ...field('Diagnostic-Code', diagnostic === '' ? null : `X-SMS; ${diagnostic}`),
    ...field('Last-Attempt-Date', date(report.lastAttemptAt)),
    ...field('Will-Retry-Until', date(report.retryUntil)),
  ]
  return `${ofMail.join('\r\n')}\r\n\r\n${ofRecipient.join('\r\n')}\r\n`
}

/** RFC 2045 6.7 for lines that end with CRLF. */
function quotedPrintable(text: string): string {
  return text
    .split('\r\n')
    .map((line) => {
      const units = [...Buffer.from(line)].map((octet, index, all) => {
        const bare = octet >= 0x20 && octet <= 0x7e && octet !== 0x3d
        const trailing = octet === 0x20 && index === all.length - 1
        return bare && !trailing
          ? String.fromCharCode(octet)
          : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
      })
      let [written, column] = ['', 0]
      for (const unit of units) {
        if (column + unit.length > encodedLineMax) [written, column] = [`${written}=\r\n`, 0]
        written += unit
        column += unit.length
      }
      return written
    })
    .join('\r\n')
}

/** What is returned of the mail; nothing where nothing is known of it (RFC 6522 3: the third part may be left out). */
function returnedPart(header: string): string[] {
  if (header === '') return []
  const lines: string[] = []
  let room = headerOctetsMax
  // A field is returned with all its lines, or not at all.
  for (const field of header.split(/\r\n(?![ \t])/).filter((one) => one !== '')) {
    room -= Buffer.byteLength(field) + 2
    if (room >= 0) lines.push(`${field}\r\n`)
  }
  const text = lines.join('')
  const isPlain =
    /^[\x20-\x7e\t\r\n]*$/.test(text) && text.split('\r\n').every((line) => line.length <= lineMax)
  const encoding = isPlain ? '' : 'Content-Transfer-Encoding: quoted-printable\r\n'
  return [`Content-Type: text/rfc822-headers\r\n${encoding}\r\n${isPlain ? text : quotedPrintable(text)}`]
}

/** Makes the report; the text of `mail` becomes its first part as it is encoded. */
export const composeReport: ComposeReport = (mail, report) => {
  const raw = mail.toString('latin1')
  const end = raw.indexOf(endOfHeader)
  const fields = raw.slice(0, end).split(/\r\n(?![ \t])/)
  const isOfPart = (field: string): boolean => /^content-/i.test(field)
  const text = `${fields.filter(isOfPart).join('\r\n')}${raw.slice(end)}`
  const status = `Content-Type: message/delivery-status\r\n\r\n${statusFields(report)}`
  const parts = [text, status, ...returnedPart(report.header)]
  const hash = createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)
  // `=_` stands in no quoted-printable or base64 text (RFC 2045 6.7).
  const boundary = `=_${hash}`
  const head = [
    ...fields.filter((field) => !isOfPart(field)),
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"`,
  ]
  const body = parts.map((part) => `--${boundary}\r\n${part.replace(/(?:\r\n)?$/, '\r\n')}`).join('\r\n')
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}\r\n--${boundary}--\r\n`, 'latin1')
}
