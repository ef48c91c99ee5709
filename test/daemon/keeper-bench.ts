// A simulated modem on a TCP port, kept alive by the service's own part on a real database; time stands still while anything happens and jumps to
// the next sleeper when nothing does, so that a day passes in seconds. Whatever is started ends with `close()`.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createModemKeeper } from '../../src/daemon/modem-keeper.ts'
import { createPortWatch } from '../../src/daemon/port-watch.ts'
import { createRootHelper } from '../../src/daemon/root-helper.ts'
import { type ErrorCode, GatewayError } from '../../src/domain/errors.ts'
import type { Clock } from '../../src/domain/ports.ts'
import { configureLog } from '../../src/log.ts'
import { createGsmModem, type GsmModem, type ModemState } from '../../src/modem/gsm-modem.ts'
import type { RecoveryStep } from '../../src/modem/recovery.ts'
import { createSimModem, type SimModem, type SimModemOptions } from '../../src/simulator/modem/sim-modem.ts'
import { openStore, type Store } from '../../src/store/database/database.ts'
import { createServiceState, type ServiceState } from '../../src/store/service-state.ts'

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** Real milliseconds without a line or a connection being made after which nothing happens any more. */
const quietMs = 1
const quietTurns = 8

export interface KeeperBench {
  readonly sim: SimModem
  readonly state: ServiceState
  readonly store: Store
  /** What the service logged. */
  readonly lines: string[]
  /** Where the helper's requests appear and its outcomes are read. */
  readonly runtime: string
  readonly outcomes: string
  modem(): GsmModem
  phase(): ModemState['phase']
  /** Lets time pass, at most `ms`, until `done`. @returns the time that passed */
  pass(ms: number, done?: () => boolean): Promise<number>
  /** Moves the wall clock alone. */
  jumpWall(ms: number): void
  /** Ends the keeper, as a stop of the process does, and starts another on the same database. */
  restart(): Promise<void>
  /** Steps taken so far, in order. */
  steps(): string[]
  close(): Promise<void>
}

export interface BenchSetting {
  readonly recover?: RecoveryStep
  readonly pin?: string | null
  readonly sim?: SimModemOptions
  /** False: the service was not started by systemd. */
  readonly runtimeFolder?: boolean
  /** The modem is dead: each life ends with this, by default no answer, after 8 s, without a line to the simulator. */
  readonly dead?: true | (() => ErrorCode)
}

export async function startKeeper(setting: BenchSetting = {}): Promise<KeeperBench> {
  const folder = mkdtempSync(join(tmpdir(), 'simpost-keeper-'))
  const runtime = mkdtempSync(join(folder, 'run-'))
  const outcomes = mkdtempSync(join(folder, 'outcomes-'))
  const lines: string[] = []
  configureLog('info', (line) => lines.push(line))
  const time = createTime()
  const sim = createSimModem(setting.sim)
  const port = `tcp://127.0.0.1:${await sim.listen()}`
  const store = openStore(join(folder, 'simpost.db'))
  const state = createServiceState(store)
  const pin = setting.pin ?? null
  const { clock } = time
  let current: GsmModem | null = null

  function start(): { stop(): Promise<void> } {
    const control = new AbortController()
    const keeper = createModemKeeper({
      ...{ clock, state },
      modem: { port, baudRate: 115200, recover: setting.recover ?? 'usb' },
      portWatch: createPortWatch({ port, clock }),
      helper: createRootHelper({
        folder: setting.runtimeFolder === false ? undefined : runtime,
        ...{ clock, outcomes },
      }),
      live: async (signal) => {
        if (setting.dead !== undefined) {
          await clock.sleep(8_000, signal)
          const code = setting.dead === true ? 'MODEM_SILENT' : setting.dead()
          throw new GatewayError(code, 'dead', { retry: 'temporary' })
        }
        current = createGsmModem({
          ...{ port, baudRate: 115200, pin, sweepMs: 3_600_000, clock },
          intake: { receive: async () => undefined },
          pinMemory: {
            pinRefused: (iccid) => pin !== null && state.pinRefused(iccid, pin),
            triesLost: (iccid) => state.pinTriesLost(iccid),
            tryBegins: (iccid) => state.pinTryBegins(iccid),
            tryEnded: (iccid, outcome) => pin !== null && state.pinTryEnded(iccid, pin, outcome, 0),
          },
          onState: (now) => keeper.seen(now),
          trace: () => time.noteActivity(),
        })
        await current.run(signal)
      },
    })
    const running = keeper.run(control.signal)
    return {
      async stop() {
        control.abort()
        await running
      },
    }
  }

  const modem = (): GsmModem => {
    if (current === null) throw new Error('no life has begun')
    return current
  }
  let service = start()
  return {
    ...{ sim, state, store, lines, runtime, outcomes, modem },
    phase: () => modem().state().phase,
    pass: (ms, done = () => false) => time.pass(ms, done),
    jumpWall: time.jumpWall,
    async restart() {
      await service.stop()
      service = start()
    },
    steps: () => lines.flatMap((line) => /modem-recovery step=(\w+)/.exec(line)?.slice(1, 2) ?? []),
    async close() {
      await service.stop()
      await sim.close()
      store.close()
      time.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function createTime() {
  const sleepers = new Set<Sleeper>()
  const sockets = new Set<Socket>()
  let passed = 0
  let wall = Date.UTC(2026, 10, 22, 12)
  let activity = 0
  const note = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  subscribe('net.client.socket', note)
  const clock: Clock = {
    now: () => wall + passed,
    monotonic: () => passed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason)
        const sleeper = {
          at: passed + Math.max(0, ms),
          wake: (): void => {
            signal?.removeEventListener('abort', abort)
            resolve()
          },
        }
        const abort = (): void => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', abort, { once: true })
        sleepers.add(sleeper)
      }),
  }
  async function calm(): Promise<void> {
    let before = -1
    while (before !== activity || [...sockets].some(({ connecting }) => connecting)) {
      before = activity
      await delay(quietMs)
      // On a busy machine the time is up before what has arrived was read: each turn reads.
      for (let turn = 0; turn < quietTurns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return {
    clock,
    noteActivity(): void {
      activity += 1
    },
    jumpWall(ms: number): void {
      wall += ms
    },
    close: () => unsubscribe('net.client.socket', note),
    async pass(ms: number, done: () => boolean): Promise<number> {
      const begin = passed
      for (;;) {
        await calm()
        const next = [...sleepers].sort((one, other) => one.at - other.at)[0]
        if (done() || next === undefined || next.at > begin + ms) break
        passed = Math.max(passed, next.at)
        sleepers.delete(next)
        next.wake()
      }
      if (!done()) passed = begin + ms
      return passed - begin
    },
  }
}
