// Quiet hours by the wall clock of the box, over midnight and on the two days on which the clocks change.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  formatQuietHours,
  parseQuietHours,
  type QuietHours,
  quietUntil,
} from '../../src/domain/quiet-hours.ts'

// Clocks there went from 02:00 to 03:00 on 2026-03-29 and go from 03:00 back to 02:00 on 2026-10-25, both at 01:00 UTC.
process.env.TZ = 'Europe/Berlin'

const minute = 60_000
const night: QuietHours = { from: 22 * 60, to: 7 * 60 }
const at = (text: string): number => Date.parse(text)
const until = (hours: string, now: string): string | null => {
  const end = quietUntil(parseQuietHours(hours) ?? assert.fail(hours), at(now))
  return end === null ? null : new Date(end).toISOString()
}

test('the tests run in the zone that they speak of', () => {
  assert.equal(new Date(at('2026-07-01T10:00:00Z')).getHours(), 12)
  assert.equal(new Date(at('2026-01-01T10:00:00Z')).getHours(), 11)
})

test('two times make quiet hours, in minutes since midnight', () => {
  assert.deepEqual(parseQuietHours('22:00-07:00'), night)
  assert.deepEqual(parseQuietHours(' 22:00 - 7:00 '), night)
  assert.deepEqual(parseQuietHours('12:30-13:15'), { from: 750, to: 795 })
})

test('24:00 is midnight at either end', () => {
  assert.deepEqual(parseQuietHours('22:00-24:00'), { from: 1320, to: 0 })
  assert.deepEqual(parseQuietHours('24:00-06:00'), { from: 0, to: 360 })
})

test('what is no pair of different times is none', () => {
  for (const text of [
    '',
    'none',
    '22:00',
    '22:00-22:00',
    '00:00-24:00',
    '24:00-00:00',
    '22:00-24:01',
    '25:00-07:00',
    '22:60-07:00',
    '22.00-07.00',
    '22-7',
    '22:00-07:00-08:00',
    '-22:00-07:00',
    '10pm-7am',
  ])
    assert.equal(parseQuietHours(text), null, text)
})

test('what is printed is read as the same hours', () => {
  const time = fc.integer({ min: 0, max: 1439 })
  fc.assert(
    fc.property(time, time, (from, to) => {
      fc.pre(from !== to)
      assert.deepEqual(parseQuietHours(formatQuietHours({ from, to })), { from, to })
    }),
  )
  assert.equal(formatQuietHours(night), '22:00-07:00')
})

test('over midnight it is quiet in the evening until tomorrow, and in the morning until today', () => {
  assert.equal(until('22:00-07:00', '2026-11-22T22:30:00+01:00'), '2026-11-23T06:00:00.000Z')
  assert.equal(until('22:00-07:00', '2026-11-23T00:00:00+01:00'), '2026-11-23T06:00:00.000Z')
  assert.equal(until('22:00-07:00', '2026-11-23T12:00:00+01:00'), null)
})

test('it is quiet from the first minute on, and no longer in the last', () => {
  assert.equal(until('22:00-07:00', '2026-11-22T21:59:59.999+01:00'), null)
  assert.equal(until('22:00-07:00', '2026-11-22T22:00:00+01:00'), '2026-11-23T06:00:00.000Z')
  assert.equal(until('22:00-07:00', '2026-11-23T06:59:59.999+01:00'), '2026-11-23T06:00:00.000Z')
  assert.equal(until('22:00-07:00', '2026-11-23T07:00:00+01:00'), null)
})

test('hours within one day are quiet on that day only', () => {
  assert.equal(until('12:00-13:30', '2026-11-22T12:10:00+01:00'), '2026-11-22T12:30:00.000Z')
  assert.equal(until('12:00-13:30', '2026-11-22T14:00:00+01:00'), null)
  assert.equal(until('12:00-13:30', '2026-11-22T11:59:00+01:00'), null)
})

test('hours up to 24:00 end at midnight', () => {
  assert.equal(until('22:00-24:00', '2026-11-22T23:59:00+01:00'), '2026-11-22T23:00:00.000Z')
  assert.equal(until('22:00-24:00', '2026-11-23T00:00:00+01:00'), null)
})

test('in the night that loses an hour the end is at its wall clock time', () => {
  assert.equal(until('22:00-07:00', '2026-03-28T22:30:00+01:00'), '2026-03-29T05:00:00.000Z')
})

test('an end that the clocks jump over is where they land', () => {
  assert.equal(until('22:00-02:30', '2026-03-29T01:50:00+01:00'), '2026-03-29T01:00:00.000Z')
})

test('a beginning that the clocks jump over begins where they land', () => {
  assert.equal(until('02:15-04:00', '2026-03-29T03:00:00+02:00'), '2026-03-29T02:00:00.000Z')
})

test('in the night that has an hour twice the end is at its wall clock time', () => {
  assert.equal(until('22:00-07:00', '2026-10-24T22:30:00+02:00'), '2026-10-25T06:00:00.000Z')
})

test('an end that comes twice counts twice, and never waits for the next day', () => {
  assert.equal(until('22:00-02:30', '2026-10-25T02:10:00+02:00'), '2026-10-25T00:30:00.000Z')
  assert.equal(until('22:00-02:30', '2026-10-25T02:40:00+02:00'), null)
  assert.equal(until('22:00-02:30', '2026-10-25T02:10:00+01:00'), '2026-10-25T01:30:00.000Z')
})

test('at every moment of the two days the end is the first minute that is not quiet', () => {
  const time = fc.integer({ min: 0, max: 1439 })
  const days = fc.constantFrom('2026-03-28T12:00:00Z', '2026-10-24T12:00:00Z', '2026-11-22T12:00:00Z')
  fc.assert(
    fc.property(time, time, days, fc.integer({ min: 0, max: 2880 }), (from, to, day, minutes) => {
      fc.pre(from !== to)
      const now = at(day) + minutes * minute + 17_000
      const isQuiet = (moment: number): boolean => {
        const date = new Date(moment)
        const clock = date.getHours() * 60 + date.getMinutes()
        return from < to ? clock >= from && clock < to : clock >= from || clock < to
      }
      let expected: number | null = null
      if (isQuiet(now)) {
        expected = now - 17_000
        while (isQuiet(expected)) expected += minute
      }
      assert.equal(quietUntil({ from, to }, now), expected)
    }),
  )
})
