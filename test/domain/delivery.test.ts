// The states of a delivery, its retry schedule, and what TP-ST says (TS 23.040 9.2.3.15).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  arrivalOf,
  deliveryStateOf,
  type ReportOutcome,
  reportMeaning,
  retryDelayMs,
  type SegmentState,
} from '../../src/domain/delivery.ts'

/** States of the parts, the state that the whole delivery shows. */
const states: readonly (readonly [string, string])[] = [
  ['queued', 'queued'],
  ['queued queued', 'queued'],
  ['submitting', 'sending'],
  ['sent queued', 'sending'],
  ['sent submitting', 'sending'],
  ['delivered queued', 'sending'],
  ['sent', 'sent'],
  ['sent delivered', 'sent'],
  ['delivered delivered', 'delivered'],
  ['uncertain queued', 'uncertain'],
  ['sent uncertain', 'uncertain'],
  ['failed queued', 'failed'],
  ['delivered failed', 'failed'],
  ['uncertain failed', 'failed'],
]

for (const [parts, state] of states)
  test(`a delivery with the parts ${parts.replaceAll(' ', ', ')} is ${state}`, () => {
    assert.equal(deliveryStateOf(parts.split(' ') as SegmentState[]), state)
  })

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** The waits before attempt 2, 3, … of a message that is tried from its first minute on. */
function waits(medium: 'sms' | 'mail', count: number): (number | null)[] {
  let ageMs = 0
  return Array.from({ length: count }, (_, index) => {
    const delay = retryDelayMs(medium, 'temporary', index + 1, ageMs)
    ageMs += delay ?? 0
    return delay
  })
}

test('an SMS is tried again after 10 s, 30 s, 1, 2, 5, 10 and then every 30 minutes', () => {
  const minutes = [1, 2, 5, 10, 30, 30, 30].map((count) => count * minute)
  assert.deepEqual(waits('sms', 9), [10 * second, 30 * second, ...minutes])
})

test('a mail is tried again after 1, 5, 15, 30 minutes and then every hour', () => {
  assert.deepEqual(waits('mail', 7), [minute, 5 * minute, 15 * minute, 30 * minute, hour, hour, hour])
})

test('an SMS is given up after a day, a mail after three days', () => {
  assert.equal(retryDelayMs('sms', 'temporary', 20, 24 * hour - 1), 30 * minute)
  assert.equal(retryDelayMs('sms', 'temporary', 20, 24 * hour), null)
  assert.equal(retryDelayMs('mail', 'temporary', 20, 72 * hour - 1), hour)
  assert.equal(retryDelayMs('mail', 'temporary', 20, 72 * hour), null)
})

test('the schedule ends by itself: no message is tried for ever', () => {
  assert.ok(waits('sms', 100).includes(null))
  assert.ok(waits('mail', 100).includes(null))
})

test('what failed for good or may have been sent is not tried again', () => {
  for (const medium of ['sms', 'mail'] as const)
    for (const retry of ['permanent', 'ambiguous'] as const)
      assert.equal(retryDelayMs(medium, retry, 1, 0), null)
})

test('the age alone gives no message up: a clock may jump, a box may be off for days', () => {
  assert.equal(retryDelayMs('sms', 'temporary', 4, 700 * hour), 2 * minute)
  assert.equal(retryDelayMs('mail', 'temporary', 4, 700 * hour), 30 * minute)
  assert.equal(retryDelayMs('mail', 'temporary', 5, 700 * hour), null)
})

/** First and last TP-ST of each range of the standard, and what it means for us. */
const ranges: readonly (readonly [number, number, ReportOutcome])[] = [
  [0x00, 0x00, 'delivered'],
  [0x01, 0x1f, 'unconfirmed'],
  [0x20, 0x3f, 'pending'],
  [0x40, 0x7f, 'failed'],
  [0x80, 0xff, 'unconfirmed'],
]

for (const [first, last, outcome] of ranges)
  test(`TP-ST 0x${first.toString(16)} to 0x${last.toString(16)} means ${outcome}`, () => {
    for (let status = first; status <= last; status++) assert.equal(reportMeaning(status).outcome, outcome)
  })

test('every TP-ST has an outcome, and only 0 is a delivery', () => {
  assert.equal(
    ranges.reduce((count, [first, last]) => count + last - first + 1, 0),
    256,
  )
  const delivered = Array.from({ length: 256 }, (_, status) => status).filter(
    (status) => reportMeaning(status).outcome === 'delivered',
  )
  assert.deepEqual(delivered, [0])
})

test('each TP-ST has its own words, and those of one range all say the same of the outcome', () => {
  assert.equal(reportMeaning(0x46).means, 'the validity period is over')
  assert.equal(reportMeaning(0x22).means, 'no response of the phone, still trying')
  for (let status = 0; status <= 0xff; status++) assert.notEqual(reportMeaning(status).means, '')
})

test('a part that was sent is awaited, or pending, until its validity has ended; then nobody knows', () => {
  const sent = { state: 'sent', reportStatus: null, submittedAt: 1000 } as const
  const end = 1000 + 24 * hour + hour
  assert.equal(arrivalOf(sent, 24 * hour, 1000), 'awaited')
  assert.equal(arrivalOf({ ...sent, reportStatus: 0x22 }, 24 * hour, 1000), 'pending')
  assert.equal(arrivalOf(sent, 24 * hour, end), 'awaited')
  assert.equal(arrivalOf(sent, 24 * hour, end + 1), 'unknown')
  assert.equal(arrivalOf({ ...sent, reportStatus: 0x22 }, 24 * hour, end + 1), 'unknown')
  assert.equal(arrivalOf({ ...sent, reportStatus: 0x01 }, 24 * hour, end + 1), 'unconfirmed')
  for (const state of ['queued', 'submitting', 'delivered', 'failed', 'uncertain'] as const)
    assert.equal(arrivalOf({ ...sent, state }, 24 * hour, end + 1), null)
})
