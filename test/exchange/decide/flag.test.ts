// The flag and what stands with it, taken apart: tags, the header field, the standard's e-mail form (TS 23.040 clause 3.8), aliases.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  readAlias,
  readFlagField,
  readStandardForm,
  readSubjectTag,
  readTextTag,
  type Tag,
} from '../../../src/exchange/decide/flag.ts'

/** A tag in short: flag, address, minutes and rest; "none"; "malformed". */
function short(tag: Tag): string {
  if (tag.kind !== 'tag') return tag.kind
  const minutes = tag.durationMs === null ? '-' : String(tag.durationMs / 60_000)
  return `${tag.flag} ${tag.address ?? '-'} ${minutes} |${tag.rest}`
}

const subjects: readonly (readonly [string, string])[] = [
  ['[sms] Lunch', '1 - - |Lunch'],
  ['[SMS]Lunch', '1 - - |Lunch'],
  ['[sms]', '1 - - |'],
  ['[mail] Lunch', '0 - - |Lunch'],
  ['[sms +4917012345678] Lunch', '1 +4917012345678 - |Lunch'],
  ['[sms  +4917012345678   90m ] Lunch', '1 +4917012345678 90 |Lunch'],
  ['[sms +4917012345678 1d] Lunch', '1 +4917012345678 1440 |Lunch'],
  ['[sms] a [sms] b', '1 - - |a [sms] b'],
  ['', 'none'],
  ['Lunch', 'none'],
  ['[smse] Lunch', 'none'],
  ['[sms +4917012345678 90s] Lunch', 'malformed'],
  ['[sms +49170] Lunch', 'malformed'],
  ['[sms 004917012345678] Lunch', 'malformed'],
  ['[sms +49 170 12345678] Lunch', 'malformed'],
  ['[sms]  [sms] Lunch', 'malformed'],
  [`[sms ${'x'.repeat(300)}] Lunch`, 'malformed'],
]

for (const [subject, expected] of subjects)
  test(`the subject "${subject.slice(0, 40)}" is read as ${expected}`, () => {
    assert.equal(short(readSubjectTag(subject)), expected)
  })

const texts: readonly (readonly [string, string])[] = [
  ['[mail] hello', '1 - - |hello'],
  ['[sms] hello', '0 - - |hello'],
  ['[mail Bob@Office.example] hello', '1 Bob@office.example - |hello'],
  ['[mail bob@office.example 2h]\nhello', '1 bob@office.example 120 |hello'],
  ['hello [mail]', 'none'],
  ['[mails] hello', 'none'],
  ['[mail bob@office.example carol@office.example] hello', 'malformed'],
  ['[mail bob@office.example, hello', 'malformed'],
]

for (const [text, expected] of texts)
  test(`the SMS "${text.replace('\n', ' ')}" is read as ${expected}`, () => {
    assert.equal(short(readTextTag(text)), expected)
  })

test('a malformed tag shows what was typed, in at most 60 characters', () => {
  const tag = readSubjectTag('[sms 0170 12345678] Lunch')
  assert.deepEqual(tag, { kind: 'malformed', tag: '[sms 0170 12345678]' })
  const long = readSubjectTag(`[sms ${'x'.repeat(150)}] Lunch`)
  assert.ok(long.kind === 'malformed' && long.tag.length <= 60)
})

test('whatever the subject, a tag never gives a number that was not typed in it', () => {
  const piece = fc.constantFrom(
    '[',
    ']',
    'sms',
    'mail',
    ' ',
    '+49',
    '170',
    '12345678',
    '2h',
    '0',
    'x',
    '\u200b',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const subject = pieces.join('')
      const tag = readSubjectTag(subject)
      if (tag.kind !== 'tag') return
      assert.ok(tag.address === null || subject.includes(tag.address))
      assert.ok(subject.endsWith(tag.rest))
    }),
  )
})

const fields: readonly (readonly [string | null, 0 | 1 | null | 'malformed'])[] = [
  [null, null],
  ['1', 1],
  ['YES', 1],
  [' true', 1],
  ['0', 0],
  ['No', 0],
  ['false ', 0],
  ['', 'malformed'],
  ['2', 'malformed'],
  ['yes please', 'malformed'],
]

for (const [value, expected] of fields)
  test(`X-SMS-Convert: ${value ?? '(missing)'} means ${expected}`, () => {
    assert.equal(readFlagField(value), expected)
  })

const standardForms: readonly (readonly [string, readonly [string, string | null, string] | null])[] = [
  ['bob@office.example hello', ['bob@office.example', null, 'hello']],
  ['bob@office.example\nhello\nyou', ['bob@office.example', null, 'hello\nyou']],
  ['bob@office.example(Lunch) hello', ['bob@office.example', 'Lunch', 'hello']],
  ['bob@office.example()hello', ['bob@office.example', '', 'hello']],
  ['bob@office.example##Lunch#hello', ['bob@office.example', 'Lunch', 'hello']],
  ['bob$b*office.example hello', ['bob_b@office.example', null, 'hello']],
  ['b$b@office.example hello', ['b$b@office.example', null, 'hello']],
  ['bob@office hello', null],
  ['bob@office.example', null],
  ['hello bob@office.example', null],
  ['2*3=6 is true', null],
  ['', null],
]

for (const [text, expected] of standardForms)
  test(`the standard’s form: "${text.replace(/\n/g, ' ')}"`, () => {
    const form = readStandardForm(text)
    assert.deepEqual(form === null ? null : [form.address, form.subject, form.rest], expected)
  })

const aliases: readonly (readonly [string, readonly [string, string] | null])[] = [
  ['@bob hello', ['bob', 'hello']],
  [' @Bob.B-1_x: hello\nyou', ['bob.b-1_x', 'hello\nyou']],
  ['@bob, hello', ['bob', 'hello']],
  ['@bob', null],
  ['@ bob hello', null],
  ['bob@office.example hello', null],
  ['hello @bob you', null],
]

for (const [text, expected] of aliases)
  test(`an alias in "${text.replace('\n', ' ')}"`, () => {
    const named = readAlias(text)
    assert.deepEqual(named === null ? null : [named.alias, named.rest], expected)
  })
