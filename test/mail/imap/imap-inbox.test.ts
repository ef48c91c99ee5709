// The watcher of the mailbox against the IMAP simulator: intake, moves, IDLE, new generations of a folder.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { largeMailOctets } from '../../../src/mail/read/mail-limits.ts'
import { answer, phantomMail, silentIdle } from '../../../src/simulator/mail/imap-faults.ts'
import type { SimMailbox } from '../../../src/simulator/mail/sim-mailbox.ts'
import { rawMail, until } from '../mail-support.ts'
import { bench } from './imap-bench.ts'

const uids = (mailbox: SimMailbox, folder: string): number[] => mailbox.messages(folder).map(({ uid }) => uid)

test('the first start on a folder leaves old mail alone and takes what comes later', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  mailbox.append('INBOX', rawMail('old'))
  await watch()
  assert.deepEqual(intake.begun, [1])
  mailbox.append('INBOX', rawMail('new'))
  await until(() => mailbox.messages('Simpost').length === 1)
  assert.deepEqual(intake.texts(), ['new'])
  assert.deepEqual(uids(mailbox, 'INBOX'), [1])
})

test('old mail stays alone at every later look and after a new connection', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  for (let i = 0; i < 30; i++) mailbox.append('INBOX', rawMail(`old ${i}`))
  const first = await watch({ rescanMs: 20 })
  mailbox.append('INBOX', rawMail('new'))
  await until(() => intake.received.length === 1)
  const looks = intake.looks
  await until(() => intake.looks > looks + 1)
  await first.stop()
  await watch()
  mailbox.append('INBOX', rawMail('newer'))
  await until(() => intake.received.length >= 2)
  assert.deepEqual(intake.texts(), ['new', 'newer'])
})

test('a mail that the disk did not take stops the scan, and nothing behind it is forgotten', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  const { stop } = await watch({ rescanMs: 20 })
  intake.storeFails = true
  for (let i = 0; i < 3; i++) mailbox.append('INBOX', rawMail(`alarm ${i}`))
  await until(() => intake.heardAt.length >= 2)
  assert.deepEqual(intake.received, [])
  intake.storeFails = false
  await until(() => intake.received.length === 3)
  assert.deepEqual(intake.texts(), ['alarm 0', 'alarm 1', 'alarm 2'])
  await stop()
})

test('a new mail reaches the intake by EXISTS, again and again, and not by the timed re-scan', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  await watch()
  const delays: number[] = []
  for (let i = 0; i < 10; i++) {
    await until(() => server.idling() === 1)
    const sent = performance.now()
    mailbox.append('INBOX', rawMail(`mail ${i}`))
    await until(() => intake.heardAt.length === i + 1)
    delays.push((intake.heardAt[i] ?? 0) - sent)
  }
  // The re-scan comes after 60 s; bench/ has the figure.
  assert.ok(Math.max(...delays) < 10_000, `${delays.join(', ')} ms`)
})

test('one mail is one look, and then the connection rests in IDLE: the end of an IDLE by our own command is no event', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  await watch()
  const searches = (): number =>
    server.log.filter(({ from, line }) => from === 'client' && line.includes('UID SEARCH')).length
  await until(() => server.idling() === 1)
  const before = searches()
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1 && server.idling() === 1)
  await new Promise((resolve) => setTimeout(resolve, 150))
  // A second look answers what happened while the first one ran.
  assert.ok(searches() - before <= 2, `${searches() - before} looks for one mail`)
  assert.equal(server.idling(), 1)
})

test('mails arrive whole, in order, and unseen by the server', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  await watch()
  const big = rawMail('x'.repeat(300_000))
  for (const raw of [rawMail('one'), big, rawMail('three')]) mailbox.append('INBOX', raw)
  await until(() => intake.received.length === 3)
  assert.deepEqual(
    intake.received.map(({ uid }) => uid),
    [1, 2, 3],
  )
  assert.deepEqual(intake.received[1]?.raw, big)
  assert.equal(intake.received[1]?.size, big.length)
  assert.ok(intake.received.every(({ truncated }) => !truncated))
  assert.ok(mailbox.messages('INBOX').every(({ flags }) => !flags.has('\\Seen')))
  assert.equal(mailbox.messages('INBOX').length, 3)
})

test('a mail over the limit is fetched in part and says so', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  await watch({ maxBytes: 100_000 })
  const big = rawMail('x'.repeat(1_000_000))
  mailbox.append('INBOX', big)
  await until(() => intake.received.length === 1)
  const [mail] = intake.received
  assert.equal(mail?.truncated, true)
  assert.equal(mail?.size, big.length)
  assert.equal(mail?.raw.length, 100_000)
})

test('of a mail over a larger limit, no more is fetched than what explain reads of it', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  await watch({ maxBytes: 1_048_576 })
  const big = rawMail('x'.repeat(1_100_000))
  mailbox.append('INBOX', big)
  await until(() => intake.received.length === 1)
  assert.deepEqual(intake.received[0]?.raw, big.subarray(0, largeMailOctets))
})

test('200 mails in a burst are all taken once and moved', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  await watch()
  for (let i = 0; i < 200; i++) mailbox.append('INBOX', rawMail(`mail ${i}`))
  await until(() => mailbox.messages('Simpost').length === 200, 10_000)
  assert.equal(intake.received.length, 200)
  assert.equal(mailbox.messages('INBOX').length, 0)
})

test('a restart takes what came meanwhile and nothing twice', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  const first = await watch()
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1)
  await first.stop()
  mailbox.append('INBOX', rawMail('two'))
  await watch()
  assert.deepEqual(intake.texts(), ['one', 'two'])
  assert.equal(intake.heardAt.length, 2)
})

test('a mail that the journal knows as finished is moved at the next start', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  const refused = server.override('UID MOVE', answer('NO', '[OVERQUOTA] Full'))
  const first = await watch()
  mailbox.append('INBOX', rawMail('one'))
  await until(() => first.inbox.state().problem?.code === 'IMAP_REFUSED')
  assert.deepEqual(uids(mailbox, 'INBOX'), [1])
  await first.stop()
  refused()
  const second = await watch()
  assert.deepEqual(uids(mailbox, 'INBOX'), [])
  assert.equal(mailbox.messages('Simpost').length, 1)
  assert.equal(intake.heardAt.length, 1)
  assert.equal(second.inbox.state().problem, null)
})

test('a done folder that was deleted meanwhile is made again', async (t) => {
  const { mailbox, watch } = await bench(t)
  await watch()
  mailbox.delete('Simpost')
  mailbox.append('INBOX', rawMail('one'))
  await until(() => mailbox.folder('Simpost')?.messages.length === 1)
})

test('a nested done folder is made with its levels', async (t) => {
  const { mailbox, watch } = await bench(t)
  await watch({ doneFolder: 'Archive/Simpost/Done' })
  mailbox.append('INBOX', rawMail('one'))
  await until(() => mailbox.folder('Archive/Simpost/Done')?.messages.length === 1)
})

test('after a new UIDVALIDITY every mail is offered, and known ones are told apart by the intake', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  const first = await watch()
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1)
  await first.stop()
  mailbox.append('INBOX', rawMail('two'))
  mailbox.rebuild('INBOX')
  await watch()
  assert.deepEqual(intake.texts(), ['one', 'two'])
  assert.equal(intake.heardAt.length, 3)
  assert.equal(intake.begun.length, 1)
  assert.deepEqual(intake.found, [2])
})

test('a mail that the intake cannot take holds no other and is tried again', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  const { inbox } = await watch()
  intake.failing.add(1)
  mailbox.append('INBOX', rawMail('one'))
  mailbox.append('INBOX', rawMail('two'))
  await until(() => mailbox.messages('Simpost').length === 1)
  await until(() => inbox.state().problem?.code === 'INTERNAL')
  intake.failing.clear()
  mailbox.append('INBOX', rawMail('three'))
  await until(() => mailbox.messages('Simpost').length === 3)
  assert.deepEqual(intake.texts(), ['two', 'one', 'three'])
  await until(() => inbox.state().problem === null)
})

test('a mail that vanished before the fetch is passed over', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  const { inbox } = await watch()
  phantomMail(mailbox, 'INBOX', rawMail('ghost'))
  mailbox.append('INBOX', rawMail('real'))
  await until(() => intake.received.length === 1)
  assert.deepEqual(intake.texts(), ['real'])
  assert.equal(inbox.state().problem, null)
})

test('a timed re-scan finds mail that a silent IDLE never told', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  server.override('IDLE', silentIdle)
  await watch({ rescanMs: 200 })
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1)
})
