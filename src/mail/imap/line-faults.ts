// What a broken or impossible connection means, in words with a cure: by the error codes of Node (sockets, DNS) and of the library.
// Pure. The words of the library tell a reader nothing. Certificates and TLS: sign-in/certificate-trouble.ts.

export interface LineFault {
  /** Follows the host's name: "imap.office.example offers no STARTTLS". */
  readonly words: string
  readonly hint: string
}

const again = 'a new connection is tried by itself'
const portHint = 'check host, port and security of [mail.imap]'
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
  EPROTO: { words: 'and this box cannot agree on TLS', hint: portHint },
  STARTTLS_INJECTION: {
    words: 'sent text between STARTTLS and TLS, as an attacker on the way would (CVE-2011-0411)',
    hint: 'use security = "tls" and port 993; nothing was sent to it',
  },
  LineTooLarge: { words: 'sent a line without end', hint: dialect },
  LiteralTooLarge: { words: 'announced more octets than a mail may have', hint: dialect },
  ResponseTooLarge: { words: 'sent an answer without end', hint: dialect },
  TooManyTokens: { words: 'sent an answer without end', hint: dialect },
  TooManyResponses: { words: 'sent an answer without end', hint: dialect },
  UnexpectedTag: { words: 'answered a command that was not sent', hint: dialect },
  InvalidResponse: { words: 'gave an answer that is no IMAP', hint: dialect },
  ResponseProcessingFailed: { words: 'gave an answer that is no IMAP', hint: dialect },
}

/**
 * @param code of the error, upper case as Node and the library write it
 * @returns null if neither the code nor the text says anything
 */
export function lineFault(code: string, text: string): LineFault | null {
  // These two carry no code of their own.
  if (/does not support STARTTLS|STARTTLS is not possible/.test(text))
    return {
      words: 'offers no STARTTLS; the password was not sent',
      hint: 'use security = "tls" and port 993; if it offered STARTTLS before, somebody on the way may have taken it out',
    }
  return faults[code] ?? null
}
