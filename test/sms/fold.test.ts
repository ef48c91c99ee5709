// Folding of typographic characters: what changes, what must not.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { septetCount } from '../../src/sms/alphabet.ts'
import { foldTypography } from '../../src/sms/fold.ts'
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
