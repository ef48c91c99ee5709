// The others at a mailbox, for the bench: clients of their own that read, flag and move mails while the service watches the same folder
// (RFC 9051). Plain lines over a socket, because only the server's work counts. Invariant: `stop()` ends all connections.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Random } from '../support/random.ts'

export interface MailLoad {
  /** Commands that were answered so far. */
  readonly done: () => number
  stop(): Promise<void>
}

interface LoadOptions {
  readonly port: number
  readonly user: string
  readonly password: string
  readonly clients: number
  /** Mails are asked for by their place in the folder, 1 to this. */
  readonly mails: number
  readonly random: Random
}

/** Sends one command and resolves with its tagged answer. */
async function ask(socket: Socket, tag: string, command: string): Promise<string> {
  let heard = ''
  const answer = new Promise<string>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      // The tagged answer is the last line; the texts before it are not kept.
      heard = (heard + chunk.toString('latin1')).slice(-2000)
      const tagged = new RegExp(`(^|\\n)${tag} (.*)\\r\\n$`).exec(heard)
      if (tagged === null) return
      end()
      resolve(tagged[2] ?? '')
    }
    const gone = (): void => {
      end()
      reject(new Error('the line was closed'))
    }
    const end = (): void => {
      socket.off('data', look)
      socket.off('close', gone)
    }
    socket.on('data', look)
    socket.once('close', gone)
  })
  socket.write(`${tag} ${command}\r\n`)
  return answer
}

const commands = (place: number): readonly string[] => [
  `FETCH ${place} (FLAGS BODY.PEEK[])`,
  `FETCH ${place}:${place + 20} (FLAGS ENVELOPE)`,
  `STORE ${place} +FLAGS (\\Flagged)`,
  `STORE ${place} -FLAGS (\\Flagged)`,
  `MOVE ${place} Elsewhere`,
]

async function work(
  socket: Socket,
  { user, password, mails, random }: LoadOptions,
  count: () => void,
): Promise<void> {
  await ask(socket, 'a', `LOGIN ${user} ${password}`)
  await ask(socket, 'b', 'CREATE Elsewhere')
  await ask(socket, 'c', 'SELECT INBOX')
  for (let number = 0; ; number += 1) {
    await ask(socket, `d${number}`, random.pick(commands(1 + random.below(mails))))
    count()
  }
}

/** Begins at once. */
export async function startMailLoad(options: LoadOptions): Promise<MailLoad> {
  let done = 0
  const sockets = Array.from({ length: options.clients }, () =>
    connect({ port: options.port, host: '127.0.0.1' }).on('error', () => undefined),
  )
  await Promise.all(sockets.map((socket) => once(socket, 'data')))
  const count = (): void => {
    done += 1
  }
  const works = sockets.map((socket) => work(socket, options, count).catch(() => undefined))
  return {
    done: () => done,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(works)
    },
  }
}
