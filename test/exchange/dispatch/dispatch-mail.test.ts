// Sending mail: the same bytes until the server says yes, retries by class. And what a dead process left behind.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { settleLateSubmit } from '../../../src/exchange/results/status-reports.ts'
import { configureLog } from '../../../src/log.ts'
import { openStore } from '../../../src/store/database/database.ts'
import { noon, phone } from '../world.ts'
import { dispatchWorld, noSuchNumber, silence, smtpError } from './dispatch-world.ts'

configureLog('error', () => {})
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

type World = ReturnType<typeof dispatchWorld>

function queueMail(world: World, name: string): number {
  return world.desk.outbox.addMail({
    messageId: null,
    conversationId: null,
    recipient: `${name}@office.example`,
    rule: 'line',
    text: name,
    now: world.clock.now(),
    mailId: `<${name}@office.example>`,
    raw: Buffer.from(`Message-ID: <${name}@office.example>\r\n\r\nhello`),
  })
}

const namesOf = (world: World): string[] => world.mails.map(({ to }) => to.split('@')[0] ?? '')

test('a mail goes out with its stored bytes and is marked as sent', async () => {
  const world = dispatchWorld()
  const id = queueMail(world, 'anna')
  await world.mailFor(0)
  assert.deepEqual(
    world.mails.map(({ to, raw }) => [to, raw]),
    [['anna@office.example', 'Message-ID: <anna@office.example>\r\n\r\nhello']],
  )
  assert.equal(world.desk.outbox.get(id)?.state, 'sent')
})

test('a mail is repeated by schedule, byte for byte, while others pass', async () => {
  const world = dispatchWorld()
  world.mailAnswers.push(smtpError('temporary'), undefined, smtpError('temporary'))
  const id = queueMail(world, 'anna')
  queueMail(world, 'bob')
  await world.mailFor(7 * minute)
  assert.deepEqual(namesOf(world), ['anna', 'bob', 'anna', 'anna'])
  const [first, , second_, third] = world.mails
  assert.deepEqual([second_?.raw, third?.raw], [first?.raw, first?.raw])
  assert.equal(world.desk.outbox.get(id)?.state, 'sent')
})

/** A database that takes nothing for a minute, from the moment at which something has left the box. */
function worldWithFullDisk(hasLeft: (world: World) => boolean): World {
  const store = openStore(':memory:')
  let fullSince: number | null = null
  const refuse = (): void => {
    if (!hasLeft(world)) return
    fullSince ??= world.clock.now()
    if (world.clock.now() - fullSince < minute)
      throw new GatewayError('STORE_FULL', 'no room', { retry: 'temporary' })
  }
  const world: World = dispatchWorld({
    store: {
      ...store,
      run: (...args) => {
        refuse()
        return store.run(...args)
      },
      transaction: (work) => {
        refuse()
        return store.transaction(work)
      },
    },
  })
  return world
}

test('a mail that the server took while the disk was full is not sent again, and counts as sent', async () => {
  const world = worldWithFullDisk(({ mails }) => mails.length > 0)
  const id = queueMail(world, 'anna')
  await world.mailFor(5 * minute)
  assert.deepEqual([namesOf(world), world.desk.outbox.get(id)?.state], [['anna'], 'sent'])
})

test('an SMS that was sent while the disk was full is not uncertain, and a refusal is not forgotten', async () => {
  for (const [answer, state] of [
    [undefined, 'sent'],
    [noSuchNumber(), 'failed'],
  ] as const) {
    const world = worldWithFullDisk(({ submitted }) => submitted.length > 0)
    world.answers.push(answer)
    const id = world.operatorSends('At noon?')
    await world.sendFor(5 * minute)
    assert.deepEqual([world.submitted.length, world.desk.outbox.get(id)?.state], [1, state])
  }
})

test('anything unexpected counts as temporary: a mail may be repeated', async () => {
  const world = dispatchWorld()
  world.mailAnswers.push(new TypeError('x is undefined'))
  const id = queueMail(world, 'anna')
  await world.mailFor(2 * minute)
  assert.equal(world.mails.length, 2)
  assert.equal(world.desk.outbox.get(id)?.state, 'sent')
})

test('a mail that the server refuses for good is kept as failed with the reason', async () => {
  const world = dispatchWorld()
  world.mailAnswers.push(smtpError('permanent'))
  const id = queueMail(world, 'anna')
  await world.mailFor(2 * hour)
  assert.equal(world.mails.length, 1)
  assert.deepEqual(
    [world.desk.outbox.get(id)?.state, world.desk.outbox.get(id)?.reason],
    ['failed', 'the server said permanent'],
  )
})

test('a mail is given up after three days and five attempts, whichever comes last', async () => {
  const world = dispatchWorld()
  world.mailAnswers.push(...Array.from({ length: 9 }, () => smtpError('temporary')))
  const id = queueMail(world, 'anna')
  await world.mailFor(0)
  world.clock.jump(73 * hour)
  await world.mailFor(second)
  assert.deepEqual([world.mails.length, world.desk.outbox.get(id)?.state], [2, 'queued'])
  await world.mailFor(3 * hour)
  assert.deepEqual([world.mails.length, world.desk.outbox.get(id)?.state], [5, 'failed'])
})

test('a server that cannot be reached for days ages no mail', async () => {
  const world = dispatchWorld()
  const down = new GatewayError('SMTP_UNAVAILABLE', 'ECONNREFUSED', { retry: 'temporary' })
  world.mailAnswers.push(...Array.from({ length: 20 }, () => down))
  const id = queueMail(world, 'anna')
  for (let days = 0; days < 10; days++) {
    await world.mailFor(second)
    world.clock.jump(day)
  }
  assert.deepEqual([world.desk.outbox.get(id)?.state, world.desk.outbox.get(id)?.attempts], ['queued', 0])
})

test('a refused sign-in pauses the whole queue and costs no mail an attempt', async () => {
  const world = dispatchWorld()
  world.mailAnswers.push(smtpError('hold', 'SMTP_AUTH'))
  const id = queueMail(world, 'anna')
  queueMail(world, 'bob')
  await world.mailFor(minute - second)
  assert.deepEqual([namesOf(world), world.desk.outbox.get(id)?.attempts], [['anna'], 0])
  await world.mailFor(2 * second)
  assert.deepEqual(namesOf(world), ['anna', 'bob', 'anna'])
})

test('a sign-in that stays refused is tried seldom, and no mail is given up', async () => {
  const world = dispatchWorld()
  world.mailAnswers.push(...Array.from({ length: 99 }, () => smtpError('hold', 'SMTP_AUTH')))
  const id = queueMail(world, 'anna')
  await world.mailFor(6 * hour)
  assert.ok(world.mails.length < 20, `${world.mails.length} sign-ins in six hours`)
  assert.equal(world.desk.outbox.get(id)?.state, 'queued')
})

/** A service that dies while the modem has an SMS; the database lives on. */
async function dieWhileSending(uncertain: 'notify' | 'resend' = 'notify', text = 'At noon?') {
  const world = dispatchWorld({ uncertain })
  const id = await world.annaWrites(text)
  world.desk.store.transaction(() => world.desk.outbox.claimSegment(world.clock.now()))
  const restart = () => dispatchWorld({ uncertain, store: world.desk.store })
  return { id, restart }
}

test('after a sudden end, what was with the modem is uncertain: one notice, no second submit', async () => {
  const { id, restart } = await dieWhileSending()
  const world = restart()
  assert.equal(await world.settleLeftovers(), 1)
  await world.sendFor(4 * minute)
  assert.deepEqual(world.notices(), [], 'the modem may still answer')
  await world.sendFor(2 * minute)
  assert.deepEqual([world.submitted, world.states(id)], [[], ['uncertain']])
  assert.deepEqual(world.notices(), ['anna@office.example: sms-uncertain'])
  const again = restart()
  assert.equal(await again.settleLeftovers(), 0)
  await again.sendFor(hour)
  assert.deepEqual(again.notices(), [])
})

test('after a sudden end, the late answer of the modem settles it, and nobody is told', async () => {
  const { id, restart } = await dieWhileSending()
  const world = restart()
  await world.settleLeftovers()
  await settleLateSubmit(world.desk, 7)
  await world.sendFor(hour)
  assert.deepEqual([world.submitted, world.states(id), world.notices()], [[], ['sent'], []])
})

test('after a sudden end, a report that had come before settles it, and nobody is told', async () => {
  const { id, restart } = await dieWhileSending()
  const world = restart()
  const { outbox } = world.desk
  outbox.segmentSent(outbox.segments(id)[0]?.id ?? 0, 40, noon)
  const next = await world.annaWrites('At one?')
  world.desk.store.transaction(() => outbox.claimSegment(noon))
  const sentAt = noon + second
  outbox.addEarlyReport({ number: phone('Bob'), messageReference: 41, status: 0, sentAt, receivedAt: noon })
  const again = restart()
  assert.equal(await again.settleLeftovers(), 1)
  assert.deepEqual([again.states(next), again.notices()], [['delivered'], []])
})

test('after a sudden end with the policy resend, it is sent once more if no report comes in five minutes', async () => {
  const { id, restart } = await dieWhileSending('resend')
  const world = restart()
  assert.equal(await world.settleLeftovers(), 1)
  await world.sendFor(4 * minute)
  assert.deepEqual(world.submitted, [])
  await world.sendFor(2 * minute)
  assert.deepEqual(
    world.submitted.map(({ text }) => text),
    ['At noon?'],
  )
  assert.deepEqual([world.states(id), world.notices()], [['sent'], []])
})

test('with the policy resend, a box that dies at every send does not send for ever', async () => {
  const { id, restart } = await dieWhileSending('resend')
  const second_ = restart()
  await second_.settleLeftovers()
  second_.hooks.ready = false
  await second_.sendFor(6 * minute)
  second_.desk.store.transaction(() => second_.desk.outbox.claimSegment(second_.clock.now()))
  const third = restart()
  assert.equal(await third.settleLeftovers(), 1)
  await third.sendFor(6 * minute)
  assert.deepEqual([third.submitted, third.states(id)], [[], ['uncertain']])
  assert.deepEqual(third.notices(), ['anna@office.example: sms-uncertain'])
})

test('a resend that becomes uncertain again after a restart is not repeated either', async () => {
  const { id, restart } = await dieWhileSending('resend')
  const world = restart()
  world.answers.push(silence())
  await world.settleLeftovers()
  await world.sendFor(hour)
  assert.deepEqual([world.submitted.length, world.states(id)], [1, ['uncertain']])
  assert.deepEqual(world.notices(), ['anna@office.example: sms-uncertain'])
})

test('a long message that was cut off by a sudden end keeps its sent parts', async () => {
  const world = dispatchWorld()
  const id = await world.annaWrites('word '.repeat(90))
  const end = new AbortController()
  world.hooks.onSubmit = () => end.abort()
  await world.smsLoop.run(end.signal)
  const next = dispatchWorld({ store: world.desk.store })
  assert.equal(await next.settleLeftovers(), 0)
  await next.sendFor(second)
  assert.equal(world.submitted.length, 1)
  assert.equal(next.submitted.length, 2)
  assert.equal([...world.submitted, ...next.submitted].map(({ text }) => text).join(''), 'word '.repeat(90))
  assert.deepEqual(next.states(id), ['sent', 'sent', 'sent'])
})
