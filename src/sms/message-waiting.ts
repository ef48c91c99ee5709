// Message waiting (TS 23.040 9.2.3.24.2 and 9.2.3.24.13): special message indication, element 01, and enhanced voice mail
// information, element 23; both count. What elements say goes before what TP-DCS says of the same kind.
// Invariant: one answer a kind, the last one said; nothing throws on what came over the air.

import type { MessageWaiting } from '../domain/message.ts'
import type { InformationElement } from './udh.ts'

const specialIndication = 0x01
const enhancedVoiceMail = 0x23

const basicKinds = ['voice', 'fax', 'email'] as const

/** Extended type 1; the others are reserved and read as "other", which is what a receiver is to show. */
const extendedVideo = 1

/** @param coding what TP-DCS says */
export function readWaiting(
  elements: readonly InformationElement[],
  coding: MessageWaiting | null,
): MessageWaiting[] {
  const said = new Map<MessageWaiting['kind'], MessageWaiting>()
  if (coding !== null) said.set(coding.kind, coding)
  for (const element of elements) {
    const waiting = waitingOf(element)
    if (waiting !== null) said.set(waiting.kind, waiting)
  }
  return [...said.values()]
}

function waitingOf({ id, data }: InformationElement): MessageWaiting | null {
  if (id === specialIndication && data.length === 2) {
    const [type = 0, count = 0] = data
    return { kind: kindOf(type), active: count > 0, count }
  }
  return id === enhancedVoiceMail ? voiceMail(data) : null
}

function kindOf(type: number): MessageWaiting['kind'] {
  return basicKinds[type & 0x03] ?? (((type >> 2) & 0x07) === extendedVideo ? 'video' : 'other')
}

/** Notification and delete confirmation begin alike: flags, the address of the mailbox (9.1.2.5), number of voice messages. */
function voiceMail(data: Uint8Array): MessageWaiting | null {
  const addressOctets = 2 + Math.ceil((data[1] ?? 0) / 2)
  const count = data[1 + addressOctets]
  return count === undefined ? null : { kind: 'voice', active: count > 0, count }
}
