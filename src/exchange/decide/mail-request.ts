// What a mail asks for: its flag, the phones that it names, and what is wrong with the way it names them. Pure.

import { mailKey } from '../../domain/address.ts'
import type { IncomingMail } from '../../domain/message.ts'
import { mayBind, notAddressed } from './addressed.ts'
import type { Decision, World } from './decision.ts'
import { readFlagField, readSubjectTag, type Tag } from './flag.ts'
import {
  type Answer,
  type Found,
  findAnswer,
  findPhone,
  numberOfField,
  receivingAddresses,
} from './lookup.ts'
import type { Reason } from './reasons.ts'
import { rulesOf } from './rules.ts'

export type Flag = Decision['flag']

/** What was read from a mail before anything is judged. */
export interface MailRequest {
  readonly mail: IncomingMail
  readonly world: World
  readonly addresses: readonly string[]
  readonly tag: Tag
  readonly answer: Answer
  /** Phones that the receiving addresses lead to. */
  readonly found: readonly Found[]
  readonly flag: Flag
}

export function readRequest(mail: IncomingMail, world: World): MailRequest {
  const addresses = receivingAddresses(mail, world.settings.ownMailbox)
  const parsed = {
    mail,
    world,
    addresses,
    tag: readSubjectTag(mail.subject),
    answer: findAnswer(mail, world),
    found: addresses.map((address) => findPhone(address, world)).filter((one) => one !== null),
  }
  return { ...parsed, flag: readFlag(parsed) }
}

function readFlag({ mail, answer, found, tag, world }: Omit<MailRequest, 'flag'>): Flag {
  const field = readFlagField(mail.flagField)
  if (field !== null) return { value: field === 0 ? 0 : 1, from: 'header' }
  if (mail.toField !== null) return { value: 1, from: 'header' }
  if (answer.kind !== 'none') return { value: 1, from: 'answer' }
  if (found.some((one) => one.rule === 'number-address')) return { value: 1, from: 'address' }
  if (tag.kind === 'tag') return { value: tag.flag, from: 'tag' }
  if (tag.kind === 'malformed') return { value: 1, from: 'tag' }
  return { value: found.some((one) => policyOf(one, world) === 'always') ? 1 : 0, from: 'policy' }
}

export const policyOf = (found: Found, world: World) => rulesOf(found.binding, world.settings).mailToSms

/** The correspondent whose secret answer token the mail carries; null if it carries none. */
export function tokenHolder({ answer }: Pick<MailRequest, 'answer'>): string | null {
  return answer.kind === 'conversation' && answer.byToken ? answer.conversation.correspondent : null
}

export interface Fault {
  readonly reason: Reason
  readonly detail: string
}

/** What is wrong with the way the mail names its target; null: nothing. */
export function faultOf(request: MailRequest): Fault | null {
  const { mail, answer, tag, world } = request
  if (answer.kind === 'refused') return answer
  if (tag.kind === 'malformed') return { reason: 'tag-malformed', detail: tag.tag }
  if (readFlagField(mail.flagField) === 'malformed')
    return { reason: 'tag-malformed', detail: `X-SMS-Convert: ${mail.flagField}` }
  if (mail.toField !== null && numberOfField(mail.toField, world) === null)
    return { reason: 'tag-malformed', detail: `X-SMS-To: ${mail.toField}` }
  const other = twoNumbers(request) ?? contradiction(request)
  if (other !== null || world.settings.trustMethod === 'from' || tokenHolder(request) !== null) return other
  return notAddressed(request, targetsOf(request))
}

/** The number that the mail itself names, in X-SMS-To or in its tag. */
function typedNumber({ mail, tag, world }: MailRequest): string | null {
  if (mail.toField !== null) return numberOfField(mail.toField, world)
  return tag.kind === 'tag' ? tag.address : null
}

/** Header and tag that name different phones: nobody can tell which of them is meant. */
function twoNumbers({ mail, tag, world }: MailRequest): Fault | null {
  if (mail.toField === null || tag.kind !== 'tag' || tag.address === null) return null
  return numberOfField(mail.toField, world) === tag.address
    ? null
    : { reason: 'tag-malformed', detail: `X-SMS-To: ${mail.toField}, [sms ${tag.address}]` }
}

/** An answer that also names another phone: nobody can tell which of them is meant. */
function contradiction(request: MailRequest): Fault | null {
  const { answer, found } = request
  if (answer.kind !== 'conversation') return null
  const named = [
    typedNumber(request),
    ...found.filter((one) => one.rule === 'number-address').map((one) => one.to),
  ]
  const other = named.find((number) => number !== null && number !== answer.conversation.number)
  if (other === undefined || other === null) return null
  return { reason: 'answer-disagrees', detail: `${answer.conversation.number}, ${other}` }
}

/**
 * The phones that are meant, each once: an answer goes to its conversation and nowhere else; a number typed in the message comes next;
 * then the receiving addresses.
 */
export function targetsOf(request: MailRequest): Found[] {
  return [...new Map(allTargets(request).map((target) => [target.to, target])).values()]
}

function allTargets(request: MailRequest): readonly Found[] {
  const { mail, answer, found, flag, world } = request
  if (answer.kind === 'conversation') {
    const { number, correspondent } = answer.conversation
    return [{ to: number, rule: 'answer', mailbox: correspondent, binding: bindingOf(number, world) }]
  }
  const typed = typedNumber(request)
  if (typed !== null)
    return [
      {
        to: typed,
        rule: 'temporary-binding',
        mailbox: boundMailbox(mail, world),
        binding: bindingOf(typed, world),
      },
    ]
  return found.filter(
    (one) => one.rule === 'number-address' || flag.from !== 'policy' || policyOf(one, world) === 'always',
  )
}

const bindingOf = (number: string, world: World) => world.bindings.ofNumber(number, world.now) ?? null

/**
 * The mailbox that a temporary binding made by this mail belongs to: its one receiving address. The box itself is none, and a
 * bystander in Cc must not be bound, nor an address that somebody else added: then the number counts for this talk only.
 */
function boundMailbox(mail: IncomingMail, world: World): string {
  const isOther = (address: string): boolean => mailKey(address) !== mailKey(world.settings.ownMailbox)
  const recorded = mail.recorded.filter(isOther)
  const meant = recorded.length > 0 ? recorded : mail.to.map((entry) => entry.address)
  const [only, second] = meant
  return only !== undefined && second === undefined && isOther(only) && mayBind(mail, only) ? only : ''
}
