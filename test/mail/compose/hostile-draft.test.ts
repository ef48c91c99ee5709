// Whatever an SMS, a name or a subject holds, the mail that is made of it has the header fields that we wrote and no other, and a mail
// program of another make finds no defect in it (RFC 5322, RFC 2047, RFC 2045).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { languages } from '../../../src/domain/binding.ts'
import type { MailDraft } from '../../../src/domain/message.ts'
import { smsToMail } from '../../../src/exchange/decide/convert.ts'
import { noticeDraft } from '../../../src/exchange/decide/notices.ts'
import { type Reason, reasons } from '../../../src/exchange/decide/reasons.ts'
import { createComposer } from '../../../src/mail/compose/compose-mail.ts'
import { sms } from '../../exchange/world.ts'
import { type PythonMail, readWithPython } from './python-mail.ts'

const seed = Number(process.env.SIMPOST_SEED ?? Date.now() % 1_000_000)
const mailsCount = 200
const compose = createComposer({ domain: 'office.example', instance: 'box-1' })

const nasty = [
  ...[
    '\r\nBcc: eve@evil.example\r\n',
    '\n\n<html>',
    '\r\n.\r\n',
    '=?utf-8?q?=0D=0ABcc:_eve?=',
    '\u0000',
    '\u0085',
  ],
  ...[
    '\u2028',
    '"',
    '\\',
    '<eve@evil.example>',
    ', eve@evil.example',
    ';',
    ':',
    '(',
    '@',
    '\u202e',
    '😀',
    '\ud83d',
  ],
  ...['x'.repeat(1000), ' '.repeat(90), '\t', 'From ', '--', '=\r\n', 'Ж', '密'],
]
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'grapheme' }), fc.string()), { maxLength: 6 })
  .map((pieces) => pieces.join(''))

const smsDraft = fc.record({ from: hostile, name: fc.option(hostile), text: hostile, smsc: hostile }).map(
  ({ from, name, text, smsc }): MailDraft =>
    smsToMail({
      ...{
        sms: { ...sms({ text }), from, smsc, missing: [2], parts: 3, messageClass: 1 },
        to: 'anna@office.example',
      },
      ...{ body: `${text}\n`, name, subject: null, ownMailbox: 'sms@office.example', plusAddresses: true },
      ...{ messageId: '<sms.1@office.example>', autoSubmitted: false },
      conversation: {
        ...{
          number: from,
          correspondent: 'anna@office.example',
          token: 'abc',
          subject: `SMS from ${name ?? from}`,
        },
        ...{
          rootMailId: '<talk.abc@office.example>',
          lastMailId: '<m1@office.example>',
          expiresAt: 0,
          answered: true,
        },
      },
    }),
)
const notice = fc
  .record({
    reason: fc.constantFrom(...(Object.keys(reasons) as Reason[])),
    detail: hostile,
    subject: hostile,
  })
  .chain((facts) =>
    fc.constantFrom(...languages).map((language) =>
      noticeDraft({
        ...{ ...facts, language, to: 'anna@office.example', mailId: '<m1@office.example>', now: 0 },
        ...{ ownMailbox: 'sms@office.example', messageId: '<notice.1@office.example>' },
      }),
    ),
  )

const always = ['from', 'to', 'subject', 'date', 'message-id', 'in-reply-to', 'references', 'x-sms-bridge']
const written = new Set(
  [...always, 'reply-to', 'x-auto-response-suppress', 'auto-submitted', 'mime-version'].concat(
    ['content-type', 'content-transfer-encoding'],
    ['from', 'to', 'smsc', 'scts', 'parts', 'class', 'id', 'reason'].map((name) => `x-sms-${name}`),
  ),
)
const fieldOf = ({ header }: PythonMail, name: string): string =>
  header.find(([field]) => field === name)?.[1] ?? ''

test(`${mailsCount} mails of hostile texts, names, numbers and subjects have our fields and no defect (seed ${seed})`, async () => {
  const drafts = fc.sample(fc.oneof(smsDraft, notice), { numRuns: mailsCount, seed })
  const raws = await Promise.all(drafts.map(compose))
  for (const [at, mail] of readWithPython(raws).entries()) {
    const raw = raws[at]?.toString('latin1') ?? ''
    const fields = mail.header.map(([name]) => name)
    assert.deepEqual(mail.defects, [], raw)
    assert.deepEqual([...new Set(fields)], fields, raw)
    assert.deepEqual(
      fields.filter((name) => !written.has(name)),
      [],
      raw,
    )
    for (const name of always) assert.ok(fields.includes(name), `${name} in ${raw}`)
    assert.match(fieldOf(mail, 'from'), /<?sms@office\.example>?$/, raw)
    assert.equal(fieldOf(mail, 'to'), 'anna@office.example', raw)
    assert.doesNotMatch(raw, /[^\r]\n|\r[^\n]|[\u0080-\u00ff]|[^\r\n]{999}/)
    const wanted = (drafts[at]?.text ?? '').replace(/\r\n?/g, '\n').replaceAll('\u0000', '')
    assert.equal(mail.texts[0]?.replace(/\r\n/g, '\n'), Buffer.from(wanted).toString())
  }
})
