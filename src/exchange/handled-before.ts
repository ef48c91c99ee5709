// After a backup was put back: a message that comes from outside may have been handled by the database that was replaced.
// Invariant: what may cost money a second time, or reach a phone twice, waits for a person; nothing of it is lost.

import type { Decision } from './decide/decision.ts'

/**
 * A decision whose SMS wait for a person if the message came before `until`. What becomes a mail goes out: it has the Message-ID of the
 * first time.
 * @param cameAt when it came to the server or the service centre, in ms since 1970; null: not known
 * @param until up to when another database may have handled it; null: there was none
 */
export function holdIfHandled(decision: Decision, cameAt: number | null, until: number | null): Decision {
  if (until === null || (cameAt !== null && cameAt > until)) return decision
  if (!decision.deliveries.some(({ medium }) => medium === 'sms')) return decision
  const deliveries = decision.deliveries.map((plan) =>
    plan.medium === 'sms' ? { ...plan, held: { reason: 'restored', until: null } as const } : plan,
  )
  const detail = 'it came before a backup was put back, and may have been exchanged then'
  const steps = [...decision.steps, { what: 'hold', detail }]
  const allHeld = deliveries.every(({ held }) => held !== null)
  return allHeld
    ? { ...decision, judgement: 'hold', reason: 'restored', deliveries, steps }
    : { ...decision, deliveries, steps }
}
