// The fields that a receiving server puts on top of a mail: Return-Path, Delivered-To, Received (RFC 5321 4.4, 7.6) and the border server's
// Authentication-Results (RFC 8601).
// Invariants: the octets of the mail below stay as they are; fields that claim to come from our own authserv-id are removed first
// (RFC 8601 5), as they can only be forged.

import { parseAddressList } from './imap-structure.ts'
import { bodyStart, fieldValue, splitFields } from './mime-tree.ts'

export interface Delivery {
  /** Envelope sender; '' is the null sender. */
  readonly from: string
  /** The recipient as it stood in RCPT TO. */
  readonly to: string
  /** Whole fields with CRLF that stand between Delivered-To and Received. */
  readonly fields?: string
  /** Default: now. */
  readonly date?: Date
}

/** One recipient's copy of a mail, as it lies in the mailbox. */
export function deliver(raw: Buffer, delivery: Delivery): Buffer {
  const { from, to, fields = '', date = new Date() } = delivery
  const day = date.toUTCString().replace('GMT', '+0000')
  const top = `Return-Path: <${from}>\r\nDelivered-To: ${to}\r\n${fields}Received: from [127.0.0.1] by localhost with ESMTP\r\n\tfor <${to}>; ${day}\r\n`
  return Buffer.concat([Buffer.from(top), raw])
}

/** Domain of the first From address in lower case; '' if there is none. */
export function fromDomain(raw: Buffer): string {
  const [author] = parseAddressList(fieldValue(headerOf(raw), 'from') ?? '')
  return author?.host?.toLowerCase() ?? ''
}

/** "Authentication-Results: mx.office.example; dmarc=pass header.from=office.example", with CRLF. */
export function authenticationResults(authservId: string, result: 'pass' | 'fail', domain: string): string {
  return `Authentication-Results: ${authservId}; dmarc=${result} header.from=${domain}\r\n`
}

/** The mail without Authentication-Results of this authserv-id; the same buffer if it has none. */
export function withoutForgedResults(raw: Buffer, authservId: string): Buffer {
  const header = headerOf(raw)
  const forged = splitFields(header).filter(({ name, text }) => {
    const [claimed] = text
      .slice(text.indexOf(':') + 1)
      .trim()
      .split(/[\s;]/)
    return name === 'authentication-results' && claimed?.toLowerCase() === authservId.toLowerCase()
  })
  if (forged.length === 0) return raw
  const cleaned = forged.reduce((rest, { text }) => rest.replace(text, () => ''), header)
  return Buffer.concat([Buffer.from(cleaned, 'latin1'), raw.subarray(header.length)])
}

function headerOf(raw: Buffer): string {
  const text = raw.toString('latin1')
  return text.slice(0, bodyStart(text))
}
