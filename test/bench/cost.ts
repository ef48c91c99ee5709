// What one message costs the service: processor time, commits, octets that go to the disk; and how often it waits for the disk (fsync),
// counted by the library that the crash tests put under it (test/crash/touch-shim.ts), in a run of its own, since it costs time.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBindings } from '../../src/store/bindings.ts'
import { openStore } from '../../src/store/database/database.ts'
import { buildTouchShim, readTouchLog, touchEnvironment } from '../crash/touch-shim.ts'
import { newBinding } from '../store/temp-store.ts'
import { type Figure, single } from './figure.ts'
import { type BenchOffice, bob, databaseIn, startOffice } from './office.ts'
import { diskOctets, octetsWritten, processorMs, until } from './process.ts'
import { watchCommits } from './wal.ts'

const counted = 200
const warmed = 100
const synced = 10
/** After a message the mail is moved, the slot deleted, a report comes. */
const quietMs = 1500
const kib = 1024

/** @param program the built bundle */
export async function measureCost(program: string): Promise<Figure[]> {
  const office = await startOffice(program)
  try {
    return [
      ...(await costOf(office, 'a mail that became a delivered SMS', (id) => office.mailToSms(id))),
      ...(await costOf(office, 'an SMS that became a mail', (id) => office.smsToMail(id))),
      ...(await measureSyncs(program)),
    ]
  } finally {
    await office.close()
  }
}

async function costOf(
  { child, folder }: BenchOffice,
  what: string,
  send: (id: string) => Promise<number>,
): Promise<Figure[]> {
  // The first ones are slower: V8 compiles.
  for (let index = 0; index < warmed; index += 1) await send(`warm${index}`)
  await sleep(quietMs)
  const before = [processorMs(child), octetsWritten(child), diskOctets(child)] as const
  const commits = watchCommits(`${databaseIn(folder)}-wal`)
  for (let index = 0; index < counted; index += 1) await send(`cost${index}`)
  await sleep(quietMs)
  const made = commits()
  const [processor, octets, disk] = [processorMs(child), octetsWritten(child), diskOctets(child)].map(
    (now, index) => (now - (before[index] ?? 0)) / counted,
  ) as [number, number, number]
  return [
    single(`processor time for ${what}`, 'ms', processor),
    single(`commits for ${what}`, '', made / counted, 'at most 4'),
    single(`octets handed to write(2) for ${what}`, 'KiB', octets / kib),
    single(`octets that go to the disk for ${what}`, 'KiB', disk / kib),
  ]
}

const silent = '+4917055555555'

/** Counts waits for the disk: of the modem side alone, and of everything. */
async function measureSyncs(program: string): Promise<Figure[]> {
  const shim = await buildTouchShim()
  const logIn = (folder: string): string => join(folder, 'touches')
  const office = await startOffice(program, {
    environment: (folder) => touchEnvironment({ shim, folder, log: logIn(folder) }),
    prepare: (folder) => {
      const store = openStore(databaseIn(folder))
      createBindings(store).add(
        newBinding({ mailbox: 'silent@office.example', number: silent, smsToMail: 'never' }),
      )
      store.close()
    },
  })
  const syncs = async (): Promise<number> =>
    (await readTouchLog(logIn(office.folder))).filter(({ op }) => op === 'sync').length
  const each = async (send: (id: string) => Promise<unknown>): Promise<number> => {
    await send('first')
    await sleep(quietMs)
    const before = await syncs()
    for (let index = 0; index < synced; index += 1) {
      await send(`sync${index}`)
      await sleep(quietMs / 3)
    }
    await sleep(quietMs)
    return ((await syncs()) - before) / synced
  }
  try {
    const { modem } = office
    const arrives = async (id: string): Promise<void> => {
      modem.network.phoneSends(silent, `nobody reads ${id}`)
      await until(() => modem.storage().list().length === 0, 'the deletion of an SMS')
    }
    modem.network.setReport(bob, 'none')
    const byCommand = await each((id) => sendByCommand(program, office, id))
    const incoming = await each(arrives)
    modem.network.setReport(bob, 'delivered')
    return [
      single('fsyncs for an SMS sent by command, without a report: the modem side', '', byCommand, '2'),
      single(
        'fsyncs for an SMS sent by command, with its report',
        '',
        await each((id) => sendByCommand(program, office, id)),
      ),
      single('fsyncs for an SMS that goes nowhere: the modem side', '', incoming, 'at most 2'),
      single('fsyncs for a mail that became a delivered SMS', '', await each((id) => office.mailToSms(id))),
      single('fsyncs for an SMS that became a mail', '', await each((id) => office.smsToMail(id))),
    ]
  } finally {
    await office.close()
  }
}

/** `simpost send sms`, a process of its own, which the library does not count. */
async function sendByCommand(program: string, office: BenchOffice, text: string): Promise<void> {
  const before = office.accepted.length
  const args = [program, 'send', 'sms', bob, text, '--config', office.config]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const status = await new Promise((ended) => child.once('exit', ended))
  if (status !== 0) throw new Error(`simpost send ended with ${status}`)
  await until(() => office.accepted.length > before, 'the SMS of the command')
}
