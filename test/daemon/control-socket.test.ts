// The control socket and clients that mean no good, do not know better, or vanish. The modem behind it is the simulated one on a pty.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { connectControl, wakeService } from '../../src/cli/modem/modem-socket.ts'
import type { ControlReply } from '../../src/daemon/control-protocol.ts'
import { serveControl } from '../../src/daemon/control-socket.ts'
import { configureLog } from '../../src/log.ts'
import type { GsmModem } from '../../src/modem/gsm-modem.ts'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { eventually, type ModemBench, startBench } from '../modem/bench.ts'
import { realClock } from '../modem/clocks.ts'
import { openPty, type Pty } from '../support/pty.ts'

let folder: string
let path: string
let sim: SimModem
let pty: Pty
let bench: ModemBench
let modem: GsmModem | null
let stop: AbortController
let served: Promise<void>
let hearers: Set<(direction: 'to' | 'from', text: string) => void>
let logged: string[]
let woken: number

beforeEach(async () => {
  logged = []
  woken = 0
  configureLog('warn', (line) => logged.push(line))
  folder = mkdtempSync(join(tmpdir(), 'simpost-control-'))
  path = join(folder, 'box.db.control')
  sim = createSimModem({ ussd: { '*101#': { text: 'menu', mode: 1 } } })
  pty = await openPty(await sim.listen())
  hearers = new Set()
  bench = startBench(pty.path, {
    clock: realClock,
    trace: (direction, text) => {
      for (const hear of hearers) hear(direction, text)
    },
  })
  modem = bench.modem
  await bench.reach('ready')
  await serve()
})

afterEach(async () => {
  stop.abort()
  await served
  await bench.stop()
  await pty.close()
  await sim.close()
  rmSync(folder, { recursive: true, force: true })
})

async function serve(): Promise<void> {
  stop = new AbortController()
  const listen = (hear: (direction: 'to' | 'from', text: string) => void) => {
    hearers.add(hear)
    return () => void hearers.delete(hear)
  }
  const wake = () => {
    woken += 1
  }
  served = serveControl({ path, modem: () => modem, listen, wake }, stop.signal)
  await eventually(() => existsSync(path) || logged.length > 0, 'the socket')
}

interface Raw {
  readonly socket: Socket
  readonly replies: ControlReply[]
  readonly closed: Promise<void>
}

/** A client that writes what it likes. */
async function raw(): Promise<Raw> {
  const socket = connect(path)
  const replies: ControlReply[] = []
  let rest = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) replies.push(JSON.parse(line))
  })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise((resolve) => socket.once('connect', resolve))
  return { socket, replies, closed }
}

async function stillWorks(): Promise<void> {
  const client = await connectControl(path)
  assert.deepEqual((await client.call('ask', { line: 'AT+CSQ' })).lines, ['+CSQ: 20,99'])
  client.close()
}

test('only its owner can reach the socket, and nothing is left of it at the end', async () => {
  assert.equal(statSync(path).mode & 0o777, 0o600)
  stop.abort()
  await served
  assert.equal(existsSync(path), false)
})

test('garbage, wrong requests and half lines are answered with errors or not at all, and the next client is served', async () => {
  const { socket, replies } = await raw()
  for (const line of [
    'garbage',
    '[]',
    'null',
    '{"id":1}',
    '{"id":2,"call":"fly"}',
    '{"id":3,"call":"ask"}',
    '{"id":4,"call":"toString"}',
    '{"id":5,"call":"deleteStored","with":{"index":-1}}',
    '{"id":6,"call":"ask","with":{"line":"AT\\rAT+CMGD=1,4"}}',
  ])
    socket.write(`${line}\n`)
  await eventually(() => replies.length === 9, `nine answers, not ${replies.length}`)
  for (const reply of replies)
    assert.ok('error' in reply && reply.error.code === 'USAGE', JSON.stringify(reply))
  socket.write('{"id":7,"call":"as')
  socket.destroy()
  await stillWorks()
})

test('a request without end and a flood of requests end the client, not the service', async () => {
  const endless = await raw()
  endless.socket.write('x'.repeat(100_000))
  await endless.closed
  assert.ok(endless.replies.some((reply) => 'error' in reply))
  const flood = await raw()
  flood.socket.write('{"id":1,"call":"ask","with":{"line":"AT"}}\n'.repeat(1000))
  await flood.closed
  assert.ok(flood.replies.length < 30, `${flood.replies.length} answers`)
  await stillWorks()
})

test('more clients than allowed are turned away, until one goes', async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, raw))
  const ninth = await raw()
  await ninth.closed
  clients[0]?.socket.destroy()
  await clients[0]?.closed
  await stillWorks()
  for (const { socket } of clients) socket.destroy()
})

test('a client that has said all and waits gets its answer', async () => {
  const { socket, replies, closed } = await raw()
  socket.end('{"id":1,"call":"ask","with":{"line":"AT+CSQ"}}\n')
  await closed
  assert.deepEqual(replies, [
    { id: 1, data: { lines: ['+CSQ: 20,99'], result: 'OK', meaning: null, hint: null } },
  ])
})

test('a USSD menu whose client vanishes is closed', async () => {
  const client = await connectControl(path)
  assert.equal((await client.call('ussd', { code: '*101#' })).state, 'wants-answer')
  client.close()
  await eventually(() => sim.commands().includes('AT+CUSD=2'), 'AT+CUSD=2')
})

test('a client that vanishes while its command is with the modem hurts nobody', async () => {
  sim.override('+COPS=?', async () => {
    await realClock.sleep(200)
    return ['+COPS: (2,"Simnet","Simnet","26299",7)', 'OK']
  })
  const { socket } = await raw()
  socket.write('{"id":1,"call":"ask","with":{"line":"AT+COPS=?"}}\n')
  await eventually(() => sim.commands().includes('AT+COPS=?'), 'the command')
  socket.destroy()
  await stillWorks()
})

test('trace tells every line until the client goes, and a client that does not read is dropped', async () => {
  const heard: string[] = []
  const client = await connectControl(path, (direction, text) => heard.push(`${direction} ${text.trim()}`))
  await client.call('trace', null)
  await client.call('ask', { line: 'AT+GCAP' })
  const own = (): string[] => heard.slice(heard.indexOf('to AT+GCAP')).slice(0, 3)
  await eventually(() => own().length === 3, 'three lines')
  assert.deepEqual(own(), ['to AT+GCAP', 'from +GCAP: +CGSM', 'from OK'])
  client.close()
  await eventually(() => hearers.size === 0, 'nobody listens')
  const lazy = await raw()
  lazy.socket.write('{"id":1,"call":"trace"}\n')
  await eventually(() => hearers.size === 1, 'one listens')
  lazy.socket.pause()
  for (let count = 0; count < 40_000; count += 1) for (const hear of hearers) hear('from', 'x'.repeat(200))
  await eventually(() => hearers.size === 0, 'the lazy client is dropped')
  lazy.socket.destroy()
})

test('without a modem the error says so, and info tells that there is none', async () => {
  modem = null
  const client = await connectControl(path)
  assert.equal(await client.call('info', null), null)
  await assert.rejects(client.call('ask', { line: 'AT' }), /no modem at the moment/)
  client.close()
})

test('a command that changed something wakes the service, with a modem or without, and gets by without a service', async () => {
  await wakeService(path)
  modem = null
  await wakeService(path)
  assert.equal(woken, 2)
  stop.abort()
  await served
  await wakeService(path)
  assert.equal(woken, 2)
})

test('a command that would move the store away from the service is refused even with force', async () => {
  const client = await connectControl(path)
  await assert.rejects(client.call('ask', { line: 'AT+CPMS="ME"', force: true }), /another store/)
  await assert.rejects(client.call('ask', { line: 'AT+CMGF=1' }), /relies on/)
  client.close()
})

test('the name of a store smuggles no command in', async () => {
  const client = await connectControl(path)
  for (const storage of ['SM";+CMGD=1,4;+CPMS="SM', 'SM"\rAT+CMGD=1,4\r', 'sm', ''])
    await assert.rejects(
      client.call('deleteStored', { index: 1, storage, pdu: '00' }),
      /name of a message store/,
    )
  assert.ok(sim.commands().every((line) => !line.includes('CMGD')))
  client.close()
})

test('a call after the service has ended is told so, too', async () => {
  const client = await connectControl(path)
  await client.call('info', null)
  stop.abort()
  await served
  await assert.rejects(client.call('info', null), /service has ended/)
  await assert.rejects(client.call('info', null), /service has ended/)
})

test('calls that wait when the service ends are told so', async () => {
  sim.override('+COPS=?', () => new Promise(() => undefined))
  const client = await connectControl(path)
  const waiting = assert.rejects(client.call('ask', { line: 'AT+COPS=?' }), /service has ended/)
  await eventually(() => sim.commands().includes('AT+COPS=?'), 'the command')
  stop.abort()
  await waiting
})

test('the socket of a service that died is replaced; a file in its place is left alone, and the service goes on without', async () => {
  stop.abort()
  await served
  // A socket file without a listener, as SIGKILL leaves it.
  const dead = createServer().listen(path)
  await new Promise((resolve) => dead.once('listening', resolve))
  renameSync(path, `${path}.kept`)
  await new Promise((resolve) => dead.close(resolve))
  renameSync(`${path}.kept`, path)
  await serve()
  await stillWorks()
  stop.abort()
  await served
  writeFileSync(path, 'mine')
  await serve()
  assert.ok(logged.some((line) => line.includes('control-socket-missing')))
  assert.ok(statSync(path).isFile())
})

test('a path that is too long for a socket is no obstacle', async () => {
  stop.abort()
  await served
  const deep = join(folder, 'a'.repeat(100), 'b'.repeat(100))
  mkdirSync(deep, { recursive: true })
  path = join(deep, 'box.db.control')
  await serve()
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await stillWorks()
  stop.abort()
  await served
  assert.equal(existsSync(path), false)
})
