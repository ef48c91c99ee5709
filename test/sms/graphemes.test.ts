// Clusters read in windows against the segmenter given the whole text.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { graphemesOf } from '../../src/sms/graphemes.ts'
import { anyText, looseText } from './texts.ts'

function wholeText(text: string): string[] {
  const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

test('clusters read in windows are those of the whole text', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, looseText), fc.nat(300), (text, shift) => {
      const shifted = 'x'.repeat(shift) + text
      assert.deepEqual([...graphemesOf(shifted)], wholeText(shifted))
    }),
    { numRuns: 300 },
  )
})

test('flags, families and line ends are not torn where a window ends', () => {
  for (const cluster of ['🇩🇪', '👨‍👩‍👧‍👦', '\r\n', `e${'\u0301'.repeat(600)}`])
    for (let before = 240; before <= 260; before++) {
      const text = 'x'.repeat(before) + cluster.repeat(3)
      assert.deepEqual([...graphemesOf(text)], wholeText(text))
    }
})

test('an empty text has no cluster', () => assert.deepEqual([...graphemesOf('')], []))
