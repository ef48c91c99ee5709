// User data headers: what is read, what is ignored, what is called damaged.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readWaiting } from '../../src/sms/message-waiting.ts'
import {
  buildHeader,
  concatElement,
  flagElement,
  type InformationElement,
  isForSim,
  parseHeader,
  readConcatenation,
  readFlag,
  readPorts,
  readShift,
  shiftElements,
} from '../../src/sms/udh.ts'

function octets(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

function elementsOf(hex: string): readonly InformationElement[] {
  return parseHeader(octets(hex)).elements
}

test('a header is read up to its stated end and the text after it is left alone', () => {
  const header = parseHeader(octets('050003cc0302c834'))
  assert.equal(header.length, 6)
  assert.equal(header.damaged, false)
  assert.deepEqual(header.elements, [{ id: 0, data: octets('cc0302') }])
  assert.deepEqual(header.raw, octets('050003cc0302'))
})

test('unknown elements are skipped by their length and kept', () => {
  const elements = elementsOf('0bc104010203040003010201')
  assert.deepEqual(
    elements.map(({ id }) => id),
    [0xc1, 0x00],
  )
  assert.deepEqual(readConcatenation(elements), { ref: 1, total: 2, seq: 1 })
})

const damagedHeaders: readonly (readonly [string, string, number])[] = [
  ['UDHL beyond the end', '090003cc0302', 6],
  ['an element longer than the header', '050007cc0302aa', 6],
  ['an identifier without a length', '0600030102030041', 7],
  ['no octet at all', '', 0],
]

for (const [what, hex, length] of damagedHeaders)
  test(`a header with ${what} is called damaged and ignored as a whole`, () => {
    const header = parseHeader(octets(hex))
    assert.equal(header.damaged, true)
    assert.deepEqual(header.elements, [])
    assert.equal(header.length, length)
    assert.deepEqual(header.raw, octets(hex).slice(0, length))
  })

test('an empty header is no damage', () => {
  assert.deepEqual(parseHeader(octets('00')), { elements: [], length: 1, damaged: false, raw: octets('00') })
})

const concatenations: readonly (readonly [string, string, object | null])[] = [
  ['8-bit reference', '050003cc0302', { ref: 0xcc, total: 3, seq: 2 }],
  ['16-bit reference', '06080412340302', { ref: 0x1234, total: 3, seq: 2, wide: true }],
  ['part 0', '050003cc0300', null],
  ['part beyond the total', '050003cc0204', null],
  ['total 0', '050003cc0000', null],
  ['element too short', '040002cc03', null],
  ['element too long', '060004cc030201', null],
  ['two elements: the last counts', '0a000301020100030a0302', { ref: 10, total: 3, seq: 2 }],
  ['a last one that makes no sense is ignored', '0a000301020100030a0000', { ref: 1, total: 2, seq: 1 }],
]

for (const [what, hex, expected] of concatenations)
  test(`concatenation, ${what}`, () => {
    assert.equal(parseHeader(octets(hex)).damaged, false)
    assert.deepEqual(readConcatenation(elementsOf(hex)), expected)
  })

test('concatenation elements are written as the standard says', () => {
  assert.deepEqual(buildHeader([concatElement({ ref: 0xcc, total: 3, seq: 2 })]), octets('050003cc0302'))
  const wide = concatElement({ ref: 0x1234, total: 3, seq: 2, wide: true })
  assert.deepEqual(buildHeader([wide]), octets('06080412340302'))
  assert.deepEqual(buildHeader([]), new Uint8Array(0))
})

const flags: readonly (readonly [string, string, 0 | 1 | null])[] = [
  ['flag 1', '058003530101', 1],
  ['flag 0', '058003530100', 0],
  ['another magic octet', '058003540101', null],
  ['another version', '058003530201', null],
  ['a flag that is neither', '058003530102', null],
  ['a shorter element', '0480025301', null],
  ['a longer element', '06800453010100', null],
  ['another identifier', '058103530101', null],
  ['somebody else behind ours', '0a8003530101800353ff00', 1],
]

for (const [what, hex, expected] of flags)
  test(`the flag element, ${what}, reads as ${expected}`, () =>
    assert.equal(readFlag(elementsOf(hex)), expected))

test('the flag element is written with identifier 80, magic, version and flag', () => {
  assert.deepEqual(buildHeader([flagElement(1)]), octets('058003530101'))
  assert.deepEqual(buildHeader([flagElement(0)]), octets('058003530100'))
})

test('ports of 8 and 16 bits are read, destination first', () => {
  assert.deepEqual(readPorts(elementsOf('0605040b8423f0')), { destination: 2948, source: 9200 })
  assert.deepEqual(readPorts(elementsOf('040402f0f1')), { destination: 0xf0, source: 0xf1 })
  assert.equal(readPorts(elementsOf('0405020b84')), null)
})

test('a security header says that the message is for the SIM', () => {
  assert.equal(isForSim(elementsOf('027000')), true)
  assert.equal(isForSim(elementsOf('027f00')), true)
  assert.equal(isForSim(elementsOf('026f00')), false)
  assert.equal(isForSim([]), false)
})

test('parsing undoes building, whatever stands behind', () => {
  const element = fc.record({
    id: fc.integer({ min: 0, max: 255 }),
    data: fc.uint8Array({ maxLength: 20 }),
  })
  fc.assert(
    fc.property(fc.array(element, { minLength: 1, maxLength: 6 }), fc.uint8Array(), (elements, rest) => {
      const built = buildHeader(elements)
      const parsed = parseHeader(Uint8Array.from([...built, ...rest]))
      assert.equal(parsed.damaged, false)
      assert.equal(parsed.length, built.length)
      assert.deepEqual(
        parsed.elements.map(({ id, data }) => [id, ...data]),
        elements.map(({ id, data }) => [id, ...data]),
      )
    }),
  )
})

test('no octets make the parser throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 140 }), (userData) => {
      const { elements, length } = parseHeader(userData)
      assert.ok(length <= userData.length)
      readConcatenation(elements)
      readFlag(elements)
      readPorts(elements)
      readWaiting(elements, null)
      isForSim(elements)
    }),
    { numRuns: 2000 },
  )
})

test('the elements of national languages are 24 for the single and 25 for the locking shift table', () => {
  assert.equal(
    Buffer.from(buildHeader(shiftElements({ locking: 3, single: 2 }))).toString('hex'),
    '06240102250103',
  )
  assert.deepEqual(shiftElements({ locking: 0, single: 0 }), [])
  assert.deepEqual(readShift(elementsOf('06250103240102')), { locking: 3, single: 2 })
  assert.deepEqual(readShift([]), { locking: 0, single: 0 })
  assert.deepEqual(readShift(elementsOf('0924010124020505' + '2500')), { locking: 0, single: 1 })
})
