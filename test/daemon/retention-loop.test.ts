// Retention goes by a clock that has run evenly, once a day, and leaves the others their turns.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepRetention } from '../../src/daemon/retention-loop.ts'
import type { Store } from '../../src/store/database/database.ts'
import { fakeClock } from '../exchange/fake-clock.ts'
import { day, noon } from '../exchange/world.ts'
import { agingOffice, whereIs, years } from '../store/retention/aging-office.ts'
import { storeKeeper } from '../store/temp-store.ts'

const open = storeKeeper()
const hour = 3_600_000
const year = 365 * day

/** Two years after the messages of the office. */
const later = noon + 2 * year

async function officeOfLastYear(messages = 1): Promise<Store> {
  const store = open()
  const office = agingOffice(store)
  for (let n = 0; n < messages; n++) await office.mailToBob('old words')
  // The office is still alive.
  office.now = later - day
  await office.smsFrom('Bob', 'new words')
  return store
}

test('nothing is erased before the clock has run evenly for six hours', async () => {
  const store = await officeOfLastYear()
  const clock = fakeClock(later)
  const end = new AbortController()
  const loop = keepRetention({ store, keeping: years, clock, isBusy: () => false }, end.signal)
  await clock.pass(6 * hour - 1)
  assert.notDeepEqual(whereIs(store, 'old words'), [])
  await clock.pass(hour)
  assert.deepEqual(whereIs(store, 'old words'), [])
  end.abort()
  await loop
})

test('a clock that stands years after the last message has to run evenly for a week', async () => {
  const store = open()
  await agingOffice(store).mailToBob('old words')
  const clock = fakeClock(later)
  const end = new AbortController()
  const loop = keepRetention({ store, keeping: years, clock, isBusy: () => false }, end.signal)
  await clock.pass(7 * day - hour)
  assert.notDeepEqual(whereIs(store, 'old words'), [])
  await clock.pass(2 * hour)
  assert.deepEqual(whereIs(store, 'old words'), [])
  end.abort()
  await loop
})

test('a clock that is ten years ahead for a day takes nothing', async () => {
  const store = await officeOfLastYear()
  const clock = fakeClock(later)
  let ahead = 10 * year
  const wrong = { ...clock, now: () => clock.now() + ahead }
  const end = new AbortController()
  const loop = keepRetention({ store, keeping: years, clock: wrong, isBusy: () => false }, end.signal)
  await clock.pass(day)
  ahead = 0
  await clock.pass(5 * hour)
  assert.notDeepEqual(whereIs(store, 'old words'), [])
  assert.notDeepEqual(whereIs(store, 'new words'), [])
  end.abort()
  await loop
})

test('a clock that is set begins the six hours anew, so that one that was wrong for a while takes nothing', async () => {
  const store = await officeOfLastYear()
  const clock = fakeClock(Date.UTC(1970, 0, 1))
  let ahead = 0
  const wrong = { ...clock, now: () => clock.now() + ahead }
  const end = new AbortController()
  const loop = keepRetention({ store, keeping: years, clock: wrong, isBusy: () => false }, end.signal)
  await clock.pass(10 * hour)
  ahead = later + 40 * year
  await clock.pass(5.5 * hour)
  ahead = noon + 100 * day
  await clock.pass(30 * hour)
  assert.notDeepEqual(whereIs(store, 'old words'), [])
  ahead = later
  await clock.pass(31 * hour)
  assert.deepEqual(whereIs(store, 'old words'), [])
  end.abort()
  await loop
})

test('one pass a day, and where nothing is due it writes nothing', async () => {
  const store = open()
  const office = agingOffice(store)
  await office.mailToBob('new words')
  const clock = fakeClock()
  const end = new AbortController()
  const before = store.commits()
  let looks = 0
  const counted: Store = {
    ...store,
    all: (sql, ...values) => {
      if (/FROM conversation\s/.test(sql)) looks++
      return store.all(sql, ...values)
    },
  }
  const loop = keepRetention({ store: counted, keeping: years, clock, isBusy: () => false }, end.signal)
  await clock.pass(6 * day)
  assert.equal(store.commits(), before)
  assert.equal(looks, 6 * 2)
  end.abort()
  await loop
})

test('while SMS wait to be sent, it goes slowly', async () => {
  const store = await officeOfLastYear(200)
  const clock = fakeClock(later)
  let busy = true
  const end = new AbortController()
  const loop = keepRetention({ store, keeping: years, clock, isBusy: () => busy }, end.signal)
  await clock.pass(6 * hour + 900)
  assert.notDeepEqual(whereIs(store, 'old words'), [])
  busy = false
  await clock.pass(2000)
  assert.deepEqual(whereIs(store, 'old words'), [])
  end.abort()
  await loop
})
