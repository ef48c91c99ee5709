// One connection to the demo IMAP server: sign-in, one command at a time, IDLE, and the hook by which a test puts itself in place of a
// command (RFC 3501 6.1, 6.2; SASL PLAIN of RFC 4616 with SASL-IR of RFC 4959; IDLE of RFC 2177; ID of RFC 2971; ENABLE of RFC 5161).
// Invariants: answers come in the order of the commands; untagged updates are sent only between commands and in IDLE.

import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { commands, featureOf } from './imap-commands.ts'
import { ImapRefusal, nstring, type Token, textOf, tokenize } from './imap-grammar.ts'
import { ImapLines } from './imap-lines.ts'
import { capabilityLine, type ImapAccount, type ImapFeatures, type ImapState } from './imap-state.ts'

const strangerOctetsMax = 8 * 1024
const commandOctetsMax = 50 * 1024 * 1024

/** One command as an override sees it. */
interface ImapCall {
  readonly tag: string
  /** Upper case, with UID in front where it was sent: "UID MOVE". */
  readonly name: string
  /** The whole command, literals in place, latin1. */
  readonly line: string
  /** Aborts when the connection is closed. */
  readonly signal: AbortSignal
  /** Does what the server would do, and answers. */
  run(): Promise<void>
  /** Does what the server would do, but hands the answer over instead of sending it. Not for IDLE, which has no end. */
  capture(): Promise<string>
  /** Sends octets (latin1) as they are. */
  send(octets: string): void
  /** Sends nothing unasked until this command ends. */
  mute(): void
  /** Closes the connection after what was sent so far. */
  cut(): void
  wait(ms: number): Promise<void>
}

/** Stands in for a command; whoever does not call `run` must answer with the tag, or leave the client waiting on purpose. */
export type ImapOverride = (call: ImapCall) => Promise<void> | void

export interface SessionHost {
  readonly features: ImapFeatures
  account(user: string, password: string): ImapAccount | null
  takeOverride(name: string): ImapOverride | undefined
  record(from: 'client' | 'server', text: string): void
}

export class ImapSession {
  readonly #socket: Socket
  readonly #host: SessionHost
  readonly #state: ImapState
  readonly #closed = new AbortController()
  readonly #lines: string[] = []
  #busy = false
  #waiting: ((line: string) => void) | null = null
  #idling = false
  #muted = false
  #captured: string[] | null = null
  #stopListening: (() => void) | null = null

  constructor(socket: Socket, host: SessionHost) {
    this.#socket = socket
    this.#host = host
    const send = (line: string): void => this.#out(`* ${line}`)
    this.#state = {
      features: host.features,
      account: null,
      view: null,
      condstore: false,
      enabled: new Set(),
      send,
    }
    const lines = new ImapLines({
      literalPlus: host.features.literalPlus,
      commandOctetsMax: () => (this.#state.account === null ? strangerOctetsMax : commandOctetsMax),
      onLiteralWait: () => this.#out('+ Ready'),
      onCommand: (line) => this.#onLine(line),
      onOverflow: (reason) => this.#bye(reason),
    })
    socket.on('data', (chunk) => lines.push(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#closed.abort(new Error('connection closed'))
      this.#stopListening?.()
    })
    send(`OK [${capabilityLine(host.features)}] Simpost demo server ready`)
  }

  get user(): string | null {
    return this.#state.account?.user ?? null
  }

  /** In IDLE, and able to hear of changes. */
  get idling(): boolean {
    return this.#idling && !this.#muted
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #out(line: string): void {
    if (this.#captured !== null) this.#captured.push(`${line}\r\n`)
    else this.#write(`${line}\r\n`)
  }

  #write(octets: string): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return
    this.#host.record('server', octets)
    this.#socket.write(octets, 'latin1')
  }

  #bye(reason: string): void {
    this.#write(`* BYE ${reason}\r\n`)
    this.#socket.end()
  }

  #onLine(line: string): void {
    const secret = /^(\S+ +(?:LOGIN|AUTHENTICATE +\S+))\b/i.exec(line)?.[1]
    const shown = this.#waiting !== null && !this.#idling ? '***' : line
    this.#host.record('client', secret === undefined ? shown : `${secret} ***`)
    const waiting = this.#waiting
    this.#waiting = null
    if (waiting !== null) waiting(line)
    else {
      this.#lines.push(line)
      void this.#drain()
    }
  }

  async #drain(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
      try {
        await this.#perform(line)
      } catch (error) {
        if (!this.#closed.signal.aborted) this.#bye(`[SERVERBUG] ${String(error)}`)
      }
      this.#muted = false
      if (this.#socket.destroyed || this.#socket.writableEnded) break
    }
    this.#busy = false
  }

  async #perform(line: string): Promise<void> {
    const found = /^([^\s(){%*"\\+]+) +((?:UID +)?[A-Z]+)(?= |$)/i.exec(line)
    const tag = found?.[1] ?? '*'
    if (found === null) return this.#out(`${tag} BAD A command is a tag, a space and a name`)
    const name = (found[2] ?? '').toUpperCase().replace(/ +/, ' ')
    const run = (): Promise<void> => this.#execute(tag, name, line.slice(found[0].length))
    const override = this.#host.takeOverride(name)
    if (override === undefined) return run()
    await override({
      tag,
      name,
      line,
      run,
      signal: this.#closed.signal,
      send: (octets) => this.#write(octets),
      mute: () => {
        this.#muted = true
      },
      cut: () => this.#socket.end(),
      wait: async (ms) => sleep(ms, undefined, { signal: this.#closed.signal }),
      capture: async () => {
        const captured: string[] = []
        this.#captured = captured
        await run().finally(() => {
          this.#captured = null
        })
        return captured.join('')
      },
    })
  }

  async #execute(tag: string, name: string, rest: string): Promise<void> {
    let result: string
    try {
      result = `OK ${await this.#answer(name, tokenize(rest))}`
    } catch (error) {
      if (error instanceof ImapRefusal) result = `${error.status} ${error.message}`
      else if (error instanceof RangeError) result = `NO ${error.message}`
      else throw error
    }
    this.#update(!/^(FETCH|STORE|SEARCH)$/.test(name))
    this.#out(`${tag} ${result}`)
    if (name === 'LOGOUT') this.#socket.end()
  }

  async #answer(name: string, args: readonly Token[]): Promise<string> {
    const feature = featureOf[name]
    if (feature !== undefined && !this.#state.features[feature])
      throw new ImapRefusal('BAD', `Unknown command ${name}`)
    if (name === 'LOGIN') return this.#signIn(textOf(args[0], 'user'), textOf(args[1], 'password'))
    if (name === 'AUTHENTICATE') return this.#authenticate(args)
    if (name === 'IDLE') return this.#idle()
    if (name === 'LOGOUT') {
      this.#state.send('BYE Good bye')
      return 'LOGOUT completed'
    }
    const command = commands.get(name)
    if (command === undefined) throw new ImapRefusal('BAD', `Unknown command ${name}`)
    return command(this.#state, args)
  }

  /** The next line of the client, which is no command. */
  #nextLine(): Promise<string> {
    const { signal } = this.#closed
    return new Promise((resolve, reject) => {
      const closed = (): void => reject(signal.reason)
      signal.addEventListener('abort', closed, { once: true })
      this.#waiting = (line) => {
        signal.removeEventListener('abort', closed)
        resolve(line)
      }
    })
  }

  async #authenticate(args: readonly Token[]): Promise<string> {
    const { plain, saslIr } = this.#state.features
    if (!saslIr && args.length > 1) throw new ImapRefusal('BAD', 'There is no SASL-IR here')
    if (!plain || textOf(args[0], 'mechanism').toUpperCase() !== 'PLAIN')
      throw new ImapRefusal('NO', 'Unsupported mechanism')
    let response = args[1] === undefined ? null : textOf(args[1], 'initial response')
    if (response === null) {
      this.#out('+ ')
      response = await this.#nextLine()
    }
    const [, user, password] = Buffer.from(response, 'base64').toString('latin1').split('\0')
    if (user === undefined || password === undefined) throw new ImapRefusal('BAD', 'Invalid SASL response')
    return this.#signIn(user, password)
  }

  #signIn(user: string, password: string): string {
    if (this.#state.account !== null) throw new ImapRefusal('BAD', 'Signed in already')
    const [name, secret] = [user, password].map((text) => Buffer.from(text, 'latin1').toString())
    const account = this.#host.account(name ?? '', secret ?? '')
    if (account === null) throw new ImapRefusal('NO', '[AUTHENTICATIONFAILED] Wrong user or password')
    this.#state.account = account
    this.#stopListening = account.mailbox.onChange((folder, change) => {
      if (this.#state.view?.folder !== folder) return
      if (change === 'gone') this.#bye(`The folder ${nstring(folder.name)} was rebuilt or deleted`)
      else if (this.idling) this.#update(true)
    })
    return `[${capabilityLine(this.#host.features)}] Signed in`
  }

  async #idle(): Promise<string> {
    if (this.#state.account === null) throw new ImapRefusal('BAD', 'Sign in first')
    this.#out('+ idling')
    this.#idling = true
    if (!this.#muted) this.#update(true)
    const line = await this.#nextLine().finally(() => {
      this.#idling = false
    })
    if (line.toUpperCase() !== 'DONE') throw new ImapRefusal('BAD', 'IDLE ends with DONE')
    return 'IDLE completed'
  }

  #update(expunges: boolean): void {
    const lines = this.#state.view?.updates(expunges, this.#state.condstore) ?? []
    for (const line of lines) this.#state.send(line)
  }
}
