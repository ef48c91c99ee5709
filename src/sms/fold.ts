// Typographic characters folded to the GSM 7-bit default alphabet (TS 23.038 6.2.1) where nothing is lost: one curly quote
// makes an SMS of 160 characters one of 70. Works on grapheme clusters (Unicode UAX 29), so that the joiners and variation
// selectors of an emoji, or of a script that needs them, stay. And, for those who ask for it, letters without their marks.
// Invariant: characters of the alphabet, other scripts and emoji are never changed; folding twice is folding once.

import { septetCount } from './alphabet.ts'
import { graphemesOf } from './graphemes.ts'

/** Each row: what is written instead, and the characters that it stands for. */
const replacements: readonly (readonly [string, string])[] = [
  // Single quotes, primes, single guillemets, the acute accent and the modifier letter people type as apostrophe.
  ["'", '\u2018\u2019\u201a\u201b\u2032\u2039\u203a\u00b4\u02bc'],
  ['"', '\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb'],
  // Hyphens, dashes, the minus sign; then bullets.
  ['-', '\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u2023\u2043\u2219\u25e6'],
  ['...', '\u2026'],
  ['..', '\u2025'],
  [' ', '\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000'],
  ['\n', '\u0085\u2028\u2029'],
]

const folded: ReadonlyMap<string, string> = new Map(
  replacements.flatMap(([plain, characters]) =>
    [...characters].map((character) => [character, plain] as const),
  ),
)

/** They modify the character before them: joiners, combining grapheme joiner, variation selectors. */
const attached = /\u034f|\u200c|\u200d|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu

/** Zero-width space, word joiner, invisible operators, byte order mark, soft hyphen: no emoji and no letter needs them. */
const invisible = /[\u200b\u2060-\u2064\ufeff\u00ad]/g

/** Direction marks come with numbers and names copied from address books. */
const directionMarks = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu

/** Where the direction marks are needed to keep the order of the words. */
const rightToLeft =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u

/** Folds what can be folded; text that fits the GSM 7-bit default alphabet comes back as it is. */
export function foldTypography(text: string): string {
  if (septetCount(text) !== null) return text
  const visible = text.replace(invisible, '')
  const unmarked = rightToLeft.test(visible) ? visible : visible.replace(directionMarks, '')
  let result = ''
  for (const cluster of graphemesOf(unmarked))
    result += septetCount(cluster) === null ? foldCluster(cluster) : cluster
  return result
}

/** A cluster is folded as a whole or not at all: an emoji sequence has a part that no fold fits, so it stays. */
function foldCluster(cluster: string): string {
  let plain = ''
  for (const character of cluster.replace(attached, '').normalize('NFC'))
    plain += folded.get(character) ?? character
  if (septetCount(plain) !== null) return plain
  const composed = cluster.normalize('NFC')
  return composed.length <= cluster.length ? composed : cluster
}

/** A Latin letter, ligature or full-width form with any marks, in its decomposed form. */
const latinCluster = /^(\p{Script=Latin})\p{Script=Inherited}*$/u

/**
 * Plain forms of the Latin letters that Unicode does not take apart: those with a stroke or a hook, and ligatures. A library that knows
 * all scripts would cost 3 MiB of memory for these.
 */
const plainForms: ReadonlyMap<string, string> = new Map(
  (
    'ẞß łl ŁL đd ĐD ðd ÐD ɖd ƉD ħh ĦH ŧt ŦT ƀb ɓb ƁB ƈc ƇC ɗd ƊD ǥg ǤG ɠg ƓG ɨi ƗI ɩi ƖI ıi ȷj ĸk ƙk ƘK ŋn ŊN ɲn ƝN ' +
    'ɵo ƟO ɔo ƆO ƥp ƤP ɍr ɌR ʈt ƮT ƭt ƬT ʉu ɄU ʋv ƲV ƴy ƳY ƶz ƵZ ȥz ȤZ ƒf ƑF əe ƏE ɛe ƐE ǝe ƎE ɣg ƔG ʃs ƩS ʒz ƷZ ẜs ẝs ẟd ỼV ỽv ỾY ỿy'
  )
    .split(' ')
    .map((pair): [string, string] => [pair.charAt(0), pair.slice(1)])
    .concat([
      ['œ', 'oe'],
      ['Œ', 'Oe'],
      ['þ', 'th'],
      ['Þ', 'Th'],
      ['Ỻ', 'LL'],
      ['ỻ', 'll'],
      // What is left of letters that Unicode writes as two: ŉ, ŀ, ẚ.
      ['ʼ', "'"],
      ['·', ''],
      ['ʾ', ''],
    ]),
)

/**
 * Writes Latin letters that GSM 7-bit lacks without their marks (ő → o, ł → l, œ → oe); those that it has stay (é, ö, Ç, ß), and so
 * does everything that is no Latin letter. This loses something: it is for phones whose owners want it so.
 */
export function plainLetters(text: string): string {
  if (septetCount(text) !== null) return text
  let result = ''
  for (const cluster of graphemesOf(text))
    result += septetCount(cluster) === null ? plainCluster(cluster) : cluster
  return result
}

function plainCluster(cluster: string): string {
  const letter = latinCluster.exec(cluster.normalize('NFD'))?.[1]
  if (letter === undefined) return cluster
  const composed = cluster.replace(attached, '').normalize('NFC')
  if (septetCount(composed) !== null) return composed
  const plain = Array.from(letter.normalize('NFKC'), (one) => plainForms.get(one) ?? one).join('')
  return plain !== '' && septetCount(plain) !== null ? plain : cluster
}
