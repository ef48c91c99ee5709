// Does a mail go the whole way that it goes in an office: submission, Exim, LMTP, Dovecot, IDLE? Programs of others on both ends:
// nodemailer and swaks send, imapflow reads. And does it wait, as in a mail server it must, while the mailboxes are down?

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ImapFlow } from 'imapflow'
import { createTransport, type SMTPTransportOptions } from 'nodemailer'
import { makeCertificate } from './certificate.ts'
import { startExim } from './exim.ts'
import { anna, asAnna, connectToSmtp, headerFields, type Office, startOffice } from './office.ts'
import { findProgram } from './server-process.ts'

let office: Office

before(async () => {
  office = await startOffice({ otherDomains: ['branch.example'] })
})
after(() => office?.stop())

describe('a mail on its way through Exim and Dovecot', () => {
  it('goes from nodemailer to an idling imapflow within three seconds', async () => {
    const login = { user: 'sms', pass: 'sms' }
    const imap = new ImapFlow({
      host: '127.0.0.1',
      port: office.dovecot.imapPort,
      secure: false,
      auth: login,
      logger: false,
    })
    await imap.connect()
    const lock = await imap.getMailboxLock('INBOX')
    try {
      const pushed = once(imap, 'exists', { signal: AbortSignal.timeout(3_000) })
      const idle = imap.idle()
      await office.submit(
        { from: 'anna@office.example', to: 'sms+tok@office.example', subject: 'whole way' },
        asAnna,
      )
      const [{ count }] = await pushed
      await imap.noop()
      await idle
      const found = await imap.fetchOne(String(count), { envelope: true })
      assert.equal(found !== false && found.envelope?.subject, 'whole way')
    } finally {
      lock.release()
      await imap.logout()
    }
    const raw = await office.arrived('sms', 'whole way')
    assert.deepEqual(headerFields(raw, 'Return-Path'), ['<anna@office.example>'])
    assert.deepEqual(headerFields(raw, 'Delivered-To'), ['sms+tok@office.example'])
    assert.deepEqual(headerFields(raw, 'Envelope-To'), ['sms+tok@office.example'])
  })

  it('goes from swaks with a login, too', async () => {
    const to = [
      '--to',
      'sms@branch.example',
      '--from',
      'anna@office.example',
      '--header',
      'Subject: by swaks',
    ]
    const login = ['--auth', 'LOGIN', '--auth-user', 'anna@office.example', '--auth-password', anna.password]
    const swaks = promisify(execFile)(findProgram('swaks'), [
      '--server',
      `127.0.0.1:${office.exim.port}`,
      ...to,
      ...login,
    ])
    assert.match((await swaks).stdout, /<- {2}235 .*<- {2}250 OK id=/s)
    const [results] = headerFields(await office.arrived('sms', 'by swaks'), 'Authentication-Results')
    assert.match(results ?? '', /auth=pass \(LOGIN\) smtp\.auth=anna@office\.example; dmarc=pass/)
  })

  it('keeps the address of a catch-all domain in Envelope-To, and no other recipient there', async () => {
    const to = ['+4917012345678@sms.office.example', 'anna@office.example']
    await office.submit({ from: 'anna@office.example', to, subject: 'to a number' }, asAnna)
    const raw = await office.arrived('sms', 'to a number')
    assert.deepEqual(headerFields(raw, 'Envelope-To'), ['+4917012345678@sms.office.example'])
    assert.deepEqual(headerFields(raw, 'Delivered-To'), ['sms@office.example'])
    assert.deepEqual(headerFields(await office.arrived('anna', 'to a number'), 'Envelope-To'), [
      'anna@office.example',
    ])
  })

  it('reaches the world outside only after a login', async () => {
    const mail = { from: 'anna@office.example', to: 'eve@elsewhere.example', subject: 'outside' }
    await assert.rejects(office.submit(mail, null), /550 relay not permitted/)
    await office.submit(mail, asAnna)
    assert.deepEqual(headerFields(await office.arrived('world', 'outside'), 'Envelope-To'), [
      'eve@elsewhere.example',
    ])
  })

  it('comes thirty times over one connection and is never left in the queue', async () => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: office.exim.port,
      ignoreTLS: true,
      pool: true,
      maxConnections: 1,
      maxMessages: 1_000,
    })
    const before = (await office.dovecot.mails('anna')).length
    const numbers = Array.from({ length: 30 }, (_, index) => index)
    const mail = { from: 'ups@alarm.example', to: 'anna@office.example', text: 'storm' }
    await Promise.all(numbers.map((number) => transport.sendMail({ ...mail, subject: `storm ${number}.` })))
    transport.close()
    for (const number of numbers) await office.arrived('anna', `storm ${number}.`)
    assert.equal((await office.dovecot.mails('anna')).length, before + 30)
  })
})

describe('while Dovecot is down', () => {
  it('a recipient gets 451, and 250 again afterwards', async () => {
    const mail = { from: 'eve@elsewhere.example', to: 'sms@office.example', subject: 'second try' }
    await office.dovecot.halt()
    try {
      await assert.rejects(office.submit(mail, null), { responseCode: 451 })
    } finally {
      await office.dovecot.restart()
    }
    await office.submit(mail, null)
    await office.arrived('sms', 'second try')
  })

  // After a second in the queue Exim writes to the sender that it takes long, and that mail waits too.
  it('a mail that was accepted waits in the queue, survives a restart of Exim and arrives once', async () => {
    // A mail that has arrived stays in the queue for a moment.
    const emptied = async (): Promise<number> => {
      for (let tries = 0; tries < 500 && (await office.exim.queued()) > 0; tries += 1) await sleep(20)
      return office.exim.queued()
    }
    assert.equal(await emptied(), 0)
    const client = connectToSmtp(office.exim.port)
    await client.expect(null, '220')
    await client.expect('HELO client.example', '250')
    await client.expect('MAIL FROM:<eve@elsewhere.example>', '250')
    await client.expect('RCPT TO:<sms@office.example>', '250')
    await client.expect('DATA', '354')
    await office.dovecot.halt()
    try {
      await client.expect('From: eve@elsewhere.example\r\nSubject: waits\r\n\r\nHello.\r\n.', '250')
      await client.expect('QUIT', '221')
      await sleep(300)
      assert.equal(await office.exim.queued('eve@elsewhere.example'), 1)
      await office.exim.restart()
      assert.equal(await office.exim.queued('eve@elsewhere.example'), 1)
    } finally {
      await office.dovecot.restart()
    }
    await office.arrived('sms', 'waits')
    assert.equal(await emptied(), 0)
  })
})

it('speaks STARTTLS and TLS from the first byte with the certificate it was given', async (t) => {
  const tls = await makeCertificate()
  const secured = await startExim({
    domain: 'office.example',
    lmtpPort: office.dovecot.lmtpPort,
    authUsers: [anna],
    tls,
  })
  t.after(() => secured.stop())
  const base = { host: '127.0.0.1', auth: asAnna }
  const ways: SMTPTransportOptions[] = [
    { ...base, port: secured.port, requireTLS: true, tls: { ca: tls.certificate } },
    { ...base, port: secured.tlsPort ?? 0, secure: true, tls: { ca: tls.certificate } },
  ]
  for (const [index, way] of ways.entries()) {
    const subject = `secured ${index}`
    await createTransport(way).sendMail({
      from: 'anna@office.example',
      to: 'sms@office.example',
      subject,
      text: '',
    })
    assert.match(headerFields(await office.arrived('sms', subject), 'Received').join('\n'), /with esmtpsa/)
  }
  const untrusting = createTransport({ ...base, port: secured.tlsPort ?? 0, secure: true })
  await assert.rejects(untrusting.verify(), { code: 'ESOCKET' })
})

it('writes no panic and refuses connections after its end', async () => {
  const last = await startExim({ domain: 'office.example', lmtpPort: office.dovecot.lmtpPort, authUsers: [] })
  assert.match(await last.log(), /daemon started/)
  await last.stop()
  // A child of the daemon may hold the listening socket for the moment that it needs to end.
  const refused = async (): Promise<boolean> => {
    const socket = connect({ host: '127.0.0.1', port: last.port })
    const error = await once(socket, 'connect').catch((reason: NodeJS.ErrnoException) => reason)
    socket.destroy()
    return error instanceof Error && error.code === 'ECONNREFUSED'
  }
  const end = performance.now() + 5000
  while (!(await refused())) assert.ok(performance.now() < end, 'the port still answers')
  assert.doesNotMatch(await office.exim.log(), /panic|taint|paniclog/i)
})

it('a missing Exim is an error that says what to do', async (t) => {
  const named = process.env.SIMPOST_EXIM
  t.after(() => {
    if (named === undefined) delete process.env.SIMPOST_EXIM
    else process.env.SIMPOST_EXIM = named
  })
  process.env.SIMPOST_EXIM = '/no/such/exim4'
  const options = { domain: 'office.example', lmtpPort: office.dovecot.lmtpPort, authUsers: [] }
  await assert.rejects(startExim(options), /exim4, which does not exist\. Try: scripts\/test\.sh$/)
})
