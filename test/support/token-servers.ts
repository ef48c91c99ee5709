// Mail servers that ask an OAuth provider about each token: a real Dovecot, and an SMTP server of the package smtp-server (Exim has no
// XOAUTH2). Both end with the test.

import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { type Dovecot, startDovecot } from './dovecot.ts'
import { mailServerClient, type OauthProvider } from './oauth-provider.ts'

/** Its one user is `sms`. */
export async function dovecotBeside(t: TestContext, { issuer }: OauthProvider): Promise<Dovecot> {
  const { id, secret } = mailServerClient
  const introspectionUrl = `${issuer.replace('//', `//${id}:${secret}@`)}/token/introspection`
  const dovecot = await startDovecot({ users: [{ name: 'sms', password: 'none' }], introspectionUrl })
  t.after(() => dovecot.stop())
  return dovecot
}

/**
 * Takes a token that was granted `mail.send`; `shown` tells what it saw, and `mails` how many it took.
 * @param methods what it offers; smtp-server itself knows only XOAUTH2 of the two
 */
export async function smtpBeside(t: TestContext, provider: OauthProvider, methods: readonly string[]) {
  const shown: string[] = []
  const mails: string[] = []
  const server = new SMTPServer({
    authMethods: [...methods],
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onAuth({ method, username = '', accessToken = '', password = '' }, _, done) {
      shown.push(`${method} ${username} ${password}`)
      void provider.scopesOf(accessToken).then((scopes) => {
        if (scopes.includes('mail.send')) done(null, { user: username })
        else done(null, { data: { status: '401', schemes: 'bearer', scope: 'mail.send' } })
      })
    },
    onData(stream, _, done) {
      let raw = ''
      stream.on('data', (part: Buffer) => {
        raw += part.toString()
      })
      stream.on('end', () => {
        mails.push(raw)
        done(null, '2.0.0 Taken')
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise<void>((resolve) => server.close(resolve)))
  return { port: (server.server.address() as AddressInfo).port, shown, mails }
}
