// The wire of the simulated modem: one byte stream at a time, given by a test or accepted on 127.0.0.1.
// Invariants: a second client is refused while one is there; what is written is sent in pieces of at most `chunkOctets`, in order.

import { createServer, type Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface PortHooks {
  /** A client is there. */
  opened(): void
  /** Bytes of the client, latin1. */
  input(text: string): void
  /** Octets per write. */
  chunkOctets(): number
  /** False: clients are refused. */
  usable(): boolean
}

export interface Port {
  /** Takes a stream as the line; the one before is closed. */
  attach(stream: Duplex): void
  /** Accepts TCP clients on 127.0.0.1; resolves with the port number. Rejects if the port is taken. */
  listen(port: number): Promise<number>
  write(text: string): void
  attached(): boolean
  /** Closes the line behind what was written. */
  drop(): void
  /** Closes line and server. */
  close(): Promise<void>
}

/** A TCP client gets RST instead of FIN: it sees at once that nobody is there. */
function refuse(stream: Duplex): void {
  if (stream instanceof Socket) stream.resetAndDestroy()
  else stream.end(() => stream.destroy())
}

interface PortState {
  readonly hooks: PortHooks
  /** Streams not closed yet, dropped ones included. */
  readonly open: Set<Duplex>
  stream: Duplex | undefined
  server: Server | undefined
  /** What is still to be written, in pieces. */
  pieces: Buffer[]
  sending: boolean
}

function sendNext(port: PortState): void {
  const piece = port.pieces.shift()
  port.sending = piece !== undefined
  if (piece === undefined) return
  if (port.stream?.writable === true) port.stream.write(piece)
  setImmediate(sendNext, port)
}

function write(port: PortState, text: string): void {
  if (port.stream?.writable !== true || text === '') return
  const octets = Buffer.from(text, 'latin1')
  const size = Math.min(port.hooks.chunkOctets(), octets.length)
  for (let at = 0; at < octets.length; at += size) port.pieces.push(octets.subarray(at, at + size))
  if (!port.sending) sendNext(port)
}

function drop(port: PortState): void {
  const { stream: dropped } = port
  port.stream = undefined
  const rest = Buffer.concat(port.pieces.splice(0))
  if (dropped === undefined || dropped.destroyed) return
  if (rest.length > 0 && dropped.writable) dropped.write(rest)
  dropped.end(() => dropped.destroy())
}

function attach(port: PortState, next: Duplex): void {
  if (!port.hooks.usable()) {
    refuse(next)
    return
  }
  drop(port)
  port.stream = next
  port.open.add(next)
  const leave = (): void => {
    if (port.stream === next) drop(port)
  }
  next.on('data', (chunk: Buffer | string) => {
    if (port.stream === next) port.hooks.input(typeof chunk === 'string' ? chunk : chunk.toString('latin1'))
  })
  next.on('close', () => {
    port.open.delete(next)
    leave()
  })
  next.on('end', leave)
  next.on('error', leave)
  port.hooks.opened()
}

function accept(port: PortState, socket: Socket): void {
  socket.on('error', () => {})
  socket.setNoDelay(true)
  if (port.stream === undefined) attach(port, socket)
  else refuse(socket)
}

async function listen(port: PortState, number: number): Promise<number> {
  const listening = createServer((socket) => accept(port, socket))
  port.server = listening
  await new Promise<void>((resolve, reject) => {
    listening.once('error', reject)
    listening.listen(number, '127.0.0.1', resolve)
  })
  const address = listening.address()
  return typeof address === 'object' && address !== null ? address.port : number
}

async function close(port: PortState): Promise<void> {
  const closing = port.server
  port.server = undefined
  port.stream = undefined
  port.pieces = []
  for (const each of port.open) each.destroy()
  if (closing?.listening === true) await new Promise<void>((resolve) => closing.close(() => resolve()))
}

export function createPort(hooks: PortHooks): Port {
  const empty = { stream: undefined, server: undefined, pieces: [], sending: false }
  const port: PortState = { hooks, open: new Set(), ...empty }
  return {
    attach: (stream) => attach(port, stream),
    listen: (number) => listen(port, number),
    write: (text) => write(port, text),
    drop: () => drop(port),
    close: () => close(port),
    attached: () => port.stream !== undefined,
  }
}
