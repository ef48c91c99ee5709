// Loops that no header shows (RFC 3834 2): whoever answers by itself, and hides it. The exchange on SQLite in
// memory, the others as functions; time goes on with every hop. Each loop must end by a pause with one notice, and cost few SMS.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailDraft } from '../../src/domain/message.ts'
import { createMailIntake } from '../../src/exchange/intake/mail-intake.ts'
import { createSmsIntake } from '../../src/exchange/intake/sms-intake.ts'
import { configureLog } from '../../src/log.ts'
import { bob, carol, officeLine } from './decide/decision-rows.ts'
import { deliver } from './intake/pdu-makers.ts'
import { type DeskOptions, type MailFacts, mail, mailbox, newDesk, noon, phone } from './world.ts'

configureLog('error', () => {})

/** An SMS takes some seconds, and so does the mail behind it. */
const hopMs = 7_000
const hopsMax = 3_000

interface Out {
  readonly to: string
  readonly text: string
  /** null: it is an SMS. */
  readonly draft: MailDraft | null
}

interface Box {
  readonly desk: ReturnType<typeof newDesk>
  mailIn(facts: MailFacts): Promise<void>
  smsIn(text: string, from: string): Promise<void>
  /** The next message that leaves the box; undefined: nothing is queued. */
  next(): Out | undefined
  /** What the operator, or whoever else, was told and how often. */
  notices(): string[]
}

function newBox(time: { now: number }, options: DeskOptions = {}): Box {
  const settings = { operatorMailbox: mailbox('Carol'), ...options.settings }
  const desk = newDesk({ bound: [bob, carol, officeLine], ...options, settings, now: () => time.now })
  const read = async ({ raw }: { raw: Buffer }) => mail(JSON.parse(raw.toString()) as MailFacts)
  const mails = createMailIntake(desk, read, 'box')
  const texts = createSmsIntake(desk, 3_600_000)
  let uid = 0
  return {
    desk,
    mailIn: async (facts) => {
      uid++
      const raw = Buffer.from(JSON.stringify({ id: `<${uid}@x>`, date: time.now, ...facts }))
      await mails.receive({ folder: 'INBOX', uidValidity: '1', uid, size: raw.length, truncated: false, raw })
    },
    smsIn: async (text, from) => {
      for (const pdu of deliver(text, { from, at: time.now })) await texts.receive(pdu)
    },
    next: () =>
      desk.store.transaction(() => {
        const segment = desk.outbox.claimSegment(time.now)
        if (segment !== undefined) {
          desk.outbox.segmentSent(segment.segmentId, segment.segmentId & 0xff, time.now)
          const delivery = desk.outbox.get(segment.deliveryId)
          return { to: delivery?.recipient ?? '', text: delivery?.text ?? '', draft: null }
        }
        const claimed = desk.outbox.claimMail(time.now)
        if (claimed === undefined) return undefined
        desk.outbox.mailSent(claimed.deliveryId, null, time.now)
        const draft = JSON.parse(claimed.raw.toString()) as MailDraft
        return { to: claimed.recipient, text: draft.text, draft }
      }),
    notices: () =>
      desk.drafts.flatMap(({ to, fields }) => {
        const reason = fields['X-SMS-Reason']
        return reason === undefined ? [] : [`${to.address}: ${reason}`]
      }),
  }
}

/** Lets the boxes and the world around them talk until nothing moves any more. @returns what was sent */
async function runOut(
  time: { now: number },
  boxes: readonly Box[],
  world: (out: Out, box: Box) => Promise<void>,
): Promise<{ readonly sms: number; readonly mails: number }> {
  const sent = { sms: 0, mails: 0 }
  for (let hops = 0; hops < hopsMax; hops++) {
    const [found] = boxes.flatMap((box) => {
      const out = box.next()
      return out === undefined ? [] : [{ out, box }]
    })
    if (found === undefined) return sent
    time.now += hopMs
    if (found.out.draft === null) sent.sms++
    else sent.mails++
    await world(found.out, found.box)
  }
  throw new Error(`no end after ${hopsMax} hops: ${JSON.stringify(sent)}`)
}

/** The address that an answer goes to, and the facts of an answer without any sign of a machine. */
function answerTo(draft: MailDraft, text: string, subject = `Re: ${draft.subject}`): MailFacts {
  const from = draft.to.address
  return { from, to: [draft.replyTo ?? draft.from.address], subject, text, answers: [draft.messageId] }
}

const isNotice = ({ draft }: Out): boolean => draft?.fields['X-SMS-Reason'] !== undefined

/** A phone and a mailbox that both answer by themselves; nothing in their words or fields says so. */
async function pingPong(phoneSays: (count: number) => string, mailboxSays: (count: number) => string) {
  const time = { now: noon }
  const box = newBox(time)
  let count = 0
  await box.mailIn({ from: 'Anna', to: ['Bob'], subject: '[sms] Lunch', text: 'At noon?' })
  const sent = await runOut(time, [box], async (out) => {
    count++
    if (out.draft === null) await box.smsIn(phoneSays(count), out.to)
    else if (!isNotice(out)) await box.mailIn(answerTo(out.draft, mailboxSays(count)))
  })
  return { box, sent }
}

test('a phone that is driving and a mailbox that is on holiday end with the fifth repetition', async () => {
  const { box, sent } = await pingPong(
    () => 'I am driving and will call back.',
    () => 'I am on holiday.',
  )
  assert.ok(sent.sms > 3 && sent.sms <= 6, `${sent.sms} SMS`)
  assert.deepEqual(box.notices(), ['carol@office.example: pair-paused'])
  assert.equal(box.desk.spending.paused().length, 1)
})

test('where both change their words each time, the number of texts ends it', async () => {
  const { box, sent } = await pingPong(
    (count) => `I am driving. It is ${count}.`,
    (count) => `Ticket ${count} was opened.`,
  )
  assert.ok(sent.sms > 10 && sent.sms <= 15, `${sent.sms} SMS`)
  assert.deepEqual(box.notices(), ['carol@office.example: pair-paused'])
  assert.equal(box.desk.spending.paused().length, 1)
})

test('people who write to each other all day are not paused', async () => {
  const time = { now: noon }
  const box = newBox(time, { settings: { limits: { ...noLimits } } })
  for (let at = 0; at < 100; at++) {
    await box.mailIn({ from: 'Anna', to: ['Bob'], subject: '[sms] Lunch', text: `Question ${at}` })
    time.now += 30_000
    await box.smsIn(`Answer ${at}`, phone('Bob'))
    time.now += 30_000
  }
  assert.deepEqual([box.notices(), box.desk.spending.paused()], [[], []])
})

const none = { perDay: null, perMonth: null }
const noLimits = { box: none, sender: none, binding: none }

test('a storm of alarms that say what they are is no loop; one that hides it is held, and not lost', async () => {
  for (const automatic of ['generated', undefined] as const) {
    const box = newBox({ now: noon }, { settings: { limits: noLimits } })
    for (let at = 0; at < 100; at++)
      await box.mailIn({
        ...{ from: 'UPS', to: ['Bob'], subject: '[sms] Alarm', text: `Pump ${at}` },
        ...(automatic === undefined ? {} : { automatic }),
      })
    const states = box.desk.store.all<{ state: string; count: number }>(
      "SELECT state, count(*) AS count FROM delivery WHERE medium = 'sms' GROUP BY state ORDER BY state",
    )
    const counts = states.map(({ state, count }) => `${state} ${count}`)
    assert.deepEqual(counts, automatic === undefined ? ['held 70', 'queued 30'] : ['queued 100'])
  }
})

test('a network that answers from a short code, to a mailbox that answers too, costs no SMS at all', async () => {
  const time = { now: noon }
  const box = newBox(time)
  await box.smsIn('Your message was not delivered.', '12345')
  const sent = await runOut(time, [box], async (out) => {
    if (out.draft !== null && !isNotice(out)) await box.mailIn(answerTo(out.draft, 'Thanks, bot.'))
  })
  assert.equal(sent.sms, 0)
})

test('a mailbox that answers each notice with the next refused mail hears no more after twenty in a day', async () => {
  const time = { now: noon }
  const box = newBox(time)
  const refused = (text: string): MailFacts => ({ from: 'Anna', to: ['Box'], subject: '[sms 0170] x', text })
  await box.mailIn(refused('one'))
  const sent = await runOut(time, [box], async ({ text }) => box.mailIn(refused(text)))
  assert.deepEqual(sent, { sms: 0, mails: 20 })
  time.now += 86_400_000
  await box.mailIn(refused('a new day'))
  assert.notEqual(box.next(), undefined)
})

test('a vacation reply to every mail that an SMS becomes costs no SMS, whatever its program leaves out', async () => {
  const time = { now: noon }
  const box = newBox(time)
  for (let at = 0; at < 5; at++) {
    await box.smsIn(`Hello ${at}`, phone('Bob'))
    const out = box.next()
    assert.ok(out?.draft)
    await box.mailIn({ ...answerTo(out.draft, 'On holiday.', 'Automatic reply'), automatic: 'replied' })
    await box.mailIn({ ...answerTo(out.draft, 'Undelivered', 'Returned mail'), automatic: 'report' })
  }
  assert.deepEqual(await runOut(time, [box], async () => {}), { sms: 0, mails: 0 })
  assert.deepEqual(box.notices(), [])
})

test('our own mail that a rule sends back with another From and without its fields ends soon', async () => {
  const time = { now: noon }
  const box = newBox(time)
  await box.smsIn('When do you open?', phone('Bob'))
  const sent = await runOut(time, [box], async (out) => {
    if (out.draft === null) await box.smsIn(out.text, out.to)
    else if (!isNotice(out)) await box.mailIn(answerTo(out.draft, out.text, out.draft.subject))
  })
  assert.ok(sent.sms > 3 && sent.sms <= 6, `${sent.sms} SMS`)
  assert.deepEqual(box.notices(), ['carol@office.example: pair-paused'])
})

test('a mail that is redirected, and that a rule sends back with other fields, stays in the mailbox in the end', async () => {
  const time = { now: noon }
  const box = newBox(time, { settings: { passMail: 'redirect' } })
  const facts: MailFacts = { from: 'Anna', to: ['Box'], subject: 'Lunch', text: 'At noon?' }
  await box.mailIn(facts)
  let passed = 0
  for (; passed < hopsMax; passed++) {
    const claimed = box.desk.store.transaction(() => box.desk.outbox.claimMail(time.now))
    if (claimed === undefined) break
    box.desk.outbox.mailSent(claimed.deliveryId, null, time.now)
    time.now += hopMs
    await box.mailIn(facts)
  }
  assert.ok(passed > 0 && passed <= 5, `${passed} redirected mails`)
})

for (const changes of [false, true])
  test(`two bridges that face each other end with a pause and one notice on one of them${changes ? ', also if each adds words of its own' : ''}`, async () => {
    const time = { now: noon }
    const numbers = { a: phone('SIM'), b: '+4917000000002' }
    const bridge = (own: string, other: string, name: string): Box =>
      newBox(time, {
        bound: [carol, { mailbox: 'Anna', phone: other, name }],
        settings: { ownNumber: own, mailToSms: 'always', fallbackMailbox: mailbox('Anna') },
      })
    const a = bridge(numbers.a, numbers.b, 'the box in town')
    const b = bridge(numbers.b, numbers.a, 'the box in the village')
    const other = (box: Box): Box => (box === a ? b : a)
    let count = 0
    await a.mailIn({ from: 'Dora', to: ['Anna'], subject: 'Lunch', text: 'At noon?' })
    const sent = await runOut(time, [a, b], async (out, box) => {
      count++
      const words = changes ? `${out.text} (${count})` : out.text
      if (out.draft === null) await other(box).smsIn(words, box === a ? numbers.a : numbers.b)
      // A rule in Anna's mailbox forwards whatever comes to the other box's address, under her name and without our fields.
      else if (!isNotice(out))
        await box.mailIn({ from: 'Anna', to: ['Anna'], subject: 'Fwd', text: words.slice(0, 100) })
    })
    assert.ok(sent.sms > 3 && sent.sms <= 31, `${sent.sms} SMS`)
    assert.equal(a.desk.spending.paused().length + b.desk.spending.paused().length, 1)
    assert.deepEqual([...a.notices(), ...b.notices()], ['carol@office.example: pair-paused'])
  })
