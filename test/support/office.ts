// The mail servers of a small office in one call: Exim in front of Dovecot, three users, a domain whose addresses are phone numbers.
// anna works there and may submit; sms is the box's mailbox; world gets whatever anna sends to any other domain.
// Invariant: a password here holds every kind of character that a configuration could take for its own syntax.

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { type Dovecot, type MailUser, startDovecot } from './dovecot.ts'
import { type Exim, type EximOptions, startExim } from './exim.ts'

export const anna = { name: 'anna', password: 'p: "ä" {$value} 1' }
export const asAnna: Login = { user: anna.name, pass: anna.password }
const deliveryMs = 10_000

export interface Login {
  readonly user: string
  readonly pass: string
}

export interface Letter {
  readonly from: string
  readonly to: string | readonly string[]
  readonly subject: string
  readonly headers?: Readonly<Record<string, string>>
  readonly text?: string
}

export interface Office {
  readonly dovecot: Dovecot
  readonly exim: Exim
  /** Sends with nodemailer in clear text; resolves with the server's last reply, rejects with nodemailer's error. */
  submit(letter: Letter, login: Login | null, method?: 'PLAIN' | 'LOGIN'): Promise<string>
  /** The one mail with this subject in the user's INBOX, waited for; throws if there are two, or none in 10 s. */
  arrived(user: string, subject: string): Promise<string>
  stop(): Promise<void>
}

/** `boxes` are further mailboxes, the rest changes Exim's settings. Throws what startDovecot and startExim throw. */
export async function startOffice({
  boxes = [],
  ...options
}: Partial<EximOptions> & { readonly boxes?: readonly MailUser[] } = {}): Promise<Office> {
  const users = [anna, { name: 'sms', password: 'sms' }, { name: 'world', password: 'world' }, ...boxes]
  const dovecot = await startDovecot({ users })
  const { lmtpPort } = dovecot
  const names = { domain: 'office.example', catchAll: { 'sms.office.example': 'sms' }, outside: 'world' }
  let exim: Exim
  try {
    exim = await startExim({ ...names, authUsers: [anna], lmtpPort, ...options })
  } catch (error) {
    await dovecot.stop()
    throw error
  }
  return {
    dovecot,
    exim,
    submit: (letter, login, method = 'PLAIN') =>
      submit(exim.port, letter, login === null ? {} : { auth: login, authMethod: method }),
    arrived: (user, subject) => arrived({ dovecot, exim }, user, subject),
    async stop() {
      await exim.stop()
      await dovecot.stop()
    },
  }
}

async function submit(
  port: number,
  letter: Letter,
  login: { auth?: Login; authMethod?: string },
): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true, ...login })
  try {
    const { response } = await transport.sendMail({ text: 'Hello.', ...letter, to: [letter.to].flat() })
    return response
  } finally {
    transport.close()
  }
}

async function arrived(
  { dovecot, exim }: Pick<Office, 'dovecot' | 'exim'>,
  user: string,
  subject: string,
): Promise<string> {
  const end = performance.now() + deliveryMs
  while (performance.now() < end) {
    const found = (await dovecot.mails(user)).filter((raw) => raw.includes(`\nSubject: ${subject}\n`))
    assert.ok(found.length <= 1, `${found.length} copies of "${subject}"`)
    if (found[0] !== undefined) return found[0]
    await sleep(20)
  }
  throw new Error(`"${subject}" did not reach ${user}; Exim's log:\n${await exim.log()}`)
}

/** Header fields of that name, top to bottom, unfolded. */
export function headerFields(raw: string, name: string): string[] {
  const head = raw.slice(0, raw.search(/\r?\n\r?\n/)).replace(/\r?\n[ \t]+/g, ' ')
  const wanted = `${name.toLowerCase()}:`
  return head
    .split(/\r?\n/)
    .filter((line) => line.toLowerCase().startsWith(wanted))
    .map((line) => line.slice(wanted.length).trim())
}

/** An SMTP client that sends what it is told, one line at a time. */
export function connectToSmtp(port: number): { expect(line: string | null, code: string): Promise<void> } {
  const socket = connect({ host: '127.0.0.1', port })
  const replies = socket.setEncoding('utf8')[Symbol.asyncIterator]()
  return {
    async expect(line, code) {
      if (line !== null) socket.write(`${line}\r\n`)
      let reply = ''
      while (!/^\d{3} .*\r\n$/m.test(reply)) {
        const { value, done } = await replies.next()
        assert.ok(!done, `closed after ${line ?? 'connect'}: ${reply}`)
        reply += value
      }
      assert.ok(reply.startsWith(code), `${line ?? 'connect'}: ${reply}`)
    },
  }
}
