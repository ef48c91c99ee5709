// Does Exim refuse what a mail server must refuse, and say truly in Authentication-Results who proved what (RFC 8601)?
// What may spend the SIM's money rests on these fields, so the tests must not get them from anything milder than a real server.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createTransport } from 'nodemailer'
import { startExim } from './exim.ts'
import { anna, asAnna, connectToSmtp, headerFields, type Office, startOffice } from './office.ts'

let office: Office

before(async () => {
  office = await startOffice({ messageBytesMax: 100_000 })
})
after(() => office?.stop())

describe('what Exim refuses', () => {
  it('an unknown local part gets 550 in RCPT', async () => {
    const mail = { from: 'eve@elsewhere.example', to: 'nobody@office.example', subject: 'lost' }
    await assert.rejects(office.submit(mail, null), { responseCode: 550, command: 'RCPT TO' })
  })

  it('a wrong password, an unknown user and a user who may only read get 535 with PLAIN and LOGIN', async () => {
    const mail = { from: 'anna@office.example', to: 'sms@office.example', subject: 'never' }
    for (const method of ['PLAIN', 'LOGIN'] as const)
      for (const auth of [
        { user: 'anna', pass: 'wrong' },
        { user: 'eve', pass: 'false' },
        { user: 'world', pass: 'world' },
      ])
        await assert.rejects(
          office.submit(mail, auth, method),
          { responseCode: 535 },
          `${method} ${auth.user} ${auth.pass}`,
        )
    for (const method of ['PLAIN', 'LOGIN'] as const)
      await office.submit({ ...mail, subject: `by ${method}` }, asAnna, method)
  })

  it('an empty user or password gets 535', async () => {
    for (const [user, password] of [
      ['anna', ''],
      ['', ''],
      ['', anna.password],
    ]) {
      const client = connectToSmtp(office.exim.port)
      await client.expect(null, '220')
      await client.expect('EHLO client.example', '250')
      await client.expect(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`, '535')
      await client.expect('QUIT', '221')
    }
  })

  it('a changed password counts from the next login on', async () => {
    const mail = { from: 'anna@office.example', to: 'sms@office.example', subject: 'new password' }
    await office.exim.setPassword('anna', 'new')
    await assert.rejects(office.submit(mail, asAnna), { responseCode: 535 })
    await office.submit(mail, { user: 'anna', pass: 'new' })
    await office.exim.setPassword('anna', anna.password)
    await office.submit(mail, asAnna)
  })

  it('a mail over the limit gets 552', async () => {
    const mail = {
      from: 'a@b.example',
      to: 'sms@office.example',
      subject: 'large',
      text: 'x'.repeat(200_000),
    }
    await assert.rejects(office.submit(mail, null), { responseCode: 552 })
  })
})

describe('Authentication-Results', () => {
  const forged = { 'Authentication-Results': 'mx.office.example; dmarc=pass header.from=office.example' }

  it('says dmarc=pass for a login with an address of the office', async () => {
    const from = 'Anna <anna@OFFICE.example>'
    await office.submit({ from, to: 'sms@office.example', subject: 'proven' }, asAnna)
    const results = headerFields(await office.arrived('sms', 'proven'), 'Authentication-Results')
    const auth = 'auth=pass (PLAIN) smtp.auth=anna'
    assert.deepEqual(results, [`mx.office.example; ${auth}; dmarc=pass header.from=office.example`])
  })

  it('says dmarc=fail for an address of the office without a login, and a forged field is gone', async () => {
    await office.submit(
      { from: 'anna@office.example', to: 'sms@office.example', subject: 'spoofed', headers: forged },
      null,
    )
    const results = headerFields(await office.arrived('sms', 'spoofed'), 'Authentication-Results')
    assert.deepEqual(results, ['mx.office.example; dmarc=fail header.from=office.example'])
  })

  it('says dmarc=none for an address from elsewhere, whoever logged in', async () => {
    const mail = { from: 'eve@elsewhere.example', to: 'sms@office.example' }
    await office.submit({ ...mail, subject: 'stranger', headers: forged }, null)
    await office.submit({ ...mail, subject: 'borrowed name' }, asAnna)
    for (const subject of ['stranger', 'borrowed name']) {
      const results = headerFields(await office.arrived('sms', subject), 'Authentication-Results')
      assert.equal(results.length, 1)
      assert.match(results[0] ?? '', /^mx\.office\.example;.* dmarc=none header\.from=elsewhere\.example$/)
    }
  })

  it('stands above a forged one if Exim was told to leave those, and has the chosen authserv-id', async (t) => {
    const careless = await startExim({
      domain: 'office.example',
      lmtpPort: office.dovecot.lmtpPort,
      authUsers: [],
      authservId: 'border.office.example',
      keepForeignResults: true,
    })
    t.after(() => careless.stop())
    const transport = createTransport({ host: '127.0.0.1', port: careless.port, ignoreTLS: true })
    const mail = { from: 'anna@office.example', to: 'sms@office.example', subject: 'two fields', text: '' }
    await transport.sendMail({ ...mail, headers: forged })
    const results = headerFields(await office.arrived('sms', 'two fields'), 'Authentication-Results')
    const own = 'border.office.example; dmarc=fail header.from=office.example'
    assert.deepEqual(results, [own, forged['Authentication-Results']])
  })
})
