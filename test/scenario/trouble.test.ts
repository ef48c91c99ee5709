// What goes wrong in an office: a modem that is pulled out, servers that go away and come back, a service that is killed or stopped in
// the middle of an SMS, a mailbox that is rebuilt (RFC 3501 2.3.1.1). Nothing is lost, nothing is doubled.
// Every story has a world of its own; some run at the same time, because a mail that was turned away waits a minute.

import assert from 'node:assert/strict'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { anna, asAnna } from '../support/office.ts'
import { buildProgram, eventually, type Program } from './program.ts'
import { annaMailbox, bob, bodyOf, box, storyOfItsOwn, type World } from './world.ts'

/** A queue whose mail server is away pauses for a minute (exchange/dispatch/retry-plan.ts). */
const mailRetryLimitMs = 100_000

let program: Program
const ours = (): Program => program

before(async () => {
  program = await buildProgram()
})
after(() => program?.remove())

const toPhones = (world: World, number: string): string[] =>
  world.modem.network.sent.filter(({ to }) => to === number).map(({ text }) => text)

const inboxOf = async (world: World, user: string): Promise<string[]> => world.office.dovecot.mails(user)

/** Bodies of the mails that Anna has in this thread. */
const bodies = async (world: World, subject: string): Promise<string[]> =>
  (await inboxOf(world, anna.name))
    .filter((raw) => raw.includes(`\nSubject: ${subject}\n`))
    .map((raw) => bodyOf(raw).trim())

/** The modem takes the SMS and says nothing for `ms`, whatever comes; resolves when the network has it. */
async function whileSending(world: World, ms: number, text: string): Promise<void> {
  world.modem.faults.add({ kind: 'answer-late', ms, blocking: true })
  await world.annaWrites({ to: bob.mailbox, subject: '[sms] Slow', text })
  await eventually('the SMS in the network', () => world.modem.network.sent[0])
}

describe('trouble', { concurrency: 3 }, () => {
  storyOfItsOwn(
    'while the mail server is away mails wait, and each arrives once when it is back',
    ours,
    async (world) => {
      const { office, modem } = world
      const customer = '+4917055500011'
      const other = '+4917055500012'
      await office.exim.halt()
      modem.network.phoneSends(customer, 'First.')
      await world.service().logged(/mail-attempt-failed .*SMTP_UNAVAILABLE/)
      modem.network.phoneSends(customer, 'Second.')
      await world.service().logged(/sms-in/, 2)
      await office.exim.restart()
      modem.network.phoneSends(other, 'Third.')
      const all = async () => {
        const mails = await inboxOf(world, anna.name)
        return mails.length >= 3 ? mails : undefined
      }
      const mails = await eventually('all three mails', all, mailRetryLimitMs)
      assert.deepEqual(mails.map((raw) => bodyOf(raw).trim()).sort(), ['First.', 'Second.', 'Third.'])
      // What is sent afterwards arrives afterwards: nothing is still on its way then.
      modem.network.phoneSends(other, 'Fourth.')
      await eventually('the fourth mail', async () => (await bodies(world, `SMS from ${other}`))[1])
      assert.equal((await inboxOf(world, anna.name)).length, 4)
    },
  )

  storyOfItsOwn(
    'what comes while the modem is unplugged goes out, once, when it is plugged in again',
    ours,
    async (world) => {
      const customer = '+4917055500013'
      await world.unplug()
      await world.service().logged(/modem-down/)
      const { modem } = await world.json<{ modem: { phase: string; problem: { code: string } | null } }>(
        'status',
      )
      assert.deepEqual([modem.phase, modem.problem?.code], ['closed', 'MODEM_UNAVAILABLE'])
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] Waiting', text: 'I waited for the modem.' })
      const { deliveries } = await world.mailEntry('[sms] Waiting')
      assert.equal(deliveries[0]?.state, 'queued')
      world.modem.network.phoneSends(customer, 'I waited in the network.')
      await world.plugIn()
      await world.phoneGot(bob.number)
      await world.office.arrived(anna.name, `SMS from ${customer}`)
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] Afterwards', text: 'And now?' })
      await world.phoneGot(bob.number, 1)
      assert.deepEqual(toPhones(world, bob.number), ['I waited for the modem.', 'And now?'])
    },
  )

  storyOfItsOwn(
    'after a restart of the IMAP server mails are taken in again, none twice',
    ours,
    async (world) => {
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] One', text: 'One.' })
      await world.phoneGot(bob.number)
      await world.inFolder('[sms] One', 'Simpost')
      await world.office.dovecot.restart()
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] Two', text: 'Two.' })
      await world.phoneGot(bob.number, 1)
      await world.service().logged(/mailbox-down/)
      await world.service().logged(/mailbox-open/, 2)
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] Three', text: 'Three.' })
      await world.phoneGot(bob.number, 2)
      assert.deepEqual(toPhones(world, bob.number), ['One.', 'Two.', 'Three.'])
    },
  )

  storyOfItsOwn(
    'an SMS that was with the modem when the service was killed is settled by its late answer, and never sent again',
    ours,
    async (world) => {
      world.modem.network.setReport(bob.number, 'none')
      await whileSending(world, 6_000, 'Did this go out?')
      world.service().signal('SIGKILL')
      assert.equal(await world.service().ended, null)
      await world.startService()
      await world.service().logged(/sms-uncertain-after-restart/)
      const { id } = await world.mailEntry('[sms] Slow')
      const { deliveries } = await world.settled(id, 'sent')
      assert.equal(deliveries[0]?.to, bob.number)

      assert.equal(await world.service().stop(), 0)
      await world.startService()
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] Next', text: 'The next one.' })
      await world.phoneGot(bob.number, 1)
      assert.deepEqual(toPhones(world, bob.number), ['Did this go out?', 'The next one.'])
      assert.deepEqual(await inboxOf(world, anna.name), [])
    },
  )

  storyOfItsOwn(
    'a service that is stopped in the middle of an SMS waits for its answer and begins no other',
    ours,
    async (world) => {
      await whileSending(world, 10_000, 'Wait for me.')
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] Later', text: 'Another time.' })
      await world.service().logged(/mail-in/, 2)
      assert.equal(await world.service().stop(), 0)
      const [first] = (await world.mailEntry('[sms] Slow')).deliveries
      assert.match(first?.state ?? '', /^(sent|delivered)$/)
      assert.deepEqual(toPhones(world, bob.number), ['Wait for me.'])
      await world.startService()
      const later = await world.mailEntry('[sms] Later')
      await world.settled(later.id, 'delivered')
      assert.deepEqual(toPhones(world, bob.number), ['Wait for me.', 'Another time.'])
    },
  )

  storyOfItsOwn(
    'a second service on the same database is refused with a sentence and the first one works on',
    ours,
    async (world) => {
      const second = await world.tryCli(['run'])
      assert.equal(second.status, 1)
      assert.match(
        second.stderr,
        /^another simpost service already works with \/.*simpost\.db\nTry: stop the other one/,
      )
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] Still here', text: 'Still here.' })
      assert.equal((await world.phoneGot(bob.number)).text, 'Still here.')
    },
  )

  const old = { to: box.mailbox, subject: `[sms ${bob.number}] Old`, text: 'From before the first start.' }
  storyOfItsOwn(
    'a mailbox that was rebuilt (new UIDVALIDITY) sends nothing twice and nothing from before the first start',
    ours,
    async (world) => {
      const { dovecot } = world.office
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] Bridged', text: 'Once.' })
      await world.phoneGot(bob.number)
      await world.inFolder('[sms] Bridged', 'Simpost')
      await world.annaWrites({ to: bob.mailbox, subject: '[mail] Left alone', text: 'Never.' })
      await world.mailEntry('[mail] Left alone')
      await dovecot.halt()
      await rebuild(dovecot.maildir('sms'))
      await dovecot.restart()
      await world.service().logged(/mailbox-open/, 2)
      // The service knows the mail that somebody put back; it tidies it away once more.
      await world.inFolder('[sms] Bridged', 'Simpost')
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] New', text: 'Twice.' })
      await world.phoneGot(bob.number, 1)
      assert.deepEqual(toPhones(world, bob.number), ['Once.', 'Twice.'])
      assert.equal((await inboxOf(world, anna.name)).length, 0)
    },
    {
      earlier: async (office) => {
        await office.submit({ from: annaMailbox, ...old }, asAnna)
        await office.arrived('sms', old.subject)
        // A Date field tells seconds only: a mail of the very second of the first start would be a new one.
        await sleep(1000)
      },
    },
  )
})

/** Puts what was bridged back into the INBOX and makes Dovecot number all mails anew. */
async function rebuild(maildir: string): Promise<void> {
  for (const part of ['new', 'cur'])
    for (const name of await readdir(join(maildir, '.Simpost', part)))
      await rename(join(maildir, '.Simpost', part, name), join(maildir, 'cur', name))
  for (const folder of [maildir, join(maildir, '.Simpost')])
    for (const name of await readdir(folder)) if (/^dovecot[-.]/.test(name)) await rm(join(folder, name))
}
