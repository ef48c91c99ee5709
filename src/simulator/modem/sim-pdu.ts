// TPDUs as the service centre sees them (TS 23.040 clause 9.2.2): reads SMS-SUBMIT and SMS-DELIVER, writes SMS-DELIVER and
// SMS-STATUS-REPORT. Uses neither node-pdu nor src/sms: a mistake there must not be mirrored here.
// Invariant: what is not exactly as long as its own length fields say is refused, never repaired.

import { createReader, type OctetReader, PduError, toHex } from './sim-octets.ts'
import { pack, septetsOf, textOfSeptets, unpack } from './sim-septets.ts'
import { readUserData, type UserData } from './sim-user-data.ts'

export interface Submit {
  readonly firstOctet: number
  readonly statusReport: boolean
  readonly to: string
  readonly pid: number
  /** TP-VP, hex; '' if absent. */
  readonly validity: string
  readonly userData: UserData
}

export interface Deliver {
  readonly firstOctet: number
  readonly from: string
  readonly pid: number
  /** TP-SCTS as seven octets, hex. */
  readonly timestamp: string
  readonly userData: UserData
}

const semiOctetDigits = '0123456789*#abc'

function swapped(octets: Uint8Array): string {
  return Array.from(octets, (octet) => [octet & 15, octet >> 4])
    .flat()
    .map((digit) => semiOctetDigits[digit] ?? '')
    .join('')
}

/** TP-DA or TP-OA (9.1.2.5): "+4917...", "33033" or "Bank". */
function readAddress(reader: OctetReader): string {
  const digits = reader.octet()
  const type = reader.octet()
  const value = reader.take(Math.ceil(digits / 2))
  if ((type & 0x80) === 0) throw new PduError('type of address without its top bit')
  if ((type & 0x70) === 0x50) return textOfSeptets(unpack(value, Math.floor((digits * 4) / 7)))
  const number = swapped(value).slice(0, digits)
  if (number.length !== digits) throw new PduError('address with a digit that is none')
  return (type & 0x70) === 0x10 ? `+${number}` : number
}

function digitOctets(digits: string): Uint8Array {
  const padded = digits.length % 2 === 0 ? digits : `${digits}f`
  const values = Array.from(padded, (digit) => (digit === 'f' ? 15 : semiOctetDigits.indexOf(digit)))
  if (values.some((value) => value < 0)) throw new PduError(`"${digits}" is not a number`)
  return Uint8Array.from(
    { length: padded.length / 2 },
    (_, i) => (values[2 * i] ?? 0) | ((values[2 * i + 1] ?? 0) << 4),
  )
}

const isNumber = (address: string): boolean => /^\+?[0-9*#]+$/.test(address)

/** TP-OA or TP-RA: international with a plus, unknown for bare digits, alphanumeric (at most 11 characters) for anything else. */
export function encodeAddress(address: string): Uint8Array {
  if (isNumber(address)) {
    const digits = address.replace('+', '')
    return Uint8Array.from([digits.length, address.startsWith('+') ? 0x91 : 0x81, ...digitOctets(digits)])
  }
  const septets = septetsOf(address)
  if (septets === null || septets.length > 11) throw new PduError(`"${address}" is no alphanumeric sender`)
  return Uint8Array.from([Math.ceil((septets.length * 7) / 4), 0xd0, ...pack(septets)])
}

/** The SMSC field before the TPDU (TS 27.005 3.1): its length counts octets. '' gives `00`. */
export function encodeSmsc(smsc: string): Uint8Array {
  if (smsc === '') return Uint8Array.of(0)
  const octets = digitOctets(smsc.replace('+', ''))
  return Uint8Array.from([octets.length + 1, smsc.startsWith('+') ? 0x91 : 0x81, ...octets])
}

const swapDecimal = (value: number): number => ((value % 10) << 4) | Math.floor(value / 10)

/** TP-SCTS (9.2.3.11): seven octets of local time; `zone` in quarter hours east of Greenwich, -47 to 48. */
export function encodeTimestamp(ms: number, zone: number): Uint8Array {
  const local = new Date(ms + zone * 15 * 60_000)
  const fields = [
    local.getUTCFullYear() % 100,
    local.getUTCMonth() + 1,
    local.getUTCDate(),
    local.getUTCHours(),
    local.getUTCMinutes(),
    local.getUTCSeconds(),
  ]
  return Uint8Array.from([...fields.map(swapDecimal), swapDecimal(Math.abs(zone)) | (zone < 0 ? 0x08 : 0)])
}

/** Reads an SMS-SUBMIT TPDU without SMSC field. Throws PduError. */
export function decodeSubmit(tpdu: Uint8Array): Submit {
  const reader = createReader(tpdu)
  const firstOctet = reader.octet()
  if ((firstOctet & 3) !== 1) throw new PduError('not an SMS-SUBMIT')
  reader.octet()
  const to = readAddress(reader)
  const pid = reader.octet()
  const dcs = reader.octet()
  const validity = toHex(reader.take([0, 7, 1, 7][(firstOctet >> 3) & 3] ?? 0))
  const userData = readUserData(reader, dcs, (firstOctet & 0x40) !== 0)
  return { firstOctet, statusReport: (firstOctet & 0x20) !== 0, to, pid, validity, userData }
}

/** Reads an SMS-DELIVER TPDU without SMSC field. Throws PduError. */
export function decodeDeliver(tpdu: Uint8Array): Deliver {
  const reader = createReader(tpdu)
  const firstOctet = reader.octet()
  if ((firstOctet & 3) !== 0) throw new PduError('not an SMS-DELIVER')
  const from = readAddress(reader)
  const pid = reader.octet()
  const dcs = reader.octet()
  const timestamp = toHex(reader.take(7))
  return { firstOctet, from, pid, timestamp, userData: readUserData(reader, dcs, (firstOctet & 0x40) !== 0) }
}

export interface DeliverFields {
  readonly from: string
  readonly at: number
  readonly zone: number
  readonly pid: number
  readonly userData: UserData
}

/** SMS-DELIVER TPDU without SMSC field. */
export function encodeDeliver({ from, at, zone, pid, userData }: DeliverFields): Uint8Array {
  const firstOctet = 0x04 | (userData.udhi ? 0x40 : 0)
  return Uint8Array.from([
    firstOctet,
    ...encodeAddress(from),
    pid,
    userData.dcs,
    ...encodeTimestamp(at, zone),
    userData.length,
    ...userData.octets,
  ])
}

export interface ReportFields {
  readonly messageReference: number
  readonly to: string
  readonly submittedAt: number
  readonly dischargedAt: number
  readonly zone: number
  /** TP-ST. */
  readonly status: number
}

/** SMS-STATUS-REPORT TPDU without SMSC field (9.2.2.3). */
export function encodeReport(fields: ReportFields): Uint8Array {
  return Uint8Array.from([
    0x06,
    fields.messageReference,
    ...encodeAddress(fields.to),
    ...encodeTimestamp(fields.submittedAt, fields.zone),
    ...encodeTimestamp(fields.dischargedAt, fields.zone),
    fields.status,
  ])
}
