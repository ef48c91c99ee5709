// Keeps the modem alive: one life of the connection after the other, and between them what the recovery ladder (modem/recovery.ts) says.
// Invariants: a step is in the database before it is taken, so that no reboot and no crash forgets it, and one that cannot be written
// down is not taken; the port is tried again for ever; each step and its reason is logged and shown by "simpost status".

import { GatewayError, messageOf } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import { log } from '../log.ts'
import type { ModemState } from '../modem/gsm-modem.ts'
import type { OpenPort } from '../modem/port/serial-line.ts'
import {
  afterStable,
  type NextAction,
  nextAction,
  noHistory,
  type RecoveryHistory,
  type RecoveryShown,
  type RecoveryStep,
  recoveryKey,
  recoverySteps,
  stableMs,
} from '../modem/recovery.ts'
import { resetModem } from '../modem/reset-modem.ts'
import { type ServiceState, show } from '../store/service-state.ts'
import { createKnownModem } from './known-modem.ts'
import type { PortWatch } from './port-watch.ts'
import type { RootHelper } from './root-helper.ts'
import { asGatewayError } from './supervisor.ts'

export interface ModemKeeperOptions {
  readonly clock: Clock
  readonly openPort?: OpenPort | undefined
  readonly state: ServiceState
  readonly modem: { readonly port: string; readonly baudRate: number; readonly recover: RecoveryStep }
  /** One life of the connection. @throws when the modem is lost */
  readonly live: (signal: AbortSignal) => Promise<void>
  readonly portWatch: PortWatch
  readonly helper: RootHelper
}

export interface ModemKeeper {
  /** To be told of every change of the modem's state. */
  seen(state: ModemState): void
  /** Resolves when the signal aborts and the last life has ended. */
  run(signal: AbortSignal): Promise<void>
}

const historyKey = 'recovery-history'

/** A modem that was restarted needs so long; one whose tty comes back earlier is opened at once. */
const settleMs = 30_000

/** While nothing changes, the running time is written this often. */
const keepMs = 60_000

const stepWords: Record<Exclude<RecoveryStep, 'reset'>, string> = {
  usb: 'USB switched off and on',
  power: 'power of the USB port cut for 10 s',
  reboot: 'reboot of the box',
}

function ordinal(nth: number): string {
  const ends: Record<number, string> = { 1: 'st', 2: 'nd', 3: 'rd' }
  const end = nth % 100 >= 11 && nth % 100 <= 13 ? 'th' : (ends[nth % 10] ?? 'th')
  return `${nth}${end}`
}

class Keeper implements ModemKeeper {
  readonly #options: ModemKeeperOptions
  readonly #known
  readonly #begunAt: number
  readonly #ranBefore: number
  readonly #allowed: readonly RecoveryStep[]
  #history: RecoveryHistory
  #saved: RecoveryHistory
  /** The last step of this climb, in words. */
  #lastStep: string | null = null

  constructor(options: ModemKeeperOptions) {
    const { state, clock, modem, helper } = options
    this.#options = options
    this.#known = createKnownModem(state, clock)
    this.#history = state.read<RecoveryHistory>(historyKey)?.value ?? noHistory
    this.#saved = this.#history
    this.#begunAt = clock.monotonic()
    this.#ranBefore = this.#history.ranMs
    const permitted = recoverySteps.slice(0, recoverySteps.indexOf(modem.recover) + 1)
    this.#allowed = permitted.filter((step) => step === 'reset' || helper.available)
    if (this.#allowed.length < permitted.length)
      log.info('recovery-steps-skipped', { allowed: 'reset', reason: 'not started by systemd' })
  }

  seen(state: ModemState): void {
    this.#known.seen(state)
    if (state.phase === 'ready' || state.phase === 'waiting-for-network') {
      this.#lastStep = null
      this.#show(null)
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const before = this.#options.portWatch.present()
      const startedAt = this.#options.clock.monotonic()
      const error = await this.#live(signal)
      if (signal.aborted) break
      const upMs = this.#options.clock.monotonic() - startedAt
      const { action, history } = nextAction(
        this.#history,
        { code: error.code, retry: error.retry, upMs, portIsThere: error.context.portIsThere === true },
        { ranMs: this.#ranMs(), allowed: this.#allowed },
      )
      await this.#act(action, history, { error, before, signal })
    }
    this.#save({ ...this.#history, ranMs: this.#ranMs() })
  }

  #ranMs(): number {
    return this.#ranBefore + this.#options.clock.monotonic() - this.#begunAt
  }

  /** One life; while it stands, the ladder forgets what it had to do before. */
  async #live(signal: AbortSignal): Promise<GatewayError> {
    const life = new AbortController()
    const standing = this.#watchStanding(life.signal)
    try {
      await this.#options.live(signal)
      return new GatewayError('INTERNAL', 'modem ended by itself', { retry: 'temporary' })
    } catch (error) {
      return asGatewayError(error)
    } finally {
      life.abort()
      await standing
    }
  }

  async #watchStanding(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#options.clock.sleep(stableMs, signal).catch(() => undefined)
      if (signal.aborted) return
      const { taken, ending } = this.#history
      // With nothing to forget there is nothing to write.
      if (taken.length > 0 || ending !== null) this.#save(afterStable(this.#history, this.#ranMs()))
    }
  }

  async #act(
    action: NextAction,
    history: RecoveryHistory,
    { error, before, signal }: { error: GatewayError; before: ReadonlySet<string>; signal: AbortSignal },
  ): Promise<void> {
    const { portWatch } = this.#options
    const down = { code: error.code, error: error.message }
    if (action.kind === 'step') {
      const { away } = this.#history
      // In memory a step counts even if it cannot be written down; then it is not taken.
      if (!this.#save(history)) return this.#wait('opens the port again', settleMs, { before, signal })
      log.warn('modem-recovery', { step: action.step, time_today: action.nth, ...down })
      const ttys = portWatch.present()
      const { did, words } = await this.#take(action.step, signal)
      log.warn('modem-recovery-outcome', { step: action.step, did, words })
      // What was not done took no port away: if it is gone, then by a person's hand.
      if (!did) this.#save({ ...history, away })
      this.#lastStep = `${words}, ${ordinal(action.nth)} time today`
      return this.#wait(this.#lastStep, did ? settleMs : 0, { before: ttys, signal })
    }
    this.#keep(history)
    log.warn('modem-down', { ...down, retry_in_s: Math.round(action.waitMs / 1000) })
    const gone = action.reason === 'gone'
    const doing = [this.#lastStep, gone ? 'waits for the port' : null].filter((words) => words !== null)
    const usual = action.reason === 'silent' ? 'opens the port again' : 'looks again'
    await this.#wait(doing.join('; ') || usual, action.waitMs, { before, signal, gone })
  }

  async #wait(
    doing: string,
    waitMs: number,
    { before, signal, gone = false }: { before: ReadonlySet<string>; signal: AbortSignal; gone?: boolean },
  ): Promise<void> {
    // A port that is away is opened when it is there; to show the next look at it would be a write every few seconds.
    this.#show({ doing, nextAt: gone ? null : this.#options.clock.now() + waitMs })
    await this.#options.portWatch.wait(waitMs, before, signal)
  }

  async #take(step: RecoveryStep, signal: AbortSignal): Promise<{ did: boolean; words: string }> {
    if (step === 'reset') return await this.#reset(signal)
    this.#show({ doing: `${stepWords[step]}: asks the helper`, nextAt: null })
    const { kind, words } = await this.#options.helper.ask(step, signal)
    if (kind === 'did') return { did: true, words: stepWords[step] }
    return { did: false, words: `${stepWords[step]}: ${words}` }
  }

  async #reset(signal: AbortSignal): Promise<{ did: boolean; words: string }> {
    const { clock, modem, openPort } = this.#options
    const identity = this.#known.current()
    const port = modem.port === 'auto' ? identity?.port : modem.port
    if (port === undefined) return { did: false, words: 'no reset: no modem was ever found' }
    try {
      const command = await resetModem({ port, baudRate: modem.baudRate, clock, openPort, signal, identity })
      return { did: true, words: `reset by ${command}` }
    } catch (error) {
      return { did: false, words: `no reset: ${messageOf(error)}` }
    }
  }

  /** Saves what a crash may not make us forget, without a write for each of many tries. */
  #keep(history: RecoveryHistory): void {
    const { ending, reached, ranMs } = this.#saved
    const changed = history.ending === 'silent' || history.ending !== ending || history.reached !== reached
    const old = history.taken.length > 0 && history.ranMs - ranMs >= keepMs
    if (changed || old) this.#save(history)
    else this.#history = history
  }

  /** False if the history is not on disk. In memory it counts all the same. */
  #save(history: RecoveryHistory): boolean {
    this.#history = history
    try {
      this.#options.state.save(historyKey, history, this.#options.clock.now())
      this.#saved = history
      return true
    } catch (error) {
      log.error('recovery-not-recorded', { error: messageOf(error) })
      return false
    }
  }

  #show(shown: RecoveryShown | null): void {
    show(this.#options.state, recoveryKey, shown, this.#options.clock.now())
  }
}

export function createModemKeeper(options: ModemKeeperOptions): ModemKeeper {
  return new Keeper(options)
}
