// Real clients on the demo IMAP server: imapflow, Python's imaplib, curl.

import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { createSimImapServer, type SimImapServer } from '../../../src/simulator/mail/sim-imap.ts'
import { createSimMailbox, type SimMailbox } from '../../../src/simulator/mail/sim-mailbox.ts'
import { client, eventually } from './imap-client.ts'
import { Wire } from './imap-wire.ts'

const run = promisify(execFile)

const alternative = Buffer.from(
  [
    'From: Anna <anna@office.example>',
    'To: sms@office.example',
    'Subject: =?utf-8?q?gr=C3=BCn?=',
    'Message-ID: <1@office.example>',
    'Content-Type: multipart/alternative; boundary=xx',
    '',
    '--xx',
    'Content-Type: text/plain; charset=iso-8859-15',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'f=FCnf =A4',
    '--xx',
    'Content-Type: text/html',
    '',
    '<b>x</b>',
    '--xx--',
    '',
  ].join('\r\n'),
)

describe('the demo IMAP server', () => {
  let mailbox: SimMailbox
  let server: SimImapServer
  let port: number

  beforeEach(async () => {
    mailbox = createSimMailbox('sms@office.example')
    server = createSimImapServer({ accounts: [{ user: 'sms', password: 'secret', mailbox }] })
    port = await server.listen()
  })
  afterEach(() => server.close())

  it('lets imapflow fetch, search, download, flag, copy, move, delete and append', async () => {
    mailbox.append('INBOX', alternative)
    const flow = await client(port)
    const lock = await flow.getMailboxLock('INBOX')
    try {
      const message = await flow.fetchOne(
        '1',
        { uid: true, envelope: true, bodyStructure: true, source: true },
        { uid: true },
      )
      assert.ok(message)
      assert.equal(message.envelope?.subject, 'grün')
      assert.equal(message.envelope?.from?.[0]?.address, 'anna@office.example')
      assert.equal(message.bodyStructure?.childNodes?.[1]?.type, 'text/html')
      assert.deepEqual(message.source, alternative)
      const { content } = await flow.download('1', '1', { uid: true })
      const chunks: Buffer[] = []
      for await (const chunk of content ?? []) chunks.push(chunk)
      assert.equal(Buffer.concat(chunks).toString(), 'fünf €')
      assert.deepEqual(
        await flow.search({ uid: '1:*', header: { 'message-id': '<1@office.example>' } }, { uid: true }),
        [1],
      )
      assert.equal(await flow.messageFlagsAdd('1', ['\\Seen', '$Done'], { uid: true }), true)
      assert.deepEqual([...(mailbox.messages('INBOX')[0]?.flags ?? [])], ['\\Seen', '$Done'])
      await flow.mailboxCreate('Erledigt/März')
      const moved = await flow.messageMove('1', 'Erledigt/März', { uid: true })
      assert.deepEqual(moved !== undefined && moved !== false && moved.uidMap, new Map([[1, 1]]))
      assert.deepEqual(mailbox.messages('Erledigt/März')[0]?.raw, alternative)
      const added = await flow.append(
        'INBOX',
        'Subject: b\r\n\r\nbody',
        ['\\Draft'],
        new Date('2026-01-02T03:04:05Z'),
      )
      assert.equal(added !== undefined && added !== false && added.uid, 2)
      assert.ok(await flow.messageCopy('2', 'Trash', { uid: true }))
      assert.equal(await flow.messageDelete('2', { uid: true }), true)
    } finally {
      lock.release()
    }
    assert.equal(mailbox.messages('INBOX').length, 0)
    assert.equal(mailbox.messages('Trash')[0]?.internalDate.toISOString(), '2026-01-02T03:04:05.000Z')
    const status = await flow.status('Trash', { unseen: true })
    assert.equal(status !== false && status.unseen, 1)
    await flow.logout()
  })

  it('pushes new, changed and expunged mails to imapflow in IDLE at once', async () => {
    const flow = await client(port)
    await flow.mailboxOpen('INBOX')
    const heard: string[] = []
    flow.on('exists', ({ count }) => heard.push(`exists ${count}`))
    flow.on('flags', ({ flags }) => heard.push(`flags ${[...(flags ?? [])].join()}`))
    flow.on('expunge', ({ seq }) => heard.push(`expunge ${seq}`))
    const idle = flow.idle()
    await eventually(() => server.idling('sms') === 1)
    mailbox.append('INBOX', alternative)
    assert.equal(server.log.at(-1)?.line, '* 1 EXISTS')
    await eventually(() => heard.length === 1)
    mailbox.setFlags('INBOX', [1], 'add', ['\\Seen'])
    mailbox.expunge('INBOX', [1])
    await eventually(() => heard.length === 3)
    assert.deepEqual(heard, ['exists 1', 'flags \\Seen', 'expunge 1'])
    await flow.noop()
    await idle
    await flow.logout()
  })

  it('works with imapflow when every extension is off, and when CONDSTORE is on', async () => {
    const poor = {
      idle: false,
      move: false,
      uidplus: false,
      keywords: false,
      namespace: false,
      id: false,
      enable: false,
      specialUse: false,
    }
    for (const capabilities of [poor, { condstore: true }]) {
      const own = createSimMailbox('a@office.example')
      own.append('INBOX', alternative)
      const other = createSimImapServer({
        accounts: [{ user: 'sms', password: 'secret', mailbox: own }],
        capabilities,
      })
      const flow = await client(await other.listen())
      await flow.mailboxOpen('INBOX')
      assert.deepEqual(await flow.search({ all: true }, { uid: true }), [1])
      assert.ok(await flow.messageMove('1', 'Archive', { uid: true }))
      assert.equal(own.messages('Archive').length, 1)
      await flow.logout()
      await other.close()
    }
  })

  it('tells imapflow of a wrong password, also after a change of password', async () => {
    server.setPassword('sms', 'other')
    await assert.rejects(client(port), { authenticationFailed: true })
    server.setPassword('sms', 'secret')
    await (await client(port)).logout()
  })

  it("serves Python's imaplib", async () => {
    mailbox.append('INBOX', alternative)
    const script = `
import imaplib, sys
c = imaplib.IMAP4('127.0.0.1', ${port})
c.login('sms', 'secret')
print(c.list()[1][0].decode())
print(c.select('INBOX')[1])
print(c.uid('search', None, 'UNSEEN')[1])
print(len(c.uid('fetch', '1', '(RFC822)')[1][0][1]))
print(c.append('Drafts', '\\\\Seen', None, b'Subject: x\\r\\n\\r\\n' + b'y' * 100000)[0])
print(c.uid('store', '1', '+FLAGS', '(\\\\Deleted)')[0], c.expunge()[1], c.close()[0], c.logout()[0])
`
    const { stdout } = await run('python3', ['-c', script])
    assert.deepEqual(stdout.trim().split('\n'), [
      '(\\HasNoChildren) "/" "INBOX"',
      "[b'1']",
      "[b'1']",
      String(alternative.length),
      'OK',
      "OK [b'1'] OK BYE",
    ])
    assert.equal(mailbox.messages('Drafts')[0]?.raw.length, 100014)
  })

  // curl is on most machines but no part of this project; where it is absent there is nothing to check.
  if (spawnSync('curl', ['--version']).status === 0)
    it('serves curl', async () => {
      mailbox.append('INBOX', alternative)
      const curl = async (...args: string[]): Promise<string> =>
        (await run('curl', ['-sS', '-u', 'sms:secret', ...args])).stdout
      assert.equal(await curl(`imap://127.0.0.1:${port}/INBOX;UID=1`), alternative.toString())
      assert.match(await curl(`imap://127.0.0.1:${port}/INBOX`, '-X', 'SEARCH ALL'), /^\* SEARCH 1\r?$/m)
    })

  it('keeps only the newest lines in its log', async () => {
    const wire = new Wire(port)
    wire.send(`${'a NOOP\r\n'.repeat(3000)}b LOGOUT\r\n`)
    await wire.end()
    assert.equal(server.log.length, 5000)
    assert.match(server.log.at(-1)?.line ?? '', /^b OK/)
  })
})
