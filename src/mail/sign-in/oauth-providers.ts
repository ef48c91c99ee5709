// Where an OAuth 2 sign-in takes place and what is asked for there (RFC 6749): Microsoft, Google, or any OpenID provider by its address.
// Pure. The facts of the two are from their documentation, as of November 2026; neither can be reached from the tests.
// Invariant: what a provider cannot do is said before anything is sent to it.

import { GatewayError } from '../../domain/errors.ts'

/** How a person, or nobody, takes part: a code typed elsewhere (RFC 8628), a browser (RFC 8252), the program alone (RFC 6749 4.4). */
export type OauthFlow = 'device' | 'code' | 'client-credentials'

/** `[mail.oauth]` as the config gives it; null: not given. */
export interface OauthSettings {
  /** "microsoft", "google", or the issuer's address. */
  readonly provider: string
  readonly clientId: string
  /** Asked anew before every request. */
  readonly clientSecret: () => string | null
  readonly tenant: string | null
  readonly flow: OauthFlow | null
  readonly scopes: readonly string[] | null
  readonly redirectUri: string
}

export interface OauthEndpoints {
  readonly authorization: string
  readonly token: string
  readonly device: string | null
}

/** A sign-in that is settled in all that can be known before it begins. */
export interface OauthAccess {
  /** For messages: "Microsoft". */
  readonly name: string
  readonly issuer: string
  /** null: the issuer publishes them (OpenID Connect Discovery 1.0). */
  readonly endpoints: OauthEndpoints | null
  readonly flow: OauthFlow
  readonly scopes: readonly string[]
  /** Added to the address that a person opens. */
  readonly authorizationParameters: Readonly<Record<string, string>>
  readonly clientId: string
  readonly clientSecret: () => string | null
  readonly redirectUri: string
}

interface Preset {
  readonly name: string
  readonly issuer: string
  readonly endpoints: OauthEndpoints | null
  /** What each flow asks for, the usual flow first; a flow that is missing gives no token for mail. */
  readonly scopes: Readonly<Partial<Record<OauthFlow, readonly string[]>>>
  readonly authorizationParameters: Readonly<Record<string, string>>
}

/** For applications of one's own organisation and of others, and for personal accounts. */
const anyTenant = 'common'

/**
 * "Authenticate an IMAP, POP or SMTP connection using OAuth": delegated permissions of Exchange Online by full name; an application
 * without a person asks for all that an administrator gave it. Refresh tokens live 90 days from their last use.
 */
function microsoft(tenant: string | null): Preset {
  const home = `https://login.microsoftonline.com/${encodeURIComponent(tenant ?? anyTenant)}`
  const person = [
    'https://outlook.office.com/IMAP.AccessAsUser.All',
    'https://outlook.office.com/SMTP.Send',
    'offline_access',
  ]
  return {
    name: 'Microsoft',
    issuer: `${home}/v2.0`,
    endpoints: {
      authorization: `${home}/oauth2/v2.0/authorize`,
      token: `${home}/oauth2/v2.0/token`,
      device: `${home}/oauth2/v2.0/devicecode`,
    },
    scopes: {
      device: person,
      code: person,
      'client-credentials': ['https://outlook.office365.com/.default'],
    },
    authorizationParameters: {},
  }
}

/**
 * One scope stands for IMAP and SMTP. "OAuth 2.0 for TV and Limited-Input Device Applications" lists the scopes of the device flow, and
 * mail is not among them. A refresh token comes only for `access_type=offline`, and again only for `prompt=consent`.
 */
const google: Preset = {
  name: 'Google',
  issuer: 'https://accounts.google.com',
  endpoints: {
    authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    device: null,
  },
  scopes: { code: ['https://mail.google.com/'] },
  authorizationParameters: { access_type: 'offline', prompt: 'consent' },
}

/** Any provider with a discovery document; it gives a refresh token to whoever asks for offline_access and is asked for consent. */
function byAddress(issuer: string): Preset {
  const person = ['openid', 'offline_access']
  return {
    name: new URL(issuer).host,
    issuer,
    endpoints: null,
    scopes: { device: person, code: person, 'client-credentials': [] },
    authorizationParameters: { prompt: 'consent' },
  }
}

function presetOf({ provider, tenant }: OauthSettings): Preset {
  if (provider === 'microsoft') return microsoft(tenant)
  return provider === 'google' ? google : byAddress(provider)
}

const wrong = (what: string, hint: string): GatewayError =>
  new GatewayError('CONFIG_INVALID', `[mail.oauth]: ${what}`, { hint, retry: 'hold' })

/**
 * Settles how to sign in.
 * @param flow instead of the configured one
 * @param user whom the provider is told to expect
 * @throws GatewayError CONFIG_INVALID where the provider or the config does not allow the flow
 */
export function resolveOauth(settings: OauthSettings, user: string, flow = settings.flow): OauthAccess {
  const preset = presetOf(settings)
  const possible = Object.keys(preset.scopes) as OauthFlow[]
  const chosen = flow ?? possible[0] ?? 'code'
  const scopes = preset.scopes[chosen]
  if (scopes === undefined)
    throw wrong(
      `${preset.name} gives no token for mail by the flow "${chosen}"`,
      `set flow = "${possible.join('" or "')}" in [mail.oauth], or call simpost login --flow ${possible[0]}`,
    )
  if (chosen === 'client-credentials') {
    if (settings.clientSecret() === null)
      throw wrong(
        'the flow "client-credentials" needs the secret of the application',
        'set client_secret_file in [mail.oauth]',
      )
    if (settings.provider === 'microsoft' && settings.tenant === null)
      throw wrong(
        'the flow "client-credentials" needs the tenant of the application',
        'set tenant in [mail.oauth] to the "Directory (tenant) ID" of the application',
      )
  }
  return {
    name: preset.name,
    issuer: preset.issuer,
    endpoints: preset.endpoints,
    flow: chosen,
    scopes: settings.scopes ?? scopes,
    authorizationParameters: { ...preset.authorizationParameters, login_hint: user },
    clientId: settings.clientId,
    clientSecret: settings.clientSecret,
    redirectUri: settings.redirectUri,
  }
}

/** Scopes that stand for no permission, so that providers leave them out of what they name as granted. */
const noPermission = new Set(['offline_access', 'openid', 'profile', 'email'])

/**
 * What was asked for and not granted. A provider that names nothing has granted all (RFC 6749 5.1).
 * @param granted null: the provider named nothing
 */
export function missingScopes(asked: readonly string[], granted: readonly string[] | null): string[] {
  if (granted === null) return []
  const has = new Set(granted.map((scope) => scope.toLowerCase()))
  return asked.filter(
    (scope) => !noPermission.has(scope) && !scope.endsWith('/.default') && !has.has(scope.toLowerCase()),
  )
}
