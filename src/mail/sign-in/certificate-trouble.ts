// Why no secure line to a mail server came about, in words and with the cure: its certificate (RFC 5280, RFC 9525) or the version of
// TLS. Pure, over the codes of OpenSSL and Node. Invariant: no password or token is shown to a server of which one of these is true.

/** The words, and what the reader can do. */
export interface CertificateTrouble {
  readonly said: string
  readonly hint: string
}

const clock = 'set it (timedatectl set-ntp true) and wait until it is right'
const ownAuthority =
  'if the office has its own authority, name its certificate in ca_file; else ask whoever runs the server'

type Trouble = (host: string, today: string) => CertificateTrouble

const notTrusted: Trouble = (host) => ({
  said: `the certificate of ${host} is signed by nobody that this box trusts`,
  hint: ownAuthority,
})
const selfSigned: Trouble = (host) => ({
  said: `the certificate of ${host} is signed by itself`,
  hint: ownAuthority,
})
const otherName: Trouble = (host) => ({
  said: `the certificate of the server is not for ${host}`,
  hint: 'write the host as the certificate names it, which is as the provider writes it',
})
const oldTls: Trouble = (host) => ({
  said: `${host} speaks no TLS 1.2 or newer`,
  hint: 'ask whoever runs the server for TLS 1.2; older versions are broken and are not spoken',
})

const troubles: Readonly<Record<string, Trouble>> = {
  // A box without a clock battery starts in the past.
  CERT_NOT_YET_VALID: (host, today) => ({
    said: `the certificate of ${host} is not valid yet; the clock of this box says ${today}`,
    hint: `if the clock is wrong, ${clock}`,
  }),
  CERT_HAS_EXPIRED: (host, today) => ({
    said: `the certificate of ${host} has expired; the clock of this box says ${today}`,
    hint: `ask whoever runs the server for a new certificate; or, if the clock is wrong, ${clock}`,
  }),
  ERR_TLS_CERT_ALTNAME_INVALID: otherName,
  HOSTNAME_MISMATCH: otherName,
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: notTrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: notTrusted,
  UNABLE_TO_GET_ISSUER_CERT: notTrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: notTrusted,
  CERT_UNTRUSTED: notTrusted,
  CERT_REVOKED: (host) => ({
    said: `the certificate of ${host} was revoked`,
    hint: 'ask whoever runs the server for a new certificate',
  }),
  ERR_SSL_UNSUPPORTED_PROTOCOL: oldTls,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: oldTls,
  ERR_SSL_WRONG_VERSION_NUMBER: (host) => ({
    said: `${host} does not speak TLS on this port`,
    hint: 'set port and security as the provider says: "tls" speaks TLS at once, "starttls" asks for it first',
  }),
}

/**
 * @param code of the error that Node threw, such as CERT_HAS_EXPIRED
 * @param now wall clock of the box, milliseconds since 1970
 * @returns null if the error is about something else
 */
export function certificateTrouble(code: string, host: string, now: number): CertificateTrouble | null {
  const trouble = Object.hasOwn(troubles, code) ? troubles[code] : undefined
  return trouble?.(host, new Date(now).toISOString().slice(0, 10)) ?? null
}
