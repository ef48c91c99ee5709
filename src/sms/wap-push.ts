// A WAP push without connection (WAP-230 8.2.4.1: transaction, type, length of the header, content type, fields, body), as it comes in
// SMS for port 2948 (WAP-259), and the notification of an MMS in it, M-Notification.ind (OMA-MMS-ENC, WAP-209 6.2, 7.2 and 7.3).
// Invariant: nothing throws, whatever the octets are; what cannot be read is null. Only the host of a link is kept: it would lead
// into the operator's own network, and a mail should offer nothing to click on.

import type { MmsNotification } from '../domain/message.ts'
import { integerOf, readFields, readUintvar, readValue, textOf, type WspValue } from './wsp-fields.ts'

/** Ports of a push, plain and secure. */
export const pushPorts: readonly number[] = [2948, 2949]

export interface WapPush {
  /** "application/vnd.wap.mms-message", in lower case; "0x51" for a number without a name here. */
  readonly contentType: string
  readonly body: Uint8Array
}

const pushTypes = [0x06, 0x07]

/** Those of the assigned numbers that come as a push. */
const contentTypes: Readonly<Record<number, string>> = {
  3: 'text/plain',
  45: 'text/vnd.wap.si',
  46: 'application/vnd.wap.sic',
  47: 'text/vnd.wap.sl',
  48: 'application/vnd.wap.slc',
  49: 'text/vnd.wap.co',
  50: 'application/vnd.wap.coc',
  52: 'application/vnd.wap.sia',
  53: 'text/vnd.wap.connectivity-xml',
  54: 'application/vnd.wap.connectivity-wbxml',
  62: 'application/vnd.wap.mms-message',
  66: 'application/vnd.syncml.dm+wbxml',
  68: 'application/vnd.syncml.notification',
  74: 'application/vnd.oma.drm.rights+xml',
  75: 'application/vnd.oma.drm.rights+wbxml',
}

/** null if the octets are no push. */
export function readPush(octets: Uint8Array): WapPush | null {
  if (!pushTypes.includes(octets[1] ?? 0)) return null
  const { value: length, next: start } = readUintvar(octets, 2)
  const read = readValue(octets, start)
  const contentType = read === null ? null : contentTypeOf(read.value)
  return contentType === null ? null : { contentType, body: octets.slice(start + length) }
}

/** The general form has the type and its parameters in counted octets. */
function contentTypeOf(value: WspValue): string | null {
  if (value.kind === 'octets') {
    const media = readValue(value.octets, 0)
    return media === null || media.value.kind === 'octets' ? null : contentTypeOf(media.value)
  }
  if (value.kind === 'text') return textOf(value)?.toLowerCase() ?? null
  return contentTypes[value.value] ?? `0x${value.value.toString(16)}`
}

/** A push that would change the settings of a phone: OTA provisioning, device management. */
export function isProvisioning(contentType: string): boolean {
  return /connectivity-|syncml/.test(contentType)
}

export const mmsContentType = 'application/vnd.wap.mms-message'

/** Numbers of fields (7.3), and of the one message type that is read. */
const fieldIds = {
  location: 0x03,
  expiry: 0x08,
  from: 0x09,
  class: 0x0a,
  type: 0x0c,
  size: 0x0e,
  subject: 0x16,
}
const notification = 0x02

const messageClasses = ['personal', 'advertisement', 'informational', 'auto']

/** Tokens before a sender that is shown, and before a time that is absolute. */
const addressPresent = 0x80
const absoluteTime = 0x80
const relativeTime = 0x81

/** The farthest time that a Date can hold. */
const timeMaxMs = 8.64e15

/**
 * The facts of an MMS notification.
 * @param body of a push of the type `mmsContentType`; it may end too early
 * @param sentAt ms since 1970, from which a relative expiry counts
 * @returns null if it is another message about an MMS, such as a delivery report
 */
export function readMmsNotification(body: Uint8Array, sentAt: number): MmsNotification | null {
  const values = new Map(readFields(body).map(({ id, value }) => [id, value]))
  if (integerOf(values.get(fieldIds.type)) !== notification) return null
  return {
    from: senderOf(values.get(fieldIds.from)),
    subject: textOf(values.get(fieldIds.subject)),
    size: integerOf(values.get(fieldIds.size)),
    expiresAt: expiryOf(values.get(fieldIds.expiry), sentAt),
    messageClass: classOf(values.get(fieldIds.class)),
    host: hostOf(textOf(values.get(fieldIds.location))),
  }
}

/** "+4917012345678/TYPE=PLMN" without the type of address. */
function senderOf(value: WspValue | undefined): string | null {
  if (value?.kind !== 'octets' || value.octets[0] !== addressPresent) return null
  const text = textOf(readValue(value.octets, 1)?.value)
  return text?.replace(/\/TYPE=[A-Za-z0-9]+$/, '') ?? null
}

function expiryOf(value: WspValue | undefined, sentAt: number): number | null {
  if (value?.kind !== 'octets') return null
  const [token] = value.octets
  const seconds = integerOf(readValue(value.octets, 1)?.value)
  if (seconds === null || (token !== absoluteTime && token !== relativeTime)) return null
  const at = seconds * 1000 + (token === relativeTime ? sentAt : 0)
  return at <= timeMaxMs ? at : null
}

function classOf(value: WspValue | undefined): string | null {
  return value?.kind === 'short' ? (messageClasses[value.value] ?? null) : textOf(value)
}

function hostOf(location: string | null): string | null {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@\s]+)/i.exec(location ?? '')
  return authority?.[1]?.toLowerCase() ?? null
}
