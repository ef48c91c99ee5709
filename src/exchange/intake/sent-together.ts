// Which parts make one long message (TS 23.040 9.2.3.24.1). Parts that share sender, reference, total and alphabet may still be of several
// messages: an 8-bit reference comes round, and some senders use one reference for everything. The rule: a message is a set of parts with
// different numbers of which each two were sent together, by TP-SCTS; where several parts could stand for a number, the one sent nearest
// counts. A part without a readable TP-SCTS counts as sent when it came. Text never decides, nor does the order of arrival. Pure.
// Invariant: two parts that were not sent together are never shown as one message.

/** One part as far as the rule looks at it. */
export interface SentPart {
  /** 1-255. */
  readonly seq: number
  /** TP-SCTS, else the time of arrival; milliseconds since 1970. */
  readonly sentAt: number
}

/** A sender with bad coverage repeats a part for minutes; a gateway sends the parts side by side, in any order. */
const togetherMs = 10 * 60_000
/** Long messages take longer: the slowest modems need no more than this for each part. */
const eachPartMs = 20_000
const partsMax = 255

/** Parts sent further apart than this, in ms, are never of one message. */
export const messageSpanMsMax = partsMax * eachPartMs

const distance = (a: SentPart, b: SentPart): number => Math.abs(a.sentAt - b.sentAt)

const sentTogether = (a: SentPart, b: SentPart): boolean =>
  distance(a, b) <= Math.max(togetherMs, eachPartMs * Math.abs(a.seq - b.seq))

/** @returns `first`, and of the others those that make a message with it; equally near ones in the order they are given */
export function partsWith<Part extends SentPart>(first: Part, others: readonly Part[]): Part[] {
  const nearestFirst = [...others].sort((a, b) => distance(a, first) - distance(b, first))
  const parts = [first]
  for (const part of nearestFirst) if (fits(part, parts)) parts.push(part)
  return parts
}

/** True if a part could be one that is missing among these. */
export function fits(part: SentPart, parts: readonly SentPart[]): boolean {
  return parts.every((one) => one.seq !== part.seq && sentTogether(one, part))
}

/** The copy of a part among parts that were sent together with it: its sender did not hear that it had arrived. `content` compares texts. */
export function isCopy<Part extends SentPart>(
  part: Part,
  parts: readonly Part[],
  content: (part: Part) => string,
): boolean {
  if (!parts.every((one) => sentTogether(one, part))) return false
  const alike = parts.filter((one) => one.seq === part.seq)
  if (alike.length === 0) return false
  const written = content(part)
  return alike.some((one) => content(one) === written)
}
