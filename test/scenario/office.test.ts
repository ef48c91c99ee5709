// The daily work of a small office, end to end: real mail servers, the real service on a real tty, and a simulated modem behind it.
// The stories share one world and use a phone and a subject of their own each.

import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { buildProgram, eventually, type Program } from './program.ts'
import { annaMailbox, bob, bodyOf, box, type Entry, field, startWorld, story, type World } from './world.ts'

let program: Program
let shared: World
const world = (): World => shared

before(async () => {
  program = await buildProgram()
  shared = await startWorld(program)
})
after(async () => {
  await shared?.close()
  await program?.remove()
})

story(
  'a mail becomes an SMS, and the answer typed on the phone comes back in its thread',
  world,
  async () => {
    const { office, modem } = shared
    const subject = '[sms] Delivery tomorrow'
    const mailId = await shared.annaWrites({ to: bob.mailbox, subject, text: 'Can you be there at five?' })
    const sms = await shared.phoneGot(bob.number)
    assert.deepEqual([sms.text, sms.parts], ['Can you be there at five?', 1])
    await shared.inFolder(subject, 'Simpost')
    const { id } = await shared.mailEntry(subject)
    const entry = await shared.settled(id, 'delivered')
    assert.deepEqual(
      [entry.judgement, entry.flag.from, entry.deliveries[0]?.rule],
      ['convert', 'tag', 'binding'],
    )

    modem.network.phoneSends(bob.number, 'Yes, no problem.')
    const answer = await office.arrived('anna', 'Re: Delivery tomorrow')
    assert.equal(bodyOf(answer).trim(), 'Yes, no problem.')
    assert.equal(field(answer, 'In-Reply-To'), mailId)
    assert.ok(field(answer, 'References').includes(mailId))
    assert.match(field(answer, 'Reply-To'), /^<?sms\+[a-z2-7]{16}@office\.example>?$/)
    assert.equal(field(answer, 'From'), `"${bob.name} (${bob.number})" <${box.mailbox}>`)
  },
)

story(
  "a customer's SMS arrives in the office, and every way to answer the mail reaches the customer",
  world,
  async () => {
    const { office, modem } = shared
    const customer = '+4917055500001'
    const foretold = await shared.json<Entry>('explain', 'sms', '--from', customer, 'When do you open?')
    modem.network.phoneSends(customer, 'When do you open?')
    const mail = await office.arrived('anna', `SMS from ${customer}`)
    assert.equal(bodyOf(mail).trim(), 'When do you open?')
    const entry = await shared.journal('the SMS of the customer', ({ from }) => from === customer)
    assert.equal(entry.deliveries[0]?.rule, 'fallback')
    assert.deepEqual(
      [foretold.judgement, foretold.reason, foretold.flag, foretold.deliveries[0]?.rule],
      [entry.judgement, entry.reason, entry.flag, entry.deliveries[0]?.rule],
    )

    const token = field(mail, 'Reply-To').replace(/[<>]/g, '')
    const first = { to: token, subject: 'Re: opening (by token)', text: 'At nine.\n' }
    await shared.annaWrites(first)
    assert.equal((await shared.phoneGot(customer)).text, 'At nine.')
    const quoted = 'And on Sunday never.\n\nOn Mon, 23 Nov 2026 at 09:00, SMS wrote:\n> When do you open?\n'
    const second = { to: box.mailbox, subject: 'Re: opening (by id)', text: quoted }
    const secondId = await shared.annaWrites({
      ...second,
      headers: { 'In-Reply-To': field(mail, 'Message-ID') },
    })
    assert.equal((await shared.phoneGot(customer, 1)).text, 'And on Sunday never.')

    modem.network.phoneSends(customer, 'Thank you!')
    const thanks = await eventually('the second mail of the thread', async () =>
      (await office.dovecot.mails('anna')).find((raw) => bodyOf(raw).trim() === 'Thank you!'),
    )
    assert.equal(field(thanks, 'Subject'), `SMS from ${customer}`)
    assert.equal(field(thanks, 'In-Reply-To'), secondId)
    assert.equal(field(thanks, 'References').split(/\s+/)[0], field(mail, 'References').split(/\s+/)[0])
    assert.equal(field(thanks, 'Reply-To'), field(mail, 'Reply-To'))
  },
)

story("a customer's SMS goes to the mailbox of the line once one is bound", world, async () => {
  const customer = '+4917055500002'
  await shared.cli('binding', 'add', 'world@office.example', '--line')
  try {
    shared.modem.network.phoneSends(customer, 'Is my bike ready?')
    const mail = await shared.office.arrived('world', `SMS from ${customer}`)
    assert.equal(bodyOf(mail).trim(), 'Is my bike ready?')
    const entry = await shared.journal('the SMS of the customer', ({ from }) => from === customer)
    assert.equal(entry.deliveries[0]?.rule, 'line')
  } finally {
    await shared.cli('binding', 'remove', 'world@office.example')
  }
})

story('a long message with emoji arrives whole in both directions, no character split', world, async () => {
  const { modem, office } = shared
  const phone = '+4917055500003'
  const family = '👨‍👩‍👧‍👦'
  // An emoji every few characters: a part that took no care would end inside of one.
  const emoji = Array.from({ length: 24 }, (_, i) => `${i}${family}`).join('')
  const text = `Straße, 5 €:\n${emoji}\n🇩🇪 🚀`
  const before = modem.network.sent.length
  await shared.annaWrites({ to: `${phone}@sms.office.example`, subject: 'Party', text })
  const sms = await shared.phoneGot(phone)
  assert.equal(sms.text, text)
  const parts = modem.network.sent.slice(before)
  assert.ok(parts.length >= 4 && parts.length === sms.parts, `${parts.length} parts`)
  const split = new Intl.Segmenter('en', { granularity: 'grapheme' })
  const whole = [...split.segment(text)].length
  const inParts = parts.flatMap((part) => [...split.segment(part.text)]).length
  assert.equal(inParts, whole, 'a character was split between two parts')

  const answer = `${text}\n${family}!`
  modem.network.phoneSends(phone, answer, { alphabet: 'ucs2' })
  const mail = await office.arrived('anna', 'Re: Party')
  assert.equal(bodyOf(mail).trim(), answer)
  const count = field(mail, 'X-SMS-Parts').split('/')
  assert.ok(Number(count[0]) >= 4 && count[0] === count[1], count.join('/'))
})

story('a mail with the flag 0 stays in the INBOX and no SMS goes out', world, async () => {
  const before = shared.modem.network.sent.length
  const byHeader = '[sms] flag 0 in the header'
  const byTag = '[mail] flag 0 in the subject'
  await shared.annaWrites({ to: bob.mailbox, subject: byHeader, headers: { 'X-SMS-Convert': '0' } })
  await shared.annaWrites({ to: bob.mailbox, subject: byTag })
  for (const subject of [byHeader, byTag]) {
    const entry = await shared.mailEntry(subject)
    assert.deepEqual([entry.judgement, entry.reason, entry.deliveries], ['pass', 'flag-0', []])
    await shared.inFolder(subject, 'INBOX')
  }
  assert.equal(shared.modem.network.sent.length, before)
})

story(
  'a stranger, and somebody who only pretends to be Anna, cause no SMS and hear nothing',
  world,
  async () => {
    const { office, modem } = shared
    const before = modem.network.sent.length
    const inboxes = async () =>
      Promise.all(['anna', 'world'].map(async (user) => (await office.dovecot.mails(user)).length))
    const mailsBefore = await inboxes()
    const subject = (who: string) => `[sms ${bob.number}] from ${who}`
    await office.submit({ from: 'eve@evil.example', to: box.mailbox, subject: subject('a stranger') }, null)
    await office.submit({ from: annaMailbox, to: box.mailbox, subject: subject('a forger') }, null)
    const stranger = await shared.mailEntry(subject('a stranger'))
    const forger = await shared.mailEntry(subject('a forger'))
    assert.deepEqual([stranger.judgement, stranger.reason], ['refuse', 'sender-not-allowed'])
    assert.deepEqual([forger.judgement, forger.reason], ['refuse', 'sender-not-proven'])
    assert.deepEqual([...stranger.deliveries, ...forger.deliveries], [])
    await shared.inFolder(subject('a stranger'), 'INBOX')

    // What is sent afterwards arrives afterwards: nothing is still on its way then.
    await shared.annaWrites({
      to: '+4917055500004@sms.office.example',
      subject: 'Marker',
      text: 'The next one.',
    })
    await shared.phoneGot('+4917055500004')
    assert.equal(modem.network.sent.length, before + 1)
    assert.deepEqual(await inboxes(), mailsBefore)
  },
)

story('a mail to an address that is a number reaches that phone without any tag', world, async () => {
  await shared.annaWrites({
    to: '+4917055500005@sms.office.example',
    subject: 'Number 1',
    text: 'By catch-all.',
  })
  assert.equal((await shared.phoneGot('+4917055500005')).text, 'By catch-all.')
  await shared.annaWrites({
    to: 'sms+4917055500006@office.example',
    subject: 'Number 2',
    text: 'By plus address.',
  })
  assert.equal((await shared.phoneGot('+4917055500006')).text, 'By plus address.')
  for (const subject of ['Number 1', 'Number 2']) {
    const entry = await shared.mailEntry(subject)
    assert.deepEqual([entry.flag.from, entry.deliveries[0]?.rule], ['address', 'number-address'])
    assert.equal((await shared.settled(entry.id, 'delivered')).deliveries.length, 1)
  }
})

story('"send sms" and "send mail" set the flag where the other side looks for it', world, async () => {
  const phone = '+4917055500007'
  const before = shared.modem.network.sent.length
  const text = 'A text of our own, long enough for two parts. '.repeat(4).trim()
  await shared.cli('send', 'sms', phone, text, '--flag')
  assert.equal((await shared.phoneGot(phone)).text, text)
  const parts = shared.modem.network.sent.slice(before)
  assert.deepEqual(
    parts.map((part) => part.flagElement),
    ['530101', '530101'],
  )

  await shared.cli('send', 'mail', annaMailbox, 'Hello from the box.', '--subject', 'Flagged', '--flag')
  const mail = await shared.office.arrived('anna', 'Flagged')
  assert.equal(field(mail, 'X-SMS-Convert'), '1')
  assert.equal(bodyOf(mail).trim(), 'Hello from the box.')
})

story('"status" tells of a modem and a mailbox at work and of what went through today', world, async () => {
  const facts = await shared.json<{
    running: boolean
    modem: { phase: string; problem: unknown }
    mailbox: { phase: string; problem: unknown }
    parts_today: number
    cost_today: number
    waiting: unknown[]
  }>('status')
  const { running, modem, mailbox, waiting, cost_today } = facts
  assert.deepEqual([running, modem.phase, mailbox.phase, waiting], [true, 'ready', 'watching', []])
  assert.deepEqual([modem.problem, mailbox.problem], [null, null])
  assert.equal(facts.parts_today, shared.modem.network.sent.length)
  assert.equal(cost_today.toFixed(2), (facts.parts_today * 0.09).toFixed(2))
})

story('"explain" says of every mail what the service really did with it', world, async () => {
  const { dovecot } = shared.office
  const mails = [...(await dovecot.mails('sms', 'Simpost')), ...(await dovecot.mails('sms'))]
  assert.ok(mails.length >= 10, `${mails.length} mails`)
  const entries = await shared.json<Entry[]>('message', 'list', '--limit', '200')
  const decision = ({ flag, judgement, reason, deliveries }: Entry) => ({
    ...{ flag, judgement, reason },
    deliveries: deliveries.map(({ medium, to, rule, text }) => ({ medium, to, rule, text })),
  })
  for (const raw of mails) {
    const { status, stdout, stderr } = await shared.tryCli(['explain', 'mail', '-', '--json'], raw)
    assert.equal(status, 0, stderr)
    const entry = entries.find(({ subject }) => subject === field(raw, 'Subject'))
    assert.ok(entry !== undefined, `no journal entry for ${field(raw, 'Subject')}`)
    assert.deepEqual(decision(JSON.parse(stdout) as Entry), decision(entry), entry.subject)
  }
})
