// A report about a mail that we sent: which delivery it speaks of, and what becomes of that. Pure. Nothing in a report is proven, and
// whoever got a mail of ours can forge one. Invariant: a report causes no SMS and no answer to its sender; it makes a delivery look worse,
// or says "delivered" of one that is merely sent, and never takes back a failure that was told.

import { mailKey, splitPlus } from '../../domain/address.ts'
import { dayOf } from '../../domain/day.ts'
import type { DeliveryState } from '../../domain/delivery.ts'
import type { IncomingMail, IncomingReport, ReportAction, ReportedRecipient } from '../../domain/message.ts'
import type { Delivery } from '../../store/outbox/outbox.ts'
import type { Decision, MailReport, World } from './decision.ts'
import { tellOperator } from './tell.ts'
import type { trail } from './trail.ts'

const detailCharsMax = 300

/** The delivery that a mail is a report about; `proven`: it names what only the servers on the way and the reader know. */
interface Reported {
  readonly delivery: Delivery
  readonly proven: boolean
}

/** `sms+b<envelope id>@own`: the envelope sender of a mail of ours, to which reports about it come. */
function envelopeIdIn(address: string, ownMailbox: string): string | null {
  const { box, detail } = splitPlus(address)
  return box === mailKey(ownMailbox) && detail?.toLowerCase().startsWith('b') === true
    ? detail.slice(1)
    : null
}

function findReported(mail: IncomingMail, report: IncomingReport, world: World): Reported | undefined {
  const { outbox, settings } = world
  const addressed = [...mail.recorded, ...mail.to.map(({ address }) => address)]
  const ids = addressed.map((address) => envelopeIdIn(address, settings.ownMailbox))
  for (const id of [report.envelopeId, ...ids]) {
    const delivery = id === null ? undefined : outbox.byEnvelopeId(id)
    if (delivery?.medium === 'mail') return { delivery, proven: true }
  }
  const delivery = outbox.byMailIds(report.messageIds)
  return delivery?.medium === 'mail' ? { delivery, proven: false } : undefined
}

const worstFirst: readonly ReportAction[] = ['failed', 'delayed', 'expanded', 'relayed', 'delivered']

/** What the report says of our recipient; an alias may have made others of it, then the worst of those counts. */
function recipientOf(report: IncomingReport, address: string): ReportedRecipient | undefined {
  const named = report.recipients.filter(({ addresses }) =>
    addresses.some((one) => mailKey(one) === mailKey(address)),
  )
  const all = named.length > 0 ? named : report.recipients
  return [...all].sort((a, b) => worstFirst.indexOf(a.action) - worstFirst.indexOf(b.action))[0]
}

function saidOf(report: IncomingReport, { delivery, proven }: Reported): MailReport {
  const { id: deliveryId } = delivery
  const recipient = recipientOf(report, delivery.recipient)
  if (recipient === undefined) {
    const detail = `${report.kind} ${report.says}`.trim()
    return { deliveryId, action: 'noted', status: '', detail, proven }
  }
  const { action, status, diagnostic, addresses } = recipient
  const who = addresses[0] ?? delivery.recipient
  const words = [action, status, `(${[who, diagnostic].filter((word) => word !== '').join(': ')})`]
  const detail = words
    .filter((word) => word !== '')
    .join(' ')
    .slice(0, detailCharsMax)
  return { deliveryId, action, status, detail, proven }
}

/**
 * The state of a mail after a report. A late "failed" wins over "delivered", for a loss must not stay hidden; a late "delivered" does not
 * win over "failed", or a forged one could hide it. What is still to be sent is not changed: it goes out again anyway.
 */
export function stateAfter(state: DeliveryState, action: MailReport['action']): DeliveryState {
  if (state !== 'sent' && state !== 'delivered') return state
  if (action === 'failed') return 'failed'
  return action === 'delivered' ? 'delivered' : state
}

/** Decides about a mail that is a report; null if it is none. */
export function decideReport(
  mail: IncomingMail,
  world: World,
  flag: Decision['flag'],
  { note, end }: ReturnType<typeof trail>,
): Decision | null {
  const { report } = mail
  if (report === null) return null
  const reported = findReported(mail, report, world)
  if (report.kind === 'words') {
    // In a hundred languages, a warning looks like a loss: a person has to read it, and nothing is changed.
    if (reported === undefined) return null
    note('report', `in words, about delivery ${reported.delivery.id}`)
    const detail = reported.delivery.recipient
    return end('ignore', 'delivery-report', flag, { notices: tellToRead(reported.delivery, detail, world) })
  }
  if (reported !== undefined) {
    const mailReport = saidOf(report, reported)
    note('report', `delivery ${mailReport.deliveryId}: ${mailReport.detail}`)
    return end('ignore', 'mail-reported', flag, { mailReport })
  }
  const failed = report.recipients.find(({ action }) => action === 'failed')
  note('report', `${report.kind}, about no mail that the box knows`)
  // Our own mark is in every mail of ours, so it is no proof; but a loss that nobody hears of is worse than a false alarm a day.
  const notices =
    failed !== undefined && report.isOurs ? tellToRead(null, failed.addresses[0] ?? '?', world) : []
  return end('ignore', 'delivery-report', flag, { notices })
}

/** The operator is asked to read a report: once a day for each mailbox, and for those that name no mail; not at the address that bounced. */
function tellToRead(delivery: Delivery | null, detail: string, world: World) {
  const { operatorMailbox } = world.settings
  if (delivery?.rule === 'notice' || mailKey(operatorMailbox ?? '') === mailKey(detail)) return []
  const of = delivery === null ? '' : `of ${mailKey(delivery.recipient)} `
  const once = `report ${of}${dayOf(world.now)}`
  return tellOperator({ reason: 'delivery-report', detail, once }, world)
}
