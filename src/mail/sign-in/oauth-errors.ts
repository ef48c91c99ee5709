// What a failed request to an OAuth provider means (RFC 6749 5.2, RFC 8628 3.5).
// Pure over whatever the library throws. Invariant: only the provider's own refusal ends a sign-in; a network, a broken provider or a
// page that is no answer never does.

import { GatewayError, messageOf } from '../../domain/errors.ts'
import { hideSecrets } from '../../domain/hide-secrets.ts'

const wordsCharsMax = 400

interface Facts {
  /** The error code of the standard; null: the provider gave none. */
  readonly error: string | null
  readonly description: string
  /** HTTP status; null: there was no answer. */
  readonly status: number | null
  readonly retryAfterMs: number | null
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function factsOf(thrown: unknown): Facts {
  const facts: Partial<Record<string, unknown>> =
    typeof thrown === 'object' && thrown !== null ? { ...thrown } : {}
  // The library's own errors carry the answer, or the error that they wrap.
  const cause: unknown = facts.cause ?? (thrown instanceof Error ? thrown.cause : undefined)
  const response = [facts.response, cause].find((part) => part instanceof Response)
  const error = textOf(facts.error)
  const seconds = Number(response?.headers.get('retry-after') ?? Number.NaN)
  return {
    error: error === '' ? null : error,
    description: textOf(facts.error_description),
    status: typeof facts.status === 'number' ? facts.status : (response?.status ?? null),
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null,
  }
}

/** The innermost reasons of a failed connection: "fetch failed" alone helps nobody. */
function reasonsOf(thrown: unknown): string {
  const said: string[] = []
  let at: unknown = thrown
  for (let depth = 0; at !== undefined && at !== null && depth < 6; depth++) {
    const code = textOf((at as { code?: unknown }).code)
    const words = at instanceof Response ? `HTTP ${at.status}` : at instanceof Error ? at.message : ''
    const line = words === '' ? code : words
    if (line !== '' && !said.includes(line)) said.push(line)
    at = at instanceof Error ? (at.cause ?? (at instanceof AggregateError ? at.errors[0] : undefined)) : null
  }
  return said.join(': ')
}

/** The provider answered, and asks for nothing but patience. */
const passing = new Set(['temporarily_unavailable', 'server_error', 'slow_down', 'authorization_pending'])

/**
 * What helps, by the provider's words; the first that fits. AADSTS numbers are those of "Microsoft Entra authentication and
 * authorization error codes".
 */
const cures: readonly (readonly [RegExp, string])[] = [
  [
    /AADSTS(?:50199|53000|53001|53002|53003|53004|530\d{2,3})\b/,
    'the organisation blocks this way to sign in (Conditional Access), often the device code: simpost login --flow code, or ask its administrator',
  ],
  [
    /AADSTS7000218\b/,
    'allow public client flows for the application (Authentication, "Allow public client flows")',
  ],
  [
    /AADSTS70002(?:15|22)\b|invalid_client/,
    'make a new client secret at the provider and put it into client_secret_file of [mail.oauth]; check client_id',
  ],
  [
    /AADSTS(?:50194|50020|90002|700016)\b/,
    'set tenant in [mail.oauth] to the "Directory (tenant) ID" of the application, and check client_id',
  ],
  [
    /AADSTS(?:65001|90094)\b|consent_required/,
    'let an administrator consent to the permissions of the application, then: simpost login',
  ],
  [/invalid_scope/, 'check scopes of [mail.oauth] and the permissions of the application'],
  [
    /redirect_uri|AADSTS50011\b/,
    'register the redirect_uri of [mail.oauth] for the application at the provider (default: http://localhost)',
  ],
  [
    /expired_token/,
    'open the address and type the code in time: simpost login; where the page refuses codes: simpost login --flow code',
  ],
  [
    /unauthorized_client|unsupported_grant_type/,
    'allow this flow for the application at the provider, or name another: simpost login --flow code',
  ],
]

function hidden(text: string, secrets: readonly string[]): string {
  const plain = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()
  return hideSecrets(plain, secrets).slice(0, wordsCharsMax)
}

/**
 * Turns a failure into the program's error: OAUTH_REFUSED (`hold`) if the provider says no, else OAUTH_UNAVAILABLE (`temporary`). In
 * the context of the error, `retryAfterMs` is how long the provider wants to be left alone.
 * @param provider its name
 * @param secrets values that must not appear in the message
 */
export function oauthError(thrown: unknown, provider: string, secrets: readonly string[]): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const { error, description, status, retryAfterMs } = factsOf(thrown)
  const context = { provider, error, status, retryAfterMs }
  const refused =
    error !== null && !passing.has(error) && (status === null || (status < 500 && status !== 429))
  if (refused) {
    const words = description === '' ? error : `${description} (${error})`
    return new GatewayError('OAUTH_REFUSED', `${provider} refuses the sign-in: ${hidden(words, secrets)}`, {
      retry: 'hold',
      hint: cures.find(([pattern]) => pattern.test(words))?.[1] ?? 'simpost login',
      context,
    })
  }
  const words = error === null ? reasonsOf(thrown) || messageOf(thrown) : `${description} (${error})`
  const clock = /not yet valid|CERT_NOT_YET_VALID|CERT_HAS_EXPIRED|certificate has expired/.test(words)
  return new GatewayError(
    'OAUTH_UNAVAILABLE',
    `${provider} cannot be asked for a token: ${hidden(words, secrets)}`,
    {
      retry: 'temporary',
      hint: clock
        ? 'check the date of this box: timedatectl'
        : 'check the network and provider of [mail.oauth]; it is tried again by itself',
      context,
    },
  )
}
