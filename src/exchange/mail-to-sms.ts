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
  const fault = faultOf(parsed)
  if (fault !== null) return refuse(fault.reason, fault.detail)
  const targets = onceEach(targetsOf(parsed, flag))
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

/** What is wrong with the way the mail names its target. */
function faultOf({
  mail,
  answer,
  tag,
  world,
}: Parsed): { readonly reason: Reason; readonly detail: string } | null {
  if (answer.kind === 'refused') return answer
  if (tag.kind === 'malformed') return { reason: 'tag-malformed', detail: tag.tag }
  if (readFlagField(mail.flagField) === 'malformed')
    return { reason: 'tag-malformed', detail: `X-SMS-Convert: ${mail.flagField}` }
  if (mail.toField !== null && numberOfField(mail.toField, world) === null)
    return { reason: 'tag-malformed', detail: `X-SMS-To: ${mail.toField}` }
  return null
}

/** An answer goes to its conversation and nowhere else; a number typed in the message comes next; then the receiving addresses. */
function targetsOf({ mail, answer, tag, found, world }: Parsed, flag: Flag): readonly Found[] {
  if (answer.kind === 'conversation') {
    const { number, correspondent } = answer.conversation
    return [{ to: number, rule: 'answer', mailbox: correspondent, binding: null }]
  }
  const typed =
    mail.toField !== null ? numberOfField(mail.toField, world) : tag.kind === 'tag' ? tag.address : null
  if (typed !== null)
    return [{ to: typed, rule: 'temporary-binding', mailbox: boundMailbox(mail, world), binding: null }]
  return found.filter((one) => {
    if (one.rule === 'number-address') return true
    const policy = policyOf(one, world)
    return flag.from === 'policy' ? policy === 'always' : policy !== 'never'
  })
}

/** The mailbox that a temporary binding made by this mail belongs to: its receiving address, unless that is the box itself. */
function boundMailbox(mail: IncomingMail, world: World): string {
  const own = mailKey(world.settings.ownMailbox)
  return receivingAddresses(mail, own).find((address) => mailKey(address) !== own) ?? ''
}

/** Of the message's own phone only: an answer goes to its conversation, and a tag in it binds nothing. */
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
