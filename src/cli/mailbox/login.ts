// `simpost login`: signs the box in at an OAuth provider, on a machine that may have neither screen nor browser. The running service finds
// the new sign-in by itself. `--status`: renews it, which is the only proof that it is alive.
// Invariant: the old sign-in stays until a new one is there, whole; no token is printed.

import { createInterface } from 'node:readline/promises'
import { type Config, readConfig } from '../../config/config.ts'
import { type SignInPlace, signInPlace } from '../../daemon/sign-in.ts'
import { systemClock } from '../../daemon/system-clock.ts'
import { GatewayError } from '../../domain/errors.ts'
import { configureLog } from '../../log.ts'
import { createAccessToken, signInOf } from '../../mail/sign-in/access-token.ts'
import { type Grant, type OauthClient, openOauthClient } from '../../mail/sign-in/oauth-client.ts'
import type { OauthFlow } from '../../mail/sign-in/oauth-providers.ts'
import { inTurnOfProcesses } from '../../mail/sign-in/sign-in-lock.ts'
import { readSignIn, type StoredSignIn, writeSignIn } from '../../mail/sign-in/token-file.ts'
import { isWell, type LoginReport, printReport } from './login-report.ts'
import { testServers } from './login-servers.ts'

/** A wrong paste may be mended. */
const pastesMax = 3

interface Options {
  readonly config: string
  readonly json?: boolean
  readonly flow?: OauthFlow
  readonly status?: boolean
}

export async function login(options: Options): Promise<void> {
  configureLog('error', () => {})
  const config = readConfig(options.config)
  const place = placeOf(config, options.flow)
  const report = options.status === true ? await look(config, place) : await signInNow(config, place)
  printReport(report, options.json === true)
  if (!isWell(report)) process.exitCode = 1
}

function placeOf(config: Config, flow: OauthFlow | undefined): SignInPlace {
  const usual = signInPlace(config)
  const place = flow === undefined ? usual : signInPlace(config, flow)
  if (usual === null || place === null)
    throw new GatewayError(
      'CONFIG_INVALID',
      `${config.file} has no [mail.oauth]: the box signs in with passwords`,
      {
        hint: 'add [mail.oauth] with provider = "microsoft", "google" or an address, and client_id; README.md, "Sign in with Microsoft 365 or Google"',
      },
    )
  const byItself = 'client-credentials'
  if ((usual.access.flow === byItself) !== (place.access.flow === byItself))
    throw new GatewayError(
      'USAGE',
      `the service would not renew a sign-in by the flow "${place.access.flow}"`,
      {
        hint: `set flow = "${place.access.flow}" in [mail.oauth]`,
      },
    )
  return place
}

/** Renews what is there. */
async function look(config: Config, place: SignInPlace): Promise<LoginReport> {
  const { access, file } = place
  try {
    const signIn = await createAccessToken({ ...place, clock: systemClock }).renew()
    return { access, signIn, servers: await testServers(config, signIn.accessToken), problem: null }
  } catch (problem) {
    if (!(problem instanceof GatewayError)) throw problem
    const signIn = await readSignIn(file).catch(() => null)
    return { access, signIn, servers: [], problem }
  }
}

async function signInNow(config: Config, place: SignInPlace): Promise<LoginReport> {
  const { access } = place
  // Before a person takes pains: whether the place can be written.
  place.lock()?.()
  const stop = new AbortController()
  const stopped = (): void => stop.abort()
  process.once('SIGINT', stopped)
  try {
    const client = await openOauthClient(access, systemClock)
    const grant = await grantFor(client, place, config.mail.imap.user, stop)
    const signIn = await keep(place, grant)
    return { access, signIn, servers: await testServers(config, signIn.accessToken), problem: null }
  } catch (error) {
    if (!stop.signal.aborted) throw error
    throw new GatewayError('USAGE', 'stopped; the sign-in of before is untouched', { hint: 'simpost login' })
  } finally {
    process.off('SIGINT', stopped)
  }
}

async function keep({ access, file, lock }: SignInPlace, grant: Grant): Promise<StoredSignIn> {
  if (access.flow !== 'client-credentials' && grant.refreshToken === null)
    throw new GatewayError(
      'OAUTH_REFUSED',
      `${access.name} gave no refresh token, so the sign-in would end within the hour`,
      {
        retry: 'hold',
        hint: 'ask for "offline_access" in scopes of [mail.oauth], and let the application have it at the provider',
      },
    )
  return inTurnOfProcesses({ lock, clock: systemClock }, async () => {
    const signIn = signInOf(access, grant, null, systemClock.now())
    await writeSignIn(file, signIn)
    return signIn
  })
}

/** What a person has to do is said on standard error, so that --json stays JSON. */
const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

async function grantFor(
  client: OauthClient,
  { access }: SignInPlace,
  user: string,
  stop: AbortController,
): Promise<Grant> {
  if (access.flow === 'client-credentials') return client.clientCredentials()
  say(`Sign in at ${access.name} as ${user}: the mailbox of the box, not yourself.\n`)
  if (access.flow === 'code') return byPaste(client, stop)
  const code = await client.device()
  say(`  1. on any device, open   ${code.verificationUri}`)
  say(`  2. type the code         ${code.userCode}\n`)
  say(`Waiting, ${Math.round(code.lifeMs / 60_000)} minutes at most; Ctrl-C stops.`)
  return code.wait(stop.signal)
}

async function byPaste(client: OauthClient, stop: AbortController): Promise<Grant> {
  const request = await client.code()
  say(`  1. on any device, open this address and sign in:\n\n${request.url}\n`)
  say('  2. The browser ends at a page that cannot be opened. Copy its whole address from the address bar.\n')
  // On a terminal the reader takes a line of any length, which the terminal itself would cut at 4095 characters.
  const reader = createInterface({
    input: process.stdin,
    output: process.stderr,
    terminal: process.stdin.isTTY === true,
  })
  reader.on('SIGINT', () => stop.abort())
  const lines = reader[Symbol.asyncIterator]()
  const aborted = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
  })
  aborted.catch(() => {})
  try {
    for (let tries = 1; ; tries++) {
      process.stderr.write('Paste it here: ')
      const { value, done } = await Promise.race([lines.next(), aborted])
      if (done === true) throw new GatewayError('USAGE', 'nothing was pasted', { hint: 'simpost login' })
      const outcome = await finished(request.finish(value))
      if (!(outcome instanceof GatewayError)) return outcome
      if (outcome.code !== 'USAGE' || tries === pastesMax) throw outcome
      say(`${outcome.message}\nTry: ${outcome.hint ?? ''}`)
    }
  } finally {
    reader.close()
  }
}

const finished = (grant: Promise<Grant>): Promise<Grant | GatewayError> =>
  grant.catch((error: unknown) => {
    if (error instanceof GatewayError) return error
    throw error
  })
