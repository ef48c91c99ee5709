// The exchange centre, SMS to mail: the order of the patent's steps for one text. Pure: it reads bindings and conversations and writes
// nothing, so that "explain" and the service agree.

import { mailKey, splitPlus } from '../../domain/address.ts'
import type { Binding } from '../../domain/binding.ts'
import type { IncomingSms } from '../../domain/message.ts'
import { candidatesOf, choicesText, readChoice } from './ask.ts'
import { createTill } from './budget.ts'
import { smsToText } from './convert.ts'
import type { Decision, FlagSource, MailPlan, Notice, Target, World } from './decision.ts'
import { readAlias, readStandardForm, readTextTag, type Tag } from './flag.ts'
import { judgePair } from './holds.ts'
import { isAllowed, isKnownPhone, judgeNumber } from './judge.ts'
import { findMailbox } from './lookup.ts'
import { forwardPlan } from './pass-on.ts'
import type { Reason } from './reasons.ts'
import { languageOf, rulesOfPhone } from './rules.ts'
import { kindWords, reasonToIgnore } from './special-sms.ts'
import { tellBudget, tellMailbox, tellPause } from './tell.ts'
import { type Planned, planBinding } from './temporary.ts'
import { trail } from './trail.ts'

type Flag = Decision['flag']

/** What a text says about its own way: the flag, the address typed with it, the rest that is sent on. */
interface Typed {
  readonly flag: { readonly value: 0 | 1; readonly from: FlagSource } | null
  readonly target: { readonly to: string; readonly rule: 'typed-address' | 'alias' | 'conversation' } | null
  readonly rest: string
  readonly durationMs: number | null
  /** Texts that waited until the phone said whom it means. */
  readonly waiting: readonly { readonly id: number; readonly text: string }[]
}

/** Decides about one SMS. */
export function decideSms(sms: IncomingSms, world: World): Decision {
  const { settings, bindings, now } = world
  const { note, end } = trail(world, 'sms')
  const tag: Tag = sms.special === null ? readTextTag(sms.text) : { kind: 'none' }
  const typed = typedInSms(sms, tag, world)
  const sender = bindings.ofOperator(sms.from, now)
  const policy = policyOf(sender, world)
  // A caller cannot ask for a mail; calls.mail is the policy for calls.
  const isCall = sms.special === 'call'
  const flag: Flag =
    sms.flagElement !== null
      ? { value: sms.flagElement, from: 'udh' }
      : (typed.flag ?? { value: policy === 'always' || isCall ? 1 : 0, from: 'policy' })
  note('flag', `${flag.value} from ${flag.from}`)
  const pass = (reason: Reason): Decision => {
    const forward = forwardPlan(sms, typed.rest, meantMailbox(sms, typed, world), world)
    if (forward === null) return end('pass', reason, flag)
    const { plan, pauses, news } = forward
    note('pass on', `sent on to ${plan.to} by rule ${plan.rule}`)
    if (plan.held !== null) note('hold', `${plan.to}: ${plan.held.reason}`)
    const pair = { from: sms.from, to: plan.to }
    return end('pass', reason, flag, {
      deliveries: [plan],
      pauses: pauses ? pair : null,
      notices: [...tellBudget(news, world), ...(pauses ? tellPause(pair, world) : [])],
    })
  }
  const kind = kindWords(sms)
  if (kind !== null) note('kind', kind)
  if (sms.from === settings.ownNumber) return end('ignore', 'number-own', flag)
  const ignored = reasonToIgnore(sms)
  if (ignored !== null) return end('ignore', ignored, flag)
  if (policy === 'never') return pass('policy-never')
  if (flag.value === 0) return pass(flag.from === 'policy' ? 'not-flagged' : 'flag-0')
  if (tag.kind === 'malformed') {
    note('refused', tag.tag)
    const notices = tellOffice(sms, { reason: 'tag-malformed', detail: `${sms.from}: ${tag.tag}` }, world)
    return end('refuse', 'tag-malformed', flag, { notices })
  }
  if (typed.target !== null) return exchange({ sms, typed, flag, note, end, world }, typed.target, [])
  const mailbox = findMailbox(sms, world)
  if (mailbox.kind === 'none') return end('hold', 'no-mailbox', flag)
  if (mailbox.kind === 'found')
    return exchange({ sms, typed, flag, note, end, world }, mailbox.target, mailbox.candidates)
  const question = isCall ? null : ask(sms, mailbox.candidates, world)
  if (question !== null) {
    note('ask', choicesText(candidatesOf(mailbox.candidates, world)))
    return end('hold', 'ambiguous', flag, { notices: question })
  }
  return decideSms(sms, { ...world, settings: { ...settings, ambiguous: 'line' } })
}

interface Judged extends ReturnType<typeof trail> {
  readonly sms: IncomingSms
  readonly typed: Typed
  readonly flag: Flag
  readonly world: World
}

function exchange(
  { sms, typed, flag, note, end, world }: Judged,
  target: Target,
  candidates: readonly string[],
): Decision {
  note('look up', `${sms.from} -> ${target.to} by rule ${target.rule}`)
  if (typed.target?.rule === 'typed-address' && !isAllowed(target.to, world)) {
    const what = { reason: 'address-not-allowed', detail: `${sms.from}: ${target.to}` } as const
    return end('refuse', 'address-not-allowed', flag, { notices: tellOffice(sms, what, world) })
  }
  const words = [...typed.waiting.map(({ text }) => text), typed.rest].filter((text) => text.trim() !== '')
  // An empty SMS without a tag is still news: somebody sent it.
  if (words.length === 0 && typed.flag !== null) return end('refuse', 'no-text', flag)
  const text = smsToText(sms, words.join('\n\n'), candidates, languageOf(target.to, world))
  const pair = { from: sms.from, to: target.to }
  // Whom nobody can answer is in no loop: a network may say ten times that a voice message waits.
  const repeatable = sms.special === 'call' ? null : text
  const { held, pauses } = sms.canAnswer ? judgePair(pair, repeatable, world) : { held: null, pauses: false }
  const plan: MailPlan = { medium: 'mail', ...target, text, redirect: false, held }
  if (held !== null) note('hold', `${target.to}: ${held.reason}`)
  const wish = temporaryBinding(sms, typed, target, world)
  if (wish !== null) note('bind', `${wish.kind}: ${wish.detail}`)
  const went: Reason =
    sms.special === 'call'
      ? 'missed-call'
      : flag.from !== 'policy'
        ? 'flagged'
        : target.rule === 'conversation'
          ? 'answer'
          : 'policy'
  return end(held === null ? 'convert' : 'hold', held === null ? went : held.reason, flag, {
    deliveries: [plan],
    temporaryBinding: wish?.kind === 'made' ? wish.binding : null,
    windowMs: typed.durationMs ?? world.settings.replyWindowMs,
    releases: typed.waiting.map(({ id }) => id),
    pauses: pauses ? pair : null,
    notices: [...(pauses ? tellPause(pair, world) : []), ...tellMaker(sms, wish, world)],
  })
}

function policyOf(sender: Binding | undefined, { bindings, settings, now }: World) {
  const line = bindings.ofNumber(settings.ownNumber, now)
  return sender?.smsToMail ?? line?.smsToMail ?? settings.smsToMail
}

/** Reads what was typed at the start of an SMS. What is only nearly a typed address (an unknown alias, a stranger's address) is text. */
function typedInSms(sms: IncomingSms, tag: Tag, world: World): Typed {
  const plain: Typed = { flag: null, target: null, rest: sms.text, durationMs: null, waiting: [] }
  if (sms.special !== null) return plain
  if (tag.kind === 'malformed') return { ...plain, flag: { value: 1, from: 'tag' } }
  if (tag.kind === 'tag') {
    const named = tag.address === null ? aliasIn(tag.rest, world) : null
    return {
      ...plain,
      flag: { value: tag.flag, from: 'tag' },
      target: tag.address === null ? (named?.target ?? null) : typedAddress(tag.address, world),
      rest: named?.rest ?? tag.rest,
      durationMs: tag.durationMs,
    }
  }
  return (
    standardFormIn(sms, plain, world) ?? chosenIn(sms, plain, world) ?? aliasTyped(sms, plain, world) ?? plain
  )
}

/** The box itself reads no mails: whoever types its address means the line. */
function typedAddress(to: string, { settings }: World): Typed['target'] {
  return splitPlus(to).box === mailKey(settings.ownMailbox) ? null : { to, rule: 'typed-address' }
}

function standardFormIn(sms: IncomingSms, plain: Typed, world: World): Typed | null {
  const standard = readStandardForm(sms.text)
  if (standard === null || !isAllowed(standard.address, world)) return null
  const { subject } = standard
  return {
    ...plain,
    flag: { value: 1, from: 'standard-form' },
    target: typedAddress(standard.address, world),
    rest: subject === null || subject === '' ? standard.rest : `${subject}\n\n${standard.rest}`,
  }
}

/** The answer to our question whom the phone means. */
function chosenIn(sms: IncomingSms, plain: Typed, world: World): Typed | null {
  if (world.settings.ambiguous !== 'ask') return null
  const open = world.conversations.openOf(sms.from, world.now).map(({ correspondent }) => correspondent)
  const choice = readChoice(sms.text, candidatesOf(open, world))
  if (choice === null) return null
  return {
    ...plain,
    flag: { value: 1, from: 'alias' },
    target: { to: choice.mailbox, rule: 'conversation' },
    rest: choice.rest,
    waiting: world.journal.waitingOf(sms.from).map(({ id, text }) => ({ id, text: withoutTag(text) })),
  }
}

function withoutTag(text: string): string {
  const tag = readTextTag(text)
  return tag.kind === 'tag' ? tag.rest : text
}

function aliasTyped(sms: IncomingSms, plain: Typed, world: World): Typed | null {
  const named = aliasIn(sms.text, world)
  return named === null ? null : { ...plain, ...named, flag: { value: 1, from: 'alias' } }
}

function aliasIn(text: string, world: World): Pick<Typed, 'target' | 'rest'> | null {
  const named = readAlias(text)
  const binding = named === null ? undefined : world.bindings.ofAlias(named.alias, world.now)
  if (named === null || binding === undefined) return null
  return { target: { to: binding.mailbox, rule: 'alias' }, rest: named.rest }
}

/** Whom the text would become a mail for; an address that is not allowed leads to nobody. */
function meantMailbox(sms: IncomingSms, { target }: Typed, world: World): Target | null {
  if (target !== null) return target.rule === 'typed-address' && !isAllowed(target.to, world) ? null : target
  const found = findMailbox(sms, world)
  return found.kind === 'found' ? found.target : null
}

/** The office hears of a text that was refused: the mailbox of its phone, else the one that the text would have gone to. */
function tellOffice(
  sms: IncomingSms,
  what: { readonly reason: Reason; readonly detail: string },
  world: World,
): Notice[] {
  const found = findMailbox(sms, world)
  const other =
    found.kind === 'found' ? found.target.to : found.kind === 'ambiguous' ? found.candidates[0] : undefined
  const mailbox = world.bindings.permanentOfNumber(sms.from)?.mailbox ?? other
  return mailbox === undefined ? [] : tellMailbox(mailbox, what, world)
}

/** The question to a phone with several conversations, one part (notices.ts), asked once; null if it cannot be asked: it is a stranger's or no phone, or there is no budget for it. */
function ask(sms: IncomingSms, mailboxes: readonly string[], world: World): Notice[] | null {
  const mayBeTexted = sms.canAnswer && isKnownPhone(sms.from, world)
  if (!mayBeTexted || judgeNumber(sms.from, world.settings) !== null) return null
  if (world.journal.waitingOf(sms.from).length > 0) return []
  const { language } = rulesOfPhone(sms.from, world)
  const detail = choicesText(candidatesOf(mailboxes, world))
  const verdict = createTill(world)({ payer: sms.from, number: sms.from, parts: 1 })
  if (!verdict.fits) return null
  return [
    { to: sms.from, medium: 'sms', reason: 'ambiguous', detail, language, once: null },
    ...tellBudget(verdict.news, world),
  ]
}

/** The mailbox that a phone binds itself to for a while: `[mail bob@office.example 2h]`. */
function temporaryBinding(
  sms: IncomingSms,
  { durationMs }: Typed,
  target: Target,
  world: World,
): Planned | null {
  if (durationMs === null || target.rule !== 'typed-address' || !sms.canAnswer) return null
  return planBinding({ mailbox: target.to, number: sms.from, durationMs, bySms: true }, world)
}

/** The maker has a phone, and an SMS costs; the mailbox of the phone is told. */
function tellMaker(sms: IncomingSms, wish: Planned | null, world: World): Notice[] {
  const own = world.bindings.permanentOfNumber(sms.from)
  if (wish === null || own === undefined) return []
  const reason = wish.kind === 'made' ? 'binding-made' : 'binding-taken'
  return tellMailbox(own.mailbox, { reason, detail: wish.detail }, world)
}
