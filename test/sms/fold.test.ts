// Folding of typographic characters, and letters without their marks: what changes, what must not.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { septetCount } from '../../src/sms/alphabet.ts'
import { foldTypography, plainLetters } from '../../src/sms/fold.ts'
import { anyText, gsmText, looseText } from './texts.ts'

const foldings: readonly (readonly [string, string])[] = [
  ['“Hello” ‘you’ „da“ ‚so‘', '"Hello" \'you\' "da" \'so\''],
  ['it’s «là» ‹ici›', "it's \"là\" 'ici'"],
  ['5′ 30″', '5\' 30"'],
  ['9–17 h — non‑stop − 3', '9-17 h - non-stop - 3'],
  ['wait…', 'wait...'],
  ['10\u00a0000\u202f€\u2009a\u3000b', '10 000 € a b'],
  ['a\tb', 'a b'],
  ['a\u2028b', 'a\nb'],
  ['zero\u200bwidth\u2060\ufeff', 'zerowidth'],
  ['Silben\u00adtrennung', 'Silbentrennung'],
  ['• one\n‣ two\n◦ three', '- one\n- two\n- three'],
  ['u\u0308ber cafe\u0301', 'über café'],
  ['\u212bngstro\u0308m \u2126', 'Ångström Ω'],
  ['\u202a+49 170 1\u202c\u200e', '+49 170 1'],
  ['a\u200db\ufe0f', 'ab'],
  ['e\u200b\u0301', 'é'],
]

for (const [before, after] of foldings)
  test(`${JSON.stringify(before)} becomes ${JSON.stringify(after)}`, () => {
    assert.equal(foldTypography(before), after)
    assert.notEqual(septetCount(foldTypography(before)), null)
  })

const untouched = [
  'Grüße {€}',
  'être façade ő ș Ж 中 `code`',
  '👩‍👩‍👧 ❤️ 1️⃣ #️⃣ 🇩🇪 👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ‼️ ▪️ ™️ 〰️',
  'می\u200cخواهم',
  'क्\u200dष',
  'שלום \u200f(3)\u200e',
]

for (const text of untouched)
  test(`${JSON.stringify(text)} stays as it is`, () => assert.equal(foldTypography(text), text))

test('a letter in two code points takes the form with fewer, and never one with more', () => {
  assert.equal(foldTypography('e\u0302'), 'ê')
  assert.equal(foldTypography('\u0958'), '\u0958')
})

test('an emoji beside typographic characters stays whole while they are folded', () => {
  assert.equal(foldTypography('„Danke“ 👨‍👩‍👧‍👦…'), '"Danke" 👨‍👩‍👧‍👦...')
})

test('no letter, digit or emoji is changed by folding', () => {
  const changed: string[] = []
  for (let point = 0; point <= 0x1ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const character = String.fromCodePoint(point)
    if (!/[\p{L}\p{N}\p{Emoji}]/u.test(character) || character === '\u02bc') continue
    if (foldTypography(character).normalize('NFC') !== character.normalize('NFC')) changed.push(character)
  }
  assert.deepEqual(changed, [])
})

test('text that fits GSM 7-bit is never changed', () => {
  fc.assert(fc.property(gsmText, (text) => assert.equal(foldTypography(text), text)))
})

test('folding twice is folding once', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, looseText), (text) => {
      const once = foldTypography(text)
      assert.equal(foldTypography(once), once)
    }),
    { numRuns: 300 },
  )
})

const plainForms: readonly (readonly [string, string])[] = [
  ['Łódź, Kraków', 'Lodz, Krakow'],
  ['façade FAÇADE', 'facade FAÇADE'],
  ['São João, amanhã', 'Sao Joao, amanha'],
  ['Győr, ŐŰ', 'Gyor, OU'],
  ['şoför İstanbul ığdır', 'soför Istanbul igdir'],
  ['œuvre, Œuvre, ĳs', 'oeuvre, Oeuvre, ijs'],
  ['GROẞ groß', 'GROß groß'],
  ['Trần Hưng Đạo', 'Tran Hung Dao'],
  ['e\u0301 e\u0302 s\u0327 o\u0308', 'é e s ö'],
  ['é\ufe0f ê\u200d', 'é e'],
  ['ﬁn Ⅳ Ｗ 5ª', 'fin IV W 5a'],
]

for (const [before, after] of plainForms)
  test(`${JSON.stringify(before)} in plain letters is ${JSON.stringify(after)}`, () => {
    assert.equal(plainLetters(before), after)
  })

for (const text of [
  'Grüße é à ñ ø å Æ ß {€}',
  '中文 かな 한글',
  'Жёлтый й',
  'ά Ω',
  '😀 👨‍👩‍👧‍👦 ❤️ 1️⃣ 🇩🇪 Ⓐ ™',
  'שלום',
  '“x” – …',
])
  test(`${JSON.stringify(text)} has no plainer letters`, () => assert.equal(plainLetters(text), text))

test('only Latin letters get a plain form, and it is one of the default alphabet', () => {
  const wrong: string[] = []
  for (let point = 0x80; point <= 0x1ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const character = String.fromCodePoint(point)
    const plain = plainLetters(character)
    if (plain === character) continue
    if (!/\p{Script=Latin}/u.test(character) || septetCount(plain) === null || plain === '')
      wrong.push(character)
  }
  assert.deepEqual(wrong, [])
})

test('every letter of the Latin alphabets of Europe and of Vietnamese has a plain form', () => {
  const left: string[] = []
  for (const [first, last] of [
    [0x00c0, 0x017f],
    [0x0218, 0x021b],
    [0x1e00, 0x1eff],
  ] as const)
    for (let point = first; point <= last; point++) {
      const character = String.fromCodePoint(point)
      if (/\p{L}/u.test(character) && septetCount(plainLetters(character)) === null) left.push(character)
    }
  assert.deepEqual(left, [])
})

test('writing in plain letters twice is doing it once, and what fits GSM 7-bit stays', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, looseText), (text) => {
      const once = plainLetters(text)
      assert.equal(plainLetters(once), once)
      if (septetCount(text) !== null) assert.equal(once, text)
    }),
    { numRuns: 300 },
  )
})
