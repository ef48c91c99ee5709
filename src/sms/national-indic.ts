// The shift tables of ten languages of South Asia: TS 23.038 annex A.2.4-A.2.13 (single), A.3.4-A.3.13 (locking). For reading only.
// All have one frame of digits, signs and Latin letters; the letters of the language fill its gaps, nearly always in the order of
// their Unicode block. Where the standard printed a slip of the pen, we hold to that order, as Android does: Kannada locking 0x24
// is U+0CA1 (printed 0CAA), Tamil single 0x24 U+0BEE (0BEF), Telugu single 0x22 and 0x23 U+0C6C and 0C6D (06CC, 06CD).
// Invariant: a locking table has 128 UTF-16 units.

import type { ShiftTables } from './alphabet.ts'

/** In the frames: a letter of the language goes here. */
const gap = '·'

/** In the frames and in the lists of letters: no character has this code. */
const unused = ' '

const unusedLetter = '-'

const escapeCharacter = '\u001b'

/** Position = code. The blank at 0x20 is a blank; it is also what a code without a letter shows. */
const lockingFrame =
  `${gap.repeat(10)}\n${gap.repeat(2)}\r${gap.repeat(2)}${gap.repeat(11)}${escapeCharacter}${gap.repeat(4)}` +
  ` !${gap.repeat(6)})(${gap.repeat(2)},${gap}.${gap}0123456789:;${gap.repeat(3)}?${gap.repeat(32)}` +
  `${gap}abcdefghijklmnopqrstuvwxyz${gap.repeat(5)}`

/** Position = code; the codes behind the last one, but for the euro sign, are unused in all of them. */
const singleFrame =
  `@£$¥¿"¤%&'\f*+ -/<=>¡^¡_#*${gap.repeat(2)} ${gap.repeat(12)}{}${gap.repeat(5)}\\${gap.repeat(12)}[~]${gap}` +
  '|ABCDEFGHIJKLMNOPQRSTUVWXYZ'

const euroCode = 0x65
const escapeCode = 0x1b

interface Language {
  readonly number: number
  /** Letters in the gaps of the locking table: code points in hex, `a-b` a run of them, `-` a code that is not used. */
  readonly locking: string
  /** The same for the single table; what is missing at the end is not used. */
  readonly single: string
}

const bengali: Language = {
  number: 4,
  locking:
    '981-983 985-98C - - 98F 990 - - 993-9A8 - 9AA-9B0 - 9B2 - - - 9B6-9B9 9BC-9C4 - - 9C7 9C8 - - 9CB-9CE 9D7 9DC 9DD 9F0 9F1',
  single: '9E6-9EF 9DF-9E3 9F2-9FA',
}

const gujarati: Language = {
  number: 5,
  locking:
    'A81-A83 A85-A8D - A8F-A91 - A93-AA8 - AAA-AB0 - AB2 AB3 - AB5-AB9 ABC-AC5 - AC7-AC9 - ACB-ACD AD0 AE0-AE3 AF1',
  single: '964 965 AE6-AEF',
}

const hindi: Language = {
  number: 6,
  locking: '901-903 905-939 93C-94D 950 972 97B 97C 97E 97F',
  single: '964-96F 951-954 958-963 970 971',
}

const kannada: Language = {
  number: 7,
  locking:
    '- C82 C83 C85-C8C - C8E-C90 - C92-CA8 - CAA-CB3 - CB5-CB9 CBC-CC4 - CC6-CC8 - CCA-CCD CD5 CD6 CE0-CE3',
  single: '964 965 CE6-CEF CDE CF1 CF2',
}

const malayalam: Language = {
  number: 8,
  locking: '- D02 D03 D05-D0C - D0E-D10 - D12-D28 - D2A-D39 - D3D-D44 - D46-D48 - D4A-D4D D57 D60-D63 D79',
  single: '964 965 D66-D75 D7A-D7F',
}

const oriya: Language = {
  number: 9,
  locking:
    'B01-B03 B05-B0C - - B0F B10 - - B13-B28 - B2A-B30 - B32 B33 - B35-B39 B3C-B44 - - B47 B48 - - B4B-B4D B56 B57 B60-B63',
  single: '964 965 B66-B6F B5C B5D B5F B70 B71',
}

const punjabi: Language = {
  number: 10,
  locking:
    'A01-A03 A05-A0A - - - - A0F A10 - - A13-A28 - A2A-A30 - A32 A33 - A35 A36 - A38 A39 A3C - A3E-A42 - - - - A47 A48 - - A4B-A4D A51 A70-A74',
  single: '964 965 A66-A6F A59-A5C A5E A75',
}

const tamil: Language = {
  number: 11,
  locking:
    '- B82 B83 B85-B8A - - - B8E-B90 - B92-B95 - - - B99 B9A - B9C - B9E B9F - - - BA3 BA4 - - - BA8-BAA - - - BAE-BB9 - - BBE-BC2 - - - BC6-BC8 - BCA-BCD BD0 BD7 BF0-BF2 BF9',
  single: '964 965 BE6-BEF BF3-BF8 BFA',
}

const telugu: Language = {
  number: 12,
  locking:
    'C01-C03 C05-C0C - C0E-C10 - C12-C28 - C2A-C33 - C35-C39 - C3D-C44 - C46-C48 - C4A-C4D C55 C56 C60-C63',
  single: '- - C66-C6F C58 C59 C78-C7F',
}

const urdu: Language = {
  number: 13,
  locking:
    '627 622 628 67B 680 67E 6A6 62A 6C2 67F 679 67D 67A 67C 62B 62C 681 684 683 685-687 62D-62F 68C 688-68A ' +
    '68F 68D 630 631 691 693 699 632 696 698 69A 633 634 635-639 641 642 6A9-6AB 6AF 6B3 6B1 644-646 6BA-6BC ' +
    '648 6C4 6D5 6C1 6BE 621 6CC 6D0 6D2 64D 650 64F 657 654 655 651 653 656 670',
  single: '600 601 6F0-6F9 60C-614 61B 61F 640 652 658 66B 66C 672 673 6CD 6D4',
}

const languages = [bengali, gujarati, hindi, kannada, malayalam, oriya, punjabi, tamil, telugu, urdu] as const

/** Number of the language -> both its tables. */
export const indicTables: ReadonlyMap<number, ShiftTables> = new Map(
  languages.map(({ number, locking, single }) => [
    number,
    { locking: filled(lockingFrame, locking).join(''), single: singleOf(filled(singleFrame, single)) },
  ]),
)

function filled(frame: string, list: string): string[] {
  const letters = lettersOf(list)
  let next = 0
  return [...frame].map((character) => (character === gap ? (letters[next++] ?? unused) : character))
}

function lettersOf(list: string): string[] {
  return list.split(' ').flatMap((item) => {
    if (item === unusedLetter) return [unused]
    const [first = 0, last = first] = item.split('-').map((point) => Number.parseInt(point, 16))
    return Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index))
  })
}

function singleOf(characters: readonly string[]): ReadonlyMap<number, string> {
  const table = new Map<number, string>()
  for (const [code, character] of characters.entries()) if (character !== unused) table.set(code, character)
  // ESC ESC is kept for a further table and shows a blank (6.2.1.1).
  return table.set(escapeCode, ' ').set(euroCode, '€')
}
