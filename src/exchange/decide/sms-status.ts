// The outcome of an SMS in the words of RFC 3464 and RFC 3463: action, status code and diagnostic. Pure. TP-ST is 3GPP TS 23.040
// 9.2.3.15, the numbers of +CMS ERROR are TS 24.011 annex E-2 and TS 23.040 9.2.3.22.

import { reportMeaning } from '../../domain/delivery.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { StatusReport } from '../../domain/message.ts'

/** The fields of a report that the outcome decides. */
export type SmsStatus = Pick<StatusReport, 'action' | 'status' | 'diagnostic'>

/** RFC 3463: bad destination mailbox address; delivery not authorized; delivery time expired; other or undefined status. */
const noSuchPhone = '5.1.1'
const notAllowed = '5.7.1'
const timeOver = '4.4.7'
const undefinedFailure = '5.0.0'

/** TP-ST of an SMS whose validity period ended; the other permanent errors speak of its phone. */
const expired = 0x46
const lastPermanent = 0x5f

/** +CMS ERROR: unassigned number, invalid and barred SME address. */
const ofPhone: ReadonlySet<unknown> = new Set([1, 195, 196])
/** Barred, rejected for credit or plan, not known, not subscribed. */
const ofAccount: ReadonlySet<unknown> = new Set([8, 10, 21, 28, 29, 30, 50, 69, 193])

/** "TP-ST 0x46 the validity period is over" */
export const tpStatus = (status: number): string =>
  `TP-ST 0x${status.toString(16).toUpperCase().padStart(2, '0')} ${reportMeaning(status).means}`

/** Of a status report that ends an SMS as failed. */
export function statusOfReport(status: number): SmsStatus {
  const code = status === expired || status > lastPermanent ? timeOver : noSuchPhone
  return { action: 'failed', status: code, diagnostic: tpStatus(status) }
}

/** Of the error with which the last attempt ended. */
export function statusOfError(error: GatewayError): SmsStatus {
  const { number } = error.context
  const gaveUp = error.retry === 'temporary' ? timeOver : undefinedFailure
  const status = ofPhone.has(number) ? noSuchPhone : ofAccount.has(number) ? notAllowed : gaveUp
  return { action: 'failed', status, diagnostic: error.message }
}

/** It is still tried, by us or by the network. */
export const delayedStatus = (diagnostic: string): SmsStatus => ({
  action: 'delayed',
  status: timeOver,
  diagnostic,
})

/** The phone has it. */
export const deliveredStatus: SmsStatus = { action: 'delivered', status: '2.1.5', diagnostic: tpStatus(0) }

/** The service centre has it, and nobody will say more. */
export const relayedStatus = (diagnostic: string): SmsStatus => ({
  action: 'relayed',
  status: '2.0.0',
  diagnostic,
})
