// Takes PDUs from the modem side: decode, wait for the other parts, decide, commit. Invariants: on return a PDU is committed, so that
// the modem side may delete it; a PDU seen before changes nothing; what cannot be decoded is kept and shown, never dropped.

import { GatewayError, messageOf } from '../domain/errors.ts'
import type { IncomingSms, StoredPdu } from '../domain/message.ts'
import { oneAtATime } from '../domain/one-at-a-time.ts'
import type { SmsIntake } from '../domain/ports.ts'
import { log } from '../log.ts'
import { concatKey } from '../sms/reassemble.ts'
import { type DeliverTpdu, decodePdu, type Tpdu } from '../sms/tpdu.ts'
import type { WaitingPart } from '../store/pdus.ts'
import { assemble, supplementSms, undecodableSms } from './assemble-sms.ts'
import type { Decision } from './decide/decision.ts'
import { decideSms } from './decide/sms-to-mail.ts'
import { type Desk, worldOf } from './desk.ts'
import { commitOrHold, plainDecision, wakeFor } from './outcome.ts'
import { isOutdated, prepareSms } from './record.ts'
import { receiveReport } from './reports.ts'

/**
 * Parts of one message reach the service centre one behind the other. Where a reference came round after an incomplete message, a part
 * that was sent with one that waits belongs to that one, and is no late part of the other.
 */
const togetherMs = 10 * 60_000

/** Parts with the same reference that are further apart belong to different messages: 8-bit references come round. */
const samePartsMs = 24 * 3_600_000

export interface PartsClock {
  /** Makes messages of long texts whose missing parts are overdue. @returns when to look again, in ms since 1970; null: nothing waits */
  expireParts(): Promise<number | null>
}

export function createSmsIntake(desk: Desk, missingPartMs: number): SmsIntake & PartsClock {
  const serial = oneAtATime()
  return {
    receive: (stored) => serial(() => receive(desk, stored)),
    expireParts: () =>
      serial(async () => {
        for (const { key, total } of desk.pdus.overdue(desk.now() - missingPartMs)) {
          const waiting = desk.pdus.waiting(key, 0).map(decodeWaiting)
          const parts = oneOfEach(waiting, waiting[0]?.tpdu)
          const sms = assemble(desk, tpdusOf(parts), total)
          // Not the concatenation's key: references come round, and two messages must not share a Message-ID.
          const pdus = parts.map(({ row }) => row.pdu).join('\n')
          if (sms !== null)
            await finish(desk, { sms, key: pdus, fresh: null, waiting: parts.map(({ row }) => row.id) })
        }
        const oldest = desk.pdus.oldestWaiting()
        return oldest === null ? null : oldest + missingPartMs
      }),
  }
}

async function receive(desk: Desk, stored: StoredPdu): Promise<void> {
  if (desk.pdus.isKnown(stored.pdu)) {
    log.info('pdu-again', { storage: stored.storage, index: stored.index })
    return
  }
  const tpdu = decode(stored)
  if (tpdu === null)
    return finish(desk, {
      sms: undecodableSms(desk, stored.pdu),
      key: stored.pdu,
      fresh: stored.pdu,
      waiting: [],
    })
  if (tpdu.type === 'status-report') return receiveReport(desk, stored.pdu, tpdu)
  if (tpdu.type === 'submit') {
    // Drafts that another program left in the store: kept here, sent by nobody.
    desk.pdus.add(stored.pdu, desk.now(), null)
    return
  }
  if (tpdu.concat === null) {
    const sms = assemble(desk, [tpdu], 1)
    return sms === null ? undefined : finish(desk, { sms, key: stored.pdu, fresh: stored.pdu, waiting: [] })
  }
  return receivePart(desk, stored.pdu, { ...tpdu, concat: tpdu.concat })
}

async function receivePart(
  desk: Desk,
  pdu: string,
  part: DeliverTpdu & { readonly concat: NonNullable<DeliverTpdu['concat']> },
): Promise<void> {
  const { seq, total } = part.concat
  const key = concatKey(part.address.text, part.concat, part.encoding)
  const since = desk.now() - samePartsMs
  const here = desk.pdus.waiting(key, since)
  const joins = here.some((row) => row.seq !== seq && sentTogether(decodeWaiting(row).tpdu, part))
  const late = !joins && desk.pdus.isLate(key, seq, since)
  const waiting = late ? [] : here
  const numbers = new Set([seq, ...waiting.map((row) => row.seq)])
  if (numbers.size < total && !late) {
    desk.pdus.add(pdu, desk.now(), { key, seq, total })
    log.info('part-waits', { seq, total, here: numbers.size })
    return
  }
  const others = oneOfEach(waiting.filter((row) => row.seq !== seq).map(decodeWaiting), part)
  const sms = late ? supplementSms(desk, part) : assemble(desk, [part, ...tpdusOf(others)], total)
  if (sms !== null)
    await finish(desk, {
      sms,
      key: pdu,
      fresh: pdu,
      concat: { key, seq, total },
      waiting: others.map(({ row }) => row.id),
    })
}

interface Waiting {
  readonly row: WaitingPart
  readonly tpdu: Tpdu
}

const decodeWaiting = (row: WaitingPart): Waiting => ({ row, tpdu: decodePdu(row.pdu) })

const sentTogether = (a: Tpdu, b: Tpdu): boolean =>
  a.timestamp !== null &&
  b.timestamp !== null &&
  Math.abs(a.timestamp.epochMs - b.timestamp.epochMs) <= togetherMs

const tpdusOf = (parts: readonly Waiting[]): DeliverTpdu[] =>
  parts.map(({ tpdu }) => tpdu).filter((tpdu) => tpdu.type === 'deliver')

/**
 * One part for each number. Where a reference came round, several stand for one number: the one sent nearest to `anchor` belongs to
 * it, the others go on waiting for parts of their own.
 */
function oneOfEach(parts: readonly Waiting[], anchor: Tpdu | undefined): Waiting[] {
  const distance = ({ tpdu }: Waiting): number =>
    Math.abs((tpdu.timestamp?.epochMs ?? 0) - (anchor?.timestamp?.epochMs ?? 0))
  const nearest = new Map<number, Waiting>()
  for (const part of parts) {
    const rival = nearest.get(part.row.seq)
    if (rival === undefined || distance(part) < distance(rival)) nearest.set(part.row.seq, part)
  }
  return [...nearest.values()]
}

interface Finished {
  readonly sms: IncomingSms
  readonly key: string
  /** The PDU that completed the message and is not stored yet. */
  readonly fresh: string | null
  readonly concat?: { readonly key: string; readonly seq: number; readonly total: number }
  /** Rows of the parts that waited. */
  readonly waiting: readonly number[]
}

async function finish(desk: Desk, finished: Finished): Promise<void> {
  const { sms, key, fresh, concat, waiting } = finished
  let outdated = false
  const decision = await commitOrHold(decide(desk, sms), async (now) => {
    const commit = await prepareSms(desk, { sms, decision: now, key })
    outdated = desk.store.transaction(() => {
      if (isOutdated(desk, now)) return true
      const id = commit()
      const own = fresh === null ? [] : [desk.pdus.add(fresh, desk.now(), concat ?? null)]
      desk.pdus.assign([...own, ...waiting], id)
      return false
    })
  })
  // What it was to take along has gone another way meanwhile: decide again.
  if (outdated) return finish(desk, finished)
  log.info('sms-in', { judgement: decision.judgement, reason: decision.reason, parts: sms.parts })
  wakeFor(desk, decision)
}

function decide(desk: Desk, sms: IncomingSms): Decision {
  try {
    return decideSms(sms, worldOf(desk))
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'STORE_FAILED') throw error
    log.error('exchange-defect', { error: messageOf(error) })
    return plainDecision('sms', 'hold', 'internal-error', messageOf(error))
  }
}

function decode(stored: StoredPdu): Tpdu | null {
  try {
    return decodePdu(stored.pdu, { tpduLength: stored.tpduLength })
  } catch (error) {
    log.warn('pdu-undecodable', { storage: stored.storage, index: stored.index, error: messageOf(error) })
    return null
  }
}
