// Signs in at mail servers as the service does, so that a sign-in that is good for one of them only is found out at once.
// Invariant: no mail is read, moved or sent.

import type { Config } from '../../config/config.ts'
import { systemClock } from '../../daemon/system-clock.ts'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import { openImap } from '../../mail/imap/imap-connection.ts'
import type { Credential } from '../../mail/sign-in/credential.ts'
import { trySmtpSignIn } from '../../mail/smtp/smtp-sender.ts'

/** From the first packet to the end of the sign-in, milliseconds. */
const signInMs = 60_000

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
  const test = async (server: 'imap' | 'smtp', at: SignInServer): Promise<ServerTest> => {
    const problem = await signInProblem(server, at, { kind: 'token', token })
    return { server, host: at.host, user: at.user, problem }
  }
  const { user } = smtp
  return Promise.all([
    ...(imap.byToken ? [test('imap', imap)] : []),
    ...(smtp.byToken && user !== null ? [test('smtp', { ...smtp, user })] : []),
  ])
}

type SignInServer = Pick<Config['mail']['imap'], 'host' | 'port' | 'security' | 'user' | 'ca'>

/** Why a server does not let us in; null: it does. */
export async function signInProblem(
  kind: 'imap' | 'smtp',
  { host, port, security, user, ca }: SignInServer,
  credential: Credential,
): Promise<GatewayError | null> {
  const access = { host, port, security, user, ca, credential: async () => credential, clock: systemClock }
  try {
    await (kind === 'imap' ? tryImap(access) : trySmtpSignIn(access))
    return null
  } catch (error) {
    return error instanceof GatewayError
      ? error
      : new GatewayError('INTERNAL', messageOf(error), { cause: error })
  }
}

/** What goes wrong after the server has let us in is no matter of the sign-in. */
async function tryImap(server: Omit<Parameters<typeof openImap>[0], 'folder' | 'doneFolder' | 'maxBytes'>) {
  let signedIn = false
  const listener = {
    signedIn: () => {
      signedIn = true
    },
    changed: () => {},
    closed: () => {},
  }
  // Every mailbox has it (RFC 9051 5.1).
  const access = { ...server, folder: 'INBOX', doneFolder: '', maxBytes: 1 }
  try {
    const connection = await openImap(access, listener, AbortSignal.timeout(signInMs))
    await connection.logout()
  } catch (error) {
    if (!signedIn) throw error
  }
}
