// The signal of a day as one line: now, range, median and a bar of its hours.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signalDay, signalText } from '../../../src/cli/status/status-signal.ts'

const hour = 3_600_000
const now = Date.UTC(2026, 10, 24, 12)
const sample = (hoursAgo: number, dbm: number | null) => ({
  ...{ at: now - hoursAgo * hour, dbm, stat: 1, technology: null },
})

test('a day of samples has its range, its median and a bar of hours with gaps where nothing is known', () => {
  const day = signalDay(
    [sample(30, -51), sample(23.5, -113), sample(2.5, -75), sample(1.5, null), sample(0, -63)],
    now,
  )
  assert.ok(day !== null)
  assert.deepEqual([day.now, day.min, day.median, day.max], [-63, -113, -75, -63])
  assert.equal(day.hours.length, 24)
  assert.deepEqual(day.hours.slice(-3), [-75, null, -63])
  assert.equal(signalText(day), `-63 dBm; in 24 h -113 to -63, mostly -75  ▁${' '.repeat(20)}▅ ▇`)
})

test('what was heard hours ago is not what is heard now', () => {
  assert.equal(signalDay([sample(2, -70)], now)?.now, null)
})

test('a day without a sample, or with none that knows the signal, has nothing to show', () => {
  assert.equal(signalDay([], now), null)
  assert.equal(signalDay([sample(25, -70), sample(1, null)], now), null)
})

test('the bar ends where a signal cannot be weaker or stronger', () => {
  const day = signalDay([sample(1.5, -140), sample(0, -30)], now)
  assert.match(signalText(day ?? assert.fail()), /▁█$/)
})
