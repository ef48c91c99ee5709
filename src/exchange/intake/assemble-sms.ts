// From the parts of one message, decoded, to the message that the exchange decides about: the text, and what kind of message it is
// (TS 23.040 9.2.3.9 and 9.2.3.24; TS 23.038 clause 4). Pure.
// Invariants: what a person may have typed stays a text, whatever its port or protocol; what is no text is shown in hex, whole.

import type { IncomingSms, SmsDetails } from '../../domain/message.ts'
import { readText } from '../../sms/octet-text.ts'
import { readProtocol, replaceTypeOf } from '../../sms/protocol-id.ts'
import { joinOctets, joinParts } from '../../sms/reassemble.ts'
import type { DeliverTpdu } from '../../sms/tpdu.ts'
import { isForSim } from '../../sms/udh.ts'
import { mmsContentType, pushPorts, readMmsNotification, readPush } from '../../sms/wap-push.ts'
import type { Desk } from '../desk.ts'
import { numberOf } from '../sms-number.ts'

type AssemblyDesk = Pick<Desk, 'settings' | 'now'>

/** What an SMS is, besides where it came from and when. */
type Kind = Pick<IncomingSms, 'text' | 'special'> & { readonly details: SmsDetails }

const seqOf = (part: DeliverTpdu): number => part.concat?.seq ?? 1
const hexOf = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')

/** Joins parts of one message, of which at least one must be given; null if there is none. */
export function assemble(
  desk: AssemblyDesk,
  parts: readonly DeliverTpdu[],
  total: number,
): IncomingSms | null {
  const inOrder = [...parts].sort((a, b) => seqOf(a) - seqOf(b))
  const [first] = inOrder
  if (first === undefined) return null
  const { text, missing } = joined(inOrder, total, (part) => part.text)
  const international = first.address.kind === 'international'
  return {
    ...emptySms(desk),
    from: numberOf(first.address, desk.settings.country),
    canAnswer: international || (first.address.kind !== 'alphanumeric' && first.address.kind !== 'short'),
    flagElement: flagOf(parts),
    timestamp: first.timestamp?.iso ?? null,
    parts: total,
    missing,
    smsc: first.smsc,
    messageClass: first.messageClass,
    ...kindOf({ first, parts: inOrder, total, text, missing, now: desk.now() }),
  }
}

/** A PDU that cannot be decoded: its sender is not known. */
export function undecodableSms(desk: AssemblyDesk, pdu: string): IncomingSms {
  return { ...emptySms(desk), from: 'unknown', canAnswer: false, text: pdu, special: 'undecodable' }
}

/** A part that came after the rest of its message was passed on without it. */
export function supplementSms(desk: AssemblyDesk, part: DeliverTpdu): IncomingSms | null {
  const sms = assemble(desk, [{ ...part, concat: null }], 1)
  const place = part.concat === null ? '' : `[part ${part.concat.seq} of ${part.concat.total}, late] `
  return sms === null ? null : { ...sms, text: place + sms.text }
}

function emptySms(desk: AssemblyDesk) {
  return {
    medium: 'sms' as const,
    to: desk.settings.ownNumber,
    flagElement: null,
    timestamp: null,
    receivedAt: desk.now(),
    parts: 1,
    missing: [],
    smsc: null,
    messageClass: null,
  }
}

function joined(parts: readonly DeliverTpdu[], total: number, show: (part: DeliverTpdu) => string) {
  return joinParts(
    parts.map((part) => ({ seq: seqOf(part), text: show(part) })),
    total,
  )
}

/** The flag stands in every part; parts that contradict each other say nothing. */
function flagOf(parts: readonly DeliverTpdu[]): 0 | 1 | null {
  const flags = new Set(parts.map(({ flag }) => flag))
  const [flag = null, other] = flags
  return other === undefined ? flag : null
}

interface Assembly {
  readonly first: DeliverTpdu
  /** In order. */
  readonly parts: readonly DeliverTpdu[]
  readonly total: number
  readonly text: string
  readonly missing: readonly number[]
  readonly now: number
}

function kindOf(assembly: Assembly): Kind {
  const { first, parts, text } = assembly
  const details = detailsOf(assembly)
  // The whole of the user data stands where the header should be.
  if (first.headerDamaged && first.header.length === 0)
    return { text: hexOf(first.userData), special: 'undecodable', details }
  if (readProtocol(first.pid) === 'silent') return { text: shown(assembly), special: 'silent', details }
  if (parts.some(isSimData)) return { text: shown(assembly), special: 'sim-data', details }
  if (details.waiting !== undefined) return { text, special: 'waiting', details }
  if (first.ports !== null || first.encoding === '8bit') return dataKind(assembly, details)
  return { text, special: null, details }
}

function detailsOf({ first, parts }: Assembly): SmsDetails {
  const waiting = parts.flatMap((part) => part.waiting)
  const replaceType = replaceTypeOf(first.pid)
  return {
    ...(waiting.length === 0
      ? {}
      : { waiting: [...new Map(waiting.map((one) => [one.kind, one])).values()] }),
    ...(first.ports === null ? {} : { port: first.ports.destination }),
    ...(first.compressed ? { compressed: true } : {}),
    ...(replaceType === null ? {} : { replaceType }),
    ...(readProtocol(first.pid) === 'return-call' ? { returnCall: true } : {}),
    ...(first.headerDamaged && first.header.length > 0 ? { damagedHeader: hexOf(first.header) } : {}),
  }
}

/**
 * For the SIM: a security header, or class 2 with data or with the protocol of a download; for the modem: its own protocols with
 * data. Class 2 alone only says where a phone should store a text.
 */
function isSimData({ pid, encoding, messageClass, elements, ports }: DeliverTpdu): boolean {
  const protocol = readProtocol(pid)
  const data = encoding === '8bit' && ports === null
  if (isForSim(elements) || (protocol === 'device' && data)) return true
  return messageClass === 2 && (data || protocol === 'sim')
}

/** In hex where it is 8-bit data, part by part, so that gaps show. */
function shown({ first, parts, total, text }: Assembly): string {
  return first.encoding === '8bit' ? joined(parts, total, ({ userData }) => hexOf(userData)).text : text
}

function dataKind(assembly: Assembly, details: SmsDetails): Kind {
  const { first, parts, total, text, missing, now } = assembly
  if (first.encoding !== '8bit') return { text, special: 'data', details: { ...details, readable: true } }
  const octets = joinOctets(
    parts.map((part) => ({ seq: seqOf(part), octets: part.userData })),
    total,
  )
  const hex = { text: shown(assembly), special: 'data', details } as const
  if (first.compressed) return hex
  if (pushPorts.includes(details.port ?? 0)) return pushKind(octets, hex, first.timestamp?.epochMs ?? now)
  const readable = missing.length === 0 ? readText(octets, details.port ?? null) : null
  return readable === null
    ? hex
    : { text: readable, special: 'data', details: { ...details, readable: true } }
}

/** @param hex the same as data that nobody can read */
function pushKind(octets: Uint8Array, hex: Kind, sentAt: number): Kind {
  const push = readPush(octets)
  if (push === null) return hex
  const mms = push.contentType === mmsContentType ? readMmsNotification(push.body, sentAt) : null
  if (mms !== null) return { text: '', special: 'mms', details: { ...hex.details, mms } }
  return { ...hex, details: { ...hex.details, contentType: push.contentType } }
}
