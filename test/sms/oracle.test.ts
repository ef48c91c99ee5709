// The codec against tshark, a decoder nobody here wrote: what we send is what tshark reads, and what a service centre sends
// (built by air.ts from the standard) is read by us as tshark reads it. One run of tshark for all; the seed is printed.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { segmentText } from '../../src/sms/segment.ts'
import { decodePdu, encodeSubmit } from '../../src/sms/tpdu.ts'
import { validityMsOf } from '../../src/sms/validity.ts'
import { languagesOption, nationalText, septetsIn } from './national-texts.ts'
import { deliver, numberText, printable, statusReport } from './oracle-cases.ts'
import { anyText, flagOption } from './texts.ts'
import { type AirPdu, type DissectedFrame, dissect } from './tshark.ts'

const seed = randomInt(2 ** 31)
/** Generated messages of a run; each gives as many TPDUs as it has parts. */
const textsMin = 5000
const deliversMin = 3000
const reportsMin = 500
const nationalMin = 400

const fields = [
  'gsm_sms.tp-mti',
  'gsm_sms.tp-mr',
  'gsm_sms.tp-da',
  'gsm_sms.tp-oa',
  'gsm_sms.tp-ra',
  'gsm_sms.dis_field_addr.num_type',
  'gsm_sms.dis_field_addr.num_plan',
  'gsm_sms.tp-pid',
  'gsm_sms.tp-dcs',
  'gsm_sms.tp-srr',
  'gsm_sms.tp-udhi',
  'gsm_sms.tp.user_data_length',
  'gsm_sms.dis_iei_lang.single_shift',
  'gsm_sms.dis_iei_lang.locking_shift',
  'gsm_sms.tp-vpf',
  'gsm_sms.vp.validity_period',
  'gsm_sms.sms_text',
  'gsm_sms.sms_body',
  'gsm_sms.udh.mm.msg_id',
  'gsm_sms.udh.mm.msg_parts',
  'gsm_sms.udh.mm.msg_part',
  'gsm_sms.ie_identifier',
  'gsm_sms.ie_data',
  'gsm_sms.scts.year',
  'gsm_sms.scts.month',
  'gsm_sms.scts.day',
  'gsm_sms.scts.hour',
  'gsm_sms.scts.minutes',
  'gsm_sms.scts.seconds',
  'gsm_sms.scts.timezone',
  'gsm_sms.dis_field.st_error',
  'gsm_sms.dis.field_st_reason',
  '_ws.malformed',
  '_ws.expert.message',
]

interface Sent {
  readonly pdu: string
  readonly to: string
  readonly text: string
  readonly ucs2: boolean
  readonly flag: 0 | 1 | undefined
  readonly statusReport: boolean
  /** TP-VP. */
  readonly validity: number
  readonly concat: readonly [number, number, number] | null
}

interface Heard {
  readonly pdu: string
}

function makeSubmits(): Sent[] {
  const octet = fc.nat(255)
  const message = fc.tuple(anyText.map(printable), numberText, flagOption, fc.boolean(), octet, octet)
  const sent: Sent[] = []
  for (const drawn of fc.sample(message, { seed, numRuns: textsMin })) {
    const [text, to, flag, statusReport, reference, validity] = drawn
    const validityMs = validityMsOf(validity)
    const { encoding, parts } = segmentText(text, { reference, flag })
    for (const part of parts) {
      const { pdu } = encodeSubmit({ to, part, encoding, statusReport, validityMs })
      const concat = part.total > 1 ? ([reference, part.total, part.seq] as const) : null
      sent.push({ pdu, to, text: part.text, ucs2: encoding === 'ucs2', flag, statusReport, validity, concat })
    }
  }
  return sent
}

interface NationalSent {
  readonly pdu: string
  readonly text: string
  readonly languages: { readonly single: number; readonly locking: number }
  readonly concat: Sent['concat']
  readonly flag: Sent['flag']
}

/** Parts that are written with tables of a national language. */
function makeNationalSubmits(): NationalSent[] {
  const message = fc.tuple(nationalText, languagesOption, flagOption, fc.nat(255))
  const made: NationalSent[] = []
  for (const [text, national, flag, reference] of fc.sample(message, { seed, numRuns: 1200 })) {
    const { encoding, parts } = segmentText(text, { reference, flag, national })
    if (encoding !== 'gsm7-shift') continue
    for (const part of parts) {
      const languageOf = (id: number) => part.elements.find((element) => element.id === id)?.data[0] ?? 0
      made.push({
        pdu: encodeSubmit({ to: '+4917012345678', part, encoding }).pdu,
        text: part.text,
        languages: { single: languageOf(0x24), locking: languageOf(0x25) },
        concat: part.total > 1 ? [reference, part.total, part.seq] : null,
        flag,
      })
    }
  }
  return made
}

let sent: Sent[] = []
let nationalSent: NationalSent[] = []
let delivers: Heard[] = []
let reports: Heard[] = []
let frames: DissectedFrame[] = []

before(() => {
  process.stdout.write(`# oracle seed ${seed}\n`)
  sent = makeSubmits()
  delivers = fc.sample(deliver, { seed, numRuns: deliversMin }).map((pdu) => ({ pdu }))
  reports = fc.sample(statusReport, { seed, numRuns: reportsMin }).map((pdu) => ({ pdu }))
  nationalSent = makeNationalSubmits()
  const air: AirPdu[] = [
    ...sent.map(({ pdu }) => ({ pdu, direction: 'to-network' as const })),
    ...[...delivers, ...reports].map(({ pdu }) => ({ pdu, direction: 'from-network' as const })),
    ...nationalSent.map(({ pdu }) => ({ pdu, direction: 'to-network' as const })),
  ]
  frames = dissect(air, fields)
  assert.equal(frames.length, air.length)
})

/** Field `name` (without `gsm_sms.`) of a frame; '' if it is not there. */
function field(frame: DissectedFrame | undefined, name: string, index = 0): string {
  return frame?.[`gsm_sms.${name}`]?.[index] ?? ''
}

function complaints(frame: DissectedFrame | undefined): readonly string[] {
  return [...(frame?.['_ws.malformed'] ?? []), ...(frame?.['_ws.expert.message'] ?? [])]
}

/** The stamp of a frame as we print it, but for the sign of the zone: this field of tshark is the bare number of quarters. */
function stampOf(frame: DissectedFrame | undefined, index: number): string {
  const part = (name: string) => field(frame, `scts.${name}`, index).padStart(2, '0')
  const minutes = Number(field(frame, 'scts.timezone', index)) * 15
  const places = (value: number) => String(value).padStart(2, '0')
  return (
    `20${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minutes')}:${part('seconds')}` +
    `${places(Math.floor(minutes / 60))}:${places(minutes % 60)}`
  )
}

/** Our stamp without the sign of its zone, which tpdu-decode.test.ts checks. */
function unsigned(iso: string | undefined): string {
  return (iso ?? '').replace(/[+-](\d\d:\d\d)$/, '$1')
}

/** The octets of 8-bit data as tshark shows them. */
const dataOf = (frame: DissectedFrame | undefined): string => field(frame, 'sms_body').replaceAll(':', '')

function concatOf(frame: DissectedFrame | undefined): readonly number[] | null {
  const numbers = ['msg_id', 'msg_parts', 'msg_part'].map((name) => field(frame, `udh.mm.${name}`))
  return numbers[0] === '' ? null : numbers.map(Number)
}

/** "GSM 7-bit 812, UCS-2 97": how many there are of each. */
function counted<Item>(items: readonly Item[], kindOf: (item: Item) => string): string {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(kindOf(item), (counts.get(kindOf(item)) ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ')
}

const headerOf = ({ concat, flag }: Pick<Sent, 'concat' | 'flag'>): string =>
  [...(concat === null ? [] : ['concatenation']), ...(flag === undefined ? [] : ['flag'])].join(' and ') ||
  'no header'

test('tshark reads recipient, text, parts, flag and options of every SMS-SUBMIT as they were meant, and we read it back', (t) => {
  t.diagnostic(
    `${textsMin} messages as ${sent.length} SMS-SUBMIT: ${counted(sent, ({ ucs2 }) => (ucs2 ? 'UCS-2' : 'GSM 7-bit'))}`,
  )
  t.diagnostic(
    `headers: ${counted(sent, headerOf)}; ${new Set(sent.map(({ validity }) => validity)).size} values of TP-VP`,
  )
  for (const [index, expected] of sent.entries()) {
    const frame = frames[index]
    const hint = `seed ${seed}, ${expected.pdu}`
    const international = expected.to.startsWith('+')
    assert.deepEqual(
      {
        mti: field(frame, 'tp-mti'),
        to: field(frame, 'tp-da'),
        type: field(frame, 'dis_field_addr.num_type'),
        plan: field(frame, 'dis_field_addr.num_plan'),
        text: field(frame, 'sms_text'),
        dcs: field(frame, 'tp-dcs'),
        // tshark 4.0 prints 1, 4.4 True.
        srr: field(frame, 'tp-srr').replace('True', '1').replace('False', '0'),
        vpf: field(frame, 'tp-vpf'),
        vp: field(frame, 'vp.validity_period'),
        concat: concatOf(frame),
        elements: frame?.['gsm_sms.ie_identifier'] ?? [],
        flag: field(frame, 'ie_data'),
        complaints: complaints(frame),
      },
      {
        mti: '1',
        to: expected.to.replace('+', ''),
        type: international ? '1' : '0',
        plan: '1',
        text: expected.text,
        dcs: expected.ucs2 ? '8' : '0',
        srr: expected.statusReport ? '1' : '0',
        vpf: '2',
        vp: String(expected.validity),
        concat: expected.concat,
        elements: [...(expected.concat ? ['0x00'] : []), ...(expected.flag === undefined ? [] : ['0x80'])],
        flag: expected.flag === undefined ? '' : `53010${expected.flag}`,
        complaints: [],
      },
      hint,
    )
    const back = decodePdu(expected.pdu)
    assert.ok(back.type === 'submit')
    assert.equal(back.text, expected.text, hint)
  }
})

test('we read sender, text, parts, coding and time of every SMS-DELIVER as tshark does', (t) => {
  const tpdus = delivers.map(({ pdu }) => decodePdu(pdu)).filter((tpdu) => tpdu.type === 'deliver')
  t.diagnostic(`${tpdus.length} SMS-DELIVER: ${counted(tpdus, ({ encoding }) => encoding)}`)
  t.diagnostic(
    `elements: ${counted(tpdus, ({ elements }) => elements.map(({ id }) => id.toString(16).padStart(2, '0')).join('+') || 'none')}`,
  )
  for (const [index, { pdu }] of delivers.entries()) {
    const frame = frames[sent.length + index]
    const tpdu = decodePdu(pdu)
    assert.ok(tpdu.type === 'deliver')
    const { concat } = tpdu
    assert.deepEqual(
      {
        from: tpdu.address.text.replace(/^\+/, ''),
        text: tpdu.text,
        pid: tpdu.pid,
        data: tpdu.encoding === '8bit' ? Buffer.from(tpdu.userData).toString('hex') : '',
        concat: concat === null ? null : [concat.ref, concat.total, concat.seq],
        elements: tpdu.elements.map(({ id }) => `0x${id.toString(16).padStart(2, '0')}`),
        stamp: unsigned(tpdu.timestamp?.iso),
        complaints: complaints(frame),
      },
      {
        from: field(frame, 'tp-oa').replace(/^\+/, ''),
        text: tpdu.encoding === '8bit' ? '' : field(frame, 'sms_text'),
        pid: Number(field(frame, 'tp-pid')),
        data: tpdu.encoding === '8bit' ? dataOf(frame) : '',
        concat: concatOf(frame),
        elements: frame?.['gsm_sms.ie_identifier'] ?? [],
        stamp: stampOf(frame, 0),
        complaints: [],
      },
      `seed ${seed}, ${pdu}`,
    )
  }
})

test('we read reference, recipient, status and both times of every SMS-STATUS-REPORT as tshark does', () => {
  for (const [index, { pdu }] of reports.entries()) {
    const frame = frames[sent.length + delivers.length + index]
    const tpdu = decodePdu(pdu)
    assert.ok(tpdu.type === 'status-report')
    assert.deepEqual(
      [
        tpdu.messageReference,
        tpdu.address.text,
        tpdu.status,
        unsigned(tpdu.timestamp?.iso),
        unsigned(tpdu.dischargedAt?.iso),
      ],
      [
        Number(field(frame, 'tp-mr')),
        `+${field(frame, 'tp-ra')}`,
        Number(field(frame, 'dis_field.st_error')) * 32 + Number(field(frame, 'dis.field_st_reason')),
        stampOf(frame, 0),
        stampOf(frame, 1),
      ],
      `seed ${seed}, ${pdu}`,
    )
  }
})

// tshark 4.0 names the languages but shows every text in the default tables, so the text is left to national-segments.test.ts.
test('tshark reads languages, length, parts and flag of every national SMS-SUBMIT as they were meant', (t) => {
  t.diagnostic(
    `${nationalSent.length} national SMS-SUBMIT: ${counted(nationalSent, ({ languages }) => `locking ${languages.locking} single ${languages.single}`)}`,
  )
  assert.ok(nationalSent.length >= nationalMin, `only ${nationalSent.length} national TPDUs were made`)
  for (const [index, { pdu, text, languages, concat, flag }] of nationalSent.entries()) {
    const frame = frames[sent.length + delivers.length + reports.length + index]
    const { single, locking } = languages
    const expected = [
      ...(concat ? ['0x00'] : []),
      ...(single === 0 ? [] : ['0x24']),
      ...(locking === 0 ? [] : ['0x25']),
      ...(flag === undefined ? [] : ['0x80']),
    ]
    const headerOctets =
      1 + (concat ? 5 : 0) + 3 * (Math.sign(single) + Math.sign(locking)) + (flag === undefined ? 0 : 5)
    const septets = septetsIn(text, locking, single)
    assert.ok(septets !== null)
    assert.deepEqual(
      {
        dcs: field(frame, 'tp-dcs'),
        single: Number(field(frame, 'dis_iei_lang.single_shift')),
        locking: Number(field(frame, 'dis_iei_lang.locking_shift')),
        length: Number(field(frame, 'tp.user_data_length')),
        elements: frame?.['gsm_sms.ie_identifier'] ?? [],
        concat: concatOf(frame),
        complaints: complaints(frame),
      },
      {
        ...{ dcs: '0', single, locking, elements: expected, concat, complaints: [] },
        length: Math.ceil((headerOctets * 8) / 7) + septets,
      },
      `seed ${seed}, ${pdu}`,
    )
  }
})
