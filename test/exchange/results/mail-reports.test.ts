// Reports about our own mails, from the door on: which mail one speaks of, what becomes of it, who hears of it, and what a forged one can
// do: nothing but mark a mail of ours and raise an alarm.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IncomingReport, ReportAction } from '../../../src/domain/message.ts'
import { stateAfter } from '../../../src/exchange/decide/mail-report.ts'
import { retryMessage } from '../../../src/exchange/dispatch/by-hand.ts'
import { createMailIntake } from '../../../src/exchange/intake/mail-intake.ts'
import { createSmsIntake } from '../../../src/exchange/intake/sms-intake.ts'
import { configureLog } from '../../../src/log.ts'
import { type DispatchWorldOptions, dispatchWorld, smtpError } from '../dispatch/dispatch-world.ts'
import { deliver } from '../intake/pdu-makers.ts'
import { day, type MailFacts, mail, noon, phone } from '../world.ts'

configureLog('error', () => {})

const office = 'office@office.example'

/** An SMS of the customer that became a mail to the line and left; and a door for what comes back. */
async function bounceWorld(options: DispatchWorldOptions = {}) {
  const world = dispatchWorld(options)
  const texts = createSmsIntake(world.desk, day)
  const read = async ({ raw }: { raw: Buffer }) => mail(JSON.parse(raw.toString()) as MailFacts)
  const mails = createMailIntake(world.desk, read, 'sms@imap.office.example')
  let uid = 0
  const arrives = (facts: MailFacts) => {
    const raw = Buffer.from(JSON.stringify({ id: `<bounce.${uid}@far.example>`, ...facts }))
    const place = { folder: 'INBOX', uidValidity: '1', uid: ++uid, size: raw.length }
    return mails.receive({ ...place, raw, truncated: false })
  }
  for (const pdu of deliver('Is my bike ready?')) await texts.receive(pdu)
  await world.mailFor(0)
  const { outbox, journal, store } = world.desk
  const [sent] = outbox.ofMessage(1)
  assert.ok(sent?.state === 'sent' && sent.mailId !== null)
  const token = `sms+b${outbox.envelopeId(sent.id)}@office.example`
  return {
    ...world,
    ...{ sent, token, arrives, texts },
    state: () => outbox.get(sent.id)?.state,
    reason: () => outbox.get(sent.id)?.reason,
    /** What the newest mail was judged as. */
    judged: () => {
      const [newest] = journal.list({ limit: 1 })
      return `${newest?.judgement}: ${newest?.reason}`
    },
    steps: () => journal.steps(1).map(({ what, detail }) => `${what}: ${detail}`),
    outgoing: () =>
      store
        .all<{ medium: string; recipient: string; rule: string }>(
          'SELECT medium, recipient, rule FROM delivery ORDER BY id',
        )
        .slice(1)
        .map(({ medium, recipient, rule }) => `${medium} ${recipient} ${rule}`),
  }
}
type World = Awaited<ReturnType<typeof bounceWorld>>

/** A bounce about a mail with this id. */
function bounce(
  messageIds: readonly string[],
  action: ReportAction = 'failed',
  more: Partial<IncomingReport> = {},
): MailFacts {
  const status = action === 'failed' ? '5.1.1' : action === 'delayed' ? '4.4.1' : '2.0.0'
  return {
    ...{ from: 'mailer-daemon@far.example', automatic: 'report', proven: false, returnPath: '' },
    ...{ to: ['sms@office.example'], subject: 'Mail delivery failed' },
    report: {
      ...{ kind: 'delivery', envelopeId: null, messageIds, isOurs: true, says: '' },
      recipients: [{ addresses: [office], action, status, diagnostic: '550 no such user' }],
      ...more,
    },
  }
}

const idOf = (world: World): string => world.sent.mailId ?? ''

const ways: readonly (readonly [string, (world: World) => MailFacts])[] = [
  ['the Message-ID that it returns', (world) => bounce([idOf(world)])],
  [
    'the envelope id, though it returns nothing',
    ({ desk, sent }) => bounce([], 'failed', { envelopeId: desk.outbox.envelopeId(sent.id), isOurs: false }),
  ],
  [
    'the envelope sender to which it came',
    ({ token }) => ({ ...bounce([], 'failed', { isOurs: false }), recorded: [token] }),
  ],
  ['that sender in capitals', ({ token }) => ({ ...bounce([]), to: [token.toUpperCase()] })],
]

for (const [way, facts] of ways)
  test(`a mail that failed is found by ${way}, and marked; its report is done with`, async () => {
    const world = await bounceWorld()
    assert.equal(await world.arrives(facts(world)), 'done')
    assert.deepEqual([world.state(), world.judged()], ['failed', 'ignore: mail-reported'])
    assert.equal(world.reason(), `failed 5.1.1 (${office}: 550 no such user)`)
    assert.equal(world.desk.outbox.get(world.sent.id)?.lastReport, 'failed 5.1.1')
    assert.ok(world.steps().some((step) => /^undelivered: delivery 1: failed 5\.1\.1/.test(step)))
  })

test('a mail is also found by the Message-ID that the server gave it, and so is an answer to it', async () => {
  const world = dispatchWorld()
  const theirs = '<AM0PR01@far.example>'
  world.hooks.serverMailId = theirs
  const texts = createSmsIntake(world.desk, day)
  for (const pdu of deliver('Is my bike ready?')) await texts.receive(pdu)
  await world.mailFor(0)
  const { outbox, conversations } = world.desk
  assert.equal(outbox.byMailIds([theirs])?.id, 1)
  const ours = outbox.get(1)?.mailId ?? ''
  const [talk] = conversations.byMailIds([theirs])
  assert.deepEqual([talk?.number, talk?.lastMailId], [phone('Customer'), theirs])
  assert.equal(conversations.byMailIds([ours])[0]?.id, talk?.id)
})

test('delayed, then delivered: both are noted, nobody is told, and the mail is delivered in the end', async () => {
  const world = await bounceWorld({ settings: { operatorMailbox: 'boss@office.example' } })
  await world.arrives(bounce([idOf(world)], 'delayed'))
  assert.deepEqual([world.state(), world.desk.outbox.get(1)?.lastReport], ['sent', 'delayed 4.4.1'])
  assert.match(world.reason() ?? '', /^delayed 4\.4\.1/)
  await world.arrives(bounce([idOf(world)], 'delivered'))
  assert.deepEqual([world.state(), world.reason()], ['delivered', null])
  assert.deepEqual(world.outgoing(), [])
})

test('relayed and expanded leave a mail sent, and say so', async () => {
  for (const action of ['relayed', 'expanded'] as const) {
    const world = await bounceWorld()
    await world.arrives(bounce([idOf(world)], action))
    assert.deepEqual([world.state(), world.desk.outbox.get(1)?.lastReport], ['sent', `${action} 2.0.0`])
  }
})

test('which state follows from which report', () => {
  const rows = [
    ['sent', 'failed', 'failed'],
    ['sent', 'delayed', 'sent'],
    ['sent', 'delivered', 'delivered'],
    // A loss must not stay hidden behind a "delivered" that anybody can have written.
    ['delivered', 'failed', 'failed'],
    ['delivered', 'delayed', 'delivered'],
    ['failed', 'delivered', 'failed'],
    // It goes out again anyway.
    ['queued', 'failed', 'queued'],
    ['sending', 'failed', 'sending'],
    ['cancelled', 'failed', 'cancelled'],
    ['sent', 'noted', 'sent'],
  ] as const
  for (const [before, action, after] of rows)
    assert.equal(stateAfter(before, action), after, `${before} ${action}`)
})

test('a report about several recipients counts as what it says of ours, else as the worst', async () => {
  const of = (address: string, action: ReportAction) => ({
    addresses: [address],
    action,
    status: '',
    diagnostic: '',
  })
  const cases = [
    [[of('else@x.example', 'failed'), of('OFFICE@office.example', 'delivered')], 'delivered'],
    [[of('a@x.example', 'delivered'), of('b@x.example', 'failed')], 'failed'],
  ] as const
  for (const [recipients, expected] of cases) {
    const world = await bounceWorld()
    await world.arrives(bounce([idOf(world)], 'failed', { recipients }))
    assert.equal(world.state(), expected)
  }
})

test('the operator hears of a lost mail once a day for each mailbox, and the fallback mailbox gets the mail', async () => {
  const settings = { operatorMailbox: 'boss@office.example', fallbackMailbox: 'anna@office.example' }
  const world = await bounceWorld({ settings })
  for (const pdu of deliver('Hello?', { at: noon + 1000 })) await world.texts.receive(pdu)
  await world.mailFor(0)
  await world.arrives(bounce([idOf(world)]))
  await world.arrives(bounce([world.desk.outbox.ofMessage(2)[0]?.mailId ?? '']))
  await world.arrives(bounce([idOf(world)]))
  assert.deepEqual(world.outgoing().slice(1), [
    'mail boss@office.example notice',
    'mail anna@office.example fallback',
    'mail anna@office.example fallback',
  ])
  assert.deepEqual(world.notices().slice(2), ['boss@office.example: mail-undelivered'])
  await world.mailFor(0)
  const copy = world.mails.find(({ to }) => to === 'anna@office.example')
  assert.match(copy?.raw ?? '', /^Resent-To: anna@office\.example\n[\s\S]*Is my bike ready\?/)
  const text = world.desk.journal.get(1)?.text
  assert.equal(text, 'Is my bike ready?', 'it stays readable on the box')
})

test('where the operator and the fallback are one mailbox, it gets both', async () => {
  const settings = { operatorMailbox: 'anna@office.example', fallbackMailbox: 'anna@office.example' }
  const world = await bounceWorld({ settings })
  await world.arrives(bounce([idOf(world)]))
  assert.deepEqual(world.outgoing(), ['mail anna@office.example notice', 'mail anna@office.example fallback'])
})

test('a copy that bounces as well ends there', async () => {
  const world = await bounceWorld({ settings: { fallbackMailbox: 'anna@office.example' } })
  await world.arrives(bounce([idOf(world)]))
  await world.mailFor(0)
  const copy = world.desk.outbox.ofMessage(1).find(({ rule }) => rule === 'fallback')
  // It carries the Message-ID of the first one, too.
  await world.arrives(bounce([copy?.mailId ?? '', idOf(world)]))
  assert.equal(world.desk.outbox.get(copy?.id ?? 0)?.state, 'failed')
  assert.equal(world.desk.outbox.ofMessage(1).length, 2)
})

test('not a word goes to the mailbox that bounced, be it the operator or the fallback', async () => {
  const settings = { operatorMailbox: 'Office@office.example', fallbackMailbox: 'OFFICE@office.example' }
  const world = await bounceWorld({ settings })
  await world.arrives(bounce([idOf(world)]))
  assert.deepEqual([world.state(), world.outgoing()], ['failed', []])
})

test('if the mailbox of the operator is what bounces, the phone of the operator rings, for a proven report only, once a day', async () => {
  const settings = { operatorMailbox: office, operatorNumber: phone('Carol') }
  const forged = await bounceWorld({ settings })
  await forged.arrives(bounce([idOf(forged)]))
  assert.deepEqual([forged.state(), forged.outgoing()], ['failed', []])
  const world = await bounceWorld({ settings })
  await world.arrives({ ...bounce([]), recorded: [world.token] })
  assert.deepEqual(world.outgoing(), [`sms ${phone('Carol')} notice`])
})

test('where the operator has a phone only, it rings for a lost mail, once a day', async () => {
  const world = await bounceWorld({ settings: { operatorNumber: phone('Carol') } })
  for (const pdu of deliver('Hello?', { at: noon + 1000 })) await world.texts.receive(pdu)
  await world.mailFor(0)
  for (const { id } of [world.sent, ...world.desk.outbox.ofMessage(2)])
    await world.arrives(bounce([], 'failed', { envelopeId: world.desk.outbox.envelopeId(id) }))
  assert.deepEqual(world.outgoing().slice(1), [`sms ${phone('Carol')} notice`])
})

test('a mail that was sent again by hand after it bounced has its bytes still, a week long', async () => {
  const world = await bounceWorld()
  await world.arrives(bounce([idOf(world)]))
  assert.match(retryMessage(world.desk, 1), /queued again/)
  await world.mailFor(0)
  assert.equal(world.desk.outbox.get(1)?.lastReport, null)
  const [first, second] = world.mails
  assert.deepEqual([world.state(), second?.raw], ['sent', first?.raw])
  world.clock.jump(8 * day)
  for (const pdu of deliver('later', { at: noon + 8 * day })) await world.texts.receive(pdu)
  await world.mailFor(0)
  assert.equal(world.desk.outbox.rawOf(1), null)
  await world.arrives(bounce([idOf(world)]))
  assert.equal(world.state(), 'failed')
  assert.throws(() => retryMessage(world.desk, 1), /nothing of message 1/)
})

test('a mail that our own server refuses for good is treated alike', async () => {
  const settings = { operatorMailbox: 'boss@office.example', fallbackMailbox: 'anna@office.example' }
  const world = dispatchWorld({ settings })
  world.mailAnswers.push(smtpError('permanent'))
  const texts = createSmsIntake(world.desk, day)
  for (const pdu of deliver('Is my bike ready?')) await texts.receive(pdu)
  await world.mailFor(0)
  assert.deepEqual(
    world.mails.map(({ to }) => to),
    [office, 'boss@office.example', 'anna@office.example'],
  )
  assert.equal(world.desk.outbox.get(1)?.state, 'failed')
  assert.deepEqual(world.notices().slice(1), ['boss@office.example: mail-undelivered'])
  const troubled = world.desk.outbox.troubled(9).map(({ recipient }) => recipient)
  assert.deepEqual(troubled, [office], 'status shows it')
})

test('a notice or a report that bounces is marked, and nothing follows: no alarm, no mail', async () => {
  const world = await bounceWorld({
    settings: { operatorMailbox: 'boss@office.example', fallbackMailbox: 'dora@partner.example' },
  })
  const notice = world.desk.outbox.addMail({
    ...{ messageId: null, conversationId: null, recipient: 'anna@office.example', rule: 'notice', text: '' },
    ...{ now: noon, mailId: '<notice.1@office.example>', raw: Buffer.from('x') },
  })
  await world.mailFor(0)
  await world.arrives(bounce(['<notice.1@office.example>']))
  assert.equal(world.desk.outbox.get(notice)?.state, 'failed')
  assert.deepEqual(world.outgoing(), ['mail anna@office.example notice'])
})

test('a forged report can do no more than that: no SMS, no answer to its sender, no other mail is touched', async () => {
  const world = await bounceWorld({ settings: { operatorMailbox: 'boss@office.example' } })
  const forged = bounce([idOf(world)])
  // Everything that could make it look like a wish for an SMS.
  await world.arrives({
    ...forged,
    ...{ from: 'Eve', to: ['Bob'], subject: '[sms +4917012345678] hello', convert: '1', proven: true },
    ...{ answers: [idOf(world)], returnPath: 'eve@evil.example' },
  })
  assert.deepEqual([world.state(), world.judged()], ['failed', 'ignore: mail-reported'])
  assert.deepEqual(world.outgoing(), ['mail boss@office.example notice'])
  await world.sendFor(0)
  assert.deepEqual(world.submitted, [])
})

test('a guessed envelope id is none', async () => {
  const world = await bounceWorld()
  for (const id of [
    '1-00000000000000000000',
    '1',
    '',
    '-',
    'zzzzzzzzzzz-0123456789abcdef0123',
    '1-'.padEnd(9999, '0'),
  ]) {
    await world.arrives(bounce([], 'failed', { envelopeId: id }))
    await world.arrives({ ...bounce([]), recorded: [`sms+b${id}@office.example`] })
  }
  assert.deepEqual([world.state(), world.judged()], ['sent', 'ignore: delivery-report'])
})

test('a report about a mail that nobody knows stays for the reader; if it bears our mark, the operator is asked once a day', async () => {
  const world = await bounceWorld({ settings: { operatorMailbox: 'boss@office.example' } })
  assert.equal(await world.arrives(bounce(['<other@x.example>'], 'failed', { isOurs: false })), 'stay')
  assert.deepEqual([world.judged(), world.outgoing()], ['ignore: delivery-report', []])
  await world.arrives(bounce(['<other@x.example>'], 'delayed'))
  assert.deepEqual(world.outgoing(), [])
  await world.arrives(bounce(['<other@x.example>']))
  await world.arrives(bounce(['<another@x.example>']))
  assert.deepEqual(world.notices().slice(1), ['boss@office.example: delivery-report'])
})

test('a bounce in words changes nothing: it stays for the reader, and the operator is asked once to read it', async () => {
  const world = await bounceWorld({ settings: { operatorMailbox: 'boss@office.example' } })
  const words = bounce([idOf(world)], 'failed', { kind: 'words', recipients: [], isOurs: false })
  assert.equal(await world.arrives(words), 'stay')
  await world.arrives(words)
  assert.deepEqual([world.state(), world.judged()], ['sent', 'ignore: delivery-report'])
  assert.deepEqual(world.notices().slice(1), ['boss@office.example: delivery-report'])
  const about = bounce(['<other@x.example>'], 'failed', { kind: 'words', recipients: [] })
  await world.arrives({ ...about, convert: '1' })
  assert.equal(world.judged(), 'ignore: delivery-report')
  assert.equal(world.outgoing().length, 1)
})

test('a mailbox from which everything comes back in words is told once a day', async () => {
  const world = await bounceWorld({ settings: { operatorMailbox: 'boss@office.example' } })
  for (const at of [1, 2, 3])
    for (const pdu of deliver(`text ${at}`, { at: noon + at * 1000 })) await world.texts.receive(pdu)
  await world.mailFor(0)
  for (const message of [1, 2, 3, 4])
    await world.arrives(
      bounce([world.desk.outbox.ofMessage(message)[0]?.mailId ?? ''], 'failed', {
        ...{ kind: 'words', recipients: [], isOurs: false },
      }),
    )
  assert.equal(world.notices().filter((notice) => notice.startsWith('boss@')).length, 1)
})

test('that a mail was read, or called spam, is noted with it and changes nothing', async () => {
  for (const [kind, says] of [
    ['disposition', 'displayed'],
    ['feedback', 'abuse'],
  ] as const) {
    const world = await bounceWorld()
    await world.arrives(bounce([idOf(world)], 'failed', { kind, says, recipients: [] }))
    assert.deepEqual([world.state(), world.judged()], ['sent', 'ignore: mail-reported'])
    assert.ok(world.steps().includes(`report: delivery 1: ${kind} ${says}`))
  }
})

test('a report about an SMS, whatever id it names, is none of a mail', async () => {
  const world = await bounceWorld()
  const sms = await world.annaWrites('At noon?')
  await world.arrives(bounce([], 'failed', { envelopeId: world.desk.outbox.envelopeId(sms) }))
  assert.deepEqual([world.desk.outbox.get(sms)?.state, world.judged()], ['queued', 'ignore: delivery-report'])
})
