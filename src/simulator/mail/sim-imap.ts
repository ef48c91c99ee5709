// The IMAP4rev1 server of the demo and of the tests (RFC 3501), in memory, on 127.0.0.1 only, without TLS.
// It keeps a bounded log of the dialogue and lets a test stand in for any command; imap-faults.ts holds the ready-made faults.

import { createServer, type Server } from 'node:net'
import { type ImapOverride, ImapSession } from './imap-session.ts'
import type { ImapAccount, ImapFeatures } from './imap-state.ts'

const logLinesMax = 5000
const logLineCharactersMax = 500
const connectionsMax = 100

export interface ImapLogLine {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Number of the connection, from 1. */
  readonly connection: number
  readonly from: 'client' | 'server'
  /** First line; the number of octets behind it, if any, in parentheses. Passwords are not kept. */
  readonly line: string
}

export interface SimImapOptions {
  readonly accounts: readonly ImapAccount[]
  /** Extensions to switch on or off. Default: all but CONDSTORE, QRESYNC, UTF8=ACCEPT and IMAP4rev2. */
  readonly capabilities?: Partial<ImapFeatures>
}

interface Override {
  readonly command: string
  readonly handler: ImapOverride
  /** How many more commands it takes. */
  left: number
}

const defaultFeatures: ImapFeatures = {
  idle: true,
  move: true,
  uidplus: true,
  condstore: false,
  keywords: true,
  namespace: true,
  id: true,
  enable: true,
  specialUse: true,
  unselect: true,
  children: true,
  plain: true,
  saslIr: true,
  literalPlus: true,
  qresync: false,
  utf8: false,
  rev2: false,
}

export class SimImapServer {
  /** The newest lines of all connections. */
  readonly log: ImapLogLine[] = []
  readonly #accounts: Map<string, ImapAccount>
  readonly #features: ImapFeatures
  readonly #sessions = new Set<ImapSession>()
  readonly #server: Server
  #overrides: Override[] = []
  #connections = 0

  constructor(options: SimImapOptions) {
    this.#accounts = new Map(options.accounts.map((account) => [account.user, account]))
    this.#features = { ...defaultFeatures, ...options.capabilities }
    this.#server = createServer({ noDelay: true }, (socket) => {
      const connection = ++this.#connections
      const session = new ImapSession(socket, {
        features: this.#features,
        account: (user, password) => {
          const account = this.#accounts.get(user)
          return account?.password === password ? account : null
        },
        takeOverride: (name) => this.#takeOverride(name),
        record: (from, text) => this.#record(connection, from, text),
      })
      this.#sessions.add(session)
      socket.once('close', () => this.#sessions.delete(session))
    })
    this.#server.maxConnections = connectionsMax
  }

  /** @param port 0 or absent: any free one. @returns the port on 127.0.0.1. Rejects if it is taken. */
  listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject)
        const address = this.#server.address()
        resolve(address !== null && typeof address === 'object' ? address.port : port)
      })
    })
  }

  /** Stops listening and cuts every connection. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.dropConnections()
    })
  }

  /** Cuts every connection without BYE; the server goes on listening. */
  dropConnections(): void {
    for (const session of this.#sessions) session.destroy()
  }

  /** How many connections there are, or those of one user. */
  connections(user?: string): number {
    return [...this.#sessions].filter((session) => user === undefined || session.user === user).length
  }

  /** How many connections (of one user) are in IDLE and would hear of a new mail at once. */
  idling(user?: string): number {
    return [...this.#sessions].filter(
      (session) => session.idling && (user === undefined || session.user === user),
    ).length
  }

  /** From now on only this password is right for the user; connections that are signed in stay. */
  setPassword(user: string, password: string): void {
    const account = this.#accounts.get(user)
    if (account !== undefined) this.#accounts.set(user, { ...account, password })
  }

  /**
   * Puts a handler in place of a command. The newest override of a command comes first.
   * @param command as "IDLE" or "UID MOVE"; "*" for every command.
   * @param times how many commands it takes; default: all until it is removed.
   * @returns a function that removes it.
   */
  override(command: string, handler: ImapOverride, times = Number.POSITIVE_INFINITY): () => void {
    const entry: Override = { command: command.toUpperCase(), handler, left: times }
    this.#overrides.unshift(entry)
    return () => {
      this.#overrides = this.#overrides.filter((other) => other !== entry)
    }
  }

  #takeOverride(name: string): ImapOverride | undefined {
    const entry = this.#overrides.find(({ command }) => command === name || command === '*')
    if (entry === undefined) return undefined
    entry.left--
    if (entry.left <= 0) this.#overrides = this.#overrides.filter((other) => other !== entry)
    return entry.handler
  }

  #record(connection: number, from: 'client' | 'server', text: string): void {
    const end = text.indexOf('\r\n')
    const line = (end < 0 ? text : text.slice(0, end)).slice(0, logLineCharactersMax)
    const behind = end < 0 ? 0 : text.length - end - 2
    this.log.push({
      at: Date.now(),
      connection,
      from,
      line: behind > 0 ? `${line} (+${behind} octets)` : line,
    })
    if (this.log.length > logLinesMax) this.log.splice(0, this.log.length - logLinesMax)
  }
}

/** Makes a server; it does nothing before `listen`. */
export function createSimImapServer(options: SimImapOptions): SimImapServer {
  return new SimImapServer(options)
}
