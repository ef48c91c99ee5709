// Whether the author of a mail meant it for the box and for its phones. A signature proves who wrote a mail, not that they sent it here:
// whoever holds a signed mail can send it again to any address, with unsigned fields changed or added (RFC 6376 8.6).
// Invariant: what leads to a phone is vouched for by the proof, or is what the server recorded and leads to a bound phone only. Pure.

import { mailKey } from '../../domain/address.ts'
import type { IncomingMail } from '../../domain/message.ts'
import type { Found } from './lookup.ts'
import type { Fault, MailRequest } from './mail-request.ts'
import { rulesOf } from './rules.ts'

/** True if the proof covers this field (lower case). */
const vouches = ({ authentication: { vouched } }: IncomingMail, field: string): boolean =>
  vouched === 'all' || vouched.includes(field)

/** The keys of the addresses that the author wrote for sure, in To or Cc. */
function namedIn(mail: IncomingMail): ReadonlySet<string> {
  const to = vouches(mail, 'to') ? mail.to : []
  const cc = vouches(mail, 'cc') ? mail.cc : []
  return new Set([...to, ...cc].map(({ address }) => mailKey(address)))
}

/** True for a mailbox that this mail may bind for a while: another one could be anybody's. */
export function mayBind(mail: IncomingMail, mailbox: string): boolean {
  // The envelope of a mail that the author's own server brought is the author's too.
  return mail.authentication.vouched === 'all' || namedIn(mail).has(mailKey(mailbox))
}

const fault = (field: string, detail: string): Fault => ({
  reason: 'not-addressed',
  detail: `${field}, ${detail}`,
})

/** Where an address of the mail stands. */
function placeOf(mail: IncomingMail, address: string): string {
  const isIt = (one: { readonly address: string }): boolean => mailKey(one.address) === mailKey(address)
  return mail.to.some(isIt) ? 'To' : mail.cc.some(isIt) ? 'Cc' : 'RCPT TO'
}

/** The subject of a thread, without what programs of all languages put in front of an answer. */
const threadSubject = (subject: string): string =>
  subject
    .replace(/^(?:\s*(?:\p{L}{1,8}(?:\[\d{1,3}\])?\s*[:：]|\[[^\]]{1,20}\]))+/u, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()

/**
 * What leads to the phones although the author cannot be shown to have written it; null: nothing. Not for holders of a token, and not
 * where the server only takes mail of its own people.
 * @param targets the phones that the mail would reach
 */
export function notAddressed(request: MailRequest, targets: readonly Found[]): Fault | null {
  const { mail, tag, found, world } = request
  const own = world.settings.ownMailbox
  const named = namedIn(mail)
  if (mail.toField !== null && !named.has(mailKey(own)) && !vouches(mail, 'x-sms-to'))
    return fault('X-SMS-To', own)
  if (tag.kind === 'tag' && tag.flag === 1 && !vouches(mail, 'subject')) return fault('Subject', own)
  const hidden = found.find((one) => one.rule === 'number-address' && !named.has(mailKey(one.mailbox)))
  if (hidden !== undefined) return fault(placeOf(mail, hidden.mailbox), hidden.mailbox)
  const bound = targets.filter((target) => found.includes(target) && target.rule !== 'number-address')
  return (
    foreignAnswer(request, named) ??
    bound.map((target) => foreignBinding(target, request, named)).find((one) => one !== null) ??
    null
  )
}

/** The Message-ID of our mail stands in every answer to it, and whoever reads along can add it to another mail. */
function foreignAnswer({ mail, answer, world }: MailRequest, named: ReadonlySet<string>): Fault | null {
  if (answer.kind !== 'conversation') return null
  const own = world.settings.ownMailbox
  if (named.has(mailKey(own)) || vouches(mail, 'in-reply-to')) return null
  // Microsoft 365 signs neither In-Reply-To nor To. The subject is no key, but it shows that the author wrote in this thread.
  const isOfThread = threadSubject(mail.subject) === threadSubject(answer.conversation.subject)
  return isOfThread && vouches(mail, 'subject') ? null : fault('In-Reply-To', own)
}

/** A bound phone is reached through an address of the envelope only if the author flagged the mail, or the binding takes every mail. */
function foreignBinding(target: Found, request: MailRequest, named: ReadonlySet<string>): Fault | null {
  const { mail, tag, flag, world } = request
  const key = mailKey(target.mailbox)
  if (named.has(key)) return null
  if (!mail.recorded.some((address) => mailKey(address) === key))
    return fault(placeOf(mail, target.mailbox), target.mailbox)
  if (rulesOf(target.binding, world.settings).mailToSms === 'always') return null
  if (tag.kind === 'tag' && tag.flag === 1) return null
  const isFlagged = named.has(mailKey(world.settings.ownMailbox)) || vouches(mail, 'x-sms-convert')
  if (flag.from === 'header' && isFlagged) return null
  return fault(flag.from === 'header' ? 'X-SMS-Convert' : 'RCPT TO', target.mailbox)
}
