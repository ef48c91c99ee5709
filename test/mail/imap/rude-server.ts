// A server on loopback that says whatever a test wants, octet by octet, at any point of the dialogue; it waits while the line is full,
// so that a gigabyte costs this side nothing. What the test does not take over is answered as a small IMAP4rev1 server would.

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

export interface RudeLine {
  readonly socket: Socket
  /** The connection's number, from 1. */
  readonly number: number
  /** Resolves when the line took it; false: it is closed. */
  say(octets: string | Buffer): Promise<boolean>
}

/** Stands in for a command; `tag` and `text` as the client sent them. */
type Rudeness = (line: RudeLine, tag: string, text: string) => Promise<unknown> | unknown

export interface RudeServerOptions {
  /** In place of the greeting. */
  readonly greeting?: (line: RudeLine) => Promise<unknown> | unknown
  /** By the name of the command: "SELECT", "UID SEARCH". */
  readonly commands?: Readonly<Record<string, Rudeness>>
  readonly capabilities?: string
}

export interface RudeServer {
  readonly port: number
  connections(): number
  open(): number
}

const mail = 'From: a@office.example\r\nSubject: x\r\n\r\none\r\n'

const polite: Readonly<Record<string, Rudeness>> = {
  SELECT: ({ say }) => say('* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 1] x\r\n'),
  LIST: ({ say }) => say('* LIST () "/" INBOX\r\n* LIST () "/" Simpost\r\n'),
  STATUS: ({ say }) => say('* STATUS Simpost (UIDNEXT 1)\r\n'),
  'UID SEARCH': ({ say }) => say('* SEARCH 1\r\n'),
  'UID FETCH': ({ say }) =>
    say(`* 1 FETCH (UID 1 RFC822.SIZE ${mail.length} BODY[]<0> {${mail.length}}\r\n${mail})\r\n`),
}

export async function rudeServer(t: TestContext, options: RudeServerOptions): Promise<RudeServer> {
  const { greeting, commands = {}, capabilities = 'IMAP4rev1' } = options
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    const say = async (octets: string | Buffer): Promise<boolean> => {
      if (socket.destroyed) return false
      if (!socket.write(octets)) await drained(socket)
      return !socket.destroyed
    }
    const line: RudeLine = { socket, number: ++count, say }
    const answer = async (text: string): Promise<void> => {
      const [tag = '*', first = '', second = ''] = text.split(' ')
      const name = (first.toUpperCase() === 'UID' ? `UID ${second}` : first).toUpperCase()
      const rude = commands[name]
      if (rude !== undefined) return void (await rude(line, tag, text))
      if (name === 'CAPABILITY') await say(`* CAPABILITY ${capabilities}\r\n`)
      await polite[name]?.(line, tag, text)
      await say(`${tag} OK done\r\n`)
      if (name === 'LOGOUT') socket.end()
    }
    let rest = ''
    let turn = Promise.resolve()
    socket.setEncoding('latin1').on('data', (text) => {
      const lines = (rest + String(text)).split('\r\n')
      rest = lines.pop() ?? ''
      for (const one of lines) turn = turn.then(() => answer(one)).catch(() => {})
    })
    void (greeting === undefined ? say(`* OK [CAPABILITY ${capabilities}] ready\r\n`) : greeting(line))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => count,
    open: () => sockets.size,
  }
}

async function drained(socket: Socket): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => {})
  over.abort()
}

/** Says it again and again until the client has enough or so many octets are said. @returns how many were said */
export async function flood({ say }: RudeLine, octets: string | Buffer, most: number): Promise<number> {
  let said = 0
  while (said < most && (await say(octets))) said += octets.length
  return said
}
