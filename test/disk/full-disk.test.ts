// A disk that is full in the middle of traffic, and a database that another program keeps to itself, with the real service, modem and mail
// servers: nothing is acknowledged, the service says so, and when there is room again everything goes through once, without a restart.

import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import Database from 'better-sqlite3'
import { buildProgram, eventually, type Program } from '../scenario/program.ts'
import { bob, startWorld, story, type World } from '../scenario/world.ts'
import { anna, headerFields } from '../support/office.ts'
import { mountDisk, type SmallDisk, whyNoDisks } from './small-disk.ts'

const skip = whyNoDisks() ?? false
/** The operator hears of what lasts for twenty seconds; it is tried every ten. */
const tellLimitMs = 90_000

describe('a disk that fills up', { skip }, () => {
  let program: Program
  let disk: SmallDisk
  let world: World

  before(async () => {
    program = await buildProgram()
    disk = mountDisk('tmpfs')
    world = await startWorld(program, { database: disk.database, looksEvery: '1s' })
  })
  after(async () => {
    await world?.close()
    disk?.remove()
    await program?.remove()
  })

  const inBox = () => world.office.dovecot.mails('sms')
  const annas = () => world.office.dovecot.mails(anna.name)
  const toBob = (): string[] =>
    world.modem.network.sent.filter(({ to }) => to === bob.number).map(({ text }) => text)
  const reasonsToldAnna = async (): Promise<string[]> =>
    (await annas()).flatMap((raw) => headerFields(raw, 'X-SMS-Reason'))

  async function bothWays(mail: string, sms: string): Promise<void> {
    await world.annaWrites({ to: bob.mailbox, subject: `[sms] ${mail}`, text: mail })
    world.modem.network.phoneSends(bob.number, sms)
  }

  async function throughOnce(mail: string, sms: string): Promise<void> {
    await eventually('the SMS on the phone', () => (toBob().includes(mail) ? true : undefined))
    const copies = async () => (await annas()).filter((raw) => raw.includes(sms))
    await eventually('the mail at Anna', async () => ((await copies()).length > 0 ? true : undefined))
    await eventually('the mail in the done folder', async () =>
      (await inBox()).length === 0 ? true : undefined,
    )
    await eventually('an empty SIM', () => (world.modem.storage().list().length === 0 ? true : undefined))
    assert.deepEqual([toBob().filter((text) => text === mail).length, (await copies()).length], [1, 1])
  }

  story(
    'a full disk: mails stay in the mailbox and SMS on the SIM, and log, status, check and a mail to the operator say why',
    () => world,
    async () => {
      disk.fill()
      await bothWays('before there is room', 'I write while it is full')
      await world.service().logged(/database-trouble code=STORE_FULL/)
      await world.service().logged(/sms-not-stored/)
      await world.service().logged(/mail-intake-failed .*STORE_FULL/)
      const told = async () => ((await reasonsToldAnna()).includes('database-out-of-use') ? true : undefined)
      await eventually('the mail to the operator', told, tellLimitMs)

      assert.deepEqual(toBob(), [])
      assert.equal(world.modem.storage().list().length, 1)
      assert.equal((await inBox()).length, 1)
      const status = await world.cli('status')
      assert.match(status, /no room on the disk for the database/)
      const check = await world.tryCli(['check'])
      assert.equal(check.status, 1)
      assert.match(check.stdout, /problem +store +no room on the disk for the database/)
    },
  )

  story(
    'with room again both go through, once, without a restart, and the operator hears that it is over',
    () => world,
    async () => {
      disk.makeRoom()
      await throughOnce('before there is room', 'I write while it is full')
      await world.service().logged(/database-works-again/)
      const over = async () => ((await reasonsToldAnna()).includes('alarm-over') ? true : undefined)
      await eventually('the end told', over, tellLimitMs)
      assert.doesNotMatch(await world.cli('status'), /no room on the disk/)
    },
  )

  story(
    'an SMS that was sent while the disk filled up is sent once, and counts as sent',
    () => world,
    async () => {
      world.modem.faults.add({ kind: 'answer-late', ms: 1500, blocking: true })
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] slow', text: 'slow' })
      await eventually('the SMS in the network', () => (toBob().includes('slow') ? true : undefined))
      disk.fill()
      await world.service().logged(/outcome-not-stored code=STORE_FULL/)
      disk.makeRoom()
      const entry = await world.mailEntry('[sms] slow')
      await world.settled(entry.id, 'delivered')
      assert.deepEqual(
        toBob().filter((text) => text === 'slow'),
        ['slow'],
      )
    },
  )

  story(
    'a program that keeps the database to itself for seconds costs no message',
    () => world,
    async () => {
      const other = new Database(disk.database)
      try {
        other.exec('BEGIN IMMEDIATE')
        await bothWays('behind the lock', 'in front of the lock')
        await world.service().logged(/database-trouble code=STORE_BUSY/)
        assert.ok(!toBob().includes('behind the lock'))
      } finally {
        other.close()
      }
      await throughOnce('behind the lock', 'in front of the lock')
      assert.equal(await world.service().stop(), 0)
    },
  )
})
