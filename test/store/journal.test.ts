// The journal: every incoming message with its way, where its mail lies, how far the mailbox was read.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJournal, type NewMessage } from '../../src/store/journal.ts'
import { createOutbox } from '../../src/store/outbox/outbox.ts'
import { now, storeKeeper } from './temp-store.ts'

const open = storeKeeper()

const message = (change: Partial<NewMessage> = {}): NewMessage => ({
  medium: 'mail',
  sender: 'anna@office.example',
  subject: 'offer',
  text: 'hello',
  mailId: '<1@office.example>',
  digest: 'd1',
  receivedAt: now,
  flag: 1,
  flagFrom: 'tag',
  judgement: 'convert',
  reason: 'flagged',
  raw: null,
  reportTo: 'anna@office.example',
  header: 'Subject: offer\r\n',
  ...change,
})

test('a message is kept as it was given, with its steps in order', () => {
  const journal = createJournal(open())
  const whole = message({ judgement: 'hold', raw: Buffer.from([0, 255]), flag: null, flagFrom: null })
  const id = journal.add(whole, [
    { what: 'flag', detail: '1 from tag' },
    { what: 'judge', detail: 'hold' },
  ])
  journal.addSteps(id, now + 5, [{ what: 'outcome', detail: 'sms-failed' }])
  assert.deepEqual(journal.get(id), { id, erased: false, ...whole })
  assert.deepEqual(journal.steps(id), [
    { at: now, what: 'flag', detail: '1 from tag' },
    { at: now, what: 'judge', detail: 'hold' },
    { at: now + 5, what: 'outcome', detail: 'sms-failed' },
  ])
  assert.equal(journal.get(id + 1), undefined)
})

test('the list comes latest first, as many as wanted, filtered as wanted', () => {
  const journal = createJournal(open())
  const a = journal.add(message(), [])
  const b = journal.add(message({ judgement: 'refuse' }), [])
  const c = journal.add(message({ medium: 'sms' }), [])
  const d = journal.add(message({ medium: 'sms', judgement: 'hold' }), [])
  const ids = (filter: Omit<Parameters<typeof journal.list>[0], 'limit'>, limit = 10) =>
    journal.list({ ...filter, limit }).map(({ id }) => id)
  assert.deepEqual(ids({}), [d, c, b, a])
  assert.deepEqual(ids({}, 2), [d, c])
  assert.deepEqual(ids({ medium: 'sms' }), [d, c])
  assert.deepEqual(ids({ judgement: 'convert' }), [c, a])
  assert.deepEqual(ids({ unconverted: true }), [d, b])
  assert.deepEqual(ids({ medium: 'mail', unconverted: true }), [b])
})

test('messages are counted by medium and judgement since a time', () => {
  const journal = createJournal(open())
  journal.add(message({ receivedAt: now - 1 }), [])
  journal.add(message(), [])
  journal.add(message(), [])
  journal.add(message({ medium: 'sms', judgement: 'pass' }), [])
  const counts = journal.counts(now, 'operator').sort((one, other) => one.count - other.count)
  assert.deepEqual(
    counts.map((row) => ({ ...row })),
    [
      { medium: 'sms', judgement: 'pass', count: 1 },
      { medium: 'mail', judgement: 'convert', count: 2 },
    ],
  )
})

test('a mail is known by folder, UIDVALIDITY and UID together', () => {
  const journal = createJournal(open())
  const id = journal.add(message(), [])
  const place = { folder: 'INBOX', uidValidity: '7', uid: 3 }
  journal.setPlace(place, id, 'done')
  assert.equal(journal.placeOf(place), 'done')
  for (const other of [{ folder: 'Inbox2' }, { uidValidity: '8' }, { uid: 4 }])
    assert.equal(journal.placeOf({ ...place, ...other }), undefined)
  journal.setPlace(place, id, 'stay')
  assert.equal(journal.placeOf(place), 'stay')
})

test('a place needs its message', () => {
  const journal = createJournal(open())
  assert.throws(
    () => journal.setPlace({ folder: 'INBOX', uidValidity: '7', uid: 3 }, 99, 'done'),
    /FOREIGN KEY/,
  )
})

test('the cursor of a folder generation only goes forward', () => {
  const journal = createJournal(open())
  assert.equal(journal.cursor('INBOX', '7'), null)
  journal.setCursor('INBOX', '7', 10, now)
  journal.setCursor('INBOX', '7', 4, now + 1)
  assert.equal(journal.cursor('INBOX', '7'), 10)
  journal.setCursor('INBOX', '7', 11, now + 2)
  assert.equal(journal.cursor('INBOX', '7'), 11)
  assert.equal(journal.cursor('INBOX', '8'), null)
  assert.equal(journal.cursor('Other', '7'), null)
})

test('a cursor at 0 is a cursor: the folder was read and was empty', () => {
  const journal = createJournal(open())
  journal.setCursor('INBOX', '7', 0, now)
  assert.equal(journal.cursor('INBOX', '7'), 0)
})

test('mails that were there before the service are below its first UID, whatever comes later', () => {
  const journal = createJournal(open())
  assert.equal(journal.firstUid('INBOX', '7'), 1)
  journal.begin('INBOX', '7', 41, now)
  journal.begin('INBOX', '7', 99, now + 1)
  journal.setCursor('INBOX', '7', 50, now + 2)
  assert.deepEqual([journal.firstUid('INBOX', '7'), journal.cursor('INBOX', '7')], [42, 50])
  assert.deepEqual([journal.beganAt('INBOX'), journal.firstUid('INBOX', '8')], [now, 1])
})

test('a content is known once a mail with it stands in the journal, whatever was decided', () => {
  const journal = createJournal(open())
  assert.equal(journal.knowsDigest('d1'), false)
  journal.add(message({ judgement: 'refuse', digest: 'd1' }), [])
  assert.deepEqual([journal.knowsDigest('d1'), journal.knowsDigest('d2')], [true, false])
})

test('the UIDVALIDITY of a large number stays itself', () => {
  const journal = createJournal(open())
  journal.setCursor('INBOX', '4294967295', 4_294_967_295, now)
  assert.equal(journal.cursor('INBOX', '4294967295'), 4_294_967_295)
})

test('reading began when the folder was first read, under whatever UIDVALIDITY', () => {
  const journal = createJournal(open())
  assert.equal(journal.beganAt('INBOX'), null)
  assert.equal(journal.isOtherGeneration('INBOX', '7'), false)
  journal.setCursor('INBOX', '7', 10, now)
  journal.setCursor('INBOX', '7', 12, now + 1)
  journal.setCursor('INBOX', '9', 1, now + 100)
  assert.equal(journal.beganAt('INBOX'), now)
  assert.equal(journal.isOtherGeneration('INBOX', '7'), false)
  assert.equal(journal.isOtherGeneration('INBOX', '9'), true)
  assert.equal(journal.beganAt('Other'), null)
})

test('the phones and mailboxes that got a content before are known by its digest, notices are not among them', () => {
  const store = open()
  const journal = createJournal(store)
  const outbox = createOutbox(store)
  const id = journal.add(message(), [])
  const facts = { messageId: id, conversationId: null, rule: 'binding', text: 'hello', now }
  for (const recipient of ['+4917012345678', '+4917023456789', '+4917012345678'])
    outbox.addSms({ ...facts, recipient }, () => ({ encoding: 'gsm7', segments: [], validityMs: 86_400_000 }))
  outbox.addMail({ ...facts, recipient: 'bob@office.example', mailId: '<r@x>', raw: Buffer.from('') })
  outbox.addMail({
    ...facts,
    rule: 'notice',
    recipient: 'anna@office.example',
    mailId: '<n@x>',
    raw: Buffer.from(''),
  })
  assert.deepEqual(journal.served('d1').sort(), ['+4917012345678', '+4917023456789', 'bob@office.example'])
  assert.deepEqual(journal.served('d2'), [])
})
