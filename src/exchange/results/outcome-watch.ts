// Looks every minute for SMS of which a sender is to hear something that no event says: that one takes longer than an hour, whoever is to
// blame (the network, the phone, our own modem), and, where it was asked for, that one arrived. Each once.

import { arrivalOf, reportMeaning } from '../../domain/delivery.ts'
import type { Delivery } from '../../store/outbox/outbox.ts'
import { delayedStatus, deliveredStatus, relayedStatus, tpStatus } from '../decide/sms-status.ts'
import type { Desk } from '../desk.ts'
import { prepareOutcome, type SmsOutcome } from './sms-outcome.ts'

/** Nobody waits for an SMS for as long without a doubt. */
const patienceMs = 3_600_000

/** Tells the senders what is to be told now. */
export async function tellOutcomes(desk: Desk): Promise<void> {
  for (const delivery of desk.outbox.delayed(desk.now() - patienceMs)) {
    const tell = await prepareOutcome(desk, delivery, delayOf(desk, delivery))
    desk.store.transaction(() => {
      if (desk.outbox.delayTold(delivery.id)) tell()
    })
  }
  for (const delivery of desk.outbox.toConfirm()) {
    const outcome = arrivalToTell(desk, delivery)
    if (outcome === null) continue
    // Of several whose texts a digest carried, only some may want to know.
    const asked = (one: Delivery): boolean => one.confirm
    const tell = await prepareOutcome(desk, delivery, outcome, asked)
    desk.store.transaction(() => {
      if (desk.outbox.confirmed(delivery.id)) tell()
    })
  }
}

function delayOf(desk: Desk, { id, reason }: Delivery): SmsOutcome {
  const pending = desk.outbox
    .segments(id)
    .map(({ reportStatus }) => reportStatus)
    .find((status) => status !== null && reportMeaning(status).outcome === 'pending')
  const said = pending === undefined || pending === null ? (reason ?? '') : tpStatus(pending)
  return { reason: 'sms-delayed', cause: '', status: delayedStatus(said) }
}

/**
 * `delivered` when the phone has all of it. `relayed` when nobody will say more: the service centre cannot know, or the time in which it
 * keeps trying has ended without a word.
 */
function arrivalToTell(desk: Desk, { id, state, validityMs }: Delivery): SmsOutcome | null {
  if (state === 'delivered') return { reason: 'sms-delivered', cause: '', status: deliveredStatus }
  const segments = desk.outbox.segments(id)
  const arrivals = segments.map((segment) => arrivalOf(segment, validityMs ?? 0, desk.now()))
  if (arrivals.some((arrival) => arrival === 'awaited' || arrival === 'pending')) return null
  const unsure = segments.find(({ state, reportStatus }) => state === 'sent' && reportStatus !== null)
  const said =
    unsure?.reportStatus === undefined || unsure.reportStatus === null ? '' : tpStatus(unsure.reportStatus)
  return { reason: 'sms-relayed', cause: '', status: relayedStatus(said) }
}
