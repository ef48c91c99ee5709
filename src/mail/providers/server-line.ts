// One connection to a server that speaks in lines, with TLS from the first byte or from STARTTLS on (RFC 8314, RFC 3207, RFC 9051 6.2.1).
// Invariants: certificates are verified; what came in clear text before the TLS handshake is thrown away, since anybody may have
// slipped it in; a server may not say more than the limit.

import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ServerPlace } from './srv-servers.ts'

/** A greeting and a list of capabilities have some hundred octets. */
const octetsMax = 65_536

export interface ServerLine {
  /** The next line without its end. Rejects if the connection ends, or the limit is passed. */
  read(): Promise<string>
  write(line: string): void
  /** The same connection with TLS from here on. Rejects if the certificate does not hold. */
  secured(): Promise<ServerLine>
  close(): void
}

export interface LineOptions {
  /** Certificates in PEM to trust instead of the well-known ones. */
  readonly ca: string | undefined
  /** Cuts the connection when it aborts. */
  readonly signal: AbortSignal
}

/** Connects. Rejects with node's error: no such host, refused, certificate. */
export async function openLine(place: ServerPlace, options: LineOptions): Promise<ServerLine> {
  const { host, port, security } = place
  const socket = security === 'tls' ? tls({ host, port }, place, options) : connectPlain({ host, port })
  await ready(socket, security === 'tls' ? 'secureConnect' : 'connect', options.signal)
  return lineOver(socket, place, options)
}

type Origin = { readonly host: string; readonly port: number } | { readonly socket: Socket }

function tls(origin: Origin, { host }: ServerPlace, { ca }: LineOptions): Socket {
  // An address is no server name (RFC 6066 3); the certificate is compared with the host in either case.
  return connectTls({
    ...origin,
    host,
    servername: host,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
  })
}

function ready(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  // An error after this work must find a listener, or the process dies.
  socket.on('error', () => undefined)
  signal.addEventListener('abort', () => socket.destroy(), { once: true })
  return new Promise((resolve, reject) => {
    socket.once(event, resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the server closed the connection')))
  })
}

function lineOver(socket: Socket, place: ServerPlace, options: LineOptions): ServerLine {
  let heard = ''
  let octets = 0
  let failure: Error | null = null
  let wake = (): void => undefined
  const take = (chunk: Buffer): void => {
    octets += chunk.length
    if (octets > octetsMax) fail(new Error(`the server said more than ${octetsMax / 1024} KiB`))
    else heard += chunk.toString('latin1')
    wake()
  }
  const fail = (error: Error): void => {
    failure ??= error
    socket.destroy()
    wake()
  }
  socket.on('data', take)
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  return {
    async read() {
      for (;;) {
        const end = heard.indexOf('\n')
        if (end >= 0) {
          const line = heard.slice(0, end).replace(/\r$/, '')
          heard = heard.slice(end + 1)
          return line
        }
        if (failure !== null) throw failure
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    write: (line) => void socket.write(`${line}\r\n`),
    async secured() {
      socket.off('data', take)
      const inner = tls({ socket }, place, options)
      await ready(inner, 'secureConnect', options.signal)
      return lineOver(inner, place, options)
    },
    close: () => socket.destroy(),
  }
}
