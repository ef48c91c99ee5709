// What the budgets and the paused pairs say to the operator: what was spent, which limits are used up, whom nothing reaches.
// Parts count when an SMS is accepted for sending (store/spending.ts), as exchange/decide/budget.ts counts them.

import { dayOf } from '../../domain/day.ts'
import { firstDayOf, type Period, renewal } from '../../exchange/decide/budget.ts'
import { rulesOf } from '../../exchange/decide/rules.ts'
import type { Scope } from '../../store/spending.ts'
import { type Spender, spenders } from '../../store/waiting.ts'
import type { Office } from '../context.ts'

/** Parts of the whole box, and their price; null where none is configured. */
export function spentBy(
  { desk }: Office,
  period: Period,
): { readonly parts: number; readonly cost: number | null } {
  const now = desk.now()
  const parts = desk.spending.spent('box', '', firstDayOf(period, now), dayOf(now))
  const price = desk.settings.pricePerPart
  return { parts, cost: price === null ? null : Math.round(parts * price * 1e4) / 1e4 }
}

export interface UsedUp {
  readonly scope: Scope
  readonly key: string
  readonly period: Period
  readonly used: number
  readonly limit: number
  readonly renews: number
  /** In words. */
  readonly what: string
}

/** Limits of box, senders and phones that leave room for nobody, or for urgent bindings only. */
export function budgetsUsedUp(office: Office): UsedUp[] {
  const now = office.desk.now()
  return (['day', 'month'] as const).flatMap((period) =>
    spenders(office.desk.store, firstDayOf(period, now), dayOf(now)).flatMap((spender) => {
      const limit = limitOf(spender, period, office)
      if (limit === null || spender.parts < limit - reserveOf(spender, limit, office)) return []
      const { scope, key, parts: used } = spender
      const whose = scope === 'box' ? 'the box' : key
      const urgent = used < limit ? ' but for the reserve of urgent bindings' : ''
      const span = period === 'day' ? 'of today' : 'of this month'
      const what = `the SMS parts ${span} of ${whose} are used up${urgent}: ${used} of ${limit}; more waits until ${period === 'day' ? 'midnight' : 'the month ends'}`
      return [{ scope, key, period, used, limit, renews: renewal(period, now), what }]
    }),
  )
}

function limitOf({ scope, key }: Spender, period: Period, { desk }: Office): number | null {
  const limits = desk.settings.limits[scope]
  if (period === 'month') return limits.perMonth
  if (scope !== 'binding') return limits.perDay
  return rulesOf(desk.bindings.ofNumber(key, desk.now()), desk.settings).partsPerDay ?? limits.perDay
}

function reserveOf({ scope }: Spender, limit: number, { desk }: Office): number {
  return scope === 'box' ? Math.floor((limit * desk.settings.urgentReserve) / 100) : 0
}

/** Pairs between which nothing goes, each with the oldest message that waits for that reason; null: none does. */
export function pausedPairs({ desk }: Office) {
  return desk.spending.paused().map(({ one, other, since }) => {
    const between = desk.outbox.heldBetween(one, other)
    const first = between.find((held) => held.messageId !== null && held.heldReason === 'pair-paused')
    const messageId = first?.messageId ?? null
    const how =
      messageId === null ? 'release the next message between them' : `simpost message release ${messageId}`
    return {
      ...{ one, other, since, messageId },
      what: `${one} and ${other} are paused, for the same text went between them too often (${how})`,
    }
  })
}
