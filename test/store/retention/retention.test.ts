// What has been kept for its time goes: the words first, then the rows, of which counts stay; and what is still open does not.

import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { retryMessage } from '../../../src/exchange/dispatch/by-hand.ts'
import { emptyLog } from '../../../src/store/retention/pages.ts'
import { createSpending } from '../../../src/store/spending.ts'
import { day, noon } from '../../exchange/world.ts'
import { storeKeeper, tempFolder } from '../temp-store.ts'
import { agingOffice, whereIs, years } from './aging-office.ts'

const open = storeKeeper()
const year = 365 * day

test('after a year a message has no words left anywhere, but it is known who wrote to whom, when, and what became of it', async () => {
  const office = agingOffice(open())
  const { desk, store } = office
  const mail = await office.mailToBob('zebra crossing')
  const text = await office.smsFrom('Customer', 'zebra stripes')
  assert.ok(whereIs(store, 'zebra').length > 4, whereIs(store, 'zebra').join(', '))
  office.now = noon + year
  office.keep(years)
  assert.ok(whereIs(store, 'zebra').length > 4)
  // The talk lasted a week longer than the text that opened it.
  office.now = noon + year + 8 * day
  assert.ok(office.keep(years) > 0)
  assert.deepEqual(whereIs(store, 'zebra'), [])
  const [first, second] = [desk.journal.get(mail), desk.journal.get(text)]
  assert.deepEqual(
    [first?.sender, first?.receivedAt, first?.judgement, first?.reason, first?.erased],
    ['anna@office.example', noon, 'convert', 'flagged', true],
  )
  assert.deepEqual([second?.sender, second?.judgement, second?.raw], ['+4915199999999', 'convert', null])
  const [sent] = desk.outbox.ofMessage(mail)
  assert.deepEqual([sent?.recipient, sent?.state], ['+4917012345678', 'delivered'])
  assert.equal(desk.outbox.segments(sent?.id ?? 0).length, 1)
  assert.deepEqual(desk.journal.steps(mail), [])
  assert.equal(office.keep(years), 0)
})

test('after three years the rows are gone, and each day has its counts', async () => {
  const office = agingOffice(open())
  const { store } = office
  for (let n = 0; n < 3; n++) await office.mailToBob(`number ${n}`)
  await office.smsFrom('Customer', 'hello')
  office.now += 3 * year + 8 * day
  await office.mailToBob('of today')
  await office.smsFrom('Bob', 'of today')
  office.keep(years)
  office.keep(years)
  assert.deepEqual(
    store
      .all('SELECT way, medium, outcome, messages, parts FROM daily_count ORDER BY way, medium')
      .map((row) => ({ ...(row as object) })),
    [
      { way: 'in', medium: 'mail', outcome: 'convert', messages: 3, parts: 0 },
      { way: 'in', medium: 'sms', outcome: 'convert', messages: 1, parts: 0 },
      { way: 'out', medium: 'mail', outcome: 'sent', messages: 1, parts: 0 },
      { way: 'out', medium: 'sms', outcome: 'delivered', messages: 3, parts: 3 },
    ],
  )
  const left = (table: string) => store.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n
  assert.deepEqual(
    ['message', 'delivery', 'segment', 'pdu', 'mail_place', 'conversation_mail'].map(left),
    [2, 2, 1, 2, 1, 2],
  )
  assert.deepEqual(whereIs(store, '+4915199999999'), [])
  assert.deepEqual(store.all('PRAGMA foreign_key_check'), [])
})

test('a binding keeps the words of its messages for a time of its own, shorter or longer', async () => {
  const office = agingOffice(open(), [{ mailbox: 'Carol', phone: 'Carol', keep: 'forever' }])
  const { desk, store } = office
  desk.bindings.change(desk.bindings.named('bob@office.example', noon).id, { keep: '30d' })
  await office.mailToBob('to bob')
  await office.smsFrom('Bob', 'from bob')
  await office.smsFrom('Customer', 'from a customer')
  await office.smsFrom('Carol', 'from carol')
  office.now = noon + 29 * day
  assert.equal(office.keep(years), 0)
  office.now = noon + 38 * day
  office.keep(years)
  assert.deepEqual([...whereIs(store, 'to bob'), ...whereIs(store, 'from bob')], [])
  assert.ok(whereIs(store, 'from a customer').length > 0)
  office.now = noon + 2 * year
  office.keep(years)
  assert.deepEqual(whereIs(store, 'from a customer'), [])
  assert.ok(whereIs(store, 'from carol').length > 0)
  office.now = noon + 3 * year + 8 * day
  office.keep(years)
  assert.deepEqual(whereIs(store, 'from carol'), [])
})

test('what is still open keeps its words for as long as it is', async () => {
  const office = agingOffice(open())
  const { desk, store } = office
  const queued = await office.queuedMail('queued words')
  const held = await office.queuedMail('held words')
  const untold = await office.queuedMail('uncertain words')
  const waiting = await office.queuedMail('words that wait for a report')
  const first = (id: number) => desk.outbox.ofMessage(id)[0]?.id ?? 0
  desk.outbox.hold(first(held), { reason: 'pair-paused', until: null }, noon)
  store.run("UPDATE delivery SET state = 'uncertain' WHERE id = ?", first(untold))
  store.run("UPDATE delivery SET state = 'sent', validity_ms = ? WHERE id = ?", 400 * day, first(waiting))
  desk.journal.add(
    {
      ...{
        medium: 'sms',
        sender: '+4915199999999',
        subject: '',
        text: 'kept words',
        mailId: null,
        digest: null,
      },
      ...{ receivedAt: noon, flag: null, flagFrom: null, judgement: 'hold', reason: 'no-mailbox' },
      raw: Buffer.from('kept words'),
    },
    [],
  )
  desk.pdus.add('words of a part', noon, { key: 'k', seq: 1, total: 2, sentAt: noon })
  const all = ['queued words', 'held words', 'uncertain words', 'kept words', 'words of a part']
  office.now = noon + 400 * day
  office.keep(years)
  for (const words of [...all, 'words that wait']) assert.notDeepEqual(whereIs(store, words), [], words)
  office.now = noon + 5 * year
  office.keep(years)
  for (const words of all) assert.notDeepEqual(whereIs(store, words), [], words)
  assert.deepEqual(whereIs(store, 'words that wait'), [])
  // Each of them ends, and a year after that its words go.
  store.run(
    "UPDATE delivery SET state = 'failed', updated_at = ? WHERE message_id IN (?, ?, ?)",
    office.now,
    queued,
    held,
    untold,
  )
  office.keep(years)
  assert.notDeepEqual(whereIs(store, 'queued words'), [])
  office.now += year + day
  office.keep(years)
  for (const words of ['queued words', 'held words', 'uncertain words'])
    assert.deepEqual(whereIs(store, words), [], words)
})

test('a text that went out in a digest stays while the digest is open', async () => {
  const office = agingOffice(open())
  const { desk, store } = office
  const message = await office.queuedMail('digested words')
  const carrier = await office.queuedMail('the digest')
  const [one, into] = [message, carrier].map((id) => desk.outbox.ofMessage(id)[0]?.id ?? 0)
  desk.outbox.merge(one ?? 0, into ?? 0, noon)
  office.now = noon + 2 * year
  office.keep(years)
  assert.notDeepEqual(whereIs(store, 'digested words'), [])
  store.run("UPDATE delivery SET state = 'delivered' WHERE id = ?", into ?? 0)
  office.keep(years)
  assert.deepEqual(whereIs(store, 'digested words'), [])
})

test('a living talk keeps its subject and its token, one that ended loses both', async () => {
  const office = agingOffice(open())
  const { desk, store } = office
  await office.mailToBob('about zebras')
  const token = store.get<{ token: string }>('SELECT token FROM conversation')?.token ?? ''
  desk.conversations.prolong(1, noon + 4 * year, noon)
  await office.smsFrom('Customer', 'another talk')
  office.now = noon + 4 * year - day
  office.keep(years)
  assert.match(desk.conversations.byToken(token)?.subject ?? '', /zebras/)
  office.now = noon + 8 * year
  office.keep(years)
  assert.equal(desk.conversations.byToken(token), undefined)
})

test('a PDU that lies on a SIM for ever is known for ever', async () => {
  const office = agingOffice(open())
  const { desk } = office
  const message = await office.smsFrom('Customer', 'stuck on the SIM')
  const pdu = `PDU 1 stuck on the SIM`
  const commits = office.store.commits()
  desk.pdus.readAgain(pdu, noon + 29 * day)
  assert.equal(office.store.commits(), commits)
  for (let month = 1; month < 100; month++) {
    office.now = noon + month * 30 * day + day
    desk.pdus.readAgain(pdu, office.now)
    await office.smsFrom('Bob', `month ${month}`)
    office.keep(years)
    assert.ok(desk.pdus.isKnown(pdu))
  }
  assert.equal(desk.journal.get(message), undefined)
})

test('a mail that is forgotten and lies in the folder still is not read again', async () => {
  const office = agingOffice(open())
  const { journal } = office.desk
  for (let n = 0; n < 3; n++) await office.mailToBob(`mail ${n}`)
  const place = { folder: 'INBOX', uidValidity: '1' }
  office.now = noon + 4 * year
  const last = await office.queuedMail('new')
  office.keep(years)
  office.keep(years)
  const lastUid = journal.cursor('INBOX', '1') ?? 0
  assert.equal(journal.get(last)?.erased, false)
  assert.equal(journal.placeOf({ ...place, uid: lastUid }), 'done')
  const forgotten = Array.from({ length: lastUid - 1 }, (_, index) => index + 1).filter(
    (uid) => journal.placeOf({ ...place, uid }) === undefined,
  )
  assert.ok(forgotten.includes(1))
  assert.ok(journal.firstUid('INBOX', '1') > 5 && journal.firstUid('INBOX', '1') <= lastUid)
  // In a mailbox that was rebuilt, what is not newer than the last forgotten mail is an old one.
  assert.equal(journal.beganAt('INBOX'), noon)
})

test('the newest rows stay, so that no number is ever used twice', async () => {
  const office = agingOffice(open())
  await office.mailToBob('one')
  const last = await office.mailToBob('two')
  const lastDelivery = office.desk.outbox.ofMessage(last)[0]?.id ?? 0
  office.now = noon + 4 * year
  office.keep(years)
  office.keep(years)
  const next = await office.mailToBob('three')
  assert.equal(next, last + 1)
  assert.equal(office.desk.outbox.ofMessage(next)[0]?.id, lastDelivery + 1)
})

test('a message of which the words are gone cannot be sent again, and its command says why', async () => {
  const office = agingOffice(open())
  const id = await office.queuedMail('lost')
  office.store.run("UPDATE delivery SET state = 'failed'")
  office.now = noon + 2 * year
  office.keep(years)
  assert.throws(() => retryMessage(office.desk, id), {
    code: 'USAGE',
    message: `the words of message ${id} are erased: nothing of it can be sent again`,
  })
})

test('a digest of which the words are gone is not sent again for a message that has its own still', async () => {
  const office = agingOffice(open())
  const { outbox, bindings, journal } = office.desk
  const id = await office.queuedMail('kept for ever')
  const [part] = outbox.ofMessage(id)
  assert.ok(part !== undefined)
  const { recipient } = part
  bindings.change(bindings.named(recipient, noon).id, { keep: 'forever' })
  const facts = { messageId: null, conversationId: null, recipient, rule: 'binding', now: noon }
  const segments = [{ pdu: '00AA', tpduLength: 1 }]
  const digest = outbox.addSms({ ...facts, text: 'two' }, () => ({
    encoding: 'gsm7',
    segments,
    validityMs: 1,
  }))
  outbox.merge(part.id, digest, noon)
  const [segment] = outbox.segments(digest)
  outbox.settleSegment(segment?.id ?? 0, 'failed', 'why', noon)
  office.now = noon + 2 * year
  office.keep(years)
  assert.equal(journal.get(id)?.erased, false)
  assert.throws(() => retryMessage(office.desk, id), { code: 'USAGE' })
  assert.equal(outbox.claimSegment(office.now), undefined)
  assert.equal(outbox.get(digest)?.state, 'failed')
})

test('a clock that is years ahead while one SMS goes out does not take what was spent this month out of the books', () => {
  const spending = createSpending(open())
  spending.add('box', '', '2026-11-20', 150)
  spending.add('box', '', '2036-11-20', 1)
  assert.equal(spending.spent('box', '', '2026-11-01', '2026-11-30'), 150)
})

test('what came while the clock stood at 1970 is as old as its discovery', async () => {
  const office = agingOffice(open())
  office.now = 3600_000
  await office.mailToBob('from the dawn of time')
  assert.equal(office.keep(years), 0)
  office.now = noon
  office.keep(years)
  assert.notDeepEqual(whereIs(office.store, 'dawn of time'), [])
  assert.equal(office.desk.journal.get(1)?.receivedAt, noon)
  office.now = noon + year + day
  office.keep(years)
  assert.deepEqual(whereIs(office.store, 'dawn of time'), [])
})

test('for ever is for ever, for the words or for the rows', async () => {
  const office = agingOffice(open())
  await office.mailToBob('eternal')
  office.now = noon + 50 * year
  assert.notDeepEqual(whereIs(office.store, 'eternal'), [])
  office.keep({ textsMs: null, rowsMs: null })
  assert.notDeepEqual(whereIs(office.store, 'eternal'), [])
  office.keep({ textsMs: year, rowsMs: null })
  assert.deepEqual(whereIs(office.store, 'eternal'), [])
  assert.ok(office.desk.journal.get(1)?.erased)
})

test('books, notes, alarms and bindings that ended go, though nobody writes to them any more', () => {
  const store = open()
  const office = agingOffice(store, [{ mailbox: 'Carol', phone: 'Carol', origin: 'sms', expiresAt: noon }])
  office.desk.spending.add('sender', 'gone@office.example', '2026-11-22', 1)
  office.desk.spending.remember('told once', noon)
  office.desk.outbox.addEarlyReport({
    number: '+49',
    messageReference: 1,
    status: 0,
    sentAt: null,
    receivedAt: noon,
  })
  store.run("INSERT INTO alarm VALUES ('k', 'r', 'd', 0, ?, ?, NULL, NULL, NULL, ?)", noon, noon, noon)
  store.run('INSERT INTO signal VALUES (?, -70, 1, NULL)', noon)
  office.now = noon + 100 * day
  assert.equal(office.keep(years), 6)
  assert.equal(office.desk.bindings.list(noon - 1).length, 1)
})

test('erased words stay neither in the database file nor in its log', async () => {
  const file = join(tempFolder(), 'erased.db')
  const store = open(file)
  const office = agingOffice(store)
  for (let n = 0; n < 300; n++) {
    office.now += 60_000
    // Long and short ones in turn, so that pages are split and filled again.
    await office.mailToBob(`zebra ${n} ${'long '.repeat(n % 7 === 0 ? 150 : 3)}`)
    await office.smsFrom(n % 2 === 0 ? 'Customer' : 'Bob', `zebra ${n} ${'words '.repeat(n % 5)}`)
  }
  const found = (name: string): number => {
    const text = readFileSync(name, 'latin1')
    return text.split('zebra').length + text.split('eb7261').length - 2
  }
  assert.ok(found(file) + found(`${file}-wal`) > 600)
  office.now += 2 * year
  office.keep(years)
  assert.ok(emptyLog(store))
  assert.deepEqual([found(file), found(`${file}-wal`)], [0, 0])
})

test('emptying the log waits for nobody who reads: a backup does so for minutes', () => {
  const file = join(tempFolder(), 'read.db')
  const store = open(file)
  const reader = open(file)
  store.run("INSERT INTO told VALUES ('before', 1)")
  reader.transaction(() => {
    assert.ok(reader.get('SELECT 1 FROM told') !== undefined)
    const began = performance.now()
    assert.equal(emptyLog(store), false)
    assert.ok(performance.now() - began < 2500)
  })
  assert.deepEqual(store.get('PRAGMA busy_timeout'), { timeout: 5000 })
  assert.ok(emptyLog(store))
  assert.equal(statSync(`${file}-wal`).size, 0)
})
