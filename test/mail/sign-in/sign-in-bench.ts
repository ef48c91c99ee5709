// A provider, a place for the sign-in and the source of tokens on top, for one test.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Clock } from '../../../src/domain/ports.ts'
import {
  type AccessToken,
  type AccessTokenOptions,
  createAccessToken,
  signInOf,
} from '../../../src/mail/sign-in/access-token.ts'
import { type OauthClient, openOauthClient } from '../../../src/mail/sign-in/oauth-client.ts'
import { type OauthAccess, resolveOauth } from '../../../src/mail/sign-in/oauth-providers.ts'
import type { SignInTrouble } from '../../../src/mail/sign-in/sign-in-trouble.ts'
import { readSignIn, type StoredSignIn, writeSignIn } from '../../../src/mail/sign-in/token-file.ts'
import { tryLock } from '../../../src/store/database/database.ts'
import {
  allScopes,
  boxClient,
  type OauthProvider,
  type ProviderOptions,
  redirectUri,
  startOauthProvider,
} from '../../support/oauth-provider.ts'
import { realClock } from '../mail-support.ts'

/** Real time that can be set forward, as a wall clock and as a running one. */
export interface ShiftedClock extends Clock {
  /** Added to both. */
  ahead: number
  /** Added to the wall clock alone: a wrong clock. */
  wrong: number
}

export function shiftedClock(): ShiftedClock {
  const real = realClock()
  const clock: ShiftedClock = {
    ahead: 0,
    wrong: 0,
    now: () => real.now() + clock.ahead + clock.wrong,
    monotonic: () => real.monotonic() + clock.ahead,
    sleep: (ms, signal) => real.sleep(ms, signal),
  }
  return clock
}

export const accessAt = (issuer: string, change: Partial<OauthAccess> = {}): OauthAccess => ({
  ...resolveOauth(
    {
      provider: issuer,
      clientId: boxClient,
      clientSecret: () => null,
      tenant: null,
      flow: null,
      scopes: allScopes,
      redirectUri,
    },
    'sms',
  ),
  ...change,
})

export interface SignInBench {
  readonly provider: OauthProvider
  readonly access: OauthAccess
  readonly file: string
  readonly clock: ShiftedClock
  /** What was told, but for a first word that all is well. */
  readonly troubles: (SignInTrouble | null)[]
  client(change?: Partial<OauthAccess>): Promise<OauthClient>
  /** A person signs in with a browser; the sign-in is stored. */
  signIn(): Promise<StoredSignIn>
  stored(): Promise<StoredSignIn>
  /** Another process would have one of its own. */
  tokens(change?: Partial<AccessTokenOptions>): AccessToken
  /** The token that is shown to servers now. */
  shown(tokens: AccessToken): Promise<string>
}

export async function signInBench(t: TestContext, options: ProviderOptions = {}): Promise<SignInBench> {
  const provider = await startOauthProvider(options)
  const folder = mkdtempSync(join(tmpdir(), 'simpost-sign-in-'))
  t.after(async () => {
    await provider.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const file = join(folder, 'simpost.db.sign-in')
  const access = accessAt(provider.issuer)
  const clock = shiftedClock()
  const troubles: (SignInTrouble | null)[] = []
  const client = (change: Partial<OauthAccess> = {}) => openOauthClient({ ...access, ...change }, clock)
  return {
    provider,
    access,
    file,
    clock,
    troubles,
    client,
    async signIn() {
      const request = await (await client()).code()
      const signIn = signInOf(
        access,
        await request.finish(await provider.browse(request.url)),
        null,
        clock.now(),
      )
      await writeSignIn(file, signIn)
      return signIn
    },
    async stored() {
      const signIn = await readSignIn(file)
      if (signIn === null) throw new Error('nobody has signed in')
      return signIn
    },
    tokens: (change = {}) =>
      createAccessToken({
        access,
        file,
        clock,
        lock: () => tryLock(`${file}.lock`),
        onTrouble: (trouble) => {
          if (trouble !== null || troubles.length > 0) troubles.push(trouble)
        },
        ...change,
      }),
    async shown(tokens) {
      const credential = await tokens.ask()
      if (credential?.kind !== 'token') throw new Error('no token')
      return credential.token
    },
  }
}
