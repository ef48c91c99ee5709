// The national language shift tables against annex A of TS 23.038, and their use on what is received (TS 23.040 9.2.3.24.15, .16).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromSeptets, septetCount, standardTables, toSeptets } from '../../src/sms/alphabet.ts'
import { tablesOf } from '../../src/sms/national-tables.ts'
import { decodePdu } from '../../src/sms/tpdu.ts'
import { type AirDeliver, airDeliver } from './air.ts'
import { annexTables } from './national-rows.ts'

const escapeCode = 0x1b

function pointsOf(rows: string): (string | null)[] {
  const points = rows.trim().split(/\s+/)
  assert.equal(points.length, 128)
  return points.map((point) => (point === '..' ? null : String.fromCodePoint(Number.parseInt(point, 16))))
}

for (const { language, number, locking, single } of annexTables) {
  test(`every septet of the ${language} locking shift table has the character of annex A.3`, () => {
    const tables = tablesOf({ locking: number, single: 0 })
    if (locking === null) return assert.equal(tables, standardTables)
    for (const [code, character] of pointsOf(locking).entries())
      if (code !== escapeCode)
        assert.equal(fromSeptets(Uint8Array.of(code), tables), character ?? ' ', `septet ${code}`)
  })

  test(`every ESC pair of the ${language} single shift table has the character of annex A.2 or that of the main table`, () => {
    const tables = tablesOf({ locking: 0, single: number })
    for (const [code, character] of pointsOf(single).entries())
      assert.equal(
        fromSeptets(Uint8Array.of(escapeCode, code), tables),
        character ?? fromSeptets(Uint8Array.of(code)),
        `pair ${code}`,
      )
  })
}

for (const number of [0, 14, 64, 255])
  test(`language number ${number} means the default tables`, () => {
    assert.equal(tablesOf({ locking: number, single: number }), standardTables)
  })

test('an unknown language beside a known one leaves the known one in force', () => {
  const tables = tablesOf({ locking: 1, single: 99 })
  assert.equal(fromSeptets(Uint8Array.of(0x0c, 0x1b, 0x65, 0x1b, 0x63), tables), 'ğ€c')
})

test('what the Latin tables have can be written and read again, in one septet where the locking table has it', () => {
  for (const { number, locking, single } of annexTables.slice(0, 3)) {
    const tables = tablesOf({ locking: locking === null ? 0 : number, single: number })
    for (const [code, character] of pointsOf(single).entries()) {
      if (character === null || code === escapeCode) continue
      assert.equal(fromSeptets(toSeptets(character, tables), tables), character)
      assert.equal(septetCount(character, tables), tables.locking.includes(character) ? 1 : 2)
    }
    for (const character of tables.locking.replace('\u001b', ''))
      assert.deepEqual([...toSeptets(character, tables)], [tables.locking.indexOf(character)])
  }
})

test('every character of the default extension table can be written in each Latin single shift table', () => {
  for (const number of [1, 2, 3])
    for (const character of '\f^{}\\[~]|€')
      assert.equal(septetCount(character, tablesOf({ locking: 0, single: number })), 2)
})

function received(changes: Partial<AirDeliver>): string {
  const sender = { typeOfAddress: 0x91, digits: '4917012345678' }
  const tpdu = decodePdu(airDeliver({ sender, dcs: 0, units: [], septets: true, ...changes }))
  assert.ok(tpdu.type === 'deliver')
  assert.equal(tpdu.encoding, changes.dcs === 8 ? 'ucs2' : 'gsm7')
  return tpdu.text
}

/** Header elements in hex, septets, text. */
const deliveries: readonly (readonly [string, string, readonly number[], string])[] = [
  ['Turkish single shift', '240101', [0x67, 0x1b, 0x67, 0x1b, 0x73, 0x1b, 0x65], 'gğş€'],
  ['Turkish locking shift', '250101', [0x07, 0x0b, 0x0c, 0x1c, 0x1d, 0x40, 0x60, 0x1b, 0x65], 'ıĞğŞşİç€'],
  ['Spanish single shift', '240102', [0x1b, 0x55, 0x1b, 0x09], 'Úç'],
  ['Portuguese locking and single shift', '240103250103', [0x7b, 0x1b, 0x15, 0x16], 'ãΩ^'],
  ['Portuguese locking and Turkish single shift', '250103240101', [0x7b, 0x1b, 0x67], 'ãğ'],
  ['Hindi locking shift', '250106', [0x44, 0x2e, 0x61], 'र.a'],
  ['Hindi single shift', '240106', [0x1b, 0x19, 0x1b, 0x41, 0x1b, 0x61], '।Aa'],
  ['Urdu locking shift', '25010d', [0x00, 0x56], 'اہ'],
  ['Spanish locking shift, which does not exist', '250102', [0x04, 0x60], 'è¿'],
  ['an unknown language', '24010e2501ff', [0x04, 0x1b, 0x67, 0x1b, 0x65], 'èg€'],
  ['an element of two octets', '24020101', [0x1b, 0x67], 'g'],
  ['an empty element', '2500', [0x0c], 'ø'],
  ['two elements, the last one counts', '250101250103', [0x0b], 'Ô'],
  ['two elements, the last one damaged', '2501012500', [0x0b], 'Ğ'],
  ['concatenation first', '0003aa0201250101', [0x0b], 'Ğ'],
  ['ESC ESC and a last ESC', '240101', [0x1b, 0x1b, 0x41, 0x1b], ' A'],
]

for (const [what, header, units, text] of deliveries)
  test(`a received part with ${what} is read as ${JSON.stringify(text)}`, () => {
    assert.equal(received({ header, units }), text)
  })

test('each part of a long message is read as its own header says', () => {
  const parts = ['0003aa0301250101', '0003aa0302', '0003aa0303250103']
  assert.deepEqual(
    parts.map((header) => received({ header, units: [0x0b] })),
    ['Ğ', 'Ø', 'Ô'],
  )
})

test('language elements mean nothing in UCS-2, and none in a header that is damaged', () => {
  assert.equal(received({ header: '250101', dcs: 8, units: [0x00, 0x0b], septets: false }), '\u000b')
  assert.equal(received({ header: '25010124', units: [0x0c] }), 'ø')
})
