// Which SMS a status report speaks of (TS 23.040 9.2.3.6, 9.2.2.3): TP-MR, the recipient in any form of its number, and the time at which the
// service centre got it. TP-MR comes round after 256 SMS, so the time decides between two; where no time fits, the clocks are wrong and
// the newest SMS without a result counts. Pure.
// Invariant: an SMS whose TP-MR nobody saw is settled only where everything fits: the next TP-MR, the very number, the minute.

import type { ReportCandidate } from '../../store/outbox/outbox.ts'

export interface ReportFacts {
  /** E.164 where it can be told, else as it came. */
  readonly number: string
  /** TP-SCTS, ms since 1970; null if it is no date. */
  readonly sentAt: number | null
}

/** Service centres and boxes that are an hour wrong, for instance for a summer time, still tell two SMS apart. */
const clockErrorMsMax = 3_600_000
/** From the submit to the service centre's time stamp, where nothing but the time and a guessed TP-MR speaks for an SMS. */
const acceptedMsMin = -2 * 60_000
const acceptedMsMax = 10 * 60_000
/** National numbers without their trunk prefix are not shorter. */
const digitsMin = 7

const significant = (number: string): string => number.replace(/\D/g, '').replace(/^0+/, '')

/**
 * True if a report to `number` may be of an SMS to `recipient`: networks report 004917…, 4917… and 017… for +4917…, and put prefixes in
 * front. Together with TP-MR the end of the number is enough.
 */
export function samePhone(number: string, recipient: string): boolean {
  if (number === recipient) return true
  const [one, other] = [significant(number), significant(recipient)]
  if (Math.min(one.length, other.length) < digitsMin) return false
  return one.endsWith(other) || other.endsWith(one)
}

/** @returns the SMS, which may have its result already; undefined: none of these */
export function matchReport(
  report: ReportFacts,
  candidates: readonly ReportCandidate[],
): ReportCandidate | undefined {
  const { number, sentAt } = report
  const fitting = candidates.filter((one) =>
    one.referenceKnown ? samePhone(number, one.recipient) : isGuessed(report, one),
  )
  const exact = fitting.filter(({ recipient }) => recipient === number)
  const mine = exact.length > 0 ? exact : fitting
  const newestFirst = [...mine].sort((a, b) => b.submittedAt - a.submittedAt || b.segmentId - a.segmentId)
  const distance = ({ submittedAt }: ReportCandidate): number =>
    Math.abs(submittedAt - (sentAt ?? Number.NaN))
  const [nearest] = newestFirst
    .filter((one) => distance(one) <= clockErrorMsMax)
    .sort((a, b) => distance(a) - distance(b))
  return nearest ?? newestFirst.find(({ state }) => state === 'sent' || state === 'uncertain')
}

function isGuessed({ number, sentAt }: ReportFacts, { recipient, submittedAt }: ReportCandidate): boolean {
  if (sentAt === null || number !== recipient) return false
  const accepted = sentAt - submittedAt
  return accepted >= acceptedMsMin && accepted <= acceptedMsMax
}
