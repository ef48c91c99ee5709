// The line to the submission server (RFC 8314, RFC 3207, RFC 9525): certificates, versions of TLS, and what somebody between the box and
// the server could do to the words in the clear.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { passwordCredential } from '../../../src/mail/sign-in/credential.ts'
import { createSmtpSender, type SmtpSenderOptions } from '../../../src/mail/smtp/smtp-sender.ts'
import { type Certificate, makeCertificate } from '../../support/certificate.ts'
import { rawMail, realClock } from '../mail-support.ts'
import { type Script, startScriptedSmtp } from './scripted-smtp.ts'

const mail = { from: 'sms@office.example', to: 'a@office.example', raw: rawMail('hello') }
const year2031 = Date.UTC(2031, 0, 1)

async function bench(t: TestContext, script: Script, options: Partial<SmtpSenderOptions> = {}) {
  const { port, lines } = await startScriptedSmtp(t, { offers: ['AUTH PLAIN', 'STARTTLS'], ...script })
  const sender = createSmtpSender({
    ...{ host: 'localhost', port, user: 'sms', security: script.implicitTls ? 'tls' : 'starttls' },
    ...{ credential: passwordCredential(() => 'secret'), clock: realClock() },
    ...options,
  })
  return { sender, lines, secret: () => lines.some((line) => /AUTH|MAIL|RCPT|secret/.test(line)) }
}

for (const implicitTls of [true, false]) {
  const way = implicitTls ? 'TLS from the first byte' : 'STARTTLS'
  const replies = { AUTH: '235 ok' }

  test(`${way}: an office's own authority is trusted where ca_file names it`, async (t) => {
    const certificate = await makeCertificate()
    const ca = (): string => certificate.certificate
    const { sender, lines } = await bench(t, { certificate, implicitTls, replies }, { ca })
    assert.match((await sender.send(mail)).reply, /^250 2\.0\.0 taken/)
    assert.ok(
      lines.every((line) => !/clear: (?!EHLO|STARTTLS)/.test(line)),
      lines.join('\n'),
    )
  })

  const cases: readonly (readonly [string, () => Promise<Certificate>, RegExp, RegExp])[] = [
    [
      'that has expired',
      () => makeCertificate(-1),
      /has expired; the clock of this box says 2031-01-01/,
      /clock/,
    ],
    [
      'that is not valid yet, for the clock of the box is wrong',
      () => makeCertificate(9, { startsIn: 3 }),
      /not valid yet; the clock of this box says 2031-01-01/,
      /timedatectl/,
    ],
    ['for another host', () => makeCertificate(2, { host: 'mail.example' }), /is not for localhost/, /host/],
  ]
  for (const [what, make, message, hint] of cases)
    test(`${way}: a certificate ${what} gets no word of ours, and the error says the cure`, async (t) => {
      const certificate = await make()
      const clock = { ...realClock(), now: () => year2031 }
      const ca = (): string => certificate.certificate
      const { sender, secret } = await bench(t, { certificate, implicitTls, replies }, { ca, clock })
      await assert.rejects(sender.send(mail), { code: 'SMTP_UNAVAILABLE', retry: 'temporary', message, hint })
      assert.equal(secret(), false)
    })

  test(`${way}: a self-signed certificate gets no word of ours without ca_file`, async (t) => {
    const { sender, secret } = await bench(t, { certificate: await makeCertificate(), implicitTls, replies })
    await assert.rejects(sender.send(mail), {
      code: 'SMTP_UNAVAILABLE',
      message: /signed by itself/,
      hint: /ca_file/,
    })
    assert.equal(secret(), false)
  })

  test(`${way}: a server that speaks nothing newer than TLS 1.1 gets no word of ours`, async (t) => {
    const certificate = await makeCertificate()
    const script = { certificate, implicitTls, replies, newestTls: 'TLSv1.1' } as const
    const { sender, secret } = await bench(t, script, { ca: () => certificate.certificate })
    await assert.rejects(sender.send(mail), { code: 'SMTP_UNAVAILABLE', message: /TLS 1\.2/ })
    assert.equal(secret(), false)
  })
}

test('a port that speaks in the clear where TLS is expected says which option to look at', async (t) => {
  const { sender, secret } = await bench(t, {}, { security: 'tls' })
  await assert.rejects(sender.send(mail), { code: 'SMTP_UNAVAILABLE', hint: /port and security/ })
  assert.equal(secret(), false)
})

for (const [what, script] of [
  ['taken out of the EHLO reply', { offers: ['AUTH PLAIN'], replies: { STARTTLS: '502 unknown' } }],
  ['refused', { offers: ['STARTTLS', 'AUTH PLAIN'], replies: { STARTTLS: '454 4.7.0 not now' } }],
  ['answered with nonsense', { replies: { EHLO: '250 localhost' } }],
] as const)
  test(`STARTTLS ${what}: no password and no mail goes out in the clear`, async (t) => {
    const { port, lines } = await startScriptedSmtp(t, script)
    const sender = createSmtpSender({
      ...{ host: 'localhost', port, security: 'starttls', user: 'sms', clock: realClock() },
      credential: passwordCredential(() => 'secret'),
    })
    await assert.rejects(sender.send(mail), { code: 'SMTP_UNAVAILABLE', retry: 'temporary' })
    assert.doesNotMatch(lines.join('\n'), /AUTH|MAIL|RCPT/)
  })

test('replies that somebody adds in the clear behind the one to STARTTLS count for nothing', async (t) => {
  const certificate = await makeCertificate()
  const injected =
    '250-localhost\r\n250 AUTH PLAIN LOGIN SMTPUTF8\r\n235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n'
  const script = { certificate, injected, replies: { AUTH: '535 5.7.8 no' } }
  const { sender, lines } = await bench(t, script, { ca: () => certificate.certificate })
  await assert.rejects(sender.send(mail))
  assert.ok(
    lines.every((line) => !/MAIL|RCPT/.test(line)),
    lines.join('\n'),
  )
})
