// A real OpenID provider for one test (the package oidc-provider) on a free port of 127.0.0.1, and the browser of the person who signs in.
// It takes each refresh token once: a second use ends the sign-in, which is the strictest that a provider may be (RFC 9700 4.14.2).
// In front of it stands a door that can be closed, or answer for it.

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

/** What the door says instead of the provider. */
export interface Fault {
  readonly status: number
  readonly body: string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The provider does its work all the same. */
  readonly afterWork?: boolean
  /** Nothing is said at all. */
  readonly silent?: boolean
}

export interface OauthProvider {
  readonly issuer: string
  /** Requests for tokens that reached the door. */
  readonly requests: () => number
  /** Who signs in, and what he agrees to; null: he refuses. */
  consent: { readonly account: string; readonly scopes: readonly string[] } | null
  /** For requests for tokens; null: none. */
  fault: Fault | null
  /** Opens an address as a browser does and goes through sign-in and consent. @returns where the browser ends outside of the provider */
  browse(url: string): Promise<string>
  /** Types a device code in another browser. */
  typeCode(verificationUri: string, userCode: string): Promise<void>
  /** The administrator takes the consent back. */
  revoke(refreshToken: string): Promise<void>
  isAlive(accessToken: string): Promise<boolean>
  scopesOf(accessToken: string): Promise<string[]>
  /** Refuses connections until `open`. */
  close(): Promise<void>
  open(): Promise<void>
}

export interface ProviderOptions {
  readonly accessTokenSeconds?: number
  readonly refreshTokenSeconds?: number
  /** False: a refresh token stays good, as those of Google and Microsoft do. Default: each is good once. */
  readonly rotate?: boolean
}

export const allScopes = ['openid', 'offline_access', 'mail.imap', 'mail.send']
export const boxClient = 'box'
export const daemonClient = { id: 'daemon', secret: 'daemon secret/+&' }
export const mailServerClient = { id: 'mail-server', secret: 'introspection' }
export const redirectUri = 'http://localhost'

function configuration(options: ProviderOptions) {
  const { accessTokenSeconds = 3600, refreshTokenSeconds = 86_400, rotate = true } = options
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    clients: [
      {
        client_id: boxClient,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      },
      {
        client_id: daemonClient.id,
        client_secret: daemonClient.secret,
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      },
      {
        client_id: mailServerClient.id,
        client_secret: mailServerClient.secret,
        redirect_uris: [],
        response_types: [],
        grant_types: [],
      },
    ],
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
    },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    scopes: allScopes,
    rotateRefreshToken: rotate,
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig' }] },
    cookies: { keys: ['only for tests'] },
    ttl: {
      AccessToken: accessTokenSeconds,
      ClientCredentials: accessTokenSeconds,
      RefreshToken: refreshTokenSeconds,
      Grant: 86_400,
      Session: 86_400,
      Interaction: 600,
      DeviceCode: 600,
      IdToken: 600,
    },
  }
}

/** Starts it. `stop` is for t.after. */
export async function startOauthProvider(
  options: ProviderOptions = {},
): Promise<OauthProvider & { stop(): Promise<void> }> {
  let provider: Provider | null = null
  let requests = 0
  const door = createServer((request, response) => void serve(request, response))
  await listening(door, 0)
  const { port } = door.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  provider = new Provider(issuer, configuration(options))
  const real = provider
  const handle = real.callback()

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    if (path.startsWith('/interaction/')) return interact(request, response)
    if (path.startsWith('/token') && !path.startsWith('/token/')) {
      requests++
      if (self.fault !== null) return faulty(request, response, self.fault)
    }
    handle(request, response)
  }

  function faulty(request: IncomingMessage, response: ServerResponse, fault: Fault): void {
    const say = (): void => {
      if (fault.silent === true) return
      response.removeHeader('content-length')
      response.writeHead(fault.status, { 'content-type': fault.type ?? 'text/html', ...fault.headers })
      response.end(fault.body)
    }
    if (fault.afterWork !== true) return say()
    const silent = Object.create(response) as ServerResponse
    // The provider writes into the void, and the client hears the fault.
    Object.assign(silent, { end: say, write: () => true, writeHead: () => silent, setHeader: () => silent })
    handle(request, silent)
  }

  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session } = await real.interactionDetails(request, response)
    const { consent } = self
    if (consent === null)
      return real.interactionFinished(request, response, {
        error: 'access_denied',
        error_description: 'AADSTS53003: Access has been blocked by Conditional Access policies.',
      })
    if (prompt.name === 'login')
      return real.interactionFinished(request, response, { login: { accountId: consent.account } })
    const grant = new real.Grant({
      accountId: session?.accountId ?? consent.account,
      clientId: params.client_id,
    })
    grant.addOIDCScope(consent.scopes.join(' '))
    const asked = (params.scope ?? '').split(' ')
    grant.rejectOIDCScope(asked.filter((scope) => !consent.scopes.includes(scope)).join(' '))
    return real.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  }

  const self: OauthProvider & { stop(): Promise<void> } = {
    issuer,
    requests: () => requests,
    consent: { account: 'sms', scopes: allScopes },
    fault: null,
    browse: (url) => browserOf(issuer).open(url),
    async typeCode(verificationUri, userCode) {
      const browser = browserOf(issuer)
      const page = await browser.page(verificationUri)
      const confirm = await browser.submit(page, verificationUri, { user_code: userCode })
      await browser.submit(confirm, verificationUri, { user_code: userCode, confirm: 'yes' })
    },
    async revoke(refreshToken) {
      const token = await real.RefreshToken.find(refreshToken)
      assert.ok(token !== undefined, 'there is no such refresh token')
      await (await real.Grant.find(token.grantId))?.destroy()
    },
    isAlive: async (accessToken) => (await real.AccessToken.find(accessToken))?.isValid === true,
    scopesOf: async (accessToken) => ((await real.AccessToken.find(accessToken))?.scope ?? '').split(' '),
    close: () => closed(door),
    open: () => listening(door, port),
    stop: () => (door.listening ? closed(door) : Promise.resolve()),
  }
  return self
}

function listening(door: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    door.once('error', reject)
    door.listen(port, '127.0.0.1', () => {
      door.off('error', reject)
      resolve()
    })
  })
}

function closed(door: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    door.close(() => resolve())
    door.closeAllConnections()
  })
}

/** A browser without a screen: cookies, redirects, forms. */
function browserOf(issuer: string) {
  const cookies = new Map<string, string>()
  const request = async (url: string, form?: Record<string, string>): Promise<Response> => {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    return response
  }
  /** Follows redirects until one leads away, or a page is shown. */
  const follow = async (first: Response): Promise<{ readonly url: string; readonly text: string }> => {
    let response = first
    for (let steps = 0; steps < 20; steps++) {
      const next = response.headers.get('location')
      if (next === null) return { url: response.url, text: await response.text() }
      const url = new URL(next, issuer).href
      if (!url.startsWith(issuer)) return { url: next, text: '' }
      response = await request(url)
    }
    throw new Error('the provider leads the browser in a circle')
  }
  return {
    open: async (url: string): Promise<string> => (await follow(await request(url))).url,
    page: async (url: string): Promise<string> => (await follow(await request(url))).text,
    async submit(page: string, url: string, fields: Record<string, string>): Promise<string> {
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1]
      assert.ok(xsrf !== undefined, `no form here: ${page.slice(0, 300)}`)
      return (await follow(await request(url, { xsrf, ...fields }))).text
    },
  }
}
