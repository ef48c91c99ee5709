// The text inside an S/MIME signature: application/pkcs7-mime with CMS SignedData (RFC 8551 3.5.2, RFC 5652 5), which holds the signed
// MIME entity in the clear. Needs no key; the signature proves nothing here and is not checked.
// BER of X.690, definite and indefinite lengths, strings in one piece or in several, for programs that stream write the latter.
// Invariant: ends for every input; what was cut off behind a size limit is left out, and what is no SignedData stays as it is.

import { type MimePart, parseMime } from './mime-tree.ts'

/** Constructed values inside each other; SignedData has 6. */
const nestingMax = 12
/** Signatures inside signatures: a mailing list may sign what was signed. */
const layersMax = 3

const signedData = Buffer.from('2a864886f70d010702', 'hex')
const sequence = 0x30
const objectIdentifier = 0x06
const octetString = 0x04
const constructedOctetString = 0x24
const contextZero = 0xa0

interface Element {
  readonly tag: number
  readonly start: number
  /** Where its value ends: cut to what is there. */
  readonly end: number
  /** Where the next one begins. */
  readonly next: number
}

/** The element at `at`; null behind the last one, and for what is no BER. */
function elementAt(bytes: Buffer, at: number, limit: number, nesting = 0): Element | null {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined || at + 2 > limit || nesting > nestingMax) return null
  if (tag === 0 && first === 0) return null
  if (first !== 0x80) {
    const more = first < 0x80 ? 0 : first & 0x7f
    if (more > 4) return null
    let length = more === 0 ? first : 0
    for (let i = 0; i < more; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0)
    const start = at + 2 + more
    const end = Math.min(start + length, limit)
    return { tag, start, end, next: end }
  }
  const inside = childrenOf(bytes, { start: at + 2, end: limit }, nesting + 1)
  const end = inside.at(-1)?.next ?? at + 2
  return { tag, start: at + 2, end, next: Math.min(end + 2, limit) }
}

function childrenOf(bytes: Buffer, { start, end }: Pick<Element, 'start' | 'end'>, nesting = 0): Element[] {
  const found: Element[] = []
  for (let at = start; at < end; ) {
    const element = elementAt(bytes, at, end, nesting)
    if (element === null) break
    found.push(element)
    at = element.next
  }
  return found
}

/** The octets of a string, in one piece or in several. */
function stringOf(bytes: Buffer, { tag, start, end }: Element): Buffer {
  if (tag === octetString) return bytes.subarray(start, end)
  return Buffer.concat(
    childrenOf(bytes, { start, end }).map((piece) => bytes.subarray(piece.start, piece.end)),
  )
}

/** The signed MIME entity; null if these octets are no SignedData with its content inside. */
function signedContent(bytes: Buffer): Buffer | null {
  const inside = (outer: Element | undefined | null, tag: number): Element | undefined =>
    outer === undefined || outer === null
      ? undefined
      : childrenOf(bytes, outer).find((one) => one.tag === tag)
  const outer = elementAt(bytes, 0, bytes.length)
  const type = inside(outer, objectIdentifier)
  if (type === undefined || !bytes.subarray(type.start, type.end).equals(signedData)) return null
  const content = inside(inside(inside(inside(outer, contextZero), sequence), sequence), contextZero)
  const [text] = content === undefined ? [] : childrenOf(bytes, content)
  const isString = text?.tag === octetString || text?.tag === constructedOctetString
  return text !== undefined && isString ? stringOf(bytes, text) : null
}

/** The tree with what stands inside opaque signatures in the place of these. */
export async function openSigned(part: MimePart, layer = 0): Promise<MimePart> {
  if (/^application\/(?:x-)?pkcs7-mime$/.test(part.type) && layer < layersMax) {
    const content = signedContent(part.content)
    const inner = content === null ? null : await parseMime(content)
    if (inner !== null) return openSigned(inner.root, layer + 1)
  }
  if (part.children.length === 0) return part
  const children: MimePart[] = []
  for (const child of part.children) children.push(await openSigned(child, layer))
  return { ...part, children }
}
