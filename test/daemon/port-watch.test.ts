// A port that comes (back) ends the wait at once: on real folders, with the real clock, and on a real tty that is unplugged and plugged in.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { constants, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createModemKeeper } from '../../src/daemon/modem-keeper.ts'
import { createPortWatch } from '../../src/daemon/port-watch.ts'
import { createRootHelper } from '../../src/daemon/root-helper.ts'
import type { Clock } from '../../src/domain/ports.ts'
import { configureLog } from '../../src/log.ts'
import { createGsmModem, type GsmModem } from '../../src/modem/gsm-modem.ts'
import { createSimModem } from '../../src/simulator/modem/sim-modem.ts'
import { createServiceState } from '../../src/store/service-state.ts'
import { eventually, hello, pinMemory } from '../modem/bench.ts'
import { realClock } from '../modem/clocks.ts'
import { storeKeeper } from '../store/temp-store.ts'
import { openPty } from '../support/pty.ts'

const openStore = storeKeeper()
const folder = mkdtempSync(join(tmpdir(), 'simpost-ports-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const never = new AbortController().signal
let count = 0
const place = (): string => join(folder, `case-${++count}`)

/** The real clock, whose looks at the folder come so late that only what happens in it can have ended a wait. */
function patientClock(): Clock & { readonly ranOut: () => number } {
  let ranOut = 0
  return {
    ...realClock,
    ranOut: () => ranOut,
    sleep: async (ms, signal) => {
      await realClock.sleep(ms < 1_000 ? ms : 60_000, signal)
      if (ms >= 1_000) ranOut += 1
    },
  }
}

/** Waits for `port`, lets `happens` happen in the middle, and asserts that this and no look ended the wait. */
async function endsAtOnce(port: string, happens: () => void): Promise<void> {
  const clock = patientClock()
  const watch = createPortWatch({ port, clock })
  const waiting = watch.wait(20_000, watch.present(), never)
  await delay(400)
  happens()
  assert.equal(await waiting, true)
  assert.equal(clock.ranOut(), 0)
}

test('a port whose folder is there, or is made with it, ends the wait at once', async () => {
  const dev = place()
  mkdirSync(dev)
  const port = join(dev, 'serial/by-id/usb-modem')
  await endsAtOnce(port, () => {
    mkdirSync(join(dev, 'serial/by-id'), { recursive: true })
    writeFileSync(port, '')
  })
  rmSync(join(dev, 'serial'), { recursive: true })
  mkdirSync(join(dev, 'serial/by-id'), { recursive: true })
  await endsAtOnce(port, () => writeFileSync(port, ''))
})

test('a port that goes and comes back during the wait ends it, one that is merely there does not', async () => {
  const dev = place()
  mkdirSync(dev)
  const port = join(dev, 'modem')
  symlinkSync('/dev/null', port)
  const watch = createPortWatch({ port, clock: realClock })
  await endsAtOnce(port, () => {
    rmSync(port)
    setTimeout(() => symlinkSync('/dev/null', port), 100)
  })
  const begin = performance.now()
  assert.equal(await watch.wait(700, watch.present(), never), false)
  assert.ok(performance.now() - begin >= 690)
  // It came between the failure and the wait.
  assert.equal(await watch.wait(20_000, new Set(), never), true)
})

test('with "auto" any USB tty ends the wait, and nothing else does', async () => {
  const dev = place()
  mkdirSync(dev)
  writeFileSync(join(dev, 'ttyUSB0'), '')
  const clock = patientClock()
  const watch = createPortWatch({ port: 'auto', clock, dev })
  let ended = false
  const waiting = watch.wait(20_000, watch.present(), never).finally(() => {
    ended = true
  })
  await delay(400)
  writeFileSync(join(dev, 'ttyS9'), '')
  await delay(200)
  assert.equal(ended, false)
  writeFileSync(join(dev, 'ttyACM1'), '')
  assert.equal(await waiting, true)
  assert.equal(clock.ranOut(), 0)
})

test('a serial server is waited for without a look, and the end of the service ends every wait', async () => {
  for (const port of ['tcp://127.0.0.1:7007', 'auto', join(folder, 'nowhere/at/all')]) {
    const watch = createPortWatch({ port, clock: realClock, dev: folder })
    const control = new AbortController()
    const waiting = watch.wait(60_000, watch.present(), control.signal)
    await delay(20)
    control.abort()
    assert.equal(await waiting, false)
  }
})

test('bytes on a tty and other files in its folder do not turn the wait into a loop', async () => {
  const dev = place()
  mkdirSync(dev)
  const port = join(dev, 'ttyUSB0')
  writeFileSync(port, '')
  let sleeps = 0
  const counting = {
    ...realClock,
    sleep: (ms: number, signal?: AbortSignal) => {
      sleeps += 1
      return realClock.sleep(ms, signal)
    },
  }
  const watch = createPortWatch({ port, clock: counting })
  const waiting = watch.wait(1_500, watch.present(), never)
  for (let round = 0; round < 100; round += 1) {
    writeFileSync(port, 'AT\r')
    writeFileSync(join(dev, `other-${round}`), '')
    await delay(10)
  }
  assert.equal(await waiting, false)
  assert.ok(sleeps <= 4, `${sleeps} looks`)
})

test('a re-plugged tty, and no look at the folder, brings the modem back to sending', async (t) => {
  configureLog('error', () => undefined)
  const sim = createSimModem()
  const tcpPort = await sim.listen()
  const link = join(folder, 'simpost-modem')
  const plugIn = async (): Promise<() => Promise<void>> => {
    sim.plugIn()
    const pty = await openPty(tcpPort)
    // A tty of a real modem outlives the program that used it; socat's would end with its last user.
    const holder = await open(pty.path, constants.O_RDWR | constants.O_NOCTTY)
    rmSync(link, { force: true })
    symlinkSync(pty.path, link)
    return async () => {
      sim.unplug()
      await holder.close()
      await pty.close()
    }
  }
  const lives: GsmModem[] = []
  const patient = patientClock()
  const control = new AbortController()
  const keeper = createModemKeeper({
    clock: realClock,
    state: createServiceState(openStore()),
    modem: { port: link, baudRate: 115200, recover: 'usb' },
    portWatch: createPortWatch({ port: link, clock: patient }),
    helper: createRootHelper({ folder: undefined, clock: realClock }),
    live: (signal) => {
      const modem = createGsmModem({
        ...{ port: link, baudRate: 115200, pin: null, sweepMs: 30_000, clock: realClock },
        intake: { receive: async () => undefined },
        pinMemory: pinMemory(),
        onState: (now) => keeper.seen(now),
      })
      lives.push(modem)
      return modem.run(signal)
    },
  })
  const ready = (): boolean => lives.at(-1)?.state().phase === 'ready'
  let unplug = await plugIn()
  const running = keeper.run(control.signal)
  try {
    await eventually(ready, 'ready', 60_000)
    await unplug()
    await eventually(() => !ready(), 'the loss noticed', 60_000)
    // Long enough for the waits to have grown beyond the first look.
    await delay(3_000)
    unplug = await plugIn()
    const begin = performance.now()
    await eventually(ready, 'ready again', 50_000)
    await lives.at(-1)?.submit(hello)
    const ms = Math.round(performance.now() - begin)
    t.diagnostic(`${ms} ms from the tty to +CMGS`)
    assert.equal(patient.ranOut(), 0)
  } finally {
    control.abort()
    await running
    await unplug()
    await sim.close()
  }
})

/** How many signals hang on this one: AbortSignal.any leaves them in a set of its source. */
function dependants(signal: AbortSignal): number {
  const kept = Object.getOwnPropertySymbols(signal).find((key) => key.description === 'kDependantSignals')
  return kept === undefined ? 0 : Number(Reflect.get(Object(Reflect.get(signal, kept)), 'size') ?? 0)
}

test('a wait of many looks leaves nothing with the signal of the service, which lives for months', async () => {
  let passed = 0
  const clock = {
    now: () => passed,
    monotonic: () => passed,
    async sleep(ms: number) {
      passed += ms
    },
  }
  const { signal } = new AbortController()
  await createPortWatch({ port: join(place(), 'modem'), clock }).wait(200_000, new Set(), signal)
  assert.equal(dependants(signal), 0)
  const combined = AbortSignal.any([signal, new AbortController().signal])
  assert.equal(dependants(signal), 1, `they would be seen: ${combined.aborted}`)
})
