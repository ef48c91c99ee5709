// A file system that becomes read-only, as Linux makes it when a card fails, under the real service; and one that is so at the start.

import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { buildProgram, eventually, type Program } from '../scenario/program.ts'
import { bob, startWorld, story, type World } from '../scenario/world.ts'
import { anna } from '../support/office.ts'
import { mountDisk, type SmallDisk, whyNoDisks } from './small-disk.ts'

const skip = whyNoDisks() ?? false

describe('a disk that becomes read-only', { skip }, () => {
  let program: Program
  let disk: SmallDisk
  let world: World

  before(async () => {
    program = await buildProgram()
    disk = mountDisk('ext4')
    world = await startWorld(program, { database: disk.database, looksEvery: '1s' })
  })
  after(async () => {
    await world?.close()
    disk?.remove()
    await program?.remove()
  })

  const says = /the file system of the database .* is read-only/

  story(
    'nothing is acknowledged, and log, status and check say why',
    () => world,
    async () => {
      disk.failReadOnly()
      await world.annaWrites({ to: bob.mailbox, subject: '[sms] waits', text: 'waits' })
      world.modem.network.phoneSends(bob.number, 'waits as well')
      await world.service().logged(/database-trouble code=STORE_READ_ONLY/)
      await world.service().logged(/sms-not-stored .*read-only/)
      await world.service().logged(/mail-intake-failed .*STORE_READ_ONLY/)
      assert.equal(world.modem.storage().list().length, 1)
      assert.equal((await world.office.dovecot.mails('sms')).length, 1)
      assert.match(await world.cli('status'), says)
      const check = await world.tryCli(['check'])
      assert.deepEqual([check.status, says.test(check.stdout)], [1, true])
      assert.equal(await world.service().stop(), 0)
    },
  )

  story(
    'a service does not start on it, and says what to do',
    () => world,
    async () => {
      const { status, stderr } = await world.tryCli(['run'])
      assert.equal(status, 1)
      assert.match(stderr, says)
      assert.match(stderr, /Try: .*dmesg/)
    },
  )

  story(
    'when the disk can be written again, both go through, once',
    () => world,
    async () => {
      disk.mountAgain()
      await world.startService()
      const toBob = () => world.modem.network.sent.filter(({ to }) => to === bob.number)
      const atAnna = async () =>
        (await world.office.dovecot.mails(anna.name)).filter((raw) => raw.includes('waits as well'))
      await eventually('the SMS', () => (toBob().length > 0 ? true : undefined))
      await eventually('the mail', async () => ((await atAnna()).length > 0 ? true : undefined))
      await eventually('an empty SIM', () => (world.modem.storage().list().length === 0 ? true : undefined))
      assert.deepEqual([toBob().map(({ text }) => text), (await atAnna()).length], [['waits'], 1])
    },
  )
})
