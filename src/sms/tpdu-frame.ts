// The frame of a TPDU: where each field of SMS-DELIVER, SMS-SUBMIT and SMS-STATUS-REPORT begins and ends
// (TS 23.040 9.2.2.1, 9.2.2.2, 9.2.2.3), behind the SMSC field that modems put first (TS 27.005 3.1).
// Invariant: every octet belongs to a field and every field is complete, else GatewayError PDU_MALFORMED; the library that
// reads the fields afterwards checks no length.

import { GatewayError } from '../domain/errors.ts'
import { readDataCoding } from './data-coding.ts'
import { userDataOctetsMax } from './segment.ts'

/** TP-MTI; the fourth value is reserved. */
const messageType = { deliver: 0, submit: 1, statusReport: 2 } as const

/** TP-UDHI and TP-VPF in the first octet. */
const userDataHeaderBit = 0x40
const validityFormatBits = 0x18

/** TP-DCS "8-bit data". */
const plainCoding = 0x04

/** SMSC field of 12 octets and RP-User-Data of at most 232 (TS 24.011 8.2.5.3). */
const pduOctetsMax = 244

const septetsMax = 160
const addressSemiOctetsMax = 20
const smscOctetsMax = 11
const timestampOctets = 7

/** TP-VP by TP-VPF: none, enhanced, relative, absolute (9.2.3.3). */
const validityOctets = [0, 7, 1, 7] as const

/** Address field: semi-octets, type of address, value (9.1.2.5). */
export interface AddressField {
  readonly semiOctets: number
  readonly typeOfAddress: number
  readonly value: Uint8Array
}

interface Common {
  /** null: the field is empty and the SIM's own service centre is meant. */
  readonly smsc: AddressField | null
  readonly address: AddressField
  /**
   * The same TPDU, in hex behind an empty SMSC field, without what node-pdu misreads: an empty address has one digit, and there
   * is no TP-VP, no reserved TP-DCS and no user data.
   */
  readonly plain: string
}

export interface UserDataFields {
  readonly dcs: number
  /** TP-UDHI: the user data begin with a UDH. */
  readonly hasHeader: boolean
  /** TP-UDL: septets for GSM 7-bit, else octets; the UDH counts. */
  readonly userDataLength: number
  /** TP-UD with its UDH. */
  readonly userData: Uint8Array
}

export type DeliverFrame = Common & UserDataFields & { readonly type: 'deliver'; readonly scts: Uint8Array }
export type SubmitFrame = Common & UserDataFields & { readonly type: 'submit' }
export type StatusReportFrame = Common & {
  readonly type: 'status-report'
  readonly scts: Uint8Array
  readonly discharge: Uint8Array
}

/**
 * Takes a PDU apart.
 * @param tpduLength octets of the TPDU as the modem stated them; null if it did not
 */
export function readFrame(
  hex: string,
  tpduLength: number | null,
): DeliverFrame | SubmitFrame | StatusReportFrame {
  const take = octetsOf(hex)
  const smscLength = take.one('the SMSC length')
  if (smscLength > smscOctetsMax) throw malformed('the SMSC address is too long')
  const smsc = smscLength === 0 ? null : smscField(take.some(smscLength, 'the SMSC address'))
  if (tpduLength !== null && tpduLength !== take.left())
    throw malformed(`the TPDU has ${take.left()} octets and the modem stated ${tpduLength}`)
  const firstOctet = take.one('the first octet')
  switch (firstOctet & 0x03) {
    case messageType.deliver:
      return deliverFrame(take, smsc, firstOctet)
    case messageType.submit:
      return submitFrame(take, smsc, firstOctet)
    case messageType.statusReport:
      return statusReportFrame(take, smsc, firstOctet)
    default:
      throw malformed('TP-MTI has the reserved value 3')
  }
}

function deliverFrame(take: Octets, smsc: AddressField | null, firstOctet: number): DeliverFrame {
  const address = addressField(take)
  const pid = take.one('TP-PID')
  const dcs = take.one('TP-DCS')
  const scts = take.some(timestampOctets, 'TP-SCTS')
  const data = userDataFields(take, firstOctet, dcs)
  take.end()
  const plain = plainHex([firstOctet & ~userDataHeaderBit], address, [pid, plainCoding, ...scts, 0])
  return { type: 'deliver', smsc, address, plain, scts, ...data }
}

function submitFrame(take: Octets, smsc: AddressField | null, firstOctet: number): SubmitFrame {
  const reference = take.one('TP-MR')
  const address = addressField(take)
  const pid = take.one('TP-PID')
  const dcs = take.one('TP-DCS')
  take.some(validityOctets[(firstOctet & validityFormatBits) >> 3] ?? 0, 'TP-VP')
  const data = userDataFields(take, firstOctet, dcs)
  take.end()
  const plainFirst = firstOctet & ~(userDataHeaderBit | validityFormatBits)
  const plain = plainHex([plainFirst, reference], address, [pid, plainCoding, 0])
  return { type: 'submit', smsc, address, plain, ...data }
}

function statusReportFrame(take: Octets, smsc: AddressField | null, firstOctet: number): StatusReportFrame {
  const reference = take.one('TP-MR')
  const address = addressField(take)
  const scts = take.some(timestampOctets, 'TP-SCTS')
  const discharge = take.some(timestampOctets, 'TP-DT')
  const status = take.one('TP-ST')
  skipOptionalFields(take, firstOctet)
  const plain = plainHex([firstOctet, reference], address, [...scts, ...discharge, status])
  return { type: 'status-report', smsc, address, plain, scts, discharge }
}

function plainHex(before: readonly number[], address: AddressField, after: readonly number[]): string {
  const { semiOctets, typeOfAddress, value } = address
  const field = semiOctets === 0 ? [1, 0x81, 0xf0] : [semiOctets, typeOfAddress, ...value]
  return Buffer.from([0, ...before, ...field, ...after])
    .toString('hex')
    .toUpperCase()
}

/** The error of everything that is wrong with a PDU; the message names the field. */
export function malformed(problem: string, cause?: unknown): GatewayError {
  return new GatewayError('PDU_MALFORMED', `the PDU cannot be read: ${problem}`, {
    hint: 'give the whole PDU as the modem shows it, SMSC field first; a line that was cut or mixed is read again with AT+CMGR',
    cause,
  })
}

interface Octets {
  one(field: string): number
  some(count: number, field: string): Uint8Array
  left(): number
  end(): void
}

function octetsOf(hex: string): Octets {
  if (hex.length > pduOctetsMax * 2)
    throw malformed(`it has ${hex.length} hex digits, more than any PDU can have`)
  if (!/^[0-9A-Fa-f]*$/.test(hex)) throw malformed('it holds characters that are no hex digits')
  if (hex.length % 2 !== 0) throw malformed('it has an odd number of hex digits')
  const octets = Uint8Array.from(Buffer.from(hex, 'hex'))
  let position = 0
  const left = () => octets.length - position
  const some = (count: number, field: string) => {
    if (count > left()) throw malformed(`it ends within ${field}`)
    position += count
    return octets.slice(position - count, position)
  }
  return {
    some,
    left,
    one: (field) => some(1, field)[0] ?? 0,
    end: () => {
      if (left() > 0) throw malformed(`${left()} octets follow its end`)
    },
  }
}

function smscField(octets: Uint8Array): AddressField {
  return { semiOctets: (octets.length - 1) * 2, typeOfAddress: octets[0] ?? 0, value: octets.slice(1) }
}

function addressField(take: Octets): AddressField {
  const semiOctets = take.one('the address length')
  if (semiOctets > addressSemiOctetsMax) throw malformed('the address is too long')
  const typeOfAddress = take.one('the type of address')
  return { semiOctets, typeOfAddress, value: take.some(Math.ceil(semiOctets / 2), 'the address') }
}

function userDataFields(take: Octets, firstOctet: number, dcs: number): UserDataFields {
  const userDataLength = take.one('TP-UDL')
  const septets = readDataCoding(dcs).encoding === 'gsm7'
  if (userDataLength > (septets ? septetsMax : userDataOctetsMax))
    throw malformed('TP-UDL is larger than an SMS can be')
  const octets = septets ? Math.ceil((userDataLength * 7) / 8) : userDataLength
  const hasHeader = (firstOctet & userDataHeaderBit) !== 0
  return { dcs, hasHeader, userDataLength, userData: take.some(octets, 'TP-UD') }
}

/**
 * TP-PI and what it announces (9.2.3.27). A reserved bit announces more fields behind TP-UD that a receiver discards; bit 7,
 * another octet of such bits.
 */
function skipOptionalFields(take: Octets, firstOctet: number): void {
  if (take.left() === 0) return
  const indicator = take.one('TP-PI')
  let more = indicator
  while (more & 0x80) more = take.one('TP-PI')
  if (indicator & 0x01) take.one('TP-PID')
  const dcs = indicator & 0x02 ? take.one('TP-DCS') : 0
  if (indicator & 0x04) userDataFields(take, firstOctet, dcs)
  if (indicator & 0xf8) take.some(take.left(), 'further fields')
  take.end()
}
