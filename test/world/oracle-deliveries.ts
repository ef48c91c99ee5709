// The outbox against the network and the mailboxes: everything that was queued has ended, and what it ended as is what happened outside.

import { groupBy } from './oracle.ts'
import type { Scene } from './story.ts'

interface Segment {
  readonly delivery: number
  readonly state: string
  readonly deliveryState: string
  readonly rule: string
  readonly pdu: string
  readonly recipient: string
  readonly reportStatus: number | null
}

interface Row {
  readonly id: number
  readonly medium: 'mail' | 'sms'
  readonly state: string
  readonly recipient: string
  readonly reason: string | null
  readonly heldReason: string | null
  readonly heldUntil: number | null
  readonly mailId: string | null
  readonly messageId: number | null
  readonly toldAt: number | null
  readonly reportTo: string | null
  readonly incomingId: string | null
}

export function checkDeliveries(scene: Scene): string[] {
  const { store } = scene.world.disk
  const rows = store.all<Row>(
    `SELECT d.id, d.medium, d.state, d.recipient, d.reason, d.held_reason AS heldReason, d.held_until AS heldUntil,
       d.mail_id AS mailId, d.message_id AS messageId, d.told_at AS toldAt, m.report_to AS reportTo, m.mail_id AS incomingId
     FROM delivery d LEFT JOIN message m ON m.id = d.message_id ORDER BY d.id`,
  )
  const segments = store.all<Segment>(
    `SELECT d.id AS delivery, s.state, d.state AS deliveryState, d.rule, s.pdu, d.recipient, s.report_status AS reportStatus
     FROM segment s JOIN delivery d ON d.id = s.delivery_id ORDER BY s.id`,
  )
  return [
    ...rows.flatMap((row) => checkEnd(row, scene.world.time.now())),
    ...checkSegments(scene, segments),
    ...checkMails(scene, rows),
    ...checkTold(scene, rows),
  ]
}

function checkEnd(row: Row, now: number): string[] {
  const { id, medium, state, reason, heldReason, heldUntil, recipient } = row
  const what = `delivery ${id} (${medium} to ${recipient})`
  if (['queued', 'sending'].includes(state)) return [`${what} is still ${state}: ${reason}`]
  if (state !== 'held') return []
  // A pair that was paused waits for a person, for ever; a small budget may not have been enough for all days so far.
  const waits = heldReason === 'pair-paused' || (heldReason === 'budget-used-up' && (heldUntil ?? 0) > now)
  return waits ? [] : [`${what} is held: ${heldReason} until ${heldUntil}`]
}

/** How often a PDU may have reached the network, and has to. */
function bounds({ state, reportStatus }: Segment): readonly [least: number, most: number] {
  if (state === 'sent' || state === 'delivered') return [1, 1]
  if (state === 'uncertain') return [0, 1]
  // The network took it, and said later that it gave up.
  if (state === 'failed') return reportStatus === null ? [0, 0] : [1, 1]
  return [0, 0]
}

/** Whoever says "resend", in the config or by command, accepts that an SMS comes twice where nobody knew. */
function checkSegments({ world }: Scene, segments: readonly Segment[]): string[] {
  const { network } = world.modem
  const taken = groupBy(network.sent, ({ pdu }) => pdu)
  const faults: string[] = []
  for (const [pdu, same] of groupBy(segments, (one) => one.pdu.slice(2))) {
    const count = taken.get(pdu)?.length ?? 0
    const least = same.reduce((sum, one) => sum + bounds(one)[0], 0)
    const most = same.reduce((sum, one) => sum + bounds(one)[1] + world.resends(one.delivery), 0)
    if (count >= least && count <= most) continue
    const shown = same.map(
      ({ delivery, state, recipient }) => `delivery ${delivery} to ${recipient}: ${state}`,
    )
    faults.push(`an SMS reached the network ${count} times (${shown.join('; ')})`)
  }
  const known = new Set(segments.map(({ pdu }) => pdu.slice(2)))
  for (const { pdu, to } of network.sent) if (!known.has(pdu)) faults.push(`an SMS to ${to} is in no outbox`)
  return faults
}

function checkMails({ world }: Scene, rows: readonly Row[]): string[] {
  const letters = groupBy(world.office.letters, ({ key }) => key)
  const faults: string[] = []
  const known = new Set<string>()
  for (const { id, medium, state, recipient, mailId } of rows) {
    if (medium !== 'mail' || mailId === null) continue
    known.add(mailId)
    const got = letters.get(mailId)?.length ?? 0
    if (got > 1) faults.push(`delivery ${id} is in ${got} mailboxes`)
    if (state === 'sent' && got === 0)
      faults.push(`delivery ${id} to ${recipient} is sent, and nobody has the mail`)
  }
  for (const key of letters.keys()) if (!known.has(key)) faults.push(`a mail ${key} is in no outbox`)
  return faults
}

/** Whose SMS failed, or may have, hears of it, in the thread of their mail. */
function checkTold({ world }: Scene, rows: readonly Row[]): string[] {
  const faults: string[] = []
  const notices = world.office.letters.filter(({ reason }) => reason !== null)
  // The notice itself may have been refused for good.
  const refused = new Set(
    rows
      .filter(({ medium, state }) => medium === 'mail' && state === 'failed')
      .map(({ recipient }) => recipient),
  )
  for (const { id, medium, state, toldAt, reportTo, incomingId } of rows) {
    if (medium !== 'sms' || reportTo === null || incomingId === null) continue
    if (state !== 'failed' && state !== 'uncertain') continue
    if (state === 'uncertain' && toldAt === null)
      faults.push(`delivery ${id} is uncertain, and nobody was told`)
    const wanted = state === 'failed' ? 'sms-failed' : 'sms-uncertain'
    const heard = notices.some(
      ({ to, reason, inReplyTo }) => to === reportTo && inReplyTo === incomingId && reason === wanted,
    )
    if (!heard && !refused.has(reportTo))
      faults.push(`delivery ${id} is ${state}, and ${reportTo} did not hear of it`)
  }
  return faults
}
