// A mail server that takes everything at once (RFC 5321), for the soak: the simulator's greets after a tenth of a second, to catch
// clients that talk too early, and ten thousand mails would wait for that a quarter of an hour.

import { createServer, type Socket } from 'node:net'

export interface ReceivedMail {
  readonly to: string
  /** Latin-1, dots unstuffed. */
  readonly raw: string
}

export interface SmtpReceiver {
  readonly port: number
  close(): Promise<void>
}

const greeting = '220 localhost ESMTP'
const replies: Readonly<Record<string, string>> = {
  EHLO: '250-localhost\r\n250-AUTH PLAIN\r\n250 8BITMIME',
  AUTH: '235 2.7.0 Welcome',
  DATA: '354 Go on',
  QUIT: '221 2.0.0 Bye',
}

function serve(socket: Socket, onMail: (mail: ReceivedMail) => void): void {
  let input = ''
  let to = ''
  let inData = false
  const reply = (line: string): void => void socket.write(`${line}\r\n`)
  const take = (end: string, use: (text: string) => void): boolean => {
    const at = input.indexOf(end)
    if (at < 0) return false
    const text = input.slice(0, at)
    input = input.slice(at + end.length)
    use(text)
    return true
  }
  const mail = (raw: string): void => {
    inData = false
    onMail({ to, raw: `${raw.replace(/^\.\./gm, '.')}\r\n` })
    reply('250 2.0.0 Taken')
  }
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'RCPT') to = /<([^>]*)>/.exec(line)?.[1] ?? ''
    reply(replies[verb] ?? '250 2.0.0 OK')
    inData = verb === 'DATA'
    if (verb === 'QUIT') socket.end()
  }
  socket.setNoDelay(true)
  socket.setEncoding('latin1')
  socket.on('error', () => undefined)
  socket.on('data', (chunk: string) => {
    input += chunk
    while (inData ? take('\r\n.\r\n', mail) : take('\r\n', command));
  })
  reply(greeting)
}

/** Listens on 127.0.0.1 and hands every mail to `onMail` before it says 250. */
export async function startSmtpReceiver(onMail: (mail: ReceivedMail) => void): Promise<SmtpReceiver> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    serve(socket, onMail)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
