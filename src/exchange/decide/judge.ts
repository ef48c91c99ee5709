// The patent's judging module, the part that says no: who may cause an SMS, which numbers may be reached, which mail is a machine's.
// Invariants: nothing is spent for a sender who is not allowed and proven; a stranger hears nothing.

import { countryOf, mailKey } from '../../domain/address.ts'
import type { AutomaticKind, IncomingMail } from '../../domain/message.ts'
import { matchesSender } from '../../domain/sender-list.ts'
import type { ExchangeSettings, World } from './decision.ts'
import type { Reason } from './reasons.ts'

const automaticReasons: Readonly<Partial<Record<AutomaticKind, Reason>>> = {
  own: 'own-mail',
  report: 'delivery-report',
  list: 'list-mail',
  replied: 'automatic-reply',
}

/** Why a machine's mail is not converted; null for mail of people and for alarms (`generated`). */
export function automaticReason(mail: IncomingMail): Reason | null {
  return mail.automatic === null ? null : (automaticReasons[mail.automatic.kind] ?? null)
}

/** True for senders that may cause an SMS: on the list, bound, or the office's own mailboxes. Being proven is another question. */
export function isAllowed(address: string, world: World): boolean {
  const { senders, fallbackMailbox } = world.settings
  return (
    matchesSender(address, senders) ||
    world.bindings.isMember(address, world.now) ||
    (fallbackMailbox !== null && mailKey(fallbackMailbox) === mailKey(address))
  )
}

export interface Trust {
  readonly refusal: Reason | null
  readonly detail: string
}

/**
 * Whether this mail may spend the SIM's money.
 * @param correspondent the mail address whose secret answer token the mail carries; null if it carries none
 */
export function judgeSender(mail: IncomingMail, correspondent: string | null, world: World): Trust {
  if (mail.from === null) return { refusal: 'sender-unclear', detail: mail.fromProblem ?? 'no From field' }
  const { address } = mail.from
  const holdsToken = correspondent !== null && mailKey(correspondent) === mailKey(address)
  if (!holdsToken && !isAllowed(address, world))
    return { refusal: 'sender-not-allowed', detail: `${address} is neither listed nor bound` }
  // The token of an answer replaces a missing proof, never one that failed: whoever got hold of it writes in another's name.
  if (mail.authentication.failed)
    return { refusal: 'sender-not-proven', detail: mail.authentication.evidence }
  if (holdsToken) return { refusal: null, detail: `${address} answers with the token that was sent to them` }
  if (!mail.authentication.proven)
    return { refusal: 'sender-not-proven', detail: mail.authentication.evidence }
  return { refusal: null, detail: `${address} is allowed; ${mail.authentication.evidence}` }
}

/**
 * True for a phone that may cause an SMS: the operator bound it, or somebody who may cause an SMS has written to it. That a phone wrote to
 * us proves nothing, and its number may be forged.
 */
export function isKnownPhone(number: string, { bindings, conversations, now }: World): boolean {
  return (
    bindings.ofOperator(number, now) !== undefined ||
    conversations.openOf(number, now).some(({ answered }) => answered)
  )
}

/** Why an SMS to this number is refused; null if it may go out. */
export function judgeNumber(number: string, settings: ExchangeSettings): Reason | null {
  if (number === settings.ownNumber) return 'number-own'
  if (!/^\+[1-9]\d{6,14}$/.test(number)) return 'number-denied'
  if (settings.deniedNumbers.some((prefix) => number.startsWith(prefix))) return 'number-denied'
  // A number whose country cannot be told, such as a satellite's, is in no country of the list.
  const inList = settings.allowedCountries?.includes(countryOf(number) ?? '') ?? true
  return inList ? null : 'country-denied'
}
