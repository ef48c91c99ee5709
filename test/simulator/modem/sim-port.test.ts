// The simulated modem on TCP: one client at a time, refusals, reconnects.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import test from 'node:test'
import { createSimModem, type SimModem } from '../../../src/simulator/modem/sim-modem.ts'

async function ask(socket: Socket, command: string): Promise<string> {
  socket.write(`${command}\r`)
  let text = ''
  while (!/OK\r\n$/.test(text)) {
    const [chunk]: unknown[] = await once(socket, 'data', { signal: AbortSignal.timeout(2000) })
    text += String(chunk)
  }
  return text
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** True if a new client is turned away. */
async function refused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('AT\r')
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)))
  const answered = new Promise<boolean>((resolve) => socket.once('data', () => resolve(false)))
  return Promise.race([closed, answered]).finally(() => socket.destroy())
}

async function withModem(run: (modem: SimModem, port: number) => Promise<void>): Promise<void> {
  const modem = createSimModem()
  const port = await modem.listen()
  await run(modem, port).finally(() => modem.close())
}

test('a second client is refused while one is there, and served when it has left', async () => {
  await withModem(async (_modem, port) => {
    const first = await open(port)
    await ask(first, 'ATE0')
    assert.equal(await refused(port), true)
    assert.equal(await ask(first, 'AT'), '\r\nOK\r\n')
    first.end()
    await once(first, 'close')
    const second = await open(port)
    assert.equal(await ask(second, 'AT'), '\r\nOK\r\n')
    second.destroy()
  })
})

test('unplugging drops the client and refuses new ones until it is plugged in', async () => {
  await withModem(async (modem, port) => {
    const first = await open(port)
    await ask(first, 'ATE0')
    modem.unplug()
    await once(first.resume(), 'close')
    assert.equal(await refused(port), true)
    modem.plugIn()
    const second = await open(port)
    assert.equal(await ask(second, 'AT'), 'AT\r\r\nOK\r\n')
    second.destroy()
  })
})

test('closing ends server and client, also a client that does not read', async () => {
  const modem = createSimModem()
  const port = await modem.listen()
  const socket = await open(port)
  socket.pause()
  modem.unplug()
  await modem.close()
  const late = connect(port, '127.0.0.1')
  const [error]: unknown[] = await once(late, 'error')
  assert.match(String(error), /ECONNREFUSED/)
  socket.destroy()
})

test('the port number can be chosen, and a taken one is an error', async () => {
  await withModem(async (_modem, port) => {
    const other = createSimModem()
    await assert.rejects(other.listen(port), /EADDRINUSE/)
    await other.close()
  })
})
