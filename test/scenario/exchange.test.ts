// What the exchange does with bindings of the moment, budgets, questions and mails that stay mails, end to end: the real service
// between real mail servers and a simulated modem behind a real tty.

import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { asAnna } from '../support/office.ts'
import { buildProgram, eventually, type Program } from './program.ts'
import { annaMailbox, bob, bodyOf, box, field, storyOfItsOwn } from './world.ts'

let built: Program
const program = (): Program => built

before(async () => {
  built = await buildProgram()
})
after(async () => {
  await built?.remove()
})

const guest = '+4915199999999'

storyOfItsOwn(
  'a temporary binding shadows the permanent one, outlives a restart of the service, and leaves the permanent one as it was',
  program,
  async (world) => {
    await world.annaWrites({ to: bob.mailbox, subject: `[sms ${guest} 2h] Key`, text: 'At the door.' })
    assert.equal((await world.phoneGot(guest)).text, 'At the door.')
    const confirmed = bodyOf(await world.office.arrived('anna', `Bound for a while: [sms ${guest} 2h] Key`))
    assert.match(confirmed, new RegExp(`${bob.mailbox} – \\${guest}, → \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d`))
    await world.service().stop()
    await world.startService()
    await world.annaWrites({ to: bob.mailbox, subject: '[sms] Gate', text: 'And the gate.' })
    assert.equal((await world.phoneGot(guest, 1)).text, 'And the gate.')
    await world.cli('binding', 'remove', bob.mailbox, '--temporary')
    await world.annaWrites({ to: bob.mailbox, subject: '[sms] Home', text: 'Back home?' })
    assert.equal((await world.phoneGot(bob.number)).text, 'Back home?')
  },
)

storyOfItsOwn(
  'three parts a day: the third warns nobody twice, the fourth waits, its sender is told once, and the operator lets it go',
  program,
  async (world) => {
    for (const text of ['one', 'two', 'three']) {
      await world.annaWrites({ to: bob.mailbox, subject: `[sms] ${text}`, text })
      await world.phoneGot(bob.number, world.phones.length)
    }
    for (const text of ['four', 'five'])
      await world.annaWrites({ to: bob.mailbox, subject: `[sms] ${text}`, text })
    const [four, five] = [await world.mailEntry('[sms] four'), await world.mailEntry('[sms] five')]
    for (const held of [four, five])
      assert.deepEqual(
        [held.judgement, held.reason, held.deliveries[0]?.state],
        ['hold', 'budget-used-up', 'held'],
      )
    await world.office.arrived('anna', 'SMS waits: [sms] four')
    assert.equal(five.deliveries.filter(({ medium }) => medium === 'mail').length, 0)
    await world.cli('message', 'release', String(five.id))
    assert.equal((await world.phoneGot(bob.number, 3)).text, 'five')
    await world.cli('message', 'cancel', String(four.id))
    const state = (await world.json<typeof four>('message', 'show', String(four.id))).deliveries[0]?.state
    assert.equal(state, 'cancelled')
    assert.equal(world.phones.length, 4)
  },
  { budget: 'parts_per_day = 3' },
)

storyOfItsOwn(
  'a phone that talks with two people is asked, and its answer takes the waiting text along',
  program,
  async (world) => {
    await world.annaWrites({ to: bob.mailbox, subject: '[sms] Lunch', text: 'Lunch?' })
    await world.phoneGot(bob.number)
    await world.annaWrites({
      from: 'Dora <dora@office.example>',
      to: bob.mailbox,
      subject: '[sms] Tennis',
      text: 'Tennis?',
    })
    await world.phoneGot(bob.number, 1)
    world.modem.network.phoneSends(bob.number, 'yes')
    assert.match((await world.phoneGot(bob.number, 2)).text, /@dora or @anna/)
    world.modem.network.phoneSends(bob.number, '@anna see you')
    assert.equal(bodyOf(await world.office.arrived('anna', 'Re: Lunch')).trim(), 'yes\n\nsee you')
    assert.equal((await world.json<unknown[]>('message', 'list', '--judgement', 'hold')).length, 0)
  },
  { exchange: 'ambiguous = "ask"' },
)

storyOfItsOwn(
  'an unflagged mail is redirected as it came, and one that comes back is not sent round',
  program,
  async (world) => {
    // Anna is the fallback and the sender: nobody else is to get it, it stays where it is.
    await world.annaWrites({ to: box.mailbox, subject: 'Minutes', text: 'see below' })
    assert.equal((await world.mailEntry('Minutes')).deliveries.length, 0)
    await world.inFolder('Minutes', 'INBOX')
    await world.cli('binding', 'add', 'world@office.example', '--line')
    await world.annaWrites({ to: box.mailbox, subject: 'Plan', text: 'see above' })
    const redirected = await world.office.arrived('world', 'Plan')
    assert.equal(field(redirected, 'From'), annaMailbox)
    assert.equal(field(redirected, 'Resent-From').replace(/[<>]/g, ''), box.mailbox)
    assert.equal(field(redirected, 'Resent-To').replace(/[<>]/g, ''), 'world@office.example')
    assert.equal(bodyOf(redirected).trim(), 'see above')
    await world.inFolder('Plan', 'Simpost')

    const forwardedBack = redirected.replace(/^Return-Path:.*\r?\n/im, '')
    await world.office.submit(
      {
        from: annaMailbox,
        to: box.mailbox,
        subject: 'Plan (back)',
        headers: { 'X-SMS-Bridge': field(forwardedBack, 'X-SMS-Bridge') },
      },
      asAnna,
    )
    const back = await world.mailEntry('Plan (back)')
    assert.deepEqual([back.judgement, back.deliveries.length], ['pass', 0])
  },
  { exchange: 'pass_mail = "redirect"' },
)

storyOfItsOwn(
  'whoever is forwarded a mail of the box cannot answer the phone with its token, nor can the token after its talk',
  program,
  async (world) => {
    world.modem.network.phoneSends(guest, 'When do you open?')
    const mail = await world.office.arrived('anna', `SMS from ${guest}`)
    const token = field(mail, 'Reply-To').replace(/[<>]/g, '')
    const stranger = { from: 'eve@evil.example', to: token, subject: 'Re: opening', text: 'Never!' }
    await world.office.submit(stranger, null)
    const refused = await world.mailEntry('Re: opening')
    assert.deepEqual([refused.judgement, refused.reason], ['refuse', 'sender-not-allowed'])
    assert.equal(refused.deliveries.length, 0, 'a stranger hears nothing')
    await world.annaWrites({ to: token, subject: 'Re: opening (Anna)', text: 'At nine.' })
    assert.equal((await world.phoneGot(guest)).text, 'At nine.')
    assert.equal(world.phones.length, 1)
  },
)

storyOfItsOwn(
  'alarms that repeat themselves pause their pair, and a release resumes it',
  program,
  async (world) => {
    const alarm = { from: 'ups@office.example', to: bob.mailbox, text: 'On battery' }
    const machine = { 'Auto-Submitted': 'auto-generated' }
    for (const number of [1, 2, 3, 4])
      await world.annaWrites({ ...alarm, subject: `[sms] alarm ${number}`, headers: machine })
    const held = await eventually('two held alarms', async () => {
      const entries = await world.json<{ id: number; reason: string }[]>(
        'message',
        'list',
        '--judgement',
        'hold',
      )
      return entries.length === 2 ? entries : undefined
    })
    assert.deepEqual(
      held.map(({ reason }) => reason),
      ['pair-paused', 'pair-paused'],
    )
    await world.phoneGot(bob.number, 1)
    await world.cli('message', 'release', String(held[0]?.id))
    await world.phoneGot(bob.number, 3)
    assert.equal(world.phones.length, 4)
  },
  { exchange: 'repeat_max = 2' },
)
