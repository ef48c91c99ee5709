// Takes out of a PDU what must not leave the box, in octets of the same number that still decode (TS 23.040 9.2, behind the SMSC field):
// digits of addresses but the first two, day and time, every octet of the text and of header elements that may hold an address.
// Invariant: what does not fit the frame of a TPDU becomes zeros as a whole.

import { packSeptets } from '../../sms/alphabet.ts'
import { readDataCoding } from '../../sms/data-coding.ts'

/** Information elements that hold numbers of the transport and nothing of people: parts, waiting indication, ports, national tables. */
const harmlessElements = new Set([0x00, 0x01, 0x04, 0x05, 0x08, 0x24, 0x25])

/** Enough of an address to see its country. */
const digitsKept = 2
const alphanumeric = 5
const timestampOctets = 7
const validityOctets = [0, 7, 1, 7] as const
/** `x` in the default alphabet, in ASCII and in UCS-2. */
const filler = 0x78

class Misfit extends Error {}

/** Walks through the octets and changes them where they are. */
class Masking {
  readonly #octets: Uint8Array
  #at = 0

  constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  /** The next octets, to be changed in place. */
  #take(count: number): Uint8Array {
    if (this.#at + count > this.#octets.length) throw new Misfit('the PDU ends too early')
    this.#at += count
    return this.#octets.subarray(this.#at - count, this.#at)
  }

  #one(): number {
    return this.#take(1)[0] ?? 0
  }

  pdu(): void {
    const smscLength = this.#one()
    if (smscLength > 0) hideDigits(this.#take(smscLength).subarray(1))
    const first = this.#one()
    const type = first & 0x03
    if (type === 3) throw new Misfit('a reserved TP-MTI')
    if (type !== 0) this.#one()
    this.#address()
    if (type === 2) return this.#report()
    this.#one()
    const coding = this.#one()
    if (type === 0) hideTime(this.#take(timestampOctets))
    else {
      const validity = this.#take(validityOctets[(first >> 3) & 0x03] ?? 0)
      if (validity.length === timestampOctets) hideTime(validity)
    }
    this.#userData(coding, (first & 0x40) !== 0)
    if (this.#at !== this.#octets.length) throw new Misfit('octets behind the TPDU')
  }

  #report(): void {
    hideTime(this.#take(timestampOctets))
    hideTime(this.#take(timestampOctets))
    this.#one()
    // TP-PI and what it announces; nobody sends it, so nothing is kept.
    this.#take(this.#octets.length - this.#at).fill(0)
  }

  #address(): void {
    const semiOctets = this.#one()
    const type = this.#one()
    const value = this.#take(Math.ceil(semiOctets / 2))
    if (((type >> 4) & 0x07) !== alphanumeric) hideDigits(value)
    else value.set(packSeptets(new Uint8Array(Math.floor((semiOctets * 4) / 7)).fill(filler), 0))
  }

  #userData(coding: number, hasHeader: boolean): void {
    const length = this.#one()
    const { encoding } = readDataCoding(coding)
    const octets = encoding === 'gsm7' ? Math.ceil((length * 7) / 8) : length
    const data = this.#take(octets)
    const header = hasHeader ? (data[0] ?? 0) + 1 : 0
    if (header > data.length) throw new Misfit('the header is longer than the user data')
    hideElements(data.subarray(1, header))
    if (encoding === 'gsm7') {
      const headerSeptets = Math.ceil((header * 8) / 7)
      const text = new Uint8Array(length - headerSeptets).fill(filler)
      data.set(packSeptets(text, headerSeptets * 7 - header * 8), header)
    } else
      for (let at = header; at < data.length; at += 1)
        data[at] = encoding === 'ucs2' && (at - header) % 2 === 0 ? 0 : filler
  }
}

/** Semi-octets, the low one first; 0xF fills up an odd number. */
function hideDigits(value: Uint8Array): void {
  const hidden = (digit: number, at: number): number => (at < digitsKept || digit === 0xf ? digit : 0)
  for (const [at, octet] of value.entries())
    value[at] = hidden(octet & 0x0f, 2 * at) | (hidden(octet >> 4, 2 * at + 1) << 4)
}

/** Keeps year, month and zone: the first of the month at midnight. */
function hideTime(timestamp: Uint8Array): void {
  timestamp.set([0x10, 0, 0, 0], 2)
}

function hideElements(elements: Uint8Array): void {
  for (let at = 0; at + 1 < elements.length; ) {
    const [id = 0, length = 0] = elements.subarray(at, at + 2)
    if (!harmlessElements.has(id)) elements.subarray(at + 2, at + 2 + length).fill(0)
    at += 2 + length
  }
}

/**
 * @param hex SMSC field and TPDU; anything else is allowed
 * @returns as many hex digits, upper case
 */
export function maskPdu(hex: string): string {
  const octets = Uint8Array.from(Buffer.from(hex, 'hex'))
  try {
    if (hex.length % 2 !== 0 || octets.length * 2 !== hex.length) throw new Misfit('no octets')
    new Masking(octets).pdu()
    return Buffer.from(octets).toString('hex').toUpperCase()
  } catch (error) {
    if (!(error instanceof Misfit || error instanceof RangeError)) throw error
    return '0'.repeat(hex.length)
  }
}
