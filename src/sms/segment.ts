// Text to the parts of one long message: TS 23.040 9.2.3.24.1, the encodings of TS 23.038.
// A part has 140 octets of user data, its header included: 160 septets or 70 UTF-16 units without a header, 153 or 67 with the
// concatenation element (8-bit reference), less with the flag and with national shift tables, which stand in every part.
// Invariants: the joined parts are the text; no ESC pair, no surrogate pair and no grapheme that fits a part is split.

import { GatewayError } from '../domain/errors.ts'
import { graphemesOf } from './graphemes.ts'
import type { NationalLanguage } from './national-tables.ts'
import { codingsOf, type SmsEncoding, type TextCoding, ucs2, unitsOf } from './text-coding.ts'
import { buildHeader, concatElement, flagElement, type InformationElement } from './udh.ts'

/** TP-UD, TS 23.040 9.2.3.24. */
export const userDataOctetsMax = 140

/** The total of a concatenated message is one octet. */
const partsLimit = 255

/** Septets of the roomiest part; no UTF-16 unit of a text takes less than one septet or unit. */
const unitsMax = 160

const cutMark = ' ...'

/** A word end is near if it is at most this many UTF-16 units before the cut. */
const wordEndDistanceMax = 24

export interface SmsPart {
  readonly text: string
  /** 1-total. */
  readonly seq: number
  readonly total: number
  /** Header elements, concatenation first; none for a single part without a flag and national tables. */
  readonly elements: readonly InformationElement[]
}

export interface SegmentedText {
  readonly encoding: SmsEncoding
  readonly parts: readonly SmsPart[]
}

export interface SegmentOptions {
  /** 0-255, the same for all parts; higher numbers wrap, so a plain counter will do. */
  readonly reference: number
  readonly flag?: 0 | 1 | undefined
  /** Languages whose shift tables may be used where they save parts; none by default: phones before about 2010 lack them. */
  readonly national?: readonly NationalLanguage[] | undefined
}

export interface CutOptions extends SegmentOptions {
  /** Stands behind the text whether it is cut or not. */
  readonly tail?: string | undefined
}

/**
 * Cuts a text into parts in the cheapest encoding that carries it: the default alphabet if the text fits it, else national shift
 * tables if they need fewer parts than UCS-2, else UCS-2. An empty text is one empty part.
 * Throws GatewayError TEXT_TOO_LONG if it needs more than 255.
 */
export function segmentText(text: string, options: SegmentOptions): SegmentedText {
  const cheapest = cheapestSplit(text, options, partsLimit)
  if (cheapest === null)
    throw new GatewayError('TEXT_TOO_LONG', `a text of ${text.length} characters needs more than 255 SMS`, {
      hint: 'shorten the text; 255 parts are the most that one long SMS can have',
      context: { characters: text.length },
    })
  const { coding, texts } = cheapest
  const parts = texts.map((part, index) => {
    const seq = index + 1
    const concat = { ref: options.reference, total: texts.length, seq }
    return { text: part, seq, total: texts.length, elements: elementsOf(concat, coding, options.flag) }
  })
  return { encoding: coding.encoding, parts }
}

/**
 * The longest start of the text that fits into `partsMax` parts with ` ...` and the tail after it, cut at a word end when one is
 * near. A tail that leaves no room for a start is cut as if it were text.
 * @param partsMax 1-255, values beyond are brought there
 * @returns text and tail with `cut: false` if they fit as they are
 */
export function cutToParts(
  text: string,
  partsMax: number,
  options: CutOptions,
): { readonly text: string; readonly cut: boolean } {
  const tail = options.tail ?? ''
  const limit = Math.min(Math.max(Math.trunc(partsMax), 1), partsLimit)
  const fits = (candidate: string) => cheapestSplit(candidate, options, limit) !== null
  if (fits(text + tail)) return { text: text + tail, cut: false }
  const ending = cutMark + tail
  if (tail !== '' && !fits(ending)) return cutToParts(text + tail, partsMax, { ...options, tail: '' })
  const head = text.slice(0, limit * unitsMax)
  const ends = [0]
  for (const piece of pieces(head, ucs2, roomOf(ucs2, widest, options.flag)))
    ends.push((ends.at(-1) ?? 0) + piece.length)
  let kept = 0
  let tooMany = ends.length
  while (tooMany - kept > 1) {
    const middle = (kept + tooMany) >> 1
    if (fits(head.slice(0, ends[middle]) + ending)) kept = middle
    else tooMany = middle
  }
  const end = ends[kept] ?? 0
  return { text: atWordEnd(head.slice(0, end), text.slice(end)) + ending, cut: true }
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

interface Place {
  readonly ref: number
  readonly total: number
  readonly seq: number
}

const alone: Place = { ref: 0, total: 1, seq: 1 }
const widest: Place = { ref: 0, total: partsLimit, seq: partsLimit }

/** Units (septets or UTF-16 units) that a part holds beside its header. */
function roomOf(coding: TextCoding, place: Place, flag: 0 | 1 | undefined): number {
  const octets = userDataOctetsMax - buildHeader(elementsOf(place, coding, flag)).length
  return coding.tables === null ? Math.floor(octets / 2) : Math.floor((octets * 8) / 7)
}

function elementsOf(place: Place, coding: TextCoding, flag: 0 | 1 | undefined): InformationElement[] {
  return [
    ...(place.total > 1 ? [concatElement(place)] : []),
    ...coding.elements,
    ...(flag === undefined ? [] : [flagElement(flag)]),
  ]
}

interface Split {
  readonly coding: TextCoding
  /** The texts of the parts. */
  readonly texts: readonly string[]
}

/** The first of the codings that need the fewest parts; null if none does with `partsMax`. */
function cheapestSplit(text: string, options: SegmentOptions, partsMax: number): Split | null {
  if (text.length > partsMax * unitsMax) return null
  let cheapest: Split | null = null
  for (const coding of codingsOf(text, options.national ?? [])) {
    const allowed: number = cheapest === null ? partsMax : cheapest.texts.length - 1
    const texts = allowed === 0 ? null : split(text, coding, options.flag, allowed)
    if (texts !== null) cheapest = { coding, texts }
  }
  return cheapest
}

/** The texts of the parts, or null if there would be more than `partsMax`. */
function split(text: string, coding: TextCoding, flag: 0 | 1 | undefined, partsMax: number): string[] | null {
  const units = unitsOf(text, coding)
  if (units <= roomOf(coding, alone, flag)) return [text]
  const room = roomOf(coding, widest, flag)
  if (units > room * partsMax) return null
  const parts: string[] = []
  let current = ''
  let used = 0
  for (const piece of pieces(text, coding, room)) {
    const size = unitsOf(piece, coding)
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

/** What stays together: graphemes, or the code points of one that no part could hold. */
function* pieces(text: string, { tables }: TextCoding, room: number): Generator<string> {
  // The only grapheme of several characters in GSM 7-bit is the line end; no table that we write with has a combining mark.
  if (tables !== null) return yield* text.match(/\r\n|[\s\S]/gu) ?? []
  for (const grapheme of graphemesOf(text)) {
    if (grapheme.length > room) yield* grapheme
    else yield grapheme
  }
}
