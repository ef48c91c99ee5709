// nodemailer on the demo SMTP receiver: what is handed over, and each scripted fault as the sender sees it.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createTransport } from 'nodemailer'
import {
  createSimSmtpServer,
  type SimSmtpServer,
  SmtpRefusal,
  type SubmittedMail,
} from '../../../src/simulator/mail/sim-smtp.ts'

const raw = Buffer.from('From: a@office.example\r\nSubject: x\r\n\r\n.dot\r\n..\r\nend\r\n')

describe('the demo SMTP receiver', () => {
  let server: SimSmtpServer
  let port: number
  let taken: SubmittedMail[]

  beforeEach(async () => {
    taken = []
    server = createSimSmtpServer({
      users: [{ user: 'sms', password: 'secret' }],
      onRecipient: (address) => {
        if (address.startsWith('nobody@')) throw new SmtpRefusal({ code: 550, text: '5.1.1 No such user' })
      },
      onMail: (mail) => {
        if (mail.raw.includes('make it fail')) throw new Error('disk full')
        taken.push(mail)
      },
    })
    port = await server.listen()
  })
  afterEach(() => server.close())

  function send(
    to: string | string[] = 'bob@office.example',
    options: { pass?: string; from?: string; raw?: Buffer } = {},
  ) {
    const { pass = 'secret', from = 'sms@office.example', raw: octets = raw } = options
    const transport = createTransport({
      host: '127.0.0.1',
      port,
      secure: false,
      ignoreTLS: true,
      auth: { user: 'sms', pass },
    })
    return transport.sendMail({ envelope: { from, to }, raw: octets })
  }

  it('hands over envelope, user and the octets of the mail', async () => {
    const info = await send(['bob@office.example', 'anna+x@office.example'])
    assert.match(info.response, /^250 2\.0\.0/)
    assert.deepEqual(taken, [
      { from: 'sms@office.example', to: ['bob@office.example', 'anna+x@office.example'], raw, user: 'sms' },
    ])
    await send('bob@office.example', { from: '' })
    assert.equal(taken[1]?.from, '')
  })

  it('refuses a wrong password, a missing sign-in and an unknown recipient', async () => {
    await assert.rejects(send('bob@office.example', { pass: 'wrong' }), {
      code: 'EAUTH',
      responseCode: 535,
      command: 'AUTH PLAIN',
    })
    const anonymous = createTransport({ host: '127.0.0.1', port, ignoreTLS: true })
    await assert.rejects(anonymous.sendMail({ envelope: { from: 'a@b.example', to: 'c@d.example' }, raw }), {
      responseCode: 530,
    })
    await assert.rejects(send('nobody@office.example'), { responseCode: 550, command: 'RCPT TO' })
    server.setPassword('sms', 'new')
    await assert.rejects(send(), { responseCode: 535 })
    await send('bob@office.example', { pass: 'new' })
    assert.equal(taken.length, 1)
  })

  it('takes mail from anybody when it has no users', async () => {
    const open = createSimSmtpServer({ onMail: (mail) => void taken.push(mail) })
    const transport = createTransport({ host: '127.0.0.1', port: await open.listen(), ignoreTLS: true })
    await transport.sendMail({ envelope: { from: 'a@b.example', to: 'c@d.example' }, raw })
    assert.equal(taken[0]?.user, null)
    await open.close()
  })

  it('answers 451 when the mail cannot be stored', async () => {
    await assert.rejects(send('bob@office.example', { raw: Buffer.from('make it fail') }), {
      responseCode: 451,
      command: 'DATA',
    })
  })

  it('answers with the scripted reply at each step, so many times', async () => {
    for (const [step, code, command] of [
      ['auth', 535, 'AUTH PLAIN'],
      ['auth', 454, 'AUTH PLAIN'],
      ['mail', 451, 'MAIL FROM'],
      ['rcpt', 450, 'RCPT TO'],
      ['rcpt', 553, 'RCPT TO'],
      ['data', 452, 'DATA'],
      ['data', 554, 'DATA'],
    ] as const) {
      server.script(step, { reply: { code, text: `${Math.floor(code / 100)}.7.1 scripted` } }, 1)
      await assert.rejects(send(), { responseCode: code, command }, `${step} ${code}`)
      assert.equal(taken.length, 0)
      await send()
      taken = []
    }
  })

  it('closes after a 421, also in the greeting', async () => {
    server.script('connect', { reply: { code: 421, text: '4.3.2 Busy' } }, 1)
    await assert.rejects(send(), { responseCode: 421 })
    server.script('mail', { reply: { code: 421, text: '4.3.2 Shutting down' } }, 1)
    await assert.rejects(send(), { responseCode: 421 })
    await send()
  })

  it('refuses one of two recipients and takes the mail for the other', async () => {
    server.script('rcpt', { reply: { code: 452, text: '4.2.2 Full' }, only: 'bob@office.example' })
    const info = await send(['bob@office.example', 'anna@office.example'])
    assert.deepEqual(info.rejected, ['bob@office.example'])
    assert.deepEqual(taken[0]?.to, ['anna@office.example'])
  })

  // nodemailer says `command: 'CONN'` here, as for a line that was lost before the mail: the sender cannot tell the two apart.
  it('loses the line after the final dot, the mail being taken or not', async () => {
    server.script('data', { drop: true, take: true }, 1)
    await assert.rejects(send(), { code: 'ECONNECTION', message: 'Connection closed unexpectedly' })
    assert.equal(taken.length, 1)
    server.script('data', { drop: true }, 1)
    await assert.rejects(send(), { code: 'ECONNECTION', message: 'Connection closed unexpectedly' })
    assert.equal(taken.length, 1)
    await send()
    assert.equal(taken.length, 2)
  })

  it('refuses a mail that it took all the same', async () => {
    server.script('data', { reply: { code: 451, text: '4.4.2 Timeout' }, take: true }, 1)
    await assert.rejects(send(), { responseCode: 451 })
    assert.equal(taken.length, 1)
  })

  it('answers late, and closing does not wait for it', async () => {
    server.script('mail', { delayMs: 60 }, 1)
    const start = performance.now()
    await send()
    assert.ok(performance.now() - start >= 55)
    server.script('rcpt', { delayMs: 60_000 })
    const waiting = assert.rejects(send())
    while (!server.log.some(({ line }) => line.includes('RCPT TO'))) await new Promise(setImmediate)
    await server.close()
    await waiting
  })

  it('ends a fault that is removed', async () => {
    const remove = server.script('mail', { reply: { code: 451, text: '4.7.1 Greylisted' } })
    await assert.rejects(send(), { responseCode: 451 })
    remove()
    await send()
  })

  it('logs the dialogue without passwords', async () => {
    await send()
    const text = server.log.map(({ line }) => line).join('\n')
    assert.match(text, /^C: EHLO/m)
    assert.match(text, /^S: 250 2\.0\.0 Taken$/m)
    assert.ok(!text.includes(Buffer.from('\0sms\0secret').toString('base64')))
  })
})
