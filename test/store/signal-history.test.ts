// The signal over 90 days: a row where something changed, four a day where nothing did, and what held at any time can be read again.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSignalHistory } from '../../src/store/signal-history.ts'
import { now, storeKeeper } from './temp-store.ts'

const open = storeKeeper()
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const sample = (at: number, dbm: number | null = -75) => ({ at, dbm, stat: 1, technology: null })
const rows = (store: ReturnType<typeof open>): unknown[] =>
  store
    .all<{ at: number; dbm: number | null }>('SELECT at, dbm FROM signal ORDER BY at')
    .map(({ at, dbm }) => [(at - now) / minute, dbm])

test('an idle day is four rows, however often the modem says its signal and however it wavers', () => {
  const store = open()
  const history = createSignalHistory(store)
  const before = store.commits()
  for (let at = 0; at < day; at += minute) history.note(sample(now + at, at % (2 * minute) === 0 ? -75 : -71))
  assert.equal(store.commits() - before, 4)
  assert.deepEqual(
    rows(store),
    [0, 6, 12, 18].map((hours) => [hours * 60, -75]),
  )
})

test('a change of 6 dB, of the registration or of the technology is a row, after five minutes at the soonest', () => {
  const store = open()
  const history = createSignalHistory(store)
  const note = (minutes: number, change: object) =>
    history.note({ ...sample(now + minutes * minute), ...change })
  note(0, {})
  note(4, { dbm: -81 })
  note(5, { dbm: -80 })
  note(6, { dbm: -81 })
  note(12, { dbm: -81, stat: 5 })
  note(18, { dbm: -81, stat: 5, technology: 7 })
  note(24, { dbm: null, stat: 5, technology: 7 })
  assert.deepEqual(rows(store), [
    [0, -75],
    [6, -81],
    [12, -81],
    [18, -81],
    [24, null],
  ])
})

test('what held between two rows is read every five minutes, also from a time in the middle', () => {
  const history = createSignalHistory(open())
  history.note(sample(now, -60))
  history.note(sample(now + 30 * minute, -90))
  const read = history.between(now + 11 * minute, now + 42 * minute)
  assert.deepEqual(
    read.map(({ at, dbm }) => [(at - now) / minute, dbm]),
    [
      [15, -60],
      [20, -60],
      [25, -60],
      [30, -90],
      [35, -90],
      [40, -90],
    ],
  )
})

test('a row stands for six hours and no longer, as after a sudden end', () => {
  const history = createSignalHistory(open())
  history.note(sample(now))
  const read = history.between(0, now + 2 * day)
  assert.equal(read.length, 72)
  assert.equal(read.at(-1)?.at, now + 6 * hour - 5 * minute)
})

test('an end is written at once and stands for nothing, until the modem is there again', () => {
  const store = open()
  const history = createSignalHistory(store)
  history.end(now - minute)
  history.note(sample(now))
  history.end(now + minute)
  history.end(now + 2 * minute)
  history.note(sample(now + 3 * minute))
  history.note(sample(now + 7 * minute))
  assert.deepEqual(rows(store), [
    [0, -75],
    [1, null],
    [7, -75],
  ])
  assert.deepEqual(
    history.between(now, now + 8 * minute).map(({ at }) => (at - now) / minute),
    [0, 7],
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
  createSignalHistory(store).note(sample(now + minute, -100))
  assert.deepEqual(rows(store), [[0, -75]])
})

test('rows of 100 days are no more than those of 90 days', () => {
  const store = open()
  const history = createSignalHistory(store)
  store.transaction(() => {
    for (let at = now; at < now + 100 * day; at += 30 * minute) history.note(sample(at))
  })
  assert.equal(rows(store).length, 90 * 4 + 1)
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
