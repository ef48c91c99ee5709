// PDUs from the modem: on return they are committed; parts come in any order, twice, late or never; what cannot be decoded is kept.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configureLog } from '../../../src/log.ts'
import { day, noon } from '../world.ts'
import { hour, newIntake, partOf } from './intake-world.ts'
import { deliver } from './pdu-makers.ts'

configureLog('error', () => {})
const long = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ')

test('one SMS is one commit: journal, conversation, mail and PDU together', async () => {
  const { desk, intake, journal, mails } = newIntake()
  const [pdu] = deliver('When do you open?')
  assert.ok(pdu !== undefined)
  const before = desk.store.commits()
  await intake.receive(pdu)
  assert.equal(desk.store.commits(), before + 1)
  assert.deepEqual(journal(), ['convert: policy'])
  assert.ok(desk.pdus.isKnown(pdu.pdu))
  assert.equal(desk.conversations.openOf('+4915199999999', noon).length, 1)
  assert.deepEqual(desk.woken, ['mail'])
  const [mail] = mails()
  assert.deepEqual(
    [mail?.to.address, mail?.from, mail?.text, mail?.subject, mail?.date],
    [
      'office@office.example',
      { address: 'sms@office.example', name: '+4915199999999' },
      'When do you open?\n',
      'SMS from +4915199999999',
      noon,
    ],
  )
})

test('the answer address of the mail leads back to the phone', async () => {
  const { desk, intake, mails } = newIntake()
  for (const pdu of deliver('When do you open?')) await intake.receive(pdu)
  const [mail] = mails()
  const token = /^sms\+([a-z2-7]{16})@office\.example$/.exec(mail?.replyTo ?? '')?.[1] ?? ''
  assert.equal(desk.conversations.byToken(token)?.number, '+4915199999999')
  assert.equal(desk.conversations.byMailIds([mail?.messageId ?? '']).length, 1)
})

test('the same PDU twice is harmless', async () => {
  const { desk, intake, journal } = newIntake()
  const [pdu] = deliver('hello')
  assert.ok(pdu !== undefined)
  await intake.receive(pdu)
  const before = desk.store.commits()
  await intake.receive({ ...pdu, storage: 'ME', index: null })
  await Promise.all([intake.receive(pdu), intake.receive(pdu)])
  assert.equal(desk.store.commits(), before)
  assert.equal(journal().length, 1)
})

test('the same PDU in two slots of one store is one message: a service centre sends it again when it missed our answer', async () => {
  const { intake, journal } = newIntake()
  const [pdu] = deliver('hello')
  assert.ok(pdu !== undefined)
  await Promise.all([intake.receive({ ...pdu, index: 3 }), intake.receive({ ...pdu, index: 4 })])
  assert.equal(journal().length, 1)
})

test('one text twice in one second is two messages where the reference tells them apart', async () => {
  const { intake, mails } = newIntake()
  for (const reference of [7, 8]) for (const pdu of deliver(long, { reference })) await intake.receive(pdu)
  assert.deepEqual(
    mails().map(({ text }) => text),
    [`${long}\n`, `${long}\n`],
  )
  assert.equal(new Set(mails().map(({ messageId }) => messageId)).size, 2)
})

test('the same text sent again later is another message', async () => {
  const { intake, journal, mails } = newIntake()
  for (const pdu of [...deliver('hello'), ...deliver('hello', { at: noon + 1000 })]) await intake.receive(pdu)
  assert.equal(journal().length, 2)
  assert.equal(new Set(mails().map(({ messageId }) => messageId)).size, 2)
})

const orders = [
  [0, 1, 2],
  [2, 1, 0],
  [1, 2, 0],
  [1, 1, 0, 2, 2],
]

for (const order of orders)
  test(`parts in the order ${order.map((index) => index + 1).join(', ')} make one message`, async () => {
    const { intake, journal, mails } = newIntake()
    const parts = deliver(long)
    assert.equal(parts.length, 3)
    for (const index of order) {
      const part = parts[index]
      assert.ok(part !== undefined)
      await intake.receive(part)
    }
    assert.deepEqual(journal(), ['convert: policy'])
    assert.equal(mails()[0]?.text, `${long}\n`)
    assert.equal(mails()[0]?.fields['X-SMS-Parts'], '3/3')
  })

test('a part is committed while it waits, and a restart does not lose it', async () => {
  const before = newIntake()
  const [first, second, third] = deliver(long)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await before.intake.receive(first)
  await before.intake.receive(third)
  assert.ok(before.desk.pdus.isKnown(first.pdu))
  const after = newIntake({ store: before.desk.store, bound: [] })
  await after.intake.receive(second)
  assert.equal(after.mails()[0]?.text, `${long}\n`)
})

test('parts of different senders, references or totals are kept apart', async () => {
  const { intake, journal } = newIntake()
  const [first] = deliver(long)
  const others = [
    deliver(long, { from: 'Bob' })[1],
    deliver(long, { reference: 8 })[1],
    deliver(long.repeat(2))[1],
  ]
  for (const part of [first, ...others]) if (part !== undefined) await intake.receive(part)
  assert.deepEqual(journal(), [])
  assert.equal(await intake.expireParts(), noon + 4 * hour)
})

test('a missing part is shown as a gap after the time limit, and not before', async () => {
  const { desk, intake, time, journal, mails } = newIntake()
  const [first, , third] = deliver(long)
  assert.ok(first !== undefined && third !== undefined)
  await intake.receive(third)
  time.now += hour
  await intake.receive(first)
  time.now = noon + 4 * hour - 1
  assert.equal(await intake.expireParts(), noon + 4 * hour)
  assert.deepEqual(journal(), [])
  time.now = noon + 4 * hour
  assert.equal(await intake.expireParts(), null)
  assert.deepEqual(journal(), ['convert: policy'])
  const text = mails()[0]?.text ?? ''
  assert.match(text, /^word0 [\s\S]*\[part 2 of 3 missing\][\s\S]*word59/)
  assert.match(text, /1 of 3 parts of this SMS have not arrived/)
  assert.equal(mails()[0]?.fields['X-SMS-Parts'], '2/3 incomplete')
  assert.deepEqual(desk.woken, ['mail'])
})

test('a part that comes after that is sent as a supplement, once', async () => {
  const { intake, time, journal, mails } = newIntake()
  const [first, second, third] = deliver(long)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await intake.receive(first)
  await intake.receive(third)
  time.now += 5 * hour
  await intake.expireParts()
  await intake.receive(second)
  await intake.receive(second)
  await intake.receive(first)
  assert.equal(journal().length, 2)
  assert.match(mails()[1]?.text ?? '', /^\[part 2 of 3, late\] /)
  assert.equal(mails()[1]?.inReplyTo, mails()[0]?.messageId)
  assert.equal(await intake.expireParts(), null)
})

test('the same reference a day later is a new message', async () => {
  const { intake, time, journal, mails } = newIntake()
  for (const pdu of deliver(long)) await intake.receive(pdu)
  time.now += day + 1
  const again = deliver(long.replace('word0', 'next'), { at: time.now })
  for (const pdu of again) await intake.receive(pdu)
  assert.equal(journal().length, 2)
  assert.match(mails()[1]?.text ?? '', /^next word1/)
})

test('a day after an incomplete message, the same reference is a new message and no supplement', async () => {
  const { intake, time, mails } = newIntake()
  const [first] = deliver(long)
  assert.ok(first !== undefined)
  await intake.receive(first)
  time.now += day + 1
  await intake.expireParts()
  const next = long.replace('word0', 'next')
  time.now += day + 1
  for (const pdu of deliver(next, { at: time.now }).reverse()) await intake.receive(pdu)
  assert.equal(mails().length, 2)
  assert.equal(mails()[1]?.text, `${next}\n`)
})

test('two incomplete messages with the same reference are two mails with two Message-IDs', async () => {
  const { intake, time, mails } = newIntake()
  for (const text of [long, long.replace('word0', 'next')]) {
    const [first] = deliver(text, { at: time.now })
    assert.ok(first !== undefined)
    await intake.receive(first)
    time.now += 2 * day
    await intake.expireParts()
  }
  const [one, two] = mails()
  assert.ok(one !== undefined && two !== undefined)
  assert.notEqual(one.messageId, two.messageId)
})

test('a reference that came round after an incomplete message joins the new parts, and none is a supplement', async () => {
  const { intake, time, mails } = newIntake()
  const [first] = deliver(long)
  assert.ok(first !== undefined)
  await intake.receive(first)
  time.now += 5 * hour
  await intake.expireParts()
  const next = long.replace('word0', 'next')
  for (const pdu of deliver(next, { at: time.now })) await intake.receive(pdu)
  assert.equal(mails().length, 2)
  assert.equal(mails()[1]?.text, `${next}\n`)
  assert.equal(await intake.expireParts(), null)
})

test('the same number as reference of 8 and of 16 bits belongs to two messages', async () => {
  const { intake, mails } = newIntake()
  const small = { reference: 7, total: 2 }
  const wide = { ...small, wide: true }
  await intake.receive(partOf({ ...small, seq: 1, text: 'small 1, ' }))
  await intake.receive(partOf({ ...wide, seq: 2, text: 'wide 2' }))
  await intake.receive(partOf({ ...wide, seq: 1, text: 'wide 1, ' }))
  await intake.receive(partOf({ ...small, seq: 2, text: 'small 2' }))
  assert.deepEqual(
    mails().map(({ text }) => text),
    ['wide 1, wide 2\n', 'small 1, small 2\n'],
  )
})

test('a message of 255 parts in random order, some of them twice, is one mail', async () => {
  const { intake, journal, mails } = newIntake()
  const parts = deliver('x'.repeat(153 * 255))
  assert.equal(parts.length, 255)
  const order = [...parts.keys()].map((index) => (index * 101) % 255)
  for (const index of [...order.slice(0, 200), ...order.slice(50, 100), ...order.slice(200), 7]) {
    const part = parts[index]
    assert.ok(part !== undefined)
    await intake.receive(part)
  }
  assert.deepEqual(journal(), ['convert: policy'])
  assert.equal(mails()[0]?.text.length, 153 * 255 + 1)
})

test('a PDU that cannot be decoded is kept and shown raw, once', async () => {
  const { intake, journal, mails } = newIntake()
  const broken = { pdu: '0004FF', tpduLength: 2, storage: 'SM', index: 1 }
  await intake.receive(broken)
  await intake.receive(broken)
  assert.deepEqual(journal(), ['convert: policy'])
  assert.match(mails()[0]?.text ?? '', /cannot be decoded[\s\S]*0004FF/)
  assert.equal(mails()[0]?.replyTo, null)
})

test('without a mailbox the text is held in the journal', async () => {
  const { desk, intake, journal } = newIntake({ bound: [] })
  for (const pdu of deliver('hello')) await intake.receive(pdu)
  assert.deepEqual(journal(), ['hold: no-mailbox'])
  assert.equal(desk.journal.list({ limit: 1 })[0]?.text, 'hello')
})

test('the flag in the header of every part counts for the whole message', async () => {
  const { intake, journal } = newIntake()
  for (const pdu of deliver(long, { flag: 0 })) await intake.receive(pdu)
  assert.deepEqual(journal(), ['pass: flag-0'])
})

test('an alphanumeric sender gives a mail that cannot be answered', async () => {
  const { intake, mails } = newIntake()
  for (const pdu of deliver('Your code is 1', { from: 'BANK' })) await intake.receive(pdu)
  const [mail] = mails()
  assert.deepEqual([mail?.from.name, mail?.replyTo], ['BANK', null])
})
