// Parts back to one text.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatKey, joinParts } from '../../src/sms/reassemble.ts'
import { segmentText } from '../../src/sms/segment.ts'
import { anyText } from './texts.ts'

test('parts are joined by their number, whatever order they came in, and a repeated part counts once', () => {
  const parts = [
    { seq: 3, text: 'c' },
    { seq: 1, text: 'a' },
    { seq: 2, text: 'b' },
    { seq: 1, text: 'a again' },
  ]
  assert.deepEqual(joinParts(parts, 3), { text: 'abc', missing: [] })
})

test('each missing part is shown with a mark of its own', () => {
  assert.deepEqual(
    joinParts(
      [
        { seq: 1, text: 'a' },
        { seq: 3, text: 'c' },
      ],
      3,
    ),
    {
      text: 'a[part 2 of 3 missing]c',
      missing: [2],
    },
  )
  assert.deepEqual(joinParts([{ seq: 3, text: 'c' }], 4), {
    text: '[part 1 of 4 missing][part 2 of 4 missing]c[part 4 of 4 missing]',
    missing: [1, 2, 4],
  })
})

test('numbers outside the total are left out', () => {
  assert.deepEqual(
    joinParts(
      [
        { seq: 0, text: 'x' },
        { seq: 1, text: 'a' },
        { seq: 5, text: 'y' },
      ],
      1,
    ),
    { text: 'a', missing: [] },
  )
})

test('a surrogate pair cut by the sender is healed, and a half without its other half becomes U+FFFD', () => {
  const [high, low] = ['x\ud83d', '\ude00y']
  assert.equal(
    joinParts(
      [
        { seq: 2, text: low },
        { seq: 1, text: high },
      ],
      2,
    ).text,
    'x😀y',
  )
  assert.equal(joinParts([{ seq: 2, text: low }], 2).text, '[part 1 of 2 missing]\ufffdy')
  assert.equal(joinParts([{ seq: 1, text: high }], 2).text, 'x\ufffd[part 2 of 2 missing]')
})

test('the key tells apart sender, reference, its width, total and encoding, and nothing else', () => {
  const concat = { ref: 1, total: 2, seq: 1 }
  const key = concatKey('+491701', concat, 'gsm7')
  assert.equal(concatKey('+491701', { ...concat, seq: 2 }, 'gsm7'), key)
  const others = [
    concatKey('+491702', concat, 'gsm7'),
    concatKey('+491701', { ...concat, ref: 2 }, 'gsm7'),
    concatKey('+491701', { ...concat, total: 3 }, 'gsm7'),
    concatKey('+491701', { ...concat, wide: true }, 'gsm7'),
    concatKey('+491701', concat, 'ucs2'),
    concatKey('+491701', concat),
    concatKey('","x', concat, 'gsm7'),
  ]
  assert.equal(new Set([key, ...others]).size, others.length + 1)
})

test('joining undoes segmenting for any order with repeats', () => {
  const order = fc.infiniteStream(fc.nat())
  fc.assert(
    fc.property(anyText, order, (text, numbers) => {
      const { parts } = segmentText(text, { reference: 1 })
      const shuffled = [...parts, ...parts]
        .map((part) => ({ part, rank: numbers.next().value ?? 0 }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ part }) => part)
      assert.deepEqual(joinParts(shuffled, parts.length), { text, missing: [] })
    }),
  )
})
