// Dates and Message-IDs of the header section (RFC 5322 3.3, 3.6.4, 4.3).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answersOf, messageIdOf, parseDate, returnPathOf } from '../../../src/mail/header/mail-headers.ts'

const dates: readonly (readonly [text: string, iso: string | null])[] = [
  ['Mon, 23 Nov 2026 10:00:00 +0100', '2026-11-23T09:00:00.000Z'],
  ['23 Nov 2026 10:00 GMT (comment)', '2026-11-23T10:00:00.000Z'],
  ['Mon, 3 Nov 26 10:00:00 EST', '2026-11-03T15:00:00.000Z'],
  ['Fri, 1 Jan 99 00:00:00 -0730', '1999-01-01T07:30:00.000Z'],
  ['Mon, 23 Nov 2026 10:00:60 +0000', '2026-11-23T10:00:59.000Z'],
  ['Mon, 23 Nov 2026 10:00:00 XYZ', '2026-11-23T10:00:00.000Z'],
  ['Mon, 23 Foo 2026 10:00:00', null],
  ['Mon, 23 Nov 2026 25:00:00', null],
  ['yesterday', null],
  ['', null],
]
for (const [text, iso] of dates)
  test(`the date ${JSON.stringify(text)} is ${iso ?? 'unreadable'}`, () => {
    const date = parseDate(text)
    assert.equal(date === null ? null : new Date(date).toISOString(), iso)
  })

test('Message-IDs are found with, without and in spite of brackets', () => {
  const id = (value: string): string | null => messageIdOf([{ name: 'message-id', value }])
  assert.equal(id(' <a@x> '), '<a@x>')
  assert.equal(id('a@x'), '<a@x>')
  assert.equal(id('two words'), null)
  assert.equal(messageIdOf([]), null)
})

test('what a mail answers begins with In-Reply-To and goes back in time without repeats', () => {
  const fields = [
    { name: 'references', value: '<1@x> <2@x> <3@x>' },
    { name: 'in-reply-to', value: '<3@x> (x)' },
  ]
  assert.deepEqual(answersOf(fields), ['<3@x>', '<2@x>', '<1@x>'])
})

test('the null sender differs from a missing Return-Path', () => {
  assert.equal(returnPathOf([{ name: 'return-path', value: '<>' }]), '')
  assert.equal(returnPathOf([{ name: 'return-path', value: 'a@x' }]), 'a@x')
  assert.equal(returnPathOf([]), null)
})
