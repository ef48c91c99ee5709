// Which texts are written with national shift tables, how many parts that takes, and that nothing of the text is lost
// (TS 23.038 6.2.1.2.5; TS 23.040 9.2.3.24.15, .16). Rooms: 155 septets with one element, 152 with two; 149 and 146 in a long message.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gsm7Misfits } from '../../src/sms/alphabet.ts'
import { cutToParts, type SegmentedText, segmentText } from '../../src/sms/segment.ts'
import { decodePdu, encodeSubmit } from '../../src/sms/tpdu.ts'
import { buildHeader, readConcatenation, readFlag } from '../../src/sms/udh.ts'
import { cheapestOf, type Language, languagesOption, nationalText } from './national-texts.ts'
import { anyText, flagOption } from './texts.ts'

const turkish = 'Şoför değiştiği için görüşme yarın saat dokuza ertelenmiştir, geç kalmayın. '
const spanish = 'Mañana habrá reunión en la oficina, avísame si podrás venir según tu turno. '
const portuguese = 'Não há reunião amanhã; a posição das encomendas será revista então, está bem? '

interface Row {
  readonly text: string
  readonly national: readonly Language[]
  readonly flag?: 0 | 1
  readonly encoding: SegmentedText['encoding']
  readonly parts: number
  /** Identifiers and languages of the national elements, as in `24:1 25:1`. */
  readonly elements: string
}

const rows: Readonly<Record<string, Row>> = {
  'a Turkish text of 120 characters': {
    text: turkish.repeat(2).slice(0, 120),
    ...{ national: ['turkish'], encoding: 'gsm7-shift', parts: 1, elements: '24:1' },
  },
  'the same when no language is allowed': {
    text: turkish.repeat(2).slice(0, 120),
    ...{ national: [], encoding: 'ucs2', parts: 2, elements: '' },
  },
  'the same when only another language is allowed': {
    text: turkish.repeat(2).slice(0, 120),
    ...{ national: ['spanish'], encoding: 'ucs2', parts: 2, elements: '' },
  },
  'a Spanish text of 140 characters': {
    text: spanish.repeat(2).slice(0, 140),
    ...{ national: ['turkish', 'spanish', 'portuguese'], encoding: 'gsm7-shift', parts: 1, elements: '24:2' },
  },
  'a Portuguese text of 152 characters, for which the locking table has one septet each': {
    text: portuguese.repeat(2).slice(0, 152),
    ...{ national: ['portuguese'], encoding: 'gsm7-shift', parts: 1, elements: '25:3' },
  },
  'a text that needs both Portuguese tables': {
    text: `${'ã'.repeat(148)}ΩΩ`,
    ...{ national: ['portuguese'], encoding: 'gsm7-shift', parts: 1, elements: '24:3 25:3' },
  },
  'a text of the default alphabet': {
    text: 'Grüße {€} '.repeat(20),
    ...{ national: ['turkish', 'portuguese'], encoding: 'gsm7', parts: 2, elements: '' },
  },
  '70 letters, a tie with UCS-2': {
    text: 'ş'.repeat(70),
    ...{ national: ['turkish'], encoding: 'ucs2', parts: 1, elements: '' },
  },
  '71 letters': {
    text: 'ş'.repeat(71),
    ...{ national: ['turkish'], encoding: 'gsm7-shift', parts: 1, elements: '24:1' },
  },
  '77 letters and one more septet, the most that one single shift part holds': {
    text: `${'ş'.repeat(77)}a`,
    ...{ national: ['turkish'], encoding: 'gsm7-shift', parts: 1, elements: '24:1' },
  },
  '78 letters, which only the locking table holds in one part': {
    text: 'ş'.repeat(78),
    ...{ national: ['turkish'], encoding: 'gsm7-shift', parts: 1, elements: '25:1' },
  },
  '155 letters': {
    text: 'ş'.repeat(155),
    ...{ national: ['turkish'], encoding: 'gsm7-shift', parts: 1, elements: '25:1' },
  },
  '156 letters': {
    text: 'ş'.repeat(156),
    ...{ national: ['turkish'], encoding: 'gsm7-shift', parts: 2, elements: '25:1' },
  },
  '298 letters = 2 x 149': {
    text: 'ş'.repeat(298),
    ...{ national: ['turkish'], encoding: 'gsm7-shift', parts: 2, elements: '25:1' },
  },
  '299 letters': {
    text: 'ş'.repeat(299),
    ...{ national: ['turkish'], encoding: 'gsm7-shift', parts: 3, elements: '25:1' },
  },
  '149 letters with the flag': {
    text: 'ş'.repeat(149),
    ...{ national: ['turkish'], flag: 1, encoding: 'gsm7-shift', parts: 1, elements: '25:1' },
  },
  '150 letters with the flag': {
    text: 'ş'.repeat(150),
    ...{ national: ['turkish'], flag: 1, encoding: 'gsm7-shift', parts: 2, elements: '25:1' },
  },
  'one emoji in a long Turkish text': {
    text: `${turkish.repeat(2)}😀`,
    ...{ national: ['turkish'], encoding: 'ucs2', parts: 3, elements: '' },
  },
}

function nationalElements({ parts: [first] }: SegmentedText): string {
  return (first?.elements ?? [])
    .filter(({ id }) => id === 0x24 || id === 0x25)
    .map(({ id, data }) => `${id.toString(16)}:${data[0]}`)
    .join(' ')
}

for (const [what, { text, national, flag, encoding, parts, elements }] of Object.entries(rows))
  test(`${what}: ${parts} in ${encoding}${elements === '' ? '' : ` with ${elements}`}`, () => {
    const segmented = segmentText(text, { reference: 7, flag, national })
    assert.deepEqual(
      [segmented.encoding, segmented.parts.length, nationalElements(segmented)],
      [encoding, parts, elements],
    )
    assert.equal(segmented.parts.map((part) => part.text).join(''), text)
  })

test('the language elements stand in every part, behind concatenation and before the flag', () => {
  const { parts } = segmentText('ş'.repeat(400), { reference: 3, flag: 1, national: ['turkish'] })
  assert.equal(parts.length, 3)
  for (const part of parts) {
    assert.deepEqual(
      part.elements.map(({ id }) => id),
      [0x00, 0x25, 0x80],
    )
    assert.equal(readConcatenation(part.elements)?.total, 3)
    assert.equal(readFlag(part.elements), 1)
  }
})

test('a pair of ESC and national letter moves whole into the next part', () => {
  const text = `${'a'.repeat(148)}Ú${'b'.repeat(10)}`
  const { parts } = segmentText(text, { reference: 0, national: ['spanish'] })
  assert.deepEqual(
    parts.map((part) => part.text),
    ['a'.repeat(148), `Ú${'b'.repeat(10)}`],
  )
})

test('a national part is an SMS-SUBMIT in GSM 7-bit whose header names the language', () => {
  const text = `${'a'.repeat(70)}ş`
  const { encoding, parts } = segmentText(text, { reference: 0, national: ['turkish'] })
  const pdus = parts.map((part) => encodeSubmit({ to: '+4917012345678', part, encoding }).pdu)
  assert.equal(pdus.length, 1)
  // UDHI set; TP-DCS 00; UDL 5 + 72 septets; UDH 03 24 01 01; three fill bits, then "a".
  assert.match(pdus[0] ?? '', /^0071000D91947110325476F80000A74D0324010108/)
})

test('texts are written in the encoding and in the number of parts that annex A and the rule ask for', () => {
  let shifted = 0
  fc.assert(
    fc.property(nationalText, languagesOption, flagOption, (text, national, flag) => {
      const segmented = segmentText(text, { reference: 1, flag, national })
      const { encoding, parts, elements } = cheapestOf(text, national, flag)
      assert.equal(segmented.encoding, encoding)
      assert.equal(segmented.parts.length, parts)
      assert.equal(nationalElements(segmented).split(' ').filter(Boolean).length, elements)
      if (encoding === 'gsm7-shift') shifted++
    }),
    { numRuns: 1000 },
  )
  assert.ok(shifted > 100, `only ${shifted} of the texts needed a national table`)
})

test('parts join to the text, hold at most 140 octets, decode to what they were, and are never more than without national tables', () => {
  fc.assert(
    fc.property(
      fc.oneof({ weight: 3, arbitrary: nationalText }, { weight: 1, arbitrary: anyText }),
      languagesOption,
      flagOption,
      (text, national, flag) => {
        const { encoding, parts } = segmentText(text, { reference: 1, flag, national })
        assert.equal(parts.map((part) => part.text).join(''), text)
        const without = segmentText(text, { reference: 1, flag })
        assert.ok(parts.length <= without.parts.length)
        if (encoding === 'gsm7-shift') assert.ok(parts.length < without.parts.length)
        else assert.deepEqual(parts, without.parts)
        for (const part of parts) {
          const { pdu, tpduLength } = encodeSubmit({ to: '+4917012345678', part, encoding })
          const tpdu = decodePdu(pdu, { tpduLength })
          assert.ok(tpdu.type === 'submit')
          assert.equal(tpdu.text, part.text)
          assert.equal(tpdu.encoding, encoding === 'ucs2' ? 'ucs2' : 'gsm7')
          assert.deepEqual(tpdu.elements, part.elements)
          assert.ok(buildHeader(part.elements).length + tpdu.userData.length <= 140)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('a text is cut later where national tables give it more room', () => {
  const text = turkish.repeat(6)
  const without = cutToParts(text, 2, { reference: 0 })
  const national = cutToParts(text, 2, { reference: 0, national: ['turkish'] })
  assert.ok(without.cut && national.cut)
  assert.ok(without.text.length <= 134 && national.text.length > 250)
  const segmented = segmentText(national.text, { reference: 0, national: ['turkish'] })
  assert.deepEqual([segmented.encoding, segmented.parts.length], ['gsm7-shift', 2])
})

test('a cut text fits its parts in every mix of languages', () => {
  fc.assert(
    fc.property(
      nationalText,
      languagesOption,
      flagOption,
      fc.integer({ min: 1, max: 3 }),
      (text, national, flag, partsMax) => {
        const options = { reference: 0, flag, national }
        const { text: kept, cut } = cutToParts(text, partsMax, options)
        assert.ok(segmentText(kept, options).parts.length <= partsMax)
        assert.equal(cut, segmentText(text, options).parts.length > partsMax)
        if (cut) assert.ok(text.startsWith(kept.slice(0, -4)) && kept.endsWith(' ...'))
        else assert.equal(kept, text)
      },
    ),
    { numRuns: 300 },
  )
})

test('letters of a national table are still named as outside the default alphabet', () => {
  assert.deepEqual(gsm7Misfits('şoför'), ['ş'])
})
