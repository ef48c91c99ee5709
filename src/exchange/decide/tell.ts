// Who is told what: the notices that a decision brings. Pure. A machine is never told anything (RFC 3834 2); what is said once only is
// left out when it was said before.

import { domainOf, mailKey, parseMailAddress } from '../../domain/address.ts'
import type { IncomingMail } from '../../domain/message.ts'
import type { Pair } from '../../store/spending.ts'
import type { BudgetNews } from './budget.ts'
import type { Notice, World } from './decision.ts'
import type { Reason } from './reasons.ts'
import { languageOf, rulesOfPhone } from './rules.ts'

/** A notice by mail; none if it is one to be said once and was said. */
export function tellMailbox(
  to: string,
  what: { readonly reason: Reason; readonly detail: string; readonly once?: string },
  world: World,
): Notice[] {
  const { reason, detail } = what
  const once = what.once === undefined ? null : `${what.once} to ${mailKey(to)}`
  if (once !== null && world.spending.wasTold(once)) return []
  return [{ to, medium: 'mail', reason, detail, language: languageOf(to, world), once }]
}

/** An honest sender needs no more in a day. A machine that hides what it is answers each notice with the next mail (RFC 3834 2). */
const noticesMax = 20
const noticesWindowMs = 86_400_000

/** A notice to the sender of a mail. */
export function tellSender(
  mail: IncomingMail,
  what: { readonly reason: Reason; readonly detail: string; readonly once?: string },
  world: World,
): Notice[] {
  if (mail.from === null || mail.automatic !== null) return []
  const { address } = mail.from
  if (world.spending.notices(address, world.now - noticesWindowMs) >= noticesMax) return []
  return tellMailbox(address, what, world)
}

/** A notice to whoever looks after the box; none if the config names nobody. */
export function tellOperator(
  what: { readonly reason: Reason; readonly detail: string; readonly once?: string },
  world: World,
): Notice[] {
  const { operatorMailbox } = world.settings
  return operatorMailbox === null ? [] : tellMailbox(operatorMailbox, what, world)
}

/** Two were paused: the operator hears of it. */
export function tellPause({ from, to }: Pair, world: World): Notice[] {
  return tellOperator({ reason: 'pair-paused', detail: `${from} – ${to}` }, world)
}

/** What the operator hears of budgets, once for each limit and period. */
export function tellBudget(news: readonly BudgetNews[], world: World): Notice[] {
  return news.flatMap(({ reason, detail, key }) => tellOperator({ reason, detail, once: key }, world))
}

/** The same thing to the same person once. */
export function onceEach(notices: readonly Notice[]): Notice[] {
  return [
    ...new Map(
      notices.map((notice) => [
        `${mailKey(notice.to)} ${notice.once ?? `${notice.reason} ${notice.detail}`}`,
        notice,
      ]),
    ).values(),
  ]
}

/**
 * Who gets reports about a mail whose sender is proven (RFC 3464 2): its Return-Path, if the author's own server brought it here and it is
 * of the author's domain; else the author, for anybody may write any envelope around a signed mail. null: nobody, a machine wrote it.
 */
export function reportsGoTo({ from, returnPath, automatic, authentication }: IncomingMail): string | null {
  if (from === null || automatic !== null) return null
  const back = parseMailAddress(returnPath ?? '')
  const isOwn = back.ok && domainOf(back.value) === domainOf(from.address)
  return isOwn && authentication.vouched === 'all' ? back.value : from.address
}

/** True if the sender of a mail wants to hear that its SMS arrived: the mail says so, else the binding of the phone, else the config. */
export function wantsConfirmation({ reportField }: IncomingMail, number: string, world: World): boolean {
  const word = reportField?.trim().toLowerCase() ?? ''
  const asked = word === 'all' || word === 'failed' ? word : rulesOfPhone(number, world).report
  return asked === 'all'
}
