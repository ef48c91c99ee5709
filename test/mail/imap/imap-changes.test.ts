// The watcher while the folder changes under it: new generations, numbers that fall, late mails, folders that go away, other people.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewayError } from '../../../src/domain/errors.ts'
import { createInboxMemory, type ImapInbox } from '../../../src/mail/imap/imap-inbox.ts'
import { withoutCopyUid } from '../../../src/simulator/mail/imap-faults.ts'
import { MemoryIntake, rawMail, realClock, until } from '../mail-support.ts'
import { bench } from './imap-bench.ts'

const longMs = 30_000

test('a UIDVALIDITY that changes on the next SELECT only is seen while the connection stands', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  const { inbox } = await watch({ rescanMs: 100 })
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1, longMs)
  const before = mailbox.folder('INBOX')?.uidValidity
  mailbox.rebuild('INBOX', 1, { quiet: true })
  mailbox.append('INBOX', rawMail('two'))
  await until(() => intake.received.length === 2, longMs)
  assert.deepEqual(intake.texts(), ['one', 'two'])
  assert.notEqual(inbox.state().uidValidity, String(before))
  assert.equal(server.connections(), 1)
  assert.equal(new Set(server.log.map(({ connection }) => connection)).size, 1)
})

test('a mailbox restored from a backup gives old numbers to new mails, and none of them is lost or filed unread', async (t) => {
  const { mailbox, intake, watch, memory } = await bench(t)
  const first = await watch()
  for (const text of ['one', 'two', 'three']) mailbox.append('INBOX', rawMail(text))
  await until(() => mailbox.messages('Simpost').length === 3, longMs)
  await first.stop()
  mailbox.restore('INBOX', 2)
  mailbox.append('INBOX', rawMail('four'))
  const second = await watch()
  await until(() => second.inbox.state().problem !== null, longMs)
  assert.match(second.inbox.state().problem?.message ?? '', /numbers to mails/)
  assert.equal(mailbox.messages('INBOX').length, 1)
  await second.stop()
  // The second look is a minute later on one connection, or the first one of the next.
  await watch()
  await until(() => intake.received.length === 4, longMs)
  assert.deepEqual(intake.texts(), ['one', 'two', 'three', 'four'])
  mailbox.append('INBOX', rawMail('five'))
  await until(() => mailbox.messages('INBOX').length === 0, longMs)
  assert.equal(intake.texts().at(-1), 'five')
  assert.equal(memory.trouble.lowest(''), null)
})

test('events do not put off the second look at a folder whose numbers fell', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  const first = await watch()
  for (const text of ['one', 'two', 'three']) mailbox.append('INBOX', rawMail(text))
  await until(() => mailbox.messages('Simpost').length === 3, longMs)
  await first.stop()
  mailbox.restore('INBOX', 2)
  // A minute of this clock passes in 1.5 s; every event comes long before.
  const { inbox } = await watch({ clock: realClock(40) })
  await until(() => inbox.state().problem !== null, longMs)
  for (let at = 0; intake.texts().at(-1) !== 'last' && at < 200; at++) {
    mailbox.append('INBOX', rawMail(at === 0 ? 'last' : `event ${at}`))
    await realClock().sleep(100)
    if (intake.received.length > 3) break
  }
  assert.ok(intake.texts().includes('last'))
})

test('"UID n:*", which names the last mail even below n, brings no mail twice and none that was there before', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  mailbox.append('INBOX', rawMail('old'))
  await watch({ rescanMs: 20 })
  const { looks } = intake
  await until(() => intake.looks > looks + 2, longMs)
  assert.ok(server.log.some(({ from, line }) => from === 'server' && /^\* SEARCH 1\b/.test(line)))
  assert.deepEqual(intake.heardAt, [])
  intake.place = () => 'stay'
  mailbox.append('INBOX', rawMail('new'))
  await until(() => intake.received.length === 1, longMs)
  const later = intake.looks
  await until(() => intake.looks > later + 2, longMs)
  assert.equal(intake.heardAt.length, 1)
})

test('numbers that fall for one look only, as on a replica that lags, change nothing', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  const first = await watch()
  for (const text of ['one', 'two', 'three']) mailbox.append('INBOX', rawMail(text))
  await until(() => intake.received.length === 3, longMs)
  await first.stop()
  mailbox.restore('INBOX', 3)
  const lagging = await watch()
  await until(() => lagging.inbox.state().problem !== null, longMs)
  await lagging.stop()
  mailbox.restore('INBOX', 5)
  mailbox.append('INBOX', rawMail('five'))
  await watch()
  await until(() => intake.received.length === 4, longMs)
  assert.equal(intake.heardAt.length, 4)
})

test('a mail that appears late under a low number is found: within 200 numbers, and further down if it came in the last two days', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  await watch({ rescanMs: 60_000 })
  const hidden = [1, 3, 250]
  const shown = new Set<number>()
  server.override('UID SEARCH', async (call) => {
    const answer = await call.capture()
    const late = (uid: string): boolean => hidden.includes(Number(uid)) && !shown.has(Number(uid))
    const numbers = (/^\* SEARCH(.*)\r\n/.exec(answer)?.[1] ?? '').trim().split(' ')
    call.send(
      answer.replace(/^\* SEARCH.*\r\n/, `* SEARCH ${numbers.filter((uid) => !late(uid)).join(' ')}\r\n`),
    )
  })
  const longAgo = new Date(Date.now() - 10 * 86_400_000)
  mailbox.append('INBOX', rawMail('low and old'), { internalDate: longAgo })
  mailbox.append('INBOX', rawMail('two'))
  mailbox.append('INBOX', rawMail('low and fresh'))
  for (let uid = 4; uid <= 300; uid++) mailbox.append('INBOX', rawMail(`mail ${uid}`))
  await until(() => intake.received.length === 297, longMs)
  for (const uid of hidden) shown.add(uid)
  await watch({ rescanMs: 60_000 })
  await until(() => intake.received.length === 299, longMs)
  const texts = intake.texts()
  assert.ok(texts.includes('low and fresh'))
  assert.ok(texts.includes('mail 250'))
  assert.ok(!texts.includes('low and old'))
})

test('a mail that the server did not hand over before a restart is still found, however far below it lies', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  const first = await watch()
  const mended = server.override('UID FETCH', (call) =>
    / 1 /.test(call.line) ? call.send(`${call.tag} NO [SERVERBUG] Broken\r\n`) : call.run(),
  )
  const longAgo = new Date(Date.now() - 10 * 86_400_000)
  mailbox.append('INBOX', rawMail('first'), { internalDate: longAgo })
  for (let uid = 2; uid <= 250; uid++)
    mailbox.append('INBOX', rawMail(`mail ${uid}`), { internalDate: longAgo })
  await until(() => intake.received.length === 249, longMs)
  await first.stop()
  mended()
  await watch({ memory: createInboxMemory() })
  await until(() => intake.received.length === 250, longMs)
  assert.equal(intake.texts().at(-1), 'first')
  assert.equal(intake.heardAt.length, 250)
})

test('a server that refuses SINCE is read without it', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  const first = await watch()
  for (let uid = 1; uid <= 210; uid++) mailbox.append('INBOX', rawMail(`mail ${uid}`))
  await until(() => intake.received.length === 210, longMs)
  await first.stop()
  server.override('UID SEARCH', (call) =>
    / SINCE /.test(call.line) ? call.send(`${call.tag} BAD Unknown key\r\n`) : call.run(),
  )
  const { inbox } = await watch()
  assert.equal(inbox.state().problem, null)
  assert.ok(server.log.some(({ line }) => / SINCE /.test(line)))
})

for (const [how, change] of [
  ['deleted', 'delete'],
  ['renamed', 'rename'],
] as const)
  test(`a watched folder that is ${how} ends the connection with a clear error, at the next look at the latest`, async (t) => {
    const { mailbox, watch } = await bench(t)
    mailbox.create('Shop/SMS')
    const { ended, inbox } = await watch({ folder: 'Shop/SMS', rescanMs: 100 })
    if (change === 'delete') mailbox.delete('Shop/SMS')
    else mailbox.rename('Shop/SMS', 'Shop/Old')
    const error = (await ended) as GatewayError
    assert.ok(['IMAP_REFUSED', 'IMAP_UNAVAILABLE'].includes(error.code), error.code)
    assert.equal(inbox.state().phase, 'closed')
    const again = await watch({ folder: 'Shop/SMS' })
    assert.equal(((await again.ended) as GatewayError).message, 'there is no folder Shop/SMS on 127.0.0.1')
    assert.match(again.inbox.state().problem?.hint ?? '', /set folder/)
  })

test('mails that come while a scan runs are taken by the next look, without a further event', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  await watch()
  let more = 3
  server.override('UID FETCH', async (call) => {
    if (more-- > 0) mailbox.append('INBOX', rawMail(`grown ${more}`))
    await call.run()
  })
  mailbox.append('INBOX', rawMail('first'))
  await until(() => intake.received.length === 4, longMs)
})

test('the \\Seen of other people changes nothing: mails read on a phone are taken like any other', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  await watch()
  mailbox.append('INBOX', rawMail('read on a phone'), { flags: ['\\Seen', '\\Answered', '$Forwarded'] })
  await until(() => intake.received.length === 1, longMs)
  await until(() => mailbox.messages('Simpost').length === 1, longMs)
  assert.deepEqual([...(mailbox.messages('Simpost')[0]?.flags ?? [])].sort(), [
    '$Forwarded',
    '\\Answered',
    '\\Seen',
  ])
})

test('MOVE without COPYUID is a move like any other, and no sign of a second gateway', async (t) => {
  const { server, mailbox, watch } = await bench(t)
  server.override('UID MOVE', withoutCopyUid)
  const { inbox } = await watch({ rescanMs: 50 })
  for (let i = 0; i < 6; i++) mailbox.append('INBOX', rawMail(`mail ${i}`))
  await until(() => mailbox.messages('Simpost').length === 6, longMs)
  const { lastHeardAt } = inbox.state()
  await until(() => (inbox.state().lastHeardAt ?? 0) > (lastHeardAt ?? 0) + 200, longMs)
  assert.equal(inbox.state().problem, null)
})

test('a mail that a person moves back is offered again under its new number, and filed again', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  await watch()
  const raw = rawMail('one')
  mailbox.append('INBOX', raw)
  await until(() => mailbox.messages('Simpost').length === 1, longMs)
  mailbox.copy('Simpost', [1], 'INBOX')
  await until(() => intake.heardAt.length === 2 && mailbox.messages('INBOX').length === 0, longMs)
  // Whether it goes out again is the intake's to decide: test/exchange/mail-intake.test.ts.
  assert.equal(intake.received.length, 1)
})

test('two gateways on one mailbox notice each other by the done folder', async (t) => {
  const { mailbox, watch } = await bench(t)
  const inboxes: ImapInbox[] = []
  for (let i = 0; i < 2; i++) inboxes.push((await watch({ rescanMs: 50, intake: new MemoryIntake() })).inbox)
  for (let i = 0; i < 12; i++) {
    mailbox.append('INBOX', rawMail(`mail ${i}`))
    await until(() => mailbox.messages('INBOX').length === 0, longMs)
  }
  await until(() => inboxes.some((inbox) => inbox.state().problem?.code === 'IMAP_SHARED'), longMs)
})

test('one mail that a person drags into the done folder is no second gateway', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  const { inbox } = await watch({ rescanMs: 50 })
  mailbox.append('Simpost', rawMail('by hand'))
  const { looks } = intake
  await until(() => intake.looks > looks + 3, longMs)
  assert.equal(inbox.state().problem, null)
})
