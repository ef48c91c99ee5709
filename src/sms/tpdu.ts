// SMS-SUBMIT out, SMS-DELIVER, SMS-SUBMIT and SMS-STATUS-REPORT in: TS 23.040 9.2.2, as hex behind the SMSC field (TS 27.005 3.1).
// The only file that knows node-pdu, which writes and reads frames. Number types, alphabets, headers and lengths are ours: it
// changes recipients that hold "00", loses characters, and reads past the end of what is truncated.
// Invariant: decodePdu returns what the octets say or throws GatewayError PDU_MALFORMED, whatever it is given.

import { Deliver, parse, Report, Submit, utils } from 'node-pdu'
import { GatewayError } from '../domain/errors.ts'
import type { MessageWaiting } from '../domain/message.ts'
import { fromSeptets, packSeptets, type ShiftTables, toSeptets, unpackSeptets } from './alphabet.ts'
import { type MessageClass, readDataCoding } from './data-coding.ts'
import { readWaiting } from './message-waiting.ts'
import { tablesOf } from './national-tables.ts'
import { type SmsPart, userDataOctetsMax } from './segment.ts'
import type { SmsEncoding, TextEncoding } from './text-coding.ts'
import { readTimestamp, type Timestamp } from './timestamp.ts'
import { dial, readAddress, type TpAddress } from './tp-address.ts'
import { type AddressField, malformed, readFrame, type UserDataFields } from './tpdu-frame.ts'
import {
  buildHeader,
  type Concatenation,
  type InformationElement,
  type Ports,
  parseHeader,
  readConcatenation,
  readFlag,
  readPorts,
  readShift,
} from './udh.ts'
import { validityOctet } from './validity.ts'

const { DCS, Data, Header, Part, SCA, SCAType, SubmitType, VP } = utils

const validityMsDefault = 24 * 3_600_000

export interface SubmitRequest {
  /** "+" and digits (E.164), or 1-20 digits, * and # as dialled in the SIM's own network. */
  readonly to: string
  /** Its elements say the national language tables that `gsm7` and `gsm7-shift` are written with. */
  readonly part: SmsPart
  readonly encoding: SmsEncoding
  /** How long the service centre keeps trying, in ms; rounded up to what TP-VP can say (validity.ts). Default: 24 hours. */
  readonly validityMs?: number | undefined
  /** TP-SRR. Default true. */
  readonly statusReport?: boolean | undefined
}

interface Received {
  /** "+" and digits; null if the SMSC field is empty. */
  readonly smsc: string | null
  /** TP-OA, TP-DA or TP-RA. */
  readonly address: TpAddress
}

interface Content {
  readonly encoding: TextEncoding | '8bit'
  readonly messageClass: MessageClass | null
  /** A compressed text (TS 23.042), whose octets are kept as 8-bit data. */
  readonly compressed: boolean
  /** What the DCS and the header say about messages that wait; usually empty. */
  readonly waiting: readonly MessageWaiting[]
  readonly pid: number
  /** '' for 8-bit data. May begin or end with half a surrogate pair when the sender cut one: join before storing as UTF-8. */
  readonly text: string
  /** TP-UD behind the UDH, with the fill bits; the whole TP-UD if the header is damaged beyond its end. */
  readonly userData: Uint8Array
  readonly elements: readonly InformationElement[]
  readonly headerDamaged: boolean
  /** The UDH as it came, UDHL first; empty without one, and if UDHL points beyond TP-UD, for then all of it is user data. */
  readonly header: Uint8Array
  readonly concat: Concatenation | null
  readonly flag: 0 | 1 | null
  readonly ports: Ports | null
}

export interface DeliverTpdu extends Received, Content {
  readonly type: 'deliver'
  /** TP-SCTS; null when its digits are impossible. */
  readonly timestamp: Timestamp | null
}

export interface SubmitTpdu extends Received, Content {
  readonly type: 'submit'
  /** An SMS-SUBMIT carries no time stamp. */
  readonly timestamp: null
  readonly messageReference: number
  readonly statusReportRequested: boolean
}

export interface StatusReportTpdu extends Received {
  readonly type: 'status-report'
  readonly messageReference: number
  /** TP-ST (9.2.3.15). */
  readonly status: number
  /** TP-SCTS: when the service centre got the SMS. */
  readonly timestamp: Timestamp | null
  /** TP-DT: when it was delivered, or last tried. */
  readonly dischargedAt: Timestamp | null
}

export type Tpdu = DeliverTpdu | SubmitTpdu | StatusReportTpdu

/**
 * One part as an SMS-SUBMIT.
 * @returns `pdu`: upper-case hex behind an empty SMSC field; `tpduLength`: its octets without that field, for AT+CMGS
 * Throws GatewayError ADDRESS_INVALID; TEXT_TOO_LONG for a part over 140 octets; INTERNAL for a text that is not of `encoding`.
 */
export function encodeSubmit(request: SubmitRequest): { pdu: string; tpduLength: number } {
  const { to, part, encoding, validityMs = validityMsDefault, statusReport = true } = request
  const { digits, typeOfAddress } = dial(to)
  const header = buildHeader(part.elements)
  const body = encodeText(part, encoding, header.length)
  if (header.length + body.octets.length > userDataOctetsMax)
    throw new GatewayError('TEXT_TOO_LONG', 'a part of an SMS has more than 140 octets of user data')
  // The library writes weeks as days.
  const validityPeriod = new VP()
  validityPeriod.toString = () => toHex(Uint8Array.of(validityOctet(validityMs)))
  const libraryHeader = new Header(part.elements.map(({ id, data }) => ({ type: id, dataHex: toHex(data) })))
  const data = new Data({
    data: part.text,
    size: body.length,
    parts: [
      new Part(toHex(body.octets), body.length, part.text, header.length > 0 ? libraryHeader : undefined),
    ],
    isUnicode: encoding === 'ucs2',
  })
  const address = new SCA(true, { type: new SCAType(typeOfAddress) }).setPhone(digits, false)
  const [pdu = ''] = new Submit(address, data, {
    // Stated here because the library writes this octet before TP-VP would set it.
    type: new SubmitType({
      statusReportRequest: statusReport ? 1 : 0,
      userDataHeader: header.length > 0 ? 1 : 0,
      validityPeriodFormat: 2,
    }),
    dataCodingScheme: new DCS({
      textAlphabet: encoding === 'ucs2' ? DCS.ALPHABET_UCS2 : DCS.ALPHABET_DEFAULT,
    }),
    validityPeriod,
  }).getPartStrings()
  return { pdu, tpduLength: pdu.length / 2 - 1 }
}

/**
 * Reads a PDU of any of the three types, told apart by TP-MTI.
 * @param options.tpduLength octets of the TPDU as +CMGR, +CMGL or +CMT stated them
 * Throws GatewayError PDU_MALFORMED.
 */
export function decodePdu(hex: string, options: { tpduLength?: number | null | undefined } = {}): Tpdu {
  const frame = readFrame(hex, options.tpduLength ?? null)
  const received: Received = {
    smsc: frame.smsc === null ? null : addressOf(frame.smsc).text,
    address: addressOf(frame.address),
  }
  const fields = parsePlain(frame.plain)
  if (frame.type === 'deliver' && fields instanceof Deliver) {
    const timestamp = readTimestamp(frame.scts, fields.serviceCenterTimeStamp.time)
    return {
      type: 'deliver',
      ...received,
      ...contentOf(frame, fields.protocolIdentifier.getValue()),
      timestamp,
    }
  }
  if (frame.type === 'submit' && fields instanceof Submit)
    return {
      type: 'submit',
      ...received,
      ...contentOf(frame, fields.protocolIdentifier.getValue()),
      timestamp: null,
      messageReference: fields.messageReference,
      statusReportRequested: fields.type.statusReportRequest === 1,
    }
  if (frame.type === 'status-report' && fields instanceof Report)
    return {
      type: 'status-report',
      ...received,
      messageReference: fields.reference,
      status: fields.status,
      timestamp: readTimestamp(frame.scts, fields.dateTime.time),
      dischargedAt: readTimestamp(frame.discharge, fields.discharge.time),
    }
  throw malformed('its type cannot be told')
}

function parsePlain(plain: string): Deliver | Submit | Report {
  try {
    return parse(plain)
  } catch (cause) {
    throw malformed('its fields cannot be told', cause)
  }
}

function addressOf({ semiOctets, typeOfAddress, value }: AddressField): TpAddress {
  return readAddress(semiOctets, typeOfAddress, value)
}

function contentOf(fields: UserDataFields, pid: number): Content {
  const coding = readDataCoding(fields.dcs)
  const header = fields.hasHeader ? parseHeader(fields.userData) : null
  const elements = header?.elements ?? []
  const headerOctets = header?.length ?? 0
  const lost = header?.damaged === true && headerOctets === fields.userData.length
  const userData = lost ? fields.userData : fields.userData.slice(headerOctets)
  return {
    encoding: coding.encoding,
    messageClass: coding.messageClass,
    compressed: coding.compressed,
    waiting: readWaiting(elements, coding.waiting),
    pid,
    text: lost
      ? ''
      : decodeText(userData, coding.encoding, {
          headerOctets,
          userDataLength: fields.userDataLength,
          tables: tablesOf(readShift(elements)),
        }),
    userData,
    elements,
    headerDamaged: header?.damaged ?? false,
    header: lost || header === null ? new Uint8Array(0) : header.raw,
    concat: readConcatenation(elements),
    flag: readFlag(elements),
    ports: readPorts(elements),
  }
}

/** Septets that a header of so many octets takes, and the bits that fill its last one. */
function headerSeptets(headerOctets: number): { readonly septets: number; readonly fillBits: number } {
  const septets = Math.ceil((headerOctets * 8) / 7)
  return { septets, fillBits: septets * 7 - headerOctets * 8 }
}

/** @returns `length`: TP-UDL, header included */
function encodeText(
  { text, elements }: SmsPart,
  encoding: SmsEncoding,
  headerOctets: number,
): { readonly octets: Uint8Array; readonly length: number } {
  if (encoding === 'ucs2') {
    const octets = Uint8Array.from(Buffer.from(text, 'utf16le').swap16())
    return { octets, length: headerOctets + octets.length }
  }
  const { septets, fillBits } = headerSeptets(headerOctets)
  const codes = toSeptets(text, tablesOf(readShift(elements)))
  return { octets: packSeptets(codes, fillBits), length: septets + codes.length }
}

interface TextFrame {
  readonly headerOctets: number
  /** TP-UDL. */
  readonly userDataLength: number
  readonly tables: ShiftTables
}

function decodeText(octets: Uint8Array, encoding: Content['encoding'], frame: TextFrame): string {
  if (encoding === '8bit') return ''
  if (encoding === 'ucs2')
    return Buffer.from(octets.slice(0, octets.length & ~1))
      .swap16()
      .toString('utf16le')
  const { septets, fillBits } = headerSeptets(frame.headerOctets)
  return fromSeptets(unpackSeptets(octets, frame.userDataLength - septets, fillBits), frame.tables)
}

function toHex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex').toUpperCase()
}
