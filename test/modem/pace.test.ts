// The pace of sending, on a clock that the test moves by hand.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createPace } from '../../src/modem/pace.ts'

test('so many go at once, the next one a minute after the first of them', () => {
  let now = 5_000
  const pace = createPace({ monotonic: () => now }, 3)
  for (const at of [5_000, 6_000, 7_000]) {
    now = at
    assert.equal(pace.waitMs(), 0)
    pace.count()
  }
  assert.equal(pace.waitMs(), 58_000)
  now = 65_000
  assert.equal(pace.waitMs(), 0)
  pace.count()
  assert.equal(pace.waitMs(), 1_000)
})

test('without a limit nothing ever waits', () => {
  const pace = createPace({ monotonic: () => 0 }, 0)
  for (let sent = 0; sent < 1_000; sent += 1) {
    assert.equal(pace.waitMs(), 0)
    pace.count()
  }
})

test('no minute ever has more than the limit, however the queue is drained', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.nat(20_000), { maxLength: 200 }),
      (limit, gaps) => {
        let now = 0
        const pace = createPace({ monotonic: () => now }, limit)
        const sent: number[] = []
        for (const gap of gaps) {
          now += gap
          if (pace.waitMs() > 0) continue
          pace.count()
          sent.push(now)
        }
        for (const end of sent) assert.ok(sent.filter((at) => at <= end && at > end - 60_000).length <= limit)
      },
    ),
  )
})
