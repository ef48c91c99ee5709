// The access token of the moment, renewed before it ends (RFC 6749 6). IMAP and SMTP ask here, and a command beside the service does too.
// Invariants: one renewal at a time, also among processes; what it gave is on the disk before anybody uses it; a provider that refuses or
// fails is asked seldom; the wall clock is believed only for tokens of an earlier run, and never against the server.
//
// A power cut between the provider's answer and the disk leaves the refresh token of before. Microsoft and Google take it once more. A
// provider that takes each only once refuses it: then the token of before serves until it ends, and a person signs in again.

import { createHash } from 'node:crypto'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import { oneAtATime } from '../../domain/one-at-a-time.ts'
import { log, neverShow } from '../../log.ts'
import type { AskCredential } from './credential.ts'
import { type Grant, type OauthClient, openOauthClient } from './oauth-client.ts'
import type { OauthAccess } from './oauth-providers.ts'
import { inTurnOfProcesses, type SignInLock } from './sign-in-lock.ts'
import { type SignInTrouble, troubleOf } from './sign-in-trouble.ts'
import { readSignIn, type StoredSignIn, signInMark, writeSignIn } from './token-file.ts'

/** A token is renewed so long before its end, or at half of its life: a refusal is then heard while mail can still tell of it. */
const aheadMsMax = 600_000
/** So close to its end a token is not shown any more. */
const marginMsMax = 30_000
/** Where a provider names no life. */
const lifeMsDefault = 1_800_000
/** Waits after a failure without a clear refusal: this, doubled up to the second. */
const failedFirstMs = 5_000
const failedMsMax = 600_000
/** A refusal is asked about once more after this, for administrators take things back. The longest wait that a provider may ask for. */
const refusedMs = 3_600_000
/** While there is trouble a new sign-in is looked for so often. */
const lookMs = 5_000
const restMsMax = 3_600_000
/** A server that refuses each new token gets no newer one before this. */
const refusalMs = 60_000

export interface AccessTokenOptions extends SignInLock {
  readonly access: OauthAccess
  /** Where the sign-in is kept. */
  readonly file: string
  /** Told of each change, and of the first answer, since what an earlier run told may be over. null: all is well. */
  readonly onTrouble?: ((trouble: SignInTrouble | null) => void) | undefined
}

export interface AccessToken {
  /** A token that lives. Throws OAUTH_REFUSED (hold), OAUTH_UNAVAILABLE (temporary), STORE_FAILED (temporary). */
  readonly ask: AskCredential
  /** Renews it now, whatever its age: the proof that the sign-in is alive. Throws as `ask`. */
  renew(): Promise<StoredSignIn>
  /** Renews ahead of need and looks for a new sign-in, until the signal aborts. */
  keepFresh(signal: AbortSignal): Promise<void>
  /** Another one as soon as somebody has signed in anew, or trouble has ended: a reason to try again at once. */
  mark(): string
}

interface Failure {
  /** Of what was refused: another refresh token or secret is asked about at once. */
  readonly key: string
  readonly error: GatewayError
  readonly count: number
  /** Monotonic. */
  readonly since: number
  readonly nextAt: number
}

/** What a provider gave, as it is kept. @param before the sign-in that it renews; null: a new one */
export function signInOf(
  access: OauthAccess,
  grant: Grant,
  before: StoredSignIn | null,
  now: number,
): StoredSignIn {
  const { refreshToken, refreshLifeMs } = grant
  const kept = refreshToken === null && refreshLifeMs === null
  const lives = [refreshLifeMs, before?.refreshTokenLifeMs ?? null].filter((life) => life !== null)
  return {
    version: 1,
    issuer: access.issuer,
    clientId: access.clientId,
    flow: before?.flow ?? access.flow,
    refreshToken: refreshToken ?? before?.refreshToken ?? null,
    refreshTokenEndsAt: kept
      ? (before?.refreshTokenEndsAt ?? null)
      : refreshLifeMs === null
        ? null
        : now + refreshLifeMs,
    refreshTokenLifeMs: lives.length === 0 ? null : Math.max(...lives),
    accessToken: grant.accessToken,
    accessTokenLifeMs: grant.lifeMs ?? lifeMsDefault,
    scopes: grant.scopes ?? before?.scopes ?? null,
    signedInAt: before?.signedInAt ?? now,
    refreshedAt: now,
  }
}

/** The sign-in in the file, if it is one of this config. @throws GatewayError OAUTH_REFUSED if a person has to sign in first */
async function signInFor(access: OauthAccess, file: string): Promise<StoredSignIn | null> {
  const stored = await readSignIn(file)
  const fits = stored?.issuer === access.issuer && stored.clientId === access.clientId
  const byItself = access.flow === 'client-credentials'
  if (stored !== null && fits && (byItself ? stored.flow === access.flow : stored.refreshToken !== null))
    return stored
  if (byItself) return null
  const what =
    stored === null || !fits
      ? `nobody has signed the box in at ${access.name} yet${stored === null ? '' : ' with this provider, tenant and client_id'}`
      : `${access.name} gave no refresh token`
  throw new GatewayError('OAUTH_REFUSED', what, { retry: 'hold', hint: 'simpost login' })
}

function failureAfter(before: Failure | null, key: string, error: GatewayError, now: number): Failure {
  const count = before?.key === key ? before.count + 1 : 1
  const usual =
    error.code === 'OAUTH_REFUSED' ? refusedMs : Math.min(failedFirstMs * 2 ** (count - 1), failedMsMax)
  const wanted = Math.min(Number(error.context.retryAfterMs ?? 0), refusedMs)
  return { key, error, count, since: before?.since ?? now, nextAt: now + Math.max(usual, wanted) }
}

/** Makes the one source of tokens of this process. */
export function createAccessToken({ access, file, lock, clock, onTrouble }: AccessTokenOptions): AccessToken {
  const inTurn = oneAtATime()
  /** The last token that this process got, and when by the clock that does not jump. */
  let own: { readonly token: string; readonly at: number } | null = null
  let refusedToken: string | null = null
  let failure: Failure | null = null
  /** undefined: nobody has asked yet. */
  let trouble: SignInTrouble | null | undefined
  /** What the disk did not take; the refresh token of before may be dead. */
  let unsaved: StoredSignIn | null = null
  let opened: { readonly secret: string | null; readonly client: OauthClient } | null = null
  let recoveries = 0

  const ageOf = ({ accessToken, refreshedAt }: StoredSignIn): number => {
    if (accessToken === own?.token) return clock.monotonic() - own.at
    const age = clock.now() - refreshedAt
    return age < 0 ? Number.POSITIVE_INFINITY : age
  }
  const leftOf = (signIn: StoredSignIn): number =>
    signIn.accessToken === refusedToken ? 0 : signIn.accessTokenLifeMs - ageOf(signIn)
  const lives = (signIn: StoredSignIn): boolean =>
    leftOf(signIn) > Math.min(marginMsMax, signIn.accessTokenLifeMs / 10)
  /** Until it should be renewed. */
  const restOf = (signIn: StoredSignIn): number =>
    leftOf(signIn) - Math.min(aheadMsMax, signIn.accessTokenLifeMs / 2)

  const tell = (now: SignInTrouble | null): void => {
    if (JSON.stringify(now) === JSON.stringify(trouble)) return
    const recovered = now === null && trouble !== undefined
    trouble = now
    if (recovered) {
      recoveries++
      log.info('sign-in-well', { provider: access.name })
    }
    if (now !== null) log.warn('sign-in-trouble', { kind: now.kind, code: now.code, error: now.message })
    onTrouble?.(now)
  }
  const wentWell = (signIn: StoredSignIn): StoredSignIn => {
    const stands = failure !== null && failure.key === keyOf(signIn)
    if (!stands) {
      failure = null
      tell(troubleOf({ access, signIn, now: clock.now() }))
    }
    return signIn
  }
  const keyOf = (signIn: StoredSignIn | null): string =>
    createHash('sha256')
      .update(JSON.stringify([signIn?.refreshToken, access.clientSecret()]))
      .digest('hex')

  const clientNow = async (): Promise<OauthClient> => {
    const secret = access.clientSecret()
    if (opened === null || opened.secret !== secret)
      opened = { secret, client: await openOauthClient(access, clock) }
    return opened.client
  }

  const save = async (signIn: StoredSignIn): Promise<StoredSignIn> => {
    unsaved = signIn
    await writeSignIn(file, signIn)
    unsaved = null
    return signIn
  }

  const request = async (before: StoredSignIn | null): Promise<StoredSignIn> => {
    const client = await clientNow()
    const at = clock.monotonic()
    const grant =
      before === null || before.refreshToken === null || access.flow === 'client-credentials'
        ? await client.clientCredentials()
        : await client.refresh(before.refreshToken)
    own = { token: grant.accessToken, at }
    return signInOf(access, grant, before, clock.now())
  }

  const renewed = (seen: StoredSignIn | null, force: boolean): Promise<StoredSignIn> =>
    inTurnOfProcesses({ lock, clock }, async () => {
      let before = await signInFor(access, file)
      if (unsaved !== null && unsaved.signedInAt === before?.signedInAt) before = await save(unsaved)
      // Another process was quicker, or this one when the disk was full.
      if (before !== null && before.accessToken !== seen?.accessToken && restOf(before) > 0) return before
      const key = keyOf(before)
      if (!force && failure?.key === key && clock.monotonic() < failure.nextAt) throw failure.error
      try {
        const signIn = await save(await request(before))
        failure = null
        return signIn
      } catch (thrown) {
        const error = asGatewayError(thrown)
        opened = null
        failure = failureAfter(failure, key, error, clock.monotonic())
        throw error
      }
    })

  const current = (force: boolean): Promise<StoredSignIn> =>
    inTurn(async () => {
      let stored: StoredSignIn | null = null
      try {
        stored = await signInFor(access, file)
        if (!force && stored !== null && restOf(stored) > 0) return wentWell(stored)
        if (!force && failure?.key === keyOf(stored) && clock.monotonic() < failure.nextAt)
          throw failure.error
        return wentWell(await renewed(stored, force))
      } catch (thrown) {
        const error = asGatewayError(thrown)
        const alive = stored !== null && lives(stored) ? stored : null
        const failedForMs = failure === null ? 0 : clock.monotonic() - failure.since
        const found = troubleOf({ access, error, failedForMs, mailBroken: alive === null })
        if (found !== null) tell(found)
        if (!force && alive !== null) return alive
        throw error
      }
    })

  return {
    ask: async () => {
      const { accessToken: token } = await current(false)
      neverShow(token)
      const refused = (): void => {
        if (own === null || clock.monotonic() - own.at > refusalMs) refusedToken = token
      }
      return { kind: 'token', token, refused }
    },
    renew: () => current(true),
    async keepFresh(signal) {
      while (!signal.aborted) {
        const restMs = await current(false).then(restOf, () => 0)
        await clock.sleep(Math.min(Math.max(restMs, lookMs), restMsMax), signal).catch(() => {})
      }
    },
    mark: () => `${signInMark(file)}/${recoveries}`,
  }
}

function asGatewayError(thrown: unknown): GatewayError {
  return thrown instanceof GatewayError
    ? thrown
    : new GatewayError('INTERNAL', messageOf(thrown), { retry: 'temporary', cause: thrown })
}
