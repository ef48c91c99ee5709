// Every simulated device through the real serialport on a pty, with its noise pushed in all the while: start-up with a locked SIM,
// receiving, sending, report, a restart of its own. The settings expected here are what hardware.md and src/modem/quirks.ts say of each model.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseTranscript, printTranscript, type Transcript } from '../../src/domain/transcript.ts'
import { maskTranscript } from '../../src/modem/report/transcript-mask.ts'
import { createTranscriptRecorder } from '../../src/modem/report/transcript-recorder.ts'
import { createDevice, type SimDevice } from '../../src/simulator/modem/device-profile.ts'
import type { SimModemOptions } from '../../src/simulator/modem/sim-modem.ts'
import { allDevices } from '../support/devices.ts'
import { openPty } from '../support/pty.ts'
import { eventually, hello, type ModemBench, startBench } from './bench.ts'
import { fastClock } from './clocks.ts'

interface Expected {
  /** What stands after AT+CNMI=. */
  readonly cnmi: string
  readonly store: string
  /** The command that counts the PIN tries; null: the model has none. */
  readonly counter: string | null
  /** False: the model brings no status reports to the host. */
  readonly reports?: false
}

const huawei = { counter: 'AT^CPIN?', cnmi: '1,1,0,1,0', store: 'SM' }
const quectel = { counter: 'AT+QPINC?', cnmi: '2,1,0,1,0', store: 'ME' }
const expectations: Readonly<Record<string, Expected>> = {
  'brovi-e3372-325': huawei,
  'cinterion-mc75i': { counter: 'AT^SPIC', cnmi: '2,1,0,2,1', store: 'SM' },
  'cinterion-phs8': { counter: 'AT^SPIC', cnmi: '2,1,0,0,1', store: 'SM', reports: false },
  'huawei-e173': huawei,
  'huawei-e1752': huawei,
  'huawei-e303': { ...huawei, store: 'ME' },
  'huawei-e3131': huawei,
  'huawei-e3372-stick': huawei,
  'quectel-bg96': quectel,
  'quectel-ec25': quectel,
  'quectel-eg25': quectel,
  'sierra-mc7455': { counter: null, cnmi: '2,1,0,1,0', store: 'ME' },
  'simcom-sim7600': { counter: 'AT+SPIC', cnmi: '1,1,0,1,0', store: 'ME' },
  'simcom-sim800': { counter: 'AT+SPIC', cnmi: '1,1,0,1,0', store: 'SM' },
  'telit-le910c': { counter: 'AT#PCT', cnmi: '2,1,0,1,0', store: 'SM' },
  'u-blox-sara-r410m': { counter: 'AT+UPINCNT', cnmi: '2,1,0,1,0', store: 'ME' },
  'zte-mf190': { counter: 'AT+ZPINPUK=?', cnmi: '1,1,0,1,0', store: 'SM' },
  'zte-mf823': { counter: 'AT+ZPINPUK=?', cnmi: '1,1,0,1,0', store: 'SM' },
}

/** Milliseconds between two lines of noise; some hundred of them fall into each test. */
const noiseMs = 9
const sweepMs = 15_000
/** So long after the last look the settings of a modem are looked at again, for some restart without a word. */
const settingsCheckMs = 600_000
const pin = '1234'
const wanted = { ...hello, pdu: hello.pdu.replace(/^0001/, '0021') }

interface Rig {
  readonly device: SimDevice
  readonly bench: ModemBench
  /** Lets the time jump, while the modem has nothing to do. */
  jump(ms: number): void
}

function profile(name: string): Transcript {
  const found = allDevices().find((each) => each.name === name)?.transcript
  assert.ok(found !== undefined)
  return found
}

interface Extras {
  readonly prepare?: (device: SimDevice) => void
  readonly trace?: (direction: 'to' | 'from', text: string) => void
}

async function withDevice(
  transcript: Transcript,
  use: (rig: Rig) => Promise<void>,
  { prepare, trace }: Extras = {},
): Promise<void> {
  const options: SimModemOptions = { pin, sendMs: 30, reportMs: 30 }
  const device = createDevice(transcript, options)
  prepare?.(device)
  const pty = await openPty(await device.listen())
  device.noise(noiseMs)
  const fast = fastClock()
  let jumped = 0
  const bench = startBench(pty.path, {
    ...{ pin, sweepMs, ...(trace === undefined ? {} : { trace }) },
    clock: { ...fast, monotonic: () => fast.monotonic() + jumped },
  })
  const jump = (ms: number): void => {
    jumped += ms
  }
  try {
    await use({ device, bench, jump })
  } finally {
    device.unplug()
    await bench.ended
    await device.close()
    await pty.close()
  }
}

/** What the host set by lines that begin so, without this beginning. */
const settings = (device: SimDevice, beginning: string): string[] =>
  device
    .commands()
    .filter((line) => line.startsWith(beginning) && !line.endsWith('?'))
    .map((line) => line.slice(beginning.length))

function isEmpty(device: SimDevice): boolean {
  return device.stores().every((store) => store.name === 'SR' || store.list().length === 0)
}

/** TP-MTI of a PDU with its SMSC field: 0 DELIVER, 2 STATUS-REPORT. */
const typeOf = (pdu: string): number =>
  Number.parseInt(pdu.slice(2 + 2 * Number.parseInt(pdu.slice(0, 2), 16)).slice(0, 2), 16) & 3

async function receivesAndSends({ device, bench }: Rig, reports: boolean): Promise<void> {
  const before = bench.received.length
  const sent = device.network.sent.length
  device.network.phoneSends('+4917012345678', 'first')
  device.network.phoneSends('+4917012345678', 'second')
  await bench.modem.submit(wanted)
  await bench.modem.submit(wanted)
  assert.equal(device.network.sent.length, sent + 2)
  const expected = before + 2 + (reports ? 2 : 0)
  await eventually(() => bench.received.length >= expected, `${expected} PDUs`)
  await eventually(() => isEmpty(device), 'empty stores')
  const types = bench.received.slice(before).map(({ pdu }) => typeOf(pdu))
  assert.deepEqual(types.sort(), reports ? [0, 0, 2, 2] : [0, 0])
}

test('each transcript is a device with an expectation, and the other way round', () => {
  assert.deepEqual(
    allDevices().map(({ name }) => name),
    Object.keys(expectations).sort(),
  )
})

describe('devices', { concurrency: 4 }, () => {
  for (const [name, { cnmi, store, counter, reports = true }] of Object.entries(expectations)) {
    test(`${name}: starts with AT+CNMI=${cnmi} and ${store}, receives and sends in its noise, and again after a restart`, async () => {
      await withDevice(profile(name), async (rig) => {
        const { device, bench, jump } = rig
        await bench.reach('ready')
        assert.equal(settings(device, 'AT+CNMI=').at(-1), cnmi)
        assert.equal(settings(device, 'AT+CPMS=')[0], `"${store}","${store}","${store}"`)
        assert.equal(device.commands().filter((line) => line.startsWith('AT+CPIN=')).length, 1)
        if (counter !== null) assert.ok(device.commands().includes(counter))
        await receivesAndSends(rig, reports)
        jump(settingsCheckMs)
        device.reset()
        await eventually(
          () => device.commands().filter((line) => line.startsWith('AT+CPIN=')).length === 2,
          'the PIN after the restart',
        )
        await bench.reach('ready')
        await receivesAndSends(rig, reports)
        assert.equal(device.card.pinTriesLeft(), 3)
        assert.deepEqual(
          bench.noise.filter((line) => /\+CM|\+CDS/.test(line)),
          [],
        )
      })
    })

    if (counter === null) continue
    test(`${name}: a SIM with two PIN tries left is not asked for its PIN`, async () => {
      const lose = ({ card }: SimDevice): void => assert.throws(() => card.verify('0000'))
      await withDevice(
        profile(name),
        async ({ device, bench }) => {
          assert.equal((await bench.ended)?.code, 'SIM_LOCKED')
          assert.equal(device.card.pinTriesLeft(), 2)
          assert.equal(device.commands().filter((line) => line.startsWith('AT+CPIN=')).length, 0)
        },
        { prepare: lose },
      )
    })
  }

  for (const name of ['cinterion-mc75i', 'huawei-e173', 'quectel-ec25', 'simcom-sim7600'])
    test(`${name}: a masked recording of its start-up and of two messages plays like the device`, async () => {
      const recorder = createTranscriptRecorder()
      const told: string[] = []
      await withDevice(
        profile(name),
        async (rig) => {
          await rig.bench.reach('ready')
          await receivesAndSends(rig, true)
          told.push(...settings(rig.device, 'AT+CNMI='), ...settings(rig.device, 'AT+CPMS=').slice(0, 1))
        },
        { trace: recorder.hear },
      )
      const facts = [
        { key: 'device', value: name },
        { key: 'source', value: 'recorded 2026-11-24' },
      ]
      const text = printTranscript({ facts, lines: maskTranscript(recorder.lines()) })
      assert.doesNotMatch(text, /12345678|490154203237518/)
      await withDevice(parseTranscript(text), async (rig) => {
        await rig.bench.reach('ready')
        const { device } = rig
        assert.deepEqual([...settings(device, 'AT+CNMI='), ...settings(device, 'AT+CPMS=').slice(0, 1)], told)
        await receivesAndSends(rig, true)
      })
    })
})
