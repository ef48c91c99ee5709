// Sends a received mail on as it is (RFC 5322 3.6.6): our mark and a block of Resent- fields in front of the original bytes.
// The original, its From and its signatures included, stays byte for byte, so that DKIM still proves who wrote it. Bcc and Return-Path
// stay too: whoever reads the box's mailbox sees them as well, a signature may cover Bcc, and the servers behind us put their own
// Return-Path on top, where readers look. Invariant: no value can begin another header line.

import type { RedirectMail } from '../../domain/ports.ts'
import { bridgeMark, topHop } from '../header/bridge-mark.ts'

/** Octets of the header section in which marks are looked for. */
const headerOctetsMax = 65_536
const valueCharsMax = 320

/** A value without blanks and controls: addresses and ids have none. */
function bare(value: string): string {
  return value.replace(/[\s\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g, '').slice(0, valueCharsMax)
}

/**
 * What stands before the first header field: the separator line of an mbox file, and lines that continue nothing and would continue
 * our last field. ("From :" with a blank is an old form of the field, not a separator.)
 */
const preamble = /^(?:>?From +[^\s:][^\n]*\n)?(?:[ \t][^\n]*\n)*/

/**
 * Puts the mark and the Resent block in front of a mail.
 * @param facts `box` our own mailbox, `to` who gets it, `messageId` in angle brackets, `date` in milliseconds since 1970, `instance`
 * our instance id. The mark counts one hop more than the highest that the mail carries.
 */
export const redirectMail: RedirectMail = (raw, { box, to, messageId, date, instance }) => {
  const start = raw.toString('latin1', 0, headerOctetsMax)
  const header = start.split(/\r?\n\r?\n/, 1)[0] ?? ''
  const fields = [
    `X-SMS-Bridge: ${bridgeMark(instance, topHop(header) + 1)}`,
    `Resent-Date: ${new Date(date).toUTCString().replace(/GMT/, '+0000')}`,
    `Resent-From: <${bare(box)}>`,
    `Resent-To: <${bare(to)}>`,
    `Resent-Message-ID: <${bare(messageId).replace(/[<>]/g, '')}>`,
  ]
  const original = raw.subarray(preamble.exec(start)?.[0].length ?? 0)
  return Buffer.concat([Buffer.from(`${fields.join('\r\n')}\r\n`), original])
}
