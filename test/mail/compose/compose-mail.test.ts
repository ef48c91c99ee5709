// Outgoing mail: what the reader finds in it again, equal bytes for equal drafts, no injected fields.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import type { MailDraft } from '../../../src/domain/message.ts'
import { createComposer } from '../../../src/mail/compose/compose-mail.ts'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'

const compose = createComposer({ domain: 'office.example', instance: 'box-1' })
const draft: MailDraft = {
  from: { address: 'sms@office.example', name: 'Jörg (+49 170 1234567)' },
  to: { address: 'anna@office.example', name: '' },
  replyTo: 'sms+token@office.example',
  subject: 'SMS from Jörg 😀 (+49 170 1234567)',
  messageId: '<sms.1.abc@office.example>',
  inReplyTo: '<m1@office.example>',
  references: ['<root@office.example>', '<m1@office.example>'],
  date: Date.UTC(2026, 10, 23, 9, 0, 0),
  text: `Grüße 😀\n.dot\nFrom here\n${'long line '.repeat(200)}\n`,
  fields: {
    'X-SMS-From': '+491701234567',
    'X-SMS-SMSC': '+491722270333',
    'X-SMS-SCTS': '2026-11-24T12:00:00+01:00',
    'X-SMS-ID': '<sms.1@office.example>',
    'Auto-Submitted': 'auto-generated',
  },
}
const options = {
  ownInstance: 'other',
  authservId: null,
  trustMethod: 'from' as const,
  recordedFields: defaultRecordedFields,
  truncated: false,
}

test('the reader finds in a composed mail what the draft said', async () => {
  const raw = await compose(draft)
  const mail = await readMail(raw, options)
  assert.deepEqual(mail.from, draft.from)
  assert.deepEqual(mail.to, [draft.to])
  assert.equal(mail.subject, draft.subject)
  assert.equal(mail.messageId, draft.messageId)
  assert.deepEqual(mail.answers, ['<m1@office.example>', '<root@office.example>'])
  assert.equal(mail.date, draft.date)
  assert.equal(mail.text, draft.text.trim())
  const head = raw.toString().split('\r\n\r\n')[0] ?? ''
  assert.match(head, /^Reply-To: sms\+token@office\.example$/m)
  assert.match(head, /^X-SMS-Bridge: box-1; hop=1$/m)
  assert.match(head, /^X-Auto-Response-Suppress: OOF, AutoReply$/m)
  const spelled = [...head.matchAll(/^(x-sms-[\w-]+):/gim)].map(([, name]) => name)
  assert.deepEqual(spelled, ['X-SMS-Bridge', 'X-SMS-From', 'X-SMS-SMSC', 'X-SMS-SCTS', 'X-SMS-ID'])
  assert.match(head, /^X-SMS-From: \+491701234567$/m)
})

test('equal drafts give equal bytes, in US-ASCII with CRLF and short lines', async () => {
  const [one, two] = await Promise.all([compose(draft), compose({ ...draft })])
  assert.deepEqual(one, two)
  assert.doesNotMatch(one.toString('latin1'), /[^\r]\n|[\u0080-\u00ff]/)
  assert.ok(
    one
      .toString('latin1')
      .split('\r\n')
      .every((line) => line.length <= 998),
  )
})

test('our own mail is recognised when it comes back', async () => {
  const mail = await readMail(await compose(draft), { ...options, ownInstance: 'box-1' })
  assert.equal(mail.automatic?.kind, 'own')
})

test('no value can begin a second field', async () => {
  const evil = 'x\r\nBcc: evil@evil.example\r\n\r\nbody\u0000\u0085\u2028'
  const raw = await compose({
    ...draft,
    from: { address: draft.from.address, name: evil },
    to: { address: draft.to.address, name: evil },
    replyTo: `sms@office.example${evil}`,
    subject: evil,
    messageId: `<a@b>${evil}`,
    inReplyTo: evil,
    references: [evil],
    fields: { 'X-SMS-From': evil },
  })
  const head = raw.toString().split('\r\n\r\n')[0] ?? ''
  assert.doesNotMatch(head, /^(?:bcc|body)/im)
  assert.ok(head.includes('X-Auto-Response-Suppress'))
  assert.equal((await readMail(raw, options)).text, draft.text.trim())
})

test('a display name is cut to 78 characters without breaking one', async () => {
  const raw = await compose({ ...draft, from: { address: draft.from.address, name: '😀'.repeat(100) } })
  assert.equal((await readMail(raw, options)).from?.name, '😀'.repeat(78))
})

test('long threads keep their root and the newest ids', async () => {
  const references = Array.from({ length: 60 }, (_, i) => `<${i}@office.example>`)
  const { answers } = await readMail(
    await compose({ ...draft, inReplyTo: '<59@office.example>', references }),
    options,
  )
  assert.equal(answers.length, 20)
  assert.equal(answers[0], '<59@office.example>')
  assert.equal(answers.at(-1), '<0@office.example>')
})

test('a draft that brings a field of the composer, or no Message-ID, is a defect', async () => {
  for (const fields of [{ Bcc: 'x@y' }, { 'Content-Type': 'text/html' }, { 'X A': 'b' }, { From: 'x@y' }])
    await assert.rejects(compose({ ...draft, fields: { ...fields } as Record<string, string> }), GatewayError)
  await assert.rejects(compose({ ...draft, messageId: ' ' }), GatewayError)
})
