// Durations of the config and of tags: one whole number and one unit, nothing else.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDuration, parseDuration } from '../../src/domain/duration.ts'

const durations: readonly (readonly [string, number])[] = [
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
  ['1w', 604_800_000],
  ['2H', 7_200_000],
  [' 2h ', 7_200_000],
  ['0s', 0],
]

for (const [text, ms] of durations)
  test(`"${text}" is ${ms} ms`, () => {
    assert.equal(parseDuration(text), ms)
  })

for (const [ms, text] of [
  [0, '0s'],
  [1, '1s'],
  [90_000, '90s'],
  [300_000, '5m'],
  [129_600_000, '36h'],
  [172_800_000, '2d'],
  [38_102_400_000, '63w'],
] as const)
  test(`${ms} ms are written "${text}"`, () => {
    assert.equal(formatDuration(ms), text)
  })

for (const text of [
  '',
  '2',
  'h',
  '2 h',
  '2 hours',
  '1h30m',
  '-1h',
  '1.5h',
  '2h2',
  '2y',
  '٢h',
  '9999999s',
  'h2',
])
  test(`"${text}" is no duration`, () => {
    assert.equal(parseDuration(text), null)
  })
