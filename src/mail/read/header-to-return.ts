// The header lines of a mail that a report about it returns (RFC 6522 4): enough for a person, and for a mail program, to know it by.
// Pure. Trace fields and signatures stay behind; so does the subject of a mail that carried the word of its sender.

import { type HeaderField, topmost } from '../header/mail-headers.ts'

/** A longer value is a list of people; it tells nothing that the others do not. */
const valueCharsMax = 2000
const octetsMax = 4096

/** Names as they are written, in the order in which they are returned. */
const returned = [
  'Date',
  'From',
  'Sender',
  'To',
  'Cc',
  'Subject',
  'Message-ID',
  'In-Reply-To',
  'X-SMS-Convert',
  'X-SMS-To',
  'X-SMS-Report',
] as const

/** @returns lines that end with CRLF; 8-bit letters, where the mail has some, as they are */
export function headerToReturn(fields: readonly HeaderField[], carriesSecret: boolean): string {
  let header = ''
  for (const name of returned) {
    const value = topmost(fields, name.toLowerCase())?.trim() ?? ''
    if (value === '' || value.length > valueCharsMax || (name === 'Subject' && carriesSecret)) continue
    const line = `${name}: ${value}\r\n`
    if (Buffer.byteLength(header + line) <= octetsMax) header += line
  }
  return header
}
