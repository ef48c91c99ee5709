// The IMAP simulator with one mailbox, an intake and watchers of it, all ended when the test ends.

import type { TestContext } from 'node:test'
import {
  createImapInbox,
  createInboxMemory,
  type ImapInbox,
  type ImapInboxOptions,
  type InboxMemory,
} from '../../../src/mail/imap/imap-inbox.ts'
import { passwordCredential } from '../../../src/mail/sign-in/credential.ts'
import { type SimImapOptions, SimImapServer } from '../../../src/simulator/mail/sim-imap.ts'
import { createSimMailbox, type SimMailbox } from '../../../src/simulator/mail/sim-mailbox.ts'
import { MemoryIntake, realClock, until } from '../mail-support.ts'

export interface Bench {
  readonly server: SimImapServer
  readonly mailbox: SimMailbox
  readonly intake: MemoryIntake
  readonly memory: InboxMemory
  inbox(change?: Partial<ImapInboxOptions>): ImapInbox
  /** Starts a watcher and waits until it watches. */
  watch(
    change?: Partial<ImapInboxOptions>,
  ): Promise<{ inbox: ImapInbox; stop: () => Promise<void>; ended: Promise<unknown> }>
}

export async function bench(
  t: TestContext,
  capabilities: NonNullable<SimImapOptions['capabilities']> = {},
): Promise<Bench> {
  const mailbox = createSimMailbox('sms@office.example')
  const server = new SimImapServer({ accounts: [{ user: 'sms', password: 'secret', mailbox }], capabilities })
  const port = await server.listen()
  const stops: (() => Promise<unknown>)[] = []
  t.after(async () => {
    for (const stop of stops) await stop()
    await server.close()
  })
  const intake = new MemoryIntake()
  const memory = createInboxMemory()
  const inbox = (change: Partial<ImapInboxOptions> = {}): ImapInbox =>
    createImapInbox({
      host: '127.0.0.1',
      port,
      security: 'none',
      user: 'sms',
      credential: passwordCredential(() => 'secret'),
      folder: 'INBOX',
      doneFolder: 'Simpost',
      rescanMs: 60_000,
      clock: realClock(),
      intake,
      memory,
      ...change,
    })
  const watch = async (change: Partial<ImapInboxOptions> = {}) => {
    const one = inbox(change)
    const stopper = new AbortController()
    const ended = one.run(stopper.signal).catch((error: unknown) => error)
    const stop = async (): Promise<void> => {
      stopper.abort()
      await ended
    }
    stops.push(stop)
    await until(() => one.state().phase === 'watching' || one.state().phase === 'closed')
    return { inbox: one, stop, ended }
  }
  return { server, mailbox, intake, memory, inbox, watch }
}
