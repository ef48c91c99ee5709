// The door through which `simpost modem ...` reaches the modem that the running service has open, and every command that changes
// something wakes the service (control-protocol.ts).
// Invariants: no client can hurt the service: what comes is bounded in size and number, what is not understood is answered with an
// error, who does not read is dropped. A client's commands queue up behind the service's own; a USSD menu ends with its client.

import { chownSync, lstatSync, statSync, unlinkSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { GatewayError, messageOf } from '../domain/errors.ts'
import { log } from '../log.ts'
import { refuseDangerous } from '../modem/at/dangerous-commands.ts'
import type { GsmModem } from '../modem/gsm-modem.ts'
import type { SmsPlace } from '../modem/stored-sms.ts'
import {
  type ControlCall,
  type ControlReply,
  socketAddress,
  type TraceDirection,
} from './control-protocol.ts'

export interface ControlOptions {
  /** Where the socket is made. What an earlier service left there is removed: the caller holds the lock of the database. */
  readonly path: string
  /** The modem of the moment; null: there is none. */
  readonly modem: () => GsmModem | null
  /** Calls `hear` for every line to and from the modem. @returns how to end that */
  readonly listen: (hear: (direction: TraceDirection, text: string) => void) => () => void
  /** Wakes whatever looks at the outbox. */
  readonly wake: () => void
}

const clientsMax = 8
/** Characters of one request; a PDU has 500. */
const requestMax = 4096
const requestsWaitingMax = 16
/** Octets that may wait for a client that reads slowly. */
const writeBytesMax = 1_048_576
/** Read and write for the owner only. */
const ownerOnly = 0o177

interface Request {
  readonly id: number
  readonly call: ControlCall
  readonly with: Readonly<Record<string, unknown>>
}

const usage = (message: string): GatewayError => new GatewayError('USAGE', message)

/** @throws GatewayError USAGE */
function readRequest(line: string): Request {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw usage('a request is one line of JSON')
  }
  const { id, call, with: wanted = {} } = (value ?? {}) as Readonly<Record<string, unknown>>
  if (typeof id !== 'number' || typeof call !== 'string' || typeof wanted !== 'object' || wanted === null)
    throw usage('a request has an id (a number), a call (a word) and, where the call wants it, "with"')
  return { id, call: call as ControlCall, with: wanted as Request['with'] }
}

function textOf({ with: wanted }: Request, key: string): string {
  const value = wanted[key]
  if (typeof value !== 'string') throw usage(`"${key}" is a text`)
  return value
}

function placeOf(request: Request): SmsPlace {
  const index = request.with.index
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0) throw usage('"index" is a number')
  const storage = textOf(request, 'storage')
  // It becomes a part of a command line: no quote, no CR.
  if (!/^[A-Z_]{2,6}$/.test(storage)) throw usage('"storage" is the name of a message store')
  return { index, storage, pdu: textOf(request, 'pdu') }
}

const noModem = (): GatewayError =>
  new GatewayError('MODEM_UNAVAILABLE', 'the service has no modem at the moment', {
    retry: 'temporary',
    hint: 'simpost status says why',
  })

function errorReply(id: number | null, error: unknown): ControlReply {
  if (!(error instanceof GatewayError)) log.error('control-defect', { error: messageOf(error) })
  const known = error instanceof GatewayError ? error : new GatewayError('INTERNAL', messageOf(error))
  const { code, message, hint = null, retry } = known
  return { id, error: { code, message, hint, retry } }
}

class Client {
  readonly #socket: Socket
  readonly #options: ControlOptions
  #unread = ''
  #waiting = 0
  #work: Promise<void> = Promise.resolve()
  #deaf: (() => void) | null = null
  /** The modem on which this client has a USSD menu open. */
  #menu: GsmModem | null = null

  constructor(socket: Socket, options: ControlOptions) {
    this.#socket = socket
    this.#options = options
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => this.#take(text))
    // A client that has said all gets its answers.
    socket.on('end', () => void this.#work.then(() => socket.end()))
    socket.on('error', () => undefined)
    socket.on('close', () => this.#gone())
  }

  end(): void {
    this.#socket.destroy()
  }

  #gone(): void {
    this.#deaf?.()
    this.#menu
      ?.cancelUssd()
      .catch((error: unknown) => log.warn('ussd-not-ended', { error: messageOf(error) }))
  }

  #take(text: string): void {
    const lines = (this.#unread + text).split('\n')
    this.#unread = lines.pop() ?? ''
    for (const line of lines) this.#queue(line)
    if (this.#unread.length > requestMax) this.#dismiss('a request is longer than allowed')
  }

  #queue(line: string): void {
    if (this.#socket.destroyed || line.trim() === '') return
    if (line.length > requestMax) return this.#dismiss('a request is longer than allowed')
    if (this.#waiting >= requestsWaitingMax) return this.#dismiss('too many requests wait')
    this.#waiting += 1
    this.#work = this.#work.then(async () => {
      this.#reply(await this.#answer(line))
      this.#waiting -= 1
    })
  }

  #dismiss(why: string): void {
    this.#unread = ''
    this.#reply(errorReply(null, usage(why)))
    this.#socket.destroySoon()
  }

  async #answer(line: string): Promise<ControlReply> {
    let id: number | null = null
    try {
      // What a client has asked for and is not there to hear is not done.
      if (this.#socket.destroyed) throw usage('the client is gone')
      const request = readRequest(line)
      id = request.id
      return { id, data: (await this.#do(request)) ?? null }
    } catch (error) {
      return errorReply(id, error)
    }
  }

  #do(request: Request): unknown {
    const modem = this.#options.modem()
    const { call } = request
    if (call === 'info') return modem?.state() ?? null
    if (call === 'trace') {
      this.#deaf ??= this.#options.listen((direction, text) => this.#reply({ trace: [direction, text] }))
      return null
    }
    if (call === 'wake') return this.#options.wake()
    if (modem === null) throw noModem()
    switch (call) {
      case 'ask': {
        const line = textOf(request, 'line')
        refuseDangerous(line, { force: request.with.force === true, besideService: true })
        return modem.ask(line)
      }
      case 'ussd':
        return this.#ussd(modem, textOf(request, 'code'))
      case 'cancelUssd':
        this.#menu = null
        return modem.cancelUssd()
      case 'stores':
        return modem.stores()
      case 'deleteStored':
        return modem.deleteStored(placeOf(request))
      default:
        throw usage(`there is no call "${String(call).slice(0, 40)}"`)
    }
  }

  async #ussd(modem: GsmModem, code: string): Promise<unknown> {
    const answer = await modem.ussd(code)
    this.#menu = answer.state === 'wants-answer' ? modem : null
    if (this.#socket.destroyed) this.#gone()
    return answer
  }

  #reply(reply: ControlReply): void {
    if (this.#socket.destroyed || !this.#socket.writable) return
    if (this.#socket.writableLength > writeBytesMax) this.#socket.destroy()
    else this.#socket.write(`${JSON.stringify(reply)}\n`)
  }
}

/** Removes the socket that a dead service left. Throws for anything else that lies there. */
function clearWay(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there === undefined) return
  if (!there.isSocket()) throw new Error(`${path} is in the way and no socket`)
  unlinkSync(path)
}

function open(server: Server, path: string, address: string): Promise<void> {
  clearWay(path)
  const opened = new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  // The socket is made within this call, so that nobody else reaches it before its mode is right.
  const before = process.umask(ownerOnly)
  try {
    server.listen(address)
  } finally {
    process.umask(before)
  }
  return opened
}

/** A service that root runs must not lock out the user to whom the folder belongs. */
function giveToOwnerOfFolder(path: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(dirname(path))
  chownSync(path, uid, gid)
}

/** Serves clients until the signal aborts. Without a socket the service goes on, and the log says so. */
export async function serveControl(options: ControlOptions, signal: AbortSignal): Promise<void> {
  const clients = new Set<Client>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const client = new Client(socket, options)
    clients.add(client)
    socket.on('close', () => clients.delete(client))
  })
  server.maxConnections = clientsMax
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  try {
    const { address, close } = socketAddress(options.path)
    await open(server, options.path, address)
    giveToOwnerOfFolder(options.path)
    server.on('error', (error) => log.warn('control-socket', { error: messageOf(error) }))
    await ended
    for (const client of clients) client.end()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    close()
  } catch (error) {
    const consequence = 'simpost modem ... cannot reach the modem while the service uses it'
    log.warn('control-socket-missing', { path: options.path, error: messageOf(error), consequence })
    await ended
  }
}
