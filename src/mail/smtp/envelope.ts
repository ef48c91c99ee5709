// The addresses of an envelope as SMTP carries them (RFC 5321 4.1.2). A domain beyond ASCII goes as A-labels (RFC 5890), which every
// server takes; a local part beyond ASCII needs a server with SMTPUTF8 (RFC 6531) and goes nowhere else.
// Invariant: what cannot be written for this server is refused before a byte of the envelope is sent.

import { domainToASCII } from 'node:url'
import { GatewayError } from '../../domain/errors.ts'

/** RFC 3461 4.4: an ENVID has at most 100 characters. */
const envelopeIdCharsMax = 100

export interface Envelope {
  /** false: the null sender. */
  readonly from: string | false
  readonly to: string
  readonly size: number
  readonly use8BitMime: boolean
  readonly dsn?: { readonly ret: 'HDRS'; readonly envid: string; readonly notify: string[] }
}

interface Mail {
  readonly from: string
  readonly to: string
  readonly raw: Buffer
  readonly envelopeId?: string | undefined
}

/**
 * The envelope of a mail. Reports are asked for of failure and delay only, and are to bring back the header (RFC 3461 4).
 * @param ehlo the server's reply to EHLO
 * @throws GatewayError SMTP_REFUSED, permanent, for an address that this server cannot take
 */
export function envelopeOf({ from, to, raw, envelopeId }: Mail, ehlo: string): Envelope {
  const takesUtf8 = /^250[ -]SMTPUTF8\b/im.test(ehlo)
  return {
    from: from === '' ? false : written(from, takesUtf8),
    to: written(to, takesUtf8),
    size: raw.length,
    use8BitMime: raw.some((octet) => octet > 0x7f),
    ...(envelopeId === undefined
      ? {}
      : {
          dsn: { ret: 'HDRS', envid: envelopeId.slice(0, envelopeIdCharsMax), notify: ['FAILURE', 'DELAY'] },
        }),
  }
}

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

function written(address: string, takesUtf8: boolean): string {
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  const domain = address.slice(at + 1)
  // domainToASCII reads an ASCII name as a browser does, numbers as IPv4 addresses; such a name goes as it is.
  const labels = isAscii(domain) ? domain : domainToASCII(domain)
  if (at < 1 || labels === '') throw refused(address, 'is not an address of a mail', 'correct it')
  if (!isAscii(local) && !takesUtf8)
    throw refused(
      address,
      'has letters beyond ASCII before the @, and the server does not take such addresses (SMTPUTF8)',
      'use another address of the same person',
    )
  return `${local}@${labels}`
}

function refused(address: string, why: string, hint: string): GatewayError {
  return new GatewayError('SMTP_REFUSED', `the address ${address} ${why}`, {
    hint,
    context: { command: 'RCPT TO', reply: null, enhanced: '5.6.7', about: 'recipient', maybeAccepted: false },
  })
}
