// One modem on one connection as an SmsTransport: what the rest of the program sees of the folder `modem`.
// Invariants: an object runs once (a supervisor makes a new one for the next attempt); an SMS is offered to the modem only while it is
// registered, so that a message never waits inside the modem.

import { GatewayError } from '../domain/errors.ts'
import type { PduToSend, SmsTransport } from '../domain/ports.ts'
import { type FreeResult, freeAnswer, freeCommand, freeResult } from './at/free-command.ts'
import { createModemConnection } from './modem-connection.ts'
import type { GsmModemOptions } from './modem-options.ts'
import type { ModemState } from './modem-state.ts'
import { deleteStored, listStores, type SmsPlace, type StoreContents } from './stored-sms.ts'
import type { UssdAnswer } from './ussd.ts'

export type { GsmModemOptions } from './modem-options.ts'
export type { ModemState } from './modem-state.ts'
export type { UssdAnswer } from './ussd.ts'

export interface GsmModem extends SmsTransport {
  /**
   * Works until `signal` aborts (then resolves, after a running AT+CMGS) or until the modem is lost. May be called once.
   * @throws GatewayError MODEM_UNAVAILABLE, MODEM_SILENT, MODEM_REFUSED (temporary), SIM_LOCKED, SIM_ABSENT (`hold`)
   */
  run(signal: AbortSignal): Promise<void>
  state(): ModemState
  /**
   * Sends one command line and resolves with its information responses.
   * @throws GatewayError USAGE, MODEM_UNAVAILABLE, MODEM_SILENT, MODEM_REFUSED and what +CME ERROR means
   */
  command(line: string): Promise<readonly string[]>
  /** As `command`, for a person: a final result code that reports an error is an answer too. @throws as `command` when there is none */
  ask(line: string): Promise<FreeResult>
  /** What lies in the message stores, without handing it over. @throws GatewayError MODEM_UNAVAILABLE, MODEM_SILENT, MODEM_REFUSED */
  stores(): Promise<readonly StoreContents[]>
  /** Deletes one message, if it still lies there. @throws as `stores` */
  deleteStored(place: SmsPlace): Promise<void>
  /**
   * Sends a USSD code, or the choice in a menu that the answer before brought (`wants-answer`), and resolves with the network's answer,
   * after two minutes at the latest. Requests wait for one another; a whole code ends a menu that stands open.
   * @throws GatewayError USAGE for anything but digits, * and #; MODEM_UNAVAILABLE, NOT_REGISTERED, MODEM_SILENT
   */
  ussd(code: string): Promise<UssdAnswer>
  /** Ends an open menu, if there is one. @throws GatewayError MODEM_UNAVAILABLE, MODEM_SILENT */
  cancelUssd(): Promise<void>
  /** True while a USSD request is under way or a menu waits for its choice. */
  ussdIsBusy(): boolean
}

/** Why nothing can be submitted in this state; null if it can. */
function refusalIn({ phase, registered, registration }: ModemState): GatewayError | null {
  if (phase === 'opening' || phase === 'closed' || phase === 'starting')
    return new GatewayError('MODEM_UNAVAILABLE', `the modem is not ready (${phase})`, { retry: 'temporary' })
  if (registered) return null
  return new GatewayError('NOT_REGISTERED', 'the modem is not registered in a network', {
    retry: 'hold',
    hint: 'Check antenna, coverage and the SIM.',
    context: { registration },
  })
}

/** A modem that has not been opened yet; run() opens it. */
export function createGsmModem(options: GsmModemOptions): GsmModem {
  const connection = createModemConnection(options)
  const { holder, loop, dialogue } = connection
  const requireOpen = (): void => {
    const { phase } = holder.current()
    if (phase === 'opening' || phase === 'closed')
      throw new GatewayError('MODEM_UNAVAILABLE', 'the modem port is not open', { retry: 'temporary' })
  }
  return {
    run: (signal) => connection.run(signal),
    state: () => holder.current(),
    async submit(sms: PduToSend) {
      const refusal = refusalIn(holder.current())
      if (refusal !== null) throw refusal
      try {
        return await loop.submitter.submit(sms)
      } finally {
        // The loop has to know that a link kept open for the next part may have to be released.
        loop.wake()
      }
    },
    async command(text) {
      const command = freeCommand(text)
      requireOpen()
      return freeAnswer(await dialogue.execute(command))
    },
    async ask(text) {
      const command = freeCommand(text)
      requireOpen()
      return freeResult(await dialogue.execute(command))
    },
    async stores() {
      requireOpen()
      return loop.turns.add((storage) => listStores((command) => connection.execute(command), storage))
    },
    async deleteStored(place) {
      requireOpen()
      return loop.turns.add((storage) =>
        deleteStored((command) => connection.execute(command), storage, place),
      )
    },
    async ussd(code) {
      const refusal = refusalIn(holder.current())
      if (refusal !== null) throw refusal
      return loop.ussd.ask(code)
    },
    async cancelUssd() {
      const { phase } = holder.current()
      if (phase === 'opening' || phase === 'closed') return
      await loop.ussd.cancel()
    },
    ussdIsBusy: () => loop.ussd.isBusy(),
  }
}
