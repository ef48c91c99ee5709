// The decision table: each row is a mail or an SMS in a small office, and what the exchange decides about it. The rows stand in
// *-rows.ts and can be read without programming.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf } from '../../../src/domain/day.ts'
import type { IncomingMail } from '../../../src/domain/message.ts'
import type { Decision, World } from '../../../src/exchange/decide/decision.ts'
import { decideMail } from '../../../src/exchange/decide/mail-to-sms.ts'
import { reasons } from '../../../src/exchange/decide/reasons.ts'
import { decideSms } from '../../../src/exchange/decide/sms-to-mail.ts'
import { worldOf } from '../../../src/exchange/desk.ts'
import type { Conversation } from '../../../src/store/conversations.ts'
import { day, mail, mailbox, nameOf, newDesk, noon, phone, sms, type TestDesk } from '../world.ts'
import { badRows } from './bad-rows.ts'
import { bob, carol, officeLine, type Row } from './decision-rows.ts'
import { mailAddressRows } from './mail-address-rows.ts'
import { mailFlagRows } from './mail-flag-rows.ts'
import { mailLimitRows } from './mail-limit-rows.ts'
import { mailNumberRows } from './mail-number-rows.ts'
import { mailTagRows } from './mail-tag-rows.ts'
import { mailTrustRows } from './mail-trust-rows.ts'
import { moneyRows } from './money-rows.ts'
import { passOnRows } from './pass-on-rows.ts'
import { smsAskRows } from './sms-ask-rows.ts'
import { smsRows } from './sms-rows.ts'
import { temporaryRows } from './temporary-rows.ts'
import { waitRows } from './wait-rows.ts'

const rows = [
  ...mailFlagRows,
  ...mailTagRows,
  ...mailAddressRows,
  ...mailNumberRows,
  ...mailTrustRows,
  ...mailLimitRows,
  ...waitRows,
  ...moneyRows,
  ...temporaryRows,
  ...passOnRows,
  ...smsRows,
  ...smsAskRows,
  ...badRows,
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
      answered: talk.unanswered !== true,
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

const used = (
  desk: TestDesk,
  day: string,
  { box = 0, anna = 0, bob: toBob = 0 }: NonNullable<Row['spent']>,
) => {
  desk.spending.add('box', '', day, box)
  desk.spending.add('sender', mailbox('Anna'), day, anna)
  desk.spending.add('binding', phone('Bob'), day, toBob)
}

/** What happened before the message of the row came. */
function prepare(desk: TestDesk, row: Row, now: number): void {
  used(desk, dayOf(now), row.spent ?? {})
  used(desk, dayOf(now - day), row.spentYesterday ?? {})
  const [one, other] = (row.paused ?? []).map(addressOf)
  if (one !== undefined && other !== undefined) desk.spending.pause({ from: one, to: other }, now)
  for (const text of row.waits ?? [])
    desk.journal.add(
      {
        ...{ medium: 'sms', sender: phone('Bob'), subject: '', text, mailId: null, digest: null },
        ...{
          receivedAt: now,
          flag: 1,
          flagFrom: 'policy',
          judgement: 'hold',
          reason: 'ambiguous',
          raw: null,
        },
      },
      [],
    )
}

/** A mailbox where there is one of that name, else a phone, else what stands there. */
const addressOf = (name: string): string =>
  name.startsWith('phone of ') ? phone(name.slice(9)) : mailbox(name)

function timeOf(row: Row): number {
  const [hours, minutes] = (row.at ?? '').split(':').map(Number)
  return hours === undefined || minutes === undefined ? noon : new Date(noon).setHours(hours, minutes, 0, 0)
}

function decide(row: Row): Decision {
  const now = timeOf(row)
  const desk = newDesk({
    settings: row.settings ?? {},
    bound: row.bound ?? [bob, carol, officeLine],
    now: () => now,
  })
  const talks = openTalks(desk, row)
  prepare(desk, row, now)
  const world = worldOf(desk)
  const seen: World = {
    ...world,
    spending: {
      ...world.spending,
      ...(row.repeated === undefined ? {} : { repeats: () => row.repeated ?? 0 }),
      ...(row.told === true ? { wasTold: () => true } : {}),
    },
  }
  const commits = desk.store.commits()
  const decision =
    row.mail === undefined
      ? decideSms(sms(row.sms), seen)
      : decideMail(mailOf({ date: now, ...row.mail }, talks), seen)
  assert.equal(desk.store.commits(), commits, 'deciding writes nothing')
  return decision
}

function heldText({ to, held }: Decision['deliveries'][number], now: number): string {
  const until = held?.until ?? null
  const time = until === null ? 'for a person' : `until ${clockText(until, now)}`
  return `${nameOf(to)}: ${held?.reason} ${time}`
}

/** "07:00", "tomorrow 07:00", "2026-12-01 00:00". */
function clockText(until: number, now: number): string {
  const date = new Date(until)
  const time = [date.getHours(), date.getMinutes()].map((value) => String(value).padStart(2, '0')).join(':')
  if (dayOf(until) === dayOf(now)) return time
  return dayOf(until) === dayOf(now + day) ? `tomorrow ${time}` : `${dayOf(until)} ${time}`
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
      decision.deliveries.filter(({ held }) => held !== null).map((plan) => heldText(plan, timeOf(row))),
      row.held ?? [],
    )
    assert.deepEqual(
      decision.notices.map(({ to, reason }) => `${nameOf(to)}: ${reason}`),
      row.notices ?? [],
    )
    const bound = decision.temporaryBinding
    assert.equal(
      bound === null
        ? undefined
        : `${nameOf(bound.mailbox)}, ${nameOf(bound.number)}, ${(bound.expiresAt - timeOf(row)) / 60_000}`,
      row.binds,
    )
    assert.deepEqual(
      decision.pauses === null ? undefined : [decision.pauses.from, decision.pauses.to],
      row.pauses?.map(addressOf),
    )
    assert.equal(decision.releases.length, row.takesAlong ?? 0)
    // What is passed on keeps its own format; everything else changes it.
    const own = row.mail === undefined ? 'sms' : 'mail'
    for (const plan of decision.deliveries) {
      assert.equal(plan.medium === own, decision.judgement === 'pass')
      if (row.shows !== undefined) assert.equal(plan.text, row.shows)
    }
    assert.deepEqual(decision.steps.at(-1), { what: 'judge', detail: row.is })
  })

test('every judgement of the table has a reason with a meaning', () => {
  assert.ok(rows.length >= 230, String(rows.length))
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
