// Runs the fault cases of modems.md section 16: each case for each device and for reads of 1 octet, 7 octets and everything at once,
// through the real serialport on a pty. Invariants: a case begins on an idle modem with empty stores and without faults; what a case
// leaves behind on a modem that it shares with others fails that case, not the next one.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../src/domain/ports.ts'
import type { GsmModemOptions } from '../../../src/modem/gsm-modem.ts'
import type { Override } from '../../../src/simulator/modem/sim-interpreter.ts'
import type { SimModem, SimModemOptions } from '../../../src/simulator/modem/sim-modem.ts'
import { openPty, type Pty } from '../../support/pty.ts'
import { eventually, type ModemBench, startBench } from '../bench.ts'
import { fastClock } from '../clocks.ts'
import { type Device, devices } from './fault-devices.ts'

/** Waits below a minute pass 10 times as fast, longer ones 150 times: the 300 s of AT+CMGS take 2 s. */
const factor = 10
const longFactor = 150

/** A sweep of the message store in 2 s of real time. */
const sweepMs = 20_000

/** Modems at work at a time: most of a case is waiting, but two cores carry only so many reads of one octet. */
const rigsMax = 6

const chunks = [1, 7, Number.POSITIVE_INFINITY] as const

/** Real milliseconds without a command after which a modem with nothing to do counts as idle. */
const idleMs = 60

/** Real milliseconds until the simulator has seen the end of a connection. */
const goneMs = 50

interface TestClock extends Clock {
  /** Moves the wall clock, not the monotonic one. */
  jump(ms: number): void
}

export interface Rig {
  readonly sim: SimModem
  readonly device: Device
  readonly clock: TestClock
  /** The connection of the moment. */
  bench: ModemBench
  /** Replaces a command until the case ends. */
  override(prefix: string, handler: Override): void
  /** Plugs the modem in again and opens a new connection, as the supervisor does. */
  reopen(more?: Partial<GsmModemOptions>): Promise<void>
  /** Resolves when nothing was sent to the modem for a while. */
  idle(): Promise<void>
}

interface Start {
  readonly sim?: SimModemOptions
  readonly bench?: Partial<GsmModemOptions>
  /** What is so before the port is opened. */
  prepare?(sim: SimModem): void
}

export interface FaultCase {
  /** What the gateway does in this case. */
  readonly title: string
  /** The case needs a start of its own; without it, it runs on a modem that stands already. */
  readonly start?: Start
  /** Why the case cannot apply to a device; null if it does. */
  unfit?(device: Device, sim: SimModem): string | null
  run(rig: Rig): Promise<void>
}

interface Combination {
  readonly device: Device
  readonly chunk: number
  readonly name: string
}

class MatrixRig implements Rig {
  readonly device: Device
  readonly sim: SimModem
  readonly clock: TestClock
  bench: ModemBench
  readonly #chunk: number
  readonly #start: Start
  readonly #ends: (() => void)[] = []
  readonly #tcpPort: number
  #pty: Pty

  private constructor(
    { device, chunk }: Combination,
    start: Start,
    sim: SimModem,
    line: { readonly pty: Pty; readonly tcpPort: number },
  ) {
    const { pty, tcpPort } = line
    this.device = device
    this.sim = sim
    this.#pty = pty
    this.#tcpPort = tcpPort
    this.#chunk = chunk
    this.#start = start
    let offset = 0
    this.clock = {
      ...fastClock(factor, longFactor),
      now: () => Date.now() + offset,
      jump: (ms) => {
        offset += ms
      },
    }
    sim.faults.chunkOctets = chunk
    this.bench = startBench(pty.path, { clock: this.clock, sweepMs, ...start.bench })
  }

  static async open(combination: Combination, start: Start = {}): Promise<MatrixRig> {
    const sim = combination.device.create(start.sim)
    start.prepare?.(sim)
    const tcpPort = await sim.listen()
    return new MatrixRig(combination, start, sim, { pty: await openPty(tcpPort), tcpPort })
  }

  override(prefix: string, handler: Override): void {
    this.#ends.push(this.sim.override(prefix, handler))
  }

  async reopen(more: Partial<GsmModemOptions> = {}): Promise<void> {
    await this.bench.ended
    await this.#pty.close()
    // The simulator takes one client at a time and has to see first that the old one is gone.
    await sleep(goneMs)
    this.sim.plugIn()
    this.#pty = await openPty(this.#tcpPort)
    this.bench = startBench(this.#pty.path, { clock: this.clock, sweepMs, ...this.#start.bench, ...more })
  }

  async idle(): Promise<void> {
    let since = performance.now()
    let commands = this.sim.commands().length
    await eventually(() => {
      const now = this.sim.commands().length
      if (now !== commands) since = performance.now()
      commands = now
      return performance.now() - since > idleMs
    }, 'an idle modem')
  }

  /** Ready for a case: up, idle, with empty stores. */
  async begin(): Promise<void> {
    await this.bench.reach('ready')
    await this.idle()
    this.bench.received.length = 0
    this.bench.late.length = 0
  }

  /** Undoes what the case did and checks that the modem is still at work. */
  async end(): Promise<void> {
    for (const end of this.#ends.splice(0)) end()
    this.sim.faults.clear()
    this.sim.faults.chunkOctets = this.#chunk
    await this.begin()
    for (const store of this.device.stores(this.sim))
      assert.deepEqual(store.list(), [], `${store.name} is not empty after the case`)
  }

  async close(): Promise<void> {
    this.sim.unplug()
    await this.bench.ended
    await this.#pty.close()
    await this.sim.close()
  }

  /** The end of the conversation, for the report of a failure. */
  tail(): string {
    const { phase, problem } = this.bench.modem.state()
    const conversation = this.sim.log
      .slice(-40)
      .map(({ direction, line }) => `${direction === 'in' ? '>' : '<'} ${line.slice(0, 100)}`)
      .join('\n')
    return `${phase}, ${problem?.message ?? 'no problem'}\n${conversation}`
  }
}

/** Rigs that cases share, by device and chunk. */
const shared = new Map<string, MatrixRig>()

after(async () => {
  await Promise.all([...shared.values()].map((rig) => rig.close()))
})

const combinations: readonly Combination[] = devices.flatMap((device) =>
  chunks.map((chunk) => ({ device, chunk, name: `${device.name}, reads of ${chunk}` })),
)

async function runOne(fault: FaultCase, combination: Combination): Promise<void> {
  const { name } = combination
  const own = fault.start !== undefined
  const rig = (own ? undefined : shared.get(name)) ?? (await MatrixRig.open(combination, fault.start))
  let fine = false
  try {
    if (!own) await rig.begin()
    await fault.run(rig)
    if (!own) await rig.end()
    fine = true
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}\n${rig.tail()}`, {
      cause: error,
    })
  } finally {
    shared.delete(name)
    if (own || !fine) await rig.close()
    else shared.set(name, rig)
  }
}

async function inParallel<T>(
  items: readonly T[],
  width: number,
  each: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await each(item)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

/** One test for each case; its diagnostics say how many combinations ran, and why some could not. */
export function faultMatrix(cases: readonly FaultCase[]): void {
  for (const fault of cases) {
    test(fault.title, async (t) => {
      const failures: unknown[] = []
      const reasons = new Map<string, string>()
      for (const device of devices) {
        const sim = device.create(fault.start?.sim)
        const reason = fault.unfit?.(device, sim) ?? null
        await sim.close()
        if (reason !== null) reasons.set(device.name, reason)
      }
      const fit = combinations.filter(({ device }) => !reasons.has(device.name))
      assert.ok(fit.length > 0, 'no device is left for this case')
      await inParallel(fit, rigsMax, async (combination) => {
        await runOne(fault, combination).catch((error: unknown) => failures.push(error))
      })
      t.diagnostic(`${fit.length} combinations of device and octets per read`)
      for (const [name, reason] of reasons) t.diagnostic(`not for ${name}: ${reason}`)
      if (failures.length > 0)
        assert.fail(
          `${failures.length} of ${fit.length} failed; the first: ${(failures[0] as Error).message}`,
        )
    })
  }
}
