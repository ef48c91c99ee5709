// What a broken or impossible connection means, in words with a cure: by the error codes of Node (sockets, TLS, DNS) and of the library.
// Pure. The words of OpenSSL and of the library tell a reader nothing, and a wrong clock looks like a bad certificate.

export interface LineFault {
  /** Follows the host's name: "imap.office.example offers no STARTTLS". */
  readonly words: string
  readonly hint: string
}

const again = 'a new connection is tried by itself'
const portHint = 'check host, port and security of [mail.imap]'
const caHint =
  'if the server belongs to the office, give its authority in ca_file of [mail.imap]; never switch the check off'
const dialect = 'ask whoever runs the mail server; a proxy or virus scanner in between does this too'

const faults: Readonly<Record<string, LineFault>> = {
  ENOTFOUND: { words: 'is not known to the name service', hint: 'check host in [mail.imap] and the network' },
  EAI_AGAIN: { words: 'cannot be looked up: the name service does not answer', hint: 'check the network' },
  ECONNREFUSED: { words: 'refuses connections', hint: portHint },
  EHOSTUNREACH: { words: 'cannot be reached', hint: 'check the network' },
  ENETUNREACH: { words: 'cannot be reached: there is no network', hint: 'check the network' },
  ECONNRESET: { words: 'cut the line', hint: again },
  EPIPE: { words: 'cut the line', hint: again },
  NoConnection: { words: 'cut the line', hint: again },
  EConnectionClosed: { words: 'cut the line', hint: again },
  ClosedAfterConnectText: { words: 'cut the line before the sign-in was done', hint: portHint },
  ClosedAfterConnectTLS: { words: 'cut the line before the sign-in was done', hint: portHint },
  ETIMEDOUT: { words: 'does not answer', hint: 'check the network, and host and port of [mail.imap]' },
  CONNECT_TIMEOUT: {
    words: 'does not answer, or does not finish the TLS handshake',
    hint: `${portHint}, and the network`,
  },
  UPGRADE_TIMEOUT: { words: 'does not finish the TLS handshake', hint: portHint },
  GREETING_TIMEOUT: {
    words: 'gives no IMAP greeting',
    hint: `${portHint}: port 993 wants "tls", port 143 "starttls"`,
  },
  ETIMEOUT: { words: 'has fallen silent', hint: again },
  ERR_SSL_WRONG_VERSION_NUMBER: { words: 'does not speak TLS on this port', hint: portHint },
  EPROTO: { words: 'and this box cannot agree on TLS', hint: portHint },
  STARTTLS_INJECTION: {
    words: 'sent text between STARTTLS and TLS, as an attacker on the way would (CVE-2011-0411)',
    hint: 'use security = "tls" and port 993; nothing was sent to it',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: { words: 'shows a certificate that nobody vouches for', hint: caHint },
  SELF_SIGNED_CERT_IN_CHAIN: {
    words: 'shows a certificate of an authority that is not known here',
    hint: caHint,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { words: 'does not send the certificate of its authority', hint: caHint },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    words: 'shows a certificate of an authority that is not known here',
    hint: caHint,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    words: 'shows a certificate for another name',
    hint: 'write host in [mail.imap] as it stands in the certificate',
  },
  CERT_REVOKED: { words: 'shows a certificate that was revoked', hint: 'ask whoever runs the mail server' },
  LineTooLarge: { words: 'sent a line without end', hint: dialect },
  LiteralTooLarge: { words: 'announced more octets than a mail may have', hint: dialect },
  ResponseTooLarge: { words: 'sent an answer without end', hint: dialect },
  TooManyTokens: { words: 'sent an answer without end', hint: dialect },
  TooManyResponses: { words: 'sent an answer without end', hint: dialect },
  UnexpectedTag: { words: 'answered a command that was not sent', hint: dialect },
  InvalidResponse: { words: 'gave an answer that is no IMAP', hint: dialect },
  ResponseProcessingFailed: { words: 'gave an answer that is no IMAP', hint: dialect },
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')

/**
 * @param code of the error, upper case as Node and the library write it
 * @param now wall clock, milliseconds since 1970: a certificate is judged by it
 * @returns null if the code says nothing
 */
export function lineFault(code: string, text: string, now: number): LineFault | null {
  const clock = `this box believes that it is ${day(now)} UTC`
  if (code === 'CERT_NOT_YET_VALID')
    return {
      words: `shows a certificate that is not valid yet: ${clock}`,
      hint: 'set the clock: "timedatectl set-ntp true", or "date -s ..." while there is no network time',
    }
  if (code === 'CERT_HAS_EXPIRED')
    return {
      words: `shows a certificate that has expired: ${clock}`,
      hint: 'if the date is right, the server needs a new certificate; if not, set the clock',
    }
  // These two carry no code of their own.
  if (/does not support STARTTLS|STARTTLS is not possible/.test(text))
    return {
      words: 'offers no STARTTLS; the password was not sent',
      hint: 'use security = "tls" and port 993; if it offered STARTTLS before, somebody on the way may have taken it out',
    }
  return faults[code] ?? null
}
