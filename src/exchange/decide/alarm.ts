// Who hears of a trouble, and by which way. Pure. By mail while mail works; by SMS to the operator's phone where mail is what is broken,
// or where the mail about it does not leave. What comes and goes is not told each time.

import type { DeliveryState } from '../../domain/delivery.ts'
import type { AlarmRow } from '../../store/alarms.ts'

/** A mail that has not left after this time is followed by an SMS. */
const mailPatienceMs = 10 * 60_000
/** The same trouble is told again by mail, and by SMS, at the earliest after this time. */
const mailQuietMs = 3_600_000
const smsQuietMs = 6 * 3_600_000

/** What decides who hears of an alarm; times in ms since 1970. */
export interface AlarmFacts {
  readonly alarm: AlarmRow
  /** State of the mail about it; null if there is none. */
  readonly mailState: DeliveryState | null
  readonly operatorMailbox: string | null
  readonly operatorNumber: string | null
  readonly now: number
}

/** What is to be done now about an alarm that stands. */
export function nextTelling(facts: AlarmFacts): { readonly mail: boolean; readonly sms: boolean } {
  const { alarm, now, operatorMailbox, operatorNumber } = facts
  const byMail = operatorMailbox !== null && (!alarm.mailBroken || operatorNumber === null)
  const unheard = alarm.toldAt === null || alarm.toldAt < alarm.raisedAt
  const mail = byMail && unheard && quietFor(alarm.toldAt, now, mailQuietMs)
  return { mail, sms: operatorNumber !== null && !mail && wantsSms(facts, byMail) }
}

/** True if `ms` went by since then; a clock that ran ahead does not keep it from being told. */
const quietFor = (since: number | null, now: number, ms: number): boolean =>
  since === null || since > now || now - since >= ms

function wantsSms({ alarm, mailState, now }: AlarmFacts, byMail: boolean): boolean {
  if (!quietFor(alarm.smsAt, now, smsQuietMs)) return false
  const heardBySms = alarm.smsAt !== null && alarm.smsAt >= alarm.raisedAt
  if (heardBySms) return false
  if (!byMail) return true
  if (mailState === null || alarm.toldAt === null || alarm.toldAt < alarm.raisedAt) return false
  if (mailState === 'sent' || mailState === 'delivered') return false
  return mailState === 'failed' || now - alarm.toldAt >= mailPatienceMs
}
