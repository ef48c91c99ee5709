// What is said in the envelope: addresses beyond ASCII (RFC 6531, RFC 5890), reports that are asked for (RFC 3461), bytes beyond ASCII
// (RFC 6152); and what the server says of the Message-ID.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createComposer } from '../../../src/mail/compose/compose-mail.ts'
import { createSmtpSender } from '../../../src/mail/smtp/smtp-sender.ts'
import { rawMail, realClock, until } from '../mail-support.ts'
import { type Script, startScriptedSmtp } from './scripted-smtp.ts'

const mail = { from: 'sms@office.example', to: 'a@office.example', raw: rawMail('hello') }

async function bench(t: TestContext, script: Script = {}) {
  const { port, lines, open } = await startScriptedSmtp(t, script)
  const sender = createSmtpSender({
    ...{ host: '127.0.0.1', port, user: null, security: 'none', clock: realClock() },
    credential: async () => null,
  })
  /** The lines that begin with this word. */
  const said = (word: string): string[] =>
    lines
      .map((line) => Buffer.from(line.replace(/^clear: /, ''), 'latin1').toString())
      .filter((line) => line.startsWith(word))
  return { sender, said, open }
}

test('a domain beyond ASCII goes as A-labels, and no server needs to know more', async (t) => {
  const { sender, said } = await bench(t)
  await sender.send({ ...mail, to: 'anna@büro.example' })
  assert.deepEqual(said('RCPT'), ['RCPT TO:<anna@xn--bro-hoa.example>'])
  assert.deepEqual(said('MAIL'), ['MAIL FROM:<sms@office.example>'])
})

test('an ASCII domain is sent as it is written, also one that a browser would take for a number', async (t) => {
  const { sender, said } = await bench(t)
  await sender.send({ ...mail, to: 'anna@0x7f.1' })
  assert.deepEqual(said('RCPT'), ['RCPT TO:<anna@0x7f.1>'])
})

test('a name beyond ASCII before the @ goes as SMTPUTF8 where the server offers it', async (t) => {
  const { sender, said } = await bench(t, { offers: ['8BITMIME', 'SMTPUTF8', 'SIZE 1000000'] })
  const compose = createComposer({ domain: 'office.example', instance: 'box-1' })
  const raw = await compose({
    ...{
      from: { address: 'sms@office.example', name: 'Jörg' },
      to: { address: 'jörg@büro.example', name: '' },
    },
    ...{ replyTo: null, subject: 'Grüße', messageId: '<1@office.example>', inReplyTo: null, references: [] },
    ...{ date: 0, text: 'hello\n', fields: {} },
  })
  await sender.send({ ...mail, to: 'jörg@büro.example', raw })
  assert.deepEqual(said('RCPT'), ['RCPT TO:<jörg@xn--bro-hoa.example>'])
  assert.match(said('MAIL')[0] ?? '', /^MAIL FROM:<sms@office\.example> SMTPUTF8 BODY=8BITMIME SIZE=\d+$/)
  assert.deepEqual(said('To:'), ['To: jörg@büro.example'])
  assert.match(said('Subject:')[0] ?? '', /^Subject: =\?UTF-8\?/)
})

test('where the server does not offer it, such a mail is refused before a byte of its envelope', async (t) => {
  const { sender, said } = await bench(t, { offers: ['8BITMIME'] })
  await assert.rejects(sender.send({ ...mail, to: 'jörg@office.example' }), {
    ...{ code: 'SMTP_REFUSED', retry: 'permanent', message: /jörg@office\.example .*SMTPUTF8/ },
    hint: /another address/,
  })
  assert.deepEqual(said('MAIL'), [])
  await sender.send(mail)
})

test('reports of failure and delay are asked for where the server offers them, and nothing is said where not', async (t) => {
  const offering = await bench(t, { offers: ['DSN'] })
  await offering.sender.send({ ...mail, envelopeId: 'sms.a+b=c' })
  assert.deepEqual(offering.said('MAIL'), ['MAIL FROM:<sms@office.example> RET=HDRS ENVID=sms.a+2Bb+3Dc'])
  assert.deepEqual(offering.said('RCPT'), ['RCPT TO:<a@office.example> NOTIFY=FAILURE,DELAY'])
  const other = await bench(t)
  await other.sender.send({ ...mail, envelopeId: 'sms.a' })
  await other.sender.send(mail)
  assert.deepEqual(other.said('MAIL'), ['MAIL FROM:<sms@office.example>', 'MAIL FROM:<sms@office.example>'])
  assert.deepEqual(other.said('RCPT')[0], 'RCPT TO:<a@office.example>')
})

for (const parameter of [/ENVID/, /NOTIFY/])
  test(`a server that offers reports and does not know ${parameter.source} gets the mail without`, async (t) => {
    const { sender, said } = await bench(t, { offers: ['DSN'], refusedParameter: parameter })
    await sender.send({ ...mail, envelopeId: 'sms.a' })
    assert.deepEqual(said('MAIL').at(-1), 'MAIL FROM:<sms@office.example>')
    assert.deepEqual(said('RCPT').at(-1), 'RCPT TO:<a@office.example>')
    assert.equal(said('DATA').length, 1)
  })

test('a server that refuses the bare command too is asked twice, not for ever', async (t) => {
  const { sender, said } = await bench(t, { offers: ['DSN'], refusedParameter: /^MAIL/ })
  await assert.rejects(sender.send({ ...mail, envelopeId: 'sms.a' }), {
    code: 'SMTP_REFUSED',
    retry: 'temporary',
  })
  assert.equal(said('MAIL').length, 2)
})

test('the Message-ID that a server puts in place of ours is told; other replies name none', async (t) => {
  const id = '<AM0PR01MB.1@AM0PR01MB.eurprd01.prod.outlook.com>'
  const outlook = await bench(t, { replies: { '.': `250 2.0.0 OK ${id} [Hostname=AM0]` } })
  assert.equal((await outlook.sender.send(mail)).messageId, id)
  const plain = await bench(t, { replies: { '.': '250 OK id=1wabc-000' } })
  assert.deepEqual(await plain.sender.send(mail), { reply: '250 OK id=1wabc-000', messageId: null })
})

test('octets beyond ASCII in a mail that is passed on are announced', async (t) => {
  const { sender, said } = await bench(t, { offers: ['8BITMIME'] })
  await sender.send({ ...mail, raw: Buffer.from('Subject: x\r\n\r\nGrüße\r\n') })
  assert.match(said('MAIL')[0] ?? '', /BODY=8BITMIME/)
})

test('a mail that is larger than the server says it takes is refused for good, before it is sent', async (t) => {
  const { sender, said } = await bench(t, { offers: ['SIZE 100'] })
  const raw = rawMail('x'.repeat(200))
  await assert.rejects(sender.send({ ...mail, raw }), { code: 'SMTP_REFUSED', retry: 'permanent' })
  assert.deepEqual(said('MAIL'), [])
})

test('a server that does not answer QUIT loses its line, and the program can end', async (t) => {
  const { sender, said, open } = await bench(t, { replies: { QUIT: '' } })
  await sender.send(mail)
  await until(() => said('QUIT').length === 1, 30_000)
  await until(() => open() === 0, 30_000)
})
