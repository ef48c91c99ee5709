// The signal over 90 days: one row in five minutes at most, and nothing older is kept.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSignalHistory } from '../../src/store/signal-history.ts'
import { now, storeKeeper } from './temp-store.ts'

const open = storeKeeper()
const minute = 60_000
const day = 86_400_000
const sample = (at: number, dbm: number | null = -75) => ({ at, dbm, stat: 1, technology: null })

test('of samples a minute apart one in five is kept, and the others write nothing', () => {
  const store = open()
  const history = createSignalHistory(store)
  const before = store.commits()
  for (let count = 0; count <= 10; count++) history.note(sample(now + count * minute, -70 - count))
  assert.equal(store.commits(), before + 3)
  assert.deepEqual(
    history.between(now, now + day).map(({ at, dbm, stat, technology }) => [at - now, dbm, stat, technology]),
    [
      [0, -70, 1, null],
      [5 * minute, -75, 1, null],
      [10 * minute, -80, 1, null],
    ],
  )
})

test('a sample without a signal is one, and a technology is kept', () => {
  const history = createSignalHistory(open())
  history.note({ at: now, dbm: null, stat: 2, technology: 7 })
  assert.deepEqual({ ...history.between(now, now)[0] }, { at: now, dbm: null, stat: 2, technology: 7 })
})

test('a restart keeps to the five minutes', () => {
  const store = open()
  createSignalHistory(store).note(sample(now))
  createSignalHistory(store).note(sample(now + minute))
  assert.equal(createSignalHistory(store).between(0, now + day).length, 1)
})

test('samples are kept for 90 days', () => {
  const history = createSignalHistory(open())
  history.note(sample(now))
  history.note(sample(now + 90 * day))
  assert.equal(history.between(now, now).length, 1)
  history.note(sample(now + 90 * day + 5 * minute))
  assert.equal(history.between(now, now).length, 0)
})

test('samples of 100 days fill no more rows than 90 days have', () => {
  const store = open()
  const history = createSignalHistory(store)
  store.transaction(() => {
    for (let at = now; at < now + 100 * day; at += 30 * minute) history.note(sample(at))
  })
  assert.equal(history.between(0, now + 100 * day).length, 90 * 48 + 1)
})

test('a clock that is set back stops nothing', () => {
  const history = createSignalHistory(open())
  history.note(sample(now + 10 * day, -60))
  history.note(sample(now, -90))
  assert.deepEqual(
    history.between(now - day, now).map(({ dbm }) => dbm),
    [-90],
  )
})
