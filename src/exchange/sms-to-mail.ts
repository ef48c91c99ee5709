// The exchange centre, SMS to mail: the order of the patent's steps for one text. Pure: it reads bindings and conversations and writes
// nothing, so that "explain" and the service agree.

import type { IncomingSms } from '../domain/message.ts'
import { smsToText } from './convert.ts'
import type { Decision, FlagSource, MailPlan, Notice, World } from './decision.ts'
import { readAlias, readStandardForm, readTextTag, type Tag } from './flag.ts'
import { isAllowed } from './judge.ts'
import { findMailbox, type Mailbox } from './lookup.ts'
import type { Reason } from './reasons.ts'
import { trail } from './trail.ts'

type Flag = Decision['flag']

/** What a text says about its own way: the flag, the address typed with it, the rest that is sent on. */
interface Typed {
  readonly flag: { readonly value: 0 | 1; readonly from: FlagSource } | null
  readonly target: { readonly to: string; readonly rule: 'typed-address' | 'alias' } | null
  readonly rest: string
  readonly durationMs: number | null
}

/** Decides about one SMS. */
export function decideSms(sms: IncomingSms, world: World): Decision {
  const { settings } = world
  const { note, end } = trail(world, 'sms')
  const tag: Tag = sms.special === null ? readTextTag(sms.text) : { kind: 'none' }
  const typed = typedInSms(sms, tag, world)
  const sender = world.bindings.ofNumber(sms.from, world.now)
  const policy =
    sender?.smsToMail ??
    world.bindings.ofNumber(settings.ownNumber, world.now)?.smsToMail ??
    settings.smsToMail
  const flag: Flag =
    sms.flagElement !== null
      ? { value: sms.flagElement, from: 'udh' }
      : (typed.flag ?? { value: policy === 'always' ? 1 : 0, from: 'policy' })
  note('flag', `${flag.value} from ${flag.from}`)
  if (policy === 'never') return end('pass', 'policy-never', flag)
  if (sms.from === settings.ownNumber) return end('ignore', 'number-own', flag)
  if (flag.value === 0) return end('pass', flag.from === 'policy' ? 'not-flagged' : 'flag-0', flag)
  if (tag.kind === 'malformed') {
    note('refused', tag.tag)
    const notices: Notice[] =
      sender === undefined
        ? []
        : [{ to: sender.mailbox, medium: 'mail', reason: 'tag-malformed', detail: tag.tag }]
    return end('refuse', 'tag-malformed', flag, { notices })
  }
  const mailbox: Mailbox | null =
    typed.target === null ? findMailbox(sms, world) : { ...typed.target, candidates: [] }
  if (mailbox === null) return end('hold', 'no-mailbox', flag)
  note('look up', `${sms.from} -> ${mailbox.to} by rule ${mailbox.rule}`)
  if (typed.target?.rule === 'typed-address' && !isAllowed(mailbox.to, world))
    return end('refuse', 'address-not-allowed', flag)
  const plan: MailPlan = {
    medium: 'mail',
    to: mailbox.to,
    rule: mailbox.rule,
    text: smsToText(sms, typed.rest, mailbox.candidates),
  }
  const reason: Reason =
    flag.from !== 'policy' ? 'flagged' : mailbox.rule === 'conversation' ? 'answer' : 'policy'
  return end('convert', reason, flag, {
    deliveries: [plan],
    windowMs: typed.durationMs ?? settings.replyWindowMs,
  })
}

/** Reads what was typed at the start of an SMS. What is only nearly a typed address (an unknown alias, a stranger's address) is text. */
function typedInSms(sms: IncomingSms, tag: Tag, world: World): Typed {
  const plain: Typed = { flag: null, target: null, rest: sms.text, durationMs: null }
  if (sms.special !== null) return plain
  if (tag.kind === 'malformed') return { ...plain, flag: { value: 1, from: 'tag' } }
  if (tag.kind === 'tag')
    return {
      flag: { value: tag.flag, from: 'tag' },
      target: tag.address === null ? null : { to: tag.address, rule: 'typed-address' },
      rest: tag.rest,
      durationMs: tag.durationMs,
    }
  const standard = readStandardForm(sms.text)
  if (standard !== null && isAllowed(standard.address, world)) {
    const rest =
      standard.subject === null || standard.subject === ''
        ? standard.rest
        : `${standard.subject}\n\n${standard.rest}`
    return {
      flag: { value: 1, from: 'standard-form' },
      target: { to: standard.address, rule: 'typed-address' },
      rest,
      durationMs: null,
    }
  }
  const named = readAlias(sms.text)
  const binding = named === null ? undefined : world.bindings.ofAlias(named.alias, world.now)
  if (named !== null && binding !== undefined)
    return {
      flag: { value: 1, from: 'alias' },
      target: { to: binding.mailbox, rule: 'alias' },
      rest: named.rest,
      durationMs: null,
    }
  return plain
}
