// Readers of information responses.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bestRegistration,
  cesqDbm,
  csqDbm,
  isRegistered,
  listedSms,
  plainText,
  rangeOf,
  registrationOf,
  storageFill,
  valuesOf,
} from '../../../src/modem/at/at-answers.ts'

test('values keep commas inside quotes and brackets', () => {
  assert.deepEqual(valuesOf('0,0,"Net, Work",7'), ['0', '0', 'Net, Work', '7'])
  assert.deepEqual(valuesOf('("SM","ME"), (0-2,5)'), ['(SM,ME)', '(0-2,5)'])
  assert.deepEqual(valuesOf(''), [''])
})

test('ranges are spelled out and nonsense is left out', () => {
  assert.deepEqual(rangeOf('(0-2,5)'), [0, 1, 2, 5])
  assert.deepEqual(rangeOf('1'), [1])
  assert.deepEqual(rangeOf('(0-99999,x,3)'), [3])
})

for (const [values, stat] of [
  ['0,1', 1],
  ['1', 1],
  ['2,5,"00C3","1A2B",7', 5],
  ['1,"00C3","1A2B"', 1],
  ['x', null],
] as const) {
  test(`registration ${values} has stat ${stat}`, () => assert.equal(registrationOf(values), stat))
}

test('any of the three registrations is enough, and denied says more than searching', () => {
  assert.equal(bestRegistration([0, null, 5]), 5)
  assert.equal(bestRegistration([2, 3, 0]), 3)
  assert.equal(bestRegistration([3, 3, 5]), 5)
  assert.equal(bestRegistration([4, 2, 0]), 2)
  assert.equal(bestRegistration([null]), null)
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].filter(isRegistered), [1, 5, 6, 7, 9, 10])
})

test('signal strength is given in dBm, and 99 or 255 as unknown', () => {
  assert.equal(csqDbm('0,99'), -113)
  assert.equal(csqDbm('31,0'), -51)
  assert.equal(csqDbm('99,99'), null)
  assert.equal(cesqDbm('99,99,255,255,20,45'), -96)
  assert.equal(cesqDbm('99,99,40,10,255,255'), -81)
  assert.equal(cesqDbm('30,0,255,255,255,255'), -81)
  assert.equal(cesqDbm('99,99,255,255,255,255'), null)
})

test('names in UCS-2 hex are read, numbers are left as they are', () => {
  assert.equal(plainText('002B0034003900310037'), '+4917')
  assert.equal(plainText('+491710760000'), '+491710760000')
  assert.equal(plainText('26201'), '26201')
})

test('the fill of a store is read, damaged answers are not', () => {
  assert.deepEqual(storageFill('"SM",3,50,"SM",3,50'), { name: 'SM', used: 3, total: 50 })
  assert.equal(storageFill('3,50,3,50'), null)
})

test('a listing gives index and PDU, and says which PDUs do not have their stated length', () => {
  const pdu = '07919471016700000100'
  assert.deepEqual(
    listedSms(['+CMGL: 0,1,"",2', pdu.toLowerCase(), '+CMGL: 4,0,,3', pdu, '+CMGL: 5,0,,2'], '+CMGL'),
    [
      { index: 0, pdu, raw: pdu, tpduLength: 2 },
      { index: 4, pdu: null, raw: pdu, tpduLength: 3 },
      { index: 5, pdu: null, raw: '', tpduLength: 2 },
    ],
  )
})
