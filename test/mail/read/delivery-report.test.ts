// What comes back about a mail, as the programs of the field write it: with all its parts or without most of them, in UTF-8, in words of
// its own. Written after the documentation and public examples of each; addresses and ids are ours.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { IncomingReport } from '../../../src/domain/message.ts'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'

const ourId = '<sms.0123456789abcdef01234567@office.example>'

async function read(raw: string) {
  return readMail(Buffer.from(raw.replace(/\r?\n/g, '\r\n')), {
    ...{ ownInstance: 'box-1', authservId: null, trustMethod: 'from', truncated: false },
    recordedFields: defaultRecordedFields,
  })
}
const reportIn = async (raw: string): Promise<IncomingReport | null> => (await read(raw)).report

interface Parts {
  readonly status?: string
  readonly statusType?: string
  /** Content-Type and content of the third part. */
  readonly returned?: readonly [string, string] | null
  readonly type?: string
}

const head =
  'Return-Path: <>\nFrom: Mail Delivery System <mailer-daemon@far.example>\nTo: sms@office.example\n'
const plainStatus =
  'Reporting-MTA: dns; mx.far.example\n\nFinal-Recipient: rfc822;anna@far.example\nAction: failed\nStatus: 5.1.1\n'
const ourHeader = `From: sms@office.example\nMessage-ID: ${ourId}\nX-SMS-Bridge: box-1; hop=1\nSubject: SMS from Bob\n`

function bounce({ status = plainStatus, statusType, returned, type }: Parts = {}): string {
  const parts = [
    'Content-Type: text/plain\n\nThis message was created automatically.\n',
    `Content-Type: ${statusType ?? 'message/delivery-status'}\n\n${status}`,
    ...(returned === null
      ? []
      : [`Content-Type: ${returned?.[0] ?? 'text/rfc822-headers'}\n\n${returned?.[1] ?? ourHeader}`]),
  ]
  const mime = type ?? 'multipart/report; report-type=delivery-status; boundary=b'
  return `${head}MIME-Version: 1.0\nContent-Type: ${mime}\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\n`
}

test('a report in good order: what was said of whom, which mail it was, and that it was ours', async () => {
  assert.deepEqual(await reportIn(bounce()), {
    ...{ kind: 'delivery', envelopeId: null, messageIds: [ourId], isOurs: true, says: '' },
    recipients: [{ addresses: ['anna@far.example'], action: 'failed', status: '5.1.1', diagnostic: '' }],
  })
})

const statuses: readonly (readonly [string, string, Partial<IncomingReport['recipients'][number]>[]])[] = [
  [
    'Exim',
    'Reporting-MTA: dns; mx.office.example\nX-Envelope-From: <sms@office.example>\n\nAction: failed\nFinal-Recipient: rfc822;nobody@gone.example\nStatus: 5.0.0\n',
    [{ addresses: ['nobody@gone.example'], action: 'failed', status: '5.0.0' }],
  ],
  [
    'Postfix, with a folded diagnostic',
    'Reporting-MTA: dns; mx.far.example\nX-Postfix-Queue-ID: 4XYZ\nArrival-Date: Sun, 22 Nov 2026 12:00:00 +0000 (UTC)\n\nFinal-Recipient: rfc822; anna@far.example\nOriginal-Recipient: rfc822;a@far.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mail.far.example\nDiagnostic-Code: smtp; 550 5.1.1 <anna@far.example>: Recipient address\n    rejected: User unknown\n',
    [
      {
        addresses: ['anna@far.example', 'a@far.example'],
        status: '5.1.1',
        diagnostic: '550 5.1.1 <anna@far.example>: Recipient address rejected: User unknown',
      },
    ],
  ],
  [
    'a delay that says until when',
    'Reporting-MTA: dns;x\n\nFinal-Recipient: rfc822;anna@far.example\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Fri, 27 Nov 2026 12:00:00 +0000\n',
    [{ action: 'delayed', status: '4.4.1' }],
  ],
  [
    'no empty line between the blocks',
    'Reporting-MTA: dns;x\nFinal-Recipient: rfc822;anna@far.example\nAction: failed\nStatus: 5.2.2 (mailbox full)\n',
    [{ addresses: ['anna@far.example'], action: 'failed', status: '5.2.2' }],
  ],
  [
    'an address without its type, in brackets, and words behind the action',
    'Reporting-MTA: dns;x\n\n\nFinal-Recipient: <anna@far.example>\nAction: Failed (permanently)\nStatus: 5.0.0\n',
    [{ addresses: ['anna@far.example'], action: 'failed' }],
  ],
  [
    'no action: the class of the status says it',
    'Reporting-MTA: dns;x\n\nFinal-Recipient: rfc822;anna@far.example\nStatus: 4.2.2\n',
    [{ action: 'delayed', status: '4.2.2' }],
  ],
  [
    'two recipients behind an alias',
    'Reporting-MTA: dns;x\n\nFinal-Recipient: rfc822;a@far.example\nAction: delivered\nStatus: 2.1.5\n\nFinal-Recipient: rfc822;b@far.example\nAction: failed\nStatus: 5.1.1\n',
    [{ action: 'delivered' }, { action: 'failed' }],
  ],
  ['neither action nor status', 'Reporting-MTA: dns;x\n\nFinal-Recipient: rfc822;anna@far.example\n', []],
]

for (const [what, status, expected] of statuses)
  test(`the delivery status of ${what}`, async () => {
    const recipients = (await reportIn(bounce({ status })))?.recipients ?? []
    assert.equal(recipients.length, expected.length)
    for (const [index, facts] of expected.entries())
      assert.deepEqual({ ...recipients[index], ...facts }, recipients[index])
  })

test('a report of RFC 6533 names its recipient in UTF-8; the domain is compared in its ASCII form', async () => {
  const status =
    'Reporting-MTA: dns;x\n\nFinal-Recipient: utf-8;j\\x{F6}rg@b\\x{FC}ro.example\nAction: failed\nStatus: 5.1.1\n'
  const report = await reportIn(
    bounce({
      status,
      statusType: 'message/global-delivery-status',
      returned: ['message/global-headers', `Subject: grün\nMessage-ID: ${ourId}\n`],
    }),
  )
  assert.deepEqual(report?.recipients[0]?.addresses, ['jörg@xn--bro-hoa.example'])
  assert.deepEqual(report?.messageIds, [ourId])
})

test('a report that returns nothing still has its envelope id, and is not known as ours', async () => {
  const status = plainStatus.replace('\n\n', '\nOriginal-Envelope-Id: 1z-0123456789abcdef0123\n\n')
  const report = await reportIn(bounce({ status, returned: null }))
  assert.deepEqual(
    [report?.envelopeId, report?.messageIds, report?.isOurs],
    ['1z-0123456789abcdef0123', [], false],
  )
})

test('a server that replaced the Message-ID mostly keeps the old one; of a mail that was sent on, the last id comes first', async () => {
  const returned = [
    'message/rfc822',
    `Resent-Message-ID: <resent.1@office.example>\nMessage-ID: <new@far.example>\nX-Google-Original-Message-ID: ${ourId}\n\nBody\nMessage-ID: <in.the@body>\n`,
  ] as const
  const report = await reportIn(bounce({ returned }))
  assert.deepEqual(report?.messageIds, ['<resent.1@office.example>', '<new@far.example>', ourId])
})

test('a list that wraps a report in a multipart/mixed hides nothing', async () => {
  const report = await reportIn(bounce({ type: 'multipart/mixed; boundary=b' }))
  assert.deepEqual([report?.kind, report?.messageIds], ['delivery', [ourId]])
})

test('a report that a person sends on with its parts is the mail of that person', async () => {
  const type = 'multipart/mixed; boundary=b'
  assert.equal((await reportIn(bounce({ type })))?.kind, 'delivery')
  const person = 'From: Anna <anna@office.example>\nTo: sms@office.example\nSubject: [sms] it came back\n'
  const mail = await read(bounce({ type }).replace(head, person))
  assert.deepEqual([mail.report, mail.automatic], [null, null])
})

test('a report that a person forwards as a file is the mail of that person', async () => {
  const inner = bounce()
  const raw = `From: anna@office.example\nTo: sms@office.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=outer\n\n--outer\nContent-Type: text/plain\n\nLook.\n--outer\nContent-Type: message/rfc822\n\n${inner}\n--outer--\n`
  const mail = await read(raw)
  assert.deepEqual([mail.report, mail.automatic], [null, null])
})

test('a disposition notification tells which mail was read', async () => {
  const status = `Final-Recipient: rfc822;anna@office.example\nOriginal-Message-ID: ${ourId}\nDisposition: manual-action/MDN-sent-manually; displayed\n`
  const parts = { status, statusType: 'message/disposition-notification', returned: null }
  const report = await reportIn(
    bounce({ ...parts, type: 'multipart/report; report-type=disposition-notification; boundary=b' }),
  )
  assert.deepEqual([report?.kind, report?.says, report?.messageIds], ['disposition', 'displayed', [ourId]])
})

test('a feedback report tells what kind of complaint it is', async () => {
  const status = 'Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n'
  const parts = {
    status,
    statusType: 'message/feedback-report',
    returned: ['message/rfc822', ourHeader] as const,
  }
  const report = await reportIn(
    bounce({ ...parts, type: 'multipart/report; report-type=feedback-report; boundary=b' }),
  )
  assert.deepEqual([report?.kind, report?.says, report?.messageIds], ['feedback', 'abuse', [ourId]])
})

test('a bounce in words of its own names the mail if it quotes its header, and never says what became of it', async () => {
  const qmail = `${head}Subject: failure notice\n\nHi. This is the qmail-send program at far.example.\n\n<anna@far.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <sms@office.example>\nMessage-ID: ${ourId}\nSubject: SMS from Bob\n\nHello.\n`
  assert.deepEqual(await reportIn(qmail), {
    ...{ kind: 'words', envelopeId: null, messageIds: [ourId], isOurs: false, recipients: [], says: '' },
  })
})

test('an absence note with the null sender is no report', async () => {
  const mail = await read(`${head}Auto-Submitted: auto-replied\nSubject: away\n\nMessage-ID: ${ourId}\n`)
  assert.deepEqual([mail.report, mail.automatic?.kind], [null, 'replied'])
})

test('a report without end is read in bounds, and garbage in it does no harm', async () => {
  const block = 'Final-Recipient: rfc822;a@far.example\nAction: failed\nStatus: 5.1.1\n\n'
  const many = await reportIn(bounce({ status: `Reporting-MTA: dns;x\n\n${block.repeat(3000)}` }))
  assert.equal(many?.recipients.length, 50)
  const long = await reportIn(
    bounce({ status: plainStatus.replace('5.1.1', `5.1.1\nDiagnostic-Code: smtp; ${'x'.repeat(20_000)}`) }),
  )
  assert.ok((long?.recipients[0]?.diagnostic.length ?? 0) <= 300)
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (status) => {
      const report = await reportIn(bounce({ status }))
      for (const { addresses, diagnostic } of report?.recipients ?? [])
        assert.doesNotMatch([...addresses, diagnostic].join(), /[\r\n\0]/)
    }),
    { numRuns: 100 },
  )
})

test('the header lines that a report about a mail returns: those by which people know it, without a secret', async () => {
  const lines = `Received: from x\nDate: Sun, 22 Nov 2026 12:00:00 +0000\nFrom: Anna <anna@office.example>\nTo: ${'x@y.example, '.repeat(300)}\nSubject: [sms]\n Lunch\nMessage-ID: <1@x>\nDKIM-Signature: v=1\nX-SMS-Report: all\n`
  const mail = await read(`${lines}\nAt noon?\n`)
  assert.equal(
    mail.header,
    'Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nFrom: Anna <anna@office.example>\r\nSubject: [sms] Lunch\r\nMessage-ID: <1@x>\r\nX-SMS-Report: all\r\n',
  )
  assert.equal(mail.reportField, 'all')
})
