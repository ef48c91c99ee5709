// `simpost status`: what was spent against its limits, what waits and why, and what a person has to do about it.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAlarmBell } from '../../../src/exchange/alarm.ts'
import { charge } from '../../../src/exchange/queue-text.ts'
import { lockStore } from '../../../src/store/database/database.ts'
import { createServiceState } from '../../../src/store/service-state.ts'
import { createSignalHistory } from '../../../src/store/signal-history.ts'
import { type Box, openBox, quietNow } from '../box.ts'

interface Status {
  readonly parts_today: number
  readonly parts_per_day: number
  readonly cost_today: number
  readonly parts_month: number
  readonly parts_per_month: number | null
  readonly cost_month: number
  readonly held: readonly { readonly reason: string; readonly count: number; readonly next: string | null }[]
  readonly paused: readonly {
    readonly one: string
    readonly other: string
    readonly message: number | null
  }[]
  readonly budgets_used_up: readonly {
    readonly scope: string
    readonly key: string
    readonly period: string
    readonly used: number
    readonly limit: number
    readonly renews: string
  }[]
  readonly alarms: readonly {
    readonly key: string
    readonly reason: string
    readonly told_at: string | null
  }[]
  readonly waiting: readonly { readonly at: string; readonly what: string }[]
}

let box: Box

before(async () => {
  box = await openBox(
    [
      { mailbox: 'Bob', phone: 'Bob' },
      { mailbox: 'Carol', phone: 'Carol', quietHours: quietNow() },
    ],
    'parts_per_day = 20\nparts_per_month = 400\nmoney_per_month = 9.00',
  )
})

after(() => box.remove())

test('a box where nothing happened says so, and nothing waits', async () => {
  const status = await box.json<Status>('status')
  assert.deepEqual(
    [status.parts_today, status.parts_per_day, status.cost_today, status.parts_month, status.parts_per_month],
    [0, 20, 0, 0, 100],
  )
  assert.deepEqual([status.held, status.paused, status.budgets_used_up, status.waiting], [[], [], [], []])
  const { stdout } = await box.run('status')
  assert.equal(
    stdout,
    'service   not running\ntoday     0 of 20 SMS parts accepted, 0.00 EUR\nmonth     0 of 100 SMS parts accepted, 0.00 EUR\n',
  )
})

test('what is done about a modem that hangs stands in a line of its own, and so does a swapped modem for a week', async () => {
  const state = createServiceState(box.desk.store)
  const now = box.desk.now()
  const modem = { phase: 'closed', port: '/dev/ttyUSB2', manufacturer: null, model: null, operator: null }
  state.save('modem', { ...modem, signalDbm: null, problem: null }, now)
  const nextAt = Date.UTC(2026, 10, 22, 14, 3)
  state.save('recovery', { doing: 'reset by AT+CFUN=1,1, 2nd time today', nextAt }, now)
  const known = {
    port: '/dev/ttyUSB2',
    manufacturer: 'x',
    model: 'y',
    firmware: 'z',
    imei: '351234567890123',
  }
  state.save('modem-known', { ...known, swapped: { from: '490154203237518', at: now - 1000 } }, now)
  const { stdout } = await box.run('status')
  assert.match(stdout, /^recovery {2}reset by AT\+CFUN=1,1, 2nd time today; next try 2026-11-22 \d\d:03:00$/m)
  assert.match(stdout, /^device {4}another modem since .*: IMEI 351234567890123, before 490154203237518$/m)
  state.save('modem-known', { ...known, swapped: { from: '490154203237518', at: now - 8 * 86_400_000 } }, now)
  state.save('recovery', null, now)
  const later = await box.json<{ recovery: unknown; swapped: unknown }>('status')
  assert.deepEqual([later.recovery, later.swapped], [null, null])
  box.desk.store.run('DELETE FROM service_state')
})

test('parts count from the moment they are accepted, before any modem has them', async () => {
  await box.annaWrites('[sms] Lunch', 'At noon? '.repeat(30))
  const status = await box.json<Status>('status')
  assert.deepEqual([status.parts_today, status.cost_today, status.parts_month], [2, 0.18, 2])
})

test('what waits for its time is counted by reason, and no person is asked', async () => {
  await box.annaWrites('[sms +4917023456789] Lunch', 'One')
  await box.annaWrites('[sms +4917023456789] Lunch', 'Two')
  const status = await box.json<Status>('status')
  assert.deepEqual(
    status.held.map(({ reason, count }) => [reason, count]),
    [['quiet-hours', 2]],
  )
  assert.ok(Date.parse(status.held[0]?.next ?? '') > Date.now())
  assert.deepEqual(status.waiting, [])
  const { stdout } = await box.run('status')
  assert.match(
    stdout,
    /^held {6}2: the phone has quiet hours; .*\(quiet-hours\); next \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/m,
  )
})

test('a paused pair is named with the message that resumes it, and is gone when that is released', async () => {
  let id = 0
  for (let round = 0; round < 6; round++) id = await box.annaWrites('[sms] Loop', 'The same again.')
  const status = await box.json<Status>('status')
  assert.deepEqual(
    status.paused.map(({ one, other, message }) => [one, other, message]),
    [['+4917012345678', 'anna@office.example', id]],
  )
  assert.equal(status.waiting.length, 1)
  assert.match(
    status.waiting[0]?.what ?? '',
    new RegExp(`are paused, .*\\(simpost message release ${id}\\)$`),
  )
  assert.equal((await box.run('message', 'release', String(id))).status, 0)
  const after = await box.json<Status>('status')
  assert.deepEqual([after.paused, after.waiting], [[], []])
  assert.equal(
    after.held.some(({ reason }) => reason === 'pair-paused'),
    false,
  )
})

test('trouble that stands is shown first, with the words of the server, until it ends', async () => {
  const bell = createAlarmBell(box.desk)
  await bell.raise({
    ...{ key: 'sign-in imap', reason: 'sign-in-refused' },
    ...{ detail: 'NO [AUTHENTICATIONFAILED] bad password', mailBroken: false },
  })
  const { alarms, waiting } = await box.json<Status>('status')
  assert.deepEqual(
    alarms.map(({ key, reason, told_at: told }) => [key, reason, told]),
    [['sign-in imap', 'sign-in-refused', null]],
  )
  assert.match(waiting[0]?.what ?? '', /refuses the sign-in of the box: NO .*bad password$/)
  await bell.end('sign-in imap')
  assert.deepEqual((await box.json<Status>('status')).alarms, [])
})

test('an SMS that nobody could be found for waits for a person', async () => {
  const id = await box.phoneTexts('where are you?', 'Customer')
  const { waiting, held } = await box.json<Status>('status')
  assert.match(waiting[0]?.at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const { stdout } = await box.run('status')
  assert.match(stdout, /^messages {2}\d+ \S+ in: \S+ \(today\)\n {10}\d+ /m)
  assert.match(stdout, new RegExp(`\\(simpost\\s+--config\\s+\\S+\\s+message\\s+show\\s+${id}\\)`))
  assert.deepEqual(
    held.map(({ reason, count }) => [reason, count]),
    [
      ['quiet-hours', 2],
      ['no-mailbox', 1],
    ],
  )
  assert.deepEqual(
    waiting.map(({ what }) => what),
    [
      `1 held message ${id}: no mailbox is bound to the line and there is no fallback; the text is kept (simpost message show ${id})`,
    ],
  )
})

test('a budget that is used up is shown, with the reserve of urgent bindings apart', async () => {
  const { desk } = box
  const { parts_today: before } = await box.json<Status>('status')
  charge(desk, { id: 0, cause: null, recipient: '+4917099999999' }, 18 - before, desk.now())
  const reserve = await box.json<Status>('status')
  assert.deepEqual(
    reserve.budgets_used_up.map(({ scope, key, period, used, limit }) => [scope, key, period, used, limit]),
    [['box', '', 'day', 18, 20]],
  )
  assert.match(
    reserve.waiting[0]?.what ?? '',
    /of today of the box are used up but for the reserve .*: 18 of 20/,
  )
  charge(desk, { id: 0, cause: null, recipient: '+4917099999999' }, 2, desk.now())
  const full = await box.json<Status>('status')
  assert.match(full.waiting[0]?.what ?? '', /of the box are used up: 20 of 20; more waits until midnight/)
  const renews = new Date(full.budgets_used_up[0]?.renews ?? '')
  assert.deepEqual([renews.getHours(), renews.getMinutes()], [0, 0])
  assert.match((await box.run('status')).stdout, /^today {5}20 of 20 SMS parts accepted, 1\.80 EUR$/m)
})

test('the signal of the last day stands in a line of its own, and in --json as figures', async (t) => {
  const history = createSignalHistory(box.desk.store)
  const now = Date.now()
  history.note({ at: now - 3_600_000, dbm: -93, stat: 1, technology: 7 })
  history.note({ at: now - 1000, dbm: -71, stat: 1, technology: 7 })
  type Signal = { readonly signal_day: Record<string, unknown> }
  const { signal_day: past } = await box.json<Signal>('status')
  // Nobody hears the network while the service does not run.
  assert.deepEqual([past.now, past.min, past.median, past.max], [null, -93, -93, -71])
  const [database] = box.desk.store.all<{ file: string }>('PRAGMA database_list')
  t.after(lockStore(database?.file ?? ''))
  const { signal_day: signal } = await box.json<Signal>('status')
  assert.deepEqual([signal.now, signal.min, signal.median, signal.max], [-71, -93, -93, -71])
  assert.match(
    (await box.run('status')).stdout,
    /^signal {4}-71 dBm; in 24 h -93 to -71, mostly -93 {2}[▁-█ ]+$/m,
  )
})
