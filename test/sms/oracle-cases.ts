// What the oracle test compares: random recipients, and TPDUs as a service centre would send them.

import fc from 'fast-check'
import { type AirDeliver, airDeliver, airStatusReport, utf16 } from './air.ts'
import { anyText } from './texts.ts'

/** Without NUL, where tshark ends a text of UCS-2. */
export function printable(text: string): string {
  return text.replaceAll('\0', '')
}

/** International numbers have room for the longest country and network codes (+883 and four digits): tshark calls others malformed. */
export const numberText = fc.oneof(
  fc.stringMatching(/^\+[1-9][0-9]{7,14}$/),
  fc.stringMatching(/^[0-9*#]{3,20}$/),
  fc.stringMatching(/^0?1[0-9]{0,5}00[0-9]{1,7}$/),
)

/** Septets but ESC, and ESC pairs of the extension table. */
const septetRun = fc
  .array(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc
          .integer({ min: 0, max: 127 })
          .filter((code) => code !== 0x1b)
          .map((code) => [code]),
      },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(0x0a, 0x14, 0x28, 0x29, 0x2f, 0x3c, 0x3d, 0x3e, 0x40, 0x65)
          .map((code) => [0x1b, code]),
      },
    ),
    { maxLength: 65, size: 'max' },
  )
  .map((runs) => runs.flat())

const header = fc.constantFrom(
  undefined,
  '0003a70201',
  '0804a1b20302',
  '8003530101',
  '0003050302' + '8003530100',
  '01028001',
  'c10411223344',
  '04025051',
  '050423f40000' + '0003110402',
)

const sender: fc.Arbitrary<AirDeliver['sender']> = fc.oneof(
  fc.record({ typeOfAddress: fc.constant(0x91), digits: fc.stringMatching(/^[1-9][0-9]{7,19}$/) }),
  fc.record({
    typeOfAddress: fc.constantFrom(0x81, 0xa1),
    digits: fc.stringMatching(/^[0-9*#]{1,20}$/),
  }),
  fc.record({
    typeOfAddress: fc.constant(0xd0),
    name: fc.array(fc.integer({ min: 0x21, max: 0x5a }), { minLength: 1, maxLength: 11 }),
  }),
)

const twoDigits = (min: number, max: number) =>
  fc.integer({ min, max }).map((value) => [...String(value).padStart(2, '0')].reverse().join(''))

/** Zones east of Greenwich and west of it, where bit 3 of the first semi-octet is set. */
const zone = fc.tuple(fc.integer({ min: 0, max: 56 }), fc.boolean()).map(([quarters, west]) => {
  const tens = Math.floor(quarters / 10) + (west ? 8 : 0)
  return `${quarters % 10}${tens.toString(16)}`
})

const scts = fc
  .tuple(
    twoDigits(1, 60),
    twoDigits(1, 12),
    twoDigits(1, 28),
    twoDigits(0, 23),
    twoDigits(0, 59),
    twoDigits(0, 59),
    zone,
  )
  .map((pairs) => pairs.join(''))

export const deliver: fc.Arbitrary<string> = fc
  .tuple(
    sender,
    header,
    scts,
    fc.oneof(septetRun, anyText.map(printable), fc.uint8Array({ minLength: 1, maxLength: 120, size: 'max' })),
    // Of each group of TS 23.038 clause 4 that says this alphabet: general, with a class, to be deleted, messages that wait.
    fc.record({
      septets: fc.constantFrom(0x00, 0x11, 0x40, 0xd8, 0xc8, 0xf2),
      ucs2: fc.constantFrom(0x08, 0x18, 0x48, 0xe0),
      data: fc.constantFrom(0x04, 0x15, 0x44, 0xf5),
    }),
    fc.constantFrom(0x00, 0x00, 0x40, 0x41, 0x5f, 0x7f),
  )
  .map(([from, elements, stamp, content, dcs, pid]) => {
    const common = { sender: from, scts: stamp, pid, ...(elements === undefined ? {} : { header: elements }) }
    if (content instanceof Uint8Array)
      return airDeliver({ ...common, dcs: dcs.data, units: [...content], septets: false })
    return typeof content === 'string'
      ? airDeliver({
          ...common,
          dcs: dcs.ucs2,
          units: utf16(content.slice(0, 60).replace(/\p{Surrogate}/gu, '')),
          septets: false,
        })
      : airDeliver({ ...common, dcs: dcs.septets, units: content, septets: true })
  })

export const statusReport: fc.Arbitrary<string> = fc
  .tuple(fc.nat(255), fc.stringMatching(/^[1-9][0-9]{7,19}$/), fc.nat(127), scts, scts)
  .map(([reference, digits, status, stamp, discharge]) =>
    airStatusReport({
      reference,
      recipient: { typeOfAddress: 0x91, digits },
      status,
      scts: stamp,
      discharge,
    }),
  )
