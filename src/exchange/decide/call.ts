// A missed call: it becomes a mail as an SMS of the same phone would, and its caller may get one SMS that answers. Pure.
// Invariants: the answer goes out once a day to a number, only to one that an SMS may go to, and to no stranger unless the config says
// so; nothing that it does can pause a pair; strangers, whose numbers anybody can invent, leave half of the box's budgets to others.

import { dayOf } from '../../domain/day.ts'
import type { IncomingSms } from '../../domain/message.ts'
import { affordable, createTill } from './budget.ts'
import { fitText } from './convert.ts'
import type { Decision, Notice, SmsPlan, World } from './decision.ts'
import { isKnownPhone, judgeNumber } from './judge.ts'
import { findMailbox } from './lookup.ts'
import { decideSms } from './sms-to-mail.ts'
import { tellBudget } from './tell.ts'
import { trail } from './trail.ts'

/** Percent of the budgets of the box that answers to strangers never touch. */
const keptFromStrangers = 50

/** Decides about a call, given as an SMS of the kind `call`. */
export function decideCall(call: IncomingSms, world: World): Decision {
  const answer = answerTo(call, world)
  const decision = world.settings.calls.mail ? decideSms(call, world) : kept(world)
  return {
    ...decision,
    steps: [
      ...decision.steps.slice(0, -1),
      { what: 'answer', detail: answer.detail },
      ...decision.steps.slice(-1),
    ],
    deliveries: [...decision.deliveries, ...(answer.plan === null ? [] : [answer.plan])],
    notices: [...decision.notices, ...answer.notices],
  }
}

/** Under this name it is remembered that the number was answered today. */
export function answerKey(number: string, now: number): string {
  return `call answered ${number} ${dayOf(now)}`
}

function kept(world: World): Decision {
  return trail(world, 'sms').end('ignore', 'call-kept', { value: 0, from: 'policy' })
}

interface Answer {
  readonly plan: SmsPlan | null
  readonly notices: readonly Notice[]
  /** Why, for the journal. */
  readonly detail: string
}

const none = (detail: string): Answer => ({ plan: null, notices: [], detail })

function answerTo({ from, canAnswer }: IncomingSms, world: World): Answer {
  const { settings, spending, now } = world
  const { answer, answerUnknown } = settings.calls
  if (answer === '') return none('none is configured')
  if (!canAnswer) return none('the number is withheld, or none that can be written to')
  const refusal = judgeNumber(from, settings)
  if (refusal !== null) return none(refusal)
  const known = isKnownPhone(from, world)
  if (!answerUnknown && !known) return none('a stranger gets none')
  if (spending.wasTold(answerKey(from, now))) return none('the number was answered today')
  if (isPaused(from, world)) return none('pair-paused')
  const rules = affordable(from, from, world)
  const { text, encoding, parts, cost, costly } = fitText(answer, rules, settings)
  const purchase = { payer: from, number: from, parts }
  const urgentReserve = Math.max(settings.urgentReserve, keptFromStrangers)
  if (!known && !createTill({ ...world, settings: { ...settings, urgentReserve } })(purchase).fits)
    return none('strangers had their half of the budget')
  // Not held where it does not fit: an answer that comes with the next month's budget answers nobody.
  const verdict = createTill(world)(purchase)
  const notices = tellBudget(verdict.news, world)
  if (!verdict.fits) return { plan: null, notices, detail: 'budget-used-up' }
  // Quiet hours do not hold it: the phone is in the hand of somebody who has just called.
  const plan: SmsPlan = {
    ...{ medium: 'sms', to: from, rule: 'call-answer', text, encoding, parts, cost, costly },
    ...{ held: null, digest: false },
  }
  return { plan, notices, detail: `one SMS of ${parts === 1 ? '1 part' : `${parts} parts`}` }
}

function isPaused(from: string, world: World): boolean {
  const found = findMailbox({ from }, world)
  const mailboxes =
    found.kind === 'found'
      ? [found.target.to, ...found.candidates]
      : found.kind === 'ambiguous'
        ? found.candidates
        : []
  return mailboxes.some((to) => world.spending.isPaused({ from, to }))
}
