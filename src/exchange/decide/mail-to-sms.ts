// The exchange centre, mail to SMS: the order of the patent's steps for one mail. Parse the flag, judge, look up the receiving
// addresses, convert, and see whether it has to wait. Pure: it reads and writes nothing, so that "explain" and the service agree.

import type { IncomingMail } from '../../domain/message.ts'
import { encodingNames } from '../../sms/text-coding.ts'
import { affordable, createTill } from './budget.ts'
import { fitText, mailToText } from './convert.ts'
import type { Decision, Notice, SmsPlan, World } from './decision.ts'
import { isUrgent, judgeHold } from './holds.ts'
import { automaticReason, judgeNumber, judgeSender } from './judge.ts'
import { isLimit } from './limit-reasons.ts'
import type { Found } from './lookup.ts'
import { decideReport } from './mail-report.ts'
import { faultOf, type MailRequest, policyOf, readRequest, targetsOf, tokenHolder } from './mail-request.ts'
import { redirectPlan } from './pass-on.ts'
import { type Reason, reasons } from './reasons.ts'
import { type Rules, rulesOfPhone } from './rules.ts'
import { onceEach, tellBudget, tellPause, tellSender } from './tell.ts'
import { planBinding } from './temporary.ts'
import { trail } from './trail.ts'

/** Decides about one mail. */
export function decideMail(mail: IncomingMail, world: World): Decision {
  const request = readRequest(mail, world)
  const { flag } = request
  const steps = trail(world, 'mail')
  const { note, end } = steps
  note('flag', `${flag.value} from ${flag.from}`)
  const reported = decideReport(mail, world, flag, steps)
  if (reported !== null) return reported
  const pass = (reason: Reason): Decision => {
    const plan = redirectPlan(request)
    if (plan !== null) note('pass on', `redirected to ${plan.to} by rule ${plan.rule}`)
    return end('pass', reason, flag, plan === null ? {} : { deliveries: [plan] })
  }
  if (flag.value === 0) return pass(passReason(request))

  const machine = automaticReason(mail)
  if (machine !== null) return end('ignore', machine, flag)
  const trust = judgeSender(mail, tokenHolder(request), world)
  note('trust', trust.detail)
  if (trust.refusal !== null) return end('refuse', trust.refusal, flag)

  const refuse = (reason: Reason, detail: string): Decision => {
    note('refused', detail)
    return end('refuse', reason, flag, { notices: tellSender(mail, { reason, detail }, world) })
  }
  if (isStale(mail, world)) return refuse('too-old', new Date(mail.date ?? 0).toISOString())
  if (isLimit(mail.unreadable)) return refuse(mail.unreadable, reasons[mail.unreadable].means)
  const fault = faultOf(request)
  if (fault !== null) return refuse(fault.reason, fault.detail)
  const named = targetsOf(request)
  const willing = named.filter((target) => policyOf(target, world) !== 'never')
  if (named.length > 0 && willing.length === 0) return pass('policy-never')
  const targets = willing.filter((target) => !dropsMachines(target, request))
  if (willing.length > 0 && targets.length === 0) return end('ignore', 'automatic-mail', flag)
  for (const target of targets)
    note('look up', `${target.mailbox || world.settings.ownMailbox} -> ${target.to} by rule ${target.rule}`)
  const [first] = targets
  if (first === undefined) return refuse('no-receiving-address', request.addresses.join(', ') || 'none')
  if (targets.every((target) => judgeTarget(target, world) !== null))
    return refuse(judgeTarget(first, world) ?? 'number-denied', first.to)
  return convert({ request, targets, refuse, end, note })
}

interface Judged extends ReturnType<typeof trail> {
  readonly request: MailRequest
  readonly targets: readonly Found[]
  readonly refuse: (reason: Reason, detail: string) => Decision
}

function convert({ request, targets, refuse, end, note }: Judged): Decision {
  const { mail, tag, flag, world } = request
  const { settings } = world
  if (mail.unreadable !== null) return refuse(mail.unreadable, 'the mail holds no readable text')
  const subject = tag.kind === 'tag' ? tag.rest : mail.subject
  const text = mailToText(mail, subject, settings)
  if (text === null) return refuse('no-text', 'nothing to send')
  const fitted = fitAll(text, targets, request, note)
  const denied = targets.flatMap((target) => {
    const reason = judgeTarget(target, world)
    return reason === null ? [] : tellSender(mail, { reason, detail: target.to }, world)
  })
  const short = fitted.filter(({ sms, rules }) => !sms.cut || rules.tooLong === 'cut')
  const [tooLong] = fitted.filter((one) => !short.includes(one))
  const size = (one: (typeof fitted)[number]): string =>
    `${one.target.to}: ${one.sms.partsWanted} > ${one.rules.partsMax} SMS`
  if (short.length === 0 && tooLong !== undefined) return refuse('too-long', size(tooLong))
  const waits = holdAll(short, subject, request)
  const plans = waits.plans
  for (const { to, held } of plans) if (held !== null) note('hold', `${to}: ${held.reason}`)
  const wish = temporaryBinding(request, short[0]?.target)
  if (wish !== null) note('bind', `${wish.kind}: ${wish.detail}`)
  else if (tag.kind === 'tag' && tag.durationMs !== null)
    note(
      'bind',
      'no binding: the mail names no mailbox for it besides the box; the time is that of the conversation',
    )
  const [heldFirst] = plans.map(({ held }) => held)
  const allHeld = plans.every(({ held }) => held !== null)
  const went = flag.from === 'answer' || flag.from === 'policy' ? flag.from : 'flagged'
  return end(allHeld ? 'hold' : 'convert', allHeld && heldFirst ? heldFirst.reason : went, flag, {
    deliveries: plans,
    temporaryBinding: wish?.kind === 'made' ? wish.binding : null,
    windowMs: (tag.kind === 'tag' ? tag.durationMs : null) ?? settings.replyWindowMs,
    pauses: waits.pauses,
    notices: onceEach([
      ...denied,
      ...(tooLong === undefined
        ? []
        : tellSender(mail, { reason: 'too-long', detail: size(tooLong) }, world)),
      ...short
        .filter(({ sms }) => sms.cut)
        .slice(0, 1)
        .flatMap((one) => tellSender(mail, { reason: 'cut', detail: size(one) }, world)),
      ...waits.notices,
      ...(wish === null
        ? []
        : tellSender(
            mail,
            { reason: wish.kind === 'made' ? 'binding-made' : 'binding-taken', detail: wish.detail },
            world,
          )),
    ]),
  })
}

interface Fitted {
  readonly target: Found
  readonly rules: Rules
  readonly sms: ReturnType<typeof fitText>
}

/** The text as each phone that may be reached will show it. */
function fitAll(
  text: string,
  targets: readonly Found[],
  { mail, world }: MailRequest,
  note: (what: string, detail: string) => void,
): Fitted[] {
  const fitted = targets
    .filter((target) => judgeTarget(target, world) === null)
    .map((target) => ({ target, rules: affordable(mail.from?.address ?? null, target.to, world) }))
    .map((one) => ({ ...one, sms: fitText(text, one.rules, world.settings) }))
  for (const { target, sms } of fitted) {
    const cut = sms.cut ? `, cut from ${sms.partsWanted}` : ''
    const count = sms.parts === 1 ? '1 part' : `${sms.parts} parts`
    note('convert', `${target.to}: ${count} in ${encodingNames[sms.encoding]}${cut}`)
  }
  return fitted
}

/** The plans of one mail, with why each of them has to wait. */
function holdAll(fitted: readonly Fitted[], subject: string, { mail, world }: MailRequest) {
  const sender = mail.from?.address ?? ''
  const till = createTill(world)
  const urgentWord = isUrgent(subject, world.settings.urgentWords)
  const notices: Notice[] = []
  let pauses: Decision['pauses'] = null
  const plans = fitted.map(({ target: { to, rule }, rules, sms }): SmsPlan => {
    const { text, encoding, parts, cost, costly } = sms
    const machine = mail.automatic !== null
    const verdict = judgeHold({ from: sender, to, text, parts, rules, urgentWord, machine }, till, world)
    const { held } = verdict
    notices.push(...tellBudget(verdict.news, world))
    if (held?.reason === 'budget-used-up')
      for (const { key, detail } of verdict.news)
        notices.push(...tellSender(mail, { reason: 'budget-used-up', detail, once: key }, world))
    if (verdict.pauses) {
      const pair = { from: sender, to }
      pauses = pair
      const told = tellPause(pair, world)
      const what = { reason: 'pair-paused', detail: `${sender} – ${to}` } as const
      notices.push(...(told.length > 0 ? told : tellSender(mail, what, world)))
    }
    return { medium: 'sms', to, rule, text, encoding, parts, cost, costly, held, digest: rules.digest }
  })
  return { plans, notices, pauses }
}

/** An old mail may be a copy that somebody kept and sends again; and an SMS about it comes too late for anybody. */
const ageMaxMs = 48 * 3_600_000

function isStale(mail: IncomingMail, world: World): boolean {
  return world.settings.trustMethod !== 'from' && mail.date !== null && mail.date < world.now - ageMaxMs
}

function dropsMachines({ to }: Found, { mail, world }: MailRequest): boolean {
  return mail.automatic !== null && rulesOfPhone(to, world).automatic === 'drop'
}

function passReason({ found, flag, world }: MailRequest): Reason {
  if (flag.from !== 'policy') return 'flag-0'
  const policies = found.length === 0 ? [world.settings.mailToSms] : found.map((one) => policyOf(one, world))
  return policies.every((policy) => policy === 'never') ? 'policy-never' : 'not-flagged'
}

function temporaryBinding({ tag, world }: MailRequest, target: Found | undefined) {
  if (tag.kind !== 'tag' || tag.address === null || tag.durationMs === null) return null
  if (target?.rule !== 'temporary-binding' || target.mailbox === '') return null
  return planBinding(
    { mailbox: target.mailbox, number: target.to, durationMs: tag.durationMs, bySms: false },
    world,
  )
}

function judgeTarget(target: Found, world: World): Reason | null {
  if (target.rule === 'answer' && !target.to.startsWith('+')) return 'cannot-answer'
  return judgeNumber(target.to, world.settings)
}
