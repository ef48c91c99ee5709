// The worst inputs for the expressions and loops of the reader: header fields, parameters, encoded words, signatures. Each ends in time.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'

const options = {
  ownInstance: 'box',
  authservId: 'mx',
  trustMethod: 'authentication-results' as const,
  recordedFields: defaultRecordedFields,
  truncated: false,
  secretOf: () => 'word',
}
/** Milliseconds; on a quiet machine the worst takes 250. */
const msMax = 10_000
/** A header section is cut at 64 KiB. */
const octets = 60_000

/** What a field is made of, again and again. */
const pieces: Readonly<Record<string, readonly string[]>> = {
  From: ['(', '"', '<', ',', ':', ';', 'a@b,', '(a', '\\', ' ', '=?utf-8?Q?a?= ', 'a@', 'a:b;', '.a', '@ a.'],
  To: ['a@b, ', '(', '"', '<', 'a:b;'],
  'Delivered-To': ['a@b,', '<'],
  Subject: ['=?', '=?utf-8?Q?a?= ', '=?gb18030?B?xOO6ww==?= ', '=?iso-2022-jp?B?GyRC?=', '=?hz?Q?~{?=', '?='],
  'Subject: Re': ['[sms ', '[', '[secret ', ' ', 'out of office ', 'automatic '],
  'Authentication-Results': [
    'mx; dkim=pass ',
    '(',
    '"',
    ';',
    'a=b ',
    '\\"',
    '=',
    'a.',
    'mx;a=b/',
    '/ 1',
    'mx;dkim=pass header.d=x;',
  ],
  'DKIM-Signature': ['a=b;', ';', 'h=from:', '=', 'd=office.example; '],
  'Content-Type': [
    ';a*0=b',
    ";a*0*=utf-8''%20",
    '"',
    '\\',
    '(',
    ';',
    '=',
    "'",
    '%',
    ';a="',
    ';a*1*=%e4',
    '()',
  ],
  'Content-Disposition': ['a;filename*0=', ";filename*=utf-8''%", ';filename="', ';filename=='],
  'Message-ID': ['<', '<a', '<a>'],
  References: ['<', '<a> ', '<a', '>'],
  'Return-Path': ['<', '<a'],
  Date: ['1 ', 'Mon, ', '1-', '1 Jan '],
  'X-SMS-To': ['+', '1 '],
  'X-SMS-Secret': ['a '],
  'Auto-Submitted': ['-', 'a ', ' '],
}

for (const [field, all] of Object.entries(pieces))
  test(`a field ${field} made of what is hard to read ends in time`, async () => {
    for (const piece of all) {
      const author = field === 'From' ? '' : 'From: anna@office.example\r\n'
      const value = piece.repeat(octets / piece.length)
      const began = performance.now()
      await readMail(Buffer.from(`${author}${field}: ${value}\r\n\r\nhi`), options)
      const took = performance.now() - began
      assert.ok(took < msMax, `${JSON.stringify(piece)} took ${took.toFixed(0)} ms`)
    }
  })

test('a hundred parts whose headers are hard to read end in time', async () => {
  for (const piece of pieces['Content-Type'] ?? []) {
    const part = `--b\r\nContent-Type: text/plain;x=${piece.repeat(2_500 / piece.length)}\r\n\r\nhi\r\n`
    const head = 'From: anna@office.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'
    const began = performance.now()
    await readMail(Buffer.from(head + part.repeat(99)), options)
    const took = performance.now() - began
    assert.ok(took < msMax, `${JSON.stringify(piece)} took ${took.toFixed(0)} ms`)
  }
})

test('signatures and armour that never end are read to their end', async () => {
  const head = 'From: anna@office.example\r\n'
  const bodies = [
    `Content-Type: application/pkcs7-mime\r\n\r\n${'0\u0080'.repeat(100_000)}`,
    `Content-Type: application/pkcs7-mime\r\n\r\n${'$\u0080'.repeat(100_000)}`,
    `Content-Type: application/pkcs7-mime\r\n\r\n${'0\u0084\u00ff\u00ff\u00ff\u00ff'.repeat(30_000)}`,
    `\r\n${'-----BEGIN PGP SIGNED MESSAGE-----\n'.repeat(3_000)}`,
    `\r\n-----BEGIN PGP SIGNED MESSAGE-----\n\n${'- '.repeat(50_000)}`,
    `\r\n-----BEGIN PGP SIGNED MESSAGE-----${'\n \t'.repeat(30_000)}`,
  ]
  for (const body of bodies) {
    const began = performance.now()
    await readMail(Buffer.from(head + body, 'latin1'), options)
    const took = performance.now() - began
    assert.ok(took < msMax, `${JSON.stringify(body.slice(0, 60))} took ${took.toFixed(0)} ms`)
  }
})
