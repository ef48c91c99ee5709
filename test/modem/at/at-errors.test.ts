// Retry classes of +CMS ERROR and +CME ERROR against the table of the standard and of the vendors.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Retry } from '../../../src/domain/errors.ts'
import { type AtError, atError, meaningOf, submitMeaning } from '../../../src/modem/at/at-errors.ts'

function cms(number: number): AtError {
  return { kind: '+CMS ERROR', number, text: `+CMS ERROR: ${number}` }
}

// The table of +CMS ERROR numbers, by class.
const classes: Readonly<Record<Retry, readonly number[]>> = {
  permanent: [1, 128, 143, 144, 159, 160, 175, 176, 195, 196, 198, 199, 303, 304, 305],
  hold: [8, 29, 50, 69, 193, 310, 311, 312, 313, 315, 316, 317, 318, 330, 331],
  temporary: [
    10, 17, 21, 22, 27, 28, 30, 38, 41, 42, 47, 81, 95, 96, 97, 98, 99, 111, 127, 192, 194, 208, 213, 255,
    300, 301, 302, 314, 320, 321, 322,
  ],
  ambiguous: [197, 332, 500, 512, 513, 999, 2, 600],
}

for (const [retry, numbers] of Object.entries(classes)) {
  test(`+CMS ERROR ${numbers.join(', ')} are of class ${retry}`, () => {
    assert.deepEqual(
      numbers.map((number) => [number, meaningOf(cms(number)).retry]),
      numbers.map((number) => [number, retry]),
    )
  })
}

test('a plain ERROR and an error in words are unknown, hence ambiguous after Ctrl-Z', () => {
  for (const line of ['ERROR', '+CMS ERROR: network timeout']) {
    const error = atError(line)
    assert.ok(error !== null && error.number === null)
    assert.equal(submitMeaning(error, 10).retry, 'ambiguous')
  }
})

test('before the prompt no error can mean that something was sent', () => {
  assert.deepEqual(
    [500, 332, 330, 1].map((number) => submitMeaning(cms(number), null).retry),
    ['temporary', 'temporary', 'hold', 'permanent'],
  )
})

test('38, 41 and 47 are believed at first and ambiguous from thirty seconds after Ctrl-Z on', () => {
  for (const number of [38, 41, 47]) {
    assert.equal(submitMeaning(cms(number), 29_000).retry, 'temporary')
    assert.equal(submitMeaning(cms(number), 31_000).retry, 'ambiguous')
  }
  assert.equal(submitMeaning(cms(21), 31_000).retry, 'temporary')
})

test('SIM and network errors have the codes that the command line explains', () => {
  assert.equal(meaningOf(cms(310)).code, 'SIM_ABSENT')
  assert.equal(meaningOf(cms(316)).code, 'SIM_LOCKED')
  assert.equal(meaningOf(cms(331)).code, 'NOT_REGISTERED')
  assert.equal(meaningOf({ kind: '+CME ERROR', number: 10, text: '' }).code, 'SIM_ABSENT')
  assert.equal(meaningOf({ kind: '+CME ERROR', number: 12, text: '' }).code, 'SIM_LOCKED')
})

test('a line that only resembles an error is none', () => {
  for (const line of ['ERRORS', 'NO ERROR', '+CMSERROR: 1', '+CME: 1']) assert.equal(atError(line), null)
})
