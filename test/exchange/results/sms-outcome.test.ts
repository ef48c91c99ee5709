// What the sender of a mail hears of its SMS: a report with the right action and status for each outcome, once, in the thread; and who
// hears nothing.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError, type Retry } from '../../../src/domain/errors.ts'
import { decideMail } from '../../../src/exchange/decide/mail-to-sms.ts'
import { worldOf } from '../../../src/exchange/desk.ts'
import { retryMessage } from '../../../src/exchange/dispatch/by-hand.ts'
import { createSmsIntake } from '../../../src/exchange/intake/sms-intake.ts'
import { tellOutcomes } from '../../../src/exchange/results/outcome-watch.ts'
import { configureLog } from '../../../src/log.ts'
import { type DispatchWorldOptions, dispatchWorld, noNetwork, silence } from '../dispatch/dispatch-world.ts'
import { report } from '../intake/pdu-makers.ts'
import { binding, day, mail, noon } from '../world.ts'

configureLog('error', () => {})
const minute = 60_000
const hour = 60 * minute

function outcomeWorld(options: DispatchWorldOptions = {}) {
  const world = dispatchWorld(options)
  const intake = createSmsIntake(world.desk, day)
  return {
    ...world,
    receive: intake.receive,
    look: () => tellOutcomes(world.desk),
    /** "failed 5.1.1 TP-ST 0x41 ..." of each report. */
    reports: () =>
      world.desk.reports.map(({ action, status, diagnostic }) => `${action} ${status} ${diagnostic}`),
    /** Recipients in the envelope, and whether with the null sender. */
    queued: () =>
      world.desk.store.all<{ recipient: string; nullSender: number }>(
        "SELECT recipient, null_sender AS nullSender FROM delivery WHERE rule = 'notice' ORDER BY id",
      ),
  }
}

const refused = (number: number, retry: Retry) =>
  new GatewayError('SMS_REFUSED', `+CMS ERROR ${number}`, { retry, context: { number } })

const tpStatuses: readonly (readonly [status: number, report: string])[] = [
  [0x40, 'failed 5.1.1 TP-ST 0x40 remote procedure error'],
  [0x41, 'failed 5.1.1 TP-ST 0x41 incompatible destination'],
  [0x46, 'failed 4.4.7 TP-ST 0x46 the validity period is over'],
  [0x5f, 'failed 5.1.1 TP-ST 0x5F refused for good'],
  [0x60, 'failed 4.4.7 TP-ST 0x60 congestion, no more tries'],
  [0x7f, 'failed 4.4.7 TP-ST 0x7F no more tries'],
]

for (const [status, expected] of tpStatuses)
  test(`the network's ${expected.slice(13, 24)} is reported as ${expected.slice(0, 12)}`, async () => {
    const world = outcomeWorld()
    await world.annaWrites('At noon?')
    await world.sendFor(0)
    await world.receive(report('Bob', 40, status))
    await world.receive(report('Bob', 40, status))
    assert.deepEqual(world.reports(), [expected])
    assert.deepEqual(world.queued(), [{ recipient: 'anna@office.example', nullSender: 1 }])
  })

const errors: readonly (readonly [error: GatewayError, report: string])[] = [
  [refused(1, 'permanent'), 'failed 5.1.1 +CMS ERROR 1'],
  [refused(195, 'permanent'), 'failed 5.1.1 +CMS ERROR 195'],
  [refused(50, 'permanent'), 'failed 5.7.1 +CMS ERROR 50'],
  [refused(128, 'permanent'), 'failed 5.0.0 +CMS ERROR 128'],
]

for (const [error, expected] of errors)
  test(`${error.message} is reported as ${expected.slice(0, 12)}`, async () => {
    const world = outcomeWorld()
    world.answers.push(error)
    await world.annaWrites('At noon?')
    await world.sendFor(0)
    assert.deepEqual(world.reports(), [expected])
  })

test('an SMS that is refused for credit or plan as often as it makes sense is reported as 5.7.1', async () => {
  const world = outcomeWorld()
  const credit = new GatewayError('SMS_REFUSED', '+CMS ERROR 21', {
    ...{ retry: 'temporary', context: { number: 21, attemptsMax: 2 } },
  })
  world.answers.push(credit, credit)
  await world.annaWrites('At noon?')
  await world.sendFor(minute)
  assert.deepEqual(world.reports(), ['failed 5.7.1 +CMS ERROR 21'])
})

test('an SMS that was given up after a day is reported as 4.4.7', async () => {
  const world = outcomeWorld()
  world.answers.push(...Array.from({ length: 99 }, () => refused(42, 'temporary')))
  await world.annaWrites('At noon?')
  await world.sendFor(26 * hour)
  assert.deepEqual(world.reports(), ['failed 4.4.7 +CMS ERROR 42'])
})

test('a report names the phone as an address, the address of its binding, when it came and was last tried, and the mail', async () => {
  const world = outcomeWorld()
  await world.annaWrites('At noon?', 'Bob', { subject: 'Lunch' })
  world.clock.jump(minute)
  await world.sendFor(0)
  await world.receive(report('Bob', 40, 0x41, noon + minute))
  const { host, recipient, originalRecipient, arrivedAt, lastAttemptAt, retryUntil, header } =
    world.desk.reports[0] ?? assert.fail()
  assert.deepEqual(
    [host, recipient, originalRecipient],
    ['office.example', '+4917012345678@sms.office.example', 'bob@office.example'],
  )
  assert.deepEqual([arrivedAt, lastAttemptAt, retryUntil], [noon, noon + minute, null])
  assert.equal(header, 'Subject: Lunch\r\n')
  const [draft] = world.desk.drafts
  assert.deepEqual(
    [draft?.inReplyTo, draft?.fields['Auto-Submitted'], draft?.fields['X-SMS-Reason']],
    ['<At.noon?@office.example>', 'auto-replied', 'sms-failed'],
  )
})

test('whoever borrowed the phone for a while is not named in a report', async () => {
  const world = outcomeWorld()
  const borrowed = binding({ mailbox: 'Dora', phone: 'Bob', origin: 'mail', expiresAt: noon + day })
  world.desk.bindings.add(borrowed)
  world.answers.push(refused(1, 'permanent'))
  await world.annaWrites('At noon?')
  await world.sendFor(0)
  assert.equal(world.desk.reports[0]?.originalRecipient, 'bob@office.example')
})

test('what fails again after it was sent again by hand is told again, under a Message-ID of its own', async () => {
  const world = outcomeWorld()
  world.answers.push(refused(1, 'permanent'), refused(1, 'permanent'))
  await world.annaWrites('At noon?')
  await world.sendFor(0)
  world.clock.jump(minute)
  retryMessage(world.desk, 1)
  await world.sendFor(0)
  assert.equal(new Set(world.desk.drafts.map(({ messageId }) => messageId)).size, 2)
})

test('confirmations do not use up what a sender may be told in a day', async () => {
  const world = outcomeWorld({ settings: { report: 'all' } })
  for (let at = 0; at < 25; at++) await world.annaWrites(`At ${at}?`)
  await world.sendFor(minute)
  for (let at = 0; at < 25; at++) await world.receive(report('Bob', 40 + at, 0x00))
  await world.look()
  assert.equal(world.reports().length, 25)
  const { notices } = decideMail(mail({ subject: '[sms 0170] Lunch' }), worldOf(world.desk))
  assert.deepEqual(
    notices.map(({ reason }) => reason),
    ['tag-malformed'],
  )
})

test('what nobody can tell is no report: a notice in words goes out under the address of the box', async () => {
  const world = outcomeWorld()
  world.answers.push(silence())
  await world.annaWrites('At noon?')
  await world.sendFor(10 * minute)
  assert.deepEqual(world.reports(), [])
  assert.deepEqual(world.notices(), ['anna@office.example: sms-uncertain'])
  assert.deepEqual(world.queued(), [{ recipient: 'anna@office.example', nullSender: 0 }])
})

test('a delay is told after an hour, once, with the time until which it is tried', async () => {
  const world = outcomeWorld()
  world.answers.push(...Array.from({ length: 99 }, () => refused(42, 'temporary')))
  await world.annaWrites('At noon?')
  await world.sendFor(59 * minute)
  await world.look()
  assert.deepEqual(world.reports(), [])
  await world.sendFor(2 * minute)
  await world.look()
  await world.sendFor(hour)
  await world.look()
  assert.deepEqual(world.reports(), ['delayed 4.4.7 +CMS ERROR 42'])
  assert.equal(world.desk.reports[0]?.retryUntil, noon + day)
  assert.deepEqual(world.notices(), ['anna@office.example: sms-delayed'])
})

test('a modem without a network delays as well: the sender hears of it whoever is to blame', async () => {
  const world = outcomeWorld()
  world.answers.push(...Array.from({ length: 99 }, () => noNetwork()))
  await world.annaWrites('At noon?')
  await world.sendFor(61 * minute)
  await world.look()
  assert.deepEqual(world.reports(), ['delayed 4.4.7 no network'])
})

test('a phone that is off for an hour is a delay, told once the network says that it is still trying', async () => {
  const world = outcomeWorld()
  await world.annaWrites('At noon?')
  await world.sendFor(0)
  await world.receive(report('Bob', 40, 0x22))
  world.clock.jump(59 * minute)
  await world.look()
  assert.deepEqual(world.reports(), [])
  world.clock.jump(2 * minute)
  await world.look()
  await world.look()
  assert.deepEqual(world.reports(), ['delayed 4.4.7 TP-ST 0x22 no response of the phone, still trying'])
  assert.equal(world.desk.reports[0]?.retryUntil, noon + day)
  await world.receive(report('Bob', 40, 0x62, noon + hour))
  assert.equal(world.reports()[1], 'failed 4.4.7 TP-ST 0x62 no response of the phone, no more tries')
})

test('an SMS of which the network says nothing is no delay', async () => {
  const world = outcomeWorld()
  await world.annaWrites('At noon?')
  await world.sendFor(0)
  world.clock.jump(2 * hour)
  await world.look()
  assert.deepEqual(world.reports(), [])
})

test('what waits for quiet hours or a budget is not tried, and no delay', async () => {
  const world = outcomeWorld()
  const id = await world.annaWrites('At noon?')
  world.desk.outbox.hold(id, { reason: 'quiet-hours', until: noon + 9 * hour }, noon)
  world.clock.jump(3 * hour)
  await world.look()
  assert.deepEqual(world.reports(), [])
})

test('that an SMS arrived is told only where somebody asked for it', async () => {
  const asked = [
    [{ settings: { report: 'all' } }, {}],
    [{}, { reports: 'all' }],
    [{}, { reports: ' All ' }],
  ] as const
  for (const [options, facts] of asked) {
    const world = outcomeWorld(options)
    await world.annaWrites('At noon?', 'Bob', facts)
    await world.sendFor(0)
    await world.look()
    assert.deepEqual(world.reports(), [])
    await world.receive(report('Bob', 40, 0x00))
    await world.look()
    await world.look()
    assert.deepEqual(world.reports(), ['delivered 2.1.5 TP-ST 0x00 received by the phone'])
  }
  for (const [options, facts] of [
    [{}, {}],
    [{ settings: { report: 'all' } }, { reports: 'failed' }],
    [{}, { reports: 'perhaps' }],
  ] as const) {
    const world = outcomeWorld(options)
    await world.annaWrites('At noon?', 'Bob', facts)
    await world.sendFor(0)
    await world.receive(report('Bob', 40, 0x00))
    await world.look()
    assert.deepEqual(world.reports(), [])
  }
})

test('a binding may ask for confirmations', async () => {
  const world = outcomeWorld()
  const binding = world.desk.bindings.named('bob@office.example', noon)
  world.desk.bindings.change(binding.id, { report: 'all' })
  await world.annaWrites('At noon?')
  await world.annaWrites('And you?', 'Carol')
  await world.sendFor(0)
  await world.receive(report('Bob', 40, 0x00))
  await world.receive(report('Carol', 41, 0x00))
  await world.look()
  assert.deepEqual(world.notices(), ['anna@office.example: sms-delivered'])
})

test('where the network cannot confirm it, or says nothing until it gives up, the SMS is reported as relayed', async () => {
  const world = outcomeWorld({ settings: { report: 'all' } })
  await world.annaWrites('At noon?')
  await world.annaWrites('At one?')
  await world.sendFor(0)
  await world.receive(report('Bob', 40, 0x01))
  await world.look()
  assert.deepEqual(world.reports(), [
    'relayed 2.0.0 TP-ST 0x01 forwarded, and the service centre cannot confirm that it arrived',
  ])
  world.clock.jump(day + 2 * hour)
  await world.look()
  await world.look()
  assert.deepEqual(world.reports().slice(1), ['relayed 2.0.0 '])
})

test('a long SMS is delivered when its last part is', async () => {
  const world = outcomeWorld({ settings: { report: 'all' } })
  await world.annaWrites('word '.repeat(60))
  await world.sendFor(0)
  await world.receive(report('Bob', 41, 0x00))
  await world.look()
  assert.deepEqual(world.reports(), [])
  await world.receive(report('Bob', 40, 0x00))
  await world.look()
  assert.equal(world.reports().length, 1)
})

test('a report goes to the Return-Path if the own server of the author brought the mail and it is of the same domain', async () => {
  const cases = [
    [{ returnPath: 'bounces@office.example' }, 'bounces@office.example'],
    [{ returnPath: 'bounces@elsewhere.example' }, 'anna@office.example'],
    [{ returnPath: '' }, 'anna@office.example'],
    [{ returnPath: 'no address' }, 'anna@office.example'],
    // Whoever sends a signed mail again writes the envelope.
    [{ returnPath: 'boss@office.example', vouched: ['from', 'subject'] }, 'anna@office.example'],
  ] as const
  for (const [facts, expected] of cases) {
    const world = outcomeWorld()
    world.answers.push(refused(1, 'permanent'))
    await world.annaWrites('At noon?', 'Bob', facts)
    await world.sendFor(0)
    assert.deepEqual(world.queued(), [{ recipient: expected, nullSender: 1 }])
    assert.equal(world.desk.drafts[0]?.to.address, expected)
  }
})

test('a machine never gets a report; that its alarm did not arrive is told to the operator', async () => {
  for (const operatorMailbox of ['office@office.example', null]) {
    const world = outcomeWorld({ settings: { operatorMailbox } })
    world.answers.push(refused(1, 'permanent'))
    await world.annaWrites('on battery', 'Bob', { from: 'UPS', automatic: 'generated', reports: 'all' })
    await world.annaWrites('on mains', 'Bob', { from: 'UPS', automatic: 'generated', reports: 'all' })
    await world.sendFor(0)
    await world.receive(report('Bob', 40, 0x00))
    await world.look()
    assert.deepEqual(world.reports(), [])
    assert.deepEqual(world.notices(), operatorMailbox === null ? [] : ['office@office.example: sms-failed'])
    const steps = world.desk.journal.steps(1).map(({ what, detail }) => `${what} ${detail}`)
    assert.ok(steps.some((step) => step.startsWith('outcome sms-failed: +4917012345678')))
  }
})
