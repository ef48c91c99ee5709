// A whole little mail provider for the demo and the tests: submitted mails (SMTP) land in the mailboxes that IMAP shows.
// Subaddresses "box+detail@domain" belong to box (RFC 5233); numbers at the number domain belong to a catch-all account (RFC 3191).
// Invariant: a mail that was accepted lies in the mailbox of each of its recipients; a recipient nobody knows is refused with 550 5.1.1.

import { domainOf, mailKey, splitPlus } from '../../domain/address.ts'
import type { ImapFeatures } from './imap-state.ts'
import { createSimImapServer, type SimImapServer } from './sim-imap.ts'
import { createSimMailbox, type SimMailbox } from './sim-mailbox.ts'
import { createSimSmtpServer, type SimSmtpServer, SmtpRefusal, type SubmittedMail } from './sim-smtp.ts'
import { authenticationResults, deliver, fromDomain, withoutForgedResults } from './trace-fields.ts'

interface WorldAccount {
  readonly address: string
  readonly password: string
  /** Name for signing in; default: the address. */
  readonly user?: string
}

export interface MailWorldOptions {
  readonly accounts: readonly WorldAccount[]
  /** Name that the border server writes into Authentication-Results. */
  readonly authservId: string
  /** "+491701234567@domain", "n491701234567@domain" and the like go to `address`, which must be an account. */
  readonly catchAll?: { readonly domain: string; readonly address: string }
  readonly capabilities?: Partial<ImapFeatures>
}

/** A mail as it lies in an INBOX. */
export interface WorldMail {
  readonly from: string
  /** The recipient as the sender wrote it, detail included. */
  readonly to: string
  readonly uid: number
  readonly raw: Buffer
}

interface Envelope {
  readonly from: string
  readonly to: string | readonly string[]
}

const numberAddress = /^(?:\+|00|n)\d[\d .()-]*$/i

export class MailWorld {
  readonly imap: SimImapServer
  readonly smtp: SimSmtpServer
  readonly #options: MailWorldOptions
  readonly #mailboxes: ReadonlyMap<string, SimMailbox>
  readonly #domains: ReadonlySet<string>
  readonly #handlers = new Map<string, Set<(mail: WorldMail) => void>>()

  constructor(options: MailWorldOptions) {
    this.#options = options
    const accounts = options.accounts.map(({ address, password, user = address }) => ({
      user,
      password,
      mailbox: createSimMailbox(address),
    }))
    this.#mailboxes = new Map(accounts.map(({ mailbox }) => [mailKey(mailbox.address), mailbox]))
    this.#domains = new Set(options.accounts.map(({ address }) => domainOf(address)))
    const { capabilities = {} } = options
    this.imap = createSimImapServer({ accounts, capabilities })
    this.smtp = createSimSmtpServer({
      users: accounts,
      onRecipient: (address) => this.#mailboxFor(address),
      onMail: (mail) => this.#submit(mail),
    })
  }

  /** Starts both servers on 127.0.0.1. Absent ports: any free ones. */
  async listen(
    ports: { readonly imap?: number; readonly smtp?: number } = {},
  ): Promise<{ imapPort: number; smtpPort: number }> {
    return { imapPort: await this.imap.listen(ports.imap), smtpPort: await this.smtp.listen(ports.smtp) }
  }

  async close(): Promise<void> {
    await Promise.all([this.imap.close(), this.smtp.close()])
  }

  /** The mailbox of an account. Throws RangeError if there is none. */
  mailbox(address: string): SimMailbox {
    const mailbox = this.#mailboxes.get(mailKey(address))
    if (mailbox === undefined) throw new RangeError(`there is no account ${address}`)
    return mailbox
  }

  /** Calls the handler for each mail that arrives in the INBOX of this account. @returns a function that ends it. */
  onMail(address: string, handler: (mail: WorldMail) => void): () => void {
    const key = mailKey(this.mailbox(address).address)
    const handlers = this.#handlers.get(key) ?? new Set()
    this.#handlers.set(key, handlers.add(handler))
    return () => handlers.delete(handler)
  }

  /**
   * Delivers a mail that came from elsewhere and whose From nobody can vouch for: dmarc=fail.
   * @returns the UID for each recipient. Throws SmtpRefusal if one is unknown.
   */
  injectFromOutside(raw: Buffer, envelope: Envelope): number[] {
    return this.#deliver(raw, envelope, 'fail')
  }

  #submit({ raw, from, to }: SubmittedMail): void {
    this.#deliver(raw, { from, to }, this.#domains.has(fromDomain(raw)) ? 'pass' : 'fail')
  }

  #deliver(raw: Buffer, { from, to }: Envelope, dmarc: 'pass' | 'fail'): number[] {
    const { authservId } = this.#options
    const clean = withoutForgedResults(raw, authservId)
    const fields = authenticationResults(authservId, dmarc, fromDomain(raw))
    const recipients = [to].flat().map((address) => ({ address, mailbox: this.#mailboxFor(address) }))
    return recipients.map(({ address, mailbox }) => {
      const copy = deliver(clean, { from, to: address, fields })
      const uid = mailbox.append('INBOX', copy)
      for (const handler of this.#handlers.get(mailKey(mailbox.address)) ?? [])
        handler({ from, to: address, uid, raw: copy })
      return uid
    })
  }

  #mailboxFor(address: string): SimMailbox {
    const { catchAll } = this.#options
    const local = address.slice(0, address.lastIndexOf('@'))
    const isNumber = domainOf(address) === catchAll?.domain.toLowerCase() && numberAddress.test(local)
    const mailbox =
      this.#mailboxes.get(mailKey(address)) ??
      this.#mailboxes.get(isNumber ? mailKey(catchAll?.address ?? '') : splitPlus(address).box)
    if (mailbox === undefined) throw new SmtpRefusal({ code: 550, text: `5.1.1 <${address}> No such user` })
    return mailbox
  }
}

/** Makes the provider; it does nothing before `listen`. */
export function createMailWorld(options: MailWorldOptions): MailWorld {
  return new MailWorld(options)
}
