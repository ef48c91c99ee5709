// One real run of the service, recorded: from an empty folder (the database is made, its schema with it) over everything the exchange does
// with a message, with commands beside it and a mail so large that SQLite moves its journal into the database while the service works,
// to a graceful end, where the journal is removed, and a second start, where it is made again.
// Invariant: whatever wrote to the files of the store during the run is in the recording.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type Config, readConfig } from '../../src/config/config.ts'
import { openStore, setting } from '../../src/store/database/database.ts'
import { readTouchLog, type Touch } from '../crash/touch-shim.ts'
import { eventually, type Service } from '../scenario/program.ts'
import { anna, type Box, openBox } from './box.ts'
import { type Pledge, pledgesOf } from './pledges.ts'

const bob = { mailbox: 'bob@office.example', number: '+4917012345678' }
const carol = { mailbox: 'carol@office.example', number: '+4917023456789' }
const dora = 'dora@office.example'
const stranger = '+4917034567890'
const guest = '+4917045678901'

const long = (what: string): string =>
  `${what}: ${'a text that has to go out in three parts, '.repeat(9)}end.`

const mailsInBulk = 8
const textsInBulk = 8
/** A mail that is passed on goes through the journal of SQLite at each of its steps; beyond 4 MiB the journal is moved into the database. */
const largeOctets = 1024 * 1024

export interface Recording {
  readonly touches: readonly Touch[]
  readonly pledges: readonly Pledge[]
  readonly config: Config
  /** The secret of the recorded database. */
  readonly secret: string
  /** Messages that the run exchanged. */
  readonly messages: number
}

/** Resolves when so many SMS parts and mails have gone out, each part was reported, and nothing lies in the SIM or INBOX. */
async function gone(
  box: Box,
  service: Service,
  counts: { parts: number; mails: number; reports: number },
): Promise<void> {
  await eventually(`${JSON.stringify(counts)} gone`, () =>
    box.modem.network.sent.length >= counts.parts && box.inbox(anna).length >= counts.mails
      ? true
      : undefined,
  )
  await service.logged(/sms-report /, counts.reports)
  await taken(box)
}

const taken = (box: Box): Promise<true> =>
  eventually('an empty SIM and INBOX', () => (box.hasWork() ? undefined : true))

async function firstLife(box: Box, log: string): Promise<void> {
  const service = await box.startUp(log)
  await box.cli(log, 'binding', 'add', bob.mailbox, bob.number, '--alias', 'bob')
  await box.cli(log, 'binding', 'add', carol.mailbox, carol.number, '--parts-per-day', '1')
  box.mailComes({ phone: bob.number, subject: 'One part', text: 'Call me, please.' })
  await gone(box, service, { parts: 1, mails: 0, reports: 1 })
  box.mailComes({ phone: bob.number, subject: 'Three parts', text: long('Mail') })
  box.modem.network.phoneSends(bob.number, 'An answer in one part')
  await gone(box, service, { parts: 4, mails: 1, reports: 4 })
  box.modem.network.phoneSends(stranger, long('SMS'))
  box.mailComes({ subject: `[sms ${guest} 2h] For two hours`, text: 'Bound for a while.' })
  await gone(box, service, { parts: 5, mails: 2, reports: 5 })
  box.mailComes({ phone: carol.number, subject: 'Within the budget', text: 'First of the day' })
  await gone(box, service, { parts: 6, mails: 2, reports: 6 })
  box.mailComes({ phone: carol.number, subject: 'Over the budget', text: 'Second of the day' })
  await service.logged(/mail-in .*judgement=hold/)
  await taken(box)
  await release(box, log)
  // The 80 % and 100 % warnings go to Anna as mails.
  await gone(box, service, { parts: 7, mails: 3, reports: 7 })
  for (let number = 1; number <= mailsInBulk; number += 1)
    box.mailComes({ phone: bob.number, subject: `Bulk ${number}`, text: `Number ${number} of many` })
  for (let number = 1; number <= textsInBulk; number += 1)
    box.modem.network.phoneSends(stranger, `Text ${number} of many`)
  const parts = 7 + mailsInBulk
  await gone(box, service, { parts, mails: 3 + textsInBulk, reports: parts })
  box.mailComes({ from: dora, subject: 'For the office', text: 'See the file.', fileOctets: largeOctets })
  await gone(box, service, { parts, mails: 4 + textsInBulk, reports: parts })
  box.mailComes({ phone: bob.number, subject: 'Behind the large one', text: 'Still there?' })
  box.modem.network.phoneSends(bob.number, 'Still there')
  await gone(box, service, { parts: parts + 1, mails: 5 + textsInBulk, reports: parts + 1 })
  assert.equal(await service.stop(), 0, service.log())
}

async function release(box: Box, log: string): Promise<void> {
  const entries = JSON.parse(await box.cli(log, 'message', 'list', '--json')) as readonly {
    readonly id: number
    readonly subject: string
  }[]
  const held = entries.find(({ subject }) => subject === 'Over the budget')
  await box.cli(log, 'message', 'release', String(held?.id))
}

async function secondLife(box: Box, log: string): Promise<void> {
  const before = { parts: box.modem.network.sent.length, mails: box.inbox(anna).length }
  const service = await box.startUp(log)
  box.mailComes({ phone: bob.number, subject: 'After the start', text: 'Are you there?' })
  box.modem.network.phoneSends(bob.number, 'Yes')
  await gone(box, service, { parts: before.parts + 1, mails: before.mails + 1, reports: 1 })
  assert.equal(await service.stop(), 0, service.log())
}

/** Makes the recording; takes some seconds. */
export async function recordRun(): Promise<Recording> {
  const box = await openBox()
  try {
    const log = join(box.storeFolder, '..', 'touches')
    await firstLife(box, log)
    await secondLife(box, log)
    const touches = await readTouchLog(log)
    const config = readConfig(box.config)
    const store = openStore(config.store.path)
    try {
      const messages = store.get<{ n: number }>('SELECT count(*) AS n FROM message')?.n ?? 0
      return {
        touches,
        pledges: pledgesOf(touches, box.deleted),
        config,
        messages,
        secret: setting(store, 'secret'),
      }
    } finally {
      store.close()
    }
  } finally {
    await box.close()
  }
}
