// PDUs as a modem shows them, made by the simulator's own coder and not by ours.

import type { StoredPdu } from '../../../src/domain/message.ts'
import { encodeDeliver, encodeReport, encodeSmsc } from '../../../src/simulator/modem/sim-pdu.ts'
import { splitText } from '../../../src/simulator/modem/sim-user-data.ts'
import { noon, phone } from '../world.ts'

const smsc = '+491710760000'

function stored(tpdu: Uint8Array, index: number): StoredPdu {
  const pdu = Buffer.from([...encodeSmsc(smsc), ...tpdu])
    .toString('hex')
    .toUpperCase()
  return { pdu, tpduLength: tpdu.length, storage: 'SM', index }
}

export interface Written {
  readonly from?: string
  /** Concatenation reference. */
  readonly reference?: number
  readonly at?: number
  /** Set in the user data header of every part. */
  readonly flag?: 0 | 1
}

/** The parts of a text as SMS-DELIVER. */
export function deliver(
  text: string,
  { from = 'Customer', reference = 7, at = noon, flag }: Written = {},
): StoredPdu[] {
  const elements = flag === undefined ? [] : [{ id: 0x80, data: `5301${flag === 1 ? '01' : '00'}` }]
  return splitText(text, { reference, elements }).map((userData, index) =>
    stored(encodeDeliver({ from: phone(from), at, zone: 4, pid: 0, userData }), index),
  )
}

/** An SMS-STATUS-REPORT. */
export function report(to: string, messageReference: number, status: number, at = noon): StoredPdu {
  const fields = {
    messageReference,
    to: phone(to),
    submittedAt: at,
    dischargedAt: at + 1000,
    zone: 4,
    status,
  }
  return stored(encodeReport(fields), 9)
}
