// The token of the moment: renewed early and once, saved before it is used, in spite of whatever a provider, a disk or a clock does.

import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { signInOf } from '../../../src/mail/sign-in/access-token.ts'
import { writeSignIn } from '../../../src/mail/sign-in/token-file.ts'
import { daemonClient } from '../../support/oauth-provider.ts'
import { signInBench } from './sign-in-bench.ts'

const hourMs = 3_600_000

test('a token is shown until ten minutes before its end, and then another, with the new refresh token on the disk', async (t) => {
  const bench = await signInBench(t)
  const first = await bench.signIn()
  const tokens = bench.tokens()
  assert.equal(await bench.shown(tokens), first.accessToken)
  bench.clock.ahead = 49 * 60_000
  assert.equal(await bench.shown(tokens), first.accessToken)
  bench.clock.ahead = 51 * 60_000
  const second = await bench.shown(tokens)
  assert.notEqual(second, first.accessToken)
  const stored = await bench.stored()
  assert.equal(stored.accessToken, second)
  assert.notEqual(stored.refreshToken, first.refreshToken)
  assert.equal(stored.signedInAt, first.signedInAt)
  assert.equal(statSync(bench.file).mode & 0o777, 0o600)
  assert.ok(await bench.provider.isAlive(second))
})

test('twenty questions at once, in two processes, cost one renewal', async (t) => {
  const bench = await signInBench(t)
  await bench.signIn()
  bench.clock.ahead = hourMs
  const before = bench.provider.requests()
  const [one, other] = [bench.tokens(), bench.tokens()]
  const shown = await Promise.all(
    Array.from({ length: 20 }, (_, index) => bench.shown(index % 2 === 0 ? one : other)),
  )
  assert.equal(new Set(shown).size, 1)
  assert.equal(bench.provider.requests() - before, 1)
})

test('a provider that is away for a while is asked seldom, and the old token serves until its end', async (t) => {
  const bench = await signInBench(t)
  const first = await bench.signIn()
  const tokens = bench.tokens()
  const before = bench.provider.requests()
  bench.provider.fault = { status: 500, body: 'broken' }
  bench.clock.ahead = 51 * 60_000
  for (let count = 0; count < 30; count++) assert.equal(await bench.shown(tokens), first.accessToken)
  assert.equal(bench.provider.requests() - before, 1)
  bench.clock.ahead = 61 * 60_000
  await assert.rejects(tokens.ask(), { code: 'OAUTH_UNAVAILABLE', retry: 'temporary' })
  assert.equal(bench.provider.requests() - before, 2)
  await assert.rejects(tokens.ask(), { code: 'OAUTH_UNAVAILABLE' })
  assert.equal(bench.provider.requests() - before, 2)
  assert.equal(bench.troubles.length, 0)
  bench.provider.fault = null
  bench.clock.ahead += 11_000
  assert.ok(await bench.provider.isAlive(await bench.shown(tokens)))
})

test('a day without a renewal is told, and its end as well', async (t) => {
  const bench = await signInBench(t)
  await bench.signIn()
  const tokens = bench.tokens()
  await bench.provider.close()
  bench.clock.ahead = hourMs
  await assert.rejects(tokens.ask(), { code: 'OAUTH_UNAVAILABLE' })
  assert.equal(bench.troubles.length, 0)
  bench.clock.ahead += 25 * hourMs
  await assert.rejects(tokens.ask(), { code: 'OAUTH_UNAVAILABLE' })
  assert.deepEqual(
    bench.troubles.map((trouble) => [trouble?.kind, trouble?.mailBroken]),
    [['failing', true]],
  )
  await bench.provider.open()
  bench.clock.ahead += hourMs
  await tokens.ask()
  assert.equal(bench.troubles.at(-1), null)
})

test('a consent that was taken back is told while the old token still lives, and asked about once an hour', async (t) => {
  const bench = await signInBench(t)
  const first = await bench.signIn()
  const tokens = bench.tokens()
  await bench.shown(tokens)
  await bench.provider.revoke(first.refreshToken ?? '')
  const before = bench.provider.requests()
  bench.clock.ahead = 51 * 60_000
  assert.equal(await bench.shown(tokens), first.accessToken)
  const [trouble] = bench.troubles
  assert.deepEqual([trouble?.kind, trouble?.mailBroken, trouble?.hint], ['refused', false, 'simpost login'])
  assert.match(trouble?.message ?? '', /refuses the sign-in: .*invalid_grant/)
  bench.clock.ahead = 61 * 60_000
  await assert.rejects(tokens.ask(), { code: 'OAUTH_REFUSED', retry: 'hold', hint: 'simpost login' })
  assert.equal(bench.troubles.at(-1)?.mailBroken, true)
  assert.equal(bench.provider.requests() - before, 1)
  bench.clock.ahead += hourMs
  await assert.rejects(tokens.ask(), { code: 'OAUTH_REFUSED' })
  assert.equal(bench.provider.requests() - before, 2)
})

test('a new sign-in is found without a restart, and says so by another mark', async (t) => {
  const bench = await signInBench(t)
  const tokens = bench.tokens()
  await assert.rejects(tokens.ask(), {
    code: 'OAUTH_REFUSED',
    message: /nobody has signed the box in/,
    hint: 'simpost login',
  })
  assert.equal(bench.troubles.at(-1)?.kind, 'refused')
  const mark = tokens.mark()
  assert.equal(tokens.mark(), mark)
  const signIn = await bench.signIn()
  assert.notEqual(tokens.mark(), mark)
  assert.equal(await bench.shown(tokens), signIn.accessToken)
  assert.equal(bench.troubles.at(-1), null)
})

test('the sign-in at another provider, or of another application, is not used', async (t) => {
  const bench = await signInBench(t)
  const signIn = await bench.signIn()
  for (const change of [{ issuer: 'https://other.example' }, { clientId: 'other' }]) {
    await writeSignIn(bench.file, { ...signIn, ...change })
    await assert.rejects(bench.tokens().ask(), {
      code: 'OAUTH_REFUSED',
      message: /with this provider, tenant and client_id/,
    })
  }
  writeFileSync(bench.file, '{"accessToken":"secret-token"')
  await assert.rejects(bench.tokens().ask(), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'OAUTH_REFUSED')
    assert.doesNotMatch(error.message, /secret-token/)
    return true
  })
})

test('after a restart a clock that is wrong in either direction costs a renewal, not the sign-in', async (t) => {
  const bench = await signInBench(t)
  for (const wrong of [-40 * 365 * 24 * hourMs, 40 * 365 * 24 * hourMs]) {
    bench.clock.wrong = 0
    const before = await bench.signIn()
    bench.clock.wrong = wrong
    const tokens = bench.tokens()
    const shown = await bench.shown(tokens)
    assert.notEqual(shown, before.accessToken)
    assert.ok(await bench.provider.isAlive(shown))
    const asked = bench.provider.requests()
    bench.clock.wrong = 0
    assert.equal(await bench.shown(tokens), shown)
    assert.equal(bench.provider.requests(), asked)
  }
  assert.equal(bench.troubles.length, 0)
})

test('a token that a server refuses is replaced, but a server that refuses all is not followed', async (t) => {
  const bench = await signInBench(t)
  const first = await bench.signIn()
  const tokens = bench.tokens()
  const refuse = async (): Promise<string> => {
    const credential = await tokens.ask()
    if (credential?.kind !== 'token') throw new Error('no token')
    credential.refused?.()
    return credential.token
  }
  assert.equal(await refuse(), first.accessToken)
  const second = await refuse()
  assert.notEqual(second, first.accessToken)
  const asked = bench.provider.requests()
  for (let count = 0; count < 5; count++) assert.equal(await refuse(), second)
  assert.equal(bench.provider.requests(), asked)
})

test('a full disk does not lose the new refresh token: it is written before anything else is asked', async (t) => {
  const bench = await signInBench(t)
  const first = await bench.signIn()
  const tokens = bench.tokens()
  // Nothing can be written beside it.
  mkdirSync(`${bench.file}.new`)
  bench.clock.ahead = 51 * 60_000
  assert.equal(await bench.shown(tokens), first.accessToken)
  bench.clock.ahead = 61 * 60_000
  await assert.rejects(tokens.ask(), { code: 'STORE_FAILED', retry: 'temporary' })
  const asked = bench.provider.requests()
  rmdirSync(`${bench.file}.new`)
  const second = await bench.shown(tokens)
  assert.notEqual(second, first.accessToken)
  assert.equal(bench.provider.requests(), asked)
  assert.equal((await bench.stored()).accessToken, second)
  assert.deepEqual(
    readdirSync(dirname(bench.file)).filter((name) => name.endsWith('.new')),
    [],
  )
})

test('a refresh token whose end is near is told a week before', async (t) => {
  const bench = await signInBench(t)
  const signIn = await bench.signIn()
  const day = 24 * hourMs
  await writeSignIn(bench.file, { ...signIn, refreshTokenEndsAt: bench.clock.now() + 8 * day })
  const tokens = bench.tokens()
  await tokens.ask()
  assert.equal(bench.troubles.length, 0)
  await writeSignIn(bench.file, { ...signIn, refreshTokenEndsAt: bench.clock.now() + 6 * day })
  await tokens.ask()
  const [trouble] = bench.troubles
  assert.deepEqual([trouble?.kind, trouble?.mailBroken], ['ending', false])
  assert.match(trouble?.message ?? '', /ends the sign-in of this box on \d{4}-\d\d-\d\d/)
})

test('a refresh token that every renewal prolongs is no trouble, however short it lives', async (t) => {
  const bench = await signInBench(t)
  const signIn = await bench.signIn()
  const halfHour = hourMs / 2
  const grant = {
    accessToken: 'a',
    lifeMs: 300_000,
    refreshToken: 'r',
    refreshLifeMs: halfHour,
    scopes: null,
  }
  let stored = signInOf(bench.access, grant, null, bench.clock.now())
  const tokens = bench.tokens()
  for (let renewals = 0; renewals < 3; renewals++) {
    await writeSignIn(bench.file, stored)
    assert.equal(await bench.shown(tokens), 'a')
    bench.clock.ahead += 60_000
    stored = signInOf(bench.access, grant, stored, bench.clock.now())
  }
  assert.equal(bench.troubles.length, 0)
  // One that is never prolonged: a renewal names what is left.
  const left = { ...grant, refreshLifeMs: halfHour / 3 }
  await writeSignIn(bench.file, signInOf(bench.access, left, stored, bench.clock.now()))
  await tokens.ask()
  assert.equal(bench.troubles.at(-1)?.kind, 'ending')
  await writeSignIn(bench.file, signIn)
})

test('an end that was reckoned by a wrong clock raises no alarm once a renewal has shown it wrong', async (t) => {
  const bench = await signInBench(t)
  const signIn = await bench.signIn()
  await writeSignIn(bench.file, { ...signIn, refreshTokenEndsAt: 90 * 24 * hourMs })
  await bench.tokens().ask()
  assert.deepEqual(bench.troubles, [])
})

test('the first token says that all is well, for an earlier run may have told otherwise', async (t) => {
  const bench = await signInBench(t)
  await bench.signIn()
  const told: unknown[] = []
  const tokens = bench.tokens({ onTrouble: (trouble) => told.push(trouble) })
  const mark = tokens.mark()
  await tokens.ask()
  await tokens.ask()
  assert.deepEqual(told, [null])
  assert.equal(tokens.mark(), mark)
})

test('client credentials need no sign-in, and a changed secret is asked about at once', async (t) => {
  const bench = await signInBench(t)
  let secret = 'expired'
  const app = {
    flow: 'client-credentials' as const,
    clientId: daemonClient.id,
    clientSecret: () => secret,
    scopes: ['mail.imap'],
  }
  const tokens = bench.tokens({ access: { ...bench.access, ...app } })
  await assert.rejects(tokens.ask(), { code: 'OAUTH_REFUSED', hint: /client_secret_file/ })
  const asked = bench.provider.requests()
  await assert.rejects(tokens.ask(), { code: 'OAUTH_REFUSED' })
  assert.equal(bench.provider.requests(), asked)
  secret = daemonClient.secret
  const shown = await bench.shown(tokens)
  assert.equal(await bench.shown(tokens), shown)
  assert.equal(bench.troubles.at(-1), null)
  assert.doesNotMatch(readFileSync(bench.file, 'utf8'), new RegExp(secret.slice(0, 10)))
})

test('a token is kept fresh although nobody asks for it', async (t) => {
  const bench = await signInBench(t, { accessTokenSeconds: 4 })
  const first = await bench.signIn()
  const stop = new AbortController()
  const asked = bench.provider.requests()
  // Fast time: its least rest is five seconds.
  const clock = {
    ...bench.clock,
    now: bench.clock.now,
    sleep: (ms: number, signal?: AbortSignal) => bench.clock.sleep(ms / 50, signal),
  }
  const fresh = bench.tokens({ clock }).keepFresh(stop.signal)
  const end = performance.now() + 30_000
  while (bench.provider.requests() - asked < 2 && performance.now() < end) await bench.clock.sleep(20)
  stop.abort()
  await fresh
  assert.ok(bench.provider.requests() - asked >= 2)
  assert.notEqual((await bench.stored()).accessToken, first.accessToken)
})
