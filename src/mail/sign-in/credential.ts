// What a mail server is shown beside the user name: a password, or an access token of OAuth 2 (RFC 6749, RFC 7628).
// Invariant: it is asked for anew before every sign-in, so that a changed password file or a refreshed token counts at once.

import { GatewayError } from '../../domain/errors.ts'
import { neverShow } from '../../log.ts'

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
    if (password === null) return null
    neverShow(password)
    return { kind: 'password', password }
  }
}

/** What must not appear in any message. */
export function secretIn(credential: Credential | null): string {
  if (credential === null) return ''
  return credential.kind === 'password' ? credential.password : credential.token
}

const tokenHint =
  'simpost login --status tests the sign-in; whoever signs in must be the mailbox itself, and the application needs the permissions for IMAP and SMTP'

/** A refusal as it has to be told: what is wrong with a token is not mended in a password file. */
export function refusalOf(error: GatewayError, credential: Credential | null): GatewayError {
  const { code, message, retry, context } = error
  if (credential?.kind !== 'token' || (code !== 'IMAP_AUTH' && code !== 'SMTP_AUTH')) return error
  return new GatewayError(code, message, { retry, context, hint: tokenHint, cause: error.cause })
}
