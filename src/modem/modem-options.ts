// What a modem is told when it is made: its port, its clock, and to whom it hands what it finds. Plain values and functions.

import type { CallIntake, Clock, SmsIntake } from '../domain/ports.ts'
import type { ModemState } from './modem-state.ts'
import type { OpenPort } from './port/serial-line.ts'
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
  /** Default: the real port. */
  readonly openPort?: OpenPort | undefined
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
