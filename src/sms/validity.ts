// TP-VP in its relative form (TS 23.040 9.2.3.12.1): one octet that says how long the service centre keeps trying to deliver an SMS.
// Invariant: what is written is the least that can be said and is not shorter than what was asked for. A service centre may shorten it.

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const week = 7 * day

/** 5 minutes and 63 weeks: the least and the most that one octet can say, in ms. */
const validityMsMin = 5 * minute
const validityMsMax = 63 * week

/** Up to `last`, an octet says `unit` times what it exceeds `zero` by, and `base` more. */
const ranges = [
  { last: 143, zero: -1, base: 0, unit: 5 * minute },
  { last: 167, zero: 143, base: 12 * hour, unit: 30 * minute },
  { last: 196, zero: 166, base: 0, unit: day },
  { last: 255, zero: 192, base: 0, unit: week },
] as const

/** The octet for at least so many ms; beyond 63 weeks the octet for 63 weeks. */
export function validityOctet(ms: number): number {
  const wanted = Math.min(Math.max(ms, validityMsMin), validityMsMax)
  for (const { last, zero, base, unit } of ranges) {
    const octet = zero + Math.ceil((wanted - base) / unit)
    if (octet <= last) return octet
  }
  return 255
}

/** How long that octet is, in ms. */
export function validityMsOf(octet: number): number {
  const { zero, base, unit } = ranges.find(({ last }) => octet <= last) ?? ranges[3]
  return base + (octet - zero) * unit
}

const validityFormat = 0x18
const relativeFormat = 0x10

/**
 * The same SMS-SUBMIT without TP-VP, for a service centre that takes none (TP-FCS C6 and C7, 9.2.3.22): it then uses a time of its own.
 * @param pdu as encodeSubmit made it
 * @returns null if there is none in it
 */
export function withoutValidity(pdu: string): { readonly pdu: string; readonly tpduLength: number } | null {
  const octets = Buffer.from(pdu, 'hex')
  const start = 1 + (octets[0] ?? 0)
  const first = octets[start] ?? 0
  if ((first & validityFormat) !== relativeFormat) return null
  // First octet, TP-MR, TP-DA (semi-octets, type, value), TP-PID, TP-DCS (9.2.2.2).
  const at = start + 4 + Math.ceil((octets[start + 2] ?? 0) / 2) + 2
  octets[start] = first & ~validityFormat
  const plain = Buffer.concat([octets.subarray(0, at), octets.subarray(at + 1)])
  return { pdu: plain.toString('hex').toUpperCase(), tpduLength: plain.length - start }
}
