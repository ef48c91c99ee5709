// The patent's address acquisition unit: from a message's receiving address to the receiving address on the other side. Rules in
// order, first match wins; each result names its rule. An answer leads to the pair of its conversation and to nobody else.

import { mailKey, parsePhoneNumber, splitPlus } from '../../domain/address.ts'
import type { Binding } from '../../domain/binding.ts'
import type { IncomingMail, IncomingSms } from '../../domain/message.ts'
import type { Conversation } from '../../store/conversations.ts'
import type { ExchangeSettings, Target, World } from './decision.ts'
import type { Reason } from './reasons.ts'

/** Tokens are 16 characters of lower-case base32 (store/conversations.ts). */
const tokenForm = /^[a-z2-7]{16}$/

/** The conversation that a mail answers, or why its answer cannot be used. */
export type Answer =
  | { readonly kind: 'none' }
  | { readonly kind: 'conversation'; readonly conversation: Conversation; readonly byToken: boolean }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly detail: string }

/** The addresses a mail was sent to: what the mail server recorded, else To and Cc; both where the record names only our own mailbox. */
export function receivingAddresses(mail: IncomingMail, ownMailbox: string): string[] {
  const written = [...mail.to, ...mail.cc].map((entry) => entry.address)
  const isPlainOwn = (address: string): boolean => mailKey(address) === mailKey(ownMailbox)
  const all = mail.recorded.every(isPlainOwn) ? [...mail.recorded, ...written] : [...mail.recorded]
  return [...new Map(all.map((address) => [mailKey(address), address])).values()]
}

/**
 * Finds the conversation that a mail answers: by the token in one of its addresses, or by the Message-ID of its parent. The rest of the
 * thread is no key, for a colleague's remark on an office mail below is not meant for the phone; but it can contradict.
 */
export function findAnswer(mail: IncomingMail, world: World): Answer {
  const addresses = [...mail.recorded, ...mail.to.map((to) => to.address), ...mail.cc.map((cc) => cc.address)]
  const tokens = new Set(
    addresses.map((address) => tokenOf(address, world.settings.ownMailbox)).filter((token) => token !== null),
  )
  const found = new Map<number, Conversation>()
  for (const token of tokens) {
    const conversation = world.conversations.byToken(token)
    if (conversation === undefined)
      return { kind: 'refused', reason: 'token-unknown', detail: `${token.slice(0, 4)}…` }
    found.set(conversation.id, conversation)
  }
  const parents = world.conversations.byMailIds(mail.answers.slice(0, 1))
  if (found.size === 0 && parents.length === 0) return { kind: 'none' }
  for (const conversation of world.conversations.byMailIds(mail.answers))
    found.set(conversation.id, conversation)
  const [conversation, other] = [...found.values()]
  if (conversation === undefined) return { kind: 'none' }
  if (other !== undefined)
    return {
      kind: 'refused',
      reason: 'answer-disagrees',
      detail: `${conversation.number}, ${other.number}`,
    }
  if (conversation.expiresAt <= world.now)
    return { kind: 'refused', reason: 'conversation-expired', detail: conversation.number }
  return { kind: 'conversation', conversation, byToken: tokens.size > 0 }
}

function tokenOf(address: string, ownMailbox: string): string | null {
  const { box, detail } = splitPlus(address)
  const token = detail?.toLowerCase() ?? ''
  return box === mailKey(ownMailbox) && tokenForm.test(token) ? token : null
}

const bindingOf = (number: string, world: World): Binding | null =>
  world.bindings.ofNumber(number, world.now) ?? null

/** A target that a mail's receiving address led to, with the binding whose rules count. */
export interface Found extends Target {
  readonly mailbox: string
  readonly binding: Binding | null
}

/** What one receiving address leads to; null: to nothing. Our own plain mailbox leads to nothing. */
export function findPhone(address: string, world: World): Found | null {
  const typed = numberInAddress(address, world.settings)
  if (typed !== null)
    return { to: typed, rule: 'number-address', mailbox: address, binding: bindingOf(typed, world) }
  if (mailKey(address) === mailKey(world.settings.ownMailbox)) return null
  const binding = world.bindings.ofMailbox(address, world.now)
  if (binding === undefined) return null
  const rule = binding.expiresAt === null ? 'binding' : 'temporary-binding'
  return { to: binding.number, rule, mailbox: address, binding }
}

/** `+4917012345678@number.domain`, `n4917012345678@number.domain`, `box+4917012345678@own.domain` -> E.164 (RFC 3191 2). */
export function numberInAddress(
  address: string,
  settings: Pick<ExchangeSettings, 'ownMailbox' | 'numberDomain' | 'country'>,
): string | null {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1).toLowerCase()
  const { box, detail } = splitPlus(address)
  const inDetail =
    box === mailKey(settings.ownMailbox) && detail !== null && /^\+?[\d.()-]{7,30}$/.test(detail)
      ? detail
      : null
  const local = address.slice(0, at)
  const inLocal =
    domain === settings.numberDomain && /^(\+|n\+?|00)[\d.()-]{7,30}$/i.test(local)
      ? local.replace(/^n/i, '')
      : null
  const written = inLocal ?? inDetail
  if (written === null) return null
  const withCountry = /^(\+|00)/.test(written) ? written : `+${written}`
  const parsed = parsePhoneNumber(withCountry, settings.country)
  return parsed.ok ? parsed.value : null
}

/** Value of the header field X-SMS-To: an E.164 number, or a national one read in the SIM's home country; null: unreadable. */
export function numberOfField(value: string, world: World): string | null {
  const parsed = parsePhoneNumber(value, world.settings.country)
  return parsed.ok ? parsed.value : null
}

/** Where an SMS goes, or that nobody can tell which of several it is meant for. */
export type Mailbox =
  | { readonly kind: 'found'; readonly target: Target; readonly candidates: readonly string[] }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] }
  | { readonly kind: 'none' }

/**
 * The open conversation of the phone, where there is one; the mailbox that the phone bound itself to for a while; the mailbox of the
 * line; the fallback. `candidates` are those whom a phone with several open conversations may mean.
 */
export function findMailbox(sms: Pick<IncomingSms, 'from'>, world: World): Mailbox {
  const { settings, bindings, now } = world
  const open = world.conversations.openOf(sms.from, now)
  const [latest] = open
  const found = (to: string, rule: Target['rule'], candidates: readonly string[] = []): Mailbox => ({
    kind: 'found',
    target: { to, rule },
    candidates,
  })
  if (latest !== undefined && (open.length === 1 || settings.ambiguous === 'latest'))
    return found(latest.correspondent, 'conversation')
  const candidates = open.map((conversation) => conversation.correspondent)
  const own = bindings.ownOfPhone(sms.from, now)
  if (own !== undefined) return found(own.mailbox, 'temporary-binding', candidates)
  if (candidates.length > 0 && settings.ambiguous === 'ask') return { kind: 'ambiguous', candidates }
  const line = bindings.ofNumber(settings.ownNumber, now)
  if (line !== undefined)
    return found(line.mailbox, line.expiresAt === null ? 'line' : 'temporary-binding', candidates)
  if (settings.fallbackMailbox !== null) return found(settings.fallbackMailbox, 'fallback', candidates)
  return { kind: 'none' }
}
