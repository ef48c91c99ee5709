// Missed calls: the mail in the talk of the phone, once for each call, and the SMS that may answer.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import type { MissedCall } from '../../../src/domain/message.ts'
import type { ExchangeSettings } from '../../../src/exchange/decide/decision.ts'
import { decideMail } from '../../../src/exchange/decide/mail-to-sms.ts'
import { worldOf } from '../../../src/exchange/desk.ts'
import { createCallIntake } from '../../../src/exchange/intake/call-intake.ts'
import { configureLog } from '../../../src/log.ts'
import { bob, carol, officeLine } from '../decide/decision-rows.ts'
import { type BindingFacts, day, mail, mailbox, newDesk, noon, phone, settings } from '../world.ts'

configureLog('error', () => {})

const answering = { mail: true, answer: 'We call you back.', answerUnknown: false }

interface Options {
  readonly calls?: Partial<ExchangeSettings['calls']>
  readonly settings?: Partial<ExchangeSettings>
  readonly bound?: readonly BindingFacts[]
}

function office(options: Options = {}) {
  const time = { now: noon }
  const desk = newDesk({
    bound: options.bound ?? [bob, carol, officeLine],
    settings: { ...options.settings, calls: { ...settings.calls, ...options.calls } },
    now: () => time.now,
  })
  const intake = createCallIntake(desk)
  return {
    desk,
    time,
    intake,
    call: (number: string | null, more: Partial<MissedCall> = {}) =>
      intake.receive({ number, at: time.now, rings: 3, cut: false, ...more }),
    journal: () =>
      desk.journal
        .list({ limit: 100 })
        .reverse()
        .map(({ judgement, reason }) => `${judgement}: ${reason}`),
    texts: () =>
      desk.store.all<{ recipient: string; text: string; rule: string }>(
        "SELECT recipient, text, rule FROM delivery WHERE medium = 'sms' ORDER BY id",
      ),
  }
}

test('a call of a stranger is one commit, and a mail to the line that says who called and when', async () => {
  const { desk, call, journal } = office()
  const before = desk.store.commits()
  await call(phone('Customer'))
  assert.equal(desk.store.commits(), before + 1)
  assert.deepEqual(journal(), ['convert: missed-call'])
  assert.deepEqual(desk.woken, ['mail'])
  const [draft] = desk.drafts
  const time = `${String(new Date(noon).getHours()).padStart(2, '0')}:00`
  assert.equal(draft?.subject, `Missed call from +4915199999999, ${time}`)
  assert.equal(draft?.to.address, mailbox('Office'))
  assert.equal(draft?.text, `Missed call from +4915199999999, ${time}, 2026-11-22\nRings: 3\n`)
  assert.deepEqual(draft?.fields, {
    'X-SMS-From': '+4915199999999',
    'X-SMS-To': phone('SIM'),
    'X-SMS-Call': 'missed',
    'X-SMS-Rings': '3',
    'X-SMS-ID': draft?.messageId,
    'Auto-Submitted': 'auto-generated',
  })
  assert.equal(desk.journal.list({ limit: 1 })[0]?.subject, 'missed call')
})

test('the answer to the mail of a call leads to the caller, and the talk goes on in its thread', async () => {
  const { desk, call } = office()
  await call(phone('Customer'))
  const [draft] = desk.drafts
  const answer = mail({
    from: 'Office',
    to: [draft?.replyTo ?? ''],
    subject: `Re: ${draft?.subject}`,
    text: 'You rang?',
    answers: [draft?.messageId ?? ''],
  })
  const decision = decideMail(answer, worldOf(desk))
  assert.deepEqual(
    decision.deliveries.map(({ medium, to, rule }) => [medium, to, rule]),
    [['sms', phone('Customer'), 'answer']],
  )
  await call(phone('Customer'), { at: noon + 60_000 })
  assert.equal(desk.drafts[1]?.inReplyTo, draft?.messageId)
  assert.equal(desk.drafts[1]?.references[0], draft?.references[0])
})

test('a call of a phone in a talk goes to the person it talks with, under the name of its binding', async () => {
  const { desk, call } = office({ bound: [{ ...bob, name: 'Bob' }, officeLine] })
  desk.conversations.touch({
    ...{ number: phone('Bob'), correspondent: mailbox('Anna'), subject: 'Lunch', domain: 'office.example' },
    ...{ now: noon, expiresAt: noon + day, answered: true },
  })
  await call('017012345678')
  assert.equal(desk.drafts[0]?.to.address, mailbox('Anna'))
  assert.match(desk.drafts[0]?.subject ?? '', /^Missed call from Bob \(\+4917012345678\), \d\d:\d\d$/)
})

test('a withheld number has no answer address, and an answer all the same is refused', async () => {
  const { desk, call, texts } = office({ calls: answering })
  await call(null)
  const [draft] = desk.drafts
  assert.equal(draft?.replyTo, null)
  assert.match(draft?.subject ?? '', /^Missed call, number withheld or unknown, \d\d:\d\d$/)
  const answer = mail({ from: 'Office', to: ['Box'], answers: [draft?.messageId ?? ''] })
  const decision = decideMail(answer, worldOf(desk))
  assert.deepEqual([decision.judgement, decision.deliveries], ['refuse', []])
  assert.deepEqual(texts(), [])
})

test('the reader has the words in the language of the mailbox', async () => {
  for (const [language, words] of [
    ['de', /^Verpasster Anruf von /],
    ['fr', /^Appel manqué de /],
    ['es', /^Llamada perdida de /],
    ['zh', /未接来电/],
  ] as const) {
    const { desk, call } = office({ settings: { language } })
    await call(phone('Customer'))
    assert.match(desk.drafts[0]?.subject ?? '', words)
  }
})

test('the same call handed over again is one mail, and so is one that rings on over a restart', async () => {
  const { desk, call, time, journal } = office()
  await call(phone('Customer'))
  await call(phone('Customer'))
  assert.equal(journal().length, 1)
  time.now += 10_000
  await call(phone('Customer'), { cut: true })
  time.now += 40_000
  await createCallIntake(desk).receive({ number: phone('Customer'), at: time.now, rings: 2, cut: true })
  time.now += 40_000
  await createCallIntake(desk).receive({ number: phone('Customer'), at: time.now, rings: 2, cut: false })
  assert.equal(journal().length, 2)
  time.now += 40_000
  await call(phone('Customer'))
  assert.equal(journal().length, 3, 'the one before was not cut')
})

test('calls.mail = false and a phone whose texts never become mails leave a call in the journal only', async () => {
  const off = office({ calls: { mail: false } })
  await off.call(phone('Customer'))
  assert.deepEqual([off.journal(), off.desk.drafts], [['ignore: call-kept'], []])
  const never = office({ bound: [{ ...bob, smsToMail: 'never' }, officeLine] })
  await never.call(phone('Bob'))
  assert.deepEqual([never.journal(), never.desk.drafts], [['pass: policy-never'], []])
})

test('a line that only converts what is flagged gets calls nevertheless, for a caller cannot flag', async () => {
  const { call, journal } = office({ settings: { smsToMail: 'flagged' } })
  await call(phone('Customer'))
  assert.deepEqual(journal(), ['convert: missed-call'])
})

test('a caller in several talks is asked nothing: the line gets the call, with the names', async () => {
  const { desk, call, texts } = office({ settings: { ambiguous: 'ask' } })
  for (const name of ['Anna', 'Carol'])
    desk.conversations.touch({
      ...{ number: phone('Bob'), correspondent: mailbox(name), subject: 'x', domain: 'office.example' },
      ...{ now: noon, expiresAt: noon + day, answered: true },
    })
  await call(phone('Bob'))
  assert.deepEqual(texts(), [])
  assert.equal(desk.drafts[0]?.to.address, mailbox('Office'))
})

test('without a mailbox the call is kept and shown, as an SMS would be', async () => {
  const { call, journal } = office({ bound: [] })
  await call(phone('Customer'))
  assert.deepEqual(journal(), ['hold: no-mailbox'])
})

test('a caller who rings again and again pauses nobody', async () => {
  const { desk, call, time, journal } = office({ calls: answering })
  for (let count = 0; count < 30; count += 1) {
    await call(phone('Bob'))
    time.now += 1000
  }
  assert.deepEqual(new Set(journal()), new Set(['convert: missed-call']))
  assert.deepEqual(desk.spending.paused(), [])
})

test('the answer goes to a bound phone once a day, and is in the books of box and phone', async () => {
  const { desk, call, time, texts } = office({ calls: answering })
  await call(phone('Bob'))
  time.now += 60_000
  await call(phone('Bob'))
  assert.deepEqual(texts(), [{ recipient: phone('Bob'), text: 'We call you back.', rule: 'call-answer' }])
  assert.ok(desk.woken.includes('sms'))
  for (const [scope, key] of [
    ['box', ''],
    ['binding', phone('Bob')],
  ] as const)
    assert.equal(desk.spending.spent(scope, key, '2026-11-22', '2026-11-22'), 1)
  time.now += day
  await call(phone('Bob'))
  assert.equal(texts().length, 2)
})

for (const [what, options, number, sent] of [
  ['a stranger', {}, phone('Customer'), 0],
  [
    'a stranger, where the config says so',
    { calls: { ...answering, answerUnknown: true } },
    phone('Customer'),
    1,
  ],
  ['a withheld number', { calls: { ...answering, answerUnknown: true } }, null, 0],
  ['a short code', { calls: { ...answering, answerUnknown: true } }, '22333', 0],
  ['a premium number', { calls: { ...answering, answerUnknown: true } }, '+499001234567', 0],
  ['a satellite phone', { calls: { ...answering, answerUnknown: true } }, '+881612345678', 0],
  [
    'a country that is not allowed',
    { calls: { ...answering, answerUnknown: true }, settings: { allowedCountries: ['AT'] } },
    phone('Customer'),
    0,
  ],
  ['the SIM itself', { calls: { ...answering, answerUnknown: true } }, phone('SIM'), 0],
  ['a phone in its quiet hours', { settings: { quietHours: { from: 0, to: 1439 } } }, phone('Bob'), 1],
  ['a phone while mails about calls are off', { calls: { ...answering, mail: false } }, phone('Bob'), 1],
  [
    'a phone whose budget is used up',
    { settings: { limits: { ...settings.limits, binding: { perDay: 0, perMonth: null } } } },
    phone('Bob'),
    0,
  ],
] as const)
  test(`${what} gets ${sent === 1 ? 'the answer' : 'no answer'}`, async () => {
    const { call, texts } = office({ calls: answering, ...options })
    await call(number)
    assert.equal(texts().length, sent)
  })

test('a storm of calls from ever new numbers leaves half of the budget to messages, and says nothing of a used up budget', async () => {
  const { desk, call, time, texts } = office({
    calls: { ...answering, answerUnknown: true },
    settings: {
      operatorMailbox: mailbox('Anna'),
      limits: { ...settings.limits, box: { perDay: 20, perMonth: null } },
    },
  })
  for (let count = 0; count < 40; count += 1) {
    await call(`+49151${String(10_000_000 + count)}`)
    time.now += 1000
  }
  assert.equal(texts().length, 10)
  assert.deepEqual(
    desk.drafts.filter(({ to }) => to.address === mailbox('Anna')),
    [],
  )
  await call(phone('Bob'))
  assert.equal(texts().length, 11)
})

test('a phone that only texted us is a stranger, one that somebody of ours wrote to is not', async () => {
  const { desk, call, texts } = office({ calls: answering })
  const talk = {
    ...{
      number: phone('Customer'),
      correspondent: mailbox('Office'),
      subject: 'x',
      domain: 'office.example',
    },
    ...{ now: noon, expiresAt: noon + day },
  }
  desk.conversations.touch(talk)
  await call(phone('Customer'))
  assert.equal(texts().length, 0)
  desk.conversations.touch({ ...talk, answered: true })
  await call(phone('Customer'), { at: noon + 1000 })
  assert.equal(texts().length, 1)
})

test('a paused pair gets neither an answer nor, for now, the mail', async () => {
  const { desk, call, texts, journal } = office({ calls: answering })
  desk.spending.pause({ from: phone('Bob'), to: mailbox('Office') }, noon)
  await call(phone('Bob'))
  assert.deepEqual(texts(), [])
  assert.deepEqual(journal(), ['hold: pair-paused'])
})

test('a call that breaks the exchange is kept, and stands in the way of no other', async () => {
  const { desk, call, journal } = office()
  const { bindings } = desk
  Object.assign(desk, { bindings: { ...bindings, ofOperator: () => assert.fail('a defect') } })
  await call(phone('Bob'))
  Object.assign(desk, { bindings })
  await call(phone('Carol'))
  assert.deepEqual(journal(), ['hold: internal-error', 'convert: missed-call'])
})

test('what went out is not remembered where the commit failed, and the call is handed over again', async () => {
  const { desk, call, texts, journal } = office({ calls: answering })
  const { spending } = desk
  const remember = () => {
    throw new GatewayError('STORE_FAILED', 'the disk is full')
  }
  Object.assign(desk, { spending: { ...spending, remember } })
  await assert.rejects(call(phone('Bob')), /disk is full/)
  assert.deepEqual([journal(), texts()], [[], []])
  Object.assign(desk, { spending })
  await call(phone('Bob'))
  assert.equal(texts().length, 1)
})
