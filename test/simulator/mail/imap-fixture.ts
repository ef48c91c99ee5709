// A demo IMAP server with one account, and connections by hand that are signed in; everything ends with `stop`.

import assert from 'node:assert/strict'
import type { ImapFeatures } from '../../../src/simulator/mail/imap-state.ts'
import { createSimImapServer, type SimImapServer } from '../../../src/simulator/mail/sim-imap.ts'
import { createSimMailbox, type SimMailbox } from '../../../src/simulator/mail/sim-mailbox.ts'
import { Wire } from './imap-wire.ts'

const wires = new Set<Wire>()

export interface Fixture {
  readonly mailbox: SimMailbox
  readonly server: SimImapServer
  /** A new connection; signed in with INBOX selected unless `select` is false. */
  open(select?: boolean): Promise<Wire>
  stop(): Promise<void>
}

/** User "anna", password `päss"word`. */
export async function startFixture(capabilities: Partial<ImapFeatures> = {}): Promise<Fixture> {
  const mailbox = createSimMailbox('anna@office.example')
  const server = createSimImapServer({
    accounts: [{ user: 'anna', password: 'päss"word', mailbox }],
    capabilities,
  })
  const port = await server.listen()
  return {
    mailbox,
    server,
    open: async (select = true) => {
      const wire = new Wire(port)
      wires.add(wire)
      await wire.until('ready\r\n')
      if (!select) return wire
      const token = Buffer.from('\0anna\0päss"word').toString('base64')
      assert.match(await wire.ask(`a AUTHENTICATE PLAIN ${token}`), /^a OK/)
      assert.match(await wire.ask('b SELECT INBOX'), /^b OK \[READ-WRITE\]/m)
      return wire
    },
    stop: async () => {
      for (const wire of wires) wire.destroy()
      wires.clear()
      await server.close()
    },
  }
}

/** A mail from Anna of 5 January 2026. @param fields further header fields, each with CRLF. */
export function mail(subject: string, body = 'text', fields = ''): Buffer {
  return Buffer.from(
    `From: Anna <anna@office.example>\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\nSubject: ${subject}\r\n${fields}\r\n${body}\r\n`,
  )
}
