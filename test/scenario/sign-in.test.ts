// The mail servers no longer let the box in: its operator hears so over the medium that still works, nothing is lost, and a new password
// counts as soon as it stands in its file.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, describe } from 'node:test'
import { anna } from '../support/office.ts'
import { buildProgram, eventually, type Program } from './program.ts'
import { annaMailbox, bob, bodyOf, field, storyOfItsOwn, type World } from './world.ts'

const operator = { number: '+4917055500099' }
const patienceMs = 100_000

let program: Program
const ours = (): Program => program

before(async () => {
  program = await buildProgram()
})
after(() => program?.remove())

const annasMails = (world: World): Promise<string[]> => world.office.dovecot.mails(anna.name)

/** The IMAP server drops the line, so that the box has to sign in anew. */
async function change(world: World, password: string, servers: readonly ('imap' | 'smtp')[]): Promise<void> {
  const { dovecot, exim } = world.office
  if (servers.includes('smtp')) await exim.setPassword('sms', password)
  if (!servers.includes('imap')) return
  await dovecot.setPassword('sms', password)
  await dovecot.restart()
}

describe('sign-in', { concurrency: 2 }, () => {
  storyOfItsOwn(
    'refused by both servers: the phone of the operator gets one SMS, and what waited goes on with the new password',
    ours,
    async (world) => {
      await change(world, 'new secret', ['imap', 'smtp'])
      await world.service().logged(/mailbox-down .*IMAP_AUTH/)
      world.modem.network.phoneSends('+4917055500011', 'Still there?')
      const alarm = await world.phoneGot(operator.number)
      assert.match(alarm.text, /^Simpost: the mail server refuses the sign-in/)
      const { alarms } = await world.json<{ alarms: { key: string }[] }>('status')
      assert.deepEqual(
        alarms.map(({ key }) => key),
        ['sign-in'],
      )
      await writeFile(world.passwordFile, 'new secret')
      const mails = await eventually(
        'the SMS and the end of the alarm in the office',
        async () => {
          const all = await annasMails(world)
          return all.length >= 2 && all.some((raw) => raw.includes('alarm-over')) ? all : undefined
        },
        patienceMs,
      )
      assert.ok(mails.some((raw) => bodyOf(raw).trim() === 'Still there?'))
      assert.equal(world.phones.filter(({ to }) => to === operator.number).length, 1)
      const id = await world.annaWrites({
        to: bob.mailbox,
        subject: '[sms] Back',
        text: 'We are back.',
      })
      assert.ok(id !== '')
      assert.equal((await world.phoneGot(bob.number)).text, 'We are back.')
    },
    { operator: `number = "${operator.number}"` },
  )

  storyOfItsOwn(
    'refused by the IMAP server only: the operator gets one mail, and its end in the same thread',
    ours,
    async (world) => {
      await change(world, 'new secret', ['imap'])
      const first = await eventually(
        'the alarm',
        async () => (await annasMails(world)).find((raw) => raw.includes('sign-in-refused')),
        patienceMs,
      )
      assert.match(field(first, 'To'), new RegExp(annaMailbox))
      await change(world, 'new secret', ['smtp'])
      await writeFile(world.passwordFile, 'new secret\n')
      const over = await eventually(
        'its end',
        async () => (await annasMails(world)).find((raw) => raw.includes('alarm-over')),
        patienceMs,
      )
      assert.equal(field(over, 'In-Reply-To'), field(first, 'Message-ID'))
      assert.equal(world.phones.length, 0)
      assert.equal((await annasMails(world)).length, 2)
    },
    { operator: `number = "${operator.number}"` },
  )
})
