// Incoming calls, which the box never answers: RING and +CLIP become one missed call each (V.250 6.3.4, TS 27.007 6.11, 7.6).
// Invariants: a URC only changes what is known, the service loop hangs up and hands over; a call that was not committed is kept and
// handed over again; a call that rings on when the connection ends is handed over as cut.

import { messageOf } from '../domain/errors.ts'
import type { MissedCall } from '../domain/message.ts'
import type { CallIntake, Clock } from '../domain/ports.ts'
import { log } from '../log.ts'
import { numberOf, plainText, valuesOf } from './at/at-answers.ts'
import { atCommand } from './at/at-command.ts'
import type { Urc } from './at/at-line.ts'
import { saysCallEnded } from './quirks.ts'
import type { Execute } from './sms-settings.ts'

export interface CallWatchOptions {
  /** Throws when the line is lost. */
  readonly execute: Execute
  readonly clock: Clock
  /** Rejects calls, as soon as the number had time to come. */
  readonly hangUp: boolean
  readonly intake: CallIntake
}

export interface CallWatch {
  /** Takes RING, +CRING, +CLIP and the end of a call; false for any other URC. */
  take(urc: Urc): boolean
  /** Milliseconds until there is something to do; null: nothing is to be done. */
  dueMs(): number | null
  /** Does what is due. @throws GatewayError when the line is lost */
  work(): Promise<void>
  /** The connection ends: hands over what is known. */
  end(): Promise<void>
}

/** Networks ring every 3 to 6 seconds: after so long a silence the caller has given up, whether the modem says so or not. */
const silenceMs = 10_000

/** Some models say both RING and +CRING, or repeat a line: closer ones are one ring. */
const oneRingMs = 1_000

/** The number stands in the +CLIP line behind the first RING, on some models behind the second. */
const numberWaitMs = 3_000

/** Between two attempts to hang up the same call, and how many there are. */
const hangUpAgainMs = 4_000
const hangUpsMax = 3

/** A database that cannot be written is tried again after this; more calls than this are not kept meanwhile. */
const retryMs = 30_000
const missedMax = 200

/** More characters are no phone number (E.164: 15 digits, and a prefix). */
const numberLengthMax = 32

/** Times are those of the monotonic clock, but for `at`. */
interface Ringing {
  readonly at: number
  number: string | null
  rings: number
  /** Of the last RING or +CLIP. */
  heardAt: number
  rangAt: number
  hangUpAt: number
  hangUps: number
}

class Calls implements CallWatch {
  readonly #options: CallWatchOptions
  #ringing: Ringing | null = null
  readonly #missed: MissedCall[] = []
  #handOverAt = 0

  constructor(options: CallWatchOptions) {
    this.#options = options
  }

  take(urc: Urc): boolean {
    if (urc.name === 'RING' || urc.name === '+CRING') this.#ring()
    else if (urc.name === '+CLIP') this.#identify(urc.values)
    else if (this.#ringing !== null && saysCallEnded(urc)) this.#over(false)
    else return false
    return true
  }

  dueMs(): number | null {
    const now = this.#options.clock.monotonic()
    const times = [
      ...(this.#missed.length > 0 ? [this.#handOverAt] : []),
      ...(this.#ringing === null ? [] : [this.#ringing.heardAt + silenceMs]),
      ...(this.#ringing !== null && this.#mayHangUp(this.#ringing) ? [this.#ringing.hangUpAt] : []),
    ]
    return times.length === 0 ? null : Math.max(0, Math.min(...times) - now)
  }

  async work(): Promise<void> {
    const now = this.#options.clock.monotonic()
    const ringing = this.#ringing
    if (ringing !== null && ringing.heardAt + silenceMs <= now) this.#over(false)
    else if (ringing !== null && this.#mayHangUp(ringing) && ringing.hangUpAt <= now)
      await this.#hangUp(ringing)
    else if (this.#missed.length > 0 && this.#handOverAt <= now && !(await this.#handOver()))
      this.#handOverAt = this.#options.clock.monotonic() + retryMs
  }

  async end(): Promise<void> {
    this.#over(true)
    let going = true
    while (going && this.#missed.length > 0) going = await this.#handOver()
  }

  #ring(): void {
    const now = this.#options.clock.monotonic()
    const ringing = this.#call(now)
    if (now - ringing.rangAt >= oneRingMs) ringing.rings += 1
    ringing.rangAt = now
  }

  /** `+CLIP: "<number>",<type>[,<subaddr>,<satype>,<alpha>,<CLI validity>]`; a withheld number is empty, with type 128. */
  #identify(values: string): void {
    const [written = '', type] = valuesOf(values)
    const digits = plainText(written).replace(/[^0-9+*#]/g, '')
    // Type 145 is an international number, whether the modem writes the + or not.
    const number = numberOf(type) === 145 && !digits.startsWith('+') ? `+${digits}` : digits
    const now = this.#options.clock.monotonic()
    const known = /\d/.test(number) ? number.slice(0, numberLengthMax) : null
    // Another number: the first caller gave up without a word from the modem. A call that waits is +CCWA, and no line of ours.
    const other = this.#ringing !== null && this.#ringing.number !== null && known !== null
    if (other && this.#ringing?.number !== known) this.#over(false)
    const ringing = this.#call(now)
    ringing.number ??= known
    if (ringing.hangUps === 0) ringing.hangUpAt = now
  }

  #call(now: number): Ringing {
    const { clock } = this.#options
    if (this.#ringing !== null && now - this.#ringing.heardAt >= silenceMs) this.#over(false)
    this.#ringing ??= {
      ...{ at: clock.now(), number: null, rings: 1, heardAt: now, rangAt: now },
      ...{ hangUpAt: now + numberWaitMs, hangUps: 0 },
    }
    this.#ringing.heardAt = now
    return this.#ringing
  }

  #mayHangUp({ hangUps, hangUpAt, heardAt }: Ringing): boolean {
    // A second time only for a call that rang on.
    return this.#options.hangUp && hangUps < hangUpsMax && (hangUps === 0 || heardAt >= hangUpAt)
  }

  async #hangUp(ringing: Ringing): Promise<void> {
    const { clock, execute } = this.#options
    ringing.hangUps += 1
    // AT+CHUP is an addition of TS 27.007; older modules know ATH alone.
    const answer = await execute(atCommand('AT+CHUP'))
    if (answer.kind !== 'ok') await execute(atCommand('ATH'))
    ringing.hangUpAt = clock.monotonic() + hangUpAgainMs
    log.info('call-rejected', { tries: ringing.hangUps })
  }

  #over(cut: boolean): void {
    const ringing = this.#ringing
    if (ringing === null) return
    this.#ringing = null
    const { number, at, rings } = ringing
    log.info('call-missed', { rings, withheld: number === null })
    if (this.#missed.length < missedMax) this.#missed.push({ number, at, rings, cut })
    else log.error('call-lost', { waiting: missedMax })
  }

  /** False if it could not be committed. */
  async #handOver(): Promise<boolean> {
    const [call] = this.#missed
    if (call === undefined) return true
    try {
      await this.#options.intake.receive(call)
    } catch (error) {
      log.error('call-not-stored', { error: messageOf(error) })
      return false
    }
    this.#missed.shift()
    return true
  }
}

/** Nothing rings yet. */
export function createCallWatch(options: CallWatchOptions): CallWatch {
  return new Calls(options)
}
