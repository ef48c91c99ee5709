// Cutting texts into parts: numbers of parts computed by hand from TS 23.040 9.2.3.24.1, and what must stay together.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError } from '../../src/domain/errors.ts'
import { packSeptets, septetCount, toSeptets } from '../../src/sms/alphabet.ts'
import { cutToParts, type SmsPart, segmentText } from '../../src/sms/segment.ts'
import { buildHeader, readConcatenation, readFlag } from '../../src/sms/udh.ts'
import { anyText, flagOption, looseText } from './texts.ts'

/** What, text, flag, encoding, length in characters of each part (runs of equal parts shortened to the number of parts). */
const table: readonly (readonly [string, string, 0 | 1 | undefined, 'gsm7' | 'ucs2', number])[] = [
  ['no character', '', undefined, 'gsm7', 1],
  ['160 letters', 'a'.repeat(160), undefined, 'gsm7', 1],
  ['161 letters', 'a'.repeat(161), undefined, 'gsm7', 2],
  ['306 letters = 2 x 153', 'a'.repeat(306), undefined, 'gsm7', 2],
  ['307 letters', 'a'.repeat(307), undefined, 'gsm7', 3],
  ['134 letters (one SMS, not two)', 'a'.repeat(134), undefined, 'gsm7', 1],
  ['160 umlauts', 'ä'.repeat(160), undefined, 'gsm7', 1],
  ['80 brackets = 160 septets', '{'.repeat(80), undefined, 'gsm7', 1],
  ['81 brackets', '{'.repeat(81), undefined, 'gsm7', 2],
  ['152 brackets = 2 x 76 pairs', '{'.repeat(152), undefined, 'gsm7', 2],
  ['153 brackets: 153 septets hold only 76 pairs', '{'.repeat(153), undefined, 'gsm7', 3],
  ['80 euro signs', '€'.repeat(80), undefined, 'gsm7', 1],
  ['70 circumflexes', 'ê'.repeat(70), undefined, 'ucs2', 1],
  ['71 circumflexes', 'ê'.repeat(71), undefined, 'ucs2', 2],
  ['134 circumflexes = 2 x 67', 'ê'.repeat(134), undefined, 'ucs2', 2],
  ['135 circumflexes', 'ê'.repeat(135), undefined, 'ucs2', 3],
  ['35 emoji of two units', '😀'.repeat(35), undefined, 'ucs2', 1],
  ['36 emoji', '😀'.repeat(36), undefined, 'ucs2', 2],
  ['66 emoji = 2 x 33 (67 units hold 33 pairs)', '😀'.repeat(66), undefined, 'ucs2', 2],
  ['67 emoji', '😀'.repeat(67), undefined, 'ucs2', 3],
  ['12 families of 11 units = 2 x 6', '👨‍👩‍👧‍👦'.repeat(12), undefined, 'ucs2', 2],
  ['13 families', '👨‍👩‍👧‍👦'.repeat(13), undefined, 'ucs2', 3],
  ['153 letters with the flag', 'a'.repeat(153), 1, 'gsm7', 1],
  ['154 letters with the flag', 'a'.repeat(154), 1, 'gsm7', 2],
  ['294 letters with the flag = 2 x 147', 'a'.repeat(294), 0, 'gsm7', 2],
  ['295 letters with the flag', 'a'.repeat(295), 1, 'gsm7', 3],
  ['67 circumflexes with the flag', 'ê'.repeat(67), 1, 'ucs2', 1],
  ['68 circumflexes with the flag', 'ê'.repeat(68), 1, 'ucs2', 2],
  ['128 circumflexes with the flag = 2 x 64', 'ê'.repeat(128), 1, 'ucs2', 2],
  ['129 circumflexes with the flag', 'ê'.repeat(129), 0, 'ucs2', 3],
  ['39015 letters = 255 x 153', 'a'.repeat(39_015), undefined, 'gsm7', 255],
  ['17085 circumflexes = 255 x 67', 'ê'.repeat(17_085), undefined, 'ucs2', 255],
]

for (const [what, text, flag, encoding, parts] of table)
  test(`${what}: ${parts} in ${encoding}`, () => {
    const segmented = segmentText(text, { reference: 7, flag })
    assert.equal(segmented.encoding, encoding)
    assert.equal(segmented.parts.length, parts)
    assert.equal(joined(segmented.parts), text)
  })

function joined(parts: readonly SmsPart[]): string {
  return parts.map((part) => part.text).join('')
}

function octetsOf(part: SmsPart, encoding: 'gsm7' | 'ucs2'): number {
  const header = buildHeader(part.elements).length
  if (encoding === 'ucs2') return header + part.text.length * 2
  const fillBits = (7 - ((header * 8) % 7)) % 7
  return header + packSeptets(toSeptets(part.text), fillBits).length
}

for (const [text, what] of [
  ['a'.repeat(39_016), 'letters'],
  ['ê'.repeat(17_086), 'circumflexes'],
  ['😀'.repeat(255 * 33 + 1), 'emoji that do not fill their parts'],
  ['x'.repeat(2_000_000), 'a mail of two megabytes'],
] as const)
  test(`more than 255 parts of ${what} are refused with TEXT_TOO_LONG`, () => {
    assert.throws(
      () => segmentText(text, { reference: 0 }),
      (error) => error instanceof GatewayError && error.code === 'TEXT_TOO_LONG' && error.hint !== undefined,
    )
  })

test('a pair of ESC and character moves whole into the next part', () => {
  const { parts } = segmentText(`${'a'.repeat(152)}{${'b'.repeat(10)}`, { reference: 0 })
  assert.deepEqual(
    parts.map((part) => part.text),
    ['a'.repeat(152), `{${'b'.repeat(10)}`],
  )
})

test('a surrogate pair and an emoji of several code points move whole into the next part', () => {
  const pair = segmentText(`${'ê'.repeat(66)}😀 and more`, { reference: 0 })
  assert.equal(pair.parts[1]?.text, '😀 and more')
  const family = segmentText(`${'ê'.repeat(60)}👨‍👩‍👧‍👦 and more`, { reference: 0 })
  assert.equal(family.parts[1]?.text, '👨‍👩‍👧‍👦 and more')
})

test('a grapheme longer than a part is cut between code points', () => {
  const { parts } = segmentText(`e${'\u0301'.repeat(100)}`, { reference: 0 })
  assert.deepEqual(
    parts.map((part) => part.text.length),
    [67, 34],
  )
})

test('every part says reference, total, number and flag; a reference over 255 wraps', () => {
  const { parts } = segmentText('a'.repeat(400), { reference: 0x1ff, flag: 1 })
  assert.deepEqual(
    parts.map((part) => readConcatenation(part.elements)),
    [1, 2, 3].map((seq) => ({ ref: 0xff, total: 3, seq })),
  )
  assert.deepEqual(
    parts.map((part) => readFlag(part.elements)),
    [1, 1, 1],
  )
  const single = segmentText('a', { reference: 1, flag: 0 }).parts[0]
  assert.equal(readFlag(single?.elements ?? []), 0)
  assert.equal(readConcatenation(single?.elements ?? []), null)
  assert.deepEqual(segmentText('a', { reference: 1 }).parts[0]?.elements, [])
})

test('parts join to the text, none has over 140 octets, and none is cut inside a character', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, looseText), fc.nat(255), flagOption, (text, reference, flag) => {
      const { encoding, parts } = segmentText(text, { reference, flag })
      assert.equal(joined(parts), text)
      assert.equal(encoding, septetCount(text) === null ? 'ucs2' : 'gsm7')
      const cuts = new Set<number>()
      let position = 0
      for (const [index, part] of parts.entries()) {
        assert.ok(octetsOf(part, encoding) <= 140)
        assert.equal(part.seq, index + 1)
        assert.equal(part.total, parts.length)
        position += part.text.length
        cuts.add(position)
      }
      for (const { index, segment } of new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(text))
        for (let inside = 1; inside < segment.length && segment.length <= 60; inside++)
          assert.ok(!cuts.has(index + inside), `cut inside ${JSON.stringify(segment)}`)
      for (const cut of cuts)
        assert.doesNotMatch(text.slice(cut - 1, cut + 1), /^[\ud800-\udbff][\udc00-\udfff]$/)
    }),
    { numRuns: 400 },
  )
})

test('a text that fits is not cut', () => {
  assert.deepEqual(cutToParts('a'.repeat(160), 1, { reference: 0 }), { text: 'a'.repeat(160), cut: false })
  assert.deepEqual(cutToParts('', 1, { reference: 0 }), { text: '', cut: false })
})

test('a text without blanks is cut at the last character that leaves room for the mark', () => {
  assert.deepEqual(cutToParts('a'.repeat(161), 1, { reference: 0 }), {
    text: `${'a'.repeat(156)} ...`,
    cut: true,
  })
  assert.equal(cutToParts('a'.repeat(400), 2, { reference: 0 }).text.length, 306)
  assert.equal(cutToParts('a'.repeat(400), 2, { reference: 0, flag: 1 }).text.length, 294)
  assert.equal(cutToParts('ê'.repeat(400), 2, { reference: 0 }).text.length, 134)
})

test('a cut near a word end is made there, one in a long word is not', () => {
  const words = `${'word '.repeat(31)}extraordinary ending of it`
  assert.equal(cutToParts(words, 1, { reference: 0 }).text, `${'word '.repeat(31).trimEnd()} ...`)
  const long = `hello ${'a'.repeat(400)}`
  assert.equal(cutToParts(long, 1, { reference: 0 }).text.length, 160)
  const exact = `${'a'.repeat(156)} b and more`
  assert.equal(cutToParts(exact, 1, { reference: 0 }).text, `${'a'.repeat(156)} ...`)
})

test('a start that fits GSM 7-bit is not shortened by an emoji behind the cut', () => {
  const { text } = cutToParts(`${'a'.repeat(300)}😀`, 1, { reference: 0 })
  assert.equal(text, `${'a'.repeat(156)} ...`)
})

test('a tail stands whole behind a text that fits, and behind the mark of one that is cut', () => {
  const tail = ' -- Reply STOP to end'
  assert.deepEqual(cutToParts('a'.repeat(139), 1, { reference: 0, tail }), {
    text: `${'a'.repeat(139)}${tail}`,
    cut: false,
  })
  assert.deepEqual(cutToParts('a'.repeat(140), 1, { reference: 0, tail }), {
    text: `${'a'.repeat(135)} ...${tail}`,
    cut: true,
  })
})

test('a tail outside GSM 7-bit counts for the encoding, and one that leaves no room is cut as text', () => {
  assert.equal(cutToParts('a'.repeat(100), 1, { reference: 0, tail: '😀' }).text, `${'a'.repeat(64)} ...😀`)
  assert.deepEqual(cutToParts('Hello', 1, { reference: 0, tail: 'b'.repeat(200) }), {
    text: `Hello${'b'.repeat(151)} ...`,
    cut: true,
  })
})

test('a huge text is cut in no time, and odd limits are brought into range', () => {
  assert.equal(
    segmentText(cutToParts('x y '.repeat(500_000), 255, { reference: 0 }).text, { reference: 0 }).parts
      .length,
    255,
  )
  assert.equal(cutToParts('a'.repeat(999), 0, { reference: 0 }).text.length, 160)
})

test('a cut text is a start of the text, fits, and one more grapheme would not', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 3 }), flagOption, (raw, partsMax, flag) => {
      const text = raw.replace(/\s/g, '')
      const options = { reference: 9, flag }
      const result = cutToParts(text, partsMax, options)
      assert.ok(segmentText(result.text, options).parts.length <= partsMax)
      if (!result.cut) return assert.equal(result.text, text)
      assert.ok(result.text.endsWith(' ...'))
      const start = result.text.slice(0, -4)
      assert.ok(text.startsWith(start))
      const [next] = new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(text.slice(start.length))
      const longer = `${start}${next?.segment ?? ''} ...`
      assert.ok(segmentText(longer, options).parts.length > partsMax)
    }),
    { numRuns: 300 },
  )
})
