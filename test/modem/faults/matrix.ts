// Runs the fault cases: each case for each device and for reads of 1 octet, 7 octets and everything at once (the
// whole product with FAULT_ALL=1), through the real serialport on a pty. Invariants: a case begins on an idle modem with empty stores and without faults; what a case
// leaves behind on a modem that it shares with others fails that case, not the next one.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GsmModemOptions } from '../../../src/modem/gsm-modem.ts'
import type { Override } from '../../../src/simulator/modem/sim-interpreter.ts'
import type { SimModem, SimModemOptions } from '../../../src/simulator/modem/sim-modem.ts'
import { openPty, type Pty } from '../../support/pty.ts'
import { eventually, type ModemBench, startBench } from '../bench.ts'
import { type FaultClock, faultClock } from './fault-clock.ts'
import { type Device, devices } from './fault-devices.ts'

/** A sweep of the message store in a second of real time. */
const sweepMs = 5_000

/** Modems at work at a time: most of a case is waiting, but two cores carry only so many reads of one octet. */
const rigsMax = 10

const chunks = [1, 7, Number.POSITIVE_INFINITY] as const

/** Real milliseconds without a command after which a modem with nothing to do counts as idle. */
const idleMs = 60

/** Real milliseconds for one case. */
const caseMs = 150_000

/** Real milliseconds until the simulator has seen the end of a connection. */
const goneMs = 50

export interface Rig {
  readonly sim: SimModem
  readonly device: Device
  readonly clock: FaultClock
  /** 0, 1, 2 for the three chunks: cases that walk through many places divide them by it. */
  readonly turn: number
  /** The connection of the moment. */
  bench: ModemBench
  /** Replaces a command until the case ends. */
  override(prefix: string, handler: Override): void
  /** Plugs the modem in again and opens a new connection, as the supervisor does. */
  reopen(more?: Partial<GsmModemOptions>): Promise<void>
  /** Resolves when nothing was sent to the modem for a while. */
  idle(): Promise<void>
}

/** True when the last command has its final result code: a listing in pieces of one octet takes longer than a modem is taken for busy. */
function isAnswered(trace: readonly string[]): boolean {
  const asked = trace.findLastIndex((line) => line.startsWith('to '))
  return trace
    .slice(asked + 1)
    .some((line) => /^from (OK|ERROR|\+CM[ES] ERROR|COMMAND NOT)/.test(line.trim()))
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
  readonly chunk: (typeof chunks)[number]
  readonly name: string
}

class MatrixRig implements Rig {
  readonly device: Device
  readonly sim: SimModem
  readonly clock = faultClock()
  readonly turn: number
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
    this.turn = chunks.indexOf(chunk)
    this.#start = start
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
      if (now !== commands || !isAnswered(this.bench.trace)) since = performance.now()
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

const combinations: readonly Combination[] = devices.flatMap((device) =>
  chunks.map((chunk) => ({ device, chunk, name: `${device.name}, reads of ${chunk}` })),
)

/** With the variable FAULT_ALL the whole product of cases, devices and chunks runs, which takes twelve minutes of two cores. */
const whole = process.env.FAULT_ALL !== undefined

/**
 * Which combinations a case runs on: plain modems with every chunk, profiles with one each, so that over the cases every device meets
 * every chunk, and in every case every chunk meets a device of some profile.
 */
function meets({ device, chunk }: Combination, nth: number): boolean {
  return whole || !device.profile || (devices.indexOf(device) + nth) % chunks.length === chunks.indexOf(chunk)
}

const hidden = 'with the conversation of'

/** A case that waits for what never comes fails, and its neighbours go on. */
async function withinLimit(work: Promise<void>): Promise<void> {
  const timer = new AbortController()
  const limit = sleep(caseMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`not finished within ${caseMs} ms`)
  })
  await Promise.race([work, limit]).finally(() => timer.abort())
}

/** Runs a case; what went wrong, null if nothing did. */
async function attempt(fault: FaultCase, { name }: Combination, rig: MatrixRig): Promise<string | null> {
  const own = fault.start !== undefined
  try {
    if (!own) await rig.begin()
    await withinLimit(fault.run(rig))
    if (!own) await rig.end()
    return null
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : error}\n${hidden} ${rig.tail()}`
  }
}

type Verdict = { readonly name: string; readonly failure: string | null }

/** All cases of one device with one chunk: those that share a modem on one, the others each on its own. */
async function runAll(
  cases: readonly FaultCase[],
  combination: Combination,
  tell: (fault: FaultCase, verdict: Verdict) => void,
): Promise<void> {
  const { device, name } = combination
  let shared: MatrixRig | null = null
  for (const [nth, fault] of cases.entries()) {
    if (!meets(combination, nth)) continue
    const probe = device.create(fault.start?.sim)
    const reason = fault.unfit?.(device, probe) ?? null
    await probe.close()
    if (reason !== null) continue
    const own = fault.start !== undefined
    const rig: MatrixRig = (own ? null : shared) ?? (await MatrixRig.open(combination, fault.start))
    const failure = await attempt(fault, combination, rig)
    // A modem on which something went wrong is no place for the next case.
    if (own || failure !== null) await rig.close()
    if (!own) shared = failure === null ? rig : null
    tell(fault, { name, failure })
  }
  await shared?.close()
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

/** The reasons why a case cannot apply, by device. */
async function reasonsOf(fault: FaultCase): Promise<Map<string, string>> {
  const reasons = new Map<string, string>()
  for (const device of devices) {
    const sim = device.create(fault.start?.sim)
    const reason = fault.unfit?.(device, sim) ?? null
    await sim.close()
    if (reason !== null) reasons.set(device.name, reason)
  }
  return reasons
}

/** One test for each case; its diagnostics say how many combinations ran, and why some could not. */
export function faultMatrix(cases: readonly FaultCase[]): void {
  const verdicts = new Map<FaultCase, Verdict[]>(cases.map((fault) => [fault, []]))
  let ran: Promise<void> | null = null
  const runEverything = (): Promise<void> =>
    inParallel(combinations, rigsMax, (combination) =>
      runAll(cases, combination, (fault, verdict) => verdicts.get(fault)?.push(verdict)),
    )
  for (const [nth, fault] of cases.entries()) {
    test(fault.title, async (t) => {
      // A device goes through all cases in a row, so that the first test waits for everything and the others only look.
      ran ??= runEverything()
      await ran
      const reasons = await reasonsOf(fault)
      const found = verdicts.get(fault) ?? []
      t.diagnostic(`${found.length} combinations of device and octets per read`)
      for (const [name, reason] of reasons) t.diagnostic(`not for ${name}: ${reason}`)
      const due = combinations.filter((each) => meets(each, nth) && !reasons.has(each.device.name))
      assert.equal(found.length, due.length)
      const failures = found.flatMap(({ failure }) => failure ?? [])
      const names = failures.map((each) => each.split(`\n${hidden}`)[0] ?? '').sort()
      assert.equal(failures.length, 0, `${names.join('\n')}\n${failures[0]}`)
    })
  }
}
