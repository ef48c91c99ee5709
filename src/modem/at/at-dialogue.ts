// The conversation with one modem: a queue, one command in flight, time limits, the prompt, routing of URCs (V.250, TS 27.005 3.1).
// Invariants: a command is written only after the final result code of the one before; after a time limit nothing is written before
// a resync, which sends ESC (never Ctrl-Z) and believes only an answer that it can recognise, so that a late OK is credited to nobody.

import { GatewayError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'
import {
  type AtCommand,
  type AtOutcome,
  atCommand,
  type CommandInput,
  type CommandState,
  startState,
  step,
} from './at-command.ts'
import { classifyLine, cleanLine, type Urc } from './at-line.ts'
import { escapeKey, resyncModem } from './at-resync.ts'
import { timeLimits } from './time-limits.ts'
import { createUrcAssembly, type UrcAssembly } from './urc-assembly.ts'

/** `elapsedMs`: from the payload (or the command line if there is none) to the end. */
export type AtAnswer = AtOutcome & { readonly elapsedMs: number }

export interface AtDialogueOptions {
  /** Writes latin1 text to the line; throws when it is closed. */
  readonly write: (text: string) => void
  readonly clock: Clock
  /** Called for every URC, a two-line one once its PDU is there. Must not throw. */
  readonly onUrc: (urc: Urc) => void
  /** Called for lines that mean nothing to us, and stale final result codes. */
  readonly onNoise: (line: string) => void
  /** The modem gave no answer to a resync, or to one command after the other; the connection is of no more use. */
  readonly onSilent: (error: GatewayError) => void
}

export interface AtDialogue {
  /** Queues a command. Never rejects: a lost line, a time limit and an error are outcomes. */
  execute(command: AtCommand): Promise<AtAnswer>
  /** Sends a command at once, without ESC and resync: for a port that may not be a modem at all. Nothing else may be in flight. */
  probe(command: AtCommand): Promise<AtAnswer>
  /** Finds the modem's attention and a known state. @throws GatewayError MODEM_SILENT, MODEM_UNAVAILABLE */
  resync(): Promise<void>
  receiveLine(text: string): void
  receivePrompt(): void
  /** Milliseconds to leave between a final result code and the next command; 0 but for models that need it. */
  setPause(ms: number): void
  /** The modem restarted by itself: what is in flight will never be answered. */
  restarted(): void
  /** Nothing is written any more; everything in flight or queued ends as `lost`. */
  close(): void
  /** Refuses new commands, ends what is queued, lets a running AT+CMGS finish, then closes. */
  finish(): Promise<void>
}

interface Job {
  readonly command: AtCommand
  readonly resolve: (answer: AtAnswer) => void
}

interface Flight {
  readonly command: AtCommand
  state: CommandState
  startedAt: number
  timer: AbortController
  readonly resolve: (answer: AtAnswer) => void
}

const lost: AtAnswer = { kind: 'lost', lines: [], payloadSent: false, elapsedMs: 0 }

const silent = (): GatewayError =>
  new GatewayError('MODEM_SILENT', 'the modem does not answer', {
    retry: 'temporary',
    hint: 'Check that the port is the AT port, that the modem has power, and that no other program (ModemManager) reads it.',
  })

/** So many commands in a row without a final result code, although `AT` is answered in between: only a new start can help. */
const unansweredMax = 5

const deaf = (line: string): GatewayError =>
  new GatewayError(
    'MODEM_SILENT',
    `the modem answers AT, but none of ${unansweredMax} commands (last ${line})`,
    {
      retry: 'temporary',
      hint: 'Pull the modem and plug it in again, if Simpost does not get it going by itself.',
    },
  )

class Dialogue implements AtDialogue {
  readonly #options: AtDialogueOptions
  readonly #life = new AbortController()
  readonly #queue: Job[] = []
  #flight: Flight | null = null
  #working = false
  /** False: the next command needs a resync first. */
  #inStep = false
  #finishing = false
  #pauseMs = 0
  readonly #urcs: UrcAssembly
  #lastInputAt = 0
  #unanswered = 0
  #flightEnded: (() => void) | null = null

  constructor(options: AtDialogueOptions) {
    this.#options = options
    this.#urcs = createUrcAssembly(options)
  }

  execute(command: AtCommand): Promise<AtAnswer> {
    if (this.#finishing || this.#life.signal.aborted) return Promise.resolve(lost)
    return new Promise((resolve) => {
      this.#queue.push({ command, resolve })
      void this.#work()
    })
  }

  probe(command: AtCommand): Promise<AtAnswer> {
    return this.#fly(command)
  }

  async resync(): Promise<void> {
    this.#inStep = false
    const answer = await this.execute(atCommand('AT'))
    if (answer.kind !== 'ok' && answer.kind !== 'error') throw silent()
  }

  receiveLine(text: string): void {
    this.#lastInputAt = this.#options.clock.monotonic()
    const cleaned = cleanLine(text)
    // A URC right behind the prompt gives it a line end, so that it comes as the beginning of a line.
    if (cleaned.startsWith('>') && this.#flight?.state.phase === 'prompt') this.#feed({ type: 'prompt' })
    if (cleaned === '' || this.#urcs.takeNext(cleaned, this.#flight?.command.pduLines === true)) return
    const line = classifyLine(text, this.#flight?.command ?? null)
    if (line.kind === 'urc') this.#urcs.take(line.urc)
    else if (line.kind === 'unknown') this.#options.onNoise(line.text)
    else if (line.kind === 'information' && this.#flight?.state.phase === 'prompt') {
      // Nothing can answer a command that still waits for its prompt: this is the late answer of an earlier one.
      const late = classifyLine(text, null)
      if (late.kind === 'urc') this.#urcs.take(late.urc)
    } else if (this.#flight !== null) this.#feed({ type: 'line', line })
    else if (line.kind === 'ok' || line.kind === 'error') this.#options.onNoise(`stale ${cleaned}`)
  }

  receivePrompt(): void {
    this.#lastInputAt = this.#options.clock.monotonic()
    this.#feed({ type: 'prompt' })
  }

  setPause(ms: number): void {
    this.#pauseMs = ms
  }

  restarted(): void {
    this.#feed({ type: 'lost' })
    this.#urcs.reset()
    this.#inStep = false
  }

  close(): void {
    if (this.#life.signal.aborted) return
    this.#life.abort()
    this.#refuseQueue()
    this.#feed({ type: 'lost' })
  }

  async finish(): Promise<void> {
    this.#finishing = true
    this.#refuseQueue()
    if (this.#flight !== null && this.#flight.command.payload !== null) {
      await new Promise<void>((resolve) => {
        this.#flightEnded = resolve
      })
    }
    this.close()
  }

  #write(text: string): void {
    try {
      this.#options.write(text)
    } catch {
      this.close()
    }
  }

  #refuseQueue(): void {
    for (const job of this.#queue.splice(0)) job.resolve(lost)
  }

  async #work(): Promise<void> {
    if (this.#working) return
    this.#working = true
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      job.resolve(await this.#perform(job.command))
      // Some old models lose what follows a final result code too closely (quirks.ts).
      if (this.#pauseMs > 0) await this.#pause(this.#pauseMs)
    }
    this.#working = false
  }

  /** Ends early when the dialogue is closed. */
  #pause(ms: number): Promise<void> {
    return this.#options.clock.sleep(ms, this.#life.signal).catch(() => undefined)
  }

  async #perform(command: AtCommand): Promise<AtAnswer> {
    if (!this.#inStep) {
      try {
        await this.#resyncNow()
      } catch (error) {
        if (!this.#life.signal.aborted && !this.#finishing && error instanceof GatewayError)
          this.#options.onSilent(error)
        return lost
      }
    }
    if (this.#finishing) return lost
    const answer = await this.#fly(command)
    if (answer.kind !== 'timeout') this.#unanswered = 0
    else {
      this.#unanswered += 1
      if (this.#unanswered >= unansweredMax) this.#options.onSilent(deaf(command.line.replace(/=.*/, '=...')))
    }
    return answer
  }

  #fly(command: AtCommand): Promise<AtAnswer> {
    if (this.#life.signal.aborted) return Promise.resolve(lost)
    return new Promise((resolve) => {
      const startedAt = this.#options.clock.monotonic()
      const flight = { command, state: startState(command), startedAt, timer: new AbortController(), resolve }
      this.#flight = flight
      this.#armTimer(flight, command.payload === null ? command.limitMs : timeLimits.promptMs)
      this.#write(`${command.line}\r`)
    })
  }

  #armTimer(flight: Flight, ms: number): void {
    flight.timer.abort()
    const timer = new AbortController()
    flight.timer = timer
    this.#options.clock.sleep(ms, timer.signal).then(
      () => {
        if (this.#flight === flight && flight.timer === timer) this.#feed({ type: 'timeout' })
      },
      () => undefined,
    )
  }

  #feed(input: CommandInput): void {
    const flight = this.#flight
    if (flight === null) return
    const { state, effect } = step(flight.command, flight.state, input)
    flight.state = state
    if (state.phase === 'done') {
      // Landed before anything is written: a line that breaks here closes the dialogue, which ends what is in flight.
      this.#land(flight, state.outcome)
      if (effect === 'escape' && !this.#life.signal.aborted) this.#write(escapeKey)
    } else if (effect === 'payload') {
      flight.startedAt = this.#options.clock.monotonic()
      this.#armTimer(flight, flight.command.limitMs)
      this.#write(flight.command.payload ?? '')
    } else if (effect === 'escape') this.#write(escapeKey)
  }

  #land(flight: Flight, outcome: AtOutcome): void {
    this.#flight = null
    flight.timer.abort()
    this.#inStep = outcome.kind === 'ok' || outcome.kind === 'error'
    flight.resolve({ ...outcome, elapsedMs: this.#options.clock.monotonic() - flight.startedAt })
    this.#flightEnded?.()
  }

  async #resyncNow(): Promise<void> {
    const { clock } = this.#options
    this.#inStep = await resyncModem({
      clock,
      write: (text) => this.#write(text),
      fly: (command) => this.#fly(command),
      lastInputAt: () => this.#lastInputAt,
      signal: this.#life.signal,
    })
    if (!this.#inStep) throw silent()
  }
}

/** A dialogue that has written nothing yet; its first command is preceded by a resync. */
export function createAtDialogue(options: AtDialogueOptions): AtDialogue {
  return new Dialogue(options)
}
