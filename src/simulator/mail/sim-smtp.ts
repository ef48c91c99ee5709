// The SMTP receiver of the demo and of the tests (RFC 5321), on 127.0.0.1 only, without TLS; the only file that knows smtp-server.
// A test can script a fault for each step: a reply, a delay, a lost line, also after the final dot, where the client cannot know.
// Invariant: 250 is sent only after `onMail` has ended well, unless a fault says otherwise.

import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { format } from 'node:util'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'

const mailOctetsMax = 30 * 1024 * 1024
const logLinesMax = 5000
const recipientsMax = 100

export interface SmtpReply {
  /** Three digits. */
  readonly code: number
  /** With the enhanced status code in front, such as "5.1.1 No such user". */
  readonly text: string
}

/** Refuses a step; thrown by `onRecipient` and `onMail`. Any other error becomes 451. */
export class SmtpRefusal extends Error {
  override readonly name = 'SmtpRefusal'
  readonly responseCode: number

  constructor(reply: SmtpReply) {
    super(reply.text)
    this.responseCode = reply.code
  }
}

export interface SubmittedMail {
  /** Envelope sender; '' is the null sender. */
  readonly from: string
  readonly to: readonly string[]
  readonly raw: Buffer
  /** Who signed in; null without `users`. */
  readonly user: string | null
}

/** `data` is the moment after the final dot. */
export type SmtpStep = 'connect' | 'auth' | 'mail' | 'rcpt' | 'data'

export interface SmtpFault {
  readonly delayMs?: number
  /** Instead of the usual reply. 421 also closes. */
  readonly reply?: SmtpReply
  /** Closes the line without a reply. */
  readonly drop?: boolean
  /** Step `data`: the mail is taken although the client is told something else, or nothing. */
  readonly take?: boolean
  /** Only for this user (`auth`) or address (`mail`, `rcpt`); default: all. */
  readonly only?: string
}

export interface SmtpLogLine {
  /** Milliseconds since 1970. */
  readonly at: number
  /** "C: ..." or "S: ..."; passwords are not kept. */
  readonly line: string
}

export interface SimSmtpOptions {
  /** Default: nobody needs to sign in. */
  readonly users?: readonly { readonly user: string; readonly password: string }[]
  /** Throws SmtpRefusal for a recipient that it does not take. */
  readonly onRecipient?: (address: string) => void
  readonly onMail: (mail: SubmittedMail) => Promise<void> | void
}

interface Script {
  readonly step: SmtpStep
  readonly fault: SmtpFault
  left: number
}

export class SimSmtpServer {
  /** The newest lines of all connections. */
  readonly log: SmtpLogLine[] = []
  readonly #options: SimSmtpOptions
  readonly #passwords: Map<string, string>
  readonly #server: SMTPServer
  readonly #sockets = new Set<Socket>()
  readonly #stopped = new AbortController()
  #scripts: Script[] = []

  constructor(options: SimSmtpOptions) {
    this.#options = options
    this.#passwords = new Map(options.users?.map(({ user, password }) => [user, password]))
    const open = options.users === undefined
    const refuse = (done: (error: Error) => void) => (error: unknown) => done(asRefusal(error))
    this.#server = new SMTPServer({
      name: 'localhost',
      disableReverseLookup: true,
      disabledCommands: open ? ['AUTH', 'STARTTLS'] : ['STARTTLS'],
      authOptional: open,
      allowInsecureAuth: true,
      authRequiredMessage: '5.7.0 Authentication required',
      size: mailOctetsMax,
      rejectOversized: true,
      maxRecipients: recipientsMax,
      logger: this.#logger(),
      onConnect: (session, done) => {
        this.#step('connect', session, null).then(() => done(), refuse(done))
      },
      onAuth: (auth, session, done) => {
        const { username = '', password } = auth
        const check = async (): Promise<void> => {
          await this.#step('auth', session, username)
          if (password !== this.#passwords.get(username))
            throw new SmtpRefusal({ code: 535, text: '5.7.8 Wrong user or password' })
        }
        check().then(() => done(null, { user: username }), refuse(done))
      },
      onMailFrom: ({ address }, session, done) => {
        this.#step('mail', session, address).then(() => done(), refuse(done))
      },
      onRcptTo: ({ address }, session, done) => {
        this.#step('rcpt', session, address)
          .then(() => options.onRecipient?.(address))
          .then(() => done(), refuse(done))
      },
      onData: (stream, session, done) => {
        this.#receive(stream, session).then(() => done(null, '2.0.0 Taken'), refuse(done))
      },
    })
    this.#server.on('error', () => undefined)
    this.#server.server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** @param port 0 or absent: any free one. @returns the port on 127.0.0.1. Rejects if it is taken. */
  listen(port = 0): Promise<number> {
    const { server } = this.#server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        const address = server.address()
        resolve(address !== null && typeof address === 'object' ? address.port : port)
      })
    })
  }

  /** Stops listening and cuts every connection. */
  close(): Promise<void> {
    this.#stopped.abort()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.dropConnections()
    })
  }

  /** Cuts every connection; the server goes on listening. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** From now on only this password is right for the user. */
  setPassword(user: string, password: string): void {
    this.#passwords.set(user, password)
  }

  /**
   * Scripts a fault. The newest one for a step comes first.
   * @param times how often; default: until it is removed.
   * @returns a function that removes it.
   */
  script(step: SmtpStep, fault: SmtpFault, times = Number.POSITIVE_INFINITY): () => void {
    const entry: Script = { step, fault, left: times }
    this.#scripts.unshift(entry)
    return () => {
      this.#scripts = this.#scripts.filter((other) => other !== entry)
    }
  }

  #takeFault(step: SmtpStep, subject: string | null): SmtpFault {
    const entry = this.#scripts.find(
      ({ step: scripted, fault }) =>
        scripted === step && (fault.only === undefined || fault.only === subject),
    )
    if (entry === undefined) return {}
    entry.left--
    if (entry.left <= 0) this.#scripts = this.#scripts.filter((other) => other !== entry)
    return entry.fault
  }

  /** Performs the fault of a step, if there is one; `work` is what `take` does in spite of it. Never ends when the line is dropped. */
  async #step(
    step: SmtpStep,
    session: SMTPServerSession,
    subject: string | null,
    work?: () => Promise<void>,
  ): Promise<void> {
    const fault = this.#takeFault(step, subject)
    if (fault.delayMs !== undefined) await sleep(fault.delayMs, undefined, { signal: this.#stopped.signal })
    const troubled = fault.drop === true || fault.reply !== undefined
    if (!troubled || fault.take === true) await work?.()
    if (fault.drop === true) {
      for (const socket of this.#sockets) if (socket.remotePort === session.remotePort) socket.destroy()
      await new Promise(() => undefined)
    }
    if (fault.reply !== undefined) throw new SmtpRefusal(fault.reply)
  }

  async #receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const { mailFrom, rcptTo } = session.envelope
    const from = mailFrom === false ? '' : mailFrom.address
    const to = rcptTo.map(({ address }) => address)
    const user: string | null = typeof session.user === 'string' ? session.user : null
    const chunks: Buffer[] = []
    for await (const chunk of stream) if (!stream.sizeExceeded && Buffer.isBuffer(chunk)) chunks.push(chunk)
    if (stream.sizeExceeded) return
    const raw = Buffer.concat(chunks)
    await this.#step('data', session, null, async () => this.#options.onMail({ from, to, raw, user }))
  }

  #logger(): Record<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', (...parts: unknown[]) => void> {
    const ignore = (): void => undefined
    const debug = (_entry: unknown, text: unknown, ...values: unknown[]): void => {
      const line = format(text, ...values)
      if (!/^[CS]: /.test(line)) return
      this.log.push({ at: Date.now(), line })
      if (this.log.length > logLinesMax) this.log.splice(0, this.log.length - logLinesMax)
    }
    return { trace: ignore, debug, info: ignore, warn: ignore, error: ignore, fatal: ignore }
  }
}

function asRefusal(error: unknown): SmtpRefusal {
  if (error instanceof SmtpRefusal) return error
  return new SmtpRefusal({
    code: 451,
    text: `4.3.0 ${error instanceof Error ? error.message : 'Local error'}`,
  })
}

/** Makes a server; it does nothing before `listen`. */
export function createSimSmtpServer(options: SimSmtpOptions): SimSmtpServer {
  return new SimSmtpServer(options)
}
