// The real service as a child process under the touch shim, between the simulated modem (behind a pty, so that the real serialport
// opens it) and the simulated mail servers, with its files on a memory file system where there is one: its syncs then cost nothing.
// Invariants: whatever a box starts ends with `close()`; simulators outlive the service, as a network outlives a power cut.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { constants, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMailWorld, type MailWorld } from '../../src/simulator/mail/mail-world.ts'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import type { PhoneSms } from '../../src/simulator/modem/sim-phones.ts'
import { buildTouchShim, TouchControl, touchEnvironment } from '../crash/touch-shim.ts'
import { buildProgram, type Service } from '../scenario/program.ts'
import { openPty } from '../support/pty.ts'
import type { Files } from './file-history.ts'

export const anna = 'anna@office.example'
export const boxNumber = '+4917000000001'
const boxMailbox = 'sms@office.example'
const numberDomain = 'sms.office.example'
const password = 'power'
const authservId = 'mx.office.example'
const memoryFileSystem = '/dev/shm'

/** A new empty folder, in memory where that is possible. */
export function makeFolder(): string {
  return mkdtempSync(join(existsSync(memoryFileSystem) ? memoryFileSystem : tmpdir(), 'simpost-power-'))
}

/** Puts these files in place of those that are there. A socket stays, as on a real disk. */
export function layFiles(folder: string, files: Files): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile()) rmSync(join(folder, entry.name))
  for (const [name, octets] of files) writeFileSync(join(folder, name), octets, { mode: 0o600 })
}

export interface Letter {
  /** Default: Anna. */
  readonly from?: string
  /** To this phone, without a tag, by an address that names it; default: to the box's own mailbox. */
  readonly phone?: string
  readonly subject: string
  readonly text: string
  /** Octets of a file that hangs on it. */
  readonly fileOctets?: number
}

export interface Box {
  readonly modem: SimModem
  readonly mails: MailWorld
  /** Complete messages that reached phones, in order. */
  readonly phones: readonly PhoneSms[]
  /** Holds the database and what lies beside it, and nothing else. */
  readonly storeFolder: string
  readonly config: string
  readonly control: TouchControl
  /** PDUs that AT+CMGD was sent for, in order. */
  readonly deleted: readonly string[]
  /** Starts the service. */
  start(log: string): Service
  /** Starts the service and resolves when it has the modem and the mailbox. */
  startUp(log: string): Promise<Service>
  /** Runs a command beside the service; its touches come into the same log. Fails unless it exits with 0. */
  cli(log: string, ...args: readonly string[]): Promise<string>
  /** A mail arrives in the box's mailbox; its Message-ID is made of its subject. */
  mailComes(letter: Letter): void
  /** Mails in a mailbox. */
  inbox(address: string): readonly string[]
  /** True while the modem's store, the network or INBOX hold something for the box. */
  hasWork(): boolean
  close(): Promise<void>
}

interface Place {
  readonly storeFolder: string
  readonly tty: string
  readonly imap: number
  readonly smtp: number
}

const configText = ({ storeFolder, tty, imap, smtp }: Place): string => `[modem]
port = "${tty}"
number = "${boxNumber}"
sms_per_minute = 0
[mail]
address = "${boxMailbox}"
[mail.imap]
host = "127.0.0.1"
port = ${imap}
security = "none"
user = "${boxMailbox}"
password = "${password}"
[mail.smtp]
host = "127.0.0.1"
port = ${smtp}
security = "none"
[exchange]
fallback_mailbox = "${anna}"
number_domain = "${numberDomain}"
pair_max = 100000
pass_mail = "redirect"
[trust]
senders = ["@office.example"]
authserv_id = "${authservId}"
[budget]
parts_per_day = 100000
[store]
path = "${join(storeFolder, 'simpost.db')}"
`

function letterOctets({ from = anna, phone, subject, text, fileOctets = 0 }: Letter): Buffer {
  const to = phone === undefined ? boxMailbox : `${phone}@${numberDomain}`
  const id = subject.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  const line = `${'A'.repeat(76)}\r\n`
  const file = `Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${line.repeat(fileOctets / 57)}`
  return Buffer.from(
    `Delivered-To: ${to}\r\nAuthentication-Results: ${authservId}; dmarc=pass header.from=office.example\r\n` +
      `From: <${from}>\r\nTo: <${to}>\r\nSubject: ${subject}\r\nMessage-ID: <${id}@office.example>\r\n` +
      `Date: ${new Date().toUTCString()}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n${text}\r\n` +
      `${fileOctets === 0 ? '' : `--b\r\n${file}`}--b--\r\n`,
  )
}

/** The tty of a real modem outlives the program that used it; socat's ends with its last user, so the test is one. */
async function plugIn(modem: SimModem): Promise<{ readonly tty: string; unplug(): Promise<void> }> {
  const pty = await openPty(await modem.listen())
  const holder = await open(pty.path, constants.O_RDWR | constants.O_NOCTTY)
  return {
    tty: pty.path,
    unplug: async () => {
      await holder.close()
      await pty.close()
    },
  }
}

/** Remembers which PDU lies where AT+CMGD strikes. */
function watchDeletions(modem: SimModem): readonly string[] {
  const deleted: string[] = []
  modem.override('+CMGD', (command) => {
    const index = Number(/=(\d+)/.exec(command)?.[1])
    deleted.push(modem.storage('SM').get(index)?.pdu ?? 'nothing')
    return undefined
  })
  return deleted
}

export async function openBox(): Promise<Box> {
  const folder = makeFolder()
  const storeFolder = join(folder, 'store')
  mkdirSync(storeFolder, { mode: 0o700 })
  const [program, shim] = await Promise.all([buildProgram(), buildTouchShim()])
  const modem = createSimModem({ number: boxNumber })
  const mails = createMailWorld({
    accounts: [anna, boxMailbox].map((address) => ({ address, password })),
    authservId,
    catchAll: { domain: numberDomain, address: boxMailbox },
  })
  const { imapPort, smtpPort } = await mails.listen()
  const line = await plugIn(modem)
  const config = join(folder, 'simpost.toml')
  writeFileSync(config, configText({ storeFolder, tty: line.tty, imap: imapPort, smtp: smtpPort }), {
    mode: 0o600,
  })
  const control = new TouchControl(join(folder, 'control'))
  const phones: PhoneSms[] = []
  modem.network.onPhoneSms((sms) => phones.push(sms))
  const services: Service[] = []
  const launch = (log: string, args: readonly string[]): Service =>
    program.start(
      [...args, '--config', config],
      touchEnvironment({ shim, folder: storeFolder, control: control.file, log }),
    )
  const start = (log: string): Service => {
    const service = launch(log, ['run'])
    services.push(service)
    return service
  }
  return {
    ...{ modem, mails, phones, storeFolder, config, control, start },
    deleted: watchDeletions(modem),
    startUp: async (log) => {
      const service = start(log)
      await service.logged(/modem-started/)
      await service.logged(/mailbox-open/)
      return service
    },
    cli: async (log, ...args) => {
      const command = launch(log, args)
      assert.equal(await command.ended, 0, `simpost ${args.join(' ')}: ${command.log()}`)
      return command.log()
    },
    mailComes: (letter) => void mails.mailbox(boxMailbox).append('INBOX', letterOctets(letter)),
    inbox: (address) =>
      mails
        .mailbox(address)
        .messages('INBOX')
        .map(({ raw }) => raw.toString('latin1')),
    hasWork: () =>
      modem.storage('SM').list().length > 0 ||
      mails.mailbox(boxMailbox).messages('INBOX').length > 0 ||
      modem.network.waiting.length > 0,
    close: async () => {
      for (const service of services) {
        service.signal('SIGKILL')
        await service.ended
      }
      await line.unplug()
      await Promise.all([modem.close(), mails.close(), program.remove()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
