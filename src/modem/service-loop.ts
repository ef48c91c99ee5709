// What a connection does while its line stands: start the modem, then receive, poll and answer calls in one loop, and start it again
// after every restart of its own. Invariants: the loop does all the work, URCs only wake it; a modem that restarts by itself is started
// again, but not for ever; the settings are looked at again whenever they may be gone.

import { GatewayError } from '../domain/errors.ts'
import { log } from '../log.ts'
import { responseOf, storageFill } from './at/at-answers.ts'
import { atCommand } from './at/at-command.ts'
import type { AtDialogue } from './at/at-dialogue.ts'
import type { Urc } from './at/at-line.ts'
import { type CallWatch, createCallWatch } from './call-watch.ts'
import { createDirectPdus, type DirectPdus } from './direct-pdus.ts'
import { createLoopTurns, type LoopTurns } from './loop-turns.ts'
import type { GsmModemOptions } from './modem-options.ts'
import type { StateHolder } from './modem-state.ts'
import { createNetworkStatus, type NetworkStatus } from './network-status.ts'
import { type Quirk, saysStoreIsFull } from './quirks.ts'
import { createReceiver, type Receiver } from './receiver.ts'
import { type Execute, indicationStands, setUpStorage } from './sms-settings.ts'
import { readErrorForm, type StartedModem, startForQuestions, startModem } from './startup.ts'
import { createSubmitter, type Submitter } from './submitter.ts'
import { createUssd, type Ussd } from './ussd.ts'
import { createWakeup } from './wakeup.ts'

export interface ServiceLoopOptions {
  readonly modem: GsmModemOptions
  readonly dialogue: AtDialogue
  /** Throws when the line is lost. */
  readonly execute: Execute
  readonly holder: StateHolder
  /** Aborts with the connection. */
  readonly signal: AbortSignal
  /** True once the connection was told to end, or has failed. */
  readonly ended: () => boolean
}

export interface ServiceLoop {
  readonly submitter: Submitter
  readonly ussd: Ussd
  /** What is done in the loop's own turn, because it selects a message store. */
  readonly turns: LoopTurns
  /** Works until the connection has ended. @throws GatewayError MODEM_REFUSED when the modem restarts again and again (it does answer), and as startModem */
  run(): Promise<void>
  /** Takes a URC; false if it means nothing here. */
  take(urc: Urc): boolean
  wake(): void
}

/** First words of a modem that has restarted (Quectel, SIMCom, Cinterion, Telit). */
const bootWords = new Set(['RDY', 'START', '^SYSSTART', 'SYSSTART', 'MODEM:STARTUP'])

/** These come at a restart, but some models say them at any time: the settings are looked at before the start-up runs again. */
const bootHints = new Set([
  '^BOOT',
  '^SIMST',
  '+CPIN',
  '+CFUN',
  'CALL READY',
  'SMS READY',
  'SMS DONE',
  'PB DONE',
])

/** Milliseconds between two such looks, and between those without a hint: a modem on serial pins can restart without a word. */
const hintedCheckMs = 10_000
const settingsCheckMs = 600_000

/** Restarts in a row after which the modem is given up; the count begins anew once it was up for `stableMs`. */
const restartsMax = 5
const stableMs = 600_000

class ModemService implements ServiceLoop {
  readonly submitter: Submitter
  readonly ussd: Ussd
  readonly turns: LoopTurns
  readonly #options: ServiceLoopOptions
  readonly #network: NetworkStatus
  readonly #calls: CallWatch | null
  readonly #wakeup
  readonly #directs: DirectPdus
  #receiver: Receiver | null = null
  #quirk: Quirk | null = null
  #restarted = false
  #bootHinted = false
  #settingsCheckedAt = Number.NEGATIVE_INFINITY

  constructor(options: ServiceLoopOptions) {
    const { dialogue, execute, holder } = options
    const { clock } = options.modem
    this.#options = options
    this.#directs = createDirectPdus(options.modem.intake)
    this.#wakeup = createWakeup(clock)
    this.submitter = createSubmitter(dialogue, clock, () => this.#quirk?.keepsLink === true)
    this.#network = createNetworkStatus(execute, clock, holder)
    const { calls } = options.modem
    this.#calls = calls === undefined ? null : createCallWatch({ ...calls, execute, clock })
    const form = (): 'text' | 'packed' => this.#quirk?.ussdForm ?? 'text'
    this.ussd = createUssd({ execute, clock, form, signal: options.signal })
    this.turns = createLoopTurns(() => this.wake())
  }

  wake(): void {
    this.#wakeup.wake()
  }

  take(urc: Urc): boolean {
    const { name, values } = urc
    if (this.#network.take(urc)) log.debug('modem-registration', { urc: name, values })
    else if (this.#calls?.take(urc) === true) log.debug('modem-call', { urc: name })
    else if (name === '+CMTI' || name === '+CDSI') this.#receiver?.announced(urc)
    else if (name === '+CMT' || name === '+CDS') this.#directs.take(urc)
    else if (saysStoreIsFull(urc)) this.#receiver?.wantSweep()
    else if (this.ussd.take(urc)) log.debug('modem-ussd', {})
    else if (name === '+CMGS') this.#lateSubmit(values)
    else if (bootHints.has(name)) this.#bootHinted = true
    else if (bootWords.has(name)) {
      this.#restarted = true
      this.#options.dialogue.restarted()
    } else return false
    this.wake()
    return true
  }

  #lateSubmit(values: string): void {
    const reference = this.submitter.late(values)
    if (reference !== null) this.#options.modem.onLateSubmit?.(reference)
  }

  async run(): Promise<void> {
    try {
      await this.#runAgain()
    } finally {
      await this.#directs.drain()
      await this.#calls?.end()
    }
  }

  async #runAgain(): Promise<void> {
    const { ended, holder, modem } = this.#options
    let restarts = 0
    while (!ended()) {
      const begin = modem.clock.monotonic()
      await this.#startAndServe()
      if (ended()) return
      log.warn('modem-restarted', { port: holder.current().port })
      restarts = modem.clock.monotonic() - begin > stableMs ? 1 : restarts + 1
      if (restarts > restartsMax) {
        const hint = 'Mostly a lack of power: use a powered USB hub or a stronger supply.'
        throw new GatewayError('MODEM_REFUSED', 'the modem restarts again and again', {
          retry: 'temporary',
          hint,
        })
      }
    }
  }

  async #startAndServe(): Promise<void> {
    this.#restarted = false
    try {
      if (this.#options.modem.purpose === 'questions') await this.#answerQuestions()
      else await this.#serve(await this.#start())
    } catch (error) {
      // A restart ends whatever was in flight; that is no failure, unless the connection has one.
      if (!this.#restarted || this.#options.ended()) throw error
    }
  }

  async #start(): Promise<StartedModem> {
    const { holder, modem, dialogue, execute, signal, ended } = this.#options
    holder.patch({ phase: 'starting' })
    const started = await startModem({
      ...modem,
      ...{ dialogue, execute, signal },
      onIdentity: (identity) => holder.patch(identity),
    })
    // What was hinted at until here, the list above has dealt with.
    this.#bootHinted = false
    this.#quirk = started.quirk
    this.#receiver = createReceiver({
      execute,
      intake: modem.intake,
      directs: this.#directs,
      storage: started.storage,
      stopped: ended,
      onFill: (storage) => holder.patch({ storage }),
      onWrongStore: () => {
        this.#bootHinted = true
      },
      onDeleteFailures: (deleteFailures) => holder.note({ deleteFailures }),
    })
    holder.patch({ phase: 'waiting-for-network', storage: started.storage.main, smsc: started.smsc })
    await this.#network.poll()
    holder.note({ started: true, deleteFailures: 0 })
    return started
  }

  /** The loop of a modem that no service uses. */
  async #answerQuestions(): Promise<void> {
    const { holder, dialogue, execute } = this.#options
    holder.patch({ phase: 'starting' })
    const onIdentity = holder.patch
    const quirk = await startForQuestions({ dialogue, execute, onIdentity })
    this.#quirk = quirk
    await this.#network.poll()
    holder.patch({ phase: holder.current().registered ? 'ready' : 'waiting-for-network' })
    while (!this.#restarted && !this.#options.ended()) {
      if (this.#network.dueMs() === 0) await this.#network.poll()
      else if (this.turns.waiting()) await this.turns.next(() => setUpStorage(execute, quirk))
      else await this.#wakeup.wait(this.#network.dueMs())
    }
  }

  /** The one loop; returns when the modem has to be started again, or all has ended. */
  async #serve(started: StartedModem): Promise<void> {
    const { sweepMs, clock } = this.#options.modem
    const receiver = this.#receiver
    receiver?.wantSweep()
    this.#settingsCheckedAt = clock.monotonic() - hintedCheckMs
    let sweptAt = clock.monotonic()
    while (!this.#restarted && !this.#options.ended()) {
      const now = clock.monotonic()
      const checkEveryMs = this.#bootHinted ? hintedCheckMs : settingsCheckMs
      const checkMs = Math.max(0, this.#settingsCheckedAt + checkEveryMs - now)
      const callMs = this.#calls?.dueMs() ?? stableMs
      const linkMs = this.submitter.linkReleaseMs() ?? stableMs
      const sweepInMs = sweptAt + sweepMs - now
      if (callMs === 0) await this.#calls?.work()
      // What people want to see waits for messages, of which there is an end, and not the other way round.
      else if (receiver?.hasWork() === true) await receiver.work()
      else if (this.turns.waiting()) await this.turns.next(async () => started.storage)
      else if (checkMs === 0) {
        if (!(await this.#settingsStand(started))) return
      } else if (sweepInMs <= 0) {
        sweptAt = now
        receiver?.wantSweep()
      } else if (this.#network.dueMs() === 0) await this.#network.poll()
      else if (linkMs === 0) await this.submitter.releaseLink()
      else
        await this.#wakeup.wait(
          Math.ceil(Math.min(checkMs, sweepInMs, this.#network.dueMs(), linkMs, callMs)),
        )
    }
  }

  /** False when the modem has forgotten its settings: it was restarted without saying so clearly. What it never told says nothing. */
  async #settingsStand({ indication, storage, errorForm }: StartedModem): Promise<boolean> {
    const { execute, modem } = this.#options
    this.#bootHinted = false
    this.#settingsCheckedAt = modem.clock.monotonic()
    const pin = responseOf((await execute(atCommand('AT+CPIN?'))).lines, '+CPIN')
    if (pin !== 'READY' || (await readErrorForm(execute)) !== errorForm) return false
    const stores = responseOf((await execute(atCommand('AT+CPMS?'))).lines, '+CPMS')
    const store = storageFill(stores ?? '')?.name ?? storage.main.name
    if (store !== storage.main.name) return false
    return indication === null || (await indicationStands(execute, indication))
  }
}

export function createServiceLoop(options: ServiceLoopOptions): ServiceLoop {
  return new ModemService(options)
}
