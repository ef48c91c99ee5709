// Our reports as programs read them: Python's email package finds no defect in any, our own reader finds what was put in, and nothing
// that a stranger wrote can add a field, a part or a line.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { languages } from '../../../src/domain/binding.ts'
import type { StatusReport } from '../../../src/domain/message.ts'
import { noticeDraft } from '../../../src/exchange/decide/notices.ts'
import { createComposer } from '../../../src/mail/compose/compose-mail.ts'
import { composeReport } from '../../../src/mail/compose/compose-report.ts'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'
import { readWithPython } from './python-mail.ts'

const noon = Date.UTC(2026, 10, 22, 12)
const compose = createComposer({ domain: 'office.example', instance: 'box-1' })

const facts: StatusReport = {
  host: 'office.example',
  arrivedAt: noon,
  recipient: '+4917012345678@sms.office.example',
  originalRecipient: 'bob@office.example',
  action: 'failed',
  status: '4.4.7',
  diagnostic: 'TP-ST 0x46 the validity period is over',
  lastAttemptAt: noon + 1000,
  retryUntil: null,
  header:
    'From: Anna <anna@office.example>\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\nMessage-ID: <1@office.example>\r\n',
}

async function report(
  more: Partial<StatusReport> = {},
  about: { subject?: string; detail?: string; language?: (typeof languages)[number] } = {},
) {
  const draft = noticeDraft({
    ...{ reason: 'sms-failed', detail: '+4917012345678', language: 'en', to: 'anna@office.example' },
    ...{ subject: 'Lunch', mailId: '<1@office.example>', ownMailbox: 'sms@office.example' },
    ...{ messageId: '<notice.1@office.example>', now: noon, ...about },
  })
  return composeReport(await compose(draft), { ...facts, ...more })
}

test('a report has the three parts of RFC 6522 and the fields of RFC 3464, and Python reads them without a defect', async () => {
  const [mail] = readWithPython([await report()])
  assert.ok(mail !== undefined)
  assert.deepEqual(mail.defects, [])
  assert.deepEqual(mail.types, ['text/plain', 'message/delivery-status', 'text/rfc822-headers'])
  assert.equal(mail.params['report-type'], 'delivery-status')
  assert.deepEqual(mail.status, [
    [
      ['reporting-mta', 'dns; office.example'],
      ['arrival-date', 'Sun, 22 Nov 2026 12:00:00 +0000'],
    ],
    [
      ['original-recipient', 'rfc822;bob@office.example'],
      ['final-recipient', 'rfc822;+4917012345678@sms.office.example'],
      ['action', 'failed'],
      ['status', '4.4.7'],
      ['diagnostic-code', 'X-SMS; TP-ST 0x46 the validity period is over'],
      ['last-attempt-date', 'Sun, 22 Nov 2026 12:00:01 +0000'],
    ],
  ])
  const header = new Map(mail.header)
  assert.deepEqual(
    ['to', 'auto-submitted', 'in-reply-to', 'references', 'mime-version'].map((name) => header.get(name)),
    ['anna@office.example', 'auto-replied', '<1@office.example>', '<1@office.example>', '1.0'],
  )
  assert.equal(mail.header.filter(([name]) => name.startsWith('content-')).length, 1)
  assert.match(mail.texts[0] ?? '', /^Your mail could not be delivered as an SMS \(\+4917012345678\)\./)
  assert.equal(mail.texts[2]?.replaceAll('\r\n', '\n'), facts.header.replaceAll('\r\n', '\n'))
})

test('a delay says until when it is tried', async () => {
  const [mail] = readWithPython([await report({ action: 'delayed', retryUntil: noon + 86_400_000 })])
  assert.deepEqual(mail?.status[1]?.at(-1), ['will-retry-until', 'Mon, 23 Nov 2026 12:00:00 +0000'])
})

test('an address beyond ASCII is named so that a program finds it again', async () => {
  const beyond = { host: 'b\u00fcro.example', originalRecipient: 'j\u00f6rg@b\u00fcro.example' }
  const raw = await report(beyond)
  const [mail] = readWithPython([raw])
  const fields = new Map(mail?.status.flat())
  assert.equal(fields.get('reporting-mta'), 'dns; xn--bro-hoa.example')
  assert.equal(fields.get('original-recipient'), 'utf-8;j\\x{F6}rg@xn--bro-hoa.example')
  const options = { authservId: null, trustMethod: 'from', recordedFields: defaultRecordedFields } as const
  const read = await readMail(raw, { ...options, ownInstance: 'box-2', truncated: false })
  assert.equal(read.report?.recipients[0]?.addresses[1], 'j\u00f6rg@xn--bro-hoa.example')
})

test('where nothing is known of the mail the third part is left out, as RFC 6522 allows', async () => {
  const [mail] = readWithPython([
    await report({ header: '', originalRecipient: null, diagnostic: '', lastAttemptAt: null }),
  ])
  assert.deepEqual([mail?.defects, mail?.types], [[], ['text/plain', 'message/delivery-status']])
  assert.deepEqual(
    mail?.status[1]?.map(([name]) => name),
    ['final-recipient', 'action', 'status'],
  )
})

test('the text of each language reaches the reader as it was written', async () => {
  const raw = await Promise.all(languages.map((language) => report({}, { language, subject: '天气 ☀' })))
  for (const [index, mail] of readWithPython(raw).entries()) {
    assert.deepEqual(mail.defects, [], languages[index])
    assert.match(mail.texts[0] ?? '', /sms-failed/)
    assert.match(new Map(mail.header).get('subject') ?? '', /天气 ☀$/)
  }
})

test('a header with 8-bit letters or lines without end is returned in quoted-printable', async () => {
  const header = `From: J\u00f6rg <joerg@office.example>\r\nSubject: ${'very '.repeat(300)}long=\r\n`
  const raw = await report({ header })
  assert.ok(raw.every((octet) => octet < 0x80))
  assert.ok(
    raw
      .toString()
      .split('\r\n')
      .every((line) => line.length <= 998),
  )
  const [mail] = readWithPython([raw])
  assert.deepEqual(
    [mail?.defects, mail?.texts[2]?.replaceAll('\r\n', '\n')],
    [[], header.replaceAll('\r\n', '\n')],
  )
})

test('a returned header is bounded, and no field of it is cut in two', async () => {
  const header = Array.from({ length: 400 }, (_, at) => `X-Field-${at}: ${'x'.repeat(60)}\r\n`).join('')
  const raw = await report({ header })
  assert.ok(raw.length < 12_000, `${raw.length} octets`)
  assert.ok(raw.toString().includes(`X-Field-0: ${'x'.repeat(60)}\r\n`))
})

test('equal facts give equal bytes, other facts another boundary', async () => {
  const [one, same, other] = [await report(), await report(), await report({ status: '5.1.1' })]
  assert.deepEqual(one, same)
  const boundary = (raw: Buffer) => /boundary="([^"]+)"/.exec(raw.toString())?.[1]
  assert.notEqual(boundary(one), boundary(other))
})

test('whatever a network, a sender or a subject say: no defect, no field of theirs, three parts', async () => {
  const words = fc.string({ unit: 'binary', maxLength: 300 })
  const line = words.map((text) => text.replace(/[\r\n\0]/g, ' '))
  const samples = fc.sample(fc.record({ diagnostic: words, line, subject: words, detail: words }), 150)
  const raw = await Promise.all(
    samples.map(({ diagnostic, line, subject, detail }) =>
      report({ diagnostic, header: `Subject: ${line}\r\n` }, { subject, detail }),
    ),
  )
  for (const [index, mail] of readWithPython(raw).entries()) {
    const seen = JSON.stringify(samples[index])
    assert.deepEqual(mail.defects, [], seen)
    assert.equal(mail.types.length, 3, seen)
    assert.deepEqual(mail.status.length, 2, seen)
    const names = mail.status[1]?.map(([name]) => name) ?? []
    assert.deepEqual(
      names.filter((name) => name !== 'diagnostic-code'),
      ['original-recipient', 'final-recipient', 'action', 'status', 'last-attempt-date'],
      seen,
    )
  }
})

test('our own reader takes a report of ours for what it is: automatic, ours, and about that mail', async () => {
  const header = `${facts.header}X-SMS-Bridge: box-1; hop=1\r\n`
  const options = { authservId: null, trustMethod: 'from', recordedFields: defaultRecordedFields } as const
  const mail = await readMail(await report({ header }), {
    ...options,
    ownInstance: 'box-2',
    truncated: false,
  })
  assert.equal(mail.automatic?.kind, 'report')
  assert.deepEqual([mail.report?.kind, mail.report?.messageIds], ['delivery', ['<1@office.example>']])
  assert.deepEqual(mail.report?.recipients, [
    {
      addresses: ['+4917012345678@sms.office.example', 'bob@office.example'],
      ...{ action: 'failed', status: '4.4.7', diagnostic: 'TP-ST 0x46 the validity period is over' },
    },
  ])
  const own = await readMail(await report({ header }), { ...options, ownInstance: 'box-1', truncated: false })
  assert.deepEqual([own.automatic?.kind, own.report?.isOurs], ['own', true])
})
