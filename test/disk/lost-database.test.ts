// A database that is damaged, deleted, replaced, or has the -wal of another one beside it, while the real service runs and while it does not:
// nothing is acknowledged, nobody begins anew unseen, and with the database put back everything goes on where it was.

import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before } from 'node:test'
import Database from 'better-sqlite3'
import { createBindings } from '../../src/store/bindings.ts'
import { openStore } from '../../src/store/database/database.ts'
import { buildProgram, eventually, type Program } from '../scenario/program.ts'
import { bob, startWorld, story, type World } from '../scenario/world.ts'
import { newBinding } from '../store/temp-store.ts'
import { anna } from '../support/office.ts'

let program: Program
let world: World
/** The database, and a copy of it as it was when the service had ended. */
let database: string
let good: string

before(async () => {
  program = await buildProgram()
  world = await startWorld(program, { looksEvery: '1s' })
  database = join(world.folder, 'simpost.db')
  good = join(world.folder, 'good.db')
  await world.service().stop()
  copyFileSync(database, good)
  await world.startService()
})
after(async () => {
  await world?.close()
  await program?.remove()
})

const onSim = (): number => world.modem.storage().list().length

/** A phone writes what the service cannot take; the service ends, and the SMS is still on the SIM. */
async function endsAtSms(text: string, code: string): Promise<void> {
  world.modem.network.phoneSends(bob.number, text)
  await world.service().logged(new RegExp(`database-lost code=${code}`))
  assert.equal(await world.service().ended, 1)
  assert.match(world.service().log(), /Try: sudo simpost .*restore/)
  assert.equal(onSim(), 1)
}

/** No command goes on with the database, and each says why. */
async function refusesEverywhere(words: RegExp): Promise<void> {
  for (const args of [['run'], ['status'], ['binding', 'add', 'carol@office.example', '+4917023456789']]) {
    const { status, stderr } = await world.tryCli(args)
    assert.equal(status, 1, args.join(' '))
    assert.match(stderr, words)
    assert.match(stderr, /Try: sudo simpost .*restore/)
  }
  const check = await world.tryCli(['check'])
  assert.equal(check.status, 1)
  assert.match(check.stdout.replace(/\s+/g, ' '), words)
}

async function reachesAnnaOnce(text: string): Promise<void> {
  const copies = async () => (await world.office.dovecot.mails(anna.name)).filter((raw) => raw.includes(text))
  await eventually('the mail at Anna', async () => ((await copies()).length > 0 ? true : undefined))
  await eventually('an empty SIM', () => (onSim() === 0 ? true : undefined))
  assert.equal((await copies()).length, 1)
}

/** Makes rubbish of every page but the first, as a card does that forgets; and lets no page count as read. */
function forgetPages(): void {
  const other = new Database(database)
  other.exec('UPDATE setting SET value = value')
  other.close()
  const octets = readFileSync(database)
  writeFileSync(database, octets.fill(0xa5, 1024), { flag: 'r+' })
}

const its = () => world

story('damage that shows while the service runs ends it, with the SMS still on the SIM', its, async () => {
  forgetPages()
  await endsAtSms('I found it damaged', 'STORE_DAMAGED')
})

story('a damaged database is used by nothing', its, async () => {
  await refusesEverywhere(/simpost\.db is damaged: /)
})

story('with a good copy put back by simpost restore the SMS goes through, once', its, async () => {
  await world.cli('restore', good, '--nothing-since')
  await world.startService()
  await reachesAnnaOnce('I found it damaged')
})

story(
  'a database that is deleted while the service runs ends it before it acknowledges anything',
  its,
  async () => {
    for (const end of ['', '-wal', '-shm']) rmSync(`${database}${end}`, { force: true })
    await endsAtSms('I found it gone', 'STORE_MISSING')
  },
)

story('where there was a database nothing begins with an empty one', its, async () => {
  await refusesEverywhere(/simpost\.db is gone/)
  assert.equal(existsSync(database), false)
})

story('a database that is put back is used again', its, async () => {
  copyFileSync(good, database)
  await world.startService()
  await reachesAnnaOnce('I found it gone')
})

story(
  'a database that is replaced under the service ends it, and the next start uses the new one',
  its,
  async () => {
    const other = join(world.folder, 'other.db')
    copyFileSync(good, other)
    renameSync(other, database)
    await endsAtSms('I found another', 'STORE_MISSING')
    for (const end of ['-wal', '-shm']) rmSync(`${database}${end}`, { force: true })
    await world.startService()
    await reachesAnnaOnce('I found another')
  },
)

story('a -wal without its database is kept for it, and recovered with it', its, async () => {
  await world.cli('binding', 'add', 'carol@office.example', '+4917023456789', '--alias', 'carol')
  world.service().signal('SIGKILL')
  await world.service().ended
  assert.ok(statSync(`${database}-wal`).size > 0)
  renameSync(database, `${database}.away`)
  rmSync(`${database}.made`)
  await refusesEverywhere(/simpost\.db is gone/)
  renameSync(`${database}.away`, database)
  await world.startService()
  assert.match(await world.cli('binding', 'list'), /carol@office\.example/)
  await world.service().stop()
})

/** Adds bindings without the service. @returns the -wal before it goes into the file */
function addBindings(first: number, count: number): Buffer {
  const store = openStore(database)
  const bindings = createBindings(store)
  for (let at = first; at < first + count; at++)
    bindings.add(
      newBinding({ mailbox: `m${at}@office.example`, number: `+49170${1000000 + at}`, alias: null }),
    )
  const wal = readFileSync(`${database}-wal`)
  store.close()
  return wal
}

story('a newer -wal beside an older copy is found before any of it reaches the file', its, async () => {
  addBindings(0, 300)
  const wal = addBindings(300, 10)
  copyFileSync(good, database)
  writeFileSync(`${database}-wal`, wal)
  const { status, stderr } = await world.tryCli(['run'])
  assert.equal(status, 1)
  assert.match(stderr, /simpost\.db is damaged/)
  assert.deepEqual(readFileSync(database), readFileSync(good))
  for (const end of ['-wal', '-shm']) rmSync(`${database}${end}`, { force: true })
  await world.startService()
  assert.match(await world.cli('binding', 'list'), /bob@/)
  assert.equal(existsSync(`${database}.damaged`), false)
})
