// Addresses in a TPDU: type of address and semi-octets (TS 23.040 9.1.2.3 and 9.1.2.5), in both directions.
// Invariant: a number is never guessed. What we send is E.164 or exactly the digits given; what we receive keeps its type, and
// a digit that no number can have is shown, so that nobody can answer a number cut short.

import { GatewayError } from '../domain/errors.ts'
import { fromSeptets, unpackSeptets } from './alphabet.ts'

/** `short`: a network specific, abbreviated or at most six-digit number, or one with * or #: only its own network knows it. */
type AddressKind = 'international' | 'national' | 'unknown' | 'short' | 'alphanumeric'

export interface TpAddress {
  /** "+4917..." for an international number, else the digits or letters as they came; '' for an empty address. */
  readonly text: string
  readonly kind: AddressKind
}

export interface DialledNumber {
  readonly digits: string
  /** Type of address octet: 91 international, 81 unknown type; both in the ISDN numbering plan. */
  readonly typeOfAddress: 0x91 | 0x81
}

/** Semi-octets 0-14 (9.1.2.3); 15 fills the last octet of an odd number. */
const digitNames = '0123456789*#abcF'

const shortDigitsMax = 6

const typeOfNumber = { international: 1, national: 2, networkSpecific: 3, alphanumeric: 5, abbreviated: 6 }

/**
 * How to dial `to`: "+" and 2-15 digits (E.164), or 1-20 digits, * and # as a phone in the SIM's own network would dial them.
 * Throws GatewayError ADDRESS_INVALID for anything else.
 */
export function dial(to: string): DialledNumber {
  if (/^\+[1-9][0-9]{1,14}$/.test(to)) return { digits: to.slice(1), typeOfAddress: 0x91 }
  if (/^[0-9*#]{1,20}$/.test(to)) return { digits: to, typeOfAddress: 0x81 }
  throw new GatewayError('ADDRESS_INVALID', 'an SMS was to be sent to something that is no phone number', {
    hint: 'write the number as +, country code and number without blanks, such as +4917012345678',
  })
}

/**
 * Reads an address.
 * @param semiOctets how many the length field states; for an SMSC address, all of the value
 * @param value the octets after the type of address
 */
export function readAddress(semiOctets: number, typeOfAddress: number, value: Uint8Array): TpAddress {
  const type = (typeOfAddress >> 4) & 0x07
  if (type === typeOfNumber.alphanumeric) {
    const septets = unpackSeptets(value, Math.floor((semiOctets * 4) / 7), 0)
    // Control characters in a name have no meaning and would be a danger in a mail header.
    return { text: fromSeptets(septets).replace(/[\n\r\f]/g, ' '), kind: 'alphanumeric' }
  }
  const digits = readSemiOctets(semiOctets, value)
  if (digits === '' || digits.includes('F')) return { text: digits, kind: 'unknown' }
  if (type === typeOfNumber.international) return { text: `+${digits}`, kind: 'international' }
  return { text: digits, kind: kindOf(type, digits) }
}

function kindOf(type: number, digits: string): AddressKind {
  if (type === typeOfNumber.networkSpecific || type === typeOfNumber.abbreviated) return 'short'
  if (digits.length <= shortDigitsMax || /[*#]/.test(digits)) return 'short'
  return type === typeOfNumber.national ? 'national' : 'unknown'
}

/** Some service centres count the filler as a digit, so it is dropped at the end whatever the length says. */
function readSemiOctets(count: number, value: Uint8Array): string {
  let digits = ''
  for (let position = 0; position < count; position++) {
    const octet = value[position >> 1] ?? 0xff
    digits += digitNames.charAt(position % 2 === 0 ? octet & 0x0f : octet >> 4)
  }
  return digits.replace(/F$/, '')
}
