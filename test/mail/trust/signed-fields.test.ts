// trust.method = "authentication-results": what the signatures of a mail cover, when the mail server says that they are right.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Authentication } from '../../../src/domain/message.ts'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'
import { signedFields } from '../../../src/mail/trust/dkim-fields.ts'
import { annasMail, signed } from './dkim-support.ts'

const gmail = ['from', 'to', 'cc', 'subject', 'date', 'message-id']
const microsoft = ['from', 'date', 'subject', 'message-id', 'content-type', 'mime-version']
const pass = 'Authentication-Results: mx.box.example; dmarc=pass header.from=office.example\r\n'

async function judged(mail: string, results = pass): Promise<Authentication> {
  const { authentication } = await readMail(Buffer.from(results + mail), {
    ownInstance: 'box-1',
    authservId: 'mx.box.example',
    trustMethod: 'authentication-results',
    recordedFields: defaultRecordedFields,
    truncated: false,
  })
  return authentication
}

const fieldsOf = (mail: string): readonly string[] | null => {
  const found = signedFields(Buffer.from(mail), 'office.example')
  return found === null ? null : [...found].sort()
}

test('the mail server’s word for a signed mail vouches for the signed fields', async () => {
  const mail = await signed(annasMail(), { fields: gmail })
  assert.deepEqual([...(await judged(mail)).vouched].sort(), ['date', 'from', 'message-id', 'subject', 'to'])
  const captured = `X-SMS-Convert: 1\r\n${await signed(annasMail(), { fields: microsoft })}`
  const { proven, vouched } = await judged(captured.replace('To: sms', 'To: eve'))
  assert.deepEqual([proven, [...vouched].sort()], [true, ['date', 'from', 'message-id', 'subject']])
})

test('without a signature of its domain, the author’s own server brought the mail', async () => {
  assert.equal((await judged(annasMail())).vouched, 'all')
  assert.equal((await judged(await signed(annasMail(), { domain: 'relay.example' }))).vouched, 'all')
})

test('with SPF for the very address of the author, all of a signed mail is the author’s', async () => {
  const mail = await signed(annasMail(), { fields: microsoft })
  const spf = (from: string) => pass.replace('; dmarc', `; spf=pass smtp.mailfrom=${from}; dmarc`)
  assert.equal((await judged(mail, spf('anna@office.example'))).vouched, 'all')
  assert.notEqual((await judged(mail, spf('eve@office.example'))).vouched, 'all')
})

test('what one signature of the domain leaves out is not vouched for, whatever another covers', async () => {
  const one = await signed(annasMail(), { fields: gmail })
  const both = await signed(one, { fields: ['from', 'date', 'subject'] })
  assert.deepEqual(fieldsOf(both), ['date', 'from', 'subject'])
  const relative = await signed(one, { domain: 'mail.office.example', fields: ['from', 'subject'] })
  assert.deepEqual(fieldsOf(relative), ['from', 'subject'])
  const stranger = await signed(one, { domain: 'relay.example', fields: ['from'] })
  assert.deepEqual(fieldsOf(stranger), ['date', 'from', 'message-id', 'subject', 'to'])
})

test('a signed field that somebody doubled is vouched for by nobody', async () => {
  const mail = await signed(annasMail(), { fields: gmail })
  assert.deepEqual(fieldsOf(`To: bob@office.example\r\n${mail}`), ['date', 'from', 'message-id', 'subject'])
  assert.equal((await judged(`Subject: [sms +4915199999999] x\r\n${mail}`)).proven, false)
})

const hidings: readonly (readonly [what: string, change: (mail: string) => string])[] = [
  ['behind 70 kB of other fields', (mail) => `${`X-A: ${'b'.repeat(1_000)}\r\n`.repeat(70)}${mail}`],
  ['behind 3,000 other fields', (mail) => `${'X-A: b\r\n'.repeat(3_000)}${mail}`],
  ['among 30 of its like', (mail) => `${'DKIM-Signature: d=x.example; h=from\r\n'.repeat(30)}${mail}`],
  ['behind an empty line that not every reader sees', (mail) => `X-A: b\n\r\n${mail}`],
  ['behind a bare CR', (mail) => `X-A: b\r\r\n${mail}`],
  ['in a form that cannot be read', (mail) => mail.replace('; s=sel', '; s="sel"')],
  ['with a part of the text only', (mail) => mail.replace('; s=sel', '; l=2; s=sel')],
]
for (const [what, change] of hidings)
  test(`a signature that stands ${what} vouches for nothing`, async () => {
    const mail = change(await signed(annasMail(), { fields: gmail }))
    assert.deepEqual(fieldsOf(mail), [])
    assert.notEqual((await judged(mail)).vouched, 'all')
  })

test('a long header without a signature of anybody is no sign of one', async () => {
  const long = `X-A: ${'b'.repeat(100_000)}\r\nReferences: ${'<1@x>\r\n '.repeat(3_000)}\r\n${annasMail('DKIM-Signature: d=x\n')}`
  assert.equal(fieldsOf(long), null)
  assert.equal((await judged(long)).vouched, 'all')
})

test('a mail in a file with bare line feeds is read alike, and a blank before the colon hides no signature', async () => {
  const mail = await signed(annasMail(), { fields: gmail })
  const names = ['date', 'from', 'message-id', 'subject', 'to']
  assert.deepEqual(fieldsOf(mail.replaceAll('\r\n', '\n')), names)
  assert.deepEqual(fieldsOf(mail.replace('DKIM-Signature:', 'dkim-SIGNATURE :')), names)
})

test('whatever fields are added to a signed mail, nothing else becomes vouched for', async () => {
  const mail = await signed(annasMail(), { fields: microsoft })
  const field = fc.constantFrom(
    ...[
      'To: a@b.example',
      'Cc: c@d.example',
      'X-SMS-To: +4915199999999',
      'X-SMS-Convert: 1',
      'From: x@y.example',
    ],
    ...[
      'DKIM-Signature: d=office.example; h=from:to:cc:x-sms-to',
      'In-Reply-To: <1@x>',
      'Subject: [sms] a',
      '',
    ],
    ...['DKIM-Signature: d=evil.example; h=from:date:subject:to', ' folded', 'junk', 'Message-ID: <2@x>'],
  )
  const own = ['date', 'from', 'message-id', 'subject']
  await fc.assert(
    fc.asyncProperty(fc.array(field), fc.array(field), async (above, below) => {
      const lines = (all: string[]): string => all.map((line) => `${line}\r\n`).join('')
      const { vouched } = await judged(lines(above) + mail.replace('To: sms', `${lines(below)}To: sms`), pass)
      assert.ok(vouched !== 'all' && vouched.every((name) => own.includes(name)), `${vouched}`)
    }),
    { numRuns: 300 },
  )
})
