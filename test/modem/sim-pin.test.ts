// The last PIN try of a SIM is never used, not even on a modem that cannot count and restarts over the PIN itself.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PinMemory } from '../../src/modem/sim-pin.ts'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { createServiceState } from '../../src/store/service-state.ts'
import { storeKeeper } from '../store/temp-store.ts'
import { startBench } from './bench.ts'
import { fastClock } from './clocks.ts'

const openStore = storeKeeper()

/** The memory in a database, as the service has it. */
function storedMemory(): { readonly forPin: (pin: string) => PinMemory; readonly forget: () => number } {
  const state = createServiceState(openStore())
  return {
    forPin: (pin) => ({
      pinRefused: (iccid) => state.pinRefused(iccid, pin),
      triesLost: (iccid) => state.pinTriesLost(iccid),
      tryBegins: (iccid) => state.pinTryBegins(iccid),
      tryEnded: (iccid, outcome) => state.pinTryEnded(iccid, pin, outcome, 0),
    }),
    forget: () => state.forgetPins(),
  }
}

const iccid = '89492990000000000012'

/** The modem knows no counter. */
function uncounted(sim: SimModem): void {
  sim.override('+CPINR', () => ['ERROR'])
}

/** The modem restarts when it gets a PIN, after the SIM has looked at it, and says nothing about it. */
function restartsOverPin(sim: SimModem): void {
  sim.override('+CPIN=', (command) => {
    try {
      sim.card.enter(/"(\d+)"/.exec(command)?.[1] ?? '', undefined)
    } catch {
      // The answer is lost with the restart.
    }
    setImmediate(() => sim.reset())
    return []
  })
}

const entered = (sim: SimModem): number =>
  sim.commands().filter((line) => line.startsWith('AT+CPIN="')).length

/** Runs connections until one ends or is ready; @returns how each ended. */
async function connect(port: number, pin: string, pinMemory: PinMemory, times = 4): Promise<string[]> {
  const ends: string[] = []
  for (let round = 0; round < times; round += 1) {
    const bench = startBench(`tcp://127.0.0.1:${port}`, { pin, pinMemory })
    const ready = bench.reach('ready').then(
      () => 'ready',
      () => 'never ready',
    )
    const end = await Promise.race([ready, bench.ended.then((error) => error?.code ?? 'ended')])
    ends.push(end)
    if (end === 'ready') await bench.stop()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return ends
}

async function withSim(use: (sim: SimModem, port: number) => Promise<void>): Promise<void> {
  const sim = createSimModem({ pin: '1234' })
  uncounted(sim)
  sim.override('+CCID', () => [`+CCID: ${iccid}`, 'OK'])
  try {
    await use(sim, await sim.listen())
  } finally {
    await sim.close()
  }
}

test('a modem without counter that restarts over a wrong PIN gets it twice and never a third time', async () => {
  await withSim(async (sim, port) => {
    restartsOverPin(sim)
    const memory = storedMemory()
    assert.deepEqual(new Set(await connect(port, '9999', memory.forPin('9999'))), new Set(['SIM_LOCKED']))
    assert.deepEqual([entered(sim), sim.card.pinTriesLeft()], [2, 1])
  })
})

test('another wrong PIN does not get the last try either: tries are counted for the SIM, not for the PIN', async () => {
  await withSim(async (sim, port) => {
    const memory = storedMemory()
    for (const pin of ['9999', '8888', '7777', '1234'])
      assert.deepEqual(await connect(port, pin, memory.forPin(pin), 1), ['SIM_LOCKED'])
    assert.deepEqual([entered(sim), sim.card.pinTriesLeft()], [2, 1])
  })
})

test('the way back: once a person has opened the SIM and says so, the right PIN is entered', async () => {
  await withSim(async (sim, port) => {
    const memory = storedMemory()
    for (const pin of ['9999', '8888']) await connect(port, pin, memory.forPin(pin), 1)
    const bench = startBench(`tcp://127.0.0.1:${port}`, { pin: '1234', pinMemory: memory.forPin('1234') })
    assert.match((await bench.ended)?.hint ?? '', /phone.*simpost modem forget-pin/)
    sim.card.verify('1234')
    assert.equal(memory.forget(), 3)
    assert.deepEqual(await connect(port, '1234', memory.forPin('1234'), 1), ['ready'])
    assert.equal(sim.card.pinTriesLeft(), 3)
  })
})

test('a SIM that is found open has all its tries again', async () => {
  await withSim(async (sim, port) => {
    const memory = storedMemory()
    await connect(port, '9999', memory.forPin('9999'), 1)
    sim.card.enter('1234', undefined)
    assert.deepEqual(await connect(port, '1234', memory.forPin('1234'), 1), ['ready'])
    assert.equal(memory.forPin('1234').triesLost(iccid), 0)
    // The refusal itself stays known: that PIN is wrong for ever.
    assert.equal(memory.forPin('9999').pinRefused(iccid), true)
  })
})

test('tries of a SIM that hides its ICCID while it is locked are settled when it is open', async () => {
  await withSim(async (sim, port) => {
    for (const command of ['+CCID', '+ICCID', '+QCCID', '^ICCID', '#CCID'])
      sim.override(command, () => (sim.card.state() === 'READY' ? [`+CCID: ${iccid}`, 'OK'] : ['ERROR']))
    const memory = storedMemory().forPin('1234')
    memory.tryBegins('unknown')
    memory.tryBegins('unknown')
    assert.deepEqual(await connect(port, '1234', memory, 1), ['SIM_LOCKED'])
    sim.card.enter('1234', undefined)
    assert.deepEqual(await connect(port, '1234', memory, 1), ['ready'])
    assert.equal(memory.triesLost('unknown'), 0)
  })
})

test('a SIM that tells its ICCID at one try and hides it at another loses two tries all the same', async () => {
  await withSim(async (sim, port) => {
    const memory = storedMemory()
    const hide = ['+CCID', '+ICCID', '+QCCID', '^ICCID', '#CCID'].map((command) =>
      sim.override(command, () => ['ERROR']),
    )
    await connect(port, '9999', memory.forPin('9999'), 1)
    for (const end of hide) end()
    sim.override('+CCID', () => [`+CCID: ${iccid}`, 'OK'])
    assert.deepEqual(await connect(port, '9999', memory.forPin('9999'), 1), ['SIM_LOCKED'])
    assert.equal(entered(sim), 1, 'the same PIN is known to be wrong')
    for (const pin of ['8888', '7777', '1234']) await connect(port, pin, memory.forPin(pin), 1)
    assert.deepEqual([entered(sim), sim.card.pinTriesLeft()], [2, 1])
  })
})

test('makers without an entry of their own are asked for their counters, too, and 999 is no number of tries', async () => {
  for (const [command, answer, ends] of [
    ['+XPINCNT', '+XPINCNT: 3,3,10,10', 'ready'],
    ['%PINNUM', '%PINNUM: 2,10,3,10', 'SIM_LOCKED'],
    ['*EPIN', '*EPIN: 999,10,3,10', 'SIM_LOCKED'],
  ] as const)
    await withSim(async (sim, port) => {
      sim.override(command, () => [answer, 'OK'])
      const memory = storedMemory().forPin('1234')
      // Without a counter this SIM would not get the PIN any more.
      memory.tryBegins(iccid)
      memory.tryBegins(iccid)
      assert.deepEqual(await connect(port, '1234', memory, 1), [ends], command)
      assert.equal(entered(sim), ends === 'ready' ? 1 : 0, command)
    })
})

test('a Huawei is left alone for three seconds after its PIN', async () => {
  await withSim(async (sim, port) => {
    sim.override('+CGMI', () => ['huawei', 'OK'])
    const clock = fastClock()
    const times: number[] = []
    const bench = startBench(`tcp://127.0.0.1:${port}`, {
      ...{ clock, pin: '1234', pinMemory: storedMemory().forPin('1234') },
      trace: (direction, text) => {
        if (direction === 'to' && (times.length > 0 || text.startsWith('AT+CPIN=')))
          times.push(clock.monotonic())
      },
    })
    await bench.reach('ready')
    await bench.stop()
    const [enteredAt = 0, nextAt = 0] = times
    assert.ok(nextAt - enteredAt >= 3_000, `${nextAt - enteredAt} ms`)
  })
})

test('a right PIN clears what it cost, and the tries of another SIM are another matter', async () => {
  await withSim(async (sim, port) => {
    const memory = storedMemory()
    memory.forPin('1234').tryBegins(iccid)
    memory.forPin('1234').tryBegins('another SIM')
    memory.forPin('1234').tryBegins('another SIM')
    assert.deepEqual(await connect(port, '1234', memory.forPin('1234'), 1), ['ready'])
    assert.equal(entered(sim), 1)
    const { triesLost } = memory.forPin('1234')
    assert.deepEqual([triesLost(iccid), triesLost('another SIM')], [0, 2])
  })
})

test('a SIM that was busy has lost no try; a counter that says three lets tries without an outcome go on', async () => {
  const memory = storedMemory().forPin('1234')
  await withSim(async (sim, port) => {
    const end = sim.override('+CPIN=', () => ['+CME ERROR: 14'])
    assert.deepEqual(await connect(port, '1234', memory, 3), [
      'MODEM_REFUSED',
      'MODEM_REFUSED',
      'MODEM_REFUSED',
    ])
    assert.equal(memory.triesLost(iccid), 0)
    end()
    for (let lost = 0; lost < 5; lost += 1) memory.tryBegins(iccid)
    sim.override('+CPINR', () => ['+CPINR: SIM PIN,3,3', 'OK'])
    assert.deepEqual(await connect(port, '1234', memory, 1), ['ready'])
  })
})

test('a PIN is not entered when its try cannot be written down', async () => {
  await withSim(async (sim, port) => {
    const full = { ...storedMemory().forPin('1234'), tryBegins: () => assert.fail('the disk is full') }
    assert.deepEqual(await connect(port, '1234', full, 1), ['INTERNAL'])
    assert.equal(entered(sim), 0)
  })
})
