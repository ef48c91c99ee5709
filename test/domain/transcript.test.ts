// The text form of a conversation with a modem: exact both ways, and every fault named with its line and a cure.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError } from '../../src/domain/errors.ts'
import { factsNamed, parseTranscript, printTranscript, type Transcript } from '../../src/domain/transcript.ts'

const head = '# Simpost modem transcript 1\n# device: Huawei E173\n# source: from manuals\n'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(' ', '\\', ' \\ ', 'AT\u001a', '\u00e4 '),
)
const plain = { noNullPrototype: true }
const from = fc.constantFrom('host', 'modem', 'itself')
const facts = fc.array(fc.record({ key: fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), value: text }, plain))

test('what is printed is read back as the same transcript, and printed again as the same ASCII text', () => {
  fc.assert(
    fc.property(facts, fc.array(fc.record({ from, text }, plain)), (more, talk) => {
      const transcript: Transcript = {
        facts: [{ key: 'device', value: 'X' }, { key: 'source', value: 'recorded 2026-11-24' }, ...more],
        lines: talk.length === 0 ? [] : [{ from: 'host', text: 'AT' }, ...talk],
      }
      const printed = printTranscript(transcript)
      assert.deepEqual(parseTranscript(printed), transcript)
      assert.equal(printTranscript(parseTranscript(printed)), printed)
      assert.match(printed, /^(?:[\x20-\x7e]*[\x21-\x7e]\n)+$/)
    }),
  )
})

test('a transcript as a person writes it, with empty lines and the line ends of Windows, is read', () => {
  const { facts: found, lines } = parseTranscript(
    `\ufeff${head}# note: \u00fcber\n# note: two\n\n> AT+CPMS?\n< +CPMS: "SM",0,20\n<\n< OK\n\n! ^RSSI:16\n! \\x00\\t\n`.replaceAll(
      '\n',
      '\r\n',
    ),
  )
  assert.deepEqual(factsNamed({ facts: found, lines }, 'note'), ['\u00fcber', 'two'])
  assert.deepEqual(
    lines.map((line) => `${line.from}|${line.text}`),
    ['host|AT+CPMS?', 'modem|+CPMS: "SM",0,20', 'modem|', 'modem|OK', 'itself|^RSSI:16', 'itself|\u0000\t'],
  )
})

test('a control character is shown by a name or its number', () => {
  const lines = [{ from: 'itself', text: '\r\n\t\\\u001a\u20ac \u00e4 ' }] as const
  const { facts: needed } = parseTranscript(head)
  assert.equal(printTranscript({ facts: needed, lines }), `${head}! \\r\\n\\t\\\\\\x1a\\u20ac \\xe4\\x20\n`)
})

const refusals: ReadonlyArray<readonly [string, string, number]> = [
  ['no title', '> AT\n', 1],
  ['a title of another version', head.replace('1\n', '2\n'), 1],
  ['nothing', '', 1],
  ['no device', '# Simpost modem transcript 1\n# source: x\n', 2],
  ['no source', '# Simpost modem transcript 1\n# device: x\n', 2],
  ['a fact without a key', `${head}# hello\n`, 4],
  ['a fact in capitals', `${head}# Note: x\n`, 4],
  ['a fact below the conversation', `${head}> AT\n# note: x\n`, 5],
  ['a line without a mark', `${head}> AT\nOK\n`, 5],
  ['a mark without its blank', `${head}>AT\n`, 4],
  ['an answer to nothing', `${head}! RDY\n< OK\n`, 5],
  ['an unknown escape', `${head}> AT\\q\n`, 4],
  ['half an escape', `${head}> AT\\x1\n`, 4],
  ['a backslash at the end', `${head}> AT\\\n`, 4],
  ['a line without end', `${head}! ${'x'.repeat(10_000)}\n`, 4],
  ['too many lines', `${head}${'! x\n'.repeat(20_000)}`, 20_001],
]

for (const [what, wrong, number] of refusals)
  test(`a transcript with ${what} is refused with the number of the line and a cure`, () => {
    assert.throws(
      () => parseTranscript(wrong),
      (error: unknown) =>
        error instanceof GatewayError &&
        error.code === 'USAGE' &&
        error.message.startsWith(`line ${number} of`) &&
        (error.hint ?? '').length > 10,
    )
  })

test('nothing a file can hold makes the reader fail in another way', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom('', head), (noise, before) => {
      try {
        parseTranscript(before + noise)
      } catch (error) {
        assert.ok(error instanceof GatewayError, `${error}`)
      }
    }),
  )
})
