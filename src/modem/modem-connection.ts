// The life of one connection: open the port, start the modem, then work in one loop until the signal aborts or the modem is lost.
// Invariants: the loop does all receiving, URCs only wake it; when run() has ended nothing is written to the port and nothing is
// handed to the intake; a modem that restarts by itself is started again, but not for ever.

import { GatewayError } from '../domain/errors.ts'
import type { Clock, SmsIntake } from '../domain/ports.ts'
import { log } from '../log.ts'
import { responseOf, valuesOf } from './at-answers.ts'
import { atCommand } from './at-command.ts'
import { type AtDialogue, createAtDialogue } from './at-dialogue.ts'
import { isHex, type Urc } from './at-line.ts'
import { findModemPort } from './find-port.ts'
import { createStateHolder, type ModemState, problemOf, type StateHolder } from './modem-state.ts'
import { createNetworkStatus, type NetworkStatus } from './network-status.ts'
import { createReceiver, type Receiver } from './receiver.ts'
import { openSerialLine, type SerialLine } from './serial-line.ts'
import type { PinMemory } from './sim-pin.ts'
import { type Execute, indicationStands } from './sms-settings.ts'
import { type StartedModem, startModem } from './startup.ts'
import { createSubmitter, type Submitter } from './submitter.ts'
import { createWakeup } from './wakeup.ts'

export interface GsmModemOptions {
  /** A tty path, `tcp://host:port`, or `auto`. */
  readonly port: string
  /** Bits per second, for a tty. */
  readonly baudRate: number
  /** Four to eight digits; null: none is configured. */
  readonly pin: string | null
  /** Milliseconds between two listings of the store; a lost `+CMTI` costs this much delay. */
  readonly sweepMs: number
  readonly clock: Clock
  readonly intake: SmsIntake
  readonly pinMemory: PinMemory
  readonly onState?: (state: ModemState) => void
  /** Every line in both directions; a PIN is masked, message PDUs are not. */
  readonly trace?: (direction: 'to' | 'from', text: string) => void
  /** Lines that mean nothing to us. Default: a debug log line. */
  readonly onNoise?: (line: string) => void
  /** URCs that the gateway does not use itself, such as `+CUSD: ...`. */
  readonly onUrc?: (line: string) => void
  /** A `+CMGS: <mr>` that came after its submit had ended as SMS_UNCERTAIN. */
  readonly onLateSubmit?: (messageReference: number) => void
}

/** First words of a modem that has restarted (Quectel, SIMCom, Cinterion, Telit). */
const bootWords = new Set(['RDY', 'START', '^SYSSTART', 'SYSSTART', 'MODEM:STARTUP'])

/** These come at a restart, but some models repeat them at any time: the settings are looked at before the start-up runs again. */
const bootHints = new Set(['^BOOT', '+CPIN'])

/** Milliseconds between two such looks. */
const bootCheckMs = 10_000

/** Restarts in a row after which the modem is given up; the count begins anew once it was up for `stableMs`. */
const restartsMax = 5
const stableMs = 600_000

function maskSecrets(text: string): string {
  return text.replace(/(\+(?:CPIN|CLCK|CPWD)=)[^\r;]*/gi, '$1***')
}

class ModemConnection {
  readonly holder: StateHolder
  readonly dialogue: AtDialogue
  readonly submitter: Submitter
  readonly #options: GsmModemOptions
  readonly #network: NetworkStatus
  readonly #wakeup
  readonly #life = new AbortController()
  readonly #execute: Execute
  #used = false
  #aborted = false
  #failure: GatewayError | null = null
  #line: SerialLine | null = null
  #receiver: Receiver | null = null
  #started: StartedModem | null = null
  #restarted = false
  #bootHinted = false
  #bootCheckedAt = Number.NEGATIVE_INFINITY

  constructor(options: GsmModemOptions) {
    const { clock } = options
    this.#options = options
    this.#wakeup = createWakeup(clock)
    this.holder = createStateHolder(options.port, (state) => options.onState?.(state))
    this.dialogue = createAtDialogue({
      clock,
      write: (text) => this.#write(text),
      onUrc: (urc) => this.#onUrc(urc),
      onNoise: (text) => this.#onNoise(text),
      onSilent: (error) => this.#fail(error),
    })
    this.#execute = async (command) => {
      const answer = await this.dialogue.execute(command)
      if (answer.kind !== 'lost') return answer
      throw this.#failure ?? new GatewayError('MODEM_SILENT', 'the modem restarted', { retry: 'temporary' })
    }
    this.submitter = createSubmitter(this.dialogue, clock, () => this.#started?.quirk.keepsLink === true)
    this.#network = createNetworkStatus(this.#execute, clock, this.holder)
  }

  wake(): void {
    this.#wakeup.wake()
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#used) throw new GatewayError('INTERNAL', 'a modem object runs only once')
    this.#used = true
    let finished: Promise<void> = Promise.resolve()
    const stop = (): void => {
      this.#aborted = true
      finished = this.dialogue.finish()
      this.#life.abort()
      this.wake()
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      await this.#open()
      await this.#work()
      if (this.#failure !== null) throw this.#failure
    } catch (error) {
      if (!this.#aborted) throw this.#failedWith(error)
    } finally {
      await finished
      signal.removeEventListener('abort', stop)
      this.#life.abort()
      this.dialogue.close()
      await this.#line?.close()
      this.holder.patch({ phase: 'closed', registration: null, signalDbm: null })
    }
  }

  #failedWith(error: unknown): GatewayError {
    const known = error instanceof GatewayError ? error : null
    this.#failure ??= known ?? new GatewayError('INTERNAL', 'a defect in the modem loop', { cause: error })
    this.holder.note({ failure: problemOf(this.#failure) })
    return this.#failure
  }

  #fail(error: GatewayError): void {
    this.#failure ??= error
    this.dialogue.close()
    this.#life.abort()
    this.wake()
  }

  #ended(): boolean {
    return this.#aborted || this.#failure !== null
  }

  #write(text: string): void {
    this.#options.trace?.('to', maskSecrets(text))
    this.#line?.write(text)
  }

  #onNoise(text: string): void {
    // Hex may be the text of a message; it is never logged.
    const noise = isHex(text) ? `${text.length} hex digits` : text
    if (this.#options.onNoise !== undefined) this.#options.onNoise(noise)
    else log.debug('modem-noise', { line: noise.slice(0, 60) })
  }

  #onUrc(urc: Urc): void {
    const { name, values } = urc
    if (this.#network.take(urc)) log.debug('modem-registration', { urc: name, values })
    else if (name === '+CMTI' || name === '+CDSI') this.#receiver?.announced(urc)
    else if (name === '+CMT' || name === '+CDS') this.#receiver?.direct(urc)
    else if (name === '^SMMEMFULL') this.#receiver?.wantSweep()
    else if (name === '+CMGS') this.#lateSubmit(values)
    else if (bootHints.has(name)) this.#bootHinted = true
    else if (bootWords.has(name)) {
      this.#restarted = true
      this.dialogue.restarted()
    } else this.#options.onUrc?.(values === '' ? name : `${name}: ${values}`)
    this.wake()
  }

  #lateSubmit(values: string): void {
    const reference = this.submitter.late(values)
    if (reference !== null) this.#options.onLateSubmit?.(reference)
  }

  async #open(): Promise<void> {
    const { baudRate, clock, trace } = this.#options
    const { signal } = this.#life
    const auto = this.#options.port === 'auto'
    const port = auto ? await findModemPort({ baudRate, clock, signal }) : this.#options.port
    this.holder.patch({ port })
    this.#line = await openSerialLine(
      { port, baudRate, clock, signal },
      {
        onLine: (text) => {
          trace?.('from', text)
          this.dialogue.receiveLine(text)
        },
        onPrompt: () => this.dialogue.receivePrompt(),
        onLost: (error) => this.#fail(error),
      },
    )
  }

  async #work(): Promise<void> {
    const { clock } = this.#options
    let restarts = 0
    while (!this.#ended()) {
      const begin = clock.monotonic()
      await this.#startAndServe()
      if (this.#ended()) return
      log.warn('modem-restarted', { port: this.holder.current().port })
      restarts = clock.monotonic() - begin > stableMs ? 1 : restarts + 1
      if (restarts > restartsMax) {
        const hint = 'Mostly a lack of power: use a powered USB hub or a stronger supply.'
        throw new GatewayError('MODEM_SILENT', 'the modem restarts again and again', {
          retry: 'temporary',
          hint,
        })
      }
    }
  }

  async #startAndServe(): Promise<void> {
    this.#restarted = false
    try {
      await this.#serve(await this.#start())
    } catch (error) {
      // A restart ends whatever was in flight; that is no failure.
      if (!this.#restarted || this.#failure !== null) throw error
    }
  }

  async #start(): Promise<StartedModem> {
    const { holder } = this
    holder.patch({ phase: 'starting' })
    const started = await startModem({
      ...this.#options,
      dialogue: this.dialogue,
      execute: this.#execute,
      signal: this.#life.signal,
      onIdentity: (identity) => holder.patch(identity),
    })
    // What was hinted at until here, the list above has dealt with.
    this.#bootHinted = false
    this.#started = started
    this.#receiver = createReceiver({
      execute: this.#execute,
      intake: this.#options.intake,
      storage: started.storage,
      stopped: () => this.#ended(),
      onFill: (storage) => holder.patch({ storage }),
      onDeleteFailures: (deleteFailures) => holder.note({ deleteFailures }),
    })
    holder.patch({ phase: 'waiting-for-network', storage: started.storage.main, smsc: started.smsc })
    await this.#network.poll()
    holder.note({ started: true, deleteFailures: 0 })
    return started
  }

  /** The one loop; returns when the modem has to be started again, or all has ended. */
  async #serve(started: StartedModem): Promise<void> {
    const { sweepMs, clock } = this.#options
    const receiver = this.#receiver
    receiver?.wantSweep()
    let sweptAt = clock.monotonic()
    while (!this.#restarted && !this.#ended()) {
      const now = clock.monotonic()
      const checkMs = this.#bootHinted ? Math.max(0, this.#bootCheckedAt + bootCheckMs - now) : stableMs
      const linkMs = this.submitter.linkReleaseMs() ?? stableMs
      const sweepInMs = sweptAt + sweepMs - now
      if (receiver?.hasWork() === true) await receiver.work()
      else if (checkMs === 0) {
        if (!(await this.#settingsStand(started))) return
      } else if (sweepInMs <= 0) {
        sweptAt = now
        receiver?.wantSweep()
      } else if (this.#network.dueMs() === 0) await this.#network.poll()
      else if (linkMs === 0) await this.submitter.releaseLink()
      else await this.#wakeup.wait(Math.ceil(Math.min(checkMs, sweepInMs, this.#network.dueMs(), linkMs)))
    }
  }

  /** False when the modem has forgotten its settings: it was restarted without saying so clearly. */
  async #settingsStand({ indication }: StartedModem): Promise<boolean> {
    this.#bootHinted = false
    this.#bootCheckedAt = this.#options.clock.monotonic()
    const pin = responseOf((await this.#execute(atCommand('AT+CPIN?'))).lines, '+CPIN')
    const errors = responseOf((await this.#execute(atCommand('AT+CMEE?'))).lines, '+CMEE')
    if (pin !== 'READY' || valuesOf(errors ?? '')[0] !== '1') return false
    return indication === null || (await indicationStands(this.#execute, indication))
  }
}

export type { ModemConnection }

export function createModemConnection(options: GsmModemOptions): ModemConnection {
  return new ModemConnection(options)
}
