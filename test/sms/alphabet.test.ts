// The GSM 7-bit tables against TS 23.038 6.2.1 as the Unicode Consortium lists them (GSM0338.TXT), and the packing.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError } from '../../src/domain/errors.ts'
import {
  fromSeptets,
  gsm7Misfits,
  packSeptets,
  septetCount,
  standardTables,
  toSeptets,
  unpackSeptets,
} from '../../src/sms/alphabet.ts'
import { gsmText, looseText } from './texts.ts'

/** Code points of septets 00-7F in rows of 16; 1B is ESC. */
const defaultRows = `
40 A3 24 A5 E8 E9 F9 EC F2 C7 0A D8 F8 0D C5 E5
394 5F 3A6 393 39B 3A9 3A0 3A8 3A3 398 39E 1B C6 E6 DF C9
20 21 22 23 A4 25 26 27 28 29 2A 2B 2C 2D 2E 2F
30 31 32 33 34 35 36 37 38 39 3A 3B 3C 3D 3E 3F
A1 41 42 43 44 45 46 47 48 49 4A 4B 4C 4D 4E 4F
50 51 52 53 54 55 56 57 58 59 5A C4 D6 D1 DC A7
BF 61 62 63 64 65 66 67 68 69 6A 6B 6C 6D 6E 6F
70 71 72 73 74 75 76 77 78 79 7A E4 F6 F1 FC E0`

const extension: readonly (readonly [number, number])[] = [
  [0x0a, 0x0c],
  [0x14, 0x5e],
  [0x28, 0x7b],
  [0x29, 0x7d],
  [0x2f, 0x5c],
  [0x3c, 0x5b],
  [0x3d, 0x7e],
  [0x3e, 0x5d],
  [0x40, 0x7c],
  [0x65, 0x20ac],
]

test('every septet of the default alphabet has the character of the standard', () => {
  const points = defaultRows.trim().split(/\s+/)
  assert.equal(points.length, 128)
  for (const [code, point] of points.entries()) {
    if (code === 0x1b) continue
    const character = String.fromCodePoint(Number.parseInt(point, 16))
    assert.equal(fromSeptets(Uint8Array.of(code)), character, `septet ${code}`)
    assert.deepEqual([...toSeptets(character)], [code], `character ${point}`)
    assert.equal(septetCount(character), 1)
  }
})

test('every pair of the default extension table has the character of the standard and counts two', () => {
  for (const [code, point] of extension) {
    const character = String.fromCodePoint(point)
    assert.equal(fromSeptets(Uint8Array.of(0x1b, code)), character)
    assert.deepEqual([...toSeptets(character)], [0x1b, code])
    assert.equal(septetCount(character), 2)
  }
})

test('no other character of the Basic Multilingual Plane counts as GSM 7-bit, ESC and cedilla included', () => {
  let fitting = 0
  for (let unit = 0; unit <= 0xffff; unit++) if (septetCount(String.fromCharCode(unit)) !== null) fitting++
  assert.equal(fitting, 127 + 10)
  assert.equal(septetCount('\u001b'), null)
  assert.equal(septetCount('ç'), null)
  assert.equal(septetCount('`'), null)
  assert.equal(septetCount('😀'), null)
})

test('an unknown ESC pair shows its base character, ESC ESC a space, and a last ESC nothing', () => {
  assert.equal(fromSeptets(Uint8Array.of(0x1b, 0x61)), 'a')
  assert.equal(fromSeptets(Uint8Array.of(0x1b, 0x1b, 0x41)), ' A')
  assert.equal(fromSeptets(Uint8Array.of(0x41, 0x1b)), 'A')
})

test('other shift tables can be given, and a pair that the single table lacks comes from the locking table', () => {
  const locking = `€${standardTables.locking.slice(1)}`
  const tables = { locking, single: new Map([[0x67, 'ğ']]) }
  assert.equal(fromSeptets(Uint8Array.of(0x00, 0x1b, 0x67, 0x67, 0x1b, 0x00), tables), '€ğg€')
})

test('septets are packed as the example of the standard says', () => {
  assert.equal(Buffer.from(packSeptets(toSeptets('hellohello'), 0)).toString('hex'), 'e8329bfd4697d9ec37')
  assert.equal(Buffer.from(packSeptets(toSeptets('A'), 1)).toString('hex'), '82')
  assert.equal(Buffer.from(packSeptets(toSeptets(''), 1)).toString('hex'), '00')
})

test('unpacking undoes packing for every number of fill bits', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ max: 127, maxLength: 160 }),
      fc.integer({ min: 0, max: 6 }),
      (septets, fill) => {
        const octets = packSeptets(septets, fill)
        assert.equal(octets.length, Math.ceil((fill + septets.length * 7) / 8))
        assert.deepEqual(unpackSeptets(octets, septets.length, fill), septets)
      },
    ),
  )
})

test('unpacking gives no more septets than there are, and none for a negative count', () => {
  assert.equal(unpackSeptets(Uint8Array.of(1, 2), 99, 0).length, 2)
  assert.equal(unpackSeptets(new Uint8Array(0), 5, 3).length, 0)
  assert.equal(unpackSeptets(Uint8Array.of(1, 2), -1, 0).length, 0)
})

test('text of the tables comes back as it was, and the count is the number of septets', () => {
  fc.assert(
    fc.property(gsmText, (text) => {
      const septets = toSeptets(text)
      assert.equal(fromSeptets(septets), text)
      assert.equal(septetCount(text), septets.length)
    }),
  )
})

test('a text that does not fit is refused and never changed', () => {
  fc.assert(
    fc.property(looseText, (text) => {
      if (septetCount(text) !== null) return
      assert.throws(() => toSeptets(text), GatewayError)
    }),
  )
})

test('the characters that force UCS-2 are named once each, as people see them', () => {
  assert.deepEqual(gsm7Misfits('Grüße {€} \n'), [])
  assert.deepEqual(gsm7Misfits('être ê 👩‍👩‍👧 👩‍👩‍👧 “x”'), ['ê', '👩‍👩‍👧', '“', '”'])
  assert.deepEqual(gsm7Misfits('a\u001bb\ud83d'), ['\u001b', '\ud83d'])
})
