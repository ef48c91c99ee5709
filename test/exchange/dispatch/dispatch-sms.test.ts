// Sending SMS: submitting is committed before the modem gets a byte, what may have been sent is never sent again by itself, retries
// follow the class of the error, one bad recipient never holds the others.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { commitSent } from '../../../src/exchange/results/status-reports.ts'
import { configureLog } from '../../../src/log.ts'
import { noon } from '../world.ts'
import { busy, dispatchWorld, noNetwork, noSuchNumber, noValidity, silence } from './dispatch-world.ts'

configureLog('error', () => {})
const second = 1000
const minute = 60 * second
const hour = 60 * minute

test('an SMS is sent to its number with its text, and is marked as sent with its TP-MR', async () => {
  const world = dispatchWorld()
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  assert.deepEqual(
    world.submitted.map(({ text, to }) => [text, to]),
    [['At noon?', '+4917012345678']],
  )
  assert.equal(world.desk.outbox.get(id)?.state, 'sent')
  assert.equal(world.desk.outbox.segments(id)[0]?.messageReference, 40)
  assert.deepEqual(world.notices(), [])
})

test('submitting is committed before the modem is called', async () => {
  const world = dispatchWorld()
  const id = await world.annaWrites('At noon?')
  const before = world.desk.store.commits()
  const seen: unknown[] = []
  world.hooks.onSubmit = () => seen.push(world.states(id), world.desk.store.commits() - before)
  await world.sendFor(0)
  assert.deepEqual(seen, [['submitting'], 1])
})

test('one SMS costs two commits: before and after the modem', async () => {
  const world = dispatchWorld()
  await world.annaWrites('At noon?')
  const before = world.desk.store.commits()
  await world.sendFor(5 * second)
  assert.equal(world.desk.store.commits() - before, 2)
})

test('the parts of a long message go out in order, all but the last announcing more', async () => {
  const world = dispatchWorld()
  const id = await world.annaWrites('word '.repeat(90))
  await world.annaWrites('other')
  await world.sendFor(0)
  assert.deepEqual(
    world.submitted.map(({ more }) => more),
    [true, true, false, false],
  )
  assert.equal(
    world.submitted
      .slice(0, 3)
      .map(({ text }) => text)
      .join(''),
    'word '.repeat(90),
  )
  assert.deepEqual(world.states(id), ['sent', 'sent', 'sent'])
})

test('an ambiguous answer makes it uncertain: one notice in the thread, and never a second submit', async () => {
  const world = dispatchWorld()
  world.answers.push(silence())
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  world.clock.jump(48 * hour)
  await world.sendFor(10 * second)
  assert.equal(world.submitted.length, 1)
  assert.equal(world.desk.outbox.get(id)?.state, 'uncertain')
  assert.deepEqual(world.notices(), ['anna@office.example: sms-uncertain'])
  assert.equal(world.desk.drafts[0]?.inReplyTo, '<At.noon?@office.example>')
  assert.ok(world.desk.woken.includes('mail'))
})

test('anything that the modem side throws may have happened after the send: it is uncertain', async () => {
  const world = dispatchWorld()
  world.answers.push(new TypeError('x is undefined'))
  const id = await world.annaWrites('At noon?')
  await world.sendFor(10 * second)
  assert.equal(world.submitted.length, 1)
  assert.equal(world.desk.outbox.get(id)?.state, 'uncertain')
})

test('of a long message with an uncertain part nothing more is sent, and its sender hears it once', async () => {
  const world = dispatchWorld()
  world.answers.push(undefined, silence())
  const id = await world.annaWrites('word '.repeat(90))
  await world.sendFor(10 * second)
  assert.deepEqual(world.states(id), ['sent', 'uncertain', 'queued'])
  await world.sendFor(hour)
  assert.equal(world.submitted.length, 2)
  assert.equal(world.notices().length, 1)
})

test('the sender of an uncertain SMS is told after five minutes, in which the modem may still answer', async () => {
  const world = dispatchWorld()
  world.answers.push(silence(), silence())
  const settled = await world.annaWrites('At noon?')
  const open = await world.annaWrites('At one?')
  await world.sendFor(4 * minute)
  assert.deepEqual(world.notices(), [])
  const [segment] = world.desk.outbox.segments(settled)
  await commitSent(world.desk, segment?.id ?? 0, 7)
  await world.sendFor(2 * minute)
  assert.deepEqual(world.notices(), ['anna@office.example: sms-uncertain'])
  assert.equal(world.desk.drafts[0]?.inReplyTo, '<At.one?@office.example>')
  assert.deepEqual(
    [settled, open].map((id) => world.desk.outbox.get(id)?.state),
    ['sent', 'uncertain'],
  )
})

test('a service that ends before the sender was told tells it after the next start', async () => {
  const world = dispatchWorld()
  world.answers.push(silence())
  await world.annaWrites('At noon?')
  await world.sendFor(0)
  const next = dispatchWorld({ store: world.desk.store })
  await next.sendFor(6 * minute)
  assert.deepEqual(next.notices(), ['anna@office.example: sms-uncertain'])
  await next.sendFor(hour)
  assert.equal(next.notices().length, 1)
})

test('with the policy resend, an uncertain SMS is sent once more and not a third time', async () => {
  const world = dispatchWorld({ uncertain: 'resend' })
  world.answers.push(silence(), silence())
  const id = await world.annaWrites('At noon?')
  await world.sendFor(11 * minute)
  assert.equal(world.submitted.length, 2)
  assert.equal(world.desk.outbox.get(id)?.state, 'uncertain')
  assert.deepEqual(world.notices(), ['anna@office.example: sms-uncertain'])
  await world.sendFor(hour)
  assert.equal(world.submitted.length, 2)
  assert.equal(world.desk.spending.spent('box', '', '2000-01-01', '2100-01-01'), 2, 'both are paid')
})

test('with the policy resend, a late answer or a report within five minutes spares the second SMS', async () => {
  const world = dispatchWorld({ uncertain: 'resend' })
  world.answers.push(silence(), silence())
  const ids = [await world.annaWrites('At noon?'), await world.annaWrites('At one?')]
  await world.sendFor(4 * minute)
  const [segment] = world.desk.outbox.segments(ids[0] ?? 0)
  await commitSent(world.desk, segment?.id ?? 0, 7)
  await world.sendFor(6 * minute)
  assert.deepEqual(
    world.submitted.map(({ text, at }) => [text, Math.round((at - noon) / minute)]),
    [
      ['At noon?', 0],
      ['At one?', 0],
      ['At one?', 5],
    ],
  )
  assert.deepEqual(ids.map(world.states), [['sent'], ['sent']])
  assert.equal(world.desk.spending.spent('box', '', '2000-01-01', '2100-01-01'), 3)
})

test('with the policy resend, the second try may succeed, and nobody is told', async () => {
  const world = dispatchWorld({ uncertain: 'resend' })
  world.answers.push(silence())
  const id = await world.annaWrites('At noon?')
  await world.sendFor(6 * minute)
  assert.equal(world.desk.outbox.get(id)?.state, 'sent')
  assert.deepEqual(world.notices(), [])
})

test('temporary failures are tried again by schedule', async () => {
  const world = dispatchWorld()
  world.answers.push(...Array.from({ length: 5 }, busy))
  const id = await world.annaWrites('At noon?')
  await world.sendFor(10 * minute)
  const gaps = world.submitted.map(({ at }, index) => at - (world.submitted[index - 1]?.at ?? at))
  assert.deepEqual(
    gaps.map((gap) => Math.round(gap / second)),
    [0, 10, 30, 60, 120, 300],
  )
  assert.equal(world.desk.outbox.get(id)?.state, 'sent')
  assert.deepEqual(world.notices(), [])
})

test('after a day and five attempts it is given up and the sender is told', async () => {
  const world = dispatchWorld()
  world.answers.push(...Array.from({ length: 9 }, busy))
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  world.clock.jump(25 * hour)
  await world.sendFor(10 * minute)
  assert.equal(world.submitted.length, 5)
  assert.deepEqual(
    [world.desk.outbox.get(id)?.state, world.desk.outbox.get(id)?.reason],
    ['failed', '+CMS ERROR: 42'],
  )
  assert.deepEqual(world.notices(), ['anna@office.example: sms-failed'])
})

test('an SMS that waited for days, because the box was off, gets its attempts all the same', async () => {
  const world = dispatchWorld()
  world.answers.push(busy())
  const id = await world.annaWrites('At noon?')
  world.clock.jump(72 * hour)
  await world.sendFor(minute)
  assert.deepEqual([world.submitted.length, world.desk.outbox.get(id)?.state], [2, 'sent'])
})

test('a refusal that allows two attempts gets two', async () => {
  const world = dispatchWorld()
  const barred = () =>
    new GatewayError('SMS_REFUSED', '+CMS ERROR: 10', { retry: 'temporary', context: { attemptsMax: 2 } })
  world.answers.push(barred(), barred())
  const id = await world.annaWrites('At noon?')
  await world.sendFor(hour)
  assert.deepEqual([world.submitted.length, world.desk.outbox.get(id)?.state], [2, 'failed'])
})

test('a service centre that takes no validity gets the SMS without one, at once and once only', async () => {
  const world = dispatchWorld()
  world.answers.push(noValidity())
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  assert.deepEqual(
    world.submitted.map(({ text, validity }) => [text, validity]),
    [
      ['At noon?', 'A7'],
      ['At noon?', ''],
    ],
  )
  assert.equal(world.desk.outbox.get(id)?.state, 'sent')
  world.answers.push(noValidity(), noValidity())
  const other = await world.annaWrites('Where?')
  await world.sendFor(0)
  assert.equal(world.submitted.length, 4)
  assert.equal(world.desk.outbox.get(other)?.state, 'failed')
})

test('the validity of the binding goes out with the SMS', async () => {
  const world = dispatchWorld()
  const [binding] = world.desk.bindings
    .list(world.clock.now())
    .filter(({ number }) => number === '+4917012345678')
  world.desk.bindings.change(binding?.id ?? 0, { validity: '90m' })
  const id = await world.annaWrites('At noon?')
  await world.operatorSends('At one?')
  await world.sendFor(0)
  assert.deepEqual(
    world.submitted.map(({ validity }) => validity),
    ['11', 'A7'],
  )
  assert.equal(world.desk.outbox.get(id)?.validityMs, 90 * minute)
})

test('a modem that is lost for days ages no SMS', async () => {
  const world = dispatchWorld()
  const lost = () => new GatewayError('MODEM_UNAVAILABLE', 'gone', { retry: 'temporary' })
  world.answers.push(...Array.from({ length: 20 }, lost))
  const id = await world.annaWrites('At noon?')
  for (let days = 0; days < 10; days++) {
    await world.sendFor(0)
    world.clock.jump(24 * hour)
  }
  assert.deepEqual([world.desk.outbox.get(id)?.state, world.desk.outbox.get(id)?.attempts], ['queued', 0])
})

test('a permanent failure is told at once, and the journal keeps the outcome', async () => {
  const world = dispatchWorld()
  world.answers.push(noSuchNumber())
  const id = await world.annaWrites('At noon?')
  await world.sendFor(10 * second)
  assert.equal(world.submitted.length, 1)
  const delivery = world.desk.outbox.get(id)
  assert.equal(delivery?.state, 'failed')
  assert.deepEqual(world.notices(), ['anna@office.example: sms-failed'])
  assert.match(world.desk.drafts[0]?.text ?? '', /\+4917012345678/)
  const steps = world.desk.journal.steps(delivery?.messageId ?? 0)
  assert.match(steps.at(-1)?.detail ?? '', /^sms-failed: .*\+CMS ERROR: 1/)
})

test('what the operator sent by command has nobody to be told', async () => {
  const world = dispatchWorld()
  world.answers.push(noSuchNumber())
  const id = world.operatorSends('hello')
  await world.sendFor(0)
  assert.equal(world.desk.outbox.get(id)?.state, 'failed')
  assert.deepEqual(world.notices(), [])
})

test('one bad recipient never holds the others', async () => {
  const world = dispatchWorld()
  world.answers.push(busy())
  await world.annaWrites('to Bob')
  world.operatorSends('to Carol')
  await world.sendFor(second)
  assert.deepEqual(
    world.submitted.map(({ text }) => text),
    ['to Bob', 'to Carol'],
  )
})

test('trouble with our own SIM pauses the whole queue for a minute and costs nobody an attempt', async () => {
  const world = dispatchWorld()
  world.answers.push(noNetwork())
  const id = await world.annaWrites('to Bob')
  world.operatorSends('to Carol')
  await world.sendFor(minute - second)
  assert.deepEqual(
    world.submitted.map(({ text }) => text),
    ['to Bob'],
  )
  assert.deepEqual([world.desk.outbox.get(id)?.attempts, world.states(id)], [0, ['queued']])
  await world.sendFor(2 * second)
  assert.deepEqual(
    world.submitted.map(({ text }) => text),
    ['to Bob', 'to Carol', 'to Bob'],
  )
  assert.deepEqual(world.notices(), [])
})

test('a queue that is held for days gives no message up', async () => {
  const world = dispatchWorld()
  world.answers.push(noNetwork(), noNetwork())
  const id = await world.annaWrites('to Bob')
  await world.sendFor(0)
  world.clock.jump(72 * hour)
  await world.sendFor(second)
  assert.equal(world.desk.outbox.get(id)?.state, 'queued')
  world.clock.jump(hour)
  await world.sendFor(second)
  assert.equal(world.desk.outbox.get(id)?.state, 'sent')
})

test('without a modem nothing is claimed; when it is ready a wake-up sends at once', async () => {
  const world = dispatchWorld()
  world.hooks.ready = false
  const id = await world.annaWrites('At noon?')
  const end = new AbortController()
  const running = world.smsLoop.run(end.signal)
  await world.clock.pass(minute)
  assert.deepEqual([world.submitted.length, world.states(id)], [0, ['queued']])
  world.hooks.ready = true
  world.smsLoop.wake()
  await world.clock.pass(0)
  assert.equal(world.submitted.length, 1)
  end.abort()
  await running
})

test('an SMS that somebody else put into the outbox goes out at a wake-up, and without one within ten seconds', async () => {
  const world = dispatchWorld()
  const end = new AbortController()
  const running = world.smsLoop.run(end.signal)
  await world.clock.pass(15 * second)
  world.operatorSends('hello')
  world.smsLoop.wake()
  await world.clock.pass(0)
  assert.equal(world.submitted.length, 1)
  world.operatorSends('hello again')
  await world.clock.pass(10 * second)
  assert.equal(world.submitted.length, 2)
  end.abort()
  await running
})

test('an idle loop writes nothing', async () => {
  const world = dispatchWorld()
  const before = world.desk.store.commits()
  await world.sendFor(10 * minute)
  assert.equal(world.desk.store.commits(), before)
})

test('the end of the service awaits the SMS that is with the modem', async () => {
  const world = dispatchWorld()
  const id = await world.annaWrites('At noon?')
  const end = new AbortController()
  world.hooks.onSubmit = () => end.abort()
  await world.smsLoop.run(end.signal)
  assert.equal(world.desk.outbox.get(id)?.state, 'sent')
})
