// TP-VP, relative (TS 23.040 9.2.3.12.1): every octet of it, and what is asked for rounded up.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeSubmit } from '../../src/simulator/modem/sim-pdu.ts'
import { segmentText } from '../../src/sms/segment.ts'
import { encodeSubmit } from '../../src/sms/tpdu.ts'
import { validityMsOf, validityOctet, withoutValidity } from '../../src/sms/validity.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const rows: readonly (readonly [number, number])[] = [
  [0, 5 * minute],
  [11, hour],
  [143, 12 * hour],
  [144, 12 * hour + 30 * minute],
  [167, day],
  [168, 2 * day],
  [196, 30 * day],
  [197, 5 * 7 * day],
  [255, 63 * 7 * day],
]

for (const [octet, ms] of rows)
  test(`the octet ${octet} is ${ms / minute} minutes`, () => {
    assert.equal(validityMsOf(octet), ms)
  })

test('each octet is what is written for the time that it means, and each means more than the one before', () => {
  for (let octet = 0; octet <= 255; octet++) {
    assert.equal(validityOctet(validityMsOf(octet)), octet)
    if (octet > 0) assert.ok(validityMsOf(octet) > validityMsOf(octet - 1))
  }
})

test('a time between two octets is rounded up, and what no octet can say is brought to the nearest that can', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 * 7 * day }), (ms) => {
      const octet = validityOctet(ms)
      assert.ok(validityMsOf(octet) >= Math.min(ms, 63 * 7 * day))
      if (octet > 0) assert.ok(validityMsOf(octet - 1) < ms)
    }),
  )
})

for (const to of ['+491701234567', '+4917012345678', '22255'])
  test(`an SMS to ${to} without its TP-VP is the same in everything else, and has no second one to lose`, () => {
    const { encoding, parts } = segmentText('Grüße an alle '.repeat(20), { reference: 5 })
    const [part] = parts
    assert.ok(part !== undefined)
    const full = encodeSubmit({ to, part, encoding })
    const plain = withoutValidity(full.pdu)
    assert.ok(plain !== null)
    const [before, after] = [full, plain].map(({ pdu }) => decodeSubmit(Buffer.from(pdu.slice(2), 'hex')))
    assert.deepEqual(after, { ...before, firstOctet: (before?.firstOctet ?? 0) & ~0x18, validity: '' })
    assert.equal(plain.tpduLength, full.tpduLength - 1)
    assert.equal(withoutValidity(plain.pdu), null)
  })
