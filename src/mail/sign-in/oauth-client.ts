// Talks to an OAuth provider; only: openid-client, loaded when the first request is made, since most boxes sign in with a password.
// Device code (RFC 8628), authorization code with PKCE (RFC 7636, RFC 8252) whose redirect a person pastes, client credentials and
// refresh (RFC 6749 4.4, 6), issuer in the answer (RFC 9207).
// Invariants: https only, but for loopback; an answer has a size and a time; no token and no secret appears in an error.

import { GatewayError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'
import { neverShow } from '../../log.ts'
import { oauthError } from './oauth-errors.ts'
import type { OauthAccess } from './oauth-providers.ts'
import { pastedAnswer } from './pasted-address.ts'

const requestTimeoutS = 30
/** Tokens of Microsoft have a few KiB. */
const answerOctetsMax = 1_048_576
/** What a person has to open the page and type the code, where the provider names no time, and at most: no timer counts a year. */
const deviceLifeMs = 900_000
const deviceLifeMsMax = 86_400_000

/** What a provider gave. */
export interface Grant {
  readonly accessToken: string
  /** Of the access token, milliseconds; null: the provider did not say. */
  readonly lifeMs: number | null
  /** null: none, or the one before stays. */
  readonly refreshToken: string | null
  /** Of the refresh token, milliseconds; null: the provider did not say. */
  readonly refreshLifeMs: number | null
  /** null: as asked for. */
  readonly scopes: readonly string[] | null
}

export interface DeviceCode {
  readonly userCode: string
  readonly verificationUri: string
  readonly lifeMs: number
  /** Resolves when the person has signed in elsewhere. Throws OAUTH_REFUSED; OAUTH_UNAVAILABLE if the signal aborts. */
  wait(signal: AbortSignal): Promise<Grant>
}

export interface CodeRequest {
  /** What the person opens. */
  readonly url: string
  /** @param pasted the address at which the browser ended. Throws USAGE if it is none of this sign-in; OAUTH_REFUSED, OAUTH_UNAVAILABLE. */
  finish(pasted: string): Promise<Grant>
}

export interface OauthClient {
  refresh(refreshToken: string): Promise<Grant>
  clientCredentials(): Promise<Grant>
  device(): Promise<DeviceCode>
  code(): Promise<CodeRequest>
}

type Library = typeof import('openid-client')
type Configuration = InstanceType<Library['Configuration']>
type TokenAnswer = Pick<
  Awaited<ReturnType<Library['clientCredentialsGrant']>>,
  'access_token' | 'expires_in' | 'refresh_token' | 'scope'
> & { readonly refresh_token_expires_in?: unknown; readonly refresh_expires_in?: unknown }

const loopback = /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/|$)/

const lifeOf = (seconds: unknown): number | null => {
  const life = Number(seconds ?? Number.NaN)
  return Number.isFinite(life) && life > 0 ? life * 1000 : null
}

function grantOf(answer: TokenAnswer): Grant {
  for (const token of [answer.access_token, answer.refresh_token ?? '']) neverShow(token)
  return {
    accessToken: answer.access_token,
    lifeMs: lifeOf(answer.expires_in),
    refreshToken: answer.refresh_token ?? null,
    // No standard: the names that Google and Keycloak use.
    refreshLifeMs: lifeOf(answer.refresh_token_expires_in ?? answer.refresh_expires_in),
    scopes: answer.scope === undefined ? null : answer.scope.split(' ').filter((scope) => scope !== ''),
  }
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let octets = 0
  for await (const part of response.body ?? []) {
    octets += part.length
    if (octets > answerOctetsMax) throw new Error(`an answer of more than ${answerOctetsMax} octets`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The ID token is left out: nobody asks who signed in, and its times would be held against the clock of a box that may have none. */
function withoutIdToken(text: string): string {
  try {
    const { id_token: _, ...rest } = JSON.parse(text) as Record<string, unknown>
    return JSON.stringify(rest)
  } catch {
    return text
  }
}

/**
 * One request. `redirectUri` is put back as it was sent: the library takes it from the pasted address, to which a browser has added
 * a slash. A challenge in the head (RFC 6750 3) is left out, for the body says more.
 */
function boundedFetch(redirectUri: string) {
  return async (url: string, options: { body?: unknown }): Promise<Response> => {
    if (options.body instanceof URLSearchParams && options.body.has('redirect_uri'))
      options.body.set('redirect_uri', redirectUri)
    const response = await fetch(url, options as RequestInit)
    const text = await boundedText(response)
    const headers = new Headers(response.headers)
    headers.delete('www-authenticate')
    headers.delete('content-encoding')
    headers.delete('content-length')
    const body = withoutIdToken(text)
    return new Response(body === '' ? null : body, { status: response.status, headers })
  }
}

function authentication(library: Library, access: OauthAccess, methods: readonly string[]) {
  const secret = access.clientSecret()
  if (secret === null) return library.None()
  return methods.includes('client_secret_post')
    ? library.ClientSecretPost(secret)
    : library.ClientSecretBasic(secret)
}

/** Presets take the secret in the body; others say what they take, and the header where they do not (Discovery 1.0, 3). */
async function configurationOf(library: Library, access: OauthAccess): Promise<Configuration> {
  const { issuer, endpoints, clientId } = access
  const bounded = boundedFetch(access.redirectUri)
  const insecure = loopback.test(issuer)
  const metadata =
    endpoints === null
      ? (
          await library.discovery(new URL(issuer), clientId, undefined, library.None(), {
            timeout: requestTimeoutS,
            [library.customFetch]: bounded,
            ...(insecure ? { execute: [library.allowInsecureRequests] } : {}),
          })
        ).serverMetadata()
      : {
          issuer,
          authorization_endpoint: endpoints.authorization,
          token_endpoint: endpoints.token,
          ...(endpoints.device === null ? {} : { device_authorization_endpoint: endpoints.device }),
          token_endpoint_auth_methods_supported: ['client_secret_post'],
        }
  const methods = metadata.token_endpoint_auth_methods_supported ?? []
  const made = new library.Configuration(
    metadata,
    clientId,
    undefined,
    authentication(library, access, methods),
  )
  made.timeout = requestTimeoutS
  made[library.customFetch] = bounded
  if (insecure) library.allowInsecureRequests(made)
  return made
}

/**
 * Opens the client; asks the issuer for its endpoints where they are not known.
 * @throws GatewayError OAUTH_UNAVAILABLE, OAUTH_REFUSED
 */
export async function openOauthClient(access: OauthAccess, clock: Clock): Promise<OauthClient> {
  const library = await import('openid-client')
  const told = async <T>(work: () => Promise<T>, ...secrets: string[]): Promise<T> => {
    for (const secret of [access.clientSecret() ?? '', ...secrets]) neverShow(secret)
    try {
      return await work()
    } catch (error) {
      throw oauthError(error, access.name, [access.clientSecret() ?? '', ...secrets])
    }
  }
  const config = await told(() => configurationOf(library, access))
  const scope = access.scopes.join(' ')
  const parameters: Record<string, string> = scope === '' ? {} : { scope }
  return {
    refresh: (token) => told(async () => grantOf(await library.refreshTokenGrant(config, token)), token),
    clientCredentials: () =>
      told(async () => grantOf(await library.clientCredentialsGrant(config, parameters))),
    device: () => told(() => deviceCode({ library, config, access, clock }, parameters)),
    code: () => told(() => codeRequest({ library, config, access, told }, parameters)),
  }
}

interface DeviceParts {
  readonly library: Library
  readonly config: Configuration
  readonly access: OauthAccess
  readonly clock: Clock
}

async function deviceCode(
  { library, config, access, clock }: DeviceParts,
  parameters: Record<string, string>,
): Promise<DeviceCode> {
  if (config.serverMetadata().device_authorization_endpoint === undefined)
    throw new GatewayError('OAUTH_REFUSED', `${access.name} offers no device codes`, {
      retry: 'hold',
      hint: 'simpost login --flow code',
    })
  const answer = await library.initiateDeviceAuthorization(config, parameters)
  const lifeMs = Math.min(lifeOf(answer.expires_in) ?? deviceLifeMs, deviceLifeMsMax)
  const until = clock.monotonic() + lifeMs
  const expired = new GatewayError('OAUTH_REFUSED', 'nobody signed in with the code while it was good', {
    retry: 'hold',
    hint: 'open the address and type the code in time: simpost login; where the page refuses codes: simpost login --flow code',
  })
  return {
    userCode: answer.user_code,
    verificationUri: answer.verification_uri,
    lifeMs,
    async wait(signal) {
      for (;;) {
        if (clock.monotonic() > until) throw expired
        try {
          const left = Math.max(1, Math.ceil(until - clock.monotonic()))
          const limits = AbortSignal.any([signal, AbortSignal.timeout(left)])
          const polled = library.pollDeviceAuthorizationGrant(config, answer, {}, { signal: limits })
          return grantOf(await Promise.race([polled, aborted(limits)]))
        } catch (thrown) {
          const error = oauthError(thrown, access.name, [access.clientSecret() ?? '', answer.device_code])
          // RFC 8628 3.5: a lost connection is no answer; the next question comes an interval later.
          if (error.retry !== 'temporary' || signal.aborted) throw error
        }
      }
    },
  }
}

/** Rejects when the signal aborts: the library looks at it only every five seconds. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

interface CodeParts {
  readonly library: Library
  readonly config: Configuration
  readonly access: OauthAccess
  readonly told: <T>(work: () => Promise<T>, ...secrets: string[]) => Promise<T>
}

async function codeRequest(
  { library, config, access, told }: CodeParts,
  parameters: Record<string, string>,
): Promise<CodeRequest> {
  const verifier = library.randomPKCECodeVerifier()
  const state = library.randomState()
  const url = library.buildAuthorizationUrl(config, {
    ...parameters,
    ...access.authorizationParameters,
    redirect_uri: access.redirectUri,
    code_challenge: await library.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  })
  return {
    url: url.href,
    async finish(pasted) {
      const { issuer } = config.serverMetadata()
      const query = pastedAnswer(pasted, { state, issuer, isPreset: access.endpoints !== null })
      const ended = new URL(access.redirectUri)
      ended.search = query.toString()
      return told(
        async () =>
          grantOf(
            await library.authorizationCodeGrant(config, ended, {
              pkceCodeVerifier: verifier,
              expectedState: state,
            }),
          ),
        verifier,
        query.get('code') ?? '',
      )
    },
  }
}
