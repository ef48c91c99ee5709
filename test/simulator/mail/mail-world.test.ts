// The demo mail provider as a whole: a mail that nodemailer submits is what imapflow reads.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createTransport } from 'nodemailer'
import { createMailWorld, type MailWorld, type WorldMail } from '../../../src/simulator/mail/mail-world.ts'
import { SmtpRefusal } from '../../../src/simulator/mail/sim-smtp.ts'
import { deliver, withoutForgedResults } from '../../../src/simulator/mail/trace-fields.ts'
import { client, eventually } from './imap-client.ts'

const authservId = 'mx.office.example'
const raw = Buffer.from('From: Anna <anna@office.example>\r\nSubject: x\r\n\r\nbody\r\n')

describe('the demo mail provider', () => {
  let world: MailWorld
  let ports: { imapPort: number; smtpPort: number }

  beforeEach(async () => {
    world = createMailWorld({
      authservId,
      accounts: [
        { address: 'sms@office.example', user: 'sms', password: 'secret' },
        { address: 'Anna@Office.example', password: 'secret' },
      ],
      catchAll: { domain: 'sms.office.example', address: 'sms@office.example' },
    })
    ports = await world.listen()
  })
  afterEach(() => world.close())

  function send(to: string | string[], octets = raw) {
    const transport = createTransport({
      host: '127.0.0.1',
      port: ports.smtpPort,
      ignoreTLS: true,
      auth: { user: 'Anna@Office.example', pass: 'secret' },
    })
    return transport.sendMail({ envelope: { from: 'anna@office.example', to }, raw: octets })
  }

  function inbox(address: string): string[] {
    return world
      .mailbox(address)
      .messages('INBOX')
      .map((message) => message.raw.toString('latin1'))
  }

  it('puts a submitted mail into the mailbox with its trace fields on top and pushes it to IDLE', async () => {
    const flow = await client(ports.imapPort)
    await flow.mailboxOpen('INBOX')
    let count = 0
    flow.on('exists', (event) => {
      count = event.count
    })
    const idle = flow.idle()
    await eventually(() => world.imap.idling('sms') === 1)
    await send('sms@office.example')
    await eventually(() => count === 1)
    const message = await flow.fetchOne('1', { source: true }, { uid: true })
    await idle
    assert.match(
      (message !== false && message?.source?.toString()) || '',
      /^Return-Path: <anna@office\.example>\r\nDelivered-To: sms@office\.example\r\nAuthentication-Results: mx\.office\.example; dmarc=pass header\.from=office\.example\r\nReceived: [^\n]*\n\tfor <sms@office\.example>; [^\n]*\+0000\r\nFrom: Anna <anna@office\.example>\r\nSubject: x\r\n\r\nbody\r\n$/,
    )
    await flow.logout()
  })

  it('delivers subaddresses, other spellings and numbers, and keeps the address as it was written', async () => {
    await send([
      'SMS+Token@office.example',
      '+491701234567@sms.office.example',
      'n491701234567@SMS.office.example',
      'anna@office.example',
    ])
    assert.deepEqual(
      inbox('sms@office.example').map((text) => /Delivered-To: (.*)\r/.exec(text)?.[1]?.toLowerCase()),
      ['sms+token@office.example', '+491701234567@sms.office.example', 'n491701234567@sms.office.example'],
    )
    assert.equal(inbox('anna@office.example').length, 1)
  })

  it('refuses recipients that nobody knows, and none of the mail is delivered', async () => {
    for (const to of [
      'bob@office.example',
      'sms@elsewhere.example',
      'bob@sms.office.example',
      '+49170@office.example',
    ])
      await assert.rejects(send(to), { responseCode: 550, message: /5\.1\.1/ }, to)
    assert.throws(
      () => world.injectFromOutside(raw, { from: '', to: ['anna@office.example', 'bob@x.example'] }),
      SmtpRefusal,
    )
    assert.deepEqual(inbox('anna@office.example'), [])
    assert.throws(() => world.mailbox('bob@office.example'), RangeError)
  })

  it('vouches only for authenticated mail from its own domains', async () => {
    await send('anna@office.example', Buffer.from('From: x@elsewhere.example\r\n\r\n'))
    world.injectFromOutside(raw, { from: '', to: 'anna@office.example' })
    assert.deepEqual(
      inbox('anna@office.example').map((text) => /dmarc=.*/.exec(text)?.[0]),
      ['dmarc=fail header.from=elsewhere.example', 'dmarc=fail header.from=office.example'],
    )
    assert.match(inbox('anna@office.example')[1] ?? '', /^Return-Path: <>\r\n/)
  })

  it('removes forged results of its own name and no others', () => {
    const own = 'Authentication-Results: MX.office.example;\r\n\tdmarc=pass header.from=office.example\r\n'
    const others = 'Authentication-Results: mx.office.example.evil; dmarc=pass\r\nX: 1\r\n'
    const body = '\r\nAuthentication-Results: mx.office.example; in the body\r\n'
    assert.equal(
      withoutForgedResults(Buffer.from(own + others + own + body), authservId).toString(),
      others + body,
    )
    world.injectFromOutside(Buffer.from(own + others + body), {
      from: 'a@b.example',
      to: 'anna@office.example',
    })
    assert.equal(
      inbox('anna@office.example')[0]?.match(/^Authentication-Results: mx\.office\.example;/gim)?.length,
      2,
    )
    assert.match(inbox('anna@office.example')[0] ?? '', /dmarc=fail/)
  })

  it('tells handlers of each mail until they are removed', async () => {
    const heard: WorldMail[] = []
    const remove = world.onMail('anna@office.example', (mail) => heard.push(mail))
    await send(['Anna+x@office.example', 'sms@office.example'])
    assert.deepEqual(
      heard.map(({ from, to, uid }) => [from, to, uid]),
      [['anna@office.example', 'Anna+x@office.example', 1]],
    )
    remove()
    await send('anna@office.example')
    assert.equal(heard.length, 1)
  })

  it('leaves the octets of the mail below its trace fields as they were', () => {
    const octets = Buffer.from([...Buffer.from('X: \xff\r\n\r\n', 'latin1'), 0, 255, 10, 13])
    const copy = deliver(octets, { from: '', to: 'a@b.example', date: new Date(0) })
    assert.deepEqual(copy.subarray(-octets.length), octets)
    assert.match(
      copy.toString('latin1'),
      /^Return-Path: <>\r\nDelivered-To: a@b\.example\r\nReceived: .*\r\n\tfor <a@b\.example>; Thu, 01 Jan 1970 00:00:00 \+0000\r\nX: /,
    )
  })
})
