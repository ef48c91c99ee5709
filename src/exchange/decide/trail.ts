// Collects what the units of the exchange found about one message, in order, and closes with one judgement.

import type { Judgement, Step } from '../../store/journal.ts'
import type { Decision, World } from './decision.ts'
import type { Reason } from './reasons.ts'

/** Collects what the units found, in order, and closes with one judgement. */
export function trail(world: World, medium: 'mail' | 'sms') {
  const steps: Step[] = []
  const note = (what: string, detail: string): void => {
    steps.push({ what, detail })
  }
  const end = (
    judgement: Judgement,
    reason: Reason,
    flag: Decision['flag'],
    more: Partial<Decision> = {},
  ): Decision => {
    note('judge', `${judgement}: ${reason}`)
    const base = {
      deliveries: [],
      temporaryBinding: null,
      windowMs: world.settings.replyWindowMs,
      notices: [],
      releases: [],
      pauses: null,
      mailReport: null,
    }
    return { medium, flag, judgement, reason, steps, ...base, ...more }
  }
  return { note, end }
}
