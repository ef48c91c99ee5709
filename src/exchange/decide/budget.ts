// Does a message fit the budgets? Parts and money (money is counted in parts: it has one price) of the whole box, of the sender and of
// the phone, by day and month of the box's own zone. Pure: it reads what was spent.
// Invariant: what does not fit is held, never lost, and nothing goes out that a limit forbids.

import { mailKey } from '../../domain/address.ts'
import { dayOf } from '../../domain/day.ts'
import type { Scope } from '../../store/spending.ts'
import type { Limit, World } from './decision.ts'
import { type Rules, rulesOfPhone } from './rules.ts'

/** What is to be bought: parts for one phone. */
export interface Purchase {
  /** Mail address of the sender, or the phone that causes an SMS; null: the operator's own command. */
  readonly payer: string | null
  readonly number: string
  readonly parts: number
}

export type Period = 'day' | 'month'

/** One limit that speaks to a purchase. */
interface Account {
  readonly scope: Scope
  readonly key: string
  readonly period: Period
  readonly limit: number
  /** What of it this phone may use: all but the reserve, and that too if its binding is urgent. */
  readonly room: number
}

/** A limit that is used up, or nearly. */
export interface BudgetNews {
  readonly reason: 'budget-warning' | 'budget-used-up'
  /** "sms@office.example: 160/200 SMS, 2026-11-24": whose limit, and of which day or month. */
  readonly detail: string
  /** Tells this limit and its period from others. */
  readonly key: string
}

export type Verdict =
  | { readonly fits: true; readonly news: readonly BudgetNews[] }
  | {
      readonly fits: false
      /** When the budget renews, in ms since 1970; null: never by itself, for the message alone is larger than the limit. */
      readonly until: number | null
      readonly news: readonly BudgetNews[]
    }

/** Warned at so many percent. */
const warnPercent = 80

export function payerKey(payer: string): string {
  return mailKey(payer)
}

function accountsOf({ payer, number }: Omit<Purchase, 'parts'>, world: World): Account[] {
  const { limits, urgentReserve } = world.settings
  const { urgent, partsPerDay } = rulesOfPhone(number, world)
  const of = (scope: Scope, key: string, limit: Limit): Account[] =>
    (['day', 'month'] as const).flatMap((period) => {
      const parts = period === 'day' ? limit.perDay : limit.perMonth
      if (parts === null) return []
      const reserve = scope === 'box' && !urgent ? Math.floor((parts * urgentReserve) / 100) : 0
      return [{ scope, key, period, limit: parts, room: parts - reserve }]
    })
  const phone = partsPerDay === null ? limits.binding : { ...limits.binding, perDay: partsPerDay }
  return [
    ...of('box', '', limits.box),
    ...(payer === null ? [] : of('sender', payerKey(payer), limits.sender)),
    ...of('binding', number, phone),
  ]
}

/** The rules of a phone with a part limit that every budget can pay: what is larger than a whole budget would wait for ever. */
export function affordable(payer: string | null, number: string, world: World): Rules {
  const rules = rulesOfPhone(number, world)
  const rooms = accountsOf({ payer, number }, world).map(({ room }) => room)
  return { ...rules, partsMax: Math.max(1, Math.min(rules.partsMax, ...rooms)) }
}

/** First instant of the next day or month in the box's own zone. */
export function renewal(period: Period, now: number): number {
  const date = new Date(now)
  if (period === 'day') date.setDate(date.getDate() + 1)
  else date.setMonth(date.getMonth() + 1, 1)
  return date.setHours(0, 0, 0, 0)
}

/** First day of a period, as `dayOf` writes it. */
export const firstDayOf = (period: Period, now: number): string =>
  period === 'day' ? dayOf(now) : `${dayOf(now).slice(0, 8)}01`

/** The purchases of one message, each judged with those before it. */
export function createTill(world: World): (purchase: Purchase) => Verdict {
  const bought = new Map<string, number>()
  const news = (account: Account, used: number, reason: BudgetNews['reason']): BudgetNews => {
    const { scope, key, period, limit } = account
    return {
      reason,
      detail: `${key || world.settings.ownMailbox}: ${used}/${limit} SMS, ${firstDayOf(period, world.now).slice(0, period === 'day' ? 10 : 7)}`,
      key: `${reason} ${scope} ${key} ${period} ${firstDayOf(period, world.now)}`,
    }
  }
  return (purchase) => {
    const accounts = accountsOf(purchase, world).map((account) => {
      const { scope, key, period } = account
      const before =
        world.spending.spent(scope, key, firstDayOf(period, world.now), dayOf(world.now)) +
        (bought.get(scope + key) ?? 0)
      return { account, before, room: account.room }
    })
    const full = accounts.filter(({ before, room }) => before + purchase.parts > room)
    if (full.length > 0) {
      const never = full.some(({ room }) => purchase.parts > room)
      const times = full.map(({ account }) => renewal(account.period, world.now))
      return {
        fits: false,
        until: never ? null : Math.max(...times),
        news: full.map(({ account, before }) => news(account, before, 'budget-used-up')),
      }
    }
    for (const id of new Set(accounts.map(({ account }) => account.scope + account.key)))
      bought.set(id, (bought.get(id) ?? 0) + purchase.parts)
    const near = accounts.filter(({ account, before }) => {
      const line = (account.limit * warnPercent) / 100
      return before + purchase.parts >= line
    })
    return {
      fits: true,
      news: near.map(({ account, before }) => news(account, before + purchase.parts, 'budget-warning')),
    }
  }
}
