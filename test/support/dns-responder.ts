// A DNS server for the tests (RFC 1035 4, RFC 2782): UDP on a free port of 127.0.0.1, a few records, and the faults of real servers.
// It answers MX and SRV questions only; names are compared in lower case.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

const headerOctets = 12
const typeMx = 15
const typeSrv = 33
const classInternet = 1
const responseCode = { ok: 0, servfail: 2, nxdomain: 3 } as const

export interface Mx {
  readonly priority: number
  readonly exchange: string
}

export interface Srv {
  readonly priority: number
  readonly weight: number
  readonly port: number
  /** '.': the service is not offered. */
  readonly target: string
}

/** What stands behind a name: records, or how the server fails. */
export type DnsAnswer =
  | { readonly mx: readonly Mx[] }
  | { readonly srv: readonly Srv[] }
  | 'servfail'
  | 'silent'
  | 'garbage'

export interface DnsResponder {
  /** "127.0.0.1:port". */
  readonly server: string
  /** Names that were asked for, with their type, in order: "MX office.test". */
  readonly asked: readonly string[]
  stop(): Promise<void>
}

/** Other names do not exist (NXDOMAIN). */
export async function startDnsResponder(zone: Readonly<Record<string, DnsAnswer>>): Promise<DnsResponder> {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (question, { port, address }) => {
    const { name, type, end } = questionIn(question)
    asked.push(`${type === typeMx ? 'MX' : type === typeSrv ? 'SRV' : type} ${name}`)
    const answer = zone[name]
    if (answer === 'silent') return
    const bytes = answer === 'garbage' ? garbage(question) : response(question.subarray(0, end), answer, type)
    socket.send(bytes, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    server: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    asked,
    stop: () => closed(socket),
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve))
}

function questionIn(message: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = []
  let at = headerOctets
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 }
}

/** The right id, and then nothing that is DNS. */
function garbage(question: Buffer): Buffer {
  return Buffer.concat([question.subarray(0, 2), Buffer.alloc(40, 0xff)])
}

function response(question: Buffer, answer: DnsAnswer | undefined, type: number): Buffer {
  const records = recordsOf(answer, type)
  const code =
    answer === 'servfail'
      ? responseCode.servfail
      : answer === undefined
        ? responseCode.nxdomain
        : responseCode.ok
  const head = Buffer.from(question)
  // A response, authoritative, recursion desired and available.
  head.writeUInt16BE(0x8580 | code, 2)
  head.writeUInt16BE(records.length, 6)
  head.writeUInt16BE(0, 8)
  head.writeUInt16BE(0, 10)
  return Buffer.concat([head, ...records])
}

function recordsOf(answer: DnsAnswer | undefined, type: number): Buffer[] {
  if (answer === undefined || typeof answer === 'string') return []
  if ('mx' in answer && type === typeMx)
    return answer.mx.map(({ priority, exchange }) =>
      record(type, Buffer.concat([numbers(priority), nameOctets(exchange)])),
    )
  if ('srv' in answer && type === typeSrv)
    return answer.srv.map(({ priority, weight, port, target }) =>
      record(type, Buffer.concat([numbers(priority, weight, port), nameOctets(target)])),
    )
  return []
}

function record(type: number, data: Buffer): Buffer {
  // The name is a pointer to the question (RFC 1035 4.1.4); it may be kept for 0 s.
  return Buffer.concat([numbers(0xc000 | headerOctets, type, classInternet, 0, 0, data.length), data])
}

function numbers(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 2)
  for (const [index, value] of values.entries()) out.writeUInt16BE(value, index * 2)
  return out
}

function nameOctets(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ])
}
