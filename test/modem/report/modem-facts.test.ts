// What a person is told of the answers of a modem.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuseDangerous } from '../../../src/modem/at/dangerous-commands.ts'
import {
  clockOf,
  readModemFacts,
  recordedQuestions,
  registrationWords,
} from '../../../src/modem/report/modem-facts.ts'

test('a clock is read with two and four digits of the year and its zone, and is null while it was never set', () => {
  const noon = Date.UTC(2026, 10, 23, 12, 0, 0)
  assert.equal(clockOf('26/11/23,13:00:00+04'), noon)
  assert.equal(clockOf('2026/11/23,07:00:00-20'), noon)
  for (const unset of [
    '80/01/06,00:10:20+00',
    '70/01/01,00:00:00+00',
    '04/01/01,00:00:00+00',
    '26/11/23,13:00:00',
    '',
  ])
    assert.equal(clockOf(unset), null)
})

test('a modem that answers nothing but errors has no facts, and is no error', async () => {
  const facts = await readModemFacts(async () => ({
    lines: [],
    result: 'ERROR',
    meaning: 'not known',
    hint: null,
  }))
  assert.deepEqual(
    [facts.imei, facts.operator, facts.signalDbm, facts.smsc, facts.clock, facts.pinTries, facts.ims],
    [null, null, null, null, null, null, null],
  )
  assert.equal(facts.sim, 'ERROR (not known)')
  assert.equal(facts.quirk, 'standard')
  assert.deepEqual(facts.stores, [])
})

test('every state of registration has words', () => {
  for (let stat = 0; stat <= 11; stat += 1) assert.doesNotMatch(registrationWords(stat), /^state/)
  assert.equal(registrationWords(null), 'not told')
})

test('nothing that is asked for a recording changes anything', () => {
  for (const line of recordedQuestions) {
    refuseDangerous(line, { force: false, besideService: true })
    assert.doesNotMatch(line, /=(?!\?$|"SC",2$)/, line)
  }
})
