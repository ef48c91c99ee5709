// What waits goes out when its time has come, and not before: quiet hours, budgets, questions; and what the operator does by hand.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf } from '../../src/domain/day.ts'
import { cancelMessage, releaseMessage, retryMessage } from '../../src/exchange/by-hand.ts'
import { createHeld } from '../../src/exchange/held.ts'
import { createMailIntake } from '../../src/exchange/mail-intake.ts'
import { createSmsIntake } from '../../src/exchange/sms-intake.ts'
import { configureLog } from '../../src/log.ts'
import { bob, carol, officeLine } from './decision-rows.ts'
import { deliver } from './pdu-makers.ts'
import { type DeskOptions, day, type MailFacts, mail, newDesk, noon, phone } from './world.ts'

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
  const office = newOffice({ settings: { ...tenParts, repeatMax: 1000 } })
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
