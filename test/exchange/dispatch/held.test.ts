// What waits goes out when its time has come, and not before: quiet hours, budgets, questions; and what the operator does by hand.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf } from '../../../src/domain/day.ts'
import type { MailDraft } from '../../../src/domain/message.ts'
import {
  cancelForBinding,
  cancelMessage,
  releaseMessage,
  retryMessage,
} from '../../../src/exchange/dispatch/by-hand.ts'
import { createHeld } from '../../../src/exchange/dispatch/held.ts'
import { createMailIntake } from '../../../src/exchange/intake/mail-intake.ts'
import { createSmsIntake } from '../../../src/exchange/intake/sms-intake.ts'
import { prepareOutcome } from '../../../src/exchange/results/sms-outcome.ts'
import { configureLog } from '../../../src/log.ts'
import { bob, carol, officeLine } from '../decide/decision-rows.ts'
import { deliver } from '../intake/pdu-makers.ts'
import { type DeskOptions, day, type MailFacts, mail, newDesk, noon, phone } from '../world.ts'

configureLog('error', () => {})

const hour = 3_600_000
const none = { perDay: null, perMonth: null }
const tenParts = {
  limits: { box: { perDay: 10, perMonth: null }, sender: none, binding: none },
  urgentReserve: 0,
}

function newOffice(options: DeskOptions = {}) {
  const time = { now: noon }
  const desk = newDesk({ bound: [bob, carol, officeLine], ...options, now: () => time.now })
  const read = async ({ raw }: { raw: Buffer }) => mail(JSON.parse(raw.toString()) as MailFacts)
  const mails = createMailIntake(desk, read, 'box')
  const texts = createSmsIntake(desk, 4 * hour)
  const held = createHeld(desk)
  let uid = 0
  return {
    desk,
    time,
    release: () => held.releaseDue(4 * hour),
    /** @returns the journal number */
    annaWrites: async (facts: MailFacts) => {
      uid++
      const raw = Buffer.from(
        JSON.stringify({ subject: '[sms] Lunch', id: `<${uid}@x>`, date: time.now, ...facts }),
      )
      const place = { folder: 'INBOX', uidValidity: '1', uid, size: raw.length, truncated: false }
      await mails.receive({ ...place, raw })
      return desk.journal.list({ limit: 1 })[0]?.id ?? 0
    },
    phoneTexts: async (text: string, from = phone('Bob')) => {
      for (const pdu of deliver(text, { from, at: time.now })) await texts.receive(pdu)
      return desk.journal.list({ limit: 1 })[0]?.id ?? 0
    },
    /** Of the message itself, without the notices about it. */
    states: (id: number) =>
      desk.outbox
        .ofMessage(id)
        .filter(({ rule }) => rule !== 'notice')
        .map(({ state }) => state),
    /** SMS that the modem would get now. */
    queued: () =>
      desk.store
        .all<{ text: string }>(
          "SELECT text FROM delivery WHERE state = 'queued' AND medium = 'sms' ORDER BY id",
        )
        .map(({ text }) => text),
    spent: () => desk.spending.spent('box', '', dayOf(time.now), dayOf(time.now)),
  }
}

const atNight = { bound: [{ ...bob, quietHours: '22:00-07:00' }, carol, officeLine] }
const clock = (hours: number, minutes = 0, days = 0) =>
  new Date(noon).setHours(hours + 24 * days, minutes, 0, 0)

test('an SMS held for quiet hours goes out when they end, and is counted then', async () => {
  const office = newOffice(atNight)
  office.time.now = clock(23)
  const id = await office.annaWrites({})
  assert.deepEqual([office.states(id), office.spent()], [['held'], 0])
  office.time.now = clock(6, 59, 1)
  await office.release()
  assert.deepEqual(office.states(id), ['held'])
  office.time.now = clock(7, 0, 1)
  await office.release()
  assert.deepEqual([office.states(id), office.spent()], [['queued'], 1])
  assert.ok(office.desk.woken.includes('sms'))
})

test('with a digest the night comes as one SMS, and every mail shows where it went', async () => {
  const office = newOffice({
    bound: [{ ...bob, quietHours: '22:00-07:00', digest: true }, carol, officeLine],
  })
  office.time.now = clock(23)
  const ids = [
    await office.annaWrites({ text: 'The key is at the door.' }),
    await office.annaWrites({ from: 'Dora', text: 'Lunch?\n\nDora' }),
  ]
  office.time.now = clock(7, 0, 1)
  await office.release()
  assert.deepEqual(office.queued(), ['2:\n1 anna: The key is at the door.\n2 dora: Lunch? Dora'])
  assert.equal(office.spent(), 1)
  assert.deepEqual(ids.map(office.states), [['merged'], ['merged']])
  for (const id of ids)
    assert.match(
      office.desk.journal
        .steps(id)
        .map(({ detail }) => detail)
        .join(),
      /went out in delivery/,
    )
})

test('what does not fit one digest goes into the next: nothing is dropped', async () => {
  const office = newOffice({
    bound: [{ ...bob, quietHours: '22:00-07:00', digest: true, partsMax: 2 }, carol, officeLine],
    settings: { repeatMax: 1000, pairMax: 1000 },
  })
  office.time.now = clock(23)
  const ids: number[] = []
  for (let at = 0; at < 40; at++) ids.push(await office.annaWrites({ text: `number ${at} of the night` }))
  office.time.now = clock(7, 0, 1)
  await office.release()
  const all = office.queued().join('\n')
  for (let at = 0; at < 40; at++) assert.match(all, new RegExp(`anna: number ${at} of`))
  assert.ok(office.queued().length > 1 && office.queued().length < 10)
  for (const id of ids) assert.equal(office.desk.journal.get(id)?.judgement, 'convert')
})

test('a digest that the budget cannot pay is none: each text goes by itself, as far as the budget reaches', async () => {
  const limits = { box: { perDay: 3, perMonth: null }, sender: none, binding: none }
  const office = newOffice({
    bound: [{ ...bob, quietHours: '22:00-07:00', digest: true }, carol, officeLine],
    settings: { limits, urgentReserve: 0 },
  })
  office.time.now = clock(23)
  const ids: number[] = []
  for (let at = 0; at < 5; at++) ids.push(await office.annaWrites({ text: `${at} ${'x'.repeat(140)}` }))
  office.time.now = clock(7, 0, 1)
  await office.release()
  assert.deepEqual(ids.flatMap(office.states), ['queued', 'queued', 'queued', 'held', 'held'])
  assert.equal(office.desk.journal.get(ids[4] ?? 0)?.judgement, 'hold')
  office.time.now = clock(12, 0, 2)
  await office.release()
  assert.deepEqual(
    ids.flatMap(office.states),
    Array.from({ length: 5 }, () => 'queued'),
  )
})

test('whoever cannot pay a share is left out of the digest, and their texts wait', async () => {
  const limits = { box: none, sender: { perDay: 1, perMonth: null }, binding: none }
  const office = newOffice({
    bound: [{ ...bob, quietHours: '22:00-07:00', digest: true, partsMax: 6 }, carol, officeLine],
    settings: { limits, repeatMax: 1000, pairMax: 1000 },
  })
  office.time.now = clock(23)
  for (let at = 0; at < 8; at++) await office.annaWrites({ text: `${at} ${'word '.repeat(30)}` })
  for (let at = 0; at < 2; at++) await office.annaWrites({ from: 'Dora', text: `Lunch ${at}?` })
  office.time.now = clock(7, 0, 1)
  await office.release()
  const today = dayOf(office.time.now)
  assert.equal(office.desk.spending.spent('sender', 'anna@office.example', today, today), 1)
  assert.deepEqual(
    office.queued().filter((text) => text.includes('dora')),
    ['2:\n1 dora: Lunch 0?\n2 dora: Lunch 1?'],
  )
})

test('a digest that failed is sent again at the word for any of its messages', async () => {
  const office = newOffice({
    bound: [{ ...bob, quietHours: '22:00-07:00', digest: true }, carol, officeLine],
  })
  office.time.now = clock(23)
  const ids = [
    await office.annaWrites({ text: 'one' }),
    await office.annaWrites({ from: 'Dora', text: 'two' }),
  ]
  office.time.now = clock(7, 0, 1)
  await office.release()
  const claimed = office.desk.outbox.claimSegment(office.time.now)
  office.desk.outbox.settleSegment(claimed?.segmentId ?? 0, 'failed', 'why', office.time.now)
  assert.match(retryMessage(office.desk, ids[1] ?? 0), /^queued again: delivery/)
  assert.equal(office.queued().length, 1)
  for (const id of ids) assert.ok(office.desk.journal.steps(id).some(({ what }) => what === 'retry'))
})

test('a night of hundreds of long texts is a matter of digests that fit, none of which is lost', async () => {
  const office = newOffice({
    bound: [{ ...bob, quietHours: '22:00-07:00', digest: true, partsMax: 6 }, carol, officeLine],
    settings: { repeatMax: 1000, pairMax: 1000, limits: { box: none, sender: none, binding: none } },
  })
  office.time.now = clock(23)
  for (let at = 0; at < 200; at++) await office.annaWrites({ text: `number ${at} ${'word '.repeat(180)}` })
  office.time.now = clock(7, 0, 1)
  await office.release()
  const all = office.queued().join('\n')
  for (let at = 0; at < 200; at++) assert.match(all, new RegExp(`anna: number ${at}\\b`))
})

test('an urgent word rings at midnight, when the budget that held it renews', async () => {
  const office = newOffice({ ...atNight, settings: tenParts })
  office.time.now = clock(23)
  office.desk.spending.add('box', '', dayOf(office.time.now), 10)
  const id = await office.annaWrites({ subject: '[sms] URGENT: pump 3' })
  assert.deepEqual(office.states(id), ['held'])
  office.time.now = clock(0, 0, 1)
  await office.release()
  assert.deepEqual(office.states(id), ['queued'])
})

test('what waited makes its talk the latest, and the phone is no stranger then', async () => {
  const office = newOffice({
    bound: [carol, officeLine],
    settings: { quietHours: { from: 22 * 60, to: 7 * 60 }, ambiguous: 'latest' },
  })
  office.time.now = clock(23)
  await office.annaWrites({ from: 'Dora', subject: '[sms +4915199999999] Lunch', to: ['Box'] })
  await office.phoneTexts('When do you open?', phone('Customer'))
  office.time.now = clock(7, 0, 1)
  await office.release()
  const [latest] = office.desk.conversations.openOf(phone('Customer'), office.time.now)
  assert.deepEqual([latest?.correspondent, latest?.answered], ['dora@partner.example', true])
})

test('each sender pays a share of a digest, and each hears if it fails', async () => {
  const office = newOffice({
    bound: [{ ...bob, quietHours: '22:00-07:00', digest: true }, carol, officeLine],
  })
  office.time.now = clock(23)
  await office.annaWrites({ text: 'The key is at the door.' })
  await office.annaWrites({ from: 'Dora', text: 'Lunch?' })
  office.time.now = clock(7, 0, 1)
  await office.release()
  const today = dayOf(office.time.now)
  for (const sender of ['anna@office.example', 'dora@partner.example'])
    assert.equal(office.desk.spending.spent('sender', sender, today, today), 1)
  const claimed = office.desk.outbox.claimSegment(office.time.now)
  const digest = office.desk.outbox.get(claimed?.deliveryId ?? 0)
  assert.ok(digest !== undefined)
  const tell = await prepareOutcome(office.desk, digest, {
    ...{ reason: 'sms-failed', cause: 'no such number', status: null },
  })
  office.desk.store.transaction(tell)
  assert.deepEqual(office.desk.drafts.map(({ to }) => to.address).sort(), [
    'anna@office.example',
    'dora@partner.example',
  ])
})

test('a digest of many long mails keeps to the part limit, and one mail alone is no digest', async () => {
  const office = newOffice({
    bound: [{ ...bob, quietHours: '22:00-07:00', digest: true, partsMax: 2 }, carol, officeLine],
  })
  office.time.now = clock(23)
  for (let at = 0; at < 6; at++) await office.annaWrites({ text: `${at} ${'word '.repeat(50)}` })
  office.time.now = clock(7, 0, 1)
  await office.release()
  const [text = ''] = office.queued()
  for (let at = 0; at < 6; at++) assert.match(text, new RegExp(`${at + 1} anna: ${at} word`))
  assert.equal(office.spent(), 2)
  office.time.now = clock(23, 0, 1)
  await office.annaWrites({ text: 'alone' })
  office.time.now = clock(7, 0, 2)
  await office.release()
  assert.deepEqual(office.queued().slice(1), ['alone'])
})

test('a storm spends the day and no more; the rest goes out on the next days in its order', async () => {
  const office = newOffice({ settings: { ...tenParts, repeatMax: 1000, pairMax: 1000 } })
  for (let at = 0; at < 25; at++) await office.annaWrites({ text: `alarm ${at}` })
  assert.equal(office.queued().length, 10)
  assert.equal(office.desk.drafts.length, 1, 'the sender is told once')
  const days = [office.queued().length]
  for (let later = 1; later <= 3; later++) {
    office.time.now = clock(0, 0, later)
    await office.release()
    days.push(office.queued().length)
  }
  assert.deepEqual(days, [10, 20, 25, 25])
  assert.deepEqual(
    office.queued(),
    Array.from({ length: 25 }, (_, at) => `alarm ${at}`),
  )
})

test('a limit is judged in the commit: what another process spent meanwhile counts', async () => {
  const office = newOffice({ settings: { ...tenParts, operatorMailbox: 'carol@office.example' } })
  office.desk.spending.add('box', '', dayOf(noon), 7)
  const { compose } = office.desk
  // The warning at four fifths is composed between the decision and the commit.
  Object.assign(office.desk, {
    compose: async (draft: MailDraft) => {
      office.desk.spending.add('box', '', dayOf(noon), 3)
      return compose(draft)
    },
  })
  const id = await office.annaWrites({})
  assert.deepEqual([office.states(id), office.spent()], [['held'], 10])
  assert.equal(office.desk.journal.get(id)?.reason, 'budget-used-up')
  assert.deepEqual(office.desk.conversations.openOf(phone('Bob'), noon), [])
})

test('what a budget held does not ring in quiet hours, nor go out to a pair that was paused since', async () => {
  const office = newOffice({ ...atNight, settings: tenParts })
  office.desk.spending.add('box', '', dayOf(noon), 10)
  const [quiet, paused] = [await office.annaWrites({}), await office.annaWrites({ from: 'Dora' })]
  office.desk.spending.pause({ from: 'dora@partner.example', to: phone('Bob') }, noon)
  office.time.now = clock(0, 1, 1)
  await office.release()
  assert.deepEqual(office.queued(), [])
  office.time.now = clock(7, 0, 1)
  await office.release()
  assert.deepEqual([...office.states(quiet), ...office.states(paused)], ['queued', 'held'])
  assert.equal(office.desk.outbox.ofMessage(paused)[0]?.heldReason, 'pair-paused')
})

test('cancelling what was queued yesterday gives nothing back today', async () => {
  const office = newOffice({ settings: tenParts })
  const old = await office.annaWrites({ text: 'yesterday' })
  office.time.now += day
  await office.annaWrites({ text: 'today' })
  cancelMessage(office.desk, old)
  assert.equal(office.spent(), 1)
  assert.equal(office.desk.spending.spent('box', '', dayOf(noon), dayOf(noon)), 0)
})

test('releasing a message that went out resumes its pair and lets go what waits between the two', async () => {
  const office = newOffice({ settings: { repeatMax: 2 } })
  const ids: number[] = []
  for (let at = 0; at < 4; at++) ids.push(await office.annaWrites({ text: 'pump 3' }))
  assert.match(await releaseMessage(office.desk, ids[0] ?? 0), /^released: delivery \d+ to .*, delivery/)
  assert.deepEqual(ids.flatMap(office.states), ['queued', 'queued', 'queued', 'queued'])
  assert.ok(office.desk.journal.steps(ids[0] ?? 0).some(({ what }) => what === 'resume'))
})

test('a pair of which nothing waits any more can be resumed too', async () => {
  const office = newOffice({ settings: { repeatMax: 1 } })
  await office.annaWrites({ text: 'pump 3' })
  const second = await office.annaWrites({ text: 'pump 3' })
  cancelMessage(office.desk, second)
  assert.equal(office.desk.journal.get(second)?.reason, 'cancelled')
  assert.match(await releaseMessage(office.desk, second), /^resumed: /)
  assert.deepEqual(office.desk.spending.paused(), [])
})

test('a message that waits opens no talk: the phone has not got it', async () => {
  const office = newOffice(atNight)
  office.time.now = clock(23)
  const id = await office.annaWrites({})
  assert.deepEqual(office.desk.conversations.openOf(phone('Bob'), office.time.now), [])
  const text = await office.phoneTexts('When do you open?')
  assert.equal(office.desk.outbox.ofMessage(text)[0]?.recipient, 'office@office.example')
  cancelMessage(office.desk, id)
  assert.equal(office.desk.conversations.openOf(phone('Bob'), office.time.now).length, 1)
})

test('a talk that a tag limited is as short after the wait', async () => {
  const office = newOffice(atNight)
  office.time.now = clock(23)
  await office.annaWrites({ subject: `[sms ${phone('Bob')} 2h] Lunch` })
  office.time.now = clock(7, 0, 1)
  await office.release()
  assert.equal(office.desk.conversations.openOf(phone('Bob'), office.time.now + 2 * hour - 1).length, 1)
  assert.equal(office.desk.conversations.openOf(phone('Bob'), office.time.now + 2 * hour).length, 0)
})

test('answers to what the box sends by command go to the line, for the box reads no mails', async () => {
  const office = newOffice()
  await office.annaWrites({ from: 'Box' })
  const answer = await office.phoneTexts('Thanks!')
  assert.equal(office.desk.outbox.ofMessage(answer)[0]?.recipient, 'office@office.example')
})

test('a hold that was set by a wrong clock does not last for years', async () => {
  const office = newOffice({ settings: tenParts })
  office.time.now = clock(12, 0, 4000)
  office.desk.spending.add('box', '', dayOf(office.time.now), 10)
  const id = await office.annaWrites({})
  assert.deepEqual(office.states(id), ['held'])
  office.time.now = noon
  await office.release()
  assert.deepEqual(office.states(id), ['queued'])
})

test('the operator releases a message over the budget, and it is counted', async () => {
  const office = newOffice({ settings: tenParts })
  office.desk.spending.add('box', '', dayOf(noon), 10)
  const id = await office.annaWrites({})
  assert.match(await releaseMessage(office.desk, id), /delivery \d+ to \+4917012345678/)
  assert.deepEqual([office.states(id), office.spent()], [['queued'], 11])
})

test('releasing one message of a paused pair resumes the pair and lets all of it go', async () => {
  const office = newOffice({ settings: { repeatMax: 2 } })
  const ids: number[] = []
  for (let at = 0; at < 5; at++) ids.push(await office.annaWrites({ text: 'pump 3' }))
  assert.deepEqual(ids.flatMap(office.states), ['queued', 'queued', 'held', 'held', 'held'])
  office.time.now += day
  await office.release()
  assert.equal(office.queued().length, 2, 'no time ends a pause')
  await releaseMessage(office.desk, ids[3] ?? 0)
  assert.equal(office.queued().length, 5)
  assert.deepEqual(office.desk.spending.paused(), [])
  office.time.now += day
  assert.deepEqual(office.states(await office.annaWrites({ text: 'pump 3' })), ['queued'])
})

test('the talk of a message that waited begins when it goes out, so that its answer finds the way back', async () => {
  const office = newOffice({
    settings: { limits: { box: { perDay: null, perMonth: 10 }, sender: none, binding: none } },
  })
  office.desk.spending.add('box', '', dayOf(noon), 10)
  const id = await office.annaWrites({})
  assert.deepEqual(office.states(id), ['held'])
  office.time.now = new Date(new Date(noon).setMonth(11, 1)).setHours(0, 1, 0, 0)
  await office.release()
  assert.deepEqual(office.states(id), ['queued'])
  office.time.now += 6 * day
  const [open] = office.desk.conversations.openOf(phone('Bob'), office.time.now)
  assert.equal(open?.correspondent, 'anna@office.example')
})

test('what waits can be cancelled, and what was counted is taken out of the books', async () => {
  const office = newOffice()
  const id = await office.annaWrites({})
  assert.equal(office.spent(), 1)
  assert.match(cancelMessage(office.desk, id), /^cancelled/)
  assert.deepEqual([office.states(id), office.spent(), office.queued()], [['cancelled'], 0, []])
  assert.throws(() => cancelMessage(office.desk, id), { code: 'USAGE' })
})

test('what waits for a phone ends with its binding', async () => {
  const office = newOffice({ bound: [{ ...bob, quietHours: '22:00-07:00' }, carol, officeLine] })
  office.time.now = clock(23)
  const id = await office.annaWrites({ text: 'the alarm code is 1234' })
  assert.deepEqual(cancelForBinding(office.desk, phone('Carol')), [])
  assert.deepEqual(cancelForBinding(office.desk, phone('Bob')), [id])
  office.time.now = clock(7, 0, 1)
  await office.release()
  assert.deepEqual([office.queued(), office.states(id)], [[], ['cancelled']])
})

test('what is with the modem, or was, cannot be cancelled', async () => {
  const office = newOffice()
  const id = await office.annaWrites({})
  const claimed = office.desk.outbox.claimSegment(noon)
  assert.throws(() => cancelMessage(office.desk, id), { code: 'USAGE' })
  office.desk.outbox.segmentSent(claimed?.segmentId ?? 0, 7, noon)
  assert.throws(() => cancelMessage(office.desk, id), { code: 'USAGE' })
})

test('a failed and an uncertain SMS are sent again at the operator’s word, with the parts that did not go', async () => {
  for (const state of ['failed', 'uncertain'] as const) {
    const office = newOffice()
    const id = await office.annaWrites({ text: 'word '.repeat(60) })
    const first = office.desk.outbox.claimSegment(noon)
    office.desk.outbox.segmentSent(first?.segmentId ?? 0, 7, noon)
    const second = office.desk.outbox.claimSegment(noon)
    office.desk.outbox.settleSegment(second?.segmentId ?? 0, state, 'why', noon)
    assert.deepEqual(office.states(id), [state])
    retryMessage(office.desk, id)
    assert.equal(office.desk.outbox.claimSegment(noon)?.seq, 2)
    assert.equal(office.spent(), 3)
    assert.throws(() => retryMessage(office.desk, id), { code: 'USAGE' })
  }
})

test('no message, nothing that waits: an error that says where to look', async () => {
  const office = newOffice()
  const id = await office.annaWrites({})
  await assert.rejects(releaseMessage(office.desk, 99), { code: 'MESSAGE_UNKNOWN' })
  await assert.rejects(releaseMessage(office.desk, id), { code: 'USAGE', hint: /message show/ })
  assert.throws(() => retryMessage(office.desk, id), { code: 'USAGE' })
})

test('an SMS without a mailbox is decided anew when somebody was bound meanwhile', async () => {
  const office = newOffice({ bound: [] })
  const id = await office.phoneTexts('When do you open?', phone('Customer'))
  assert.equal(office.desk.journal.get(id)?.reason, 'no-mailbox')
  await assert.rejects(releaseMessage(office.desk, id), { code: 'USAGE' })
  office.desk.bindings.add({
    ...{ mailbox: 'office@office.example', number: phone('SIM'), line: true, alias: null, name: null },
    ...{ origin: 'cli', createdAt: noon, expiresAt: null },
  })
  await releaseMessage(office.desk, id)
  const entry = office.desk.journal.get(id)
  assert.deepEqual([entry?.judgement, entry?.reason, entry?.raw], ['convert', 'policy', null])
  assert.equal(office.desk.drafts.at(-1)?.text, 'When do you open?\n')
})

async function twoTalks() {
  const office = newOffice({ settings: { ambiguous: 'ask' } })
  await office.annaWrites({})
  await office.annaWrites({ from: 'Dora' })
  const asked = office.queued().length
  return { ...office, asked }
}

test('the question goes out once, the answer takes the waiting texts along', async () => {
  const office = await twoTalks()
  const first = await office.phoneTexts('Yes')
  const second = await office.phoneTexts('At noon')
  assert.equal(office.queued().length, office.asked + 1)
  assert.match(office.queued().at(-1) ?? '', /@anna.*@dora|@dora.*@anna/)
  const third = await office.phoneTexts('@dora')
  assert.equal(office.desk.drafts.at(-1)?.to.address, 'dora@partner.example')
  assert.equal(office.desk.drafts.at(-1)?.text, 'Yes\n\nAt noon\n')
  for (const id of [first, second, third]) assert.equal(office.desk.journal.get(id)?.judgement, 'convert')
  assert.deepEqual(office.desk.journal.waitingOf(phone('Bob')), [])
})

test('a text that is decided anew gets a Message-ID that no text with its number had in another database', async () => {
  const ids: string[] = []
  for (const days of [0, 3]) {
    const office = newOffice({ settings: { ambiguous: 'ask' } })
    office.time.now += days * day
    await office.annaWrites({})
    await office.annaWrites({ from: 'Dora' })
    const id = await office.phoneTexts(`Yes, in ${days} days`)
    office.time.now += 4 * hour
    await office.release()
    assert.equal(office.desk.journal.get(id)?.judgement, 'convert')
    ids.push(office.desk.outbox.ofMessage(id).find(({ medium }) => medium === 'mail')?.mailId ?? '')
  }
  assert.equal(new Set(ids).size, 2, ids.join(' '))
})

test('a text that has found its way while its answer was on the way is not sent twice', async () => {
  const office = await twoTalks()
  await office.phoneTexts('Yes please')
  const { compose } = office.desk
  let first = true
  Object.assign(office.desk, {
    compose: async (draft: MailDraft) => {
      if (first) {
        first = false
        office.time.now += 4 * hour
        await office.release()
      }
      return compose(draft)
    },
  })
  await office.phoneTexts('@dora and tomorrow')
  const texts = office.desk.store
    .all<{ text: string }>("SELECT text FROM delivery WHERE medium = 'mail' ORDER BY id")
    .map(({ text }) => text)
  assert.equal(texts.filter((text) => text.includes('Yes please')).length, 1)
  assert.equal(texts.filter((text) => text.includes('and tomorrow')).length, 1)
})

test('a question that was asked while the clock was years ahead ends all the same', async () => {
  const office = newOffice({ settings: { ambiguous: 'ask' } })
  office.time.now = noon + 4000 * day
  await office.annaWrites({})
  await office.annaWrites({ from: 'Dora' })
  const id = await office.phoneTexts('Yes')
  office.time.now = noon
  await office.release()
  assert.equal(office.desk.journal.get(id)?.judgement, 'convert')
})

test('a question without an answer ends after its time: the line gets the text, with the names', async () => {
  const office = await twoTalks()
  const id = await office.phoneTexts('Yes')
  office.time.now += 4 * hour - 1
  await office.release()
  assert.equal(office.desk.journal.get(id)?.judgement, 'hold')
  office.time.now += 1
  await office.release()
  assert.equal(office.desk.journal.get(id)?.judgement, 'convert')
  const draft = office.desk.drafts.at(-1)
  assert.equal(draft?.to.address, 'office@office.example')
  assert.match(draft?.text ?? '', /^Yes[\s\S]*dora@partner\.example, anna@office\.example/)
})

test('looking at what waits writes nothing while nothing is due', async () => {
  const office = newOffice(atNight)
  office.time.now = clock(23)
  await office.annaWrites({})
  const before = office.desk.store.commits()
  for (let minute = 0; minute < 60; minute++) {
    office.time.now += 60_000
    await office.release()
  }
  assert.equal(office.desk.store.commits(), before)
})
