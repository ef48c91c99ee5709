// Bytes to lines over TCP: every way of cutting them, the prompt, bounds, and errors of opening.

import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { openSerialLine, type SerialLine } from '../../../src/modem/port/serial-line.ts'
import { fastClock, realClock } from '../clocks.ts'

interface Wire {
  readonly events: string[]
  readonly line: SerialLine
  readonly peer: Socket
  close(): Promise<void>
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `tcp://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

/** A line and its other end; events are lines as they are, `<prompt>` and `<lost CODE>`. */
async function wire(): Promise<Wire> {
  const server = createServer()
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const events: string[] = []
  const line = await openSerialLine(
    {
      port: await listening(server),
      baudRate: 115200,
      clock: realClock,
      signal: new AbortController().signal,
    },
    {
      onLine: (text) => events.push(text),
      onPrompt: () => events.push('<prompt>'),
      onLost: (error) => events.push(`<lost ${error.code}>`),
    },
  )
  const peer = await accepted
  peer.setNoDelay(true)
  peer.on('error', () => undefined)
  return {
    events,
    line,
    peer,
    async close() {
      await line.close()
      peer.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function send(peer: Socket, text: string, size: number): Promise<void> {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size) {
    await new Promise<void>((resolve) => peer.write(bytes.subarray(at, at + size), () => resolve()))
    // Two turns, so that the other side has read this piece on its own.
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function eventually(check: () => boolean): Promise<void> {
  const end = performance.now() + 5_000
  while (!check() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 2))
  assert.ok(check(), 'did not happen within five seconds')
}

const stream = 'AT+CMGS=18\r\r\n> \r\n+CMTI: "SM",3\r\n\r\n+CMGS: 5\r\n\r\nOK\r\n\r\n\xff\xfe top bit\r\n'

for (const size of [1, 2, 3, 5, 7, 16, 1000]) {
  test(`the same lines come out of pieces of ${size} octets`, async () => {
    const { events, peer, close } = await wire()
    await send(peer, stream, size)
    await eventually(() => events.length > 0 && events.at(-1) === '\xff\xfe top bit')
    const lines = events.filter((event) => event !== '<prompt>')
    assert.deepEqual(lines, ['AT+CMGS=18', '> ', '+CMTI: "SM",3', '+CMGS: 5', 'OK', '\xff\xfe top bit'])
    await close()
  })
}

for (const prompt of ['\r\n> ', '\r\n>', '> ', '\n>']) {
  test(`the prompt ${JSON.stringify(prompt)} is seen at once, after the lines before it`, async () => {
    const { events, peer, close } = await wire()
    peer.write(`+CMTI: "SM",1\r\n${prompt}`)
    await eventually(() => events.includes('<prompt>'))
    assert.deepEqual(events, ['+CMTI: "SM",1', '<prompt>'])
    await close()
  })
}

test('a greater-than sign inside a line is no prompt', async () => {
  const { events, peer, close } = await wire()
  await send(peer, 'a > ', 1)
  await send(peer, 'b\r\nOK\r\n', 100)
  await eventually(() => events.includes('OK'))
  assert.deepEqual(events, ['a > b', 'OK'])
  await close()
})

test('a megabyte without a line end is dropped and the next line is read', async () => {
  const { events, peer, close } = await wire()
  await send(peer, 'x'.repeat(1_000_000), 65_536)
  peer.write('tail\r\nOK\r\n\r\n> ')
  await eventually(() => events.includes('<prompt>'))
  assert.deepEqual(events, ['OK', '<prompt>'])
  await close()
})

test('a lost line is told once and then refuses to write', async () => {
  const { events, peer, line, close } = await wire()
  peer.destroy()
  await eventually(() => events.length > 0)
  assert.deepEqual(events, ['<lost MODEM_UNAVAILABLE>'])
  assert.throws(
    () => line.write('AT\r'),
    (error) => error instanceof GatewayError && error.code === 'MODEM_UNAVAILABLE',
  )
  await close()
  assert.deepEqual(events, ['<lost MODEM_UNAVAILABLE>'])
})

test('a line that we close ourselves is not reported as lost', async () => {
  const { events, close } = await wire()
  await close()
  assert.deepEqual(events, [])
})

test('a peer that never reads is given up instead of filling our memory', async () => {
  const { events, peer, line, close } = await wire()
  peer.pause()
  assert.throws(() => {
    for (let count = 0; count < 10_000; count += 1) line.write('x'.repeat(10_000))
  }, /not read|nothing is read/)
  assert.deepEqual(events, ['<lost MODEM_UNAVAILABLE>'])
  await close()
})

const handlers = { onLine: () => undefined, onPrompt: () => undefined, onLost: () => undefined }

function opening(port: string, signal = new AbortController().signal): Promise<SerialLine> {
  // Real time for TCP: a refusal of a busy machine must not be overtaken by the time limit.
  const clock = fastClock(port.startsWith('tcp:') ? 1 : 100)
  return openSerialLine({ port, baudRate: 115200, clock, signal }, handlers)
}

for (const [port, code, hint] of [
  ['/dev/there-is-no-such-tty', 'MODEM_UNAVAILABLE', /Plug the modem in/],
  ['tcp://127.0.0.1:1', 'MODEM_UNAVAILABLE', /serial server/],
  ['tcp://127.0.0.1', 'CONFIG_INVALID', /host:port/],
  ['tcp://', 'CONFIG_INVALID', /host:port/],
] as const) {
  test(`${port} cannot be opened and the error says what to do`, async () => {
    await assert.rejects(opening(port), (error) => {
      assert.ok(error instanceof GatewayError)
      assert.equal(error.code, code)
      assert.match(error.hint ?? '', hint)
      return true
    })
  })
}
