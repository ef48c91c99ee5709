// What is known about the modem, for `simpost status` and the supervisor: a snapshot that is replaced, never changed.
// Invariant: the listener is called for every change and only for a change; `problem` names the most pressing one.

import { type ErrorCode, GatewayError, messageOf } from '../domain/errors.ts'
import { isRegistered, type StorageFill } from './at/at-answers.ts'

export interface ModemProblem {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | null
}

export interface ModemState {
  readonly phase: 'opening' | 'starting' | 'waiting-for-network' | 'ready' | 'closed'
  /** The port as configured, then as opened when the config says `auto`. */
  readonly port: string
  readonly manufacturer: string | null
  readonly model: string | null
  readonly firmware: string | null
  readonly imei: string | null
  readonly operator: string | null
  /** Best <stat> of CREG, CGREG, CEREG (TS 27.007 7.2, 10.1.20, 10.1.22); null: not known yet. */
  readonly registration: number | null
  readonly registered: boolean
  readonly signalDbm: number | null
  /** <AcT> (TS 27.007 7.3): 0 GSM, 2 UTRAN, 7 E-UTRAN ...; null: not known. */
  readonly technology: number | null
  /** Fill of the store that receives. */
  readonly storage: StorageFill | null
  /** Number of the service centre on the SIM. */
  readonly smsc: string | null
  readonly problem: ModemProblem | null
}

/** Facts that become `problem` while the modem works; a failure of the connection comes before them. */
interface Facts {
  readonly started: boolean
  readonly deleteFailures: number
  readonly failure: ModemProblem | null
}

export interface StateHolder {
  current(): ModemState
  patch(change: Partial<Omit<ModemState, 'problem' | 'registered'>>): void
  note(change: Partial<Facts>): void
}

/** From this fill on, operators are told; a full store makes the modem deaf. */
const fillAlarm = 0.6

const deleteFailuresAlarm = 3

export function problemOf(error: unknown): ModemProblem {
  if (error instanceof GatewayError)
    return { code: error.code, message: error.message, hint: error.hint ?? null }
  return { code: 'INTERNAL', message: messageOf(error), hint: null }
}

function problemNow(state: ModemState, facts: Facts): ModemProblem | null {
  if (facts.failure !== null) return facts.failure
  if (!facts.started) return null
  if (state.registration === 3) {
    const hint = 'Ask the network operator whether the SIM is active; try it in a phone.'
    return { code: 'NOT_REGISTERED', message: 'the network denies this SIM', hint }
  }
  if (state.registration !== null && !state.registered) {
    const hint = 'Check antenna and coverage.'
    return { code: 'NOT_REGISTERED', message: 'the modem is not registered in a network', hint }
  }
  if (state.smsc === null) {
    const hint = 'Set it in a phone, or in a terminal program with: AT+CSCA="+..."'
    return {
      code: 'MODEM_REFUSED',
      message: 'the SIM has no service centre number; nothing can be sent',
      hint,
    }
  }
  if (facts.deleteFailures >= deleteFailuresAlarm) {
    const hint =
      'Nothing is lost, but the store will fill; try the SIM in a phone and delete its messages there.'
    return { code: 'MODEM_REFUSED', message: 'messages cannot be deleted from the modem', hint }
  }
  const { storage } = state
  if (storage !== null && storage.total > 0 && storage.used >= fillAlarm * storage.total) {
    const message = `the message store ${storage.name} holds ${storage.used} of ${storage.total}`
    return {
      code: 'MODEM_REFUSED',
      message,
      hint: 'A full store receives nothing; delete old messages of the SIM in a phone.',
    }
  }
  return null
}

export function createStateHolder(port: string, onState: (state: ModemState) => void): StateHolder {
  let facts: Facts = { started: false, deleteFailures: 0, failure: null }
  let state: ModemState = {
    phase: 'opening',
    port,
    manufacturer: null,
    model: null,
    firmware: null,
    imei: null,
    operator: null,
    registration: null,
    registered: false,
    signalDbm: null,
    technology: null,
    storage: null,
    smsc: null,
    problem: null,
  }

  function replace(next: ModemState): void {
    const complete = { ...next, registered: isRegistered(next.registration) }
    const whole = { ...complete, problem: problemNow(complete, facts) }
    if (JSON.stringify(whole) === JSON.stringify(state)) return
    state = whole
    onState(state)
  }

  return {
    current: () => state,
    patch: (change) => replace({ ...state, ...change }),
    note(change) {
      facts = { ...facts, ...change }
      replace(state)
    },
  }
}
