// The life of one connection: open the port, let the service loop work on it, until the signal aborts or the modem is lost.
// Invariants: an object runs once; when run() has ended nothing is written to the port and nothing is handed to the intake.

import { GatewayError } from '../domain/errors.ts'
import { log } from '../log.ts'
import type { AtCommand } from './at/at-command.ts'
import { type AtAnswer, type AtDialogue, createAtDialogue } from './at/at-dialogue.ts'
import { isHex, type Urc } from './at/at-line.ts'
import { maskPins } from './at/mask-pins.ts'
import type { GsmModemOptions } from './modem-options.ts'
import { createStateHolder, problemOf, type StateHolder } from './modem-state.ts'
import { findModemPort } from './port/find-port.ts'
import { withRival } from './port/find-rival.ts'
import { openSerialLine, type SerialLine } from './port/serial-line.ts'
import { maskTranscript } from './report/transcript-mask.ts'
import { createServiceLoop, type ServiceLoop } from './service-loop.ts'

const noiseCharsMax = 60

const connectionEnded = (): GatewayError =>
  new GatewayError('MODEM_UNAVAILABLE', 'the modem connection has ended', { retry: 'temporary' })

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
    this.#options.trace?.('to', maskPins(text))
    this.#line?.write(text)
  }

  #onNoise(text: string): void {
    const noise = isHex(text) ? `${text.length} hex digits` : text
    if (this.#options.onNoise !== undefined) return this.#options.onNoise(noise)
    // It may be a text, the rest of an answer to USSD, or a damaged echo of the PIN: it is logged as in a transcript.
    const line = isHex(text) ? noise : maskTranscript([{ from: 'modem', text }])[0]?.text
    log.debug('modem-noise', { line: line?.slice(0, noiseCharsMax) })
  }

  #onUrc(urc: Urc): void {
    if (this.loop.take(urc)) return
    const { name, values } = urc
    this.#options.onUrc?.(values === '' ? name : `${name}: ${values}`)
  }

  async #open(): Promise<void> {
    const { baudRate, clock, trace, openPort } = this.#options
    const { signal } = this.#life
    const auto = this.#options.port === 'auto'
    const port = auto ? await findModemPort({ baudRate, clock, signal }) : this.#options.port
    this.holder.patch({ port })
    this.#line = await openSerialLine(
      { port, baudRate, clock, signal, openPort },
      {
        onLine: (text) => {
          trace?.('from', maskPins(text))
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
