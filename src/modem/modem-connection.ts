// The life of one connection: open the port, let the service loop work on it, until the signal aborts or the modem is lost.
// Invariants: an object runs once; when run() has ended nothing is written to the port and nothing is handed to the intake.

import { GatewayError } from '../domain/errors.ts'
import type { CallIntake, Clock, SmsIntake } from '../domain/ports.ts'
import { log } from '../log.ts'
import type { AtCommand } from './at-command.ts'
import { type AtAnswer, type AtDialogue, createAtDialogue } from './at-dialogue.ts'
import { isHex, type Urc } from './at-line.ts'
import { findModemPort } from './find-port.ts'
import { withRival } from './find-rival.ts'
import { createStateHolder, type ModemState, problemOf, type StateHolder } from './modem-state.ts'
import { openSerialLine, type SerialLine } from './serial-line.ts'
import { createServiceLoop, type ServiceLoop } from './service-loop.ts'
import type { PinMemory } from './sim-pin.ts'

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
  /** What becomes of incoming calls; without it they are noise. */
  readonly calls?: { readonly hangUp: boolean; readonly intake: CallIntake }
  /**
   * `questions`: for a person who looks at a modem that no service uses. No PIN is entered, no store is looked through and nothing is
   * handed to the intake. Default `service`.
   */
  readonly purpose?: 'service' | 'questions'
  readonly onState?: (state: ModemState) => void
  /** Every line in both directions; a PIN is masked, message PDUs are not. */
  readonly trace?: (direction: 'to' | 'from', text: string) => void
  /** Lines that mean nothing to us. Default: a debug log line. */
  readonly onNoise?: (line: string) => void
  /** URCs that the gateway does not use itself. */
  readonly onUrc?: (line: string) => void
  /**
   * A `+CMGS: <mr>` that no running submit asked for: the late answer of one that ended as SMS_UNCERTAIN, maybe on the connection before,
   * for a modem that is silent meanwhile is opened anew. Who waits for one, the exchange knows.
   */
  readonly onLateSubmit?: (messageReference: number) => void
}

const connectionEnded = (): GatewayError =>
  new GatewayError('MODEM_UNAVAILABLE', 'the modem connection has ended', { retry: 'temporary' })

/** For what is written, and for its echo. AT+CLCK="SC",2 only asks. */
function maskSecrets(text: string): string {
  return text.replace(/([+^]\s*(?:CPIN|CPWD|CLCK\s*=\s*"?\w*"?\s*,\s*[01])\s*[=,])[^\r;]*/gi, '$1***')
}

class ModemConnection {
  readonly holder: StateHolder
  readonly dialogue: AtDialogue
  readonly loop: ServiceLoop
  readonly #options: GsmModemOptions
  readonly #life = new AbortController()
  #used = false
  #aborted = false
  #failure: GatewayError | null = null
  #line: SerialLine | null = null

  constructor(options: GsmModemOptions) {
    const { clock } = options
    this.#options = options
    this.holder = createStateHolder(options.port, (state) => options.onState?.(state))
    this.dialogue = createAtDialogue({
      clock,
      write: (text) => this.#write(text),
      onUrc: (urc) => this.#onUrc(urc),
      onNoise: (text) => this.#onNoise(text),
      onSilent: (error) => this.#fail(error),
    })
    this.loop = createServiceLoop({
      modem: options,
      dialogue: this.dialogue,
      execute: (command) => this.execute(command),
      holder: this.holder,
      signal: this.#life.signal,
      ended: () => this.#aborted || this.#failure !== null,
    })
  }

  /** @throws GatewayError when the line is lost */
  async execute(command: AtCommand): Promise<AtAnswer> {
    const answer = await this.dialogue.execute(command)
    if (answer.kind !== 'lost') return answer
    throw this.#failure ?? new GatewayError('MODEM_SILENT', 'the modem restarted', { retry: 'temporary' })
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#used) throw new GatewayError('INTERNAL', 'a modem object runs only once')
    this.#used = true
    let finished: Promise<void> = Promise.resolve()
    const stop = (): void => {
      this.#aborted = true
      finished = this.dialogue.finish()
      this.#life.abort()
      this.loop.wake()
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      await this.#open()
      await this.loop.run()
      if (this.#failure !== null) throw this.#failure
    } catch (error) {
      // A port that is free to open may still have another reader: getty, or ModemManager with a look of its own.
      if (!this.#aborted) throw this.#failedWith(await withRival(error, this.holder.current().port))
    } finally {
      await finished
      signal.removeEventListener('abort', stop)
      this.#life.abort()
      this.dialogue.close()
      this.loop.turns.refuseAll(this.#failure ?? connectionEnded())
      await this.#line?.close()
      this.#showClosed()
    }
  }

  #failedWith(error: unknown): GatewayError {
    const known = error instanceof GatewayError ? error : null
    this.#failure ??= known ?? new GatewayError('INTERNAL', 'a defect in the modem loop', { cause: error })
    this.holder.note({ failure: problemOf(this.#failure) })
    return this.#failure
  }

  #showClosed(): void {
    this.holder.patch({ phase: 'closed', registration: null, signalDbm: null, technology: null })
  }

  #fail(error: GatewayError): void {
    this.#failure ??= error
    // At once: the port may take seconds to close, and nobody shall offer it a message meanwhile.
    this.#showClosed()
    this.dialogue.close()
    this.#life.abort()
    this.loop.wake()
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
    if (this.loop.take(urc)) return
    const { name, values } = urc
    this.#options.onUrc?.(values === '' ? name : `${name}: ${values}`)
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
          trace?.('from', maskSecrets(text))
          this.dialogue.receiveLine(text)
        },
        onPrompt: () => this.dialogue.receivePrompt(),
        onLost: (error) => this.#fail(error),
      },
    )
  }
}

export type { ModemConnection }

export function createModemConnection(options: GsmModemOptions): ModemConnection {
  return new ModemConnection(options)
}
