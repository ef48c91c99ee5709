// The world of the scenarios about the mailbox: Exim, Dovecot and the built service with a line that can be cut on each way between
// them (test/support/cut-proxy.ts), a simulated modem, and the accounts: every mail that asks for it is one SMS, once, and lies once in
// the done folder. Invariant: whatever a world starts ends with `close()`; nothing listens outside of 127.0.0.1.

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import type { Certificate } from '../support/certificate.ts'
import { type CutProxy, startCutProxy } from '../support/cut-proxy.ts'
import { type Dovecot, startDovecot } from '../support/dovecot.ts'
import { type Exim, startExim } from '../support/exim.ts'
import { eventually, type Program, type Service } from './program.ts'

export const authservId = 'mx.office.example'
const anna = 'anna@office.example'
const box = 'sms@office.example'
/** Everything is bridged within seconds; the limit is for a busy machine and the growing pauses between two connections. */
const bridgedLimitMs = 60_000

export interface MailboxWorld {
  /** Where the mailbox of the box lies. */
  readonly dovecot: Dovecot
  /** Where everybody else's mailboxes lie; Exim delivers here, and nothing ever happens to it. */
  readonly people: Dovecot
  readonly exim: Exim
  readonly modem: SimModem
  /** The service's line to Dovecot. */
  readonly imapLine: CutProxy
  /** The service's line to Exim. */
  readonly smtpLine: CutProxy
  /** Which certificates the service trusts, with TLS. */
  readonly caFile: string
  /** The running service; after a restart another one. */
  service(): Service
  startService(): Promise<void>
  /** Resolves when the next service watches the mailbox. */
  restartService(signal?: NodeJS.Signals): Promise<void>
  json<T>(...args: readonly string[]): Promise<T>
  /** Mails reach the INBOX by LMTP, as the office's server hands them over, and ask each for an SMS. */
  arrive(...ids: readonly string[]): Promise<void>
  /** Texts in the network, first words only. */
  bridged(): string[]
  /** Waits until these have become SMS, then a last one more; fails if any SMS is there twice, or one that is not among them. */
  onceEach(ids: readonly string[]): Promise<void>
  /** Fails unless the done folder holds each of these mails once and the INBOX none; waited for. */
  tidied(ids: readonly string[]): Promise<void>
  logs(): Promise<string>
  close(): Promise<void>
}

export interface MailboxSetting {
  /** Dovecot with this certificate, TLS from the first byte. */
  readonly tls?: Certificate
  /** Capabilities that the service does not see. */
  readonly hidden?: readonly string[]
  /** What happens before the service is started for the first time. */
  readonly earlier?: (world: Pick<MailboxWorld, 'dovecot' | 'arrive'>) => Promise<unknown>
}

/** A mail as it lies in the mailbox of the box, for the phone that its id stands for. */
export function letter(id: string, date = new Date(), subject = `[sms ${phoneOf(id)}] ${id}`): string {
  const fields = [
    `Authentication-Results: ${authservId}; dmarc=pass header.from=office.example`,
    `From: Anna <${anna}>`,
    `To: <${box}>`,
    `Subject: ${subject}`,
    `Message-ID: <${id}@office.example>`,
    `Date: ${date.toUTCString()}`,
    // A literal that is long enough to be cut in many places.
    `Comments: ${'and some more of it '.repeat(30)}`,
  ]
  return `${fields.join('\r\n')}\r\n\r\n${id} is the first word.\r\n`
}

/** The id of a mail that `letter` wrote. */
export const idOf = (raw: string): string => /^Message-ID: <(.*)@/m.exec(raw)?.[1] ?? ''

const phones = 40

function phoneOf(id: string): string {
  const sum = [...id].reduce((total, character) => (total * 31 + character.charCodeAt(0)) % 1_000_003, 7)
  return `+49170${5_550_000 + (sum % phones)}`
}

interface Ports {
  readonly modem: number
  readonly imap: number
  readonly smtp: number
}

const configText = ({ modem, imap, smtp }: Ports, tls: boolean): string => `[modem]
port = "tcp://127.0.0.1:${modem}"
number = "+4917000000001"
sms_per_minute = 0
[mail]
address = "${box}"
[mail.imap]
host = "127.0.0.1"
port = ${imap}
security = "${tls ? 'tls' : 'none'}"
${tls ? 'ca_file = "ca.pem"' : ''}
user = "sms"
password = "sms"
rescan = "2s"
[mail.smtp]
host = "127.0.0.1"
port = ${smtp}
security = "none"
[exchange]
fallback_mailbox = "${anna}"
pair_max = 100000
[trust]
senders = ["@office.example"]
authserv_id = "${authservId}"
[budget]
parts_per_day = 100000
[store]
path = "simpost.db"
`

interface Servers {
  readonly dovecot: Dovecot
  readonly people: Dovecot
  readonly exim: Exim
  readonly modem: SimModem
  readonly imapLine: CutProxy
  readonly smtpLine: CutProxy
  readonly folder: string
}

async function startServers({ tls, hidden }: MailboxSetting): Promise<Servers> {
  const users = ['sms', 'anna'].map((name) => ({ name, password: name }))
  const dovecot = await startDovecot({ users, ...(tls === undefined ? {} : { tls }) })
  const people = await startDovecot({ users })
  try {
    const { imapPort, imapsPort } = dovecot
    const { lmtpPort } = people
    const exim = await startExim({ domain: 'office.example', lmtpPort, authservId, authUsers: users })
    return {
      ...{ dovecot, people, exim },
      modem: createSimModem({ number: '+4917000000001' }),
      imapLine: await startCutProxy(imapsPort ?? imapPort, hidden),
      smtpLine: await startCutProxy(exim.port),
      folder: await mkdtemp(join(tmpdir(), 'simpost-mailbox-')),
    }
  } catch (error) {
    await dovecot.stop()
    await people.stop()
    throw error
  }
}

/** Starts everything; resolves when the service has the modem and the mailbox. */
export async function startMailboxWorld(
  program: Program,
  setting: MailboxSetting = {},
): Promise<MailboxWorld> {
  const servers = await startServers(setting)
  const { dovecot, people, exim, modem, imapLine, smtpLine, folder } = servers
  const ports = { modem: await modem.listen(), imap: imapLine.port, smtp: smtpLine.port }
  const config = join(folder, 'simpost.toml')
  const caFile = join(folder, 'ca.pem')
  await writeFile(config, configText(ports, setting.tls !== undefined), { mode: 0o600 })
  if (setting.tls !== undefined) await writeFile(caFile, setting.tls.certificate)
  const services: Service[] = []
  const service = (): Service => {
    const current = services.at(-1)
    if (current === undefined) throw new Error('the service was never started')
    return current
  }
  const startService = async (): Promise<void> => {
    services.push(program.start(['run', '--config', config]))
    await service().logged(/modem-started/)
    await service().logged(/mailbox-open/)
  }
  const world: MailboxWorld = {
    ...{ dovecot, people, exim, modem, imapLine, smtpLine, caFile, service, startService },
    ...accountsOf(servers),
    async restartService(signal = 'SIGTERM') {
      service().signal(signal)
      await service().ended
      await startService()
    },
    async json(...args) {
      const { status, stdout, stderr } = await program.run([...args, '--json', '--config', config])
      assert.equal(status, 0, `simpost ${args.join(' ')}: ${stderr}`)
      return JSON.parse(stdout)
    },
    async logs() {
      const parts = [services.map((one) => one.log()).join('--- next service ---\n')]
      return [...parts, await dovecot.log(), await exim.log()].join('\n--- Dovecot, then Exim ---\n')
    },
    async close() {
      for (const one of services) await one.stop()
      for (const line of [imapLine, smtpLine]) await line.close()
      await modem.close()
      await exim.stop()
      await dovecot.stop()
      await people.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await setting.earlier?.(world)
    await startService()
  } catch (error) {
    const logs = await world.logs()
    await world.close()
    throw new Error(`the world did not start: ${error}\n${logs}`)
  }
  return world
}

type Accounts = Pick<MailboxWorld, 'arrive' | 'bridged' | 'onceEach' | 'tidied'>

function accountsOf({ dovecot, modem }: Servers): Accounts {
  const arrive = async (...ids: readonly string[]): Promise<void> => {
    for (const id of ids) await dovecot.deliver(letter(id), anna, box)
  }
  const bridged = (): string[] => modem.network.sent.map(({ text }) => text.split(' ')[0] ?? '')
  let lasts = 0
  return {
    arrive,
    bridged,
    async onceEach(ids) {
      const missing = (): string[] => {
        const there = new Set(bridged())
        return ids.filter((id) => !there.has(id))
      }
      const all = () => (missing().length === 0 ? true : undefined)
      await eventually(`an SMS of each of ${ids.length} mails`, all, bridgedLimitMs).catch(async (error) => {
        const where = ['INBOX', 'Simpost'].map(async (name) => {
          const there = (await dovecot.mails('sms', name)).map(idOf)
          return `${name}: ${missing().filter((id) => there.includes(id))}`
        })
        throw new Error(`${error}; missing: ${missing()}; of these in ${await Promise.all(where)}`)
      })
      // What arrives afterwards is bridged afterwards: nothing is still on its way then.
      const last = `last${lasts++}`
      await arrive(last)
      await eventually('the last SMS', () => (bridged().includes(last) ? true : undefined), bridgedLimitMs)
      assert.deepEqual(
        bridged()
          .filter((id) => !id.startsWith('last'))
          .sort(),
        [...ids].sort(),
      )
    },
    async tidied(ids) {
      const wanted = new Set(ids)
      const left = async () =>
        (await visible(dovecot.maildir('sms'))).filter((id) => wanted.has(id) || id.startsWith('last'))
      const gone = async () => ((await left()).length === 0 ? true : undefined)
      await eventually('an INBOX without what was exchanged', gone, bridgedLimitMs).catch(async (error) => {
        throw new Error(`${error}; left: ${(await left()).slice(0, 20).join(' ')}`)
      })
      const done = (await dovecot.mails('sms', 'Simpost')).map(idOf).filter((id) => !id.startsWith('last'))
      assert.deepEqual(done.sort(), [...ids].sort(), 'mails in the done folder')
    },
  }
}

/** Ids of the mails in the INBOX without those marked \\Deleted (T in the name of a Maildir's file), which wait for their EXPUNGE. */
async function visible(maildir: string): Promise<string[]> {
  const files = (
    await Promise.all(
      ['new', 'cur'].map(async (part) =>
        (await readdir(join(maildir, part)).catch(() => [])).map((name) => join(maildir, part, name)),
      ),
    )
  ).flat()
  const shown = files.filter((file) => !/:2,[A-Za-z]*T/.test(file))
  // A file that is moved meanwhile is gone.
  return Promise.all(shown.map((file) => readFile(file, 'utf8').then(idOf, () => '')))
}

/** Tells a story in a world of its own; shows the logs of the world when it fails. */
export async function inMailboxWorld(
  program: Program,
  setting: MailboxSetting,
  tell: (world: MailboxWorld) => Promise<void>,
): Promise<void> {
  const world = await startMailboxWorld(program, setting)
  try {
    await tell(world)
  } catch (error) {
    process.stdout.write(`${(await world.logs()).split('\n').slice(-400).join('\n')}\n`)
    throw error
  } finally {
    await world.close()
  }
}
