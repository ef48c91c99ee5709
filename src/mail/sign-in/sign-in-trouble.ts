// When a sign-in is dying, and how its operator is told: refused, failing for a day, or ending soon by the provider's own word.
// Pure. Invariant: a clock that is or was behind raises no alarm; a box without a battery begins in the past.

import type { ErrorCode, GatewayError } from '../../domain/errors.ts'
import type { OauthAccess } from './oauth-providers.ts'
import type { StoredSignIn } from './token-file.ts'

/** So long a network may be down before anybody hears of it. */
const failingMs = 86_400_000
/** So long before its end a refresh token is spoken of, or at half of its life: some live half an hour, and each renewal gives as much. */
const endingMs = 7 * 86_400_000

export interface SignInTrouble {
  /** `refused`: a person is needed. `failing`: no renewal for a day. `ending`: all works, until the provider ends it. */
  readonly kind: 'refused' | 'failing' | 'ending'
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | null
  /** True: no token is left, so mail neither comes nor goes. */
  readonly mailBroken: boolean
}

interface Well {
  readonly access: OauthAccess
  readonly signIn: StoredSignIn
  /** Milliseconds since 1970. */
  readonly now: number
}

interface Failed {
  readonly access: OauthAccess
  readonly error: GatewayError
  readonly failedForMs: number
  readonly mailBroken: boolean
}

/** What is to be told; null: nothing, or nothing yet. */
export function troubleOf(facts: Well | Failed): SignInTrouble | null {
  return 'error' in facts ? failed(facts) : ending(facts)
}

function failed({ access, error, failedForMs, mailBroken }: Failed): SignInTrouble | null {
  const { code, message, hint = null } = error
  if (error.retry === 'hold') return { kind: 'refused', code, message, hint, mailBroken }
  if (failedForMs < failingMs) return null
  const since = `the sign-in at ${access.name} could not be renewed for a day: ${message}`
  return { kind: 'failing', code, message: since, hint, mailBroken }
}

function ending({ access, signIn, now }: Well): SignInTrouble | null {
  const { refreshTokenEndsAt, refreshTokenLifeMs, refreshedAt } = signIn
  if (refreshTokenEndsAt === null) return null
  const aheadMs = Math.min(endingMs, (refreshTokenLifeMs ?? endingMs * 2) / 2)
  if (refreshTokenEndsAt - now > aheadMs) return null
  // A token that was renewed after its end had an end by a clock that was wrong.
  if (refreshTokenEndsAt <= refreshedAt) return null
  const day = new Date(refreshTokenEndsAt).toISOString().slice(0, 10)
  return {
    kind: 'ending',
    code: 'OAUTH_REFUSED',
    message: `${access.name} ends the sign-in of this box on ${day}`,
    hint: 'simpost login',
    mailBroken: false,
  }
}
