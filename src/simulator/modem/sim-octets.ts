// Octets and hex for the simulator's PDU codec (TS 27.005 3.1: a PDU travels as hex, two digits an octet).
// Invariant: reading behind the end throws, it never yields zeros.

/** Thrown for a TPDU that contradicts itself. */
export class PduError extends Error {
  override readonly name = 'PduError'
}

/** Upper-case hex. */
export const toHex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex').toUpperCase()

/** Octets of hex text. Throws PduError for an odd count or another character. */
export function fromHex(hex: string): Uint8Array {
  if (hex.length % 2 !== 0 || /[^0-9a-f]/i.test(hex)) throw new PduError('not an even number of hex digits')
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

/** Reads octets from front to back. */
export interface OctetReader {
  /** The next octet. Throws PduError behind the end. */
  octet(): number
  take(count: number): Uint8Array
  /** How many octets are left. */
  rest(): number
}

/** A reader over `octets`. */
export function createReader(octets: Uint8Array): OctetReader {
  let at = 0
  const take = (count: number): Uint8Array => {
    if (at + count > octets.length) throw new PduError(`ends after ${octets.length} octets`)
    at += count
    return octets.subarray(at - count, at)
  }
  return { take, octet: () => take(1)[0] ?? 0, rest: () => octets.length - at }
}
