// A lost connection is run again with growing delays; only one that was up for a while resets them; trouble with our own account
// waits longer after three quick tries.

import assert from 'node:assert/strict'
import { afterEach, before, test } from 'node:test'
import { backoffMs, keepRunning } from '../../src/daemon/supervisor.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import type { Clock } from '../../src/domain/ports.ts'
import { configureLog } from '../../src/log.ts'
import { skippingClock } from './skipping-clock.ts'

const backoff = { firstMs: 1000, maxMs: 300_000, holdMs: 3_600_000 }
let stop = new AbortController()
before(() => configureLog('error', () => {}))
afterEach(() => {
  stop = new AbortController()
})

test('the delay doubles from the first to the longest', () => {
  const delays = Array.from({ length: 11 }, (_, index) => backoffMs(backoff, index + 1, 'temporary'))
  assert.deepEqual(
    delays,
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000),
  )
  assert.equal(backoffMs(backoff, 5000, 'temporary'), 300_000)
})

test('trouble with our own account waits for an hour after three tries', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((failures) => backoffMs(backoff, failures, 'hold')),
    [1000, 2000, 4000, 3_600_000, 3_600_000],
  )
})

test('the wait for our own account doubles up to its limit where one is given', () => {
  const growing = { ...backoff, holdMaxMs: 43_200_000 }
  const hours = [4, 5, 6, 7, 8, 9].map((failures) => backoffMs(growing, failures, 'hold') / 3_600_000)
  assert.deepEqual(hours, [1, 2, 4, 8, 12, 12])
})

/** Runs lives of the given lengths; each ends with the given error. @returns what was waited and what was told */
async function runLives(lives: readonly { readonly ms: number; readonly error?: unknown }[]) {
  const clock = skippingClock()
  const told: [string, string, number][] = []
  let count = 0
  await keepRunning(
    {
      name: 'modem',
      clock,
      backoff,
      live: async () => {
        const life = lives[count++]
        if (life === undefined) return stop.abort()
        clock.pass(life.ms)
        if (life.error !== undefined) throw life.error
      },
      onDown: (error, waitMs) => told.push([error.code, error.retry, waitMs]),
    },
    stop.signal,
  )
  return { waits: clock.waits, told, count }
}

test('a connection that breaks at once is tried with growing delays', async () => {
  const error = new GatewayError('MODEM_UNAVAILABLE', 'gone', { retry: 'temporary' })
  const { waits, told } = await runLives(Array.from({ length: 4 }, () => ({ ms: 10, error })))
  assert.deepEqual(waits, [1000, 2000, 4000, 8000])
  assert.deepEqual(told[3], ['MODEM_UNAVAILABLE', 'temporary', 8000])
})

test('a connection that was up for a minute resets the delay, a shorter one does not', async () => {
  const error = new GatewayError('IMAP_UNAVAILABLE', 'gone', { retry: 'temporary' })
  const lives = [10, 59_999, 60_000, 10].map((ms) => ({ ms, error }))
  assert.deepEqual((await runLives(lives)).waits, [1000, 2000, 1000, 2000])
})

test('anything else that is thrown is a defect of ours and is tried again', async () => {
  const { told } = await runLives([
    { ms: 0, error: new TypeError('x is not a function') },
    { ms: 0, error: 'text' },
  ])
  assert.deepEqual(told, [
    ['INTERNAL', 'temporary', 1000],
    ['INTERNAL', 'temporary', 2000],
  ])
})

test('a connection that ends by itself is run again', async () => {
  const { told, count } = await runLives([{ ms: 0 }])
  assert.deepEqual(told, [['INTERNAL', 'temporary', 1000]])
  assert.equal(count, 2)
})

const refused = new GatewayError('IMAP_AUTH', 'refused', { retry: 'hold' })
const lost = new GatewayError('IMAP_UNAVAILABLE', 'gone', { retry: 'temporary' })

test('failures of the network and refusals of our account are counted apart', async () => {
  const errors = [lost, lost, lost, lost, lost, refused, lost, refused, refused, refused]
  const { waits } = await runLives(errors.map((error) => ({ ms: 10, error })))
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 1000, 32_000, 2000, 4000, 3_600_000])
})

test('a share of each wait is left out, another one each time', async () => {
  const clock = skippingClock()
  let lives = 0
  await keepRunning(
    {
      name: 'x',
      clock,
      backoff: { firstMs: 100_000, maxMs: 100_000, holdMs: 100_000, jitter: 0.2 },
      live: async () => {
        clock.pass(17)
        if (++lives > 50) stop.abort()
        throw lost
      },
    },
    stop.signal,
  )
  assert.ok(clock.waits.every((ms) => ms > 80_000 && ms <= 100_000))
  assert.ok(new Set(clock.waits).size > 40)
})

test('the end of the service ends the wait and is no loss', async () => {
  const clock = skippingClock()
  const { promise: asleep, resolve: wakeTest } = withResolvers()
  const waiting: Clock = {
    ...clock,
    sleep: (_ms, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        wakeTest()
      }),
  }
  let lives = 0
  const running = keepRunning(
    { name: 'x', clock: waiting, backoff, live: () => Promise.reject(new Error(`life ${++lives}`)) },
    stop.signal,
  )
  await asleep
  stop.abort()
  await running
  assert.equal(lives, 1)
})

test('it does not resolve before the last life has ended', async () => {
  const { promise: ended, resolve: endLife } = withResolvers()
  let over = false
  const running = keepRunning(
    { name: 'x', clock: skippingClock(), backoff, live: () => ended },
    stop.signal,
  ).then(() => {
    over = true
  })
  stop.abort()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(over, false)
  endLife()
  await running
})

test('nothing runs once the service is to end', async () => {
  let lives = 0
  stop.abort()
  await keepRunning(
    { name: 'x', clock: skippingClock(), backoff, live: async () => void lives++ },
    stop.signal,
  )
  assert.equal(lives, 0)
})

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
