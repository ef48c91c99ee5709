// Status reports (SMS-STATUS-REPORT): matched by TP-MR and number, early ones wait for their segment, failures are told once. And the
// talk between a mailbox and a phone from one end to the other.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMailIntake } from '../../src/exchange/mail-intake.ts'
import { createSmsIntake } from '../../src/exchange/sms-intake.ts'
import { configureLog } from '../../src/log.ts'
import { dispatchWorld, silence } from './dispatch-world.ts'
import { deliver, report } from './pdu-makers.ts'
import { type MailFacts, mail, noon, phone } from './world.ts'

configureLog('error', () => {})
const day = 86_400_000

function reportWorld() {
  const world = dispatchWorld()
  const intake = createSmsIntake(world.desk, day)
  return {
    ...world,
    receive: intake.receive,
    stateOf: (id: number) => world.desk.outbox.get(id)?.state,
  }
}

test('a report of delivery makes the SMS delivered, and nobody is told', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  await world.receive(report('Bob', 40, 0x00))
  assert.equal(world.stateOf(id), 'delivered')
  assert.deepEqual(world.notices(), [])
})

test('a long message is delivered when each of its parts is', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('word '.repeat(90))
  await world.sendFor(0)
  await world.receive(report('Bob', 41, 0x00))
  await world.receive(report('Bob', 40, 0x00))
  assert.equal(world.stateOf(id), 'sent')
  await world.receive(report('Bob', 42, 0x00))
  assert.equal(world.stateOf(id), 'delivered')
})

test('a report that the network gave up is told to the sender once', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('word '.repeat(90))
  await world.sendFor(0)
  await world.receive(report('Bob', 40, 0x46))
  await world.receive(report('Bob', 41, 0x46))
  assert.equal(world.stateOf(id), 'failed')
  assert.match(world.desk.outbox.get(id)?.reason ?? '', /0x46/)
  assert.deepEqual(world.notices(), ['anna@office.example: sms-failed'])
})

test('a pending report changes nothing; the final one still counts', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  await world.receive(report('Bob', 40, 0x21))
  assert.equal(world.stateOf(id), 'sent')
  assert.equal(world.desk.outbox.segments(id)[0]?.reportStatus, 0x21)
  await world.receive(report('Bob', 40, 0x00, noon + 60_000))
  assert.equal(world.stateOf(id), 'delivered')
})

test('what the service centre cannot confirm stays sent', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  await world.receive(report('Bob', 40, 0x01))
  assert.equal(world.stateOf(id), 'sent')
})

test('a report for another number or another TP-MR changes nothing', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  await world.receive(report('Carol', 40, 0x46))
  await world.receive(report('Bob', 41, 0x46))
  assert.equal(world.stateOf(id), 'sent')
  assert.deepEqual(world.notices(), [])
})

test('the same report twice is harmless', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  await world.receive(report('Bob', 40, 0x46))
  const before = world.desk.store.commits()
  await world.receive(report('Bob', 40, 0x46))
  assert.equal(world.desk.store.commits(), before)
  assert.equal(world.stateOf(id), 'failed')
})

test('a report that comes before +CMGS was handled waits for its segment', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('At noon?')
  await world.receive(report('Bob', 40, 0x00))
  assert.equal(world.stateOf(id), 'queued')
  await world.sendFor(0)
  assert.equal(world.stateOf(id), 'delivered')
})

test('an early report of failure is told, too', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('At noon?')
  await world.receive(report('Bob', 40, 0x41))
  await world.sendFor(0)
  assert.equal(world.stateOf(id), 'failed')
  assert.deepEqual(world.notices(), ['anna@office.example: sms-failed'])
})

test('a report from long before belongs to an earlier SMS with the same TP-MR', async () => {
  const world = reportWorld()
  await world.receive(report('Bob', 40, 0x41))
  world.clock.jump(3_600_000)
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  assert.equal(world.stateOf(id), 'sent')
})

test('when TP-MR has come round, a report belongs to the newest SMS', async () => {
  const world = reportWorld()
  const old = await world.annaWrites('one')
  await world.sendFor(0)
  world.clock.jump(60_000)
  const young = await world.annaWrites('two')
  world.desk.store.transaction(() => {
    const claimed = world.desk.outbox.claimSegment(world.clock.now()) ?? assert.fail()
    world.desk.outbox.segmentSent(claimed.segmentId, 40, world.clock.now())
  })
  await world.receive(report('Bob', 40, 0x00))
  assert.deepEqual([world.stateOf(old), world.stateOf(young)], ['sent', 'delivered'])
})

test('a report settles an uncertain SMS of which the modem had named the TP-MR', async () => {
  const world = reportWorld()
  const lost = Object.assign(silence(), { context: { messageReference: 77 } })
  world.answers.push(lost)
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  assert.equal(world.stateOf(id), 'uncertain')
  await world.receive(report('Bob', 77, 0x00))
  assert.equal(world.stateOf(id), 'delivered')
})

test('a talk goes to and fro between one mailbox and one phone, in one thread', async () => {
  const world = reportWorld()
  const read = async ({ raw }: { raw: Buffer }) => mail(JSON.parse(raw.toString()) as MailFacts)
  const mails = createMailIntake(world.desk, read, 'sms@imap.office.example')
  let uid = 0
  const sendMail = (facts: MailFacts) => {
    const raw = Buffer.from(JSON.stringify(facts))
    return mails.receive({
      folder: 'INBOX',
      uidValidity: '1',
      uid: ++uid,
      size: raw.length,
      raw,
      truncated: false,
    })
  }
  await sendMail({ subject: '[sms] Offer', text: 'Do you want it?', id: '<q@office.example>' })
  for (const pdu of deliver('yes', { from: 'Bob' })) await world.receive(pdu)
  const [first] = world.desk.drafts
  assert.deepEqual(
    [first?.to.address, first?.subject, first?.inReplyTo],
    ['anna@office.example', 'Re: Offer', '<q@office.example>'],
  )
  await sendMail({
    to: [first?.replyTo ?? ''],
    subject: 'Re: Offer',
    text: 'Good.',
    id: '<r@office.example>',
    answers: [first?.messageId ?? ''],
  })
  for (const pdu of deliver('when?', { from: 'Bob', at: noon + 1000 })) await world.receive(pdu)
  const [, second] = world.desk.drafts
  assert.deepEqual([second?.subject, second?.inReplyTo], ['Re: Offer', '<r@office.example>'])
  assert.equal(second?.references[0], first?.references[0])
  assert.equal(second?.replyTo, first?.replyTo)
  await world.sendFor(0)
  assert.deepEqual(
    world.submitted.map(({ to, text }) => `${to} ${text}`),
    [`${phone('Bob')} Do you want it?`, `${phone('Bob')} Good.`],
  )
})
