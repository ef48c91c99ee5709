// Clusters read in windows against the segmenter given the whole text.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { graphemesOf } from '../../src/sms/graphemes.ts'
import { anyText, looseText } from './texts.ts'

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

function wholeText(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

test('clusters read in windows are those of the whole text', () => {
  fc.assert(
    fc.property(
      fc.oneof(anyText, looseText),
      fc.nat(300),
      fc.constantFrom('x', '한'),
      (text, shift, filler) => {
        const shifted = filler.repeat(shift) + text
        assert.deepEqual([...graphemesOf(shifted)], wholeText(shifted))
      },
    ),
    { numRuns: 300 },
  )
})

test('flags, families and line ends are not torn where a window ends', () => {
  for (const cluster of ['🇩🇪', '👨‍👩‍👧‍👦', '\r\n', `e${'\u0301'.repeat(600)}`])
    for (let before = 240; before <= 260; before++) {
      // Hangul goes through the windows, Latin does not.
      for (const filler of ['x', '한']) {
        const text = filler.repeat(before) + cluster.repeat(3)
        assert.deepEqual([...graphemesOf(text)], wholeText(text))
      }
    }
})

test('every character of the basic plane has its cluster between letters, lines and marks', () => {
  for (let code = 0; code <= 0xffff; code++) {
    const one = String.fromCharCode(code)
    const text = `${one}a${one}\n${one}在${one}\u0301я${one}${one}`
    assert.deepEqual([...graphemesOf(text)], wholeText(text), `U+${code.toString(16)}`)
  }
})

test('an empty text has no cluster', () => assert.deepEqual([...graphemesOf('')], []))
