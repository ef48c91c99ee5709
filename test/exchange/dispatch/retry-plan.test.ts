// What a failed attempt means for the message and for its queue, and how long the queue rests, time after time.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, GatewayError, type GatewayErrorOptions } from '../../../src/domain/errors.ts'
import { createPause, nextAttempt } from '../../../src/exchange/dispatch/retry-plan.ts'
import { fakeClock } from '../fake-clock.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const failed = (code: ErrorCode, options: GatewayErrorOptions) => new GatewayError(code, 'x', options)
const full = failed('SMTP_REFUSED', { retry: 'temporary', context: { giveUpAfterMs: day } })

test('a full mailbox is tried for a day, other temporary refusals for three', () => {
  const plain = failed('SMTP_REFUSED', { retry: 'temporary' })
  assert.equal(nextAttempt('mail', full, 9, day - 1)?.delayMs, hour)
  assert.equal(nextAttempt('mail', full, 9, day), null)
  assert.equal(nextAttempt('mail', plain, 9, 3 * day - 1)?.delayMs, hour)
  assert.equal(nextAttempt('mail', plain, 9, 3 * day), null)
})

test('a box that was off for a day still makes its five attempts', () => {
  assert.notEqual(nextAttempt('mail', full, 4, 2 * day), null)
  assert.equal(nextAttempt('mail', full, 5, 2 * day), null)
})

test('a session that ends at the end of a mail again and again ages that mail, and rests no queue: each attempt may be one more copy', () => {
  for (const reply of [null, 421]) {
    const context = { reply, command: 'message' }
    const cut = failed('SMTP_UNAVAILABLE', { retry: 'temporary', context })
    assert.deepEqual(nextAttempt('mail', cut, 1, 0), { delayMs: minute, counts: true, pausesMs: [] })
    assert.equal(nextAttempt('mail', cut, 9, day)?.delayMs, hour)
    assert.equal(nextAttempt('mail', cut, 9, 3 * day), null)
  }
})

/** The pauses, in seconds, after so many failures in a row. */
function pauses(error: GatewayError, medium: 'mail' | 'sms', count: number): number[] {
  const clock = fakeClock()
  const pause = createPause(clock)
  return Array.from({ length: count }, () => {
    pause.begin(nextAttempt(medium, error, 1, 0))
    let seconds = 0
    for (; pause.isOn(); seconds++) clock.jump(1000)
    return seconds
  })
}

test('a refused account is asked three times, then every half hour and less; a server that is down, every ten seconds', () => {
  const signIn = failed('SMTP_AUTH', { retry: 'hold' })
  assert.deepEqual(pauses(signIn, 'mail', 7), [60, 60, 60, 1800, 3600, 7200, 7200])
  const quota = failed('SMTP_REFUSED', { retry: 'hold', context: { about: 'account' } })
  assert.deepEqual(pauses(quota, 'mail', 4), [60, 60, 60, 1800])
  const down = failed('SMTP_UNAVAILABLE', { retry: 'temporary', context: { reply: null } })
  assert.deepEqual(pauses(down, 'mail', 4), [10, 10, 10, 10])
  const busy = failed('SMTP_UNAVAILABLE', { retry: 'temporary', context: { reply: 421 } })
  assert.deepEqual(pauses(busy, 'mail', 7), [10, 20, 40, 80, 160, 300, 300])
})

test('a SIM that is barred is asked less and less, a modem without a network every minute', () => {
  assert.deepEqual(pauses(failed('SMS_REFUSED', { retry: 'hold' }), 'sms', 5), [60, 60, 60, 1800, 1800])
  assert.deepEqual(pauses(failed('NOT_REGISTERED', { retry: 'hold' }), 'sms', 4), [60, 60, 60, 60])
})

test('what was sent ends the pause, and the next one is short again', () => {
  const clock = fakeClock()
  const pause = createPause(clock)
  const signIn = nextAttempt('mail', failed('SMTP_AUTH', { retry: 'hold' }), 1, 0)
  for (let at = 0; at < 5; at++) pause.begin(signIn)
  pause.end()
  assert.equal(pause.isOn(), false)
  pause.begin(signIn)
  clock.jump(minute)
  assert.equal(pause.isOn(), false)
})

test('what the server refuses for good rests no queue', () => {
  const clock = fakeClock()
  const pause = createPause(clock)
  pause.begin(nextAttempt('mail', failed('SMTP_REFUSED', { retry: 'permanent' }), 1, 0))
  assert.equal(pause.isOn(), false)
})
