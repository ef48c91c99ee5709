// Signing in to a submission server with an access token: SASL XOAUTH2, the form that Google and Microsoft take.
// Invariant: after a refusal the server's words reach the caller, whichever of the two ways it says them.

export const tokenMethod = 'XOAUTH2'

interface Reply {
  readonly status: number
  readonly response: string
}

interface Dialogue {
  readonly auth: { readonly credentials?: { readonly user?: string; readonly pass?: string } }
  sendCommand(command: string): Promise<Reply>
}

/** For the SMTP library: sends the token; a refusal comes at once, or as a 334 with the reason in base64, which wants an empty answer. */
export async function tokenSignIn({ auth, sendCommand }: Dialogue): Promise<void> {
  const { user = '', pass: token = '' } = auth.credentials ?? {}
  const words = Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`).toString('base64')
  const first = await sendCommand(`AUTH ${tokenMethod} ${words}`)
  const last = first.status === 334 ? await sendCommand('') : first
  if (last.status !== 235) throw new Error('the server refused the token')
}
