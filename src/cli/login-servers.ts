// Shows a token to both mail servers, so that a sign-in that is good for one of them only is found out at once.
// Invariant: no mail is read, moved or sent.

import type { Config } from '../config/config.ts'
import { systemClock } from '../daemon/system-clock.ts'
import { GatewayError, messageOf } from '../domain/errors.ts'
import { openImap } from '../mail/imap/imap-connection.ts'
import { trySmtpSignIn } from '../mail/smtp/smtp-sender.ts'

export interface ServerTest {
  readonly server: 'imap' | 'smtp'
  readonly host: string
  readonly user: string
  /** null: the token was taken. */
  readonly problem: GatewayError | null
}

/** Tests each server that signs in by token. */
export async function testServers(config: Config, token: string): Promise<readonly ServerTest[]> {
  const { imap, smtp } = config.mail
  const credential = async () => ({ kind: 'token', token }) as const
  const problemOf = (work: Promise<unknown>): Promise<GatewayError | null> =>
    work.then(
      () => null,
      (error: unknown) =>
        error instanceof GatewayError
          ? error
          : new GatewayError('INTERNAL', messageOf(error), { cause: error }),
    )
  const tests: Promise<ServerTest>[] = []
  if (imap.byToken) {
    const { host, user } = imap
    const problem = problemOf(tryImap(config, credential))
    tests.push(problem.then((found) => ({ server: 'imap', host, user, problem: found })))
  }
  if (smtp.byToken && smtp.user !== null) {
    const { host, user } = smtp
    const problem = problemOf(trySmtpSignIn({ ...smtp, credential, clock: systemClock }))
    tests.push(problem.then((found) => ({ server: 'smtp', host, user, problem: found })))
  }
  return Promise.all(tests)
}

/** What goes wrong after the server took the token is no matter of the sign-in. */
async function tryImap(
  config: Config,
  credential: Parameters<typeof openImap>[0]['credential'],
): Promise<void> {
  let signedIn = false
  const listener = {
    signedIn: () => {
      signedIn = true
    },
    changed: () => {},
    closed: () => {},
  }
  const access = { ...config.mail.imap, credential, clock: systemClock, maxBytes: 1 }
  try {
    const connection = await openImap(access, listener, AbortSignal.timeout(60_000))
    await connection.logout()
  } catch (error) {
    if (!signedIn) throw error
  }
}
