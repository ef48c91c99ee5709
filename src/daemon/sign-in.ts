// How the box signs in to its mail servers: by passwords, or by the token of [mail.oauth] (RFC 6749), which both servers take.
// Invariant: a token that a server refuses is not shown to it again and again; who has to wait for a person learns when one has acted.

import type { Config } from '../config/config.ts'
import { GatewayError } from '../domain/errors.ts'
import type { Clock, MailTransport } from '../domain/ports.ts'
import { type AccessToken, createAccessToken } from '../mail/sign-in/access-token.ts'
import { type AskCredential, type Credential, passwordCredential } from '../mail/sign-in/credential.ts'
import { type OauthAccess, type OauthFlow, resolveOauth } from '../mail/sign-in/oauth-providers.ts'
import type { SignInTrouble } from '../mail/sign-in/sign-in-trouble.ts'
import { tokenFileOf } from '../mail/sign-in/token-file.ts'
import { tryLock } from '../store/database/database.ts'
import { passwordMark } from './hold-memory.ts'

/** The credential of one server. */
export interface ServerSignIn {
  readonly ask: AskCredential
  /** To be called when the server refused what was last shown. */
  readonly refused: () => void
  /** A short mark of what was shown, for the supervisor: another one is a reason to try again; null: there is nothing to show. */
  readonly mark: () => string | null
}

export interface SignIn {
  readonly imap: ServerSignIn
  readonly smtp: ServerSignIn
  /** Keeps the token fresh until the signal aborts; at once where passwords do. */
  keepFresh(signal: AbortSignal): Promise<void>
}

/** Where a sign-in is kept, and how processes take turns with it. */
export interface SignInPlace {
  readonly access: OauthAccess
  readonly file: string
  readonly lock: () => (() => void) | null
}

/**
 * What [mail.oauth] comes to; null: there is none.
 * @param flow instead of the configured one
 * @throws GatewayError CONFIG_INVALID
 */
export function signInPlace({ mail, store }: Config, flow?: OauthFlow): SignInPlace | null {
  if (mail.oauth === null) return null
  const access = resolveOauth(mail.oauth, mail.imap.user, flow)
  const file = tokenFileOf(store.path)
  if (file === null)
    throw new GatewayError(
      'CONFIG_INVALID',
      '[mail.oauth] has no place for tokens beside a database in memory',
      {
        hint: 'set store.path to a file',
      },
    )
  return { access, file, lock: () => tryLock(`${file}.lock`) }
}

/** @throws GatewayError CONFIG_INVALID where [mail.oauth] asks for what its provider does not have */
export function createSignIn(
  config: Config,
  clock: Clock,
  onTrouble?: (trouble: SignInTrouble | null) => void,
): SignIn {
  const { imap, smtp } = config.mail
  const place = signInPlace(config)
  const token = place === null ? null : createAccessToken({ ...place, clock, onTrouble })
  const of = (server: Config['mail']['smtp']): ServerSignIn =>
    token !== null && server.byToken ? byToken(token) : byPassword(server)
  return { imap: of(imap), smtp: of(smtp), keepFresh: async (signal) => token?.keepFresh(signal) }
}

function byPassword({ user, host, password }: Config['mail']['smtp']): ServerSignIn {
  return {
    ask: passwordCredential(password),
    refused: () => {},
    mark: () => passwordMark(`${user}@${host}`, password),
  }
}

function byToken(token: AccessToken): ServerSignIn {
  let last: Credential | null = null
  return {
    ask: async () => {
      last = await token.ask()
      return last
    },
    refused: () => {
      if (last?.kind === 'token') last.refused?.()
    },
    mark: () => token.mark(),
  }
}

/** A transport that hears of a new sign-in as soon as there is one. */
export function watchfulTransport(transport: MailTransport, { mark }: ServerSignIn): MailTransport {
  let tried: string | null = null
  return {
    send: (mail) => {
      tried = mark()
      return transport.send(mail)
    },
    credentialChanged: async () =>
      (tried !== null && mark() !== tried) || (await transport.credentialChanged?.()) === true,
  }
}
