// The simulator's own PDU codec (TS 23.040, TS 23.038) against octets from outside this program.

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { fromHex, PduError, toHex } from '../../../src/simulator/modem/sim-octets.ts'
import {
  decodeDeliver,
  decodeSubmit,
  encodeAddress,
  encodeDeliver,
  encodeReport,
  encodeSmsc,
  encodeTimestamp,
} from '../../../src/simulator/modem/sim-pdu.ts'
import { pack, septetsOf, textOfSeptets, unpack } from '../../../src/simulator/modem/sim-septets.ts'
import { decodeText, splitText } from '../../../src/simulator/modem/sim-user-data.ts'

test('an SMS-SUBMIT of the field is read with recipient, validity and text', () => {
  const submit = decodeSubmit(fromHex('11000B916407281553F80000AA0AE8329BFD4697D9EC37'))
  assert.equal(submit.to, '+46708251358')
  assert.equal(submit.validity, 'AA')
  assert.equal(submit.statusReport, false)
  assert.equal(decodeText(submit.userData).text, 'hellohello')
})

test('an SMS-DELIVER of the field is read with sender, time and text', () => {
  const deliver = decodeDeliver(fromHex('040B911346610089F60000208062917314080CC8F71D14969741F977FD07'))
  assert.equal(deliver.from, '+31641600986')
  assert.equal(deliver.timestamp, '20806291731408')
  assert.equal(decodeText(deliver.userData).text, 'How are you?')
})

test('writing the same SMS-DELIVER gives the same octets', () => {
  const [userData] = splitText('How are you?', { reference: 0 })
  assert.ok(userData)
  const at = Date.UTC(2002, 7, 26, 17, 37, 41)
  const tpdu = encodeDeliver({ from: '+31641600986', at, zone: 8, pid: 0, userData })
  assert.equal(toHex(tpdu), '040B911346610089F60000208062917314800CC8F71D14969741F977FD07')
})

test('a status report has the fields of 9.2.2.3 in order', () => {
  const at = Date.UTC(2002, 5, 12, 9, 10, 20)
  const report = encodeReport({
    messageReference: 0x7f,
    to: '+4917099',
    submittedAt: at,
    dischargedAt: at + 1000,
    zone: -4,
    status: 0x46,
  })
  assert.equal(toHex(report), '067F0791947190F9206021800102482060218001124846')
})

test('addresses are written in each of the three kinds', () => {
  assert.equal(toHex(encodeAddress('+491701')), '0691947110')
  assert.equal(toHex(encodeAddress('33033')), '05813330F3')
  assert.equal(toHex(encodeAddress('Bank')), '07D0C2B07B0D')
  assert.throws(() => encodeAddress('twelve chars'), PduError)
})

test('the SMSC field counts octets and is 00 without a number', () => {
  assert.equal(toHex(encodeSmsc('+491710760000')), '0791947101670000')
  assert.equal(toHex(encodeSmsc('')), '00')
})

test('time zones west of Greenwich set bit 3 of the last octet', () => {
  assert.equal(toHex(encodeTimestamp(Date.UTC(2026, 10, 23, 12), -20)), '6211327000000A')
  assert.equal(toHex(encodeTimestamp(Date.UTC(2026, 10, 23, 23, 30), 4)), '62114200030040')
})

const refused: ReadonlyArray<readonly [string, string]> = [
  ['user data shorter than TP-UDL', '11000B916407281553F80000AA0AE8329BFD4697D9EC'],
  ['user data longer than TP-UDL', '11000B916407281553F80000AA0AE8329BFD4697D9EC3700'],
  ['a TPDU that ends in the address', '11000B9164'],
  ['an SMS-DELIVER', '040B911346610089F6000020806291731408015B'],
  ['a header longer than the data', '41000B916407281553F80008020500'],
  ['a type of address without its top bit', '01000B116407281553F8000001'],
]

for (const [what, hex] of refused) {
  test(`${what} is refused`, () => {
    assert.throws(() => decodeText(decodeSubmit(fromHex(hex)).userData), PduError)
  })
}

test('fill bits align the text behind a six octet header, as in the octets of a real long SMS', () => {
  const userData = { dcs: 0, udhi: true, length: 10, octets: fromHex('050003CC020182E170') }
  const { text, concat } = decodeText(userData)
  assert.deepEqual(concat, { reference: 0xcc, total: 2, sequence: 1 })
  assert.equal(text, 'Aaa')
})

test('sixteen bit references are read', () => {
  const octets = fromHex('060804012C03020041')
  assert.deepEqual(decodeText({ dcs: 8, udhi: true, length: octets.length, octets }).concat, {
    reference: 300,
    total: 3,
    sequence: 2,
  })
})

test('part 0, part over total and total 0 are no concatenation', () => {
  for (const data of ['010200', '010203', '010000']) {
    const octets = fromHex(`050003${data}0041`)
    assert.equal(decodeText({ dcs: 8, udhi: true, length: octets.length, octets }).concat, null)
  }
})

test('a Turkish single shift shows its characters and falls back to the main table', () => {
  const [ogonek, plain] = [0x63, 0x42]
  assert.equal(textOfSeptets([0x1b, ogonek, 0x1b, plain], { single: 1, locking: 0 }), 'çB')
})

test('packing is undone by unpacking for every list of septets and every fill', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 127 })),
      fc.integer({ min: 0, max: 6 }),
      (septets, fill) => {
        assert.deepEqual(unpack(pack(septets, fill), septets.length, fill), septets)
      },
    ),
  )
})

test('the parts of any text join to the text and none is over 140 octets', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 400 }),
    fc.string({ unit: fc.constantFrom('a', '{', '€', '@', 'Δ'), maxLength: 500 }),
  )
  const elements = fc.constantFrom([], [{ id: 0x80, data: '530101' }])
  fc.assert(
    fc.property(text, elements, fc.boolean(), (whole, always, wide) => {
      const parts = splitText(whole, { reference: 9, wide, elements: always })
      for (const part of parts) assert.ok(part.octets.length <= 140)
      const texts = parts.map((part) => decodeText(part))
      assert.equal(texts.map((part) => part.text).join(''), whole)
      for (const part of texts)
        assert.ok(!/[\ud800-\udbff]$/.test(part.text), 'a part ends in half a character')
      if (parts.length > 1)
        assert.deepEqual(
          texts.map(({ concat }) => concat?.sequence),
          parts.map((_, i) => i + 1),
        )
    }),
  )
})

test('the room of one SMS is 160 septets or 70 UCS-2 units, of a part 153 or 67', () => {
  const count = (text: string): number => splitText(text, { reference: 1 }).length
  assert.deepEqual(
    ['a'.repeat(160), 'a'.repeat(161), 'a'.repeat(306), 'a'.repeat(307)].map(count),
    [1, 2, 2, 3],
  )
  assert.deepEqual(
    ['я'.repeat(70), 'я'.repeat(71), 'я'.repeat(134), 'я'.repeat(135)].map(count),
    [1, 2, 2, 3],
  )
  assert.equal(septetsOf('я'), null)
})
