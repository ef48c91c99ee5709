// Each fault of the demo IMAP server, seen by imapflow (what our mailbox reader will see) or on the wire.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { ImapFlow } from 'imapflow'
import {
  answer,
  authenticationFailed,
  bye,
  cutConnection,
  cutInLiteral,
  deadIdle,
  deadLine,
  garbage,
  phantomMail,
  silentIdle,
  slow,
  withoutCopyUid,
} from '../../../src/simulator/mail/imap-faults.ts'
import { createSimImapServer, type SimImapServer } from '../../../src/simulator/mail/sim-imap.ts'
import { createSimMailbox, type SimMailbox } from '../../../src/simulator/mail/sim-mailbox.ts'
import { client, eventually } from './imap-client.ts'
import { Wire } from './imap-wire.ts'

const mail = Buffer.from(`Subject: one\r\n\r\n${'text '.repeat(100)}\r\n`)

describe('a scripted fault of the demo IMAP server', () => {
  let mailbox: SimMailbox
  let server: SimImapServer
  let port: number
  let flow: ImapFlow
  let closed: boolean

  beforeEach(async () => {
    mailbox = createSimMailbox('sms@office.example')
    mailbox.append('INBOX', mail)
    server = createSimImapServer({ accounts: [{ user: 'sms', password: 'secret', mailbox }] })
    port = await server.listen()
    flow = await client(port)
    closed = false
    flow.on('close', () => {
      closed = true
    })
    await flow.mailboxOpen('INBOX')
  })
  afterEach(async () => {
    flow.close()
    await server.close()
  })

  it('can refuse a command so many times and then let it pass', async () => {
    server.override('uid move', answer('NO', '[OVERQUOTA] Full'), 1)
    assert.equal(await flow.messageMove('1', 'Archive', { uid: true }), false)
    assert.equal(mailbox.messages('INBOX').length, 1)
    assert.ok(await flow.messageMove('1', 'Archive', { uid: true }))
    assert.equal(mailbox.messages('INBOX').length, 0)
  })

  it('ends when it is removed, and the newest fault comes first', async () => {
    const remove = server.override('NOOP', answer('BAD', 'old'))
    const removeNewer = server.override('*', answer('BAD', 'new'))
    const wire = new Wire(port)
    assert.match(await wire.ask('a NOOP'), /^a BAD new/m)
    removeNewer()
    assert.match(await wire.ask('b NOOP'), /^b BAD old/m)
    remove()
    assert.match(await wire.ask('c NOOP'), /^c OK/m)
    wire.destroy()
  })

  it('can be a sign-in that is refused', async () => {
    server.override('LOGIN', authenticationFailed)
    server.override('AUTHENTICATE', authenticationFailed)
    await assert.rejects(client(port), {
      authenticationFailed: true,
      serverResponseCode: 'AUTHENTICATIONFAILED',
    })
  })

  it('can be an IDLE that tells nothing, while the next command tells all', async () => {
    server.override('IDLE', silentIdle)
    let exists = 0
    flow.on('exists', () => exists++)
    const idle = flow.idle()
    await eventually(() => server.log.some(({ line }) => line === '+ idling'))
    assert.equal(server.idling(), 0)
    mailbox.append('INBOX', mail)
    const other = await client(port)
    await other.logout()
    assert.equal(exists, 0)
    await flow.noop()
    await idle
    assert.equal(exists, 1)
  })

  it('can be a dead line: open, but no answer ever, to a command or in IDLE', async () => {
    server.override('NOOP', deadLine)
    server.override('IDLE', deadIdle)
    const [silent, idling] = [new Wire(port), new Wire(port)]
    for (const wire of [silent, idling]) {
      await wire.until('ready\r\n')
      await wire.ask('a LOGIN sms secret')
      await wire.ask('b SELECT INBOX')
    }
    silent.send('c NOOP\r\nd CAPABILITY\r\n')
    idling.send('c IDLE\r\n')
    await idling.until('+ idling\r\n')
    mailbox.append('INBOX', mail)
    idling.send('DONE\r\nd CAPABILITY\r\n')
    const other = await client(port)
    await other.logout()
    for (const wire of [silent, idling]) {
      assert.equal(wire.received, '')
      assert.equal(wire.closed, false)
      wire.destroy()
    }
  })

  it('can be a line that is cut inside a literal', async () => {
    server.override('UID FETCH', cutInLiteral(20), 1)
    await assert.rejects(flow.fetchOne('1', { source: true }, { uid: true }))
    await eventually(() => closed)
    const sent = server.log.findLast(({ from }) => from === 'server')
    assert.match(sent?.line ?? '', /BODY\[\] \{\d+\} \(\+20 octets\)$/)
    const again = await client(port)
    await again.mailboxOpen('INBOX')
    const message = await again.fetchOne('1', { source: true }, { uid: true })
    assert.deepEqual(message !== false && message?.source, mail)
    again.close()
  })

  it('can be a MOVE whose answer names no UIDs', async () => {
    server.override('UID MOVE', withoutCopyUid)
    const moved = await flow.messageMove('1', 'Archive', { uid: true })
    assert.ok(moved)
    assert.equal(moved.uidMap, undefined)
    assert.equal(mailbox.messages('Archive').length, 1)
  })

  it('can be a connection that ends before or after the work of a command', async () => {
    server.override('UID MOVE', cutConnection('done'), 1)
    assert.ok(!(await flow.messageMove('1', 'Archive', { uid: true }).catch(() => false)))
    await eventually(() => closed)
    assert.equal(mailbox.messages('Archive').length, 1)
    mailbox.append('INBOX', mail)
    const other = await client(port)
    await other.mailboxOpen('INBOX')
    server.override('UID MOVE', cutConnection('not done'), 1)
    assert.ok(!(await other.messageMove('2', 'Archive', { uid: true }).catch(() => false)))
    assert.equal(mailbox.messages('INBOX').length, 1)
  })

  it('can be a BYE', async () => {
    server.override('NOOP', bye('[UNAVAILABLE] Maintenance'))
    await flow.noop().catch(() => undefined)
    await eventually(() => closed)
    assert.equal(flow.usable, false)
  })

  it('can be a late answer, and closing the server does not wait for it', async () => {
    server.override('NOOP', slow(60))
    const start = performance.now()
    await flow.noop()
    assert.ok(performance.now() - start >= 55)
    server.override('NOOP', slow(60_000))
    const waiting = flow.noop().catch(() => undefined)
    await eventually(() => server.log.filter(({ line }) => / NOOP$/.test(line)).length === 2)
    await server.close()
    await waiting
    await server.listen()
  })

  it('can be garbage in front of the answer', async () => {
    server.override('NOOP', garbage('\x00\xff garbage\r\n'), 1)
    const wire = new Wire(port)
    assert.match(await wire.ask('a NOOP'), /\x00\xff garbage\r\na OK NOOP/)
    wire.destroy()
  })

  it('can be a mail that is announced and gone before it is fetched', async () => {
    const idle = flow.idle()
    await eventually(() => server.idling() === 1)
    let count = 0
    flow.on('exists', (event) => {
      count = event.count
    })
    const uid = phantomMail(mailbox, 'INBOX', mail)
    await eventually(() => count === 2)
    const message = await flow.fetchOne(String(uid), { source: true }, { uid: true })
    await idle
    assert.ok(!message)
    assert.deepEqual(await flow.search({ all: true }, { uid: true }), [1])
  })

  it('can be a new UIDVALIDITY over night', async () => {
    const before = flow.mailbox !== false && flow.mailbox.uidValidity
    mailbox.rebuild('INBOX')
    await eventually(() => closed)
    const next = await client(port)
    const opened = await next.mailboxOpen('INBOX')
    assert.notEqual(opened.uidValidity, before)
    next.close()
  })

  it('can be a loss of every connection at once', async () => {
    server.dropConnections()
    await eventually(() => closed)
    await (await client(port)).logout()
  })
})
