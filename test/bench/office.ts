// The office of the bench: the built service as a child process between the simulated modem and mail servers, which take everything at
// once, so that the times are the program's own. A message is timed from outside, by the simulators.

import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMailWorld, type MailWorld } from '../../src/simulator/mail/mail-world.ts'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { startService, stopService, until } from './process.ts'

export const box = 'sms@office.example'
/** Her mails become SMS, and what phones send goes to her. */
export const anna = 'anna@office.example'
export const bob = '+4917012345678'
export const customer = '+491709999999'
export const password = 'bench'
export const ownNumber = '+4917000000001'
const authservId = 'mx.office.example'

export interface Ports {
  /** The tty, or "tcp://host:port". */
  readonly modem: string
  readonly imap: number
  readonly smtp: number
}

/** A mail to the box that asks for one SMS of one part. */
export const letter = (id: string, text: string, number = bob): Buffer =>
  Buffer.from(
    `Delivered-To: ${box}\r\nAuthentication-Results: ${authservId}; dmarc=pass header.from=office.example\r\n` +
      `From: Anna <${anna}>\r\nTo: <${box}>\r\nSubject: [sms ${number}] ${id}\r\nMessage-ID: <${id}@office.example>\r\n` +
      `Date: ${new Date().toUTCString()}\r\n\r\n${text}\r\n`,
  )

/** @returns the text of a config whose database, bench.db, lies in the folder */
export const config = (folder: string, ports: Ports): string => `
[modem]
port = "${ports.modem}"
number = "${ownNumber}"
sms_per_minute = 0
[mail]
address = "${box}"
[mail.imap]
host = "127.0.0.1"
port = ${ports.imap}
security = "none"
user = "${box}"
password = "${password}"
[mail.smtp]
host = "127.0.0.1"
port = ${ports.smtp}
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
path = "${databaseIn(folder)}"
[log]
level = "error"
`

export const databaseIn = (folder: string): string => join(folder, 'bench.db')

export const mailServers = (): MailWorld =>
  createMailWorld({ accounts: [box, anna].map((address) => ({ address, password })), authservId })

export interface BenchOffice {
  readonly folder: string
  /** The config file, for commands beside the service. */
  readonly config: string
  readonly child: ChildProcess
  readonly modem: SimModem
  readonly world: MailWorld
  /** From the start of the process until modem and mailbox were watched. */
  readonly startMs: number
  /** When AT+CMGS came, in performance.now, one for each SMS. */
  readonly submits: readonly number[]
  /** When the phones had the SMS. */
  readonly accepted: readonly number[]
  /** When the submission server had taken the mails to Anna. */
  readonly mails: readonly number[]
  /** Puts a mail into the box. @returns milliseconds until AT+CMGS; resolves when the phone has it */
  mailToSms(id: string, number?: string): Promise<number>
  /** A phone sends an SMS. @returns milliseconds until the submission server has the mail */
  smsToMail(id: string, number?: string): Promise<number>
  close(): Promise<void>
}

export interface OfficeOptions {
  /** Makes the database, or a part of it, before the service starts. */
  readonly prepare?: (folder: string) => void
  /** More for the environment of the service. */
  readonly environment?: (folder: string) => Record<string, string>
}

/** Starts it on a folder of its own. */
export async function startOffice(program: string, options: OfficeOptions = {}): Promise<BenchOffice> {
  const { prepare = () => undefined, environment = () => ({}) } = options
  const folder = mkdtempSync(join(tmpdir(), 'simpost-bench-'))
  const modem = createSimModem({ number: ownNumber, reports: 'delivered' })
  const world = mailServers()
  const modemPort = await modem.listen()
  const { imapPort, smtpPort } = await world.listen()
  const file = join(folder, 'simpost.toml')
  const ports = { modem: `tcp://127.0.0.1:${modemPort}`, imap: imapPort, smtp: smtpPort }
  writeFileSync(file, config(folder, ports), { mode: 0o600 })
  prepare(folder)
  const { submits, accepted, mails } = watch(modem, world)
  const begun = performance.now()
  const child = startService(program, file, environment(folder))
  const close = async (): Promise<void> => {
    await stopService(child)
    await Promise.all([modem.close(), world.close()])
    rmSync(folder, { recursive: true, force: true })
  }
  const idles = () => world.imap.idling(box) > 0
  try {
    await until(
      () => idles() && modem.commands().some((line) => line.startsWith('AT+CMGL')),
      'the start of the service',
    )
  } catch (error) {
    await close()
    throw error
  }
  return {
    ...{ folder, config: file, child, modem, world, submits, accepted, mails, close },
    startMs: performance.now() - begun,
    mailToSms: async (id, number) => {
      await until(idles, 'IDLE')
      const before = submits.length
      const at = performance.now()
      world.mailbox(box).append('INBOX', letter(id, `hello ${id}`, number))
      await until(() => submits.length > before && accepted.length > before, `the SMS ${id}`)
      return (submits[before] ?? Number.NaN) - at
    },
    smsToMail: async (id, number = customer) => {
      const before = mails.length
      const at = performance.now()
      modem.network.phoneSends(number, `question ${id}`)
      await until(() => mails.length > before, `the mail ${id}`)
      return (mails[before] ?? Number.NaN) - at
    },
  }
}

/** Notes when SMS are submitted and taken, and when mails are. */
function watch(modem: SimModem, world: MailWorld) {
  const submits: number[] = []
  const accepted: number[] = []
  const mails: number[] = []
  modem.override('AT+CMGS', () => {
    submits.push(performance.now())
    return undefined
  })
  modem.network.onPhoneSms(() => accepted.push(performance.now()))
  world.onMail(anna, () => mails.push(performance.now()))
  return { submits, accepted, mails }
}
