// Under which address mails go out: reports under none, other mails under one that names them, and all under the box's own where the
// server takes no other; that is found out once.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError, type Retry } from '../../../src/domain/errors.ts'
import { refusedSenders } from '../../../src/exchange/dispatch/envelope-sender.ts'
import { configureLog } from '../../../src/log.ts'
import { day, noon } from '../world.ts'
import { type DispatchWorldOptions, dispatchWorld } from './dispatch-world.ts'

configureLog('error', () => {})

const own = 'sms@office.example'
const refusal = (about: string, retry: Retry) =>
  new GatewayError('SMTP_REFUSED', '550 no', { retry, context: { about } })

function senderWorld(options: DispatchWorldOptions = {}) {
  const world = dispatchWorld(options)
  let count = 0
  const add = (nullSender: boolean): number =>
    world.desk.outbox.addMail({
      ...{
        messageId: null,
        conversationId: null,
        recipient: 'anna@office.example',
        rule: 'notice',
        text: '',
      },
      ...{
        now: world.clock.now(),
        mailId: `<${++count}@office.example>`,
        raw: Buffer.from(`${count}`),
        nullSender,
      },
    })
  const senders = () => world.mails.map(({ from }) => from.replace(/\+b\w+-\w+@/, '+b…@'))
  return { ...world, add, senders }
}

test('a report goes out with the null sender and asks for no report; another mail names itself in sender and envelope id', async () => {
  const world = senderWorld()
  const [report, other] = [world.add(true), world.add(false)]
  await world.mailFor(0)
  const id = world.desk.outbox.envelopeId(other)
  assert.deepEqual(
    world.mails.map(({ from, envelopeId }) => [from, envelopeId]),
    [
      ['', undefined],
      [`sms+b${id}@office.example`, id],
    ],
  )
  assert.match(id, /^[0-9a-z]+-[0-9a-f]{20}$/)
  assert.equal(world.desk.outbox.byEnvelopeId(id.toUpperCase())?.id, other)
  assert.notEqual(world.desk.outbox.envelopeId(report).split('-')[1], id.split('-')[1])
})

test('without plus addresses, or with a name that leaves no room, other mails go out under the address of the box', async () => {
  const long = `${'a-very-long-name-for-a-mailbox'.repeat(2)}@office.example`
  for (const options of [{ plusAddresses: false }, { settings: { ownMailbox: long } }]) {
    const world = senderWorld(options)
    world.add(false)
    await world.mailFor(0)
    assert.deepEqual(world.senders(), [options.settings?.ownMailbox ?? own])
    assert.ok(world.mails[0]?.envelopeId)
  }
})

test('a server that refuses the null sender gets the same report under the address of the box, and is not asked again for a month', async () => {
  const world = senderWorld()
  world.mailAnswers.push(refusal('mail', 'permanent'))
  world.add(true)
  await world.mailFor(0)
  assert.deepEqual(world.senders(), ['', own])
  assert.equal(world.mails[0]?.raw, world.mails[1]?.raw)
  assert.equal(world.desk.outbox.get(1)?.state, 'sent')
  assert.deepEqual(refusedSenders(world.desk), [{ kind: 'null', at: noon }])
  world.add(true)
  world.add(false)
  await world.mailFor(0)
  assert.deepEqual(world.senders().slice(2), [own, 'sms+b…@office.example'])
  world.clock.jump(31 * day)
  world.add(true)
  await world.mailFor(0)
  assert.deepEqual([world.senders().at(-1), refusedSenders(world.desk)], ['', []])
})

test('a server that takes the own address only is found out at the first mail, whatever it makes of the refusal', async () => {
  for (const retry of ['permanent', 'temporary', 'hold'] as const) {
    const world = senderWorld()
    world.mailAnswers.push(refusal('sender', retry))
    world.add(false)
    world.add(false)
    await world.mailFor(0)
    assert.deepEqual(world.senders(), ['sms+b…@office.example', own, own], retry)
    assert.deepEqual(refusedSenders(world.desk), [{ kind: 'token', at: noon }])
  }
})

test('a mail that is refused under each address fails by itself: the sender was not the reason', async () => {
  const world = senderWorld()
  world.mailAnswers.push(refusal('mail', 'permanent'), refusal('mail', 'permanent'))
  const id = world.add(true)
  await world.mailFor(0)
  assert.deepEqual([world.senders(), world.desk.outbox.get(id)?.state], [['', own], 'failed'])
  assert.deepEqual(refusedSenders(world.desk), [])
})

test('a recipient that is refused, or a server that is busy, says nothing of the sender', async () => {
  const world = senderWorld()
  world.mailAnswers.push(refusal('recipient', 'permanent'), refusal('mail', 'temporary'))
  world.add(false)
  world.add(true)
  await world.mailFor(0)
  assert.deepEqual(world.senders(), ['sms+b…@office.example', ''])
  assert.deepEqual(refusedSenders(world.desk), [])
})

test('a clock that ran ahead when it was found out does not keep it for ever', async () => {
  const world = senderWorld()
  world.clock.jump(400 * day)
  world.mailAnswers.push(refusal('mail', 'permanent'))
  world.add(true)
  await world.mailFor(0)
  assert.equal(refusedSenders(world.desk).length, 1)
  assert.deepEqual(refusedSenders({ ...world.desk, now: () => noon }), [])
})
