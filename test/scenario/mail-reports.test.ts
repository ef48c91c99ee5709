// Reports with real servers: Exim sends mails of the box back, or warns of a delay, and the report is matched when Dovecot brings it; the
// sender of a mail whose SMS failed gets a report that another program can read; Exim refuses the empty sender, and the report goes out
// all the same.

import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { readWithPython } from '../mail/compose/python-mail.ts'
import { buildProgram, eventually, type Program } from './program.ts'
import { annaMailbox, bob, box, type Entry, field, storyOfItsOwn, type World } from './world.ts'

let program: Program
before(async () => {
  program = await buildProgram()
})
after(() => program?.remove())

const customer = '+4917055500007'

interface Status {
  readonly waiting: readonly { readonly what: string }[]
  readonly refused_senders: readonly { readonly sender: string }[]
}

/** An SMS of the customer, sent on to a mailbox of the line. */
async function textTo(world: World, mailbox: string): Promise<Entry> {
  await world.cli('binding', 'add', mailbox, '--line')
  world.modem.network.phoneSends(customer, 'Is my bike ready?')
  return world.journal('the SMS of the customer', ({ from }) => from === customer)
}

/** The first delivery of a message, once its reason is of this form. */
const reported = (world: World, id: number, reason: RegExp) =>
  eventually(`${reason} of message ${id}`, async () => {
    const [delivery] = (await world.json<Entry>('message', 'show', String(id))).deliveries
    return reason.test(delivery?.reason ?? '') ? delivery : undefined
  })

/** The one mail of Anna whose subject begins so, waited for. */
const annaGot = (world: World, subject: string) =>
  eventually(`"${subject}" for Anna`, async () => {
    const mails = await world.office.dovecot.mails('anna')
    return mails.find((raw) => raw.includes(`\nSubject: ${subject}`))
  })

const asCrLf = (raw: string): Buffer => Buffer.from(raw.replaceAll('\n', '\r\n'))

storyOfItsOwn(
  'a mail that Exim sends back is marked, shown and told to the operator, and the fallback mailbox gets it',
  () => program,
  async (world) => {
    const { id } = await textTo(world, 'nobody@gone.example')
    const delivery = await reported(world, id, /^failed 5\.\d/)
    assert.deepEqual([delivery.to, delivery.state], ['nobody@gone.example', 'failed'])
    const report = await eventually('the report in the done folder', async () => {
      const mails = await world.office.dovecot.mails('sms', 'Simpost')
      return mails.find((raw) => raw.includes('report-type=delivery-status'))
    })
    assert.match(field(report, 'Envelope-To'), /^<?sms\+b[0-9a-z]+-[0-9a-f]{20}@office\.example>?$/)
    const copy = await annaGot(world, `SMS from ${customer}`)
    assert.equal(field(copy, 'Resent-To').replace(/[<>]/g, ''), annaMailbox)
    assert.match(await annaGot(world, 'Mail not delivered'), /nobody@gone\.example/)
    const { waiting } = await world.json<Status>('status')
    assert.ok(
      waiting.some(({ what }) => /nobody@gone\.example failed/.test(what)),
      JSON.stringify(waiting),
    )
    const shown = await world.json<Entry & { steps: { what: string }[] }>('message', 'show', String(id))
    assert.deepEqual(
      shown.steps.map(({ what }) => what).filter((what) => what === 'report' || what === 'undelivered'),
      ['report', 'undelivered'],
    )
    // Whoever answers the copy answers the customer.
    await world.annaWrites({
      ...{ to: box.mailbox, subject: `Re: SMS from ${customer}`, text: 'Yes.\n' },
      headers: { 'In-Reply-To': field(copy, 'Message-ID') },
    })
    assert.equal((await world.phoneGot(customer)).text, 'Yes.')
  },
  { exim: { bounces: 'gone.example' } },
)

storyOfItsOwn(
  'a warning that a mail is delayed is noted with it, and it stays sent',
  () => program,
  async (world) => {
    const { id } = await textTo(world, 'somebody@late.example')
    const delivery = await reported(world, id, /^delayed 4\.\d/)
    assert.equal(delivery.state, 'sent')
    assert.deepEqual((await world.json<Status>('status')).waiting, [])
  },
  { exim: { defers: 'late.example' } },
)

/** Anna's mail becomes an SMS that the network gives up. */
async function annaHearsOfFailure(world: World): Promise<string> {
  world.modem.network.setReport(bob.number, 0x46)
  await world.annaWrites({ to: bob.mailbox, subject: '[sms] Lunch', text: 'At noon?' })
  return annaGot(world, 'Not sent as SMS')
}

storyOfItsOwn(
  'the sender of a mail whose SMS failed gets a report with the null sender, which Python reads without a defect',
  () => program,
  async (world) => {
    const raw = await annaHearsOfFailure(world)
    assert.deepEqual([field(raw, 'Return-Path'), field(raw, 'Auto-Submitted')], ['<>', 'auto-replied'])
    const [mail] = readWithPython([asCrLf(raw)])
    assert.deepEqual([mail?.defects, mail?.params['report-type']], [[], 'delivery-status'])
    const recipient = new Map(mail?.status[1])
    assert.deepEqual(
      ['action', 'status', 'final-recipient', 'diagnostic-code'].map((name) => recipient.get(name)),
      [
        ...['failed', '4.4.7', `rfc822;${bob.number}@sms.office.example`],
        'X-SMS; TP-ST 0x46 the validity period is over',
      ],
    )
    assert.match(mail?.texts[2] ?? '', /^Subject: \[sms\] Lunch\r?$/m)
    assert.deepEqual((await world.json<Status>('status')).refused_senders, [])
  },
)

storyOfItsOwn(
  'where the server refuses the empty sender, the same report goes out under the address of the box, and status says so',
  () => program,
  async (world) => {
    const raw = await annaHearsOfFailure(world)
    assert.equal(field(raw, 'Return-Path'), `<${box.mailbox}>`)
    assert.deepEqual(readWithPython([asCrLf(raw)])[0]?.defects, [])
    await world.service().logged(/mail-sender-refused/)
    const { refused_senders: refused } = await world.json<Status>('status')
    assert.deepEqual(
      refused.map(({ sender }) => sender),
      ['null'],
    )
    assert.match(await world.cli('status'), /^sender +the server takes no mail with an empty sender/m)
  },
  { exim: { refusesNullSender: true } },
)
