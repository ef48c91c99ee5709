// The wire between a tty and the simulated modem: socat connects to it, it hands the octets on, and lines of the modem lose octets on
// the way, as an overflowing UART loses them. Invariants: what is lost is whole octets of one line, never of +CMS ERROR, whose number
// has no second source: a refusal that reads as another one is nobody's mistake; commands to the modem arrive as they were sent.

import { createServer, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Random } from '../support/random.ts'

export interface FaultyLine {
  /** Where socat connects to. */
  readonly port: number
  /** Lines that lost something so far. */
  damaged(): number
  /** One line in so many loses octets; 0: none. */
  setRate(oneIn: number): void
  close(): Promise<void>
}

const octetsLostMax = 5
/** A loss begins within this many octets from the start of its line. */
const lossWithin = 40
/** Characters of a line behind which it can be told from others. */
const knownAfter = 6
const lineFeed = 0x0a
const carriageReturn = 0x0d

interface Loss {
  readonly at: number
  readonly count: number
}

function createDamage(random: Random, oneIn: () => number) {
  let line = ''
  let loss: Loss | null = null
  let hurt = false
  let damaged = 0
  const begin = (): void => {
    if (hurt) damaged += 1
    hurt = false
    line = ''
    const rate = oneIn()
    const hit = rate > 0 && random.below(rate) === 0
    loss = hit ? { at: random.below(lossWithin), count: 1 + random.below(octetsLostMax) } : null
  }
  const isLost = (octet: number): boolean => {
    if (loss === null || octet === carriageReturn) return false
    // What a line is must be known before it may be damaged.
    const from = line.startsWith('+') ? Math.max(loss.at, knownAfter) : loss.at
    return line.length >= from && line.length < from + loss.count && !line.startsWith('+CMS E')
  }
  return {
    damaged: () => damaged,
    /** What is left of octets of the modem. */
    pass(chunk: Buffer): Buffer {
      const kept: number[] = []
      for (const octet of chunk) {
        const lost = octet !== lineFeed && isLost(octet)
        if (octet === lineFeed) begin()
        else line += String.fromCharCode(octet)
        if (lost) hurt = true
        else kept.push(octet)
      }
      return Buffer.from(kept)
    },
  }
}

/** The modem's end of one connection. */
function modemEnd(socket: Socket, pass: (chunk: Buffer) => Buffer): Duplex {
  const end = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      if (socket.writable) socket.write(pass(chunk))
      done()
    },
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', (chunk: Buffer) => end.push(chunk))
  socket.on('close', () => end.destroy())
  socket.on('error', () => end.destroy())
  return end
}

/** @param attach takes the modem's end of each connection */
export async function openFaultyLine(random: Random, attach: (stream: Duplex) => void): Promise<FaultyLine> {
  let oneIn = 0
  const damage = createDamage(random, () => oneIn)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
    attach(modemEnd(socket, (chunk) => (oneIn === 0 ? chunk : damage.pass(chunk))))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    damaged: damage.damaged,
    setRate(rate) {
      oneIn = rate
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
