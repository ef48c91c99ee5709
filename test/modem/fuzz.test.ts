// 100,000 damaged lines, read as 1 octet, as 7 and all at once, through the real line parser into the dialogue: nothing throws, every
// command ends, memory stays flat, and afterwards the dialogue finds the modem again.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { type AtCommand, atCommand } from '../../src/modem/at/at-command.ts'
import { type AtAnswer, createAtDialogue } from '../../src/modem/at/at-dialogue.ts'
import { openSerialLine } from '../../src/modem/port/serial-line.ts'
import { createRandom, type Random } from '../support/random.ts'
import { manualClock, realClock, settle } from './clocks.ts'

const linesMin = 100_000
/** Lines that are read together before everything that is ready may run. */
const batch = 50
/** Milliseconds that one batch may take; a thousand times what it needs. */
const batchMaxMs = 5000
/** Octets that the process may grow by after the first fifth. */
const growthMax = 64 * 1_048_576

const pdu = '07919471016700F0040D91947110325476F800006211222100004005C8329BFD06'

/** Answers, errors, URCs, noise and echoes as modems write them. */
const samples: readonly string[] = [
  ...['OK', 'ERROR', '+CME ERROR: 10', '+CMS ERROR: 500', '> ', '>', 'RING', 'NO CARRIER', 'RDY', '4'],
  ...[
    '+CPMS: "SM",3,20,"SM",3,20,"SM",3,20',
    '+CMGF: 0',
    '+CSQ: 17,99',
    '+CREG: 0,1',
    '+CREG: 1,"00C3","1A2B",7',
  ],
  ...['+CMTI: "SM",3', '+CDSI: "SM",0', `+CMT: ,24\r\n${pdu}`, '+CDS: 25\r\n0006', '+CBM: 88', pdu],
  ...[
    `+CMGL: 1,1,,24\r\n${pdu}`,
    `+CMGR: 1,,24\r\n${pdu}`,
    '+CMGS: 12',
    '+CNMI: (0-2),(0,1),(0,2),(0,1),(0,1)',
  ],
  ...[
    '^BOOT:20952548,0,0,0,72',
    '^RSSI:17',
    '^SMMEMFULL: "SM"',
    '+CUSD: 0,"Guthaben 3,20",15',
    '+CLIP: "+49170",145',
  ],
  ...['AT+CMGL=4', 'AT', 'huawei', '867123456789012', '\0\0\0', 'DST: 1', '+CTZV: +08'],
]

const commands: readonly AtCommand[] = [
  atCommand('AT'),
  atCommand('AT+CPMS?', { requires: '+CPMS' }),
  atCommand('AT+CMGL=4', { pduLines: true }),
  atCommand('AT+CMGR=1', { pduLines: true, requires: '+CMGR' }),
  atCommand('AT+CMGS=24', { payload: `${pdu}\u001a`, requires: '+CMGS' }),
  atCommand('AT+CGMI', { bare: true }),
  atCommand('AT+CREG?;+CSQ'),
]

const ends = ['\r\n', '\r\n', '\r\n', '\r\r\n', '\n', '\r', '', '\n\n']

function damagedLine(random: Random): Buffer {
  const octets = [...Buffer.from(random.pick(samples), 'latin1')]
  const at = () => random.below(octets.length + 1)
  switch (random.below(8)) {
    case 0:
      octets.splice(at(), 1 + random.below(6))
      break
    case 1:
      octets.splice(at(), 0, ...random.octets(1 + random.below(6)))
      break
    case 2:
      octets[at()] = random.below(256)
      break
    case 3:
      octets.splice(at(), 0, ...Buffer.from(random.pick(samples), 'latin1'))
      break
    case 4:
      octets.splice(at(), 0, 0x0d, 0x0a)
      break
    case 5:
      // Without a line end beyond what the line keeps, once in a while.
      if (random.below(200) === 0) octets.push(...random.octets(20_000).map((octet) => octet | 0x80))
      break
  }
  return Buffer.concat([Buffer.from(octets), Buffer.from(random.pick(ends))])
}

/** Opens a line on a socket, and hands out that socket: what is emitted there is read as given, which no network promises. */
async function openFed(handlers: Parameters<typeof openSerialLine>[1]) {
  const server = createServer((peer) => peer.resume())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const made: Socket[] = []
  const note = (message: unknown): void => {
    made.push((message as { socket: Socket }).socket)
  }
  subscribe('net.client.socket', note)
  const port = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { signal } = new AbortController()
  const line = await openSerialLine({ port, baudRate: 115_200, clock: realClock, signal }, handlers)
  unsubscribe('net.client.socket', note)
  const [socket] = made
  assert.ok(socket !== undefined)
  return {
    line,
    read: (octets: Buffer, size: number): void => {
      for (let at = 0; at < octets.length; at += size) socket.emit('data', octets.subarray(at, at + size))
    },
    close: async () => {
      await line.close()
      server.close()
    },
  }
}

async function fuzz(
  size: number,
  lines: number,
  seed: number,
  cleanUp: (close: () => Promise<void>) => void,
): Promise<void> {
  const random = createRandom(seed)
  const clock = manualClock()
  const endings = new Map<AtAnswer['kind'], number>()
  let urcs = 0
  let noise = 0
  const fed = await openFed({
    onLine: (line) => dialogue.receiveLine(line),
    onPrompt: () => dialogue.receivePrompt(),
    onLost: (error) => assert.fail(error),
  })
  const dialogue = createAtDialogue({
    clock,
    write: (text) => fed.line.write(text),
    onUrc: () => urcs++,
    onNoise: () => noise++,
    onSilent: () => undefined,
  })
  cleanUp(async () => {
    dialogue.close()
    await fed.close()
  })
  let flying = false
  const fly = (): void => {
    flying = true
    void dialogue.probe(random.pick(commands)).then(({ kind }) => {
      flying = false
      endings.set(kind, (endings.get(kind) ?? 0) + 1)
    })
  }
  let rssBefore = 0
  for (let number = 0; number < lines; number += batch) {
    if (number >= lines / 5 && rssBefore === 0) rssBefore = process.memoryUsage.rss()
    const start = performance.now()
    for (let more = 0; more < batch; more += 10) {
      if (!flying) fly()
      const ten = Array.from({ length: 10 }, () => damagedLine(random))
      fed.read(Buffer.concat(ten), size === 0 ? Number.POSITIVE_INFINITY : size)
      await settle()
    }
    // No modem may keep a command for ever.
    if (random.below(10) === 0) {
      await clock.advance(400_000)
      assert.equal(flying, false, `seed ${seed}: a command outlived its time limit`)
    }
    const ms = performance.now() - start
    assert.ok(ms < batchMaxMs, `seed ${seed}: ${ms} ms for the lines from ${number}`)
  }
  const growth = process.memoryUsage.rss() - rssBefore
  assert.ok(growth < growthMax, `seed ${seed}: the process grew by ${growth} octets`)
  for (const kind of ['ok', 'error', 'timeout'] as const)
    assert.ok((endings.get(kind) ?? 0) > 10, `seed ${seed}: ${kind} only ${endings.get(kind)} times`)
  assert.ok(urcs > lines / 20 && noise > lines / 20, `seed ${seed}: ${urcs} URCs, ${noise} times noise`)

  await clock.advance(400_000)
  const synced = dialogue.resync()
  for (const answer of ['\r\n', 'OK\r\n', '+CMGF: 0\r\nOK\r\n', 'OK\r\n']) {
    await clock.advance(1_000)
    fed.read(Buffer.from(answer), size === 0 ? answer.length : size)
    await settle()
  }
  await synced
}

for (const [what, size] of [
  ['1 octet', 1],
  ['7 octets', 7],
  ['ten lines at once', 0],
] as const)
  test(`a third of 100,000 damaged lines, read as ${what}, harm nothing, and the modem is found again`, async (t) => {
    const seed = randomInt(2 ** 31)
    console.log(`AT fuzz, read as ${what}, seed ${seed}`)
    await fuzz(size, Math.ceil(linesMin / 3), seed, (close) => t.after(close))
  })
