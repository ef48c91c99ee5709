// Random texts for the tests of the codec, weighted towards what goes wrong: ESC pairs, umlauts, emoji, marks, long runs.

import fc from 'fast-check'

const basic = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà'
const extended = '\f^{}\\[~]|€'
const emoji = ['😀', '👩‍👩‍👧', '👍🏽', '🇩🇪', '❤️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👨‍👩‍👧‍👦', '🧑🏿‍🚀']
const others = ['ê', 'ç', '中', 'ș', 'e\u0301', 'Ж', 'ي', '‘', '…', '\u00a0', 'नि', '각']

const gsmCharacter = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...basic) },
  { weight: 1, arbitrary: fc.constantFrom(...extended) },
)

const otherCharacter = fc.oneof(
  fc.constantFrom(...emoji),
  fc.constantFrom(...others),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
)

/** Text of the GSM 7-bit tables, long enough for several parts. */
export const gsmText = fc.oneof(
  fc.string({ unit: gsmCharacter, maxLength: 40 }),
  fc.string({ unit: gsmCharacter, minLength: 130, maxLength: 500, size: 'max' }),
  fc.string({ unit: fc.constantFrom(...extended), minLength: 60, maxLength: 160, size: 'max' }),
)

/** Well-formed text of any characters. */
export const anyText = fc.oneof(
  gsmText,
  fc.string({ unit: fc.oneof(gsmCharacter, otherCharacter), maxLength: 400, size: 'max' }),
  fc.string({ unit: fc.constantFrom(...emoji), minLength: 5, maxLength: 80, size: 'max' }),
)

/** Any UTF-16 units, halves of surrogate pairs too. */
export const looseText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })), {
    maxLength: 200,
    size: 'max',
  })
  .map((units) => String.fromCharCode(...units))

export const flagOption = fc.constantFrom(undefined, 0 as const, 1 as const)
