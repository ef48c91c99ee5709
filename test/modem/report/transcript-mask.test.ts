// What leaves the box in a transcript: tables of lines, secrets in every place where a modem prints them, and random lines.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { TranscriptLine } from '../../../src/domain/transcript.ts'
import { maskPdu } from '../../../src/modem/report/mask-pdu.ts'
import { maskFact, maskTranscript } from '../../../src/modem/report/transcript-mask.ts'
import { decodePdu } from '../../../src/sms/tpdu.ts'
import { deliver } from '../../exchange/intake/pdu-makers.ts'

const from = { '>': 'host', '<': 'modem', '!': 'itself' } as const

/** `> AT+CSQ` and so on. */
function lines(...texts: string[]): TranscriptLine[] {
  return texts.map((text) => ({ from: from[text.charAt(0) as '>' | '<' | '!'], text: text.slice(2) }))
}

const masked = (...texts: string[]): string[] => maskTranscript(lines(...texts)).map(({ text }) => text)

/** Line, what is left of it. */
const rows: readonly (readonly [string, string])[] = [
  ['! +CREG: 2,1,"1A2B","01C3D4E5",7', '+CREG: 2,1,"0000","00000000",7'],
  ['! +CREG: 1,"00C3","1A2B",7', '+CREG: 1,"0000","0000",7'],
  ['! +CEREG: 5,1A2B,01C3D4E5,7', '+CEREG: 5,0000,00000000,7'],
  [
    '! +CPSI: LTE,Online,262-01,0x1A2B,27447553,257,EUTRAN-BAND3,1300',
    '+CPSI: LTE,Online,000-00,0x0000,00000000,000,EUTRAN-BAND3,0000',
  ],
  ['< +CSCA: "+491710760000",145', '+CSCA: "+490000000000",145'],
  ['< +CNUM: "Hannelore","+4917012345678",145', '+CNUM: "xxxxxxxxx","+4900000000000",145'],
  ['< +CPBR: 1,"01701234567",129,"Büro"', '+CPBR: 1,"00000000000",129,"xxxx"'],
  ['! +CLIP: "01701234567",129,"",,"Anna",0', '+CLIP: "00000000000",129,"",,"xxxx",0'],
  ['! +CLIP: "002B0034003900310037",145,"",,"",0', '+CLIP: "00780078007800780078",145,"",,"",0'],
  ['< +COPS: 0,0,"Telekom.de",7', '+COPS: 0,0,"Telekom.de",7'],
  ['< +COPS: 0,2,"26201",7', '+COPS: 0,2,"26201",7'],
  ['< +CPMS: "SM",3,50,"SM",3,50,"SM",3,50', '+CPMS: "SM",3,50,"SM",3,50,"SM",3,50'],
  ['< +CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)', '+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)'],
  ['< +CCLK: "26/11/23,15:04:05+04"', '+CCLK: "26/11/23,15:04:05+04"'],
  ['< +CGPADDR: 1,"10.64.3.17"', '+CGPADDR: 1,"00.00.0.00"'],
  ['! +CGEV: ME PDN ACT 1,2001:db8:0:1::17', '+CGEV: ME PDN ACT 1,0000:000:0:0::00'],
  ['< +CMGS: 17', '+CMGS: 17'],
  ['! +CMTI: "SM",3', '+CMTI: "SM",3'],
  ['! ^HCSQ: "LTE",46,38,110,20', '^HCSQ: "LTE",46,38,110,20'],
  ['! RDY', 'RDY'],
  ['! Call Ready', 'Call Ready'],
  ['! Dear Anna, your code is 4711', 'xxxx xxxx, xxxx xxxx xx 0000'],
  ['! +XYZ: 0170 123-4567', '+XYZ: 0000 000-0000'],
  ['! +XYZ: 9F8E7D6C5B4A39281706', '+XYZ: 00000000000000000000'],
  ['! +XYZ: "0041006E006E0061"', '+XYZ: "0078007800780078"'],
  ['! +XYZ: to anna@office.example now', '+XYZ: to xxxx@xxxxxx.xxxxxxx now'],
  ['! AT+CPIN="1234"', 'AT+CPIN="0000"'],
  ['! garbage+CPIN="1234"', 'xxxxxxx+xxxx="0000"'],
  ['> AT+CPIN="1234","5678"', 'AT+CPIN="0000","0000"'],
  ['> AT+CLCK="SC",2', 'AT+CLCK="SC",2'],
  ['> AT+CLCK="SC",1,"1234"', 'AT+CLCK="SC",1,"0000"'],
  ['> ATD+4917012345678;', 'ATD+0000000000000;'],
  ['> AT+CUSD=1,"*100#",15', 'AT+CUSD=1,"*100#",15'],
  ['> AT+CUSD=1,"*104*1234567890123#",15', 'AT+CUSD=1,"*000*0000000000000#",15'],
  ['> AT+CSCA="+491710760000"', 'AT+CSCA="+490000000000"'],
  ['> AT+CGAUTH=1,2,"anna","geheim"', 'AT+CGAUTH=1,2,"xxxx","xxxxxx"'],
  ['> AT+CPMS="SM","SM","SM"', 'AT+CPMS="SM","SM","SM"'],
  ['< +CME ERROR: 10', '+CME ERROR: 10'],
]

describe('one line', () => {
  for (const [line, left] of rows)
    test(`${line} becomes ${left}`, () => assert.deepEqual(masked(line), [left]))
})

test('of the answers that have no name, the version stays and numbers go', () => {
  assert.deepEqual(masked('> AT+CGMR', '< 11.126.85.00', '< OK').at(1), '11.126.85.00')
  assert.deepEqual(masked('> AT+CGSN', '< 490154203237518').at(1), '000000000000000')
  assert.deepEqual(
    masked('> ATI', '< Revision: 02.24.05.06', '< IMEI: 490154203237518', '< FSN: LQ650551070110'),
    ['ATI', 'Revision: 02.24.05.06', 'IMEI: 000000000000000', 'FSN: LQ000000000000'],
  )
  assert.deepEqual(masked('> AT+CSQ', '< Anna ist da').at(1), 'xxxx xxx xx')
})

test('a USSD text is masked to its closing quote, over all its lines', () => {
  assert.deepEqual(
    masked('! +CUSD: 1,"Hello Anna', '! 1 Balance 12.34', '! 2 Bonus",15', '! +CMTI: "SM",1'),
    ['+CUSD: 1,"xxxxx xxxx', '0 xxxxxxx 00.00', '0 xxxxx",00', '+CMTI: "SM",1'],
  )
})

test('a message in text mode is masked with sender, name and all its lines', () => {
  const left = masked(
    '> AT+CMGL="ALL"',
    '< +CMGL: 1,"REC READ","+4917012345678","Anna","26/11/23,15:04:05+04"',
    '< Come to Lindau',
    '< at nine',
    '< +HOME: Hannelore',
    '< OK',
  )
  assert.deepEqual(left.slice(1), [
    '+CMGL: 1,"REC READ","+4900000000000","xxxx","00/00/00,00:00:00+00"',
    'xxxx xx xxxxxx',
    'xx xxxx',
    '+xxxx: xxxxxxxxx',
    'OK',
  ])
})

/** PDUs as the network sends them. */
function pduOf(text: string, from: string): string[] {
  return deliver(text, { from, at: Date.UTC(2026, 10, 23, 15, 4, 5) }).map(({ pdu }) => pdu)
}

test('a masked PDU decodes to a text of the same length, from a number of the same length, in the same month', () => {
  for (const text of ['Come to Lindau at nine', 'Приходи в девять 🎉', 'long '.repeat(60)])
    for (const pdu of pduOf(text, '+4917012345678')) {
      const before = decodePdu(pdu)
      const left = maskPdu(pdu)
      const after = decodePdu(left)
      assert.equal(left.length, pdu.length)
      assert.ok(before.type === 'deliver' && after.type === 'deliver')
      assert.match(after.text, /^x+$/)
      assert.equal(after.text.length, before.text.length)
      assert.equal(after.address.text, '+4900000000000')
      assert.deepEqual(after.concat, before.concat)
      assert.equal(after.timestamp?.iso?.slice(0, 7), '2026-11')
      assert.doesNotMatch(after.timestamp?.iso ?? '', /23|04:05/)
    }
})

test('a sender with letters in a PDU becomes as many x', () => {
  const after = decodePdu(maskPdu(pduOf('hello', 'Sparkasse')[0] ?? ''))
  assert.equal(after.address.text, 'xxxxxxxxx')
})

test('a PDU that does not fit becomes zeros, with an odd count as well', () => {
  const [pdu = ''] = pduOf('Come to Lindau', '+4917012345678')
  for (const bad of [pdu.slice(0, -2), `${pdu}00`, pdu.slice(0, -1), `FF${pdu}`])
    assert.match(maskPdu(bad), /^0+$/)
})

test('a PDU is masked wherever it stands, behind a URC in between too', () => {
  const [pdu = ''] = pduOf('Come to Lindau', '+4917012345678')
  const header = `< +CMGL: 1,1,,${pdu.length / 2 - 8}`
  const all = masked(
    '> AT+CMGL=4',
    header,
    '! +CMTI: "SM",2',
    `< ${pdu}`,
    '< OK',
    '! +CMT: ,29',
    `! ${pdu}`,
    `! ${pdu}`,
  )
  assert.ok(!all.includes(pdu))
  assert.equal(all.filter((text) => text === maskPdu(pdu)).length, 3)
})

test('whatever a modem says, no run of five digits but zeros is left of an unknown line, and no run of ten hex digits', () => {
  const text = fc.stringMatching(/^[ -~]{0,60}$/)
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), fc.constantFrom('<', '!'), (texts, mark) => {
      for (const left of masked('> AT+XYZ', ...texts.map((line) => `${mark} ${line}`)).slice(1)) {
        // Of a number with its country code the first two digits stay.
        for (const [run] of left.replace(/\+\d\d(?=0)/g, '+00').matchAll(/\d{5,}/g))
          assert.match(run, /^0+$/, left)
        for (const [run] of left.matchAll(/[0-9A-F]{10,}/gi)) assert.match(run, /^(0|78)+$/, left)
      }
    }),
  )
})

test('every line keeps its length, so that lengths in headers still fit', () => {
  const text = fc.stringMatching(/^[ -~]{0,60}$/)
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), fc.constantFrom('<', '!', '>'), (texts, mark) => {
      const left = masked('> AT+XYZ', ...texts.map((line) => `${mark} ${line}`)).slice(1)
      assert.deepEqual(
        left.map((line) => line.length),
        texts.map((line) => line.length),
      )
    }),
  )
})

test('a fact keeps maker, model and version, and loses numbers', () => {
  assert.equal(maskFact('Quectel EC25 EC25EFAR06A06M4G'), 'Quectel EC25 EC25EFAR06A06M4G')
  assert.equal(maskFact('E173 11.126.85.00.55 490154203237518'), 'E173 11.126.85.00.55 000000000000000')
})
