// The end of a decision: its commit, and what happens where the exchange itself breaks.

import { isStoreTrouble, messageOf } from '../domain/errors.ts'
import type { Medium } from '../domain/message.ts'
import { log } from '../log.ts'
import type { Judgement } from '../store/journal.ts'
import type { Decision } from './decide/decision.ts'
import type { Reason } from './decide/reasons.ts'
import type { Desk } from './desk.ts'

/** After the commit: wakes the loops that have something to send. */
export function wakeFor(desk: Pick<Desk, 'wake'>, decision: Decision): void {
  const sms = [...decision.deliveries, ...decision.notices].some(({ medium }) => medium === 'sms')
  if (sms) desk.wake('sms')
  if (decision.notices.length > 0 || decision.deliveries.some((plan) => plan.medium === 'mail'))
    desk.wake('mail')
}

/** Decides; what breaks the exchange itself is held. A database that cannot be read is no such case. */
export function decideOrHold(medium: Medium, decide: () => Decision): Decision {
  try {
    return decide()
  } catch (error) {
    if (isStoreTrouble(error)) throw error
    log.error('exchange-defect', { medium, error: messageOf(error) })
    return plainDecision(medium, 'hold', 'internal-error', messageOf(error))
  }
}

/**
 * Commits a decision; if carrying it out breaks the exchange itself, the message is held instead, so that it neither gets lost nor
 * stands in the way of others. A database that cannot be written is no such case: then nothing is acknowledged.
 * @param commit carries a decision out in one transaction
 * @returns the decision that was committed
 */
export async function commitOrHold(
  decision: Decision,
  commit: (decision: Decision) => Promise<void>,
): Promise<Decision> {
  try {
    await commit(decision)
    return decision
  } catch (error) {
    if (isStoreTrouble(error)) throw error
    log.error('exchange-defect', { medium: decision.medium, error: messageOf(error) })
    const held = plainDecision(decision.medium, 'hold', 'internal-error', messageOf(error))
    await commit(held)
    return held
  }
}

/** A decision that nothing in the message led to: it broke the exchange, or was here before. */
export function plainDecision(
  medium: Medium,
  judgement: Judgement,
  reason: Reason,
  detail: string,
): Decision {
  return {
    medium,
    flag: { value: 0, from: 'policy' },
    judgement,
    reason,
    deliveries: [],
    temporaryBinding: null,
    windowMs: 0,
    notices: [],
    releases: [],
    pauses: null,
    mailReport: null,
    steps: [{ what: 'judge', detail: `${judgement}: ${reason}: ${detail}` }],
  }
}
