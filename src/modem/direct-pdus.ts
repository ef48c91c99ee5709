// PDUs that come directly (+CMT, +CDS; TS 27.005 3.4.1): the network counts them as delivered, and they lie nowhere else.
// Invariant: what was taken is handed to the intake sooner or later in the life of the connection: one that comes during the start
// waits for its end, a restart of the modem changes nothing, and the end of the connection hands over what still waits.

import { messageOf } from '../domain/errors.ts'
import type { StoredPdu } from '../domain/message.ts'
import type { SmsIntake } from '../domain/ports.ts'
import { log } from '../log.ts'
import type { Urc } from './at/at-line.ts'

export interface DirectPdus {
  /** Keeps the PDU of a +CMT or +CDS. */
  take(urc: Urc): void
  /** True while one waits that the intake has not refused. */
  hasWork(): boolean
  /** Hands the oldest one over; refused, it waits for retry(). */
  work(): Promise<void>
  /** Lets what the intake refused be tried again. */
  retry(): void
  /** Hands over all that waits, each tried once. */
  drain(): Promise<void>
}

/** PDUs kept while the intake cannot take them; more would mean hours of a full disk. */
const waitingMax = 500

export function createDirectPdus(intake: SmsIntake): DirectPdus {
  const waiting: StoredPdu[] = []
  const refused: StoredPdu[] = []

  function keep(pdu: StoredPdu, list: StoredPdu[]): void {
    if (waiting.length + refused.length < waitingMax) list.push(pdu)
    else log.error('sms-direct-lost', { waiting: waitingMax })
  }

  const directs: DirectPdus = {
    take({ pdu, tpduLength }) {
      if (pdu !== null) keep({ pdu, tpduLength, storage: 'direct', index: null }, waiting)
    },
    hasWork: () => waiting.length > 0,
    async work() {
      const pdu = waiting.shift()
      if (pdu === undefined) return
      try {
        await intake.receive(pdu)
      } catch (error) {
        log.error('sms-not-stored', { storage: pdu.storage, index: pdu.index, reason: messageOf(error) })
        keep(pdu, refused)
      }
    },
    retry: () => void waiting.push(...refused.splice(0)),
    async drain() {
      directs.retry()
      while (directs.hasWork()) await directs.work()
    },
  }
  return directs
}
