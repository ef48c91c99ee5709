// A line that only looks alive: IDLE without events, a server that talks and never answers, mails that break the line or are refused.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewayError } from '../../../src/domain/errors.ts'
import { MailTrouble } from '../../../src/mail/imap/mail-trouble.ts'
import {
  answer,
  cutConnection,
  deadIdle,
  stillHere,
  talksOn,
  wrongTag,
} from '../../../src/simulator/mail/imap-faults.ts'
import type { ImapOverride } from '../../../src/simulator/mail/imap-session.ts'
import { rawMail, until } from '../mail-support.ts'
import { handClock } from './hand-clock.ts'
import { type Bench, bench } from './imap-bench.ts'

const longMs = 30_000
const minute = 60_000
const day = 24 * 60 * minute

const searches = ({ server }: Bench): number =>
  server.log.filter(({ from, line }) => from === 'client' && line.includes('UID SEARCH')).length

test('a line that was quiet for ten minutes is proven by a command, however long the re-scan waits', async (t) => {
  const one = await bench(t)
  const clock = handClock()
  const { inbox } = await one.watch({ clock, rescanMs: day })
  await until(() => one.server.idling() === 1, longMs)
  const before = searches(one)
  clock.pass(10 * minute)
  await until(() => searches(one) > before, longMs)
  await until(() => one.server.idling() === 1, longMs)
  assert.equal(inbox.state().problem, null)
  assert.equal(inbox.state().lastHeardAt, clock.now())
})

for (const [name, fault] of [
  ['went dead without being closed', deadIdle],
  ['is answered with "Still here" and nothing else, DONE included', talksOn(20)],
] as const)
  test(`an IDLE that ${name} ends the connection within a quarter of an hour, and the next one takes the mail`, async (t) => {
    const one = await bench(t)
    const removed = one.server.override('IDLE', fault)
    const clock = handClock()
    const { ended, inbox } = await one.watch({ clock, rescanMs: day })
    await until(() => inbox.state().idle, longMs)
    one.mailbox.append('INBOX', rawMail('unheard'))
    clock.pass(10 * minute)
    await until(() => inbox.state().phase === 'scanning', longMs)
    // The command waits; its limit of two minutes is counted from now.
    for (let i = 0; i < 200 && inbox.state().phase !== 'closed'; i++) {
      clock.pass(2 * 1000)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const error = (await ended) as GatewayError
    assert.equal(error.code, 'IMAP_UNAVAILABLE')
    assert.match(error.message, /did not finish UID SEARCH within 120 s/)
    assert.ok(clock.monotonic() <= 15 * minute)
    removed()
    await one.watch()
    await until(() => one.intake.received.length === 1, longMs)
  })

test('a server that stays polite and never says EXISTS is found out by the timed re-scan', async (t) => {
  const one = await bench(t)
  one.server.override('IDLE', stillHere(20))
  const clock = handClock()
  const { inbox } = await one.watch({ clock, rescanMs: 5 * minute })
  await until(() => inbox.state().idle, longMs)
  one.mailbox.append('INBOX', rawMail('unheard'))
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal(one.intake.received.length, 0)
  clock.pass(5 * minute)
  await until(() => one.intake.received.length === 1, longMs)
})

/** Sends the head of a literal and then an octet now and then, for good. */
const drips: ImapOverride = async (call) => {
  call.send('* 1 FETCH (UID 1 RFC822.SIZE 5000 BODY[]<0> {5000}\r\n')
  for (; !call.signal.aborted; await call.wait(20).catch(() => undefined)) call.send('x')
}

for (const [name, command, fault, words] of [
  ['an answer under another tag', 'UID SEARCH', wrongTag, /did not finish UID SEARCH within 120 s/],
  ['a literal that drips for ever', 'UID FETCH', drips, /did not finish UID FETCH within \d+ s/],
  ['chatter instead of an answer', 'UID MOVE', talksOn(20), /did not finish UID MOVE within 600 s/],
] as const)
  test(`${name} ends the connection in time, and the next one goes on`, async (t) => {
    const one = await bench(t)
    const clock = handClock()
    const { ended, inbox } = await one.watch({ clock, rescanMs: day })
    await until(() => inbox.state().idle, longMs)
    one.server.override(command, fault, 1)
    one.mailbox.append('INBOX', rawMail('one'))
    await until(() => inbox.state().phase === 'scanning', longMs)
    for (let i = 0; i < 1000 && inbox.state().phase !== 'closed'; i++) {
      clock.pass(10_000)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.match(((await ended) as GatewayError).message, words)
    await one.watch()
    await until(() => one.mailbox.messages('Simpost').length === 1, longMs)
    assert.deepEqual(one.intake.texts(), ['one'])
  })

const onlyFor =
  (uid: number, fault: ImapOverride): ImapOverride =>
  (call) =>
    new RegExp(`UID FETCH ${uid} `).test(call.line) ? fault(call) : call.run()

test('a mail that the server refuses to hand over holds no other, is named, and is taken when it can be read', async (t) => {
  const one = await bench(t)
  const clock = handClock()
  const { inbox } = await one.watch({ clock, rescanMs: 5 * minute })
  await until(() => inbox.state().idle, longMs)
  const mended = one.server.override(
    'UID FETCH',
    onlyFor(1, answer('NO', '[SERVERBUG] Internal error occurred')),
  )
  for (const text of ['broken', 'two', 'three']) one.mailbox.append('INBOX', rawMail(text))
  await until(() => one.mailbox.messages('Simpost').length === 2, longMs)
  await until(() => inbox.state().problem !== null, longMs)
  assert.match(inbox.state().problem?.message ?? '', /^1 mail cannot be read from the server/)
  mended()
  await until(() => inbox.state().idle, longMs)
  clock.pass(5 * minute)
  await until(() => one.intake.received.length === 3, longMs)
  await until(() => inbox.state().problem === null, longMs)
})

test('a mail at which the line breaks comes last, rests after three broken lines, and is tried again', async (t) => {
  const one = await bench(t)
  const clock = handClock()
  const first = await one.watch({ clock })
  await first.stop()
  const mended = one.server.override('UID FETCH', onlyFor(1, cutConnection('not done')))
  for (const text of ['poison', 'two', 'three']) one.mailbox.append('INBOX', rawMail(text))
  for (let i = 0; i < 3; i++) {
    const { ended } = await one.watch({ clock })
    assert.equal(((await ended) as GatewayError).code, 'IMAP_UNAVAILABLE')
  }
  assert.deepEqual(one.intake.texts(), ['two', 'three'])
  const { inbox } = await one.watch({ clock, rescanMs: 5 * minute })
  await until(() => inbox.state().idle, longMs)
  assert.match(inbox.state().problem?.message ?? '', /^1 mail cannot be read/)
  one.mailbox.append('INBOX', rawMail('four'))
  await until(() => one.intake.received.length === 3, longMs)
  mended()
  await until(() => inbox.state().idle, longMs)
  clock.pass(5 * minute)
  await until(() => one.intake.received.length === 4, longMs)
  assert.deepEqual(one.intake.texts(), ['two', 'three', 'four', 'poison'])
})

test('the rest of a mail that breaks the line is a minute first, twice as long each time, and an hour at most', () => {
  const trouble = new MailTrouble()
  const rests = (now: number): boolean => trouble.rests('1', 7, now)
  for (let breaks = 1; breaks <= 12; breaks++) {
    trouble.note('1', 7, true, 0)
    const restMs = breaks < 3 ? 0 : Math.min(2 ** (breaks - 3), 60) * minute
    assert.deepEqual([rests(restMs - 1), rests(restMs)], [breaks >= 3, false], `${breaks} broken lines`)
  }
})
