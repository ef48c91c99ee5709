// The decision table: each row is a mail or an SMS in a small office, and what the exchange decides about it. The rows stand in
// *-rows.ts and can be read without programming.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IncomingMail } from '../../src/domain/message.ts'
import type { Decision } from '../../src/exchange/decision.ts'
import { decideMail } from '../../src/exchange/mail-to-sms.ts'
import { reasons } from '../../src/exchange/reasons.ts'
import { worldOf } from '../../src/exchange/record.ts'
import { decideSms } from '../../src/exchange/sms-to-mail.ts'
import type { Conversation } from '../../src/store/conversations.ts'
import { bob, carol, officeLine, type Row } from './decision-rows.ts'
import { mailAddressRows } from './mail-address-rows.ts'
import { mailFlagRows } from './mail-flag-rows.ts'
import { mailNumberRows } from './mail-number-rows.ts'
import { mailTagRows } from './mail-tag-rows.ts'
import { mailTrustRows } from './mail-trust-rows.ts'
import { smsRows } from './sms-rows.ts'
import { day, mail, mailbox, nameOf, newDesk, noon, phone, sms, type TestDesk } from './world.ts'

const rows = [
  ...mailFlagRows,
  ...mailTagRows,
  ...mailAddressRows,
  ...mailNumberRows,
  ...mailTrustRows,
  ...smsRows,
]

const talkId = (index: number): string => `<talk${index}@office.example>`

function openTalks(desk: TestDesk, row: Row): Conversation[] {
  return (row.talks ?? []).map((talk, index) => {
    const conversation = desk.conversations.touch({
      number: phone(talk.phone),
      correspondent: mailbox(talk.with),
      subject: 'SMS',
      domain: 'office.example',
      now: noon - 2 * day + index,
      expiresAt: talk.ended === true ? noon : noon + day,
    })
    desk.conversations.addMail(conversation.id, talkId(index), true)
    return conversation
  })
}

function mailOf(row: NonNullable<Row['mail']>, talks: readonly Conversation[]): IncomingMail {
  const { token, answersTalk = [], ...facts } = row
  const reply = token === undefined ? undefined : `sms+${talks[token]?.token}@office.example`
  return mail({
    ...facts,
    ...(reply === undefined ? {} : { to: [reply] }),
    ...(reply === undefined || facts.recorded === undefined ? {} : { recorded: [reply] }),
    answers: [...(facts.answers ?? []), ...answersTalk.map(talkId)],
  })
}

function decide(row: Row): Decision {
  const desk = newDesk({ settings: row.settings ?? {}, bound: row.bound ?? [bob, carol, officeLine] })
  const talks = openTalks(desk, row)
  const commits = desk.store.commits()
  const decision =
    row.mail === undefined
      ? decideSms(sms(row.sms), worldOf(desk))
      : decideMail(mailOf(row.mail, talks), worldOf(desk))
  assert.equal(desk.store.commits(), commits, 'deciding writes nothing')
  return decision
}

for (const row of rows)
  test(`${row.mail === undefined ? 'SMS' : 'mail'}: ${row.title}`, () => {
    const decision = decide(row)
    assert.equal(`${decision.judgement}: ${decision.reason}`, row.is)
    if (row.flag !== undefined) assert.equal(`${decision.flag.value} ${decision.flag.from}`, row.flag)
    assert.deepEqual(
      decision.deliveries.map(({ to, rule }) => `${nameOf(to)} by ${rule}`),
      row.goesTo ?? [],
    )
    assert.deepEqual(
      decision.notices.map(({ to, reason }) => `${nameOf(to)}: ${reason}`),
      row.notices ?? [],
    )
    const bound = decision.temporaryBinding
    assert.equal(
      bound === null
        ? undefined
        : `${nameOf(bound.mailbox)}, ${nameOf(bound.number)}, ${(bound.expiresAt - noon) / 60_000}`,
      row.binds,
    )
    for (const plan of decision.deliveries) {
      assert.equal(plan.medium, row.mail === undefined ? 'mail' : 'sms')
      if (row.shows !== undefined) assert.equal(plan.text, row.shows)
    }
    assert.deepEqual(decision.steps.at(-1), { what: 'judge', detail: row.is })
  })

test('every judgement of the table has a reason with a meaning', () => {
  assert.ok(rows.length >= 80)
  for (const { is } of rows) assert.ok((is.split(': ')[1] ?? '') in reasons, is)
})

test('each plan says encoding, parts and price', () => {
  const price = (text: string, settings: NonNullable<Row['settings']> = {}) => {
    const [plan] = decide({ title: '', mail: { subject: '[sms]', text }, settings, is: '' }).deliveries
    assert.ok(plan?.medium === 'sms')
    return [plan.encoding, plan.parts, plan.cost, plan.costly.join('')]
  }
  assert.deepEqual(price('x'.repeat(160)), ['gsm7', 1, 0.09, ''])
  assert.deepEqual(price('x'.repeat(161)), ['gsm7', 2, 0.18, ''])
  assert.deepEqual(price('€'.repeat(80)), ['gsm7', 1, 0.09, ''])
  assert.deepEqual(price(`ж${'x'.repeat(70)}`), ['ucs2', 2, 0.18, 'ж'])
  assert.deepEqual(price('x', { pricePerPart: null }), ['gsm7', 1, null, ''])
})

test('the conversations of a message last as long as its tag says, else the reply window', () => {
  const windowOf = (subject: string) => decide({ title: '', mail: { subject }, is: '' }).windowMs
  assert.equal(windowOf('[sms] x'), 7 * day)
  assert.equal(windowOf('[sms +4915199999999] x'), 7 * day)
  assert.equal(windowOf('[sms +4915199999999 2h] x'), 7_200_000)
  const text = '[mail carol@office.example 3d] x'
  assert.equal(decide({ title: '', sms: { text }, is: '' }).windowMs, 3 * day)
})
