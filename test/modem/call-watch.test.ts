// Incoming calls: what counts as one call, and how it is rejected, on the simulated modem through a pty.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MissedCall } from '../../src/domain/message.ts'
import type { Urc } from '../../src/modem/at/at-line.ts'
import { createCallWatch } from '../../src/modem/call-watch.ts'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { openPty } from '../support/pty.ts'
import { eventually, hello, type ModemBench, startBench } from './bench.ts'
import { fastClock, type ManualClock, manualClock } from './clocks.ts'

const caller = '+4917012345678'

const urc = (name: string, values = ''): Urc => ({ name, values, pdu: null, tpduLength: null })
const clip = (number: string, type = 145): Urc => urc('+CLIP', `"${number}",${type},"",,"",0`)

interface Watched {
  readonly clock: ManualClock
  readonly calls: MissedCall[]
  readonly commands: string[]
  /** Says these after one another. */
  hear(...urcs: readonly Urc[]): void
  /** Lets time pass, and does what becomes due meanwhile, as the service loop would. */
  pass(ms: number): Promise<void>
  readonly watch: ReturnType<typeof createCallWatch>
}

function watched(
  options: { readonly hangUp?: boolean; readonly chup?: 'ok' | 'error'; readonly failures?: number } = {},
): Watched {
  const clock = manualClock()
  const calls: MissedCall[] = []
  const commands: string[] = []
  let failures = options.failures ?? 0
  const watch = createCallWatch({
    clock,
    hangUp: options.hangUp ?? false,
    execute: async ({ line }) => {
      commands.push(line)
      return options.chup === 'error' && line === 'AT+CHUP'
        ? {
            kind: 'error',
            error: { kind: 'ERROR', number: null, text: 'ERROR' },
            lines: [],
            payloadSent: false,
            elapsedMs: 1,
          }
        : { kind: 'ok', lines: [], elapsedMs: 1 }
    },
    intake: {
      receive: async (call) => {
        if (failures-- > 0) throw new Error('disk full')
        calls.push(call)
      },
    },
  })
  return {
    ...{ clock, calls, commands, watch },
    hear: (...urcs) => {
      for (const one of urcs) assert.ok(watch.take(one), one.name)
    },
    pass: async (ms) => {
      for (let step = 0; step < ms; step += 500) {
        while (watch.dueMs() === 0) await watch.work()
        await clock.advance(500)
      }
      while (watch.dueMs() === 0) await watch.work()
    },
  }
}

test('a call is over ten seconds after its last ring, and is one call', async () => {
  const { hear, pass, calls, watch } = watched()
  for (let ring = 0; ring < 4; ring += 1) {
    hear(urc('RING'), clip(caller))
    await pass(5000)
  }
  assert.deepEqual(calls, [])
  await pass(5500)
  assert.deepEqual(calls, [{ number: caller, at: 0, rings: 4, cut: false }])
  assert.equal(watch.dueMs(), null)
})

test('the words of the networks and makers end a call at once; without a call they mean nothing', async () => {
  for (const end of [
    urc('NO CARRIER'),
    urc('^CEND', '1,0,104,16'),
    urc('+UCALLSTAT', '1,6'),
    urc('VOICE CALL: END'),
    urc('MISSED_CALL: 02:30PM 07918167219'),
  ]) {
    const { hear, pass, calls, watch } = watched()
    assert.equal(watch.take(end), false, `${end.name} without a call`)
    hear(urc('RING'), clip(caller), end)
    await pass(0)
    assert.equal(calls.length, 1, end.name)
  }
})

test('a storm of RING, +CRING and +CLIP is one call, and so is a second caller who only knocks', async () => {
  const { hear, pass, calls, watch } = watched()
  for (let line = 0; line < 1000; line += 1) hear(urc('RING'), urc('+CRING', 'VOICE'), clip(caller))
  assert.equal(watch.take(urc('+CCWA', '"+491719999999",145,1')), false)
  for (const noise of ['^ORIG', '^CONF', '^CONN', '^DDTMF', '+CSSU', '#ECAM'])
    assert.equal(watch.take(urc(noise, '1,0')), false)
  await pass(11_000)
  assert.deepEqual(
    calls.map(({ number, rings }) => [number, rings]),
    [[caller, 1]],
  )
})

test('another number behind RING is another call, for modems that say nothing when a caller gives up', async () => {
  const { hear, pass, calls } = watched()
  hear(urc('RING'), clip(caller))
  await pass(4000)
  hear(urc('RING'), clip('+491719999999'))
  await pass(11_000)
  assert.deepEqual(
    calls.map(({ number }) => number),
    [caller, '+491719999999'],
  )
})

test('a withheld number, a missing +CLIP and a number without its plus are told apart', async () => {
  for (const [line, number] of [
    [clip('', 128), null],
    [urc('+CLIP', '"",128,,,,1'), null],
    [urc('+CLIP', ''), null],
    [null, null],
    [clip('4917012345678', 145), caller],
    [clip('017012345678', 129), '017012345678'],
    [urc('+CLIP', '"002B0034003900310037",145'), '+4917'],
    [clip('9'.repeat(500), 129), '9'.repeat(32)],
  ] as const) {
    const { hear, pass, calls } = watched()
    hear(urc('RING'), ...(line === null ? [] : [line]))
    await pass(11_000)
    assert.equal(calls[0]?.number, number)
  }
})

test('a call is rejected when its number is known, or after three seconds without one', async () => {
  const known = watched({ hangUp: true })
  known.hear(urc('RING'))
  await known.pass(0)
  assert.deepEqual(known.commands, [], 'the number had no time to come')
  known.hear(clip(caller))
  await known.pass(0)
  assert.deepEqual(known.commands, ['AT+CHUP'])
  await known.pass(30_000)
  assert.equal(known.calls.length, 1)
  assert.deepEqual(known.commands, ['AT+CHUP'], 'once is enough where it helps')
  const unknown = watched({ hangUp: true })
  unknown.hear(urc('RING'))
  await unknown.pass(2500)
  assert.deepEqual(unknown.commands, [])
  await unknown.pass(1000)
  assert.deepEqual(unknown.commands, ['AT+CHUP'])
})

test('a call that rings on is rejected three times at most, by ATH where AT+CHUP is refused', async () => {
  const { hear, pass, commands, calls } = watched({ hangUp: true, chup: 'error' })
  for (let ring = 0; ring < 20; ring += 1) {
    hear(urc('RING'), clip(caller))
    await pass(3000)
  }
  await pass(11_000)
  assert.deepEqual(commands, ['AT+CHUP', 'ATH', 'AT+CHUP', 'ATH', 'AT+CHUP', 'ATH'])
  assert.equal(calls.length, 1)
})

test('a call that cannot be stored is handed over again until it is', async () => {
  const { hear, pass, calls } = watched({ failures: 2 })
  hear(urc('RING'), urc('NO CARRIER'))
  await pass(29_000)
  assert.equal(calls.length, 0)
  await pass(60_000)
  assert.equal(calls.length, 1)
})

test('a call that rings when the connection ends is handed over as cut', async () => {
  const { hear, watch, calls } = watched()
  hear(urc('RING'), clip(caller))
  await watch.end()
  assert.deepEqual(calls, [{ number: caller, at: 0, rings: 1, cut: true }])
})

interface Rig {
  readonly sim: SimModem
  readonly bench: ModemBench
  readonly calls: MissedCall[]
}

async function withModem(hangUp: boolean, use: (rig: Rig) => Promise<void>, sendMs = 0): Promise<void> {
  const sim = createSimModem({ sendMs })
  const pty = await openPty(await sim.listen())
  const calls: MissedCall[] = []
  const intake = { receive: async (call: MissedCall) => void calls.push(call) }
  const bench = startBench(pty.path, { clock: fastClock(20), calls: { hangUp, intake } })
  try {
    await bench.reach('ready')
    await use({ sim, bench, calls })
  } finally {
    await bench.stop()
    await pty.close()
    await sim.close()
  }
}

for (const chunkOctets of [1, 7, Number.POSITIVE_INFINITY])
  test(`a call that rings during AT+CMGS, with reads of ${chunkOctets} octets, disturbs no SMS`, async () => {
    await withModem(
      false,
      async ({ sim, bench, calls }) => {
        sim.faults.chunkOctets = chunkOctets
        const sent = bench.modem.submit(hello)
        sim.ring(caller, 10)
        await sent
        await bench.modem.submit(hello)
        await eventually(() => calls.length === 1)
        assert.equal(calls[0]?.number, caller)
        assert.equal(sim.network.sent.length, 2)
      },
      40,
    )
  })

test('RING and NO CARRIER between the lines of a listing leave every message in its place', async () => {
  await withModem(false, async ({ sim, bench, calls }) => {
    const pdu = '0791947101670000040D91947110325476F800006211326172334005E8329BFD06'
    const pdus = [pdu, pdu.replace('7617', '7618')]
    sim.override('+CMGL', async () => {
      const [first = [], second = []] = sim
        .storage()
        .list()
        .map((stored) => [`+CMGL: ${stored.index},0,,${stored.pdu.length / 2 - 8}`, stored.pdu])
      const [header = '', ...rest] = first
      return [header, 'RING', `+CLIP: "${caller}",145,"",,"",0`, ...rest, 'NO CARRIER', ...second, 'OK']
    })
    for (const each of pdus) sim.storage().put(each)
    sim.urc('+CMTI: "XX",1')
    await eventually(() => bench.received.length === 2 && sim.storage().list().length === 0)
    assert.deepEqual(
      bench.received.map((stored) => stored.pdu),
      pdus,
    )
    await eventually(() => calls.length > 0)
    assert.equal(calls[0]?.number, caller)
  })
})

test('a rejected call is hung up on the modem, with a number or without', async () => {
  await withModem(true, async ({ sim, calls }) => {
    for (const number of [caller, '']) {
      const before = sim.commands().filter((line) => line === 'AT+CHUP').length
      sim.ring(number, 200)
      await eventually(() => sim.commands().filter((line) => line === 'AT+CHUP').length === before + 1)
      await eventually(() => calls.at(-1)?.number === (number === '' ? null : number))
    }
    assert.equal(calls.length, 2)
  })
})

test('without the option a call rings on, and nothing is written to the modem', async () => {
  await withModem(false, async ({ sim, calls }) => {
    sim.ring(caller, 100)
    await eventually(() => calls.length === 1)
    assert.ok(!sim.commands().some((line) => line === 'AT+CHUP' || line === 'ATH' || line.startsWith('ATA')))
    assert.equal(calls[0]?.rings, 5)
  })
})
