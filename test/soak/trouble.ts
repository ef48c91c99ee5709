// Everything that goes wrong with the modem of the soak, drawn from a seed: answers, prompts and indications that are lost, late or wrong,
// refusals, a modem that is pulled out or restarts, no network, a full store, deletions that lie, noise, lines that lose octets.
// Invariant: only what a service can survive without luck; a refusal that says "surely not sent" tells the truth.

import type { Fault, Faults } from '../../src/simulator/modem/faults.ts'
import type { SimModem } from '../../src/simulator/modem/sim-modem.ts'
import type { Random } from '../support/random.ts'
import type { JumpingClock } from './jumping-clock.ts'
import type { Plug } from './plug.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

const refusal = (code: number, accepted = false): Fault => ({ kind: 'send-error', code, accepted })

/** Faults and their probability at each occasion. */
const drawn: readonly (readonly [probability: number, faults: readonly Fault[]])[] = [
  [0.006, [{ kind: 'answer-lost' }]],
  [0.003, [{ kind: 'answer-ok-only' }, { kind: 'answer-ok-only', accepted: false }]],
  [0.003, [22, 27, 38, 41, 42, 300, 302, 314, 320].map((code) => refusal(code))],
  [0.001, [21, 1, 195, 331].map((code) => refusal(code))],
  [0.0003, [29, 330].map((code) => refusal(code))],
  [0.002, [refusal(500), refusal(500, true), refusal(332), refusal(332, true), refusal(197, true)]],
  [0.05, [{ kind: 'report-first' }]],
  [0.03, [{ kind: 'prompt-bare' }]],
  [0.003, [{ kind: 'prompt-never' }]],
  [0.004, [{ kind: 'delete-lies' }]],
  [0.002, [320, 500].map((code): Fault => ({ kind: 'delete-error', code }))],
  [0.002, [{ kind: 'noise', bytes: '\r\n\u00fe\u0080x^#\u0001\r\n' }]],
  [0.0004, [{ kind: 'no-answer' }]],
  [0.02, [{ kind: 'indication-lost' }]],
  [
    0.002,
    [
      { kind: 'unplug', at: 'before-prompt' },
      { kind: 'unplug', at: 'after-ctrl-z' },
      { kind: 'unplug', at: 'after-ctrl-z', accepted: true },
      { kind: 'unplug', at: 'after-cmgs' },
    ],
  ],
]

const urcLines: readonly (readonly string[])[] = [
  ['^RSSI:18'],
  ['+CREG: 1'],
  ['^DSFLOWRPT:0000000A,00000000'],
  ['+CMTI: "SM",37'],
  ['+CMTI: "ME",2'],
]
const urcPoints = ['after-echo', 'before-pdu', 'in-listing', 'before-prompt', 'after-prompt'] as const
const urcProbability = 0.002
/** One line in so many loses octets. */
const damagedLineIn = 700
const octetsPerWrite = [7, 64, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]

export interface TroubleOptions {
  readonly modem: SimModem
  readonly plug: Plug
  readonly clock: JumpingClock
  readonly random: Random
  readonly restartService: () => void
}

export interface Trouble {
  /** The modem dropped its connection. */
  gone(): void
  /** How often each kind came. */
  readonly counts: ReadonlyMap<string, number>
  /** No more faults from now on; what is out of order is put right. */
  end(): Promise<void>
}

export function causeTrouble(options: TroubleOptions): Trouble {
  const { modem, plug, clock, random } = options
  const counts = new Map<string, number>()
  const count = (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const over = new AbortController()
  const pause = (ms: number): Promise<boolean> =>
    clock.sleep(ms, over.signal).then(
      () => true,
      () => false,
    )
  const { faults } = modem
  for (const [probability, list] of drawn) faults.random(list, probability, random.below(2 ** 31))
  for (const at of urcPoints)
    faults.random(
      urcLines.map((lines): Fault => ({ kind: 'urc', at, lines })),
      urcProbability,
      random.below(2 ** 31),
    )
  plug.line.setRate(damagedLineIn)
  watchFaults(faults, (fault) => {
    count(fault.kind)
    if (fault.kind === 'answer-lost' && random.below(2) === 0) void answerLate()
  })

  /** The modem says after all what it has kept back. */
  async function answerLate(): Promise<void> {
    const reference = modem.network.sent.at(-1)?.messageReference
    if (!(await pause(second * (2 + random.below(500))))) return
    count('answer-late')
    modem.urc(`+CMGS: ${reference}`)
    modem.urc('OK')
  }

  /** Does something again and again, on average every `everyMs`. */
  async function often(everyMs: number, kind: string, work: () => unknown): Promise<void> {
    while (await pause(everyMs / 2 + random.below(everyMs))) {
      if (!plug.isIn()) continue
      count(kind)
      await work()
    }
  }

  async function replug(): Promise<void> {
    await clock.hold(plug.pull())
    await pause(second * (random.below(4) === 0 ? 1 + random.below(600) : 1 + random.below(20)))
    faults.chunkOctets = over.signal.aborted ? Number.POSITIVE_INFINITY : random.pick(octetsPerWrite)
    await clock.hold(plug.plugIn())
  }

  let replugging: Promise<void> = Promise.resolve()
  const forAWhile = async (mostMs: number, begin: () => void, end: () => void): Promise<void> => {
    begin()
    await pause(second + random.below(mostMs))
    end()
  }
  void often(1.5 * hour, 'pulled out', () => modem.unplug())
  void often(1.5 * hour, 'restart', () => modem.reset())
  void often(2 * hour, 'no network', () =>
    forAWhile(
      15 * minute,
      () => modem.setRegistration(random.pick([0, 2, 3])),
      () => modem.setRegistration(1),
    ),
  )
  void often(4 * hour, 'full store', () =>
    forAWhile(
      20 * minute,
      () => {
        faults.storeFull = true
      },
      () => {
        faults.storeFull = false
        modem.network.setHeld(false)
      },
    ),
  )
  void often(5 * hour, 'service restart', options.restartService)
  return {
    counts,
    gone() {
      replugging = replug()
    },
    async end() {
      over.abort()
      faults.clear()
      plug.line.setRate(0)
      modem.setRegistration(1)
      modem.network.setHeld(false)
      await replugging
      counts.set('damaged line', plug.line.damaged())
    },
  }
}

/** Calls back for every fault that fires: the list of the simulator ends after a thousand. */
function watchFaults(faults: Faults, onFault: (fault: Fault) => void): void {
  const take = faults.take.bind(faults)
  faults.take = (kind, at) => {
    const fault = take(kind, at)
    if (fault !== undefined) onFault(fault)
    return fault
  }
}
