// An SMTP server of a few lines for what a real one never does: an EHLO without STARTTLS, words in the clear behind its "220 go ahead",
// TLS 1.1, a reply of another server's making. It listens on 127.0.0.1, keeps every line it was sent, and takes every mail.

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createSecureContext, createServer as createTlsServer, type SecureVersion, TLSSocket } from 'node:tls'
import type { Certificate } from '../../support/certificate.ts'

export interface Script {
  /** Lines of the reply to EHLO, before and after STARTTLS. */
  readonly offers?: readonly string[]
  readonly certificate?: Certificate
  /** TLS from the first byte. */
  readonly implicitTls?: boolean
  readonly newestTls?: SecureVersion
  /** Said in the clear in the packet of the reply to STARTTLS. */
  readonly injected?: string
  /** Replies in place of "250 ok", by the first word of the command; `.` is the end of the mail. An empty one: silence. */
  readonly replies?: Readonly<Record<string, string>>
  /** A MAIL FROM or RCPT TO that matches is answered with 555, whatever EHLO offered. */
  readonly refusedParameter?: RegExp
}

export interface ScriptedSmtp {
  readonly port: number
  /** Every line, in order; those in the clear begin with "clear: ". */
  readonly lines: readonly string[]
  /** Lines that stand. */
  readonly open: () => number
}

/** Starts the server; it ends with the test. */
export async function startScriptedSmtp(t: TestContext, script: Script): Promise<ScriptedSmtp> {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const hear = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  }
  const { certificate } = script
  const secrets = { cert: certificate?.certificate, key: certificate?.key, ...tlsOf(script) }
  const onSocket = (socket: Socket): void => {
    hear(socket)
    talk(socket, { script, lines, secrets, hear })
  }
  const server = script.implicitTls ? createTlsServer(secrets, onSocket) : createServer(onSocket)
  server.on('tlsClientError', () => undefined)
  server.on('connection', hear)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    lines,
    open: () => [...sockets].filter((socket) => !socket.destroyed).length,
  }
}

function tlsOf({ newestTls }: Script) {
  if (newestTls === undefined) return {}
  return { minVersion: 'TLSv1' as const, maxVersion: newestTls, ciphers: 'DEFAULT@SECLEVEL=0' }
}

interface Talk {
  readonly script: Script
  readonly lines: string[]
  readonly secrets: Parameters<typeof createSecureContext>[0]
  readonly hear: (socket: Socket) => void
}

function talk(socket: Socket, { script, lines, secrets, hear }: Talk): void {
  const { offers = [], replies = {}, injected = '', refusedParameter } = script
  const isClear = !(socket instanceof TLSSocket)
  let inMail = false
  let rest = ''
  const onLine = (line: string): void => {
    lines.push(isClear ? `clear: ${line}` : line)
    const word = line.split(/[ :]/, 1)[0]?.toUpperCase() ?? ''
    if (inMail) {
      if (line !== '.') return
      inMail = false
      socket.write(`${replies['.'] ?? '250 2.0.0 taken'}\r\n`)
    } else if (word === 'STARTTLS' && isClear) {
      socket.removeAllListeners('data')
      socket.write(`220 go ahead\r\n${injected}`)
      const secured = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(secrets) })
      hear(secured)
      talkOn(secured)
    } else if (word === 'EHLO')
      socket.write(
        ['localhost', ...offers]
          .map((offer, at) => `250${at === offers.length ? ' ' : '-'}${offer}\r\n`)
          .join(''),
      )
    else if (replies[word] === '') return
    else if (refusedParameter?.test(line) === true && /^(?:MAIL|RCPT)$/.test(word))
      socket.write('555 5.5.4 unsupported option\r\n')
    else {
      inMail = word === 'DATA' && replies.DATA === undefined
      socket.write(`${replies[word] ?? (inMail ? '354 go' : '250 ok')}\r\n`)
    }
  }
  const talkOn = (secured: TLSSocket): void => talk(secured, { script, lines, secrets, hear })
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    const all = (rest + chunk).split('\r\n')
    rest = all.pop() ?? ''
    for (const line of all) onLine(line)
  })
  if (isClear || script.implicitTls) socket.write('220 localhost\r\n')
}
