// Trouble that needs a person: who hears of it, by which way, how often, and that its end is told.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Alarms, createAlarmBell, type Trouble } from '../../src/exchange/alarm.ts'
import type { ExchangeSettings } from '../../src/exchange/decide/decision.ts'
import { configureLog } from '../../src/log.ts'
import { type DeskOptions, day, mailbox, newDesk, noon, phone } from './world.ts'

configureLog('error', () => {})
const minute = 60_000
const refused: Trouble = {
  key: 'sign-in imap',
  reason: 'sign-in-refused',
  detail: 'NO invalid credentials',
  mailBroken: false,
}
const both = { operatorMailbox: mailbox('Office'), operatorNumber: phone('Bob') }

interface Rig extends Alarms {
  readonly desk: ReturnType<typeof newDesk>
  readonly pass: (ms: number) => void
  /** Reasons of the mails, in their order. */
  readonly mails: () => string[]
  /** Texts of the SMS. */
  readonly texts: () => string[]
  /** The mails that wait are taken by the server. */
  readonly mailLeaves: () => void
  readonly restart: () => Alarms
}

function rig(settings: Partial<ExchangeSettings>, options: DeskOptions = {}): Rig {
  let now = noon
  const desk = newDesk({ ...options, now: () => now, settings })
  return {
    ...createAlarmBell(desk),
    desk,
    pass: (ms) => {
      now += ms
    },
    mails: () => desk.drafts.map(({ fields }) => String(fields['X-SMS-Reason'])),
    texts: () =>
      desk.store
        .all<{ text: string }>("SELECT text FROM delivery WHERE medium = 'sms' ORDER BY id")
        .map(({ text }) => text),
    mailLeaves: () => desk.store.run("UPDATE delivery SET state = 'sent' WHERE medium = 'mail'"),
    restart: () => createAlarmBell(desk),
  }
}

test('a trouble is told once by mail, whatever repeats it, and its end in the same thread', async () => {
  const { raise, end, tellDue, mails, texts, mailLeaves, pass, restart, desk } = rig(both)
  await raise(refused)
  mailLeaves()
  for (let hours = 0; hours < 30; hours++) {
    pass(60 * minute)
    await raise({ ...refused, detail: `NO try ${hours}` })
    await restart().raise(refused)
    await tellDue()
  }
  assert.deepEqual([mails(), texts()], [['sign-in-refused'], []])
  await end(refused.key)
  await end(refused.key)
  assert.deepEqual(mails(), ['sign-in-refused', 'alarm-over'])
  const [first, second] = desk.drafts
  assert.equal(second?.inReplyTo, first?.messageId)
  assert.ok(first?.text.includes('NO invalid credentials'))
})

test('where mail is broken the phone is told at once, and the mailbox when it is over', async () => {
  const { raise, end, tellDue, mails, texts, pass, desk } = rig(both)
  await raise({ ...refused, mailBroken: true })
  await raise({ ...refused, mailBroken: true })
  assert.deepEqual(mails(), [])
  assert.equal(texts().length, 1)
  assert.match(texts()[0] ?? '', /^Simpost: .*NO invalid credentials$/)
  assert.deepEqual(desk.woken, ['sms'])
  pass(20 * minute)
  await tellDue()
  await end(refused.key)
  assert.equal(texts().length, 1)
  assert.deepEqual(mails(), ['alarm-over'])
})

test('a mail that does not leave is followed by an SMS after ten minutes, one that left is not', async () => {
  const stuck = rig(both)
  await stuck.raise(refused)
  stuck.pass(10 * minute - 1)
  await stuck.tellDue()
  assert.deepEqual(stuck.texts(), [])
  stuck.pass(1)
  await stuck.tellDue()
  await stuck.tellDue()
  stuck.pass(60 * minute)
  await stuck.tellDue()
  assert.equal(stuck.texts().length, 1)
  const left = rig(both)
  await left.raise(refused)
  left.mailLeaves()
  left.pass(60 * minute)
  await left.tellDue()
  assert.deepEqual(left.texts(), [])
})

test('trouble that comes and goes is told once an hour by mail and every six hours by SMS, at most', async () => {
  for (const [mailBroken, each] of [
    [false, 60 * minute],
    [true, 360 * minute],
  ] as const) {
    const { raise, end, tellDue, desk, texts, pass, mailLeaves } = rig(
      mailBroken ? { operatorMailbox: null, operatorNumber: phone('Bob') } : both,
    )
    for (let minutes = 0; minutes < 1440; minutes += 5) {
      await raise({ ...refused, mailBroken })
      await tellDue()
      mailLeaves()
      pass(4 * minute)
      await end(refused.key)
      pass(minute)
    }
    const told = mailBroken
      ? texts().filter((text) => text.includes('refuses'))
      : desk.drafts.filter(({ fields }) => fields['X-SMS-Reason'] === 'sign-in-refused')
    assert.ok(told.length <= (1440 * minute) / each && told.length >= 3, `${told.length}`)
  }
})

test('what may end by itself is told after its time only, and its end only to whom was told', async () => {
  const { raise, end, tellDue, mails, pass } = rig(both)
  const slow = { ...refused, key: 'mailbox', afterMs: 30 * minute }
  await raise(slow)
  pass(29 * minute)
  await tellDue()
  await raise({ ...slow, detail: 'still down' })
  await end('mailbox')
  assert.deepEqual(mails(), [])
  await raise(slow)
  pass(30 * minute)
  await tellDue()
  await end('mailbox')
  assert.deepEqual(mails(), ['sign-in-refused', 'alarm-over'])
})

test('nobody to be told is no error, and one who can only be reached by mail gets the mail', async () => {
  const nobody = rig({ operatorMailbox: null })
  await nobody.raise(refused)
  await nobody.end(refused.key)
  assert.deepEqual([nobody.mails(), nobody.texts()], [[], []])
  const mailOnly = rig({ operatorMailbox: mailbox('Office') })
  await mailOnly.raise({ ...refused, mailBroken: true })
  assert.deepEqual([mailOnly.mails(), mailOnly.texts()], [['sign-in-refused'], []])
})

test('a used-up budget does not silence an alarm, and its part is counted', async () => {
  const none = { perDay: 1, perMonth: null }
  const { raise, desk, texts } = rig({
    ...{ operatorMailbox: null, operatorNumber: phone('Bob'), urgentReserve: 0 },
    limits: { box: none, sender: none, binding: none },
  })
  desk.spending.add('box', '', new Date(noon).toLocaleDateString('sv'), 1)
  await raise({ ...refused, mailBroken: true })
  assert.equal(texts().length, 1)
  assert.equal(desk.store.get<{ state: string }>('SELECT state FROM delivery')?.state, 'queued')
  assert.equal(desk.spending.spent('box', '', '2000-01-01', '2999-01-01'), 2)
})

test('a trouble that is told and looked after at the same time is told once, and one that ends meanwhile is over', async () => {
  const { raise, end, tellDue, mails, desk } = rig(both)
  await Promise.all([raise(refused), tellDue(), end(refused.key), tellDue()])
  assert.deepEqual(mails(), ['sign-in-refused', 'alarm-over'])
  assert.equal(desk.store.get('SELECT 1 FROM alarm WHERE ended_at IS NULL'), undefined)
})

test('what a clock that ran ahead wrote down keeps no later trouble from being told', async () => {
  for (const mailBroken of [false, true]) {
    const { raise, end, mails, texts, pass } = rig(both)
    pass(400 * day)
    await raise({ ...refused, mailBroken })
    await end(refused.key)
    pass(-400 * day)
    await raise({ ...refused, mailBroken })
    const told = [...mails(), ...texts()].filter((one) => one !== 'alarm-over')
    assert.equal(told.length, 2, told.join('\n'))
  }
})

test('an alarm by SMS speaks the language of the phone', async () => {
  const { raise, texts } = rig(
    { operatorMailbox: null, operatorNumber: phone('Bob') },
    { bound: [{ mailbox: 'Bob', phone: 'Bob', language: 'de' }] },
  )
  await raise(refused)
  assert.match(texts()[0] ?? '', /Mailserver lehnt die Anmeldung ab/)
})
