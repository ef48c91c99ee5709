// SMS-SUBMIT octet by octet, and what encodeSubmit refuses.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError } from '../../src/domain/errors.ts'
import { type SegmentOptions, type SmsPart, segmentText } from '../../src/sms/segment.ts'
import { decodePdu, encodeSubmit, type SubmitRequest } from '../../src/sms/tpdu.ts'
import { anyText, flagOption } from './texts.ts'

function submits(text: string, options: Partial<SubmitRequest> & Partial<SegmentOptions> = {}): string[] {
  const { reference = 0xcc, flag, to = '+4917012345678', ...rest } = options
  const { encoding, parts } = segmentText(text, { reference, flag })
  return parts.map((part) => encodeSubmit({ to, part, encoding, ...rest }).pdu)
}

test('a short text is an SMS-SUBMIT with status report request and a validity of 24 hours', () => {
  // SMSC empty; 31 = SUBMIT, relative TP-VP, SRR; TP-MR; TP-DA of 13 digits; TP-PID; TP-DCS; A7 = 24 h; 10 septets.
  assert.deepEqual(submits('hellohello'), [
    '003100' + '0D91947110325476F8' + '0000A7' + '0AE8329BFD4697D9EC37',
  ])
})

test('characters beyond GSM 7-bit go out as UTF-16 in network order', () => {
  assert.deepEqual(submits('ê😀'), ['003100' + '0D91947110325476F8' + '0008A7' + '06' + '00EAD83DDE00'])
})

test('parts carry the header with one fill bit before the first septet', () => {
  const [first = '', second = ''] = submits('A'.repeat(161))
  assert.ok(first.startsWith('0071000D91947110325476F80000A7' + 'A0' + '050003CC0201' + '82'))
  assert.ok(second.startsWith('0071000D91947110325476F80000A7' + '0F' + '050003CC0202' + '82'))
})

test('the flag stands behind the concatenation element in every part', () => {
  for (const pdu of submits('A'.repeat(161), { flag: 1 })) assert.match(pdu, /0A0003CC020[12]8003530101/)
  assert.match(submits('A', { flag: 0 })[0] ?? '', /^0071000D91947110325476F80000A708058003530100/)
})

test('without a status report request the bit is clear', () => {
  assert.match(submits('A', { statusReport: false })[0] ?? '', /^001100/)
})

const validities: readonly (readonly [number, string])[] = [
  [0, '00'],
  [5, '00'],
  [6, '01'],
  [60, '0B'],
  [720, '8F'],
  [750, '90'],
  [1440, 'A7'],
  [1441, 'A8'],
  [2880, 'A8'],
  [7 * 1440, 'AD'],
  [30 * 1440, 'C4'],
  [31 * 1440, 'C5'],
  [36 * 1440, 'C6'],
  [63 * 7 * 1440, 'FF'],
  [100 * 7 * 1440, 'FF'],
]

for (const [minutes, octet] of validities)
  test(`a validity of ${minutes} minutes is written as TP-VP ${octet}`, () => {
    assert.deepEqual(submits('A', { validityMs: minutes * 60_000 }), [
      `0031000D91947110325476F80000${octet}0141`,
    ])
  })

const recipients: readonly (readonly [string, string])[] = [
  ['+491701234567', '0C91947110325476'],
  ['+4917012345678', '0D91947110325476F8'],
  ['+15551002000', '0B915155012000F0'],
  ['+491700012340', '0C91947100103204'],
  ['0170001234', '0A811007002143'],
  ['15551002000', '0B815155012000F0'],
  ['0800100200', '0A818000012000'],
  ['00491701234', '0B810094711032F4'],
  ['22255', '05812252F5'],
  ['1', '0181F1'],
  ['*100#', '05811A00FB'],
  ['12345678901234567890', '148121436587092143658709'],
]

for (const [to, field] of recipients)
  test(`the recipient ${to} is written as ${field} and as nothing else`, () => {
    assert.deepEqual(submits('A', { to }), [`003100${field}0000A70141`])
  })

const noRecipients = [
  '',
  '+',
  '+0170123',
  '+4917012345678901',
  '+49 170 1234567',
  '0170 1234567',
  '+49170*1',
  'Info 24',
  'abc',
  '123456789012345678901',
  '１２３',
  '+49170\n',
  '12-34',
]

for (const to of noRecipients)
  test(`${JSON.stringify(to)} is refused as a recipient`, () => {
    assert.throws(
      () => submits('A', { to }),
      (error) =>
        error instanceof GatewayError && error.code === 'ADDRESS_INVALID' && error.hint !== undefined,
    )
  })

test('a part over 140 octets is refused, and so is a text that is not of its encoding', () => {
  const part: SmsPart = { text: 'a'.repeat(161), seq: 1, total: 1, elements: [] }
  assert.throws(
    () => encodeSubmit({ to: '+491701', part, encoding: 'gsm7' }),
    (error) => error instanceof GatewayError && error.code === 'TEXT_TOO_LONG',
  )
  assert.throws(
    () => encodeSubmit({ to: '+491701', part: { ...part, text: 'ê' }, encoding: 'gsm7' }),
    (error) => error instanceof GatewayError && error.code === 'INTERNAL',
  )
})

test('the stated length is that of the TPDU without the SMSC field', () => {
  const { encoding, parts } = segmentText('A', { reference: 1 })
  for (const part of parts) {
    const { pdu, tpduLength } = encodeSubmit({ to: '+4917012345678', part, encoding })
    assert.equal(tpduLength, 16)
    assert.equal(pdu.length, 2 + 2 * tpduLength)
  }
})

const number = fc.oneof(
  fc.stringMatching(/^\+[1-9][0-9]{1,14}$/),
  fc.stringMatching(/^[0-9*#]{1,20}$/),
  fc.stringMatching(/^0?17?[0-9]{0,4}00[0-9]{1,6}$/),
)

test('decoding undoes encoding: recipient, text, elements, flag and report request', () => {
  fc.assert(
    fc.property(anyText, number, flagOption, fc.boolean(), (text, to, flag, statusReport) => {
      const { encoding, parts } = segmentText(text, { reference: 5, flag })
      for (const part of parts) {
        const { pdu, tpduLength } = encodeSubmit({ to, part, encoding, statusReport })
        const tpdu = decodePdu(pdu, { tpduLength })
        assert.ok(tpdu.type === 'submit')
        assert.equal(tpdu.smsc, null)
        assert.equal(tpdu.address.text, to)
        assert.equal(tpdu.address.kind === 'international', to.startsWith('+'))
        assert.equal(tpdu.text, part.text)
        assert.equal(tpdu.encoding, encoding)
        assert.deepEqual(tpdu.elements, part.elements)
        assert.equal(tpdu.flag, flag ?? null)
        assert.equal(tpdu.headerDamaged, false)
        assert.equal(tpdu.statusReportRequested, statusReport)
        assert.equal(tpdu.messageReference, 0)
        const concat = part.total > 1 ? { ref: 5, total: part.total, seq: part.seq } : null
        assert.deepEqual(tpdu.concat, concat)
      }
    }),
    { numRuns: 300 },
  )
})
