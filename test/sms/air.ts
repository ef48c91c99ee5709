// Builds TPDUs as a service centre would, for tests: SMS-DELIVER and SMS-STATUS-REPORT (TS 23.040 9.2.2).
// Written from the standard with texts of bits and without a line of src/sms, so that a mistake there cannot hide here.

export interface AirDeliver {
  readonly sender: {
    readonly typeOfAddress: number
    readonly digits?: string
    readonly name?: readonly number[]
  }
  readonly dcs: number
  readonly pid?: number
  /** Seven octets; default 2026-11-22 12:00:00 +01:00. */
  readonly scts?: string
  /** Information elements in hex, without UDHL. */
  readonly header?: string
  /** Septets for a 7-bit DCS, else octets. */
  readonly units: readonly number[]
  readonly septets: boolean
}

export const defaultScts = '62112221000040'

/** Hex behind an empty SMSC field. */
export function airDeliver(deliver: AirDeliver): string {
  const header = deliver.header === undefined ? '' : octet(deliver.header.length / 2) + deliver.header
  const body = deliver.septets ? septetHex(deliver.units, header.length / 2) : octetsHex(deliver.units)
  const length = deliver.septets
    ? Math.ceil((header.length / 2) * (8 / 7)) + deliver.units.length
    : header.length / 2 + deliver.units.length
  return (
    `00${header === '' ? '04' : '44'}` +
    addressHex(deliver.sender) +
    octet(deliver.pid ?? 0) +
    octet(deliver.dcs) +
    (deliver.scts ?? defaultScts) +
    octet(length) +
    header +
    body
  )
}

export function airStatusReport(report: {
  readonly reference: number
  readonly recipient: AirDeliver['sender']
  readonly status: number
  readonly scts?: string
  readonly discharge?: string
  readonly tail?: string
}): string {
  return (
    `0006${octet(report.reference)}${addressHex(report.recipient)}${report.scts ?? defaultScts}` +
    `${report.discharge ?? defaultScts}${octet(report.status)}${report.tail ?? ''}`
  )
}

export function utf16(text: string): number[] {
  return Array.from({ length: text.length * 2 }, (_, index) => {
    const unit = text.charCodeAt(index >> 1)
    return index % 2 === 0 ? unit >> 8 : unit & 0xff
  })
}

function addressHex({ typeOfAddress, digits = '', name }: AirDeliver['sender']): string {
  if (name !== undefined) {
    const semiOctets = Math.ceil((name.length * 7) / 4)
    return octet(semiOctets) + octet(typeOfAddress) + septetHex(name, 0)
  }
  const semi = [...digits].map((digit) => '0123456789*#abc'.indexOf(digit).toString(16))
  if (semi.length % 2 === 1) semi.push('f')
  let swapped = ''
  for (let index = 0; index < semi.length; index += 2) swapped += `${semi[index + 1]}${semi[index]}`
  return octet(digits.length) + octet(typeOfAddress) + swapped.toUpperCase()
}

/** All bits as one text, last septet first, fill bits at its end: read from the end in eights. */
function septetHex(septets: readonly number[], headerOctets: number): string {
  const fill = (7 - ((headerOctets * 8) % 7)) % 7
  let bits = '0'.repeat(fill)
  for (const septet of septets) bits = septet.toString(2).padStart(7, '0') + bits
  bits = bits.padStart(Math.ceil(bits.length / 8) * 8, '0')
  let hex = ''
  for (let end = bits.length; end > 0; end -= 8) hex += octet(Number.parseInt(bits.slice(end - 8, end), 2))
  return hex
}

function octetsHex(octets: readonly number[]): string {
  return octets.map(octet).join('')
}

function octet(value: number): string {
  return value.toString(16).padStart(2, '0').toUpperCase()
}
