// All 256 values of TP-DCS against tshark, and what the standard (TS 23.038 clause 4) leaves to a receiver.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDataCoding } from '../../src/sms/data-coding.ts'
import { decodePdu } from '../../src/sms/tpdu.ts'
import { airDeliver, utf16 } from './air.ts'
import { dissect } from './tshark.ts'

const all = Array.from({ length: 256 }, (_, dcs) => dcs)
const sender = { typeOfAddress: 0x91, digits: '4917012345678' }

function delivered(dcs: number): string {
  const septets = readDataCoding(dcs).encoding === 'gsm7'
  return airDeliver({ sender, dcs, units: septets ? [0x41, 0x62] : utf16('Ab'), septets })
}

const field = (name: string) => `gsm_sms.dcs.${name}`

test('tshark reads class, alphabet, compression and message waiting of every TP-DCS as we do', () => {
  const names = [
    'message_class',
    'character_set',
    'text_compressed',
    'indication_sense',
    'message_waiting',
  ].map(field)
  const frames = dissect(
    all.map((dcs) => ({ direction: 'from-network' as const, pdu: delivered(dcs) })),
    [...names, field('message_class_defined'), 'gsm_sms.sms_text'],
  )
  let waiting = 0
  for (const dcs of all) {
    const frame = frames[dcs] ?? {}
    const coding = readDataCoding(dcs)
    const where = `TP-DCS ${dcs.toString(16)}`
    const number = (name: string) => Number(frame[field(name)]?.[0])
    const flag = (name: string) => ['1', 'True'].includes(frame[field(name)]?.[0] ?? '')
    // Of a plain 0 it shows no bits.
    if (dcs > 0 && dcs < 0x80) {
      assert.equal(coding.messageClass, flag('message_class_defined') ? number('message_class') : null, where)
      assert.equal(coding.compressed, flag('text_compressed'), where)
      if (!coding.compressed)
        assert.equal(coding.encoding, ['gsm7', '8bit', 'ucs2', 'gsm7'][number('character_set')], where)
    }
    if (dcs >= 0xf0) assert.equal(coding.messageClass, number('message_class'), where)
    if (dcs >= 0xc0 && dcs < 0xf0) {
      waiting++
      assert.equal(coding.waiting?.active, flag('indication_sense'), where)
      assert.equal(coding.waiting?.kind, ['voice', 'fax', 'email', 'other'][number('message_waiting')], where)
    } else assert.equal(coding.waiting, null, where)
    // It shows texts of reserved codings as octets.
    const text = frame['gsm_sms.sms_text']?.[0]
    const reserved = (dcs >= 0x80 && dcs < 0xc0) || (dcs < 0x80 && (dcs & 0x0c) === 0x0c)
    if (coding.encoding !== '8bit' && !reserved) assert.equal(text, 'Ab', where)
  }
  assert.equal(waiting, 48)
})

test('every TP-DCS gives a text, but 8-bit data and compressed text', () => {
  for (const dcs of all) {
    const tpdu = decodePdu(delivered(dcs))
    assert.ok(tpdu.type === 'deliver')
    assert.equal(tpdu.text, tpdu.encoding === '8bit' ? '' : 'Ab', dcs.toString(16))
    assert.equal(tpdu.compressed, dcs < 0x80 && (dcs & 0x20) !== 0, dcs.toString(16))
  }
})

test('a text marked for automatic deletion is read like one that is not', () => {
  for (let dcs = 0; dcs < 0x40; dcs++)
    assert.deepEqual(readDataCoding(dcs + 0x40), readDataCoding(dcs), dcs.toString(16))
})

test('reserved codings are the default alphabet without class and without waiting messages', () => {
  for (let dcs = 0x80; dcs < 0xc0; dcs++)
    assert.deepEqual(readDataCoding(dcs), readDataCoding(0), dcs.toString(16))
})
