// What a mail server is shown beside the user name: a password, or an access token of OAuth 2 (RFC 6749, RFC 7628).
// Invariant: it is asked for anew before every sign-in, so that a changed password file or a refreshed token counts at once.

export type Credential =
  | { readonly kind: 'password'; readonly password: string }
  | {
      readonly kind: 'token'
      readonly token: string
      /** To be called when a server refuses it: it may have died early, and the next one will be another. */
      readonly refused?: () => void
    }

/**
 * The credential of the moment; null if the config holds none.
 * @throws GatewayError if it cannot be had: a file that is not readable, a provider that is out of reach or refuses
 */
export type AskCredential = () => Promise<Credential | null>

/** A password that is read when it is needed. */
export function passwordCredential(read: () => string | null): AskCredential {
  return async () => {
    const password = read()
    return password === null ? null : { kind: 'password', password }
  }
}

/** What must not appear in any message. */
export function secretIn(credential: Credential | null): string {
  if (credential === null) return ''
  return credential.kind === 'password' ? credential.password : credential.token
}
