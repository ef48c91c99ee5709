// Every PDU that node-pdu 2.1.1 is known to read or write wrongly, with what is right. If one of these fails after an update of
// the library, the wrapper in tpdu.ts no longer covers it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../src/domain/errors.ts'
import { joinParts } from '../../src/sms/reassemble.ts'
import { segmentText } from '../../src/sms/segment.ts'
import { type DeliverTpdu, decodePdu, encodeSubmit, type SubmitTpdu } from '../../src/sms/tpdu.ts'

function received(tpdu: string): DeliverTpdu {
  const decoded = decodePdu(`00${tpdu}`, { tpduLength: tpdu.length / 2 })
  assert.ok(decoded.type === 'deliver')
  return decoded
}

function sent(text: string, to = '+491701234567'): SubmitTpdu[] {
  const { encoding, parts } = segmentText(text, { reference: 1 })
  return parts.map((part) => {
    const decoded = decodePdu(encodeSubmit({ to, part, encoding }).pdu)
    assert.ok(decoded.type === 'submit')
    return decoded
  })
}

test('the first PDU of a message has TP-VPF set, as have the others', () => {
  const { encoding, parts } = segmentText('x'.repeat(200), { reference: 1 })
  const firstOctets = parts.map((part) =>
    encodeSubmit({ to: '+491701234567', part, encoding }).pdu.slice(2, 4),
  )
  assert.deepEqual(firstOctets, ['71', '71'])
})

for (const to of [
  '0170001234',
  '15551002000',
  '0800100200',
  '+15551002000',
  '00491701234567',
  '1001',
  '+491001001',
])
  test(`a text to ${to} goes to that number although it holds "00"`, () => {
    assert.equal(sent('x', to)[0]?.address.text, to)
  })

test('a service code goes out as digits and not as letters', () => {
  assert.deepEqual(sent('x', '*100#')[0]?.address, { text: '*100#', kind: 'short' })
})

for (const text of [
  '°',
  '§',
  '`',
  '´',
  'a\tb',
  '\u0081',
  'Preis: 5 ¢ ± 1 µ',
  '¡¿¤¥£',
  'äöüßé€ÄÖÜ',
  'ΔΦΓΛΩΠΨΣΘΞ',
])
  test(`${JSON.stringify(text)} arrives unchanged`, () => assert.equal(sent(text)[0]?.text, text))

for (const text of ['äöüßéàèùìòñ', '€ {x} [y] ~ ^ | \\', 'ΔΦΓΛΩΠΨΣΘΞ', '§¿¡£¥¤'])
  test(`${text} goes out in GSM 7-bit`, () => assert.equal(sent(text)[0]?.encoding, 'gsm7'))

test('ninety brackets are two parts within 140 octets, 134 pounds and 160 letters are one', () => {
  assert.equal(sent('{'.repeat(90)).length, 2)
  assert.equal(sent('£'.repeat(134)).length, 1)
  assert.equal(sent('a'.repeat(160)).length, 1)
  assert.equal(sent('ê'.repeat(70)).length, 1)
})

test('an emoji at the end of a part is not cut in two', () => {
  const parts = sent(`${'ê'.repeat(66)}😀bcd`)
  assert.deepEqual(
    parts.map((part) => part.text),
    ['ê'.repeat(66), '😀bcd'],
  )
})

test('a raw ESC in a text cannot become an ESC pair', () => {
  const [tpdu] = sent('a\u001be')
  assert.deepEqual([tpdu?.encoding, tpdu?.text], ['ucs2', 'a\u001be'])
})

test('an empty text is one part', () => assert.equal(sent('')[0]?.text, ''))

const deliveries: readonly (readonly [string, string, Partial<DeliverTpdu>])[] = [
  [
    'septet 5F is the section sign',
    '0406911295113900922080901490000F1B1E3D32DE94192788D4FF4D1401',
    { text: "[t_c€ø'ΔRü§ÇE" },
  ],
  [
    'voicemail with storing',
    '04039121F300D86211220100004009D6777A5C6E87D36C',
    { text: 'Voicemail', waiting: [{ kind: 'voice', active: true, count: null }] },
  ],
  [
    'indication off in UCS-2',
    '04039151F47FE022302030248022024E2D',
    { text: '中', encoding: 'ucs2', waiting: [{ kind: 'voice', active: false, count: null }] },
  ],
  ['a reserved alphabet', '0406D0B080097F1C431120602594980147', { text: 'G', encoding: 'gsm7' }],
  [
    'an empty address',
    '04008039003221429160908A0154',
    { text: 'T', pid: 0x39, address: { text: '', kind: 'unknown' } },
  ],
  [
    'a number with * and #',
    '0408A18A2025B93900236062700274980141',
    { address: { text: '*802529#', kind: 'short' }, text: 'A' },
  ],
  [
    'a header without a text',
    '4402D0437F003311318050050007050003BE020100',
    { text: '', concat: { ref: 190, total: 2, seq: 1 } },
  ],
  ['a form feed', '04039121F300006211220100004004E18D420C', { text: 'a\fb' }],
]

for (const [what, tpdu, expected] of deliveries)
  test(`a received SMS with ${what} is read rightly`, () => {
    assert.deepEqual({ ...received(tpdu), ...expected }, received(tpdu))
  })

test('an element for a national table is kept beside the text', () => {
  const tpdu = received('44039121F30000621122010000400703240101D89C01')
  assert.deepEqual(
    tpdu.elements.map(({ id, data }) => [id, ...data]),
    [[0x24, 1]],
  )
})

test('an empty address in a status report does not shift status and times', () => {
  const tpdu = decodePdu('00061F0081439041124154320210202161958C02')
  assert.ok(tpdu.type === 'status-report')
  assert.deepEqual([tpdu.messageReference, tpdu.status, tpdu.address.text], [0x1f, 2, ''])
  assert.equal(tpdu.timestamp?.iso, '2034-09-14T21:14:45+05:45')
})

test('zones of a quarter of an hour and UTC are printed as such, whatever the zone of this machine', () => {
  const stamp = (scts: string) => received(`04039121F30000${scts}00`).timestamp?.iso
  assert.equal(stamp('62112221000032'), '2026-11-22T12:00:00+05:45')
  assert.equal(stamp('62112221000000'), '2026-11-22T12:00:00+00:00')
  assert.equal(stamp('6211222100002B'), '2026-11-22T12:00:00-08:00')
  assert.equal(stamp('62311221000000'), undefined)
})

test('octets behind the end, a TP-UDL beyond it and letters are refused', () => {
  for (const tpdu of [
    '04039121F3000062112201000040014100',
    '04039121F30000621122010000400541',
    '04039121F3000062112201000040014Z',
  ])
    assert.throws(() => received(tpdu), GatewayError)
})

test('concatenation that makes no sense is ignored, and parts of another message are not joined', () => {
  const single = (header: string) => received(`44039121F3000462112201000040060500${header}`)
  assert.equal(single('03010000').concat, null)
  assert.equal(single('03010209').concat, null)
  assert.deepEqual(single('03010201').concat, { ref: 1, total: 2, seq: 1 })
})

test('text cut inside a surrogate pair by the sender is whole after joining', () => {
  const half = (data: string) => received(`04039121F3000862112201000040${data}`).text
  const parts = [
    { seq: 1, text: half('040061D83D') },
    { seq: 2, text: half('04DE000062') },
  ]
  assert.equal(joinParts(parts, 2).text, 'a😀b')
})
