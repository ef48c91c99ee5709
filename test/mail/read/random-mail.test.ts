// 2,000 random mails made of the building blocks of MIME, broken at random: the reader never fails, hangs or grows.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'

const mailsCount = 2_000

/** A small generator with a seed (mulberry32), so that a failure can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const types = [
  'text/plain',
  'text/html',
  'multipart/mixed',
  'multipart/alternative',
  'multipart/report',
  'multipart/signed',
  'multipart/encrypted',
  'message/rfc822',
  'message/delivery-status',
  'text/calendar',
  'application/pdf',
  'application/pkcs7-mime',
  'x',
  '',
]
const charsets = [
  'utf-8',
  'iso-8859-1',
  'gb18030',
  'iso-2022-jp',
  'utf-7',
  'utf-16',
  'x-none',
  '"',
  '__proto__',
  'hex',
]
const encodings = ['7bit', 'base64', 'quoted-printable', '8bit', 'x-uuencode']
const fieldPool = [
  'From: "a" <a@x.example>',
  'From: (((((',
  'From: =?utf-8?B?/////w==?= <a@x>',
  'To: a@x, b: c@d;, <',
  'Subject: =?utf-8?Q?=?= =?x?Q?a?=',
  'Subject: Re: =?gb18030?B?xOO6ww==?=',
  'Date: Mon, 99 Foo 2026 99:99',
  'Date: 1 Jan 26 1:02 EST',
  'References: <a> <b> <',
  'In-Reply-To: <1@x>',
  'Authentication-Results: mx; dmarc=pass (',
  'X-SMS-Bridge: ; hop=',
  'Return-Path: <>',
  'Received: x',
  ': no name',
  'no colon',
  '\tfolded',
  'Delivered-To: \u0000',
]
const bodies = [
  'hello',
  '> quote\n> more',
  'On Monday x wrote:\n',
  '<p>x<b>y</blockquote>',
  '<div '.repeat(50),
  '-- \nsig',
  '=3D=\n=ZZ=',
  'aGVsbG8=',
  '\u0000\u0001\ufffe',
  'BEGIN:VEVENT\nSUMMARY',
  '--b1',
  '-----BEGIN PGP MESSAGE-----',
]

function randomPart(pick: (below: number) => number, depth: number): string {
  const from = (list: readonly string[]): string => list[pick(list.length)] ?? ''
  const boundary = `b${pick(4)}`
  const type = from(types)
  const head = `Content-Type: ${type}; charset=${from(charsets)}; boundary=${boundary}; format=flowed\nContent-Transfer-Encoding: ${from(encodings)}\n${pick(4) === 0 ? "Content-Disposition: attachment; filename*0*=utf-8''%ZZ; filename=\"x" : 'X-A: b'}\n\n`
  if (!type.startsWith('multipart') || depth > 6)
    return head + Array.from({ length: pick(6) }, () => from(bodies)).join('\n')
  const children = Array.from({ length: pick(5) }, () => `--${boundary}\n${randomPart(pick, depth + 1)}\n`)
  return `${head}${children.join('')}${pick(3) === 0 ? '' : `--${boundary}--\n`}`
}

function randomMail(pick: (below: number) => number): Buffer {
  const fields = Array.from({ length: 1 + pick(8) }, () => fieldPool[pick(fieldPool.length)] ?? '')
  const text = `${fields.join('\n')}\n${randomPart(pick, 0)}`
  const raw = Buffer.from(pick(2) === 0 ? text.replace(/\n/g, '\r\n') : text)
  for (let i = pick(6); i > 0; i--) raw[pick(raw.length)] = pick(256)
  return pick(5) === 0 ? raw.subarray(0, pick(raw.length)) : raw
}

test(`${mailsCount} random mails are read without a crash, a hang or growing memory`, async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9))
  const pick = randomFrom(seed)
  const options = {
    ownInstance: 'box',
    authservId: 'mx',
    trustMethod: 'authentication-results' as const,
    recordedFields: defaultRecordedFields,
    truncated: false,
  }
  let heapBefore = 0
  for (let i = 0; i < mailsCount; i++) {
    if (i === mailsCount / 2) heapBefore = process.memoryUsage().heapUsed
    const raw = randomMail(pick)
    const begun = performance.now()
    try {
      const mail = await readMail(raw, options)
      assert.doesNotMatch(mail.subject, /[\u0000-\u001f\u007f]/)
      assert.equal(mail.from === null, mail.fromProblem !== null)
    } catch (error) {
      assert.ok(
        error instanceof GatewayError && error.code === 'MAIL_MALFORMED',
        `seed ${seed}, mail ${i}: ${error}`,
      )
    }
    assert.ok(performance.now() - begun < 20_000, `seed ${seed}, mail ${i} took too long`)
  }
  assert.ok(process.memoryUsage().heapUsed - heapBefore < 150_000_000, `seed ${seed}: the heap grew`)
})
