// The exchange centre, mail to SMS: the order of the patent's steps for one mail. Parse the flag, judge, look up the receiving
// addresses, convert. Pure: it reads bindings and conversations and writes nothing, so that "explain" and the service agree.

import { mailKey } from '../domain/address.ts'
import type { IncomingMail } from '../domain/message.ts'
import { fitText, mailToText } from './convert.ts'
import type { Decision, Notice, SmsPlan, TemporaryBinding, World } from './decision.ts'
import { readFlagField, readSubjectTag, type Tag } from './flag.ts'
import { automaticReason, judgeNumber, judgeSender } from './judge.ts'
import {
  type Answer,
  type Found,
  findAnswer,
  findPhone,
  numberOfField,
  receivingAddresses,
} from './lookup.ts'
import type { Reason } from './reasons.ts'
import { trail } from './trail.ts'

type Flag = Decision['flag']

/** What was read from a mail before anything is judged. */
interface Parsed {
  readonly mail: IncomingMail
  readonly tag: Tag
  readonly answer: Answer
  /** Phones that the receiving addresses lead to. */
  readonly found: readonly Found[]
  readonly world: World
}

/** Decides about one mail. */
export function decideMail(mail: IncomingMail, world: World): Decision {
  const { settings } = world
  const { note, end } = trail(world, 'mail')
  const addresses = receivingAddresses(mail, settings.ownMailbox)
  const parsed: Parsed = {
    mail,
    world,
    tag: readSubjectTag(mail.subject),
    answer: findAnswer(mail, world),
    found: addresses.map((address) => findPhone(address, world)).filter((one) => one !== null),
  }
  const flag = readFlag(parsed)
  note('flag', `${flag.value} from ${flag.from}`)
  if (flag.value === 0) return end('pass', passReason(parsed, flag), flag)

  const machine = automaticReason(mail)
  if (machine !== null) return end('ignore', machine, flag)
  const trust = judgeSender(mail, tokenHolder(parsed.answer), world)
  note('trust', trust.detail)
  if (trust.refusal !== null) return end('refuse', trust.refusal, flag)

  const refuse = (reason: Reason, detail: string): Decision => {
    note('refused', detail)
    return end('refuse', reason, flag, { notices: noticeTo(mail, reason, detail) })
  }
  if (isStale(mail, world)) return refuse('too-old', `written ${new Date(mail.date ?? 0).toISOString()}`)
  const fault = faultOf(parsed)
  if (fault !== null) return refuse(fault.reason, fault.detail)
  const named = onceEach(targetsOf(parsed, flag))
  const targets = named.filter((target) => policyOf(target, world) !== 'never')
  if (named.length > 0 && targets.length === 0) return end('pass', 'policy-never', flag)
  for (const target of targets)
    note('look up', `${target.mailbox || settings.ownMailbox} -> ${target.to} by rule ${target.rule}`)
  const [first] = targets
  if (first === undefined) return refuse('no-receiving-address', addresses.join(', ') || 'none')
  if (targets.every((target) => judgeTarget(target, world) !== null))
    return refuse(judgeTarget(first, world) ?? 'number-denied', first.to)
  return convert({ parsed, flag, targets, refuse, end, note })
}

interface Judged extends ReturnType<typeof trail> {
  readonly parsed: Parsed
  readonly flag: Flag
  readonly targets: readonly Found[]
  readonly refuse: (reason: Reason, detail: string) => Decision
}

function convert({ parsed, flag, targets, refuse, end, note }: Judged): Decision {
  const { mail, tag, world } = parsed
  const { settings } = world
  if (mail.encrypted) return refuse('encrypted', 'the mail holds no readable text')
  const text = mailToText(mail, tag.kind === 'tag' ? tag.rest : mail.subject, settings)
  if (text === null) return refuse('no-text', 'nothing to send')
  const fitted = fitText(text, settings)
  const cut = fitted.cut ? `, cut from ${fitted.partsWanted} parts` : ''
  note('convert', `${fitted.parts} part(s) of ${fitted.encoding}${cut}`)
  if (fitted.cut && settings.tooLong === 'refuse')
    return refuse('too-long', `${fitted.partsWanted} parts, allowed are ${settings.partsMax}`)
  const { text: shown, encoding, parts, cost, costly } = fitted
  const denied = targets.filter((target) => judgeTarget(target, world) !== null)
  const reachable = targets.filter((target) => !denied.includes(target))
  return end('convert', flag.from === 'answer' || flag.from === 'policy' ? flag.from : 'flagged', flag, {
    deliveries: reachable.map(
      ({ to, rule }): SmsPlan => ({ medium: 'sms', to, rule, text: shown, encoding, parts, cost, costly }),
    ),
    temporaryBinding: temporaryBinding(tag, reachable[0], world),
    windowMs: (tag.kind === 'tag' ? tag.durationMs : null) ?? settings.replyWindowMs,
    notices: [
      ...denied.flatMap((target) => noticeTo(mail, judgeTarget(target, world) ?? 'number-denied', target.to)),
      ...(fitted.cut
        ? noticeTo(mail, 'cut', `it needs ${fitted.partsWanted} parts, sent were ${fitted.parts}`)
        : []),
    ],
  })
}

/** An old mail may be a copy that somebody kept and sends again; and an SMS about it comes too late for anybody. */
const ageMaxMs = 48 * 3_600_000

function isStale(mail: IncomingMail, world: World): boolean {
  return world.settings.trustMethod !== 'from' && mail.date !== null && mail.date < world.now - ageMaxMs
}

function readFlag({ mail, answer, found, tag, world }: Parsed): Flag {
  const field = readFlagField(mail.flagField)
  if (field !== null) return { value: field === 0 ? 0 : 1, from: 'header' }
  if (mail.toField !== null) return { value: 1, from: 'header' }
  if (answer.kind !== 'none') return { value: 1, from: 'answer' }
  if (found.some((one) => one.rule === 'number-address')) return { value: 1, from: 'address' }
  if (tag.kind === 'tag') return { value: tag.flag, from: 'tag' }
  if (tag.kind === 'malformed') return { value: 1, from: 'tag' }
  return { value: found.some((one) => policyOf(one, world) === 'always') ? 1 : 0, from: 'policy' }
}

const policyOf = (found: Found, world: World) => found.binding?.mailToSms ?? world.settings.mailToSms

function passReason({ found, world }: Parsed, flag: Flag): Reason {
  if (flag.from !== 'policy') return 'flag-0'
  const policies = found.length === 0 ? [world.settings.mailToSms] : found.map((one) => policyOf(one, world))
  return policies.every((policy) => policy === 'never') ? 'policy-never' : 'not-flagged'
}

function tokenHolder(answer: Answer): string | null {
  return answer.kind === 'conversation' && answer.byToken ? answer.conversation.correspondent : null
}

interface Fault {
  readonly reason: Reason
  readonly detail: string
}

/** What is wrong with the way the mail names its target. */
function faultOf(parsed: Parsed): Fault | null {
  const { mail, answer, tag, world } = parsed
  if (answer.kind === 'refused') return answer
  if (tag.kind === 'malformed') return { reason: 'tag-malformed', detail: tag.tag }
  if (readFlagField(mail.flagField) === 'malformed')
    return { reason: 'tag-malformed', detail: `X-SMS-Convert: ${mail.flagField}` }
  if (mail.toField !== null && numberOfField(mail.toField, world) === null)
    return { reason: 'tag-malformed', detail: `X-SMS-To: ${mail.toField}` }
  return contradiction(parsed) ?? notAddressed(parsed)
}

/** The number that the mail itself names, in X-SMS-To or in its tag. */
function typedNumber({ mail, tag, world }: Parsed): string | null {
  if (mail.toField !== null) return numberOfField(mail.toField, world)
  return tag.kind === 'tag' ? tag.address : null
}

/** An answer that also names another phone: nobody can tell which of them is meant. */
function contradiction(parsed: Parsed): Fault | null {
  const { answer, found } = parsed
  if (answer.kind !== 'conversation') return null
  const named = [
    typedNumber(parsed),
    ...found.filter((one) => one.rule === 'number-address').map((one) => one.to),
  ]
  const other = named.find((number) => number !== null && number !== answer.conversation.number)
  if (other === undefined || other === null) return null
  return { reason: 'answer-disagrees', detail: `talks with ${answer.conversation.number} and names ${other}` }
}

/**
 * A signature proves who wrote a mail, not that they sent it here: whoever holds a signed mail can send it again to any address, with
 * fields added. So what is signed, To, Cc and the subject, must name the box, or the number.
 */
function notAddressed({ mail, answer, found, world }: Parsed): Fault | null {
  const { settings } = world
  if (settings.trustMethod === 'from' || tokenHolder(answer) !== null) return null
  const written = new Set([...mail.to, ...mail.cc].map((entry) => mailKey(entry.address)))
  if (mail.toField !== null && !written.has(mailKey(settings.ownMailbox)))
    return { reason: 'not-addressed', detail: `X-SMS-To in a mail that does not name ${settings.ownMailbox}` }
  const hidden = found.find((one) => one.rule === 'number-address' && !written.has(mailKey(one.mailbox)))
  return hidden === undefined
    ? null
    : { reason: 'not-addressed', detail: `${hidden.mailbox} is in neither To nor Cc` }
}

/** An answer goes to its conversation and nowhere else; a number typed in the message comes next; then the receiving addresses. */
function targetsOf(parsed: Parsed, flag: Flag): readonly Found[] {
  const { mail, answer, found, world } = parsed
  if (answer.kind === 'conversation') {
    const { number, correspondent } = answer.conversation
    return [{ to: number, rule: 'answer', mailbox: correspondent, binding: null }]
  }
  const typed = typedNumber(parsed)
  if (typed !== null)
    return [{ to: typed, rule: 'temporary-binding', mailbox: boundMailbox(mail, world), binding: null }]
  return found.filter((one) => {
    if (one.rule === 'number-address') return true
    return flag.from !== 'policy' || policyOf(one, world) === 'always'
  })
}

/**
 * The mailbox that a temporary binding made by this mail belongs to: its one receiving address. The box itself is none, and a
 * bystander in Cc must not be bound: then the number counts for this talk only.
 */
function boundMailbox(mail: IncomingMail, world: World): string {
  const isOther = (address: string): boolean => mailKey(address) !== mailKey(world.settings.ownMailbox)
  const recorded = mail.recorded.filter(isOther)
  const meant = recorded.length > 0 ? recorded : mail.to.map((entry) => entry.address)
  const [only, second] = meant
  return only !== undefined && second === undefined && isOther(only) ? only : ''
}

function temporaryBinding(tag: Tag, target: Found | undefined, world: World): TemporaryBinding | null {
  if (tag.kind !== 'tag' || tag.address === null || tag.durationMs === null) return null
  if (target?.rule !== 'temporary-binding' || target.mailbox === '') return null
  return { mailbox: target.mailbox, number: target.to, expiresAt: world.now + tag.durationMs }
}

function judgeTarget(target: Found, world: World): Reason | null {
  if (target.rule === 'answer' && !target.to.startsWith('+')) return 'cannot-answer'
  return judgeNumber(target.to, world.settings)
}

/** The same phone through two addresses gets one SMS. */
function onceEach(targets: readonly Found[]): Found[] {
  return [...new Map(targets.map((target) => [target.to, target])).values()]
}

/** A notice to the sender of a mail; never to a machine. */
function noticeTo(mail: IncomingMail, reason: Reason, detail: string): Notice[] {
  return mail.from === null || mail.automatic !== null
    ? []
    : [{ to: mail.from.address, medium: 'mail', reason, detail }]
}
