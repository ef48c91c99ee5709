// Everything a modem can say is data: bytes without sense, lines without end, listings with damaged entries, counters that contradict
// each other, answers of a hundred thousand lines. After each the service lives, says what it sees, and works as soon as the modem does.
// Through the real serialport on a pty; where minutes matter, on a clock that runs faster.

import assert from 'node:assert/strict'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { asGatewayError, keepRunning } from '../../src/daemon/supervisor.ts'
import type { StoredPdu } from '../../src/domain/message.ts'
import { configureLog } from '../../src/log.ts'
import { createGsmModem, type ModemState } from '../../src/modem/gsm-modem.ts'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { openPty } from '../support/pty.ts'
import { createRandom } from '../support/random.ts'
import { eventually, pinMemory } from './bench.ts'
import { fastClock } from './clocks.ts'

const factor = 40
const clock = fastClock(factor)
const minute = 60_000
const sweepMs = 10_000
const mib = 1_048_576

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
configureLog('error')

/** MiB in use: the least of some looks, for what a reconnection needs for a moment is no growth. */
async function heapMib(): Promise<number> {
  const looks: number[] = []
  for (let look = 0; look < 5; look += 1) {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    looks.push((heapUsed + external) / mib)
    await delay(40)
  }
  return Math.min(...looks)
}

interface WildModem {
  readonly sim: SimModem
  /** Writes octets beside whatever the modem itself says. */
  say(octets: string | Buffer): Promise<void>
  /** From now on the modem hears nothing and is only what `say` makes of it; or the other way. */
  setDeaf(deaf: boolean): void
  readonly states: ModemState[]
  readonly received: StoredPdu[]
  state(): ModemState
  /** Fails unless the modem is ready and a text of a phone arrives, once. */
  works(): Promise<void>
}

/** A modem under the supervisor of the service, on a pty, with a mouth for anything. */
async function startWild(
  t: TestContext,
  options: Parameters<typeof createSimModem>[0] = {},
): Promise<WildModem> {
  const sim = createSimModem({ slots: { SM: 255 }, ...options })
  const simPort = await sim.listen()
  let line: Socket | null = null
  let deaf = false
  const server = createServer((socket) => {
    const inner = createConnection(simPort, '127.0.0.1')
    line = socket
    socket.on('data', (chunk) => deaf || inner.write(chunk))
    inner.on('data', (chunk) => deaf || socket.write(chunk))
    for (const each of [socket, inner]) each.on('error', () => undefined)
    socket.on('close', () => inner.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const pty = await openPty(typeof address === 'object' && address !== null ? address.port : 0)
  const holder = await open(pty.path, constants.O_RDWR | constants.O_NOCTTY)
  const states: ModemState[] = []
  const received: StoredPdu[] = []
  const life = new AbortController()
  const service = keepRunning(
    {
      name: 'modem',
      clock,
      backoff: { firstMs: 500, maxMs: 10_000, holdMs: minute },
      live: (signal) =>
        createGsmModem({
          ...{ port: pty.path, baudRate: 115_200, pin: null, sweepMs, clock },
          intake: { receive: async (pdu) => void received.push(pdu) },
          pinMemory: pinMemory(),
          onState: (state) => states.push(state),
          onNoise: () => undefined,
        }).run(signal),
      onDown: (error) => assert.notEqual(asGatewayError(error).code, 'INTERNAL', error.stack ?? ''),
    },
    life.signal,
  )
  t.after(async () => {
    deaf = false
    life.abort()
    await service
    await holder.close()
    await pty.close()
    await sim.close()
    server.close()
  })
  const state = (): ModemState => states.at(-1) ?? assert.fail('the modem has no state yet')
  let sent = 0
  const wild: WildModem = {
    ...{ sim, states, received, state },
    setDeaf(next) {
      deaf = next
    },
    async say(octets) {
      await new Promise((resolve) => line?.write(octets, resolve))
    },
    async works() {
      await eventually(() => states.at(-1)?.phase === 'ready', `ready, not ${states.at(-1)?.phase}`, 30_000)
      const before = received.length
      sent += 1
      sim.network.phoneSends('+491701234567', `still here ${sent}`)
      await eventually(
        () => received.length === before + 1 && sim.storage('SM').list().length === 0,
        'a text',
        30_000,
      )
    },
  }
  await wild.works()
  return wild
}

test('ten minutes of random bytes instead of answers: silent, bounded, and back when the modem is', async (t) => {
  const wild = await startWild(t)
  const seed = 1 + Math.floor(Math.random() * 2 ** 31)
  t.diagnostic(`seed ${seed}`)
  const random = createRandom(seed)
  const before = await heapMib()
  wild.setDeaf(true)
  const until = clock.monotonic() + 10 * minute
  let octets = 0
  while (clock.monotonic() < until) {
    const some = Buffer.from(random.octets(random.below(400)))
    octets += some.length
    await wild.say(some)
    await delay(2)
  }
  const seen = wild.states.filter(({ problem }) => problem !== null)
  assert.ok(octets > 100_000, `${octets} octets`)
  assert.ok(
    seen.some(({ problem }) => problem?.code === 'MODEM_SILENT' && problem.hint !== null),
    JSON.stringify(seen.at(-1)),
  )
  assert.equal(wild.received.length, 1, 'bytes without sense are no SMS')
  assert.ok((await heapMib()) - before < 8, 'the bytes are kept')
  wild.setDeaf(false)
  await wild.say('\r\n')
  await wild.works()
  assert.equal(wild.state().problem, null)
})

test('random bytes between the answers of a modem that works cost time, never a message', async (t) => {
  const wild = await startWild(t)
  const random = createRandom(11)
  for (let i = 0; i < 60; i += 1) {
    // Lines of their own: bytes inside an answer are the subject of the soak.
    await wild.say(Buffer.from([13, 10, ...random.octets(40).filter((octet) => octet !== 0x3e), 13, 10]))
    wild.sim.network.phoneSends('+491701234567', `text ${i}`)
    await delay(5)
  }
  await eventually(() => new Set(wild.received.map(({ pdu }) => pdu)).size >= 61, 'all texts', 30_000)
  await wild.works()
})

test('a megabyte without a line end is not kept, and the next line is read', async (t) => {
  const wild = await startWild(t)
  const before = await heapMib()
  for (const letter of ['A', '>', '\r', '0']) {
    for (let part = 0; part < 64; part += 1) await wild.say(letter.repeat(mib / 64))
    assert.ok((await heapMib()) - before < 4, `after a megabyte of ${JSON.stringify(letter)}`)
    await wild.say('\r\n')
    await wild.works()
  }
})

interface Slot {
  readonly header: string
  readonly pdu: string | null
}

/** The modem lists, reads and deletes these slots instead of its own. */
function fillWith(sim: SimModem, slots: Map<number, Slot>): void {
  const lines = ({ header, pdu }: Slot): string[] => (pdu === null ? [header] : [header, pdu])
  sim.override('+CMGL', () => [
    ...[...slots].flatMap(([index, slot]) => lines({ ...slot, header: `+CMGL: ${index},${slot.header}` })),
    'OK',
  ])
  sim.override('+CMGR', (command) => {
    const slot = slots.get(Number(command.split('=')[1]))
    return slot === undefined
      ? ['+CMS ERROR: 321']
      : [...lines({ ...slot, header: `+CMGR: ${slot.header}` }), 'OK']
  })
  sim.override('+CMGD', (command) => [slots.delete(Number(command.split('=')[1])) ? 'OK' : '+CMS ERROR: 321'])
}

const wholePdu = (index: number): string =>
  `0791947101670000040C9194711032547600006230216412${String(index % 60).padStart(2, '0')}4005${index.toString(16).padStart(10, '0').toUpperCase()}`

const statedLength = (pdu: string): number => pdu.length / 2 - 8

/** How an entry can be damaged: what the header says, what is left of the PDU. `raw`: it is handed over as it is and deleted. */
const damages: readonly { readonly raw: boolean; readonly make: (pdu: string) => Slot }[] = [
  {
    raw: true,
    make: (pdu) => ({ header: `0,,${statedLength(pdu)}`, pdu: pdu.slice(0, 16) + pdu.slice(22) }),
  },
  { raw: true, make: (pdu) => ({ header: `0,,${statedLength(pdu) + 4}`, pdu }) },
  { raw: true, make: (pdu) => ({ header: '0,', pdu: pdu.slice(20) }) },
  { raw: false, make: (pdu) => ({ header: `0,,${statedLength(pdu)}`, pdu: null }) },
  {
    raw: false,
    make: (pdu) => ({ header: `0,,${statedLength(pdu)}`, pdu: `${pdu.slice(0, 9)}?${pdu.slice(10)}` }),
  },
  { raw: false, make: (pdu) => ({ header: `0,,${statedLength(pdu)}`, pdu: '' }) },
]

test('255 slots, every third damaged: what can be read is handed over once and deleted, the rest stays, and the loop rests', async (t) => {
  const wild = await startWild(t)
  const slots = new Map<number, Slot>()
  const expected = new Set<string>()
  const stays: number[] = []
  for (let index = 0; index < 255; index += 1) {
    const pdu = wholePdu(index)
    const damage = index % 3 === 2 ? damages[Math.floor(index / 3) % damages.length] : undefined
    const slot = damage === undefined ? { header: `0,,${statedLength(pdu)}`, pdu } : damage.make(pdu)
    slots.set(index, slot)
    if (damage === undefined || damage.raw) expected.add(slot.pdu ?? '')
    else stays.push(index)
  }
  fillWith(wild.sim, slots)
  wild.sim.urc('+CMTI: "SM",0')
  await eventually(() => slots.size === stays.length, `${slots.size} slots left, not ${stays.length}`, 60_000)
  const handed = wild.received.slice(1).map(({ pdu }) => pdu)
  const again = handed.filter((pdu, at) => handed.indexOf(pdu) !== at)
  assert.deepEqual(again, [], 'handed over twice')
  assert.deepEqual(new Set(handed), expected)
  assert.deepEqual([...slots.keys()], stays)
  let listings = 0
  wild.sim.override('+CMGL=4', () => {
    listings += 1
    return ['OK']
  })
  await clock.sleep(5 * sweepMs)
  assert.ok(listings <= 15, `${listings} listings in five sweeps`)
  for (const prefix of ['+CMGL=4', '+CMGR', '+CMGD']) wild.sim.override(prefix, () => undefined)
  await wild.works()
})

const fills: readonly string[] = [
  '"SM",90,50,"SM",90,50,"SM",90,50',
  '"SM",-1,50,"SM",-1,50,"SM",-1,50',
  '"SM",99999999999999999999,1,"SM",0,0,"SM",0,0',
  '"SM",0,0,"SM",0,0,"SM",0,0',
  '"SM"',
  '"ME",3,20,"ME",3,20,"ME",3,20',
  '"NOWHERE AT ALL",1,2',
  ',,,,,,,,,,',
]

for (const fill of fills)
  test(`a store that states +CPMS: ${fill} is read all the same, and not listed without end`, async (t) => {
    const wild = await startWild(t)
    wild.sim.override('+CPMS?', () => [`+CPMS: ${fill}`, 'OK'])
    let listings = 0
    wild.sim.override('+CMGL', () => {
      listings += 1
      return undefined
    })
    await clock.sleep(6 * sweepMs)
    assert.ok(listings <= 20, `${listings} listings in ${6 * sweepMs} ms`)
    assert.equal(wild.state().phase, 'ready')
    await wild.works()
  })

test('a listing with more entries than the store has slots, and indexes of every kind, hands over what is there', async (t) => {
  const wild = await startWild(t, { slots: { SM: 10 } })
  const slots = new Map<number, Slot>()
  for (let index = 0; index < 40; index += 1)
    slots.set(index * 1000, { header: `1,,${statedLength(wholePdu(index))}`, pdu: wholePdu(index) })
  fillWith(wild.sim, slots)
  for (const index of ['999999', '7', '7', '7', '-1', '99999999999999999999', '', 'x', '1000', '1000'])
    wild.sim.urc(`+CMTI: "SM",${index}`)
  await eventually(() => slots.size === 0, 'an empty store', 60_000)
  await clock.sleep(2 * sweepMs)
  const handed = wild.received.slice(1).map(({ pdu }) => pdu)
  assert.equal(handed.length, 40)
  assert.equal(new Set(handed).size, 40)
  for (const prefix of ['+CMGL', '+CMGR', '+CMGD']) wild.sim.override(prefix, () => undefined)
  await wild.works()
})

test('the same entry twice in one listing: the same PDU is handed over again, which changes nothing, and nothing else is deleted', async (t) => {
  const wild = await startWild(t)
  const slot = { header: `0,,${statedLength(wholePdu(1))}`, pdu: wholePdu(1) }
  const slots = new Map([[4, slot]])
  fillWith(wild.sim, slots)
  wild.sim.override('+CMGL', () => [
    ...[...slots, ...slots].flatMap(([index, { header, pdu }]) => [`+CMGL: ${index},${header}`, pdu]),
    'OK',
  ])
  wild.sim.urc('+CMTI: "SM",999999')
  await eventually(() => slots.size === 0, 'an empty store', 30_000)
  await clock.sleep(3 * sweepMs)
  const handed = wild.received.slice(1).map(({ pdu }) => pdu)
  assert.deepEqual(new Set(handed), new Set([slot.pdu]))
  assert.ok(handed.length <= 2, `handed over ${handed.length} times`)
})

for (const [what, line] of [
  ['information lines of the command', '+CSQ: 20,99'],
  ['lines that mean nothing', 'the quick brown fox'],
  ['lines of another command', '+CMTI: "SM",12'],
] as const)
  test(`an answer of 100,000 ${what} is read in seconds and bounded in memory`, async (t) => {
    const wild = await startWild(t)
    const before = await heapMib()
    const lines = Array.from({ length: 100_000 }, () => line)
    let asked = 0
    wild.sim.override('+CSQ', () => {
      asked += 1
      return asked === 1 ? [...lines, 'OK'] : undefined
    })
    await eventually(() => asked >= 2, 'a second question', 60_000)
    await wild.works()
    assert.ok((await heapMib()) - before < 12, `more than ${before} MiB are kept`)
  })
