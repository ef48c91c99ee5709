// A line between a client and a server of a test that can be cut at any octet: a TCP proxy on 127.0.0.1 that counts what passes in each
// direction. A cut hands on exactly the octets before it, then resets both sides, as a NAT box or a pulled cable ends a connection.
// Invariant: an octet that was handed on to a side arrives there: that side's line is only ended once it was written out.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Direction = 'to-server' | 'to-client'

export interface Cut {
  readonly direction: Direction
  /** Octets pass until this has been seen in one connection (latin1, within 4 KiB of text); default: from now on. */
  readonly mark?: RegExp
  /** Octets of this direction that still pass after the mark; 0 cuts right behind it; Infinity cuts nothing and only tells that it was seen. */
  readonly octets: number
}

export interface CutProxy {
  readonly port: number
  /** Octets handed on so far, over all connections. */
  passed(direction: Direction): number
  /** Connections that clients have made so far. */
  connections(): number
  /** Cuts once, in whichever connection fulfils it first; resolves when it happened. Several may be planned. */
  plan(cut: Cut): Promise<void>
  /** How many planned cuts have happened. */
  cuts(): number
  /** Resets all connections at once. */
  cutNow(): void
  close(): Promise<void>
}

const tailChars = 4096

interface Planned extends Cut {
  readonly done: () => void
}

interface Line {
  readonly ends: readonly [Socket, Socket]
  readonly tails: Record<Direction, string>
  /** A cut whose mark was seen, and the octets that still pass. */
  armed: { cut: Planned; left: number } | null
}

/** @returns octets of `chunk` that pass, up to where a planned cut ends the line; null: all pass */
function cutIn(line: Line, chunk: Buffer, direction: Direction, planned: Set<Planned>): number | null {
  const earlier = line.tails[direction]
  const text = earlier + chunk.toString('latin1')
  line.tails[direction] = text.slice(-tailChars)
  let from = 0
  if (line.armed === null)
    for (const cut of planned) {
      if (cut.direction !== direction) continue
      const end = cut.mark === undefined ? earlier.length : endOf(text, cut.mark, earlier.length)
      if (end === null) continue
      planned.delete(cut)
      if (cut.octets === Number.POSITIVE_INFINITY) {
        cut.done()
        continue
      }
      line.armed = { cut, left: cut.octets }
      from = end - earlier.length
      break
    }
  if (line.armed === null || line.armed.cut.direction !== direction) return null
  const rest = chunk.length - from
  if (rest > line.armed.left) return from + line.armed.left
  // Exactly all of it: whatever comes next is beyond the cut, but nothing may come.
  if (rest === line.armed.left) return chunk.length
  line.armed.left -= rest
  return null
}

/** Where the first match ends that reaches beyond `old`, what was looked at before. */
function endOf(text: string, mark: RegExp, old: number): number | null {
  for (const match of text.matchAll(new RegExp(mark.source, `${mark.flags.replace('g', '')}g`))) {
    const end = match.index + match[0].length
    if (end > old) return end
  }
  return null
}

/** Writes what may pass, then resets both ends. */
function cutOff(line: Line, to: Socket, octets: Buffer): void {
  const reset = (): void => {
    for (const end of line.ends) end.resetAndDestroy()
  }
  // A reset throws away what the kernel has not sent yet, so the receiver gets its octets first and a moment later the end.
  if (octets.length === 0) reset()
  else to.write(octets, () => to.end(() => setTimeout(reset, 20)))
}

/** The same number of octets, so that nothing else about the line changes. */
function without(hidden: readonly string[], chunk: Buffer): Buffer {
  const text = chunk.toString('latin1')
  if (!text.includes('CAPABILITY ')) return chunk
  const shown = hidden.reduce((line, name) => line.replaceAll(` ${name}`, ` X${name.slice(1)}`), text)
  return Buffer.from(shown, 'latin1')
}

/**
 * Starts the proxy in front of a port of 127.0.0.1.
 * @param hidden IMAP capabilities that the client must not see, such as MOVE; only on a line without TLS
 */
export async function startCutProxy(serverPort: number, hidden: readonly string[] = []): Promise<CutProxy> {
  const lines = new Set<Line>()
  const planned = new Set<Planned>()
  const passed: Record<Direction, number> = { 'to-server': 0, 'to-client': 0 }
  const counts = { connections: 0, cuts: 0 }
  const server = createServer((client) => {
    counts.connections += 1
    const upstream = connect({ port: serverPort, host: '127.0.0.1' })
    const line: Line = { ends: [client, upstream], tails: { 'to-server': '', 'to-client': '' }, armed: null }
    lines.add(line)
    let over = false
    const forward = (from: Socket, to: Socket, direction: Direction): void => {
      from.on('data', (received: Buffer) => {
        if (over) return
        const chunk = direction === 'to-client' ? without(hidden, received) : received
        const limit = cutIn(line, chunk, direction, planned)
        const octets = limit === null ? chunk : chunk.subarray(0, limit)
        passed[direction] += octets.length
        if (limit === null) return void to.write(octets)
        over = true
        cutOff(line, to, octets)
        counts.cuts += 1
        line.armed?.cut.done()
      })
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        lines.delete(line)
        if (!over) to.destroy()
      })
    }
    forward(client, upstream, 'to-server')
    forward(upstream, client, 'to-client')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const cutNow = (): void => {
    for (const { ends } of lines) for (const end of ends) end.resetAndDestroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    passed: (direction) => passed[direction],
    connections: () => counts.connections,
    plan: (cut) => new Promise((done) => planned.add({ ...cut, done })),
    cuts: () => counts.cuts,
    cutNow,
    async close() {
      server.close()
      cutNow()
      await once(server, 'close')
    },
  }
}
