// Text to the parts of one long message: TS 23.040 9.2.3.24.1, the encodings of TS 23.038.
// A part has 140 octets of user data, its header included: 160 septets or 70 UTF-16 units without a header, 153 or 67 with the
// concatenation element (8-bit reference), less with the flag, which stands in every part.
// Invariants: the joined parts are the text; no ESC pair, no surrogate pair and no grapheme that fits a part is split.

import { GatewayError } from '../domain/errors.ts'
import { septetCount } from './alphabet.ts'
import { graphemesOf } from './graphemes.ts'
import { buildHeader, concatElement, flagElement, type InformationElement } from './udh.ts'

/** TP-UD, TS 23.040 9.2.3.24. */
export const userDataOctetsMax = 140

/** The total of a concatenated message is one octet. */
const partsLimit = 255

/** Septets of the roomiest part; no character takes less than one unit. */
const unitsMax = 160

const cutMark = ' ...'

/** A word end is near if it is at most this many UTF-16 units before the cut. */
const wordEndDistanceMax = 24

export type TextEncoding = 'gsm7' | 'ucs2'

export interface SmsPart {
  readonly text: string
  /** 1-total. */
  readonly seq: number
  readonly total: number
  /** Header elements, concatenation first; none for a single part without a flag. */
  readonly elements: readonly InformationElement[]
}

export interface SegmentedText {
  readonly encoding: TextEncoding
  readonly parts: readonly SmsPart[]
}

export interface SegmentOptions {
  /** 0-255, the same for all parts; higher numbers wrap, so a plain counter will do. */
  readonly reference: number
  readonly flag?: 0 | 1 | undefined
}

/**
 * Cuts a text into as few parts as its encoding allows; an empty text is one empty part.
 * Throws GatewayError TEXT_TOO_LONG if it needs more than 255.
 */
export function segmentText(text: string, options: SegmentOptions): SegmentedText {
  const encoding = encodingOf(text)
  const texts = split(text, encoding, options.flag, partsLimit)
  if (texts === null)
    throw new GatewayError('TEXT_TOO_LONG', `a text of ${text.length} characters needs more than 255 SMS`, {
      hint: 'shorten the text; 255 parts are the most that one long SMS can have',
      context: { characters: text.length },
    })
  const parts = texts.map((part, index) => {
    const seq = index + 1
    return {
      text: part,
      seq,
      total: texts.length,
      elements: elementsOf({ ref: options.reference, total: texts.length, seq }, options.flag),
    }
  })
  return { encoding, parts }
}

/**
 * The longest start of the text that fits into `partsMax` parts with ` ...` after it, cut at a word end when one is near.
 * @param partsMax 1-255, values beyond are brought there
 * @returns the text itself with `cut: false` if it fits as it is
 */
export function cutToParts(
  text: string,
  partsMax: number,
  options: SegmentOptions,
): { readonly text: string; readonly cut: boolean } {
  const limit = Math.min(Math.max(Math.trunc(partsMax), 1), partsLimit)
  const fits = (candidate: string) => split(candidate, encodingOf(candidate), options.flag, limit) !== null
  if (fits(text)) return { text, cut: false }
  const head = text.slice(0, limit * unitsMax)
  const ends = [0]
  for (const piece of pieces(head, 'ucs2', unitsPerPart('ucs2', elementsOf(widest, options.flag))))
    ends.push((ends.at(-1) ?? 0) + piece.length)
  let kept = 0
  let tooMany = ends.length
  while (tooMany - kept > 1) {
    const middle = (kept + tooMany) >> 1
    if (fits(head.slice(0, ends[middle]) + cutMark)) kept = middle
    else tooMany = middle
  }
  const end = ends[kept] ?? 0
  return { text: atWordEnd(head.slice(0, end), text.slice(end)) + cutMark, cut: true }
}

function atWordEnd(start: string, rest: string): string {
  if (!/^\s/.test(rest)) {
    const tail = start.slice(-wordEndDistanceMax - 1)
    const gap = tail.search(/\s\S*$/)
    const word = gap < 0 ? '' : start.slice(0, start.length - tail.length + gap).trimEnd()
    if (word !== '') return word
  }
  return start.trimEnd()
}

/** Units (septets or UTF-16 units) that a part with this header holds. */
function unitsPerPart(encoding: TextEncoding, elements: readonly InformationElement[]): number {
  const octets = userDataOctetsMax - buildHeader(elements).length
  return encoding === 'gsm7' ? Math.floor((octets * 8) / 7) : Math.floor(octets / 2)
}

function encodingOf(text: string): TextEncoding {
  return septetCount(text) === null ? 'ucs2' : 'gsm7'
}

const widest = { ref: 0, total: partsLimit, seq: partsLimit }

function elementsOf(
  concat: { readonly ref: number; readonly total: number; readonly seq: number },
  flag: 0 | 1 | undefined,
): InformationElement[] {
  return [
    ...(concat.total > 1 ? [concatElement(concat)] : []),
    ...(flag === undefined ? [] : [flagElement(flag)]),
  ]
}

/** The texts of the parts, or null if there would be more than `partsMax`. */
function split(
  text: string,
  encoding: TextEncoding,
  flag: 0 | 1 | undefined,
  partsMax: number,
): string[] | null {
  const units = unitsOf(text, encoding)
  if (units <= unitsPerPart(encoding, elementsOf({ ref: 0, total: 1, seq: 1 }, flag))) return [text]
  const room = unitsPerPart(encoding, elementsOf(widest, flag))
  if (units > room * partsMax) return null
  const parts: string[] = []
  let current = ''
  let used = 0
  for (const piece of pieces(text, encoding, room)) {
    const size = unitsOf(piece, encoding)
    if (used + size > room) {
      parts.push(current)
      current = ''
      used = 0
    }
    current += piece
    used += size
  }
  parts.push(current)
  return parts.length > partsMax ? null : parts
}

function unitsOf(text: string, encoding: TextEncoding): number {
  return encoding === 'ucs2' ? text.length : (septetCount(text) ?? Number.POSITIVE_INFINITY)
}

/** What stays together: graphemes, or the code points of one that no part could hold. */
function* pieces(text: string, encoding: TextEncoding, room: number): Generator<string> {
  // The only grapheme of several characters in GSM 7-bit is the line end.
  if (encoding === 'gsm7') return yield* text.match(/\r\n|[\s\S]/gu) ?? []
  for (const grapheme of graphemesOf(text)) {
    if (grapheme.length > room) yield* grapheme
    else yield grapheme
  }
}
