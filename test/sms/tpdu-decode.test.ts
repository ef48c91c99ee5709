// What comes over the air: SMS-DELIVER and SMS-STATUS-REPORT built from the standard (air.ts) or written out here.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DeliverTpdu, decodePdu, type StatusReportTpdu } from '../../src/sms/tpdu.ts'
import { type AirDeliver, airDeliver, airStatusReport, utf16 } from './air.ts'

const phone = { typeOfAddress: 0x91, digits: '4917012345678' }

function deliver(changes: Partial<AirDeliver> = {}, smsc = '00'): DeliverTpdu {
  const pdu = airDeliver({ sender: phone, dcs: 0, units: [0x41, 0x62], septets: true, ...changes })
  const tpdu = decodePdu(smsc + pdu.slice(2), { tpduLength: pdu.length / 2 - 1 })
  assert.ok(tpdu.type === 'deliver')
  return tpdu
}

function report(changes: Partial<Parameters<typeof airStatusReport>[0]> = {}): StatusReportTpdu {
  const tpdu = decodePdu(airStatusReport({ reference: 7, recipient: phone, status: 0, ...changes }))
  assert.ok(tpdu.type === 'status-report')
  return tpdu
}

test('a plain SMS-DELIVER gives all its fields', () => {
  assert.deepEqual(deliver({ pid: 0x41 }, '07919471016700F0'), {
    type: 'deliver',
    smsc: '+49171076000',
    address: { text: '+4917012345678', kind: 'international' },
    encoding: 'gsm7',
    messageClass: null,
    compressed: false,
    waiting: [],
    pid: 0x41,
    text: 'Ab',
    userData: Uint8Array.of(0x41, 0x31),
    elements: [],
    headerDamaged: false,
    header: new Uint8Array(0),
    concat: null,
    flag: null,
    ports: null,
    timestamp: { iso: '2026-11-22T12:00:00+01:00', epochMs: Date.UTC(2026, 10, 22, 11) },
  })
})

const senders: readonly (readonly [string, AirDeliver['sender'], string, string])[] = [
  ['international', { typeOfAddress: 0x91, digits: '491701' }, '+491701', 'international'],
  ['national', { typeOfAddress: 0xa1, digits: '01701234567' }, '01701234567', 'national'],
  ['unknown type, long', { typeOfAddress: 0x81, digits: '01701234567' }, '01701234567', 'unknown'],
  ['unknown type, short code', { typeOfAddress: 0x81, digits: '22255' }, '22255', 'short'],
  ['network specific', { typeOfAddress: 0xb1, digits: '1234567890' }, '1234567890', 'short'],
  ['abbreviated', { typeOfAddress: 0xe1, digits: '12345678' }, '12345678', 'short'],
  ['with * and #', { typeOfAddress: 0x81, digits: '*802529#' }, '*802529#', 'short'],
  ['with a star before a zero', { typeOfAddress: 0x81, digits: '0*0*0#0a' }, '0*0*0#0a', 'short'],
  [
    'alphanumeric',
    { typeOfAddress: 0xd0, name: [0x49, 0x6e, 0x66, 0x6f, 0x20, 0x32, 0x34] },
    'Info 24',
    'alphanumeric',
  ],
  [
    'alphanumeric with umlaut and ESC pair',
    { typeOfAddress: 0xd0, name: [0x5b, 0x1b, 0x3d] },
    'Ä~',
    'alphanumeric',
  ],
  [
    'alphanumeric with a line end',
    { typeOfAddress: 0xd0, name: [0x41, 0x0a, 0x0d, 0x42] },
    'A  B',
    'alphanumeric',
  ],
  ['eleven letters', { typeOfAddress: 0xd0, name: Array(11).fill(0x58) }, 'XXXXXXXXXXX', 'alphanumeric'],
  ['empty', { typeOfAddress: 0x80, digits: '' }, '', 'unknown'],
]

for (const [what, sender, text, kind] of senders)
  test(`a sender that is ${what} is read as ${JSON.stringify(text)}, ${kind}`, () => {
    assert.deepEqual(deliver({ sender }).address, { text, kind })
    assert.equal(deliver({ sender }).text, 'Ab')
  })

test('a filler inside a number is shown, so that nobody can answer a number cut short', () => {
  const pdu = airDeliver({ sender: phone, dcs: 0, units: [], septets: true })
  assert.deepEqual(decodePdu(pdu.replace('947110', '94F110')).address, {
    text: '491F012345678',
    kind: 'unknown',
  })
})

test('a filler that the service centre counted as a digit is dropped', () => {
  const pdu = airDeliver({ sender: phone, dcs: 0, units: [], septets: true })
  assert.equal(decodePdu(pdu.replace('0D91', '0E91')).address.text, '+4917012345678')
})

test('the service centre is null without an address, and national ones have no plus', () => {
  assert.equal(deliver().smsc, null)
  assert.equal(deliver({}, '0481214365').smsc, '123456')
})

/** TP-DCS, encoding, class, whether voice messages wait: TS 23.038 clause 4. All 256 are in test/sms/special.test.ts. */
const codings: readonly (readonly [number, string, number | null, boolean])[] = [
  [0x00, 'gsm7', null, false],
  [0x04, '8bit', null, false],
  [0x08, 'ucs2', null, false],
  [0x0c, 'gsm7', null, false],
  [0x03, 'gsm7', null, false],
  [0x10, 'gsm7', 0, false],
  [0x11, 'gsm7', 1, false],
  [0x16, '8bit', 2, false],
  [0x1b, 'ucs2', 3, false],
  [0x20, '8bit', null, false],
  [0x28, '8bit', null, false],
  [0x40, 'gsm7', null, false],
  [0x48, 'ucs2', null, false],
  [0x58, 'ucs2', 0, false],
  [0x80, 'gsm7', null, false],
  [0x94, 'gsm7', null, false],
  [0xbf, 'gsm7', null, false],
  [0xc0, 'gsm7', null, false],
  [0xc8, 'gsm7', null, true],
  [0xc9, 'gsm7', null, false],
  [0xd0, 'gsm7', null, false],
  [0xd8, 'gsm7', null, true],
  [0xdb, 'gsm7', null, false],
  [0xe0, 'ucs2', null, false],
  [0xe8, 'ucs2', null, true],
  [0xf0, 'gsm7', 0, false],
  [0xf2, 'gsm7', 2, false],
  [0xf4, '8bit', 0, false],
  [0xf7, '8bit', 3, false],
]

const voiceWaits = ({ waiting }: DeliverTpdu): boolean =>
  waiting.some(({ kind, active }) => kind === 'voice' && active)

for (const [dcs, encoding, messageClass, voicemail] of codings)
  test(`TP-DCS ${dcs.toString(16)} is ${encoding}, class ${messageClass}, voicemail ${voicemail}`, () => {
    const units = encoding === 'gsm7' ? [0x41, 0x62] : utf16('Ab')
    const tpdu = deliver({ dcs, units, septets: encoding === 'gsm7' })
    assert.deepEqual(
      [tpdu.encoding, tpdu.messageClass, voiceWaits(tpdu), tpdu.text],
      [encoding, messageClass, voicemail, encoding === '8bit' ? '' : 'Ab'],
    )
  })

test('octets of 8-bit data are handed over as they are, behind the header', () => {
  const tpdu = deliver({ dcs: 0xf5, header: '05040b8423f0', units: [1, 2, 0xff], septets: false })
  assert.deepEqual(tpdu.userData, Uint8Array.of(1, 2, 0xff))
  assert.deepEqual(tpdu.ports, { destination: 2948, source: 9200 })
})

test('headers of every length from 1 to 20 octets leave the septets behind them readable', () => {
  for (let size = 0; size <= 18; size++) {
    const header = `c1${size.toString(16).padStart(2, '0')}${'aa'.repeat(size)}`
    const tpdu = deliver({ header, units: [0x48, 0x1b, 0x65, 0x00], septets: true })
    assert.equal(tpdu.text, 'H€@', `header of ${size + 3} octets`)
    assert.equal(tpdu.elements[0]?.data.length, size)
  }
})

test('concatenation with 8 and 16 bits and the flag are read from the header', () => {
  assert.deepEqual(deliver({ header: '0003cc0302' }).concat, { ref: 0xcc, total: 3, seq: 2 })
  const wide = deliver({ dcs: 8, header: '080401cc0302' + '8003530101', units: utf16('中'), septets: false })
  assert.deepEqual(wide.concat, { ref: 0x1cc, total: 3, seq: 2, wide: true })
  assert.deepEqual([wide.flag, wide.text], [1, '中'])
})

test('a message indication in the header goes before the one of the DCS', () => {
  assert.equal(voiceWaits(deliver({ header: '01028002' })), true)
  assert.equal(voiceWaits(deliver({ dcs: 0xc8, header: '01020000' })), false)
  assert.equal(voiceWaits(deliver({ dcs: 0xc8, header: '01020103' })), true)
})

test('a damaged header that still ends inside the user data leaves the text readable', () => {
  const tpdu = deliver({ header: '0007cc0302', units: [0x48, 0x69] })
  assert.deepEqual([tpdu.headerDamaged, tpdu.concat, tpdu.text], [true, null, 'Hi'])
})

test('a header beyond the user data leaves no text and all octets', () => {
  const tpdu = decodePdu('0044049194710004' + '62112221000040' + '04' + 'FF414243')
  assert.ok(tpdu.type === 'deliver')
  assert.deepEqual([tpdu.headerDamaged, tpdu.text, tpdu.elements.length], [true, '', 0])
  assert.deepEqual(tpdu.userData, Uint8Array.from(Buffer.from('FF414243', 'hex')))
})

test('half a surrogate pair stays as it came, and an odd octet of UCS-2 is left out', () => {
  assert.equal(deliver({ dcs: 8, units: [0x00, 0x78, 0xd8, 0x3d], septets: false }).text, 'x\ud83d')
  assert.equal(deliver({ dcs: 8, units: [0x00, 0x78, 0xd8], septets: false }).text, 'x')
})

const stamps: readonly (readonly [string, string | null])[] = [
  ['62112221000040', '2026-11-22T12:00:00+01:00'],
  ['62112221000000', '2026-11-22T12:00:00+00:00'],
  ['62112221000008', '2026-11-22T12:00:00+00:00'],
  ['62112221000022', '2026-11-22T12:00:00+05:30'],
  ['6211222100004A', '2026-11-22T12:00:00-06:00'],
  ['62112221000069', '2026-11-22T12:00:00-04:00'],
  ['42209221000000', '2024-02-29T12:00:00+00:00'],
  ['52209221000000', null],
  ['62311221000000', null],
  ['62112242000000', null],
  ['62112221060000', null],
  ['62000021000000', null],
  ['62111321000000', null],
  ['00000000000000', null],
  ['FFFFFFFFFFFFFF', null],
  ['621122210000A0', null],
  ['6211222100000A', '2026-11-22T12:00:00-05:00'],
  ['62112221000097', null],
]

for (const [scts, iso] of stamps)
  test(`TP-SCTS ${scts} is ${iso}`, () => {
    const { timestamp } = deliver({ scts })
    assert.equal(timestamp?.iso ?? null, iso)
    if (iso !== null) assert.equal(timestamp?.epochMs, Date.parse(iso))
  })

test('a status report gives reference, recipient, status and both times', () => {
  assert.deepEqual(report({ status: 0x30, discharge: '62112221100040' }), {
    type: 'status-report',
    smsc: null,
    address: { text: '+4917012345678', kind: 'international' },
    messageReference: 7,
    status: 0x30,
    timestamp: { iso: '2026-11-22T12:00:00+01:00', epochMs: Date.UTC(2026, 10, 22, 11) },
    dischargedAt: { iso: '2026-11-22T12:01:00+01:00', epochMs: Date.UTC(2026, 10, 22, 11, 1) },
  })
})

test('a status report without a usable discharge time still tells its status', () => {
  const tpdu = report({ status: 0, discharge: '00000000000000' })
  assert.deepEqual([tpdu.dischargedAt, tpdu.status], [null, 0])
})

for (const [what, tail] of [
  ['an empty parameter indicator', '00'],
  ['TP-PID and TP-DCS', '030000'],
  ['user data', '070000' + '0241' + '31'],
  ['user data in UCS-2', '0608' + '0200E4'],
  ['an extended indicator', '8000'],
  ['fields of a later release behind TP-UD', '0C' + '00' + 'AABBCC'],
] as const)
  test(`a status report with ${what} is read`, () => assert.equal(report({ status: 5, tail }).status, 5))

/** First octet with TP-VPF, and TP-VP in that format. */
const validities = [
  ['no validity period', '01', ''],
  ['an enhanced one', '09', '40AA0000000000'],
  ['a relative one', '11', 'A7'],
  ['an absolute one', '19', '62112221000040'],
] as const

for (const [what, firstOctet, validity] of validities)
  test(`an SMS-SUBMIT with ${what} is read`, () => {
    const tpdu = decodePdu(`00${firstOctet}2A05919471F00008${validity}0200EA`)
    assert.ok(tpdu.type === 'submit')
    assert.deepEqual([tpdu.messageReference, tpdu.address.text, tpdu.text], [0x2a, '+49170', 'ê'])
  })

test('lower-case hex is read like upper-case', () => {
  const pdu = airDeliver({ sender: phone, dcs: 8, units: utf16('ê'), septets: false })
  assert.deepEqual(decodePdu(pdu.toLowerCase()), decodePdu(pdu))
})
