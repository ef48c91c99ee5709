// The patent's sending unit: drains the outbox through a transport, one loop a medium. Invariants: `submitting` is committed before
// the modem gets a byte; what may have been sent is never sent again by itself; one bad recipient never holds the others; trouble
// with our own SIM or sign-in (`hold`) stops the queue, not the message.

import { GatewayError, messageOf } from '../domain/errors.ts'
import type { Clock, MailTransport, SmsTransport } from '../domain/ports.ts'
import { log } from '../log.ts'
import { withoutValidity } from '../sms/validity.ts'
import type { ClaimedMail, ClaimedSegment, Delivery } from '../store/outbox.ts'
import type { Desk } from './desk.ts'
import { charge } from './queue-text.ts'
import { applyEarlyReports, commitSent, prepareOutcomeNotice } from './reports.ts'
import { type NextAttempt, nextAttempt } from './retry-plan.ts'

export interface DispatchOptions {
  readonly desk: Desk
  readonly clock: Clock
  readonly uncertain: 'notify' | 'resend'
}

/** A loop over the outbox that can be woken. */
export interface Dispatch {
  /** Sends what is due until the signal aborts; a message under way is awaited. */
  run(signal: AbortSignal): Promise<void>
  wake(): void
}

/** When the queue was empty, look again after this time at the latest: the command line puts messages into the same outbox. */
const idleMs = 1000

/** A modem that fell silent may still answer, and a status report may come, before anybody is told, or the SMS is sent once more. */
const lateAnswerMs = 5 * 60_000

/** From the fourth growing pause in a row on, a pause is as long as this. */
const growingFast = 3
const longPauseMs = 1_800_000

/** The pause of one queue. */
function createPause(clock: Clock) {
  let until = 0
  let growing = 0
  return {
    isOn: () => clock.monotonic() < until,
    begin: (next: NextAttempt | null) => {
      if (next === null || next.pauseMs === 0) return
      if (next.growing) growing++
      until = clock.monotonic() + (growing > growingFast ? longPauseMs : next.pauseMs)
    },
    end: () => {
      growing = 0
    },
  }
}

/** Runs `step` over and over; it answers whether there was something to do. */
function loop(clock: Clock, step: () => Promise<boolean>): Dispatch {
  let woken = false
  let nap = new AbortController()
  const wake = (): void => {
    woken = true
    nap.abort()
  }
  return {
    wake,
    run: async (signal) => {
      signal.addEventListener('abort', wake, { once: true })
      try {
        while (!signal.aborted) {
          woken = false
          nap = new AbortController()
          if ((await step()) || woken) continue
          await clock.sleep(idleMs, nap.signal).catch(() => {})
        }
      } finally {
        signal.removeEventListener('abort', wake)
      }
    },
  }
}

/** Sends SMS. `transport` answers null while no modem is ready. */
export function createSmsDispatch(options: DispatchOptions, transport: () => SmsTransport | null): Dispatch {
  const { desk, clock } = options
  const pause = createPause(clock)
  return loop(clock, async () => {
    await endUncertain(options)
    const modem = transport()
    if (modem === null || pause.isOn()) return false
    const segment = desk.store.transaction(() => desk.outbox.claimSegment(desk.now()))
    if (segment === undefined) return false
    const answer = await attempt(() => modem.submit(segment), 'ambiguous')
    if (answer instanceof GatewayError) {
      pause.begin(await settleFailure(desk, segment, answer))
      return true
    }
    pause.end()
    const { messageReference } = answer
    await commitSent(desk, segment.segmentId, messageReference)
    log.info('sms-sent', { delivery: segment.deliveryId, part: segment.seq, reference: messageReference })
    return true
  })
}

/** A transport throws GatewayErrors; anything else is a defect of ours, after which nobody knows what was sent: a mail may be repeated. */
async function attempt<Result>(
  send: () => Promise<Result>,
  unknown: 'ambiguous' | 'temporary',
): Promise<Result | GatewayError> {
  try {
    return await send()
  } catch (error) {
    if (error instanceof GatewayError) return error
    return new GatewayError('INTERNAL', messageOf(error), { retry: unknown, cause: error })
  }
}

/** @returns when it is tried again; null: never */
async function settleFailure(
  desk: Desk,
  segment: ClaimedSegment,
  error: GatewayError,
): Promise<NextAttempt | null> {
  const now = desk.now()
  const { deliveryId: delivery, seq: part, segmentId } = segment
  log.warn('sms-attempt-failed', {
    delivery,
    part,
    code: error.code,
    retry: error.retry,
    error: error.message,
  })
  const plain = refusesValidity(error) ? withoutValidity(segment.pdu) : null
  const next =
    plain !== null
      ? ({ delayMs: 0, counts: true, pauseMs: 0, growing: false } as const)
      : nextAttempt('sms', error, segment.attempts, now - segment.createdAt)
  if (next === null) {
    await settleForGood(desk, segment, error)
    return null
  }
  const { counts, delayMs } = next
  desk.store.transaction(() => {
    desk.outbox.retrySegment(segmentId, { nextAttemptAt: now + delayMs, reason: error.message, now, counts })
    if (plain !== null) desk.outbox.replacePdu(segmentId, plain)
  })
  return next
}

/** TP-FCS C6 and C7 (TS 23.040 9.2.3.22), as `+CMS ERROR: 198` and `199`: the service centre takes no TP-VP, or not this one. */
const validityRefusals: ReadonlySet<unknown> = new Set([198, 199])

const refusesValidity = ({ code, context }: GatewayError): boolean =>
  code === 'SMS_REFUSED' && validityRefusals.has(context.number)

/** `failed`, and the sender is told; or `uncertain` where it may have been sent: what becomes of that is decided later, if nothing settles it. */
async function settleForGood(desk: Desk, segment: ClaimedSegment, error: GatewayError): Promise<void> {
  const state = error.retry === 'ambiguous' ? 'uncertain' : 'failed'
  const delivery = desk.outbox.get(segment.deliveryId)
  const notify =
    state === 'uncertain' || delivery === undefined
      ? () => {}
      : await prepareOutcomeNotice(desk, delivery, 'sms-failed', error.message)
  desk.store.transaction(() => {
    const { messageReference } = error.context
    if (typeof messageReference === 'number') desk.outbox.setReference(segment.segmentId, messageReference)
    notify()
    desk.outbox.settleSegment(segment.segmentId, state, error.message, desk.now())
  })
  if (state === 'uncertain') await applyEarlyReports(desk)
}

/** What nothing has settled in time, neither a late answer nor a report: it is sent once more, or its sender is told, once. */
async function endUncertain({ desk, uncertain }: DispatchOptions): Promise<void> {
  const before = desk.now() - lateAnswerMs
  if (desk.outbox.untold(before) === undefined) return
  // A guess may have been barred by another SMS that was with the modem.
  await applyEarlyReports(desk)
  const delivery = desk.outbox.untold(before)
  if (delivery === undefined) return
  // Once only: a box whose power fails whenever its modem sends would otherwise send for ever.
  if (uncertain === 'resend' && delivery.attempts === 1) resend(desk, delivery)
  else {
    const notify = await prepareOutcomeNotice(desk, delivery, 'sms-uncertain', delivery.reason ?? '')
    desk.store.transaction(() => {
      if (desk.outbox.told(delivery.id, desk.now())) notify()
    })
  }
}

function resend(desk: Desk, { id, reason }: Delivery): void {
  desk.store.transaction(() => {
    const now = desk.now()
    const delivery = desk.outbox.get(id)
    if (delivery?.state !== 'uncertain') return
    const parts = desk.outbox.segments(id).filter(({ state }) => state === 'uncertain')
    for (const part of parts)
      desk.outbox.retrySegment(part.id, { nextAttemptAt: now, reason: reason ?? '', now, counts: true })
    // What may have been sent is paid twice if it is sent again.
    charge(desk, delivery, parts.length, now)
  })
}

/**
 * Makes `uncertain` what a dead process left `submitting`. The modem may still answer, to this process, and a report may come: what else
 * becomes of it is decided as for all others.
 * @returns how many there were
 */
export async function settleLeftovers({ desk }: Pick<DispatchOptions, 'desk'>): Promise<number> {
  const leftovers = desk.outbox.submitting()
  const why = 'the service ended while the SMS was with the modem'
  desk.store.transaction(() => {
    for (const { segmentId } of leftovers) desk.outbox.settleSegment(segmentId, 'uncertain', why, desk.now())
  })
  if (leftovers.length > 0) await applyEarlyReports(desk)
  return leftovers.length
}

/** Sends mails: the stored bytes, until the server accepts them. */
export function createMailDispatch({ desk, clock }: DispatchOptions, transport: MailTransport): Dispatch {
  const pause = createPause(clock)
  return loop(clock, async () => {
    if (pause.isOn()) return false
    const mail = desk.store.transaction(() => desk.outbox.claimMail(desk.now()))
    if (mail === undefined) return false
    const { recipient: to, raw } = mail
    const answer = await attempt(
      () => transport.send({ from: desk.settings.ownMailbox, to, raw }),
      'temporary',
    )
    if (answer instanceof GatewayError) {
      pause.begin(settleMailFailure(desk, mail, answer))
      return true
    }
    pause.end()
    desk.store.transaction(() => desk.outbox.mailSent(mail.deliveryId, desk.now()))
    log.info('mail-sent', { delivery: mail.deliveryId, reply: answer.reply.slice(0, 80) })
    return true
  })
}

/** @returns when it is tried again; null: never */
function settleMailFailure(desk: Desk, mail: ClaimedMail, error: GatewayError): NextAttempt | null {
  const now = desk.now()
  log.warn('mail-attempt-failed', {
    delivery: mail.deliveryId,
    code: error.code,
    retry: error.retry,
    error: error.message,
  })
  const next = nextAttempt('mail', error, mail.attempts, now - mail.createdAt)
  desk.store.transaction(() => {
    if (next === null) desk.outbox.mailFailed(mail.deliveryId, error.message, now)
    else {
      const { delayMs, counts } = next
      desk.outbox.retryMail(mail.deliveryId, {
        nextAttemptAt: now + delayMs,
        reason: error.message,
        now,
        counts,
      })
    }
  })
  return next
}
