// Status reports (SMS-STATUS-REPORT): matched by TP-MR and number, early ones wait for their segment, failures are told once. And the
// talk between a mailbox and a phone from one end to the other.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMailIntake } from '../../../src/exchange/intake/mail-intake.ts'
import { createSmsIntake } from '../../../src/exchange/intake/sms-intake.ts'
import { commitSent } from '../../../src/exchange/results/status-reports.ts'
import { configureLog } from '../../../src/log.ts'
import { encodeTimestamp } from '../../../src/simulator/modem/sim-pdu.ts'
import { airStatusReport } from '../../sms/air.ts'
import { dispatchWorld, noSuchNumber, silence } from '../dispatch/dispatch-world.ts'
import { deliver, report } from '../intake/pdu-makers.ts'
import { type MailFacts, mail, noon, phone } from '../world.ts'

configureLog('error', () => {})
const day = 86_400_000
const hour = 3_600_000
const scts = (at: number): string => Buffer.from(encodeTimestamp(at, 4)).toString('hex').toUpperCase()

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

test('a report that part 1 failed while part 2 is refused is told once', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('word '.repeat(60))
  world.answers.push(undefined, noSuchNumber())
  let report1 = Promise.resolve()
  world.hooks.onSubmit = () => {
    if (world.submitted.length === 2) report1 = world.receive(report('Bob', 40, 0x46))
  }
  await world.sendFor(0)
  await report1
  assert.deepEqual(world.states(id), ['failed', 'failed'])
  const notices = world.desk.store.all("SELECT id FROM delivery WHERE rule = 'notice'")
  assert.equal(notices.length, 1)
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

test('a report that came before the modem got the SMS is of another with the same TP-MR', async () => {
  const world = reportWorld()
  await world.receive(report('Bob', 40, 0x00))
  world.clock.jump(60_000)
  const id = await world.annaWrites('At noon?')
  await world.sendFor(0)
  assert.equal(world.stateOf(id), 'sent')
})

/** Two SMS to Bob with the TP-MR 40, as when 256 others lay between them. */
async function twoWithOneReference() {
  const world = reportWorld()
  const old = await world.annaWrites('one')
  await world.sendFor(0)
  world.clock.jump(5 * hour)
  const young = await world.annaWrites('two')
  world.hooks.nextReference(40)
  await world.sendFor(0)
  return { ...world, states: () => [world.stateOf(old), world.stateOf(young)] }
}

test('when TP-MR has come round, the time at which the service centre got the SMS says which one a report is of', async () => {
  const world = await twoWithOneReference()
  await world.receive(report('Bob', 40, 0x46, noon + 3000))
  assert.deepEqual(world.states(), ['failed', 'sent'])
  await world.receive(report('Bob', 40, 0x00, noon + 5 * hour + 3000))
  assert.deepEqual(world.states(), ['failed', 'delivered'])
})

test('when TP-MR has come round and the service centre has a wrong clock, the newest SMS without a result counts', async () => {
  const world = await twoWithOneReference()
  await world.receive(report('Bob', 40, 0x00, noon - 12 * hour))
  assert.deepEqual(world.states(), ['sent', 'delivered'])
  await world.receive(report('Bob', 40, 0x00, noon - 11 * hour))
  assert.deepEqual(world.states(), ['delivered', 'delivered'])
})

test('a last report that comes again, in other words, is not taken for one of a later SMS', async () => {
  const world = await twoWithOneReference()
  await world.receive(report('Bob', 40, 0x46, noon))
  await world.receive(report('Bob', 40, 0x47, noon))
  assert.deepEqual(world.states(), ['failed', 'sent'])
})

test('TP-MR 255 and then 0 to one phone are two SMS with a report each', async () => {
  const world = reportWorld()
  world.hooks.nextReference(255)
  const ids = [await world.annaWrites('one'), await world.annaWrites('two')]
  await world.sendFor(0)
  await world.receive(report('Bob', 0, 0x00))
  assert.deepEqual(ids.map(world.stateOf), ['sent', 'delivered'])
  await world.receive(report('Bob', 255, 0x41))
  assert.deepEqual(ids.map(world.stateOf), ['failed', 'delivered'])
})

const forms: readonly (readonly [string, number, string])[] = [
  ['international', 0x91, '4917012345678'],
  ['national, with the trunk prefix', 0xa1, '017012345678'],
  ['national, without it', 0xa1, '17012345678'],
  ['of an unknown type, with 00', 0x81, '004917012345678'],
  ['of an unknown type, without a plus', 0x81, '4917012345678'],
  ['called international, though it is national', 0x91, '017012345678'],
  ['with a routing prefix', 0x81, '99124917012345678'],
]

for (const [form, typeOfAddress, digits] of forms)
  test(`a number in a report may be ${form}; also in an early one`, async () => {
    const world = reportWorld()
    const id = await world.annaWrites('At noon?')
    await world.sendFor(0)
    const recipient = { typeOfAddress, digits }
    const pdu = (reference: number) => ({
      pdu: airStatusReport({ reference, recipient, status: 0, scts: scts(noon) }),
      ...{ tpduLength: null, storage: 'SM', index: 1 },
    })
    await world.receive(pdu(40))
    assert.equal(world.stateOf(id), 'delivered')
    await world.receive(pdu(41))
    const other = await world.annaWrites('At one?')
    await world.sendFor(0)
    assert.equal(world.stateOf(other), 'delivered')
  })

test('an early report and the SMS that it is of are one commit, with the notice that follows', async () => {
  const world = reportWorld()
  const id = await world.annaWrites('At noon?')
  await world.receive(report('Bob', 40, 0x20))
  await world.receive(report('Bob', 40, 0x41, noon + 1000))
  const before = world.desk.store.commits()
  await world.sendFor(0)
  // The first marks the segment as submitting.
  assert.equal(world.desk.store.commits(), before + 2)
  assert.equal(world.stateOf(id), 'failed')
  assert.match(world.desk.outbox.get(id)?.reason ?? '', /incompatible destination \(TP-ST 0x41\)/)
  assert.deepEqual(world.notices(), ['anna@office.example: sms-failed'])
  assert.deepEqual(world.desk.outbox.earlyReports(), [])
})

test('an early report that cannot be committed stays for its segment', async () => {
  const world = reportWorld()
  await world.annaWrites('At noon?')
  await world.receive(report('Bob', 40, 0x00))
  const [segment] = world.desk.outbox.segments(1)
  assert.ok(segment !== undefined)
  const { outbox } = world.desk
  const broken = {
    ...world.desk,
    outbox: {
      ...outbox,
      settleSegment: () => {
        throw new Error('the power fails here')
      },
    },
  }
  await assert.rejects(commitSent(broken, segment.id, 40), /power fails/)
  assert.equal(outbox.earlyReports().length, 1)
  assert.equal(world.stateOf(1), 'queued')
  await commitSent(world.desk, segment.id, 40)
  assert.equal(world.stateOf(1), 'delivered')
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

test('a report that the service centre is still trying proves that an uncertain SMS was sent, and its next part goes out', async () => {
  const world = reportWorld()
  world.answers.push(Object.assign(silence(), { context: { messageReference: 77 } }))
  const id = await world.annaWrites('word '.repeat(60))
  await world.sendFor(0)
  assert.deepEqual(world.states(id), ['uncertain', 'queued'])
  await world.receive(report('Bob', 77, 0x20))
  await world.sendFor(0)
  assert.deepEqual(world.states(id), ['sent', 'sent'])
  await world.sendFor(hour)
  assert.deepEqual(world.notices(), [])
})

/** An SMS to Carol with the TP-MR 40, then one to Bob of which nobody knows whether it was sent: if it was, with the TP-MR 41. */
async function uncertainAfterKnown() {
  const world = reportWorld()
  await world.annaWrites('first', 'Carol')
  await world.sendFor(0)
  world.answers.push(silence())
  const id = await world.annaWrites('second')
  await world.sendFor(0)
  assert.equal(world.stateOf(id), 'uncertain')
  return { ...world, id }
}

test('an uncertain SMS is settled by the report that has the next TP-MR, its number and its time', async () => {
  const world = await uncertainAfterKnown()
  await world.receive(report('Bob', 41, 0x00, noon + 4000))
  assert.equal(world.stateOf(world.id), 'delivered')
  assert.equal(world.desk.outbox.segments(world.id)[0]?.messageReference, 41)
  await world.sendFor(hour)
  assert.deepEqual(world.notices(), [])
})

for (const [what, context] of [
  ['never comes', {}],
  ['names only the TP-MR', { messageReference: 41 }],
] as const)
  test(`a report that comes while the answer of the modem is awaited counts also if that answer ${what}`, async () => {
    const world = reportWorld()
    await world.annaWrites('first', 'Carol')
    await world.sendFor(0)
    const id = await world.annaWrites('word '.repeat(60))
    let early = Promise.resolve()
    world.hooks.onSubmit = () => {
      world.hooks.onSubmit = () => {}
      early = world.receive(report('Bob', 41, 0x00, noon + 1000))
    }
    world.answers.push(Object.assign(silence(), { context }))
    await world.sendFor(0)
    await early
    world.hooks.nextReference(42)
    await world.sendFor(hour)
    assert.deepEqual(world.states(id), ['delivered', 'sent'])
    assert.deepEqual(world.notices(), [])
    assert.deepEqual(world.desk.outbox.earlyReports(), [])
  })

const others: readonly (readonly [string, Parameters<typeof report>])[] = [
  ['another TP-MR', ['Bob', 42, 0x00, noon + 4000]],
  ['another number', ['Customer', 41, 0x00, noon + 4000]],
  ['an earlier time', ['Bob', 41, 0x00, noon - hour]],
  ['a later time', ['Bob', 41, 0x00, noon + hour]],
]

for (const [what, facts] of others)
  test(`a report with ${what} settles no uncertain SMS`, async () => {
    const world = await uncertainAfterKnown()
    await world.receive(report(...facts))
    assert.equal(world.stateOf(world.id), 'uncertain')
  })

test('when the modem gives the TP-MR to the next SMS, a report with it says nothing of the uncertain one', async () => {
  const world = await uncertainAfterKnown()
  const next = await world.annaWrites('third')
  await world.sendFor(0)
  await world.receive(report('Bob', 41, 0x00, noon + 4000))
  await world.receive(report('Bob', 41, 0x01, noon + 4000))
  assert.deepEqual([world.stateOf(world.id), world.stateOf(next)], ['uncertain', 'delivered'])
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
