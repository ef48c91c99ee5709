// Takes PDUs from the modem side: decode, wait for the other parts, decide, commit. Invariants: on return a PDU is committed, so that
// the modem side may delete it; a PDU seen before changes nothing; what cannot be decoded is kept and shown, never dropped.
// Seen before means the same octets, TP-SCTS and reference among them, in whatever slot or store: a service centre that missed our
// acknowledgement sends the very same PDU again, into a slot of its own, and nothing tells that from a sender who wrote the same text
// twice within one second. What differs in one octet is another message, however alike the texts are. Parts: sent-together.ts.

import { messageOf } from '../../domain/errors.ts'
import type { IncomingSms, StoredPdu } from '../../domain/message.ts'
import { oneAtATime } from '../../domain/one-at-a-time.ts'
import type { SmsIntake } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import { concatKey } from '../../sms/reassemble.ts'
import { type DeliverTpdu, decodePdu, type Tpdu } from '../../sms/tpdu.ts'
import { handledUntil } from '../../store/backup/restored.ts'
import type { ConcatPlace, PartRow } from '../../store/pdus.ts'
import { decideSms } from '../decide/sms-to-mail.ts'
import { type Desk, worldOf } from '../desk.ts'
import { holdIfHandled } from '../handled-before.ts'
import { commitOrHold, decideOrHold, wakeFor } from '../outcome.ts'
import { isOutdated, prepareSms } from '../record.ts'
import { receiveReport } from '../results/status-reports.ts'
import { assemble, supplementSms, undecodableSms } from './assemble-sms.ts'
import { fits, isCopy, messageSpanMsMax, partsWith } from './sent-together.ts'

interface PartsClock {
  /** Makes messages of long texts whose missing parts are overdue. @returns when to look again, in ms since 1970; null: nothing waits */
  expireParts(): Promise<number | null>
}

export function createSmsIntake(desk: Desk, missingPartMs: number): SmsIntake & PartsClock {
  const serial = oneAtATime()
  return {
    receive: (stored) => serial(() => receive(desk, stored)),
    expireParts: () =>
      serial(async () => {
        desk.pdus.waitFromNow(desk.now())
        for (const key of desk.pdus.overdue(desk.now() - missingPartMs))
          await passOnOverdue(desk, key, desk.now() - missingPartMs)
        const oldest = desk.pdus.oldestWaiting()
        return oldest === null ? null : oldest + missingPartMs
      }),
  }
}

async function receive(desk: Desk, stored: StoredPdu): Promise<void> {
  if (desk.pdus.isKnown(stored.pdu)) {
    desk.pdus.readAgain(stored.pdu, desk.now())
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

/** A part as it waits or was shown; `id` is null for the one that has just come. */
type Part = Omit<PartRow, 'id'> & { readonly id: number | null }

async function receivePart(
  desk: Desk,
  pdu: string,
  tpdu: DeliverTpdu & { readonly concat: NonNullable<DeliverTpdu['concat']> },
): Promise<void> {
  const now = desk.now()
  const { seq, total } = tpdu.concat
  const sentAt = tpdu.timestamp?.epochMs ?? now
  const key = concatKey(tpdu.address.text, tpdu.concat, tpdu.encoding)
  const part: Part = { id: null, pdu, seq, total, sentAt, receivedAt: now, messageId: null }
  const near = desk.pdus.partsNear(key, sentAt, 2 * messageSpanMsMax)
  const waiting = near.filter(({ messageId }) => messageId === null)
  const fresh = { key: pdu, fresh: pdu, concat: { key, seq, total, sentAt } }
  const earlier = lacking(part, near)
  if (earlier !== undefined && !beginsAnother(part, waiting, earlier.parts)) {
    const sms = supplementSms(desk, tpdu)
    if (sms !== null) await finish(desk, { ...fresh, sms, waiting: [], belongsTo: earlier.messageId })
    return
  }
  const parts = partsWith<Part>(part, waiting)
  if (parts.length < total) {
    desk.pdus.add(pdu, now, fresh.concat)
    log.info('part-waits', { seq, total, here: parts.length })
    return
  }
  const sms = assemble(desk, parts.map(tpduOf), total)
  if (sms !== null) await finish(desk, { ...fresh, sms, waiting: parts })
}

interface Earlier {
  readonly messageId: number
  readonly parts: readonly PartRow[]
}

/** Messages that were made of these parts, the latest first. */
function earlierMessages(parts: readonly PartRow[]): Earlier[] {
  const byMessage = new Map<number, PartRow[]>()
  for (const part of parts) {
    if (part.messageId === null) continue
    const shown = byMessage.get(part.messageId)
    if (shown === undefined) byMessage.set(part.messageId, [part])
    else shown.push(part)
  }
  return [...byMessage]
    .sort(([a], [b]) => b - a)
    .map(([messageId, ofMessage]) => ({ messageId, parts: ofMessage }))
}

/** The message that was shown without this part, which was sent together with all of it. */
const lacking = (part: Part, near: readonly PartRow[]): Earlier | undefined =>
  earlierMessages(near).find(({ parts }) => fits(part, parts))

/** True if another part waits with which this one makes a new message: one that is no mere copy of what was shown. */
const beginsAnother = (part: Part, waiting: readonly PartRow[], shown: readonly PartRow[]): boolean =>
  partsWith<Part>(part, waiting).some((one) => one !== part && !isCopy<Part>(one, shown, contentOf))

/**
 * Shows the parts with this key that have waited too long, as the messages that they are of. Mere copies of parts that were shown are
 * not shown again; that is known only now, for a new message may have begun with the same words.
 */
async function passOnOverdue(desk: Desk, key: string, until: number): Promise<void> {
  let waiting = desk.pdus.waiting(key)
  const content = contentReader()
  for (;;) {
    const [first, ...others] = waiting
    if (first === undefined || first.receivedAt > until) return
    const parts = partsWith(first, others)
    const near = desk.pdus.partsNear(key, first.sentAt, 2 * messageSpanMsMax)
    const original = earlierMessages(near).find((shown) =>
      parts.every((part) => isCopy(part, shown.parts, content)),
    )
    if (original === undefined) await showIncomplete(desk, parts, first.total)
    else {
      log.info('part-copies', { parts: parts.length, message: original.messageId })
      desk.store.transaction(() =>
        desk.pdus.assign(
          parts.map(({ id }) => id),
          original.messageId,
        ),
      )
    }
    waiting = waiting.filter((part) => !parts.includes(part))
  }
}

async function showIncomplete(desk: Desk, parts: readonly PartRow[], total: number): Promise<void> {
  const sms = assemble(desk, parts.map(tpduOf), total)
  // Not the concatenation's key: references come round, and two messages must not share a Message-ID.
  const key = parts.map(({ pdu }) => pdu).join('\n')
  if (sms !== null) await finish(desk, { sms, key, fresh: null, waiting: parts })
}

/** Only SMS-DELIVER waits as a part. */
function tpduOf({ pdu }: Pick<Part, 'pdu'>): DeliverTpdu {
  const tpdu = decodePdu(pdu)
  if (tpdu.type === 'deliver') return tpdu
  throw new Error('an SMS that was received is no SMS-DELIVER')
}

const contentOf = (part: Pick<Part, 'pdu'>): string => Buffer.from(tpduOf(part).userData).toString('hex')

/** contentOf that decodes a PDU once: who sends the same reference a thousand times must not keep the service busy. */
function contentReader(): typeof contentOf {
  const known = new Map<string, string>()
  return (part) => {
    const content = known.get(part.pdu) ?? contentOf(part)
    known.set(part.pdu, content)
    return content
  }
}

interface Finished {
  readonly sms: IncomingSms
  readonly key: string
  /** The PDU that completed the message and is not stored yet. */
  readonly fresh: string | null
  readonly concat?: ConcatPlace
  /** Its parts, as far as they have waited. */
  readonly waiting: readonly Pick<Part, 'id'>[]
  /** The message of which this is a supplement. */
  readonly belongsTo?: number
}

async function finish(desk: Desk, finished: Finished): Promise<void> {
  const { sms, key, fresh, concat, waiting, belongsTo } = finished
  let outdated = false
  const cameAt = sms.timestamp === null ? null : Date.parse(sms.timestamp)
  const first = holdIfHandled(
    decideOrHold('sms', () => decideSms(sms, worldOf(desk))),
    cameAt,
    handledUntil(desk.store),
  )
  const decision = await commitOrHold(first, async (now) => {
    const commit = await prepareSms(desk, { sms, decision: now, key })
    outdated = desk.store.transaction(() => {
      if (isOutdated(desk, now)) return true
      const id = commit()
      const own = fresh === null ? [] : [desk.pdus.add(fresh, desk.now(), concat ?? null)]
      const parts = waiting.map((part) => part.id).filter((part) => part !== null)
      desk.pdus.assign([...own, ...parts], belongsTo ?? id)
      return false
    })
  })
  // What it was to take along has gone another way meanwhile: decide again.
  if (outdated) return finish(desk, finished)
  log.info('sms-in', { judgement: decision.judgement, reason: decision.reason, parts: sms.parts })
  wakeFor(desk, decision)
}

function decode(stored: StoredPdu): Tpdu | null {
  try {
    return decodePdu(stored.pdu, { tpduLength: stored.tpduLength })
  } catch (error) {
    log.warn('pdu-undecodable', { storage: stored.storage, index: stored.index, error: messageOf(error) })
    return null
  }
}
