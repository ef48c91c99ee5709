// Signing in to a submission server with an access token: SASL OAUTHBEARER (RFC 7628), or XOAUTH2, its forerunner, which is all that
// Google and Microsoft take.
// Invariant: after a refusal the server's words reach the caller, whichever of the two ways it says them.

/** No name of SASL: for one that it knows, the library would take the first method that the server offers, and show the token as a password. */
export const tokenMethod = 'TOKEN'

interface Reply {
  readonly status: number
  readonly response: string
}

interface Dialogue {
  readonly auth: { readonly credentials?: { readonly user?: string; readonly pass?: string } }
  /** What the server offers, of what the library knows; it does not know OAUTHBEARER. */
  readonly authMethods: readonly string[]
  sendCommand(command: string): Promise<Reply>
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** For the SMTP library: shows the token. A refusal comes at once, or as a 334 with its reason in base64, which wants an answer first. */
export async function tokenSignIn({ auth, authMethods, sendCommand }: Dialogue): Promise<void> {
  const { user = '', pass: token = '' } = auth.credentials ?? {}
  // RFC 5801 4.
  const name = user.replaceAll('=', '=3D').replaceAll(',', '=2C')
  const [command, farewell] = authMethods.includes('XOAUTH2')
    ? [`AUTH XOAUTH2 ${base64(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`)}`, '']
    : [`AUTH OAUTHBEARER ${base64(`n,a=${name},\u0001auth=Bearer ${token}\u0001\u0001`)}`, 'AQ==']
  const first = await sendCommand(command)
  const last = first.status === 334 ? await sendCommand(farewell) : first
  // The library writes its own code into what is thrown here, and adds the server's words.
  if (last.status !== 235) throw new Error('the server refused the token')
}
