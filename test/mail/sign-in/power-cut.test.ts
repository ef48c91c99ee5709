// The power goes while a sign-in is renewed: a process of its own is killed, and the next one begins with what is on the disk.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { realClock, until } from '../mail-support.ts'
import { type SignInBench, signInBench } from './sign-in-bench.ts'

async function renewing(t: TestContext, { provider, file }: SignInBench): Promise<ChildProcess> {
  const script = new URL('./renew-child.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', 'tsx', script, provider.issuer, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  assert.ok(child.stdout !== null)
  await once(child.stdout, 'data')
  return child
}

async function cutPower(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** The provider has answered, and the answer is lost with the process. */
async function cutBeforeSaving(t: TestContext, bench: SignInBench): Promise<void> {
  bench.provider.fault = { status: 200, body: '', afterWork: true, silent: true }
  const before = bench.provider.requests()
  const child = await renewing(t, bench)
  await until(() => bench.provider.requests() > before, 30_000)
  await realClock().sleep(200)
  await cutPower(child)
  bench.provider.fault = null
}

test('cut between the answer and the disk, where refresh tokens stay good: the next start goes on by itself', async (t) => {
  const bench = await signInBench(t, { rotate: false })
  const before = await bench.signIn()
  await cutBeforeSaving(t, bench)
  assert.deepEqual(await bench.stored(), before)
  const renewed = await bench.tokens().renew()
  assert.ok(await bench.provider.isAlive(renewed.accessToken))
  assert.equal(bench.troubles.length, 0)
})

test('cut between the answer and the disk, where each refresh token is good once: the next start says what to do', async (t) => {
  const bench = await signInBench(t)
  const before = await bench.signIn()
  await cutBeforeSaving(t, bench)
  assert.deepEqual(await bench.stored(), before)
  const tokens = bench.tokens()
  await assert.rejects(tokens.renew(), { code: 'OAUTH_REFUSED', retry: 'hold', hint: 'simpost login' })
  assert.equal(bench.troubles.at(-1)?.kind, 'refused')
  const again = await bench.signIn()
  assert.equal(await bench.shown(tokens), again.accessToken)
  assert.equal(bench.troubles.at(-1), null)
})

test('cut at any other moment the file is whole, and what it holds is good', async (t) => {
  const bench = await signInBench(t, { rotate: false })
  await bench.signIn()
  for (let round = 0; round < 5; round++) {
    const child = await renewing(t, bench)
    await realClock().sleep(40 + 23 * round)
    await cutPower(child)
    const stored = await bench.stored()
    assert.ok(await bench.provider.isAlive(stored.accessToken), `round ${round}`)
  }
  const renewed = await bench.tokens().renew()
  assert.ok(await bench.provider.isAlive(renewed.accessToken))
})
