// The parts of a long message back to one text: TS 23.040 9.2.3.24.1.
// Pure: who waits how long for a missing part is decided by the exchange.
// Invariant: a part counts once, whatever order the parts came in; a gap is shown and never closed silently.

import type { Concatenation } from './udh.ts'

export interface TextPart {
  /** 1-total. */
  readonly seq: number
  readonly text: string
}

/**
 * The same for all parts of one message and for no other message that is on its way at the same time.
 * @param sender TP-OA as decoded
 * @param encoding of the part: senders use one encoding for all parts, so two encodings are two messages
 */
export function concatKey(sender: string, concat: Concatenation, encoding = ''): string {
  return JSON.stringify([sender, concat.wide ? 16 : 8, concat.ref, concat.total, encoding])
}

/**
 * Joins parts by their number. The first of a repeated part counts; numbers outside 1-total are left out.
 * Joins UTF-16 units, which heals a surrogate pair that the sender cut; a half whose other half is missing becomes U+FFFD.
 * @returns the text with `[part 2 of 3 missing]` for each missing part, and the missing numbers in rising order
 */
export function joinParts(
  parts: readonly TextPart[],
  total: number,
): { readonly text: string; readonly missing: number[] } {
  const texts = new Map<number, string>()
  for (const part of parts) if (!texts.has(part.seq)) texts.set(part.seq, part.text)
  const missing: number[] = []
  let joined = ''
  for (let seq = 1; seq <= total; seq++) {
    const text = texts.get(seq)
    if (text === undefined) missing.push(seq)
    joined += text ?? `[part ${seq} of ${total} missing]`
  }
  return { text: joined.replace(/\p{Surrogate}/gu, '\ufffd'), missing }
}

/**
 * The octets of a data message from its beginning up to the first part that is missing: what can be read in order.
 * As above, the first of a repeated part counts.
 */
export function joinOctets(
  parts: readonly { readonly seq: number; readonly octets: Uint8Array }[],
  total: number,
): Uint8Array {
  const bySeq = new Map<number, Uint8Array>()
  for (const { seq, octets } of parts) if (!bySeq.has(seq)) bySeq.set(seq, octets)
  const joined: number[] = []
  for (let seq = 1; seq <= total; seq++) {
    const octets = bySeq.get(seq)
    if (octets === undefined) break
    joined.push(...octets)
  }
  return Uint8Array.from(joined)
}
