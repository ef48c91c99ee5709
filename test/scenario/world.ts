// The world of a scenario: the office's mail servers (Exim, Dovecot), a simulated modem behind a pty of socat, the network with its
// phones, and the real service between them as a process of its own, with the command line beside it.
// Invariant: whatever a world starts ends with `close()`; nothing listens outside of 127.0.0.1.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { constants, type FileHandle, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createSimModem, type SimModem, type SimModemOptions } from '../../src/simulator/modem/sim-modem.ts'
import type { PhoneSms } from '../../src/simulator/modem/sim-phones.ts'
import type { EximOptions } from '../support/exim.ts'
import { anna, asAnna, headerFields, type Letter, type Office, startOffice } from '../support/office.ts'
import { openPty, type Pty } from '../support/pty.ts'
import { eventually, type Finished, type Program, type Service } from './program.ts'

export const annaMailbox = 'anna@office.example'
export const box = { mailbox: 'sms@office.example', number: '+4917000000001' }
/** Bob's address is one of the domain that Exim hands to the box's mailbox. */
export const bob = { mailbox: 'bob@sms.office.example', number: '+4917012345678', name: 'Bob' }
const numberDomain = 'sms.office.example'

/** One line of `simpost message list --json`: a script may rely on it. */
export interface Entry {
  readonly id: number
  readonly medium: 'mail' | 'sms'
  readonly from: string
  readonly subject: string
  readonly text: string
  readonly flag: { readonly value: 0 | 1; readonly from: string }
  readonly judgement: string
  readonly reason: string
  readonly deliveries: readonly {
    readonly medium: 'mail' | 'sms'
    readonly to: string
    readonly rule: string
    readonly text: string
    readonly state: string
    readonly reason: string | null
  }[]
}

export interface World {
  readonly office: Office
  readonly modem: SimModem
  /** What reached the phones, complete messages in order. */
  readonly phones: readonly PhoneSms[]
  /** The running service; after `restartService` another one. */
  service(): Service
  /** Runs a command with the world's config; fails unless it exits with 0. */
  cli(...args: readonly string[]): Promise<string>
  /** As `cli`, with whatever status; `input` goes to its standard input. */
  tryCli(args: readonly string[], input?: string): Promise<Finished>
  json<T>(...args: readonly string[]): Promise<T>
  /** Anna's mail program submits a mail, under her name or another of her office; resolves with its Message-ID. */
  annaWrites(letter: Omit<Letter, 'from'> & Partial<Letter>): Promise<string>
  /** The first message that reaches this phone after `earlier` others have, waited for. */
  phoneGot(number: string, earlier?: number): Promise<PhoneSms>
  /** The journal's one entry that fits, waited for. */
  journal(what: string, fits: (entry: Entry) => boolean): Promise<Entry>
  /** The journal's entry of the mail with this subject. */
  mailEntry(subject: string): Promise<Entry>
  /** The message when its first delivery is in this state, waited for. */
  settled(id: number, state: string): Promise<Entry>
  /** The mail with this subject in a folder of the box's own mailbox, waited for. */
  inFolder(subject: string, folder: string): Promise<string>
  /** Pulls the modem out: its tty is gone when this resolves. */
  unplug(): Promise<void>
  plugIn(): Promise<void>
  /** Where the config and the database (simpost.db) lie. */
  readonly folder: string
  /** Holds the password with which the box signs in. */
  readonly passwordFile: string
  /** Starts the service after it ended. */
  startService(): Promise<void>
  logs(): Promise<string>
  close(): Promise<void>
}

/** What is special about a world. */
export interface Setting {
  /** What happens in the office before the service is started for the first time. */
  readonly earlier?: (office: Office) => Promise<unknown>
  /** Environment of the service, on top of the test's own; asked for at each start. */
  readonly environment?: (folder: string) => Readonly<Record<string, string>>
  /** What is special about the modem. */
  readonly modem?: SimModemOptions
  /** Changes of Exim's settings. */
  readonly exim?: Partial<EximOptions>
  /** Further lines of the sections of the config. */
  readonly exchange?: string
  readonly budget?: string
  readonly operator?: string
  /** Where the database lies instead of in the world's folder. */
  readonly database?: string
  /** How often the SIM and the mailbox are looked through without an event: "1s". */
  readonly looksEvery?: string
}

function configText(folder: string, { dovecot, exim }: Office, setting: Setting): string {
  return `[modem]
port = "${join(folder, 'modem')}"
number = "${box.number}"
sms_per_minute = 0
${setting.looksEvery === undefined ? '' : `sweep = "${setting.looksEvery}"`}
[mail]
address = "${box.mailbox}"
plus_addresses = true
[mail.imap]
host = "127.0.0.1"
port = ${dovecot.imapPort}
security = "none"
user = "sms"
password_file = "password"
${setting.looksEvery === undefined ? '' : `rescan = "${setting.looksEvery}"`}
[mail.smtp]
host = "127.0.0.1"
port = ${exim.port}
security = "none"
[exchange]
fallback_mailbox = "${annaMailbox}"
number_domain = "${numberDomain}"
${setting.exchange ?? ''}
[trust]
senders = ["@office.example"]
authserv_id = "${exim.authservId}"
[budget]
price_per_part = 0.09
${setting.budget ?? ''}
[operator]
${setting.operator ?? ''}
[store]
path = "${setting.database ?? 'simpost.db'}"
`
}

/** A tty at a path that stays the same, as a udev link does. */
interface Socket {
  plugIn(): Promise<void>
  unplug(): Promise<void>
}

function modemSocket(modem: SimModem, tcpPort: number, link: string): Socket {
  let pty: Pty | null = null
  let holder: FileHandle | null = null
  return {
    async plugIn() {
      modem.plugIn()
      pty = await openPty(tcpPort)
      // A tty of a real modem outlives the program that used it; socat's would end with its last user.
      holder = await open(pty.path, constants.O_RDWR | constants.O_NOCTTY)
      await rm(link, { force: true })
      await symlink(pty.path, link)
    },
    async unplug() {
      modem.unplug()
      await holder?.close()
      await pty?.close()
      pty = null
      holder = null
    },
  }
}

/** Starts everything; resolves when the service has the modem and the mailbox. */
export async function startWorld(program: Program, setting: Setting = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'simpost-world-'))
  const office = await startOffice({
    authUsers: [anna, { name: 'sms', password: 'sms' }],
    ...setting.exim,
  })
  const modem = createSimModem({ number: box.number, ...setting.modem })
  const socket = modemSocket(modem, await modem.listen(), join(folder, 'modem'))
  const phones: PhoneSms[] = []
  modem.network.onPhoneSms((sms) => phones.push(sms))
  const config = join(folder, 'simpost.toml')
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, 'sms')
  await writeFile(config, configText(folder, office, setting))
  await socket.plugIn()

  const services: Service[] = []
  const service = (): Service => {
    const current = services.at(-1)
    if (current === undefined) throw new Error('the service was never started')
    return current
  }
  const startService = async (): Promise<void> => {
    services.push(program.start(['run', '--config', config], setting.environment?.(folder)))
    await service().logged(/modem-started/)
    await service().logged(/mailbox-open/)
  }
  const tryCli = (args: readonly string[], input?: string): Promise<Finished> =>
    program.run([...args, '--config', config], input)
  const world: World = {
    ...{ office, modem, phones, service, startService, tryCli, folder, passwordFile },
    ...questions({ tryCli, phones, office }),
    unplug: () => socket.unplug(),
    plugIn: () => socket.plugIn(),
    async logs() {
      const traffic = modem.log.slice(-60).map(({ direction, line }) => `${direction} ${line}`)
      const parts = [services.map((one) => one.log()).join('--- next service ---\n'), traffic.join('\n')]
      return [...parts, await office.exim.log()].join('\n--- modem, then Exim ---\n')
    },
    async close() {
      for (const one of services) await one.stop()
      await socket.unplug()
      await modem.close()
      await office.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await setting.earlier?.(office)
    await world.cli('binding', 'add', bob.mailbox, bob.number, '--alias', 'bob', '--name', bob.name)
    await startService()
  } catch (error) {
    const logs = await world.logs()
    await world.close()
    throw new Error(`the world did not start: ${error}\n${logs}`)
  }
  return world
}

type Questions = Pick<
  World,
  'cli' | 'json' | 'annaWrites' | 'phoneGot' | 'journal' | 'mailEntry' | 'settled' | 'inFolder'
>

function questions({ tryCli, phones, office }: Pick<World, 'tryCli' | 'phones' | 'office'>): Questions {
  const cli = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await tryCli(args)
    assert.equal(status, 0, `simpost ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const json = async <T>(...args: readonly string[]): Promise<T> =>
    JSON.parse(await cli(...args, '--json')) as T
  const journal = (what: string, fits: (entry: Entry) => boolean): Promise<Entry> =>
    eventually(`a journal entry: ${what}`, async () => {
      const entries = (await json<Entry[]>('message', 'list', '--limit', '200')).filter(fits)
      assert.ok(entries.length <= 1, `${entries.length} journal entries: ${what}`)
      return entries[0]
    })
  return {
    cli,
    json,
    journal,
    mailEntry: (subject) => journal(`the mail "${subject}"`, (entry) => entry.subject === subject),
    settled: (id, state) =>
      eventually(`message ${id} ${state}`, async () => {
        const entry = await json<Entry>('message', 'show', String(id))
        return entry.deliveries[0]?.state === state ? entry : undefined
      }),
    inFolder: (subject, folder) =>
      eventually(`"${subject}" in ${folder}`, async () => {
        const mails = await office.dovecot.mails('sms', folder)
        return mails.find((raw) => headerFields(raw, 'Subject')[0] === subject)
      }),
    async annaWrites(letter) {
      const id = `<${randomBytes(8).toString('hex')}@office.example>`
      await office.submit(
        { from: annaMailbox, ...letter, headers: { 'Message-ID': id, ...letter.headers } },
        asAnna,
      )
      return id
    },
    phoneGot: (number, earlier = 0) =>
      eventually(`an SMS on ${number}`, () => phones.filter(({ to }) => to === number)[earlier]),
  }
}

/** The one value of a header field; fails if it is missing or there are two. */
export function field(raw: string, name: string): string {
  const values = headerFields(raw, name)
  assert.equal(values.length, 1, `${name} of a mail: ${JSON.stringify(values)}`)
  return values[0] ?? ''
}

/** Body of a mail of one part, decoded. */
export function bodyOf(raw: string): string {
  const body = raw.slice(raw.search(/\r?\n\r?\n/)).replace(/^\r?\n\r?\n/, '')
  const encoding = headerFields(raw, 'Content-Transfer-Encoding')[0]?.toLowerCase()
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8').replace(/\r\n/g, '\n')
  if (encoding !== 'quoted-printable') return body
  const octets = body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(octets, 'latin1').toString('utf8').replace(/\r\n/g, '\n')
}

/** A test in a world that others use too; it shows the logs of the world when it fails. */
export function story(title: string, world: () => World, tell: () => Promise<void>): void {
  test(title, (t) => showingLogs(t, world(), tell))
}

/** A test in a world of its own, as `story`. */
export function storyOfItsOwn(
  title: string,
  program: () => Program,
  tell: (world: World) => Promise<void>,
  setting: Setting = {},
): void {
  test(title, async (t) => {
    const world = await startWorld(program(), setting)
    try {
      await showingLogs(t, world, () => tell(world))
    } finally {
      await world.close()
    }
  })
}

async function showingLogs(t: TestContext, world: World, tell: () => Promise<void>): Promise<void> {
  try {
    await tell()
  } catch (error) {
    for (const line of (await world.logs()).split('\n')) t.diagnostic(line)
    throw error
  }
}
