// What must be refused, and that nothing but GatewayError PDU_MALFORMED ever comes out.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError } from '../../src/domain/errors.ts'
import { segmentText } from '../../src/sms/segment.ts'
import { decodePdu, encodeSubmit } from '../../src/sms/tpdu.ts'
import { airDeliver, airStatusReport, utf16 } from './air.ts'

const phone = { typeOfAddress: 0x91, digits: '4917012345678' }
const plain = airDeliver({ sender: phone, dcs: 0, units: [0x41, 0x42, 0x43], septets: true })
const withHeader = airDeliver({
  sender: phone,
  dcs: 8,
  header: '0003010201',
  units: utf16('Zoë 中'),
  septets: false,
})
const report = airStatusReport({ reference: 1, recipient: phone, status: 0, tail: '070000024131' })
const samples = [plain, withHeader, report, ...submits('Grüße'), ...submits('ê'.repeat(80))]

function submits(text: string): string[] {
  const { encoding, parts } = segmentText(text, { reference: 1, flag: 1 })
  return parts.map((part) => encodeSubmit({ to: '+4917012345678', part, encoding }).pdu)
}

function refused(hex: string, tpduLength?: number): void {
  assert.throws(
    () => decodePdu(hex, { tpduLength }),
    (error) => error instanceof GatewayError && error.code === 'PDU_MALFORMED' && error.hint !== undefined,
    hex,
  )
}

/** True if it was read; anything thrown but PDU_MALFORMED fails the test. */
function readable(hex: string, tpduLength?: number): boolean {
  try {
    decodePdu(hex, { tpduLength })
    return true
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'PDU_MALFORMED') return false
    throw error
  }
}

const wrong: readonly (readonly [string, string])[] = [
  ['an empty line', ''],
  ['an odd number of digits', plain.slice(0, -1)],
  ['letters that are no hex digits', plain.replace('41', '4G')],
  ['blanks', `${plain.slice(0, 4)} ${plain.slice(4)}`],
  ['a line end', `${plain}\n`],
  ['a sign where a digit should be', plain.replace(/^00/, '+0')],
  ['an octet behind the end', `${plain}00`],
  ['an octet behind a report', `${airStatusReport({ reference: 1, recipient: phone, status: 0 })}0000`],
  ['a report whose announced user data are missing', `${report.slice(0, -8)}`],
  ['TP-MTI 3', plain.replace(/^0004/, '0007')],
  ['an SMSC longer than the standard allows', `0C${'91'.repeat(12)}${plain.slice(2)}`],
  ['an SMSC longer than the line', '0B9194'],
  ['an address of 21 digits', `0004${'15'}91${'11'.repeat(11)}0000${'62112221000040'}0141`],
  ['TP-UDL over the data', plain.replace(/03(......)$/, '09$1')],
  ['161 septets', airDeliver({ sender: phone, dcs: 0, units: Array(161).fill(65), septets: true })],
  ['141 octets', airDeliver({ sender: phone, dcs: 4, units: Array(141).fill(65), septets: false })],
  ['a megabyte', '00'.repeat(1_000_000)],
]

for (const [what, hex] of wrong) test(`a PDU with ${what} is refused`, () => refused(hex))

test('a stated length that contradicts the TPDU is refused, the right one and none are not', () => {
  const tpduLength = plain.length / 2 - 1
  assert.equal(decodePdu(plain, { tpduLength }).type, 'deliver')
  assert.equal(decodePdu(plain, { tpduLength: null }).type, 'deliver')
  refused(plain, tpduLength - 1)
  refused(plain, tpduLength + 1)
  refused(plain, 0)
})

test('every truncation of every type is refused, but for the optional tail of a report', () => {
  for (const sample of samples)
    for (let length = 0; length < sample.length; length++) {
      const cut = sample.slice(0, length)
      const optional = sample === report && length === report.length - '070000024131'.length
      assert.equal(readable(cut), optional, cut)
      assert.equal(readable(cut, sample.length / 2 - 1), false, cut)
    }
})

test('20,000 random hex strings give a TPDU or PDU_MALFORMED and nothing else', () => {
  let count = 0
  const hex = fc
    .uint8Array({ maxLength: 190, size: 'max' })
    .map((octets) => Buffer.from(octets).toString('hex'))
  // A short SMSC field and a plausible first octet bring more of them past the first checks.
  const plausible = fc
    .tuple(fc.constantFrom('0004', '0044', '0011', '0051', '0006', '0046', '0001', '0009', '0019'), hex)
    .map(([start, rest]) => start + rest)
  const arbitrary = fc.oneof(hex, plausible)
  fc.assert(
    fc.property(arbitrary, (pdu) => {
      count++
      readable(pdu)
    }),
    { numRuns: 20_000 },
  )
  assert.ok(count >= 20_000)
})

test('real PDUs with octets changed at random give a TPDU or PDU_MALFORMED and nothing else', () => {
  let read = 0
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (sample, changes) => {
        const octets = Buffer.from(sample, 'hex')
        for (const [position, value] of changes) octets[position % octets.length] = value
        if (readable(octets.toString('hex'))) read++
      },
    ),
    { numRuns: 5000 },
  )
  assert.ok(read > 500, `only ${read} were read, so the test does not reach the fields`)
})

test('any text at all is refused without harm', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(typeof readable(text), 'boolean')),
  )
})
