// `simpost message …`: what happened to each message, and what the operator does by hand, beside another process on the same database.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createCallIntake } from '../../src/exchange/intake/call-intake.ts'
import { type Box, openBox, quietNow } from './box.ts'

let box: Box

before(async () => {
  box = await openBox([
    { mailbox: 'Bob', phone: 'Bob', alias: 'bob', name: 'Bob', partsMax: 2 },
    { mailbox: 'Carol', phone: 'Carol', quietHours: quietNow() },
  ])
})

after(() => box.remove())

interface Shown {
  readonly id: number
  readonly medium: string
  readonly judgement: string
  readonly reason: string
  readonly done?: string
  readonly deliveries: readonly {
    readonly id: number
    readonly to: string
    readonly state: string
    readonly cause: string | null
    readonly held: { readonly reason: string; readonly until: string | null } | null
  }[]
  readonly steps: readonly { readonly at: string; readonly what: string }[]
}

const carol = '+4917023456789'
const states = ({ deliveries }: Shown): string[] => deliveries.map(({ state }) => state)

/** What the modem does with the next part. */
function sendNext(end: 'delivered' | 'failed', reference: number): void {
  const { outbox, now } = box.desk
  const segment = outbox.claimSegment(now())
  assert.ok(segment !== undefined)
  if (end === 'failed') return void outbox.settleSegment(segment.segmentId, 'failed', 'no credit', now())
  outbox.segmentSent(segment.segmentId, reference, now())
  outbox.setReport(segment.segmentId, 0)
  outbox.settleSegment(segment.segmentId, 'delivered', null, now())
}

test('message show tells what was sent, part by part, and who was told', async () => {
  const id = await box.annaWrites('[sms] Key', `The key for Żaneta lies there. ${'And so on. '.repeat(20)}`)
  sendNext('delivered', 12)
  const { status, stdout, stderr } = await box.run('message', 'show', String(id))
  assert.equal(status, 0, stderr)
  assert.match(
    stdout,
    /^mail 1 from anna@office\.example, received \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\nsubject: \[sms\] Key\n│ The key for Żaneta lies there\. And so on\./,
  )
  assert.match(
    stdout,
    /^convert: the message itself asked to be converted \(flagged\)\n {2}\d{4}-\S+ \S+ {2}flag {5}1 from tag$/m,
  )
  assert.match(
    stdout,
    /^SMS to \+4917012345678 by rule binding, delivery 1: sending, caused by\n {2}anna@office\.example$/m,
  )
  assert.match(stdout, /│ The key for Żaneta lies there\. .*│\n {2}│ {13}\^ +│/)
  assert.match(
    stdout,
    /^ {2}│ ┈┈ 1\/2 · 67 of 67 characters \(UCS-2\) ┈+ │$[\s\S]+^ {4}1\/2 · delivered, reference 12, report 0x00: received by the phone$/m,
  )
  assert.match(stdout, /^ {4}2\/2 · \d+ of 67 characters \(UCS-2\) · queued$/m)
  assert.match(
    stdout,
    /^ {2}Ż makes this UCS-2: 2 parts; as plain letters 1 part, which saves 0\.09 EUR\n {4}\(--plain-letters\)$/m,
  )
  assert.match(
    stdout,
    /^mail to anna@office\.example by rule notice, delivery 2: queued\n {2}┌\n {2}│ To: {6}anna@office\.example\n {2}│ Subject: Cut for SMS: \[sms\] Key\n {2}│\n {2}│ Your mail is too long for an SMS/m,
  )
  assert.match(stdout, /^What would change it:\n {2}flagged: /m)
})

test('message show draws the mail that an SMS became', async () => {
  const id = await box.phoneTexts('@bob I am \u001b[31mlate', 'Customer')
  const { stdout } = await box.run('message', 'show', String(id))
  assert.match(stdout, /^SMS 2 from \+4915199999999, received /)
  assert.match(
    stdout,
    /^mail to bob@office\.example by rule alias, delivery 3: queued, caused by\n {2}\+4915199999999\n {2}┌\n {2}│ From: {4}\+4915199999999 <sms@office\.example>\n {2}│ To: {6}bob@office\.example\n {2}│ Subject: SMS from \+4915199999999\n {2}│\n {2}│ I am \ufffd\[31mlate\n/m,
  )
  assert.doesNotMatch(stdout, /\u001b/)
})

test('a held message says why and until when, and goes when the operator lets it', async () => {
  const id = await box.annaWrites(`[sms ${carol}] Lunch`, 'At noon?')
  const shown = await box.json<Shown>('message', 'show', String(id))
  const [delivery] = shown.deliveries
  assert.deepEqual([shown.judgement, shown.reason, delivery?.state], ['hold', 'quiet-hours', 'held'])
  assert.deepEqual([delivery?.held?.reason, delivery?.cause], ['quiet-hours', 'anna@office.example'])
  assert.ok(Date.parse(delivery?.held?.until ?? '') > Date.now())
  const sheet = (await box.run('message', 'show', String(id))).stdout
  assert.match(sheet, /^ {2}waits until \d{4}-\S+ \S+: the phone has quiet hours/m)

  const released = await box.run('message', 'release', String(id))
  assert.deepEqual(
    [released.status, released.stdout],
    [0, `released: delivery ${delivery?.id} to ${carol}\n`],
  )
  const after = await box.json<Shown>('message', 'show', String(id))
  assert.deepEqual([states(after), after.deliveries[0]?.held], [['queued'], null])
  assert.ok(after.steps.some(({ what }) => what === 'release'))
  assert.match((await box.run('message', 'show', String(id))).stdout, /: queued, caused by/)

  const again = await box.run('message', 'release', String(id))
  assert.equal(again.status, 2)
  assert.match(again.stderr, /nothing of message 3 waits.*\nTry: simpost --config \S+ message show 3/)
})

test('a cancelled message does not go out, and is not counted', async () => {
  const before = await box.json<{ parts_today: number }>('status')
  const id = await box.annaWrites('[sms] Lunch', 'Cancelled before it went.')
  const cancelled = await box.json<Shown>('message', 'cancel', String(id))
  assert.match(cancelled.done ?? '', /^cancelled: delivery \d+ to \+4917012345678$/)
  assert.deepEqual([cancelled.id, states(cancelled)], [id, ['cancelled']])
  assert.match(
    (await box.run('message', 'show', String(id))).stdout,
    / delivery \d+: cancelled by the operator,\n {2}caused by anna@[\s\S]+ characters \(GSM\) · cancelled$/m,
  )
  assert.equal((await box.json<{ parts_today: number }>('status')).parts_today, before.parts_today)
  const again = await box.run('message', 'cancel', String(id))
  assert.deepEqual([again.status, again.stdout], [2, ''])
  assert.match(again.stderr, /^Try: /m)
})

test('what went out with others says in which delivery', async () => {
  const first = await box.annaWrites(`[sms ${carol}] Lunch`, 'One of two.')
  const second = await box.annaWrites(`[sms ${carol}] Dinner`, 'Two of two.')
  const [one] = box.desk.outbox.ofMessage(first)
  const [other] = box.desk.outbox.ofMessage(second)
  assert.ok(one !== undefined && other !== undefined)
  assert.match((await box.run('message', 'show', String(first))).stdout, / characters \(GSM\) · held$/m)
  box.desk.outbox.merge(one.id, other.id, box.desk.now())
  const { stdout } = await box.run('message', 'show', String(first))
  assert.match(stdout, new RegExp(`delivery ${one.id}: went out with\\s+others in delivery ${other.id}, `))
  assert.match(stdout, / characters \(GSM\) · went out with others in delivery \d+$/m)
  box.desk.outbox.cancel(other.id, 'cancelled by the operator', box.desk.now())
})

test('what failed is sent again at the operator’s word, what did not fail is not', async () => {
  sendNext('delivered', 13)
  sendNext('delivered', 14)
  const id = await box.annaWrites('[sms] Lunch', 'This one fails.')
  const early = await box.run('message', 'retry', String(id))
  assert.equal(early.status, 2)
  assert.match(early.stderr, /nothing of message \d+ failed.*\nTry: /)
  sendNext('failed', 0)
  assert.match((await box.run('message', 'show', String(id))).stdout, /: failed \(no credit\), caused by/)
  const retried = await box.json<Shown>('message', 'retry', String(id))
  assert.match(retried.done ?? '', /^queued again: delivery \d+ to \+4917012345678$/)
  assert.deepEqual(states(retried), ['queued'])
})

test('message list shows the state of each delivery, the inbox what became no mail', async () => {
  const note = await box.phoneTexts('[sms] note to the box')
  const homeless = await box.phoneTexts('nobody is bound to the line', 'Customer2')
  const inbox = await box.json<Shown[]>('message', 'list', '--inbox')
  assert.deepEqual(
    inbox.map(({ id, judgement }) => [id, judgement]),
    [
      [homeless, 'hold'],
      [note, 'pass'],
    ],
  )
  const held = await box.json<Shown[]>('message', 'list', '--inbox', '--judgement', 'hold')
  assert.deepEqual(
    held.map(({ id }) => id),
    [homeless],
  )
  const { stdout } = await box.run('message', 'list', '--limit', '50')
  const [heading = '', ...rows] = stdout.trimEnd().split('\n')
  assert.match(heading, /^id +received +from +judgement +reason +deliveries +text$/)
  assert.equal(rows.length, homeless)
  assert.match(
    rows.at(-1) ?? '',
    /^1 .* mail +anna@office\.example +convert +flagged +\+4917012345678 \S+ +\[sms\] Key$/,
  )
})

test('an SMS that nobody could be found for is decided anew when it is released', async () => {
  const [homeless] = await box.json<Shown[]>('message', 'list', '--inbox', '--judgement', 'hold')
  const id = String(homeless?.id)
  const nobody = await box.run('message', 'release', id)
  assert.equal(nobody.status, 2)
  assert.equal((await box.run('binding', 'add', 'office@office.example', '--line')).status, 0)
  const released = await box.json<Shown>('message', 'release', id)
  assert.match(released.done ?? '', /decided anew/)
  assert.deepEqual(
    released.deliveries.map(({ to, state }) => [to, state]),
    [['office@office.example', 'queued']],
  )
})

test('a number that is none, and a message that is none, are refused with a cure', async () => {
  for (const verb of ['show', 'release', 'retry', 'cancel'])
    for (const [id, status, says] of [
      ['anna', 2, /"anna" is no number of a message/],
      ['1.5', 2, /"1\.5" is no number of a message/],
      ['999', 1, /there is no message 999/],
    ] as const) {
      const refused = await box.run('message', verb, id)
      assert.deepEqual([refused.status, refused.stdout], [status, ''], `${verb} ${id}`)
      assert.match(refused.stderr, says)
      assert.match(refused.stderr, /^Try: simpost --config \S+ message /m)
    }
  for (const limit of ['0', 'many', '-1', '1e3']) {
    const refused = await box.run('message', 'list', '--limit', limit)
    assert.equal(refused.status, 2, limit)
    assert.match(refused.stderr, /^Try: --limit 50/m)
  }
})

test('of an SMS that was sent and never reported, message show and status say that nobody knows whether it arrived', async () => {
  const id = await box.annaWrites('[sms] Quiet', 'Did you get this?')
  const { outbox, now } = box.desk
  const threeDays = 3 * 86_400_000
  const [segment] = outbox.segments(outbox.ofMessage(id)[0]?.id ?? 0)
  assert.ok(segment !== undefined)
  outbox.segmentSent(segment.id, 44, now())
  const arrival = async (): Promise<unknown> => {
    const { stdout } = await box.run('message', 'show', String(id), '--json')
    const { deliveries } = JSON.parse(stdout) as { deliveries: readonly { arrival: unknown }[] }
    return deliveries[0]?.arrival
  }
  assert.equal(await arrival(), 'awaited')
  box.desk.store.run('UPDATE segment SET submitted_at = ? WHERE id = ?', now() - threeDays, segment.id)
  assert.equal(await arrival(), 'unknown')
  const shown = await box.run('message', 'show', String(id))
  const words = shown.stdout.replace(/\s+/g, ' ')
  assert.match(words, /delivery \d+: sent, but no report came: nobody knows whether it arrived/)
  const status = await box.run('status')
  assert.match(status.stdout, /^ +1 sms out in 30 days: sent, and no report came while the network tried$/m)
})

test('message show calls a missed call so, and draws its mail with the subject that it had', async () => {
  const at = new Date(2026, 10, 24, 18, 31).getTime()
  await createCallIntake(box.desk).receive({ number: '+4917012345678', at, rings: 3, cut: false })
  const [entry] = box.desk.journal.list({ limit: 1 })
  const { stdout } = await box.run('message', 'show', String(entry?.id))
  assert.match(stdout, /^missed call \d+ from \+4917012345678, received .*\n\nconvert: /)
  assert.match(
    stdout,
    /^ {2}│ Subject: Missed call from Bob \(\+4917012345678\), 18:31\n {2}│\n {2}│ Missed call /m,
  )
})
