// A mail that is sent on: the Resent block in front, the original behind it byte for byte, and what other readers make of it.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { redirectMail } from '../../../src/mail/compose/redirect-mail.ts'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'
import { verifyDkim } from '../../../src/mail/trust/dkim.ts'
import { annasMail, dns, signed } from '../trust/dkim-support.ts'

const facts = {
  box: 'sms@box.example',
  to: 'bob@office.example',
  messageId: '<resent.7.abc@box.example>',
  date: Date.UTC(2026, 10, 24, 16, 5, 9),
  instance: 'box-1',
}

const block = (hop: number): string =>
  [
    `X-SMS-Bridge: box-1; hop=${hop}`,
    'Resent-Date: Tue, 24 Nov 2026 16:05:09 +0000',
    'Resent-From: <sms@box.example>',
    'Resent-To: <bob@office.example>',
    'Resent-Message-ID: <resent.7.abc@box.example>',
    '',
  ].join('\r\n')

const redirected = (raw: string | Buffer): string => redirectMail(Buffer.from(raw), facts).toString('latin1')

test('the Resent block and our mark stand in front of the original, which stays as it is', () => {
  const mail = annasMail('hi\n', 'Bcc: carol@office.example\nReturn-Path: <anna@office.example>\n')
  assert.equal(redirected(mail), block(1) + mail)
})

const fixtures = new URL('../../fixtures/mail/', import.meta.url)
test('every recorded mail stays byte for byte behind the block', () => {
  for (const name of readdirSync(fixtures)) {
    const raw = readFileSync(new URL(name, fixtures))
    const sent = redirectMail(raw, facts)
    assert.ok(sent.subarray(sent.length - raw.length).equals(raw), name)
    assert.match(
      sent.subarray(0, sent.length - raw.length).toString('latin1'),
      /^X-SMS-Bridge: box-1; hop=\d\r\n/,
    )
  }
})

test('the mark counts one hop more than the highest that the mail carries', () => {
  const marks: readonly (readonly [string, number])[] = [
    ['X-SMS-Bridge: other; hop=1\r\n', 2],
    ['X-SMS-Bridge: other; hop=2\r\nX-SMS-Bridge: third; hop=1\r\n', 3],
    ['x-sms-bridge: other;\r\n hop=4\r\n', 5],
    ['X-SMS-Bridge: other\r\n', 1],
    ['X-SMS-Bridge: other; hop=x\r\n', 1],
    ['Subject: X-SMS-Bridge: other; hop=7\r\n', 1],
  ]
  for (const [mark, hop] of marks)
    assert.ok(redirected(mark + annasMail()).startsWith(`X-SMS-Bridge: box-1; hop=${hop}\r\n`), mark)
  assert.ok(redirected(annasMail('X-SMS-Bridge: other; hop=7\n')).includes('hop=1\r\n'))
})

test('the separator of an mbox file and lines that continue nothing are dropped', () => {
  const mail = annasMail()
  for (const before of [
    'From anna@office.example Tue Nov 24 16:00:00 2026\r\n',
    '>From anna@office.example Tue Nov 24 16:00:00 2026\n',
    ' evil\r\n',
    '\tBcc: x@evil.example\r\n more\r\n',
    'From x Tue\r\n folded\r\n',
  ])
    assert.equal(redirected(before + mail), block(1) + mail, JSON.stringify(before))
  const old = mail.replace('From: ', 'From : ')
  assert.equal(redirected(old), block(1) + old)
})

test('the text of any first lines is dropped in time', () => {
  const begun = performance.now()
  redirected(` ${'x'.repeat(1_000_000)}`)
  redirected(`From ${'x '.repeat(500_000)}`)
  redirected(`X-SMS-Bridge: x${'; hop=1'.repeat(20_000)}`)
  assert.ok(performance.now() - begun < 20_000)
})

test('no fact can begin another header field', () => {
  fc.assert(
    fc.property(
      fc.record({
        box: fc.string({ unit: 'binary' }),
        to: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('a@b.example\r\nBcc: x@evil.example')),
        messageId: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('<a@b>\n\nbody')),
        date: fc.integer({ min: 0, max: 4e12 }),
        instance: fc.string({ unit: 'binary' }),
      }),
      (hostile) => {
        const mail = annasMail()
        const sent = redirectMail(Buffer.from(mail), hostile).toString()
        const lines = sent.slice(0, sent.length - mail.length).split(/\r\n|[\r\n\u0085\u2028\u2029]/)
        assert.deepEqual(
          lines.map((line) => line.split(':')[0]),
          ['X-SMS-Bridge', 'Resent-Date', 'Resent-From', 'Resent-To', 'Resent-Message-ID', ''],
        )
      },
    ),
  )
})

test('our own reader finds the old author, and our mark if the mail comes back', async () => {
  const options = {
    ownInstance: 'box-1',
    authservId: null,
    trustMethod: 'from' as const,
    recordedFields: defaultRecordedFields,
    truncated: false,
  }
  const back = await readMail(redirectMail(Buffer.from(annasMail()), facts), options)
  assert.deepEqual(back.from, { address: 'anna@office.example', name: 'Anna' })
  assert.equal(back.text, 'The door is open.')
  assert.deepEqual(back.automatic, { kind: 'own', sign: 'X-SMS-Bridge: our own instance' })
  const elsewhere = await readMail(redirectMail(Buffer.from(annasMail()), facts), {
    ...options,
    ownInstance: 'box-2',
  })
  assert.equal(elsewhere.automatic, null)
})

test('a signature made before still proves the author', async () => {
  for (const canonicalization of ['relaxed/relaxed', 'simple/simple'] as const) {
    const sent = redirectMail(Buffer.from(await signed(annasMail(), { canonicalization })), facts)
    assert.equal((await verifyDkim(sent, 'office.example', dns)).proven, true)
  }
})

const python = `
import sys, email, email.policy
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
print([type(d).__name__ for part in mail.walk() for d in part.defects])
print(mail['From'], '|', mail['Resent-From'], '|', mail['Resent-To'], '|', mail['Resent-Message-ID'])
print(mail['Resent-Date'].datetime.isoformat(), [k for k in mail.keys()][:6])
print([d for name in mail.keys() for d in getattr(mail[name], 'defects', ())])
`

test('the mail parser of Python reads the mail without a defect', () => {
  const sent = redirectMail(Buffer.from(annasMail()), facts)
  const { stdout, stderr } = spawnSync('python3', ['-c', python], { input: sent, encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.deepEqual(stdout.trim().split('\n'), [
    '[]',
    'Anna <anna@office.example> | sms@box.example | bob@office.example | <resent.7.abc@box.example>',
    "2026-11-24T16:05:09+00:00 ['X-SMS-Bridge', 'Resent-Date', 'Resent-From', 'Resent-To', 'Resent-Message-ID', 'From']",
    '[]',
  ])
})
