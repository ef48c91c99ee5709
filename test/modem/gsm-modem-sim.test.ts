// Whole connections on the simulated modem, over TCP and through a real pty.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewayError } from '../../src/domain/errors.ts'
import { createSimModem, type SimModem, type SimModemOptions } from '../../src/simulator/modem/sim-modem.ts'
import { openPty } from '../support/pty.ts'
import { eventually, failureOf, hello, type ModemBench, pinMemory, startBench } from './bench.ts'
import { fastClock } from './clocks.ts'

interface Rig {
  readonly sim: SimModem
  readonly bench: ModemBench
  readonly port: number
}

type BenchOptions = Parameters<typeof startBench>[1]

/** A simulated modem over TCP with a GsmModem on it. */
async function withRig(
  use: (rig: Rig) => Promise<void>,
  more: BenchOptions = {},
  options: SimModemOptions = {},
): Promise<void> {
  const sim = createSimModem(options)
  const port = await sim.listen()
  const bench = startBench(`tcp://127.0.0.1:${port}`, more)
  try {
    await use({ sim, bench, port })
  } finally {
    sim.unplug()
    await bench.ended
    await sim.close()
  }
}

/** The same text and sender as a DELIVER has, told by the simulator's own store. */
function storeIsEmpty(sim: SimModem): boolean {
  return sim.storage('SM').list().length === 0 && sim.storage('ME').list().length === 0
}

for (const chunkOctets of [1, 7, Number.POSITIVE_INFINITY]) {
  test(`twenty messages come in and twenty go out with reads of ${chunkOctets} octets, none lost or doubled`, async () => {
    await withRig(async ({ sim, bench }) => {
      sim.faults.chunkOctets = chunkOctets
      await bench.reach('ready')
      const sending = (async () => {
        for (let count = 0; count < 20; count += 1)
          await bench.modem.submit({ ...hello, moreToCome: count % 3 === 0 })
      })()
      for (let count = 0; count < 20; count += 1) {
        sim.network.phoneSends('+4917012345678', `message ${count}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await sending
      await eventually(() => bench.received.length >= 20 && storeIsEmpty(sim))
      assert.equal(new Set(bench.received.map(({ pdu }) => pdu)).size, 20)
      assert.equal(bench.received.length, 20)
      assert.equal(sim.network.sent.length, 20)
    })
  })
}

test('what lay in both stores before the start is fetched, first index 0 included', async () => {
  const sim = createSimModem({ firstIndex: 0, slots: { SM: 10, ME: 10 } })
  const pdu = '0791947101670000040D91947110325476F800006211326172334005E8329BFD06'
  sim.storage('SM').put(pdu)
  sim.storage('ME').put(pdu.replace('7617', '7618'))
  const bench = startBench(`tcp://127.0.0.1:${await sim.listen()}`)
  await eventually(() => bench.received.length === 2 && storeIsEmpty(sim))
  assert.deepEqual(
    bench.received.map(({ storage, index }) => [storage, index]),
    [
      ['SM', 0],
      ['ME', 0],
    ],
  )
  await bench.stop()
  await sim.close()
})

test('a status report that was stored while nobody was there is fetched from the store of reports', async () => {
  const cnmiValues = [[0, 1, 2], [0, 1], [0], [0, 2], [0, 1]]
  const sim = createSimModem({ slots: { SM: 10, SR: 10 }, habits: { cnmiValues } })
  const report = '0791947101670000060D0D91947110325476F8621132617233406211326172334000'
  sim.storage('SR').put(report)
  const bench = startBench(`tcp://127.0.0.1:${await sim.listen()}`)
  await eventually(() => bench.received.length === 1 && sim.storage('SR').list().length === 0)
  assert.deepEqual(
    bench.received.map(({ storage, pdu }) => [storage, pdu]),
    [['SR', report]],
  )
  await bench.stop()
  await sim.close()
})

test('a full store is emptied and what the network kept comes after it', async () => {
  await withRig(
    async ({ sim, bench }) => {
      await bench.reach('ready')
      for (let count = 0; count < 12; count += 1) sim.network.phoneSends('+4917012345678', `number ${count}`)
      await eventually(() => bench.received.length === 12 && storeIsEmpty(sim))
    },
    { sweepMs: 500 },
    { slots: 3 },
  )
})

test('a lost +CMTI costs a delay, not a message', async () => {
  await withRig(
    async ({ sim, bench }) => {
      await bench.reach('ready')
      sim.faults.add({ kind: 'indication-lost' })
      sim.network.phoneSends('+4917012345678', 'quiet')
      await eventually(() => bench.received.length === 1 && storeIsEmpty(sim))
    },
    { sweepMs: 2_000 },
  )
})

test('a status report comes as a direct PDU and is handed over', async () => {
  await withRig(async ({ sim, bench }) => {
    await bench.reach('ready')
    // The same message with TP-SRR set.
    await bench.modem.submit({ ...hello, pdu: `0021${hello.pdu.slice(4)}` })
    await eventually(() => bench.received.length === 1)
    assert.deepEqual([bench.received[0]?.storage, bench.received[0]?.index], ['direct', null])
    assert.equal(sim.network.sent[0]?.statusReport, true)
  })
})

test('URCs inside listings, before PDUs and around the prompt are no trouble', async () => {
  await withRig(
    async ({ sim, bench }) => {
      await bench.reach('ready')
      for (const at of ['after-echo', 'before-pdu', 'in-listing', 'before-prompt', 'after-prompt'] as const)
        sim.faults.add({ kind: 'urc', at, lines: ['^RSSI: 12', '+CREG: 1', 'RING'] }, { times: 3 })
      for (let count = 0; count < 4; count += 1) {
        sim.network.phoneSends('+4917012345678', `message ${count}`)
        await bench.modem.submit(hello)
      }
      await eventually(() => bench.received.length === 4 && storeIsEmpty(sim))
      assert.equal(sim.network.sent.length, 4)
    },
    { sweepMs: 1_000 },
  )
})

test('a CMGD that fails or lies loses nothing and doubles nothing in the store', async () => {
  await withRig(
    async ({ sim, bench }) => {
      await bench.reach('ready')
      sim.faults.add({ kind: 'delete-lies' })
      sim.faults.add({ kind: 'delete-error', code: 302 }, { nth: 2 })
      sim.network.phoneSends('+4917012345678', 'one')
      sim.network.phoneSends('+4917012345678', 'two')
      await eventually(() => storeIsEmpty(sim))
      assert.equal(new Set(bench.received.map(({ pdu }) => pdu)).size, 2)
    },
    { sweepMs: 1_000 },
  )
})

async function outcomeWith(
  fault: Parameters<SimModem['faults']['add']>[0],
): Promise<readonly [string, string, number]> {
  let result: readonly [string, string, number] = ['', '', 0]
  await withRig(
    async ({ sim, bench }) => {
      await bench.reach('ready')
      sim.faults.add(fault)
      const error: GatewayError = await failureOf(bench.modem.submit(hello))
      result = [error.code, error.retry, sim.network.sent.length]
    },
    { clock: fastClock(10, 300) },
  )
  return result
}

for (const [fault, expected] of [
  [{ kind: 'answer-lost' }, ['SMS_UNCERTAIN', 'ambiguous', 1]],
  [{ kind: 'answer-ok-only' }, ['SMS_UNCERTAIN', 'ambiguous', 1]],
  [{ kind: 'send-error', code: 500, accepted: true }, ['SMS_UNCERTAIN', 'ambiguous', 1]],
  [{ kind: 'send-error', code: 21 }, ['SMS_REFUSED', 'temporary', 0]],
  [{ kind: 'prompt-never' }, ['MODEM_SILENT', 'temporary', 0]],
  [{ kind: 'unplug', at: 'before-prompt' }, ['MODEM_UNAVAILABLE', 'temporary', 0]],
  [{ kind: 'unplug', at: 'after-ctrl-z', accepted: true }, ['SMS_UNCERTAIN', 'ambiguous', 1]],
  [{ kind: 'unplug', at: 'after-ctrl-z' }, ['SMS_UNCERTAIN', 'ambiguous', 0]],
  [{ kind: 'unplug', at: 'after-cmgs' }, ['SMS_UNCERTAIN', 'ambiguous', 1]],
] as const) {
  test(`the fault ${JSON.stringify(fault)} ends a submit as ${expected.join(', ')}`, async () => {
    assert.deepEqual(await outcomeWith(fault), expected)
  })
}

test('a restart of the modem brings all settings back, PIN included, and messages go on coming', async () => {
  await withRig(
    async ({ sim, bench }) => {
      await bench.reach('ready')
      sim.reset()
      await bench.reach('starting')
      await bench.reach('ready')
      sim.network.phoneSends('+4917012345678', 'after the restart')
      await eventually(() => bench.received.length === 1 && storeIsEmpty(sim))
      assert.equal(sim.card.pinTriesLeft(), 3)
    },
    { pin: '1234' },
    { pin: '1234' },
  )
})

test('a wrong PIN costs one of three tries, whatever is tried afterwards', async () => {
  const sim = createSimModem({ pin: '1234' })
  const port = await sim.listen()
  const memory = pinMemory()
  for (let round = 0; round < 3; round += 1) {
    const bench = startBench(`tcp://127.0.0.1:${port}`, { pin: '9999', pinMemory: memory })
    assert.equal((await bench.ended)?.code, 'SIM_LOCKED')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(sim.card.pinTriesLeft(), 2)
  await sim.close()
})

test('the modem works through a real tty, and an unplugged one ends run()', async () => {
  const sim = createSimModem()
  const pty = await openPty(await sim.listen())
  const bench = startBench(pty.path)
  try {
    await bench.reach('ready')
    sim.network.phoneSends('+4917012345678', 'through a tty')
    await eventually(() => bench.received.length === 1 && storeIsEmpty(sim))
    assert.deepEqual(await bench.modem.submit(hello), { messageReference: 0 })
    sim.unplug()
    assert.equal((await bench.ended)?.code, 'MODEM_UNAVAILABLE')
  } finally {
    await pty.close()
    await sim.close()
  }
})

test('a tty that is open already is refused with a word about the other program', async () => {
  const sim = createSimModem()
  const pty = await openPty(await sim.listen())
  const first = startBench(pty.path)
  try {
    await first.reach('ready')
    const second = startBench(pty.path)
    const error = await second.ended
    assert.equal(error?.code, 'MODEM_UNAVAILABLE')
    assert.equal(error?.context.portIsThere, true)
    // Both ends of this tty are programs; the one that is not this process is named.
    assert.match(error?.message ?? '', /Cannot lock port; socat \(pid \d+\) has it open$/)
    assert.match(error?.hint ?? '', /^Quit socat where it runs/)
    await first.stop()
    const third = startBench(pty.path)
    await third.reach('ready')
    await third.stop()
  } finally {
    await pty.close()
    await sim.close()
  }
})
