// The patent's sending unit, SMS: drains the outbox through the modem. Invariants: `submitting` is committed before the modem gets a
// byte; what may have been sent is never sent again by itself; one bad recipient never holds the others; trouble with our own SIM (`hold`)
// stops the queue, not the message.

import { GatewayError } from '../../domain/errors.ts'
import type { Clock, SmsTransport } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import { withoutValidity } from '../../sms/validity.ts'
import type { ClaimedSegment, Delivery } from '../../store/outbox/outbox.ts'
import { statusOfError } from '../decide/sms-status.ts'
import type { Desk } from '../desk.ts'
import { charge } from '../queue-text.ts'
import { prepareOutcome } from '../results/sms-outcome.ts'
import { applyEarlyReports, commitSent } from '../results/status-reports.ts'
import { attempt, createLoop, type Dispatch, writeOutcome } from './dispatch-loop.ts'
import { createPause, type NextAttempt, nextAttempt } from './retry-plan.ts'

export interface DispatchOptions {
  readonly desk: Desk
  readonly clock: Clock
  readonly uncertain: 'notify' | 'resend'
}

/** A modem that fell silent may still answer, and a status report may come, before anybody is told, or the SMS is sent once more. */
const lateAnswerMs = 5 * 60_000

/** Sends SMS. `transport` answers null while no modem is ready. */
export function createSmsDispatch(options: DispatchOptions, transport: () => SmsTransport | null): Dispatch {
  const { desk, clock } = options
  const pause = createPause(clock)
  const step = async (signal: AbortSignal): Promise<boolean> => {
    await endUncertain(options)
    const modem = transport()
    if (modem === null || pause.isOn()) return false
    const segment = desk.store.transaction(() => desk.outbox.claimSegment(desk.now()))
    if (segment === undefined) return false
    const answer = await attempt(() => modem.submit(segment), 'ambiguous')
    if (answer instanceof GatewayError) {
      await writeOutcome(clock, signal, async () => pause.begin(await settleFailure(desk, segment, answer)))
      return true
    }
    pause.end()
    const { messageReference } = answer
    await writeOutcome(clock, signal, () => commitSent(desk, segment.segmentId, messageReference))
    log.info('sms-sent', { delivery: segment.deliveryId, part: segment.seq, reference: messageReference })
    return true
  }
  return createLoop(clock, { step, isEmpty: () => !desk.outbox.hasOpen('sms') })
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
      ? { delayMs: 0, counts: true, pausesMs: [] }
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
      : await prepareOutcome(desk, delivery, {
          reason: 'sms-failed',
          cause: error.message,
          status: statusOfError(error),
        })
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
    const notify = await prepareOutcome(desk, delivery, {
      ...{ reason: 'sms-uncertain', cause: delivery.reason ?? '', status: null },
    })
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
