// SMS that are no plain text (TS 23.040 9.2.3.9 and 9.2.3.24): which of them concern nobody, and what the mail says of the others.
// Pure. Invariant: the words are ours and the facts are data: whatever a sender wrote stands behind a colon and on one line.

import type { Language } from '../../domain/binding.ts'
import { dayOf } from '../../domain/day.ts'
import type { IncomingSms, MmsNotification } from '../../domain/message.ts'
import { isProvisioning } from '../../sms/wap-push.ts'
import { mailRemarks } from './notices.ts'
import type { Reason } from './reasons.ts'

/** Why an SMS becomes no mail and is only kept in the journal; null if it may become one. */
export function reasonToIgnore({ special, details, text }: IncomingSms): Reason | null {
  if (special === 'silent') return 'silent'
  if (special === 'sim-data') return 'sim-data'
  const waiting = details?.waiting ?? []
  const over = special === 'waiting' && waiting.length > 0 && waiting.every(({ active }) => !active)
  return over && text.trim() === '' ? 'nothing-waits' : null
}

/** What the mail says before the text; empty for a plain text. */
export function specialWords(sms: IncomingSms, language: Language): string {
  const remarks = mailRemarks(language)
  const { waiting, mms, contentType, port, readable, compressed } = sms.details ?? {}
  switch (sms.special) {
    case 'waiting':
      return remarks.waiting(waiting ?? [{ kind: 'voice', active: true, count: null }]).join('\n')
    case 'mms':
      return mms === undefined ? remarks.mms : `${remarks.mms}\n\n${mmsLines(mms, language).join('\n')}`
    case 'data': {
      const what = compressed ? remarks.compressed : readable ? remarks.dataText : remarks.data
      return [
        ...(contentType === undefined ? [] : [remarks.push(contentType)]),
        ...(contentType !== undefined && isProvisioning(contentType) ? [remarks.provisioning] : []),
        ...(port === undefined ? [] : [remarks.port(port)]),
        what,
      ].join('\n')
    }
    case 'undecodable':
      return remarks.undecodable
    case 'call':
      return `${callSubject(sms, null, language)}, ${dayOf(sms.receivedAt)}\n${remarks.rings(sms.details?.call?.rings ?? 1)}`
    default:
      return ''
  }
}

/** "Missed call from Carol (+491701234567), 18:31", in the box's own zone. */
export function callSubject(
  { from, receivedAt, details }: IncomingSms,
  name: string | null,
  language: Language,
): string {
  const date = new Date(receivedAt)
  const two = (value: number): string => String(value).padStart(2, '0')
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`
  const { missedCall, missedCallWithheld } = mailRemarks(language)
  if (details?.call?.withheld !== false) return missedCallWithheld(time)
  return missedCall(name === null ? from : `${name} (${from})`, time)
}

/** Remarks that stand below the text, whatever kind of SMS it is. */
export function specialRemarks({ details }: IncomingSms, language: Language): string[] {
  const remarks = mailRemarks(language)
  return [
    ...(details?.replaceType === undefined ? [] : [remarks.replaces]),
    ...(details?.returnCall ? [remarks.returnCall] : []),
    ...(details?.damagedHeader === undefined ? [] : [remarks.headerDamaged(details.damagedHeader)]),
  ]
}

function mmsLines(mms: MmsNotification, language: Language): string[] {
  const { mmsFact } = mailRemarks(language)
  const shown: Readonly<Record<keyof MmsNotification, string | null>> = {
    from: mms.from,
    subject: mms.subject,
    size: mms.size === null ? null : sizeText(mms.size),
    expiresAt: mms.expiresAt === null ? null : timeText(mms.expiresAt),
    messageClass: mms.messageClass,
    host: mms.host,
  }
  const facts = ['from', 'subject', 'size', 'expiresAt', 'messageClass', 'host'] as const
  return facts.flatMap((fact) => {
    const value = shown[fact]
    return value === null ? [] : [mmsFact(fact, value)]
  })
}

/** Octets as people count them: "80 kB". */
export function sizeText(octets: number): string {
  if (octets < 1000) return `${octets} B`
  return octets < 1_000_000 ? `${Math.round(octets / 1000)} kB` : `${(octets / 1_000_000).toFixed(1)} MB`
}

/** "2026-11-29 12:00 UTC" */
function timeText(ms: number): string {
  return `${new Date(ms).toISOString().replace('T', ' ').slice(0, -8)} UTC`
}

/** The kind of an SMS for the journal: "mms", "data, port 5499". */
export function kindWords({ special, details }: IncomingSms): string | null {
  const { port, contentType, compressed, replaceType, returnCall, damagedHeader, waiting } = details ?? {}
  const words = [
    special,
    ...(waiting ?? []).map(({ kind, active, count }) => `${kind} ${active ? (count ?? 'some') : 'none'}`),
    contentType,
    port === undefined ? null : `port ${port}`,
    compressed ? 'compressed' : null,
    replaceType === undefined ? null : `replace type ${replaceType}`,
    returnCall ? 'return call' : null,
    damagedHeader === undefined ? null : `damaged header ${damagedHeader}`,
  ].filter((word) => word !== null && word !== undefined)
  return words.length === 0 ? null : words.join(', ')
}
