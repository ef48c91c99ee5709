// WAP pushes and MMS notifications as an MMS centre writes them (WAP-230 8, WAP-209 6.2 and 7), for tests. Written from the
// standard without a line of src/sms, so that a mistake there cannot hide here.

import { airDeliver } from './air.ts'

export const textString = (text: string): number[] => [...Buffer.from(text), 0]

export const longInteger = (value: number): number[] => {
  const octets: number[] = []
  for (let rest = value; rest > 0 || octets.length === 0; rest = Math.floor(rest / 256))
    octets.unshift(rest % 256)
  return [octets.length, ...octets]
}

export const uintvar = (value: number): number[] => {
  const octets = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    octets.unshift((rest % 128) + 128)
  return octets
}

/** Counted octets: one length octet up to 30, else 31 and a variable length integer. */
export const counted = (octets: readonly number[]): number[] =>
  octets.length <= 30 ? [octets.length, ...octets] : [31, ...uintvar(octets.length), ...octets]

/** Encoded-string in UTF-8 (MIBenum 106). */
export const utf8String = (text: string): number[] => counted([0xea, ...textString(text)])

export interface Notification {
  readonly from?: string | null
  readonly subject?: string
  readonly size?: number
  /** Seconds: from now, or since 1970. */
  readonly expiry?: { readonly relative: number } | { readonly absolute: number }
  /** 0-3 as numbered by the standard, or a token. */
  readonly messageClass?: number | string
  readonly location?: string
  /** Octets of fields that stand between the others. */
  readonly more?: readonly number[]
}

export function notification({
  from = '+4917012345678/TYPE=PLMN',
  subject = 'Our garden',
  size = 48_211,
  expiry = { relative: 604_800 },
  messageClass = 0,
  location = 'http://mms.operator.example/m?id=1',
  more = [],
}: Notification = {}): number[] {
  const time =
    'relative' in expiry ? [0x81, ...longInteger(expiry.relative)] : [0x80, ...longInteger(expiry.absolute)]
  const ascii = /^[\x20-\x7e]*$/.test(subject)
  return [
    ...[0x8c, 0x82],
    ...[0x98, ...textString('T-42')],
    ...[0x8d, 0x92],
    ...[0x89, ...counted(from === null ? [0x81] : [0x80, ...textString(from)])],
    ...[0x96, ...(ascii ? textString(subject) : utf8String(subject))],
    ...more,
    ...[0x8a, ...(typeof messageClass === 'number' ? [0x80 + messageClass] : textString(messageClass))],
    ...[0x8e, ...longInteger(size)],
    ...[0x88, ...counted(time)],
    ...[0x83, ...textString(location)],
  ]
}

/** A push: transaction 1, type 6, content type (default: MMS) and application id 4 (the MMS client). */
export function push(body: readonly number[], contentType: readonly number[] = [0xbe]): number[] {
  const header = [...contentType, 0xaf, 0x84]
  return [0x01, 0x06, ...uintvar(header.length), ...header, ...body]
}

const sender = { typeOfAddress: 0x81, digits: '22255' }
const pushPort = '05040b8423f0'

/** The SMS that carry it, in hex: one, or as many with concatenation as it needs. */
export function pushPdus(
  octets: readonly number[],
  { dcs = 0x04, reference = 9, ports = pushPort } = {},
): string[] {
  if (octets.length <= 133) return [airDeliver({ sender, dcs, header: ports, units: octets, septets: false })]
  const room = 128
  const total = Math.ceil(octets.length / room)
  const two = (value: number) => value.toString(16).padStart(2, '0')
  return Array.from({ length: total }, (_, index) =>
    airDeliver({
      sender,
      dcs,
      header: `${ports}0003${two(reference)}${two(total)}${two(index + 1)}`,
      units: octets.slice(index * room, (index + 1) * room),
      septets: false,
    }),
  )
}
