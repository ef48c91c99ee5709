// The three ways to sign in, against a real provider: what is sent, what comes back, and what is said when it does not.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allScopes, daemonClient } from '../../support/oauth-provider.ts'
import { signInBench } from './sign-in-bench.ts'

test('the authorization code flow ends with a token for what the person agreed to, and a refresh token', async (t) => {
  const bench = await signInBench(t)
  const request = await (await bench.client()).code()
  const url = new URL(request.url)
  assert.equal(url.searchParams.get('code_challenge_method'), 'S256')
  assert.equal(url.searchParams.get('redirect_uri'), 'http://localhost')
  assert.equal(url.searchParams.get('login_hint'), 'sms')
  const ended = await bench.provider.browse(request.url)
  assert.match(ended, /^http:\/\/localhost\/?\?/)
  // A browser shows the address with a slash.
  const grant = await request.finish(`  "${new URL(ended).href}"\n`)
  assert.ok(await bench.provider.isAlive(grant.accessToken))
  assert.equal(grant.lifeMs, 3_600_000)
  assert.ok(grant.refreshToken !== null)
  assert.deepEqual(grant.scopes, allScopes)
})

test('an address of another sign-in, of another provider or of none is refused, and nothing is asked of the provider', async (t) => {
  const bench = await signInBench(t)
  const client = await bench.client()
  const request = await client.code()
  const ended = await bench.provider.browse(request.url)
  const with_ = (name: string, value: string): string => {
    const url = new URL(ended)
    url.searchParams.set(name, value)
    return url.href
  }
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['http://localhost/', /holds no code/],
    ['yes', /holds no code/],
    [with_('state', 'other'), /another sign-in/],
    [ended.replace(/&?state=[^&]*/, ''), /another sign-in/],
    [with_('iss', 'https://evil.example'), /another provider: https:\/\/evil/],
    [await bench.provider.browse((await client.code()).url), /another sign-in/],
  ]
  for (const [pasted, message] of wrong)
    await assert.rejects(request.finish(pasted), { code: 'USAGE', message, hint: /paste the whole address/ })
  assert.equal(bench.provider.requests(), 0)
  const grant = await request.finish(ended.slice(ended.indexOf('?')))
  assert.ok(await bench.provider.isAlive(grant.accessToken))
  await assert.rejects(request.finish(ended), { code: 'OAUTH_REFUSED', retry: 'hold' })
})

test('what is pasted may stand among other words, and be written as HTML has it', async (t) => {
  const bench = await signInBench(t)
  const client = await bench.client()
  for (const pasted of [
    (ended: string) => `The page says: ${ended}, and cannot be opened.`,
    (ended: string) => `<a href="${ended.replaceAll('&', '&amp;')}">here</a>`,
    (ended: string) => ended.slice(ended.indexOf('?') + 1),
  ]) {
    const request = await client.code()
    const grant = await request.finish(pasted(await bench.provider.browse(request.url)))
    assert.ok(await bench.provider.isAlive(grant.accessToken))
  }
})

test('a refusal that is pasted is told in the words of the provider', async (t) => {
  const bench = await signInBench(t)
  bench.provider.consent = null
  const request = await (await bench.client()).code()
  const ended = await bench.provider.browse(request.url)
  assert.match(ended, /error=access_denied/)
  await assert.rejects(request.finish(ended), {
    code: 'OAUTH_REFUSED',
    message: /AADSTS53003: Access has been/,
  })
})

test('the wait for a device code ends at once when it is stopped, and has an end where the provider names a year', async (t) => {
  const bench = await signInBench(t)
  const real = globalThis.fetch
  t.after(() => {
    globalThis.fetch = real
  })
  globalThis.fetch = async (...request) => {
    const answer = await real(...request)
    if (!String(request[0]).includes('/device/auth')) return answer
    const body = (await answer.json()) as object
    return Response.json({ ...body, expires_in: 31_536_000, interval: 3600 })
  }
  const code = await (await bench.client({ flow: 'device' })).device()
  assert.equal(code.lifeMs, 86_400_000)
  const stop = new AbortController()
  const waiting = code.wait(stop.signal)
  const from = performance.now()
  stop.abort()
  await assert.rejects(waiting, { retry: 'temporary' })
  assert.ok(performance.now() - from < 2000)
})

test('the device flow waits until somebody has typed the code elsewhere', async (t) => {
  const bench = await signInBench(t)
  const code = await (await bench.client({ flow: 'device' })).device()
  assert.equal(code.verificationUri, `${bench.provider.issuer}/device`)
  assert.equal(code.lifeMs, 600_000)
  const waiting = code.wait(new AbortController().signal)
  await bench.provider.typeCode(code.verificationUri, code.userCode)
  const grant = await waiting
  assert.ok(await bench.provider.isAlive(grant.accessToken))
  assert.ok(grant.refreshToken !== null)
})

test('a provider that blocks the device flow is quoted, and the other flow is named', async (t) => {
  const bench = await signInBench(t)
  bench.provider.consent = null
  const code = await (await bench.client({ flow: 'device' })).device()
  const waiting = code.wait(new AbortController().signal)
  await bench.provider.typeCode(code.verificationUri, code.userCode)
  await assert.rejects(waiting, {
    code: 'OAUTH_REFUSED',
    retry: 'hold',
    message: /127\.0\.0\.1:\d+ refuses the sign-in: AADSTS53003: Access has been blocked.*\(access_denied\)/,
    hint: /simpost login --flow code/,
  })
})

test('the wait for a device code goes on while the provider is away, and ends when it is told to', async (t) => {
  const bench = await signInBench(t)
  const code = await (await bench.client({ flow: 'device' })).device()
  bench.provider.fault = { status: 502, body: '<h1>Bad gateway</h1>' }
  const stop = new AbortController()
  const before = bench.provider.requests()
  const waiting = code.wait(stop.signal)
  const ended = assert.rejects(waiting, { code: 'OAUTH_UNAVAILABLE' })
  while (bench.provider.requests() === before) await bench.clock.sleep(50)
  stop.abort()
  await ended
})

test('client credentials give a token without a person, by the authentication that the provider names', async (t) => {
  const bench = await signInBench(t)
  const app = {
    flow: 'client-credentials' as const,
    clientId: daemonClient.id,
    clientSecret: () => daemonClient.secret,
    scopes: ['mail.imap'],
  }
  const grant = await (await bench.client(app)).clientCredentials()
  assert.equal(grant.refreshToken, null)
  assert.deepEqual(grant.scopes, ['mail.imap'])
  const secret = 'not the right secret'
  const wrong = await bench.client({ ...app, clientSecret: () => secret })
  await assert.rejects(wrong.clientCredentials(), (error: Error & { hint?: string; code?: string }) => {
    assert.equal(error.code, 'OAUTH_REFUSED')
    assert.match(error.message, /invalid_client/)
    assert.match(error.hint ?? '', /client_secret_file/)
    assert.doesNotMatch(error.message, /not the right secret/)
    return true
  })
})

test('a provider that is down, broken or replaced by somebody else says nothing about the sign-in', async (t) => {
  const bench = await signInBench(t)
  const { refreshToken } = await bench.signIn()
  const client = await bench.client()
  const faults: readonly (readonly [number, string, string])[] = [
    [500, '{"error":"server_error"}', 'application/json'],
    [503, '{"error":"invalid_grant"}', 'application/json'],
    [429, '{"error":"invalid_grant"}', 'application/json'],
    [502, '<h1>Bad gateway</h1>', 'text/html'],
    [200, '<h1>Welcome to the hotel</h1>', 'text/html'],
    [200, '{"access_token":', 'application/json'],
    [200, '{"token_type":"Bearer"}', 'application/json'],
    [200, '[]', 'application/json'],
    [302, '', 'text/html'],
    [400, 'no', 'text/plain'],
    [400, '{"error":"temporarily_unavailable"}', 'application/json'],
    [200, `{"access_token":"${'a'.repeat(2_000_000)}","token_type":"Bearer"}`, 'application/json'],
  ]
  for (const [status, body, type] of faults) {
    bench.provider.fault = { status, body, type }
    await assert.rejects(
      client.refresh(refreshToken ?? ''),
      (error: Error & { code?: string; retry?: string }) => {
        assert.equal(error.code, 'OAUTH_UNAVAILABLE', `${status} ${body.slice(0, 60)}: ${error.message}`)
        assert.equal(error.retry, 'temporary')
        assert.ok(error.message.length < 600)
        assert.ok(!error.message.includes(refreshToken ?? ''))
        return true
      },
    )
  }
  bench.provider.fault = null
  await bench.provider.close()
  await assert.rejects(client.refresh(refreshToken ?? ''), {
    code: 'OAUTH_UNAVAILABLE',
    message: /closed|ECONNREFUSED|ECONNRESET/,
  })
  await assert.rejects(bench.client(), {
    code: 'OAUTH_UNAVAILABLE',
    message: /closed|ECONNREFUSED|ECONNRESET/,
  })
})

test('an ID token is not looked at: its times would be held against the clock of a box that may have none', async (t) => {
  const bench = await signInBench(t)
  const { refreshToken } = await bench.signIn()
  const answer = { access_token: 'a', token_type: 'Bearer', id_token: 'from.long.ago' }
  bench.provider.fault = { status: 200, body: JSON.stringify(answer), type: 'application/json' }
  const grant = await (await bench.client()).refresh(refreshToken ?? '')
  assert.deepEqual(grant, {
    accessToken: 'a',
    lifeMs: null,
    refreshToken: null,
    refreshLifeMs: null,
    scopes: null,
  })
})
