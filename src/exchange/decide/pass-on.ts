// What is not converted passes on in its own format: a mail stays a mail, an SMS stays an SMS. A mail is left where people read it, or
// redirected to the bound mailbox; an SMS is kept on the box, or sent on to the bound phone. Pure.

import { mailKey } from '../../domain/address.ts'
import type { IncomingSms } from '../../domain/message.ts'
import { affordable, createTill } from './budget.ts'
import { fitText } from './convert.ts'
import type { MailPlan, SmsPlan, Target, World } from './decision.ts'
import { judgeHold, judgePair, type Verdict } from './holds.ts'
import { isKnownPhone, judgeNumber } from './judge.ts'
import type { MailRequest } from './mail-request.ts'

/** The mailbox that an unflagged mail is redirected to; null: it stays where it is. */
export function redirectPlan({ mail, addresses, found, world }: MailRequest): MailPlan | null {
  const { settings } = world
  if (settings.passMail === 'stay' || mail.truncated || mail.carriesSecret) return null
  if (mail.automatic?.kind === 'own' || mail.automatic?.kind === 'report') return null
  const involved = new Set([...addresses, mail.from?.address ?? '', settings.ownMailbox].map(mailKey))
  const target = [...found.map(({ to }) => boundMailbox(to, world)), lineMailbox(world)].find(
    (one) => one !== null && !involved.has(mailKey(one.to)),
  )
  if (target === undefined || target === null) return null
  // A rule there may send it back with another header. The mail is not lost: it stays where people read it.
  const pair = { from: mail.from?.address ?? '', to: target.to }
  if (judgePair(pair, mail.text, world, mail.automatic !== null).held !== null) return null
  return { medium: 'mail', ...target, text: mail.text, redirect: true, held: null }
}

/** The permanent one: a text, whose sender anybody can forge, must not lead the mails of a mailbox elsewhere. */
function boundMailbox(number: string, { bindings }: World): Target | null {
  const binding = bindings.permanentOfNumber(number)
  return binding === undefined ? null : { to: binding.mailbox, rule: 'binding' }
}

function lineMailbox(world: World): Target | null {
  const { settings, bindings, now } = world
  const line = bindings.ofNumber(settings.ownNumber, now)
  if (line !== undefined)
    return { to: line.mailbox, rule: line.expiresAt === null ? 'line' : 'temporary-binding' }
  return settings.fallbackMailbox === null ? null : { to: settings.fallbackMailbox, rule: 'fallback' }
}

/** A text that goes on to another phone, with what holds it and who hears of that. */
export interface Forward extends Pick<Verdict, 'pauses' | 'news'> {
  readonly plan: SmsPlan
}

/**
 * The phone that an unflagged SMS is sent on to: the one bound to the mailbox that it would have become a mail for. Only phones that
 * are no strangers may cause that.
 */
export function forwardPlan(
  sms: IncomingSms,
  text: string,
  mailbox: Target | null,
  world: World,
): Forward | null {
  const { settings, bindings, now } = world
  if (settings.passSms === 'keep' || mailbox === null || sms.special !== null) return null
  if (!isKnownPhone(sms.from, world)) return null
  const binding = bindings.ofMailbox(mailbox.to, now)
  if (binding === undefined || binding.line || binding.number === sms.from) return null
  if (judgeNumber(binding.number, settings) !== null) return null
  const rules = affordable(sms.from, binding.number, world)
  const name = bindings.ofOperator(sms.from, now)?.name ?? sms.from
  const shown = fitText(`${name}: ${text.trim()}`, rules, settings)
  const { encoding, parts, cost, costly } = shown
  const waiting = { from: sms.from, to: binding.number, text: shown.text, parts, rules, urgentWord: false }
  const { held, pauses, news } = judgeHold(waiting, createTill(world), world)
  const plan: SmsPlan = {
    ...{ medium: 'sms', to: binding.number, rule: mailbox.rule, text: shown.text, encoding, parts },
    ...{ cost, costly, held, digest: rules.digest },
  }
  return { plan, pauses, news }
}
