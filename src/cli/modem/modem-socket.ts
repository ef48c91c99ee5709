// The command line's end of the control socket (daemon/control-protocol.ts). Invariant: every call ends, with its answer, with the
// service's error, or with MODEM_UNAVAILABLE when the service goes away.

import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ControlCall,
  type ControlCalls,
  type ControlError,
  type ControlReply,
  socketAddress,
  type TraceDirection,
} from '../../daemon/control-protocol.ts'
import { GatewayError } from '../../domain/errors.ts'

export interface ControlClient {
  call<Call extends ControlCall>(
    call: Call,
    wants: ControlCalls[Call]['wants'],
  ): Promise<ControlCalls[Call]['gives']>
  close(): void
}

export type HearTrace = (direction: TraceDirection, text: string) => void

interface Waiting {
  readonly resolve: (data: unknown) => void
  readonly reject: (error: Error) => void
}

function errorOf({ code, message, hint, retry }: ControlError): GatewayError {
  return new GatewayError(code, message, hint === null ? { retry } : { retry, hint })
}

const serviceEnded = (): GatewayError =>
  new GatewayError('MODEM_UNAVAILABLE', 'the service has ended', {
    retry: 'temporary',
    hint: 'simpost status',
  })

function openSocket(path: string): Promise<Socket> {
  const { address, close } = socketAddress(path)
  const socket = connect(address)
  return new Promise<Socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  }).finally(close)
}

/**
 * Connects to the running service.
 * @param hear is told what `trace` brings
 * @throws the error of node:net: ENOENT, ECONNREFUSED, EACCES
 */
export async function connectControl(
  path: string,
  hear: HearTrace = () => undefined,
): Promise<ControlClient> {
  const socket = await openSocket(path)
  const waiting = new Map<number, Waiting>()
  let ids = 0
  let unread = ''
  const endAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  const take = (reply: ControlReply): void => {
    if ('trace' in reply) return hear(...reply.trace)
    const one = reply.id === null ? undefined : waiting.get(reply.id)
    if (reply.id !== null) waiting.delete(reply.id)
    if (!('error' in reply)) one?.resolve(reply.data)
    else if (one === undefined) endAll(errorOf(reply.error))
    else one.reject(errorOf(reply.error))
  }
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = (unread + text).split('\n')
    unread = lines.pop() ?? ''
    for (const line of lines) take(JSON.parse(line) as ControlReply)
  })
  socket.on('error', () => undefined)
  socket.on('close', () => endAll(serviceEnded()))
  return {
    call: (call, wants) =>
      new Promise((resolve, reject) => {
        // While a person thought about a menu, say.
        if (socket.destroyed) return reject(serviceEnded())
        ids += 1
        waiting.set(ids, { resolve: resolve as Waiting['resolve'], reject })
        socket.write(`${JSON.stringify({ id: ids, call, ...(wants === null ? {} : { with: wants }) })}\n`)
      }),
    close: () => void socket.destroy(),
  }
}

/** A service that does not listen looks at its outbox by itself, some seconds later. */
const wakeLimitMs = 1000

/** Tells the running service that something may lie in its outbox; never fails, and takes a second at most. */
export async function wakeService(path: string): Promise<void> {
  const client = await connectControl(path).catch(() => undefined)
  if (client === undefined) return
  const answer = client.call('wake', null).catch(() => undefined)
  await Promise.race([answer, sleep(wakeLimitMs, undefined, { ref: false })])
  client.close()
}
