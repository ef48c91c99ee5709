// A backup from the running service while messages flow; then the service is killed, its database destroyed, the backup put back, and the
// office goes on. What reached the phones and the mailboxes is counted outside: the real service, real mail servers, a simulated modem.

import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { makeNextBackup } from '../../../src/store/backup/backup-folder.ts'
import { buildProgram, eventually, type Program } from '../../scenario/program.ts'
import { bob, storyOfItsOwn, type World } from '../../scenario/world.ts'

let built: Program
const program = (): Program => built

before(async () => {
  built = await buildProgram()
})
after(async () => {
  await built?.remove()
})

/** Texts on Bob's phone, each with how often it came. */
function onPhone({ phones }: World): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { to, text } of phones) if (to === bob.number) counts[text] = (counts[text] ?? 0) + 1
  return counts
}

const once = (...texts: readonly string[]): Record<string, number> =>
  Object.fromEntries(texts.map((text) => [text, 1]))

const write = (world: World, text: string): Promise<string> =>
  world.annaWrites({ to: bob.mailbox, subject: `[sms] ${text}`, text })

/** How many mails with this text Anna has. */
async function withAnna(world: World, text: string): Promise<number> {
  return (await world.office.dovecot.mails('anna', 'INBOX')).filter((raw) => raw.includes(text)).length
}

async function loseDatabase(world: World): Promise<void> {
  world.service().signal('SIGKILL')
  await world.service().ended
  const path = join(world.folder, 'simpost.db')
  const octets = readFileSync(path)
  octets.fill(0xa5, 2048)
  writeFileSync(path, octets)
}

storyOfItsOwn(
  'after a backup was put back nothing that went out goes out again, nothing is lost, and what is in doubt waits for a person',
  program,
  async (world) => {
    const file = join(world.folder, 'backup.db')
    const sent = ['one', 'two', 'three', 'four', 'five']
    await write(world, 'one')
    await world.phoneGot(bob.number)
    // Under way while the backup is made: it may show any of these in any state.
    const writing = Promise.all(sent.slice(1).map((text) => write(world, text)))
    const made = await world.json<{ octets: number; at: string }>('backup', file)
    assert.deepEqual([made.octets, statSync(file).mode & 0o777], [statSync(file).size, 0o600])
    await writing
    await eventually(
      'all on the phone',
      () => Object.keys(onPhone(world)).length === sent.length || undefined,
    )
    await world.annaWrites({ to: bob.mailbox, subject: 'no flag', text: 'stays in the mailbox' })
    await world.mailEntry('no flag')
    world.modem.network.phoneSends(bob.number, 'texted after the backup')
    await eventually(
      'with Anna',
      async () => (await withAnna(world, 'texted after the backup')) > 0 || undefined,
    )

    const refused = await world.tryCli(['restore', file])
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /nothing was changed\nTry: sudo systemctl stop simpost/)

    await loseDatabase(world)
    await write(world, 'while it was down')
    const restored = await world.json<{ kept: string; backup_at: string }>('restore', file)
    assert.equal(restored.backup_at, made.at)
    assert.ok(existsSync(restored.kept))
    await world.startService()
    await world.service().logged(/backup-was-put-back/)

    // It came too soon after the last word of the lost database to be sure.
    const held = await world.mailEntry('[sms] while it was down')
    assert.deepEqual([held.judgement, held.reason], ['hold', 'restored'])
    assert.match(await world.cli('status'), /1 held message \d+: a backup of the database was put back/)
    await world.cli('message', 'release', String(held.id))
    await world.phoneGot(bob.number, sent.length)
    assert.deepEqual(onPhone(world), once(...sent, 'while it was down'))
    await world.inFolder('no flag', 'INBOX')
    world.modem.network.phoneSends(bob.number, 'texted at the end')
    await eventually('with Anna', async () => (await withAnna(world, 'texted at the end')) > 0 || undefined)
    assert.equal(await withAnna(world, 'texted after the backup'), 1)
  },
)

storyOfItsOwn(
  'one command puts the newest good automatic backup back; SMS that it shows as waiting are uncertain, and a person sends them',
  program,
  async (world) => {
    const database = join(world.folder, 'simpost.db')
    const folder = join(world.folder, 'backups')
    await world.unplug()
    await write(world, 'queued')
    const { id } = await world.mailEntry('[sms] queued')
    for (const at of [Date.now() - 1000, Date.now()]) await makeNextBackup({ database, folder, keep: 3, at })
    const last = await makeNextBackup({ database, folder, keep: 3, at: Date.now() })
    writeFileSync(last.file, readFileSync(last.file).subarray(0, 5000))
    await world.plugIn()
    await world.phoneGot(bob.number)
    await world.settled(id, 'delivered')

    await loseDatabase(world)
    const { status, stdout, stderr } = await world.tryCli(['restore'])
    assert.equal(status, 0, stderr)
    assert.match(stderr, /passed over: .*simpost-3-.* is no good backup/)
    assert.match(stdout, /put back from .*simpost-2-/)
    assert.match(stdout, /1 SMS were to be sent and may have been/)
    await world.startService()
    const doubtful = await world.settled(id, 'uncertain')
    assert.match(`${doubtful.deliveries[0]?.reason}`, /a backup was put back/)
    await write(world, 'new')
    await world.phoneGot(bob.number, 1)
    assert.deepEqual(onPhone(world), once('queued', 'new'))
    await world.cli('message', 'retry', String(id))
    await world.phoneGot(bob.number, 2)
    assert.deepEqual(onPhone(world), { queued: 2, new: 1 })
  },
)
