// The watcher of the mailbox against the IMAP simulator: intake, moves, IDLE, polling, faults.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { GatewayError } from '../../src/domain/errors.ts'
import { createImapInbox, type ImapInbox, type ImapInboxOptions } from '../../src/mail/imap-inbox.ts'
import {
  answer,
  authenticationFailed,
  bye,
  cutConnection,
  cutInLiteral,
  deadLine,
  phantomMail,
  silentIdle,
} from '../../src/simulator/imap-faults.ts'
import { type SimImapOptions, SimImapServer } from '../../src/simulator/sim-imap.ts'
import { createSimMailbox, type SimMailbox } from '../../src/simulator/sim-mailbox.ts'
import { MemoryIntake, rawMail, realClock, until } from './mail-support.ts'

interface Bench {
  readonly server: SimImapServer
  readonly mailbox: SimMailbox
  readonly intake: MemoryIntake
  inbox(change?: Partial<ImapInboxOptions>): ImapInbox
  /** Starts a watcher and waits until it watches. */
  watch(
    change?: Partial<ImapInboxOptions>,
  ): Promise<{ inbox: ImapInbox; stop: () => Promise<void>; ended: Promise<unknown> }>
}

async function bench(
  t: TestContext,
  capabilities: NonNullable<SimImapOptions['capabilities']> = {},
): Promise<Bench> {
  const mailbox = createSimMailbox('sms@office.example')
  const server = new SimImapServer({ accounts: [{ user: 'sms', password: 'secret', mailbox }], capabilities })
  const port = await server.listen()
  const stops: (() => Promise<unknown>)[] = []
  t.after(async () => {
    for (const stop of stops) await stop()
    await server.close()
  })
  const intake = new MemoryIntake()
  const inbox = (change: Partial<ImapInboxOptions> = {}): ImapInbox =>
    createImapInbox({
      host: '127.0.0.1',
      port,
      security: 'none',
      user: 'sms',
      password: () => 'secret',
      folder: 'INBOX',
      doneFolder: 'Simpost',
      rescanMs: 60_000,
      clock: realClock(),
      intake,
      ...change,
    })
  const watch = async (change: Partial<ImapInboxOptions> = {}) => {
    const one = inbox(change)
    const stopper = new AbortController()
    const ended = one.run(stopper.signal).catch((error: unknown) => error)
    const stop = async (): Promise<void> => {
      stopper.abort()
      await ended
    }
    stops.push(stop)
    await until(() => one.state().phase === 'watching' || one.state().phase === 'closed')
    return { inbox: one, stop, ended }
  }
  return { server, mailbox, intake, inbox, watch }
}

const uids = (mailbox: SimMailbox, folder: string): number[] => mailbox.messages(folder).map(({ uid }) => uid)

test('the first start on a folder leaves old mail alone and takes what comes later', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  mailbox.append('INBOX', rawMail('old'))
  await watch()
  assert.deepEqual(intake.begun, [1])
  mailbox.append('INBOX', rawMail('new'))
  await until(() => mailbox.messages('Simpost').length === 1)
  assert.deepEqual(intake.texts(), ['new'])
  assert.deepEqual(uids(mailbox, 'INBOX'), [1])
})

test('a new mail reaches the intake within milliseconds of EXISTS, again and again', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  await watch()
  const delays: number[] = []
  for (let i = 0; i < 10; i++) {
    await until(() => server.idling() === 1)
    const sent = performance.now()
    mailbox.append('INBOX', rawMail(`mail ${i}`))
    await until(() => intake.heardAt.length === i + 1)
    delays.push((intake.heardAt[i] ?? 0) - sent)
  }
  delays.sort((a, b) => a - b)
  assert.ok((delays[5] ?? 999) < 50, `median ${delays[5]} ms of ${delays.join(', ')}`)
})

test('mails arrive whole, in order, and unseen by the server', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  await watch()
  const big = rawMail('x'.repeat(300_000))
  for (const raw of [rawMail('one'), big, rawMail('three')]) mailbox.append('INBOX', raw)
  await until(() => intake.received.length === 3)
  assert.deepEqual(
    intake.received.map(({ uid }) => uid),
    [1, 2, 3],
  )
  assert.deepEqual(intake.received[1]?.raw, big)
  assert.equal(intake.received[1]?.size, big.length)
  assert.ok(intake.received.every(({ truncated }) => !truncated))
  assert.ok(mailbox.messages('INBOX').every(({ flags }) => !flags.has('\\Seen')))
  assert.equal(mailbox.messages('INBOX').length, 3)
})

test('a mail over the limit is fetched in part and says so', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  await watch({ maxBytes: 100_000 })
  const big = rawMail('x'.repeat(1_000_000))
  mailbox.append('INBOX', big)
  await until(() => intake.received.length === 1)
  const [mail] = intake.received
  assert.equal(mail?.truncated, true)
  assert.equal(mail?.size, big.length)
  assert.equal(mail?.raw.length, 100_000)
})

test('200 mails in a burst are all taken once and moved', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  await watch()
  for (let i = 0; i < 200; i++) mailbox.append('INBOX', rawMail(`mail ${i}`))
  await until(() => mailbox.messages('Simpost').length === 200, 10_000)
  assert.equal(intake.received.length, 200)
  assert.equal(mailbox.messages('INBOX').length, 0)
})

test('a restart takes what came meanwhile and nothing twice', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  const first = await watch()
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1)
  await first.stop()
  mailbox.append('INBOX', rawMail('two'))
  await watch()
  assert.deepEqual(intake.texts(), ['one', 'two'])
  assert.equal(intake.heardAt.length, 2)
})

test('a mail that the journal knows as finished is moved at the next start', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  const refused = server.override('UID MOVE', answer('NO', '[OVERQUOTA] Full'))
  const first = await watch()
  mailbox.append('INBOX', rawMail('one'))
  await until(() => first.inbox.state().problem?.code === 'IMAP_REFUSED')
  assert.deepEqual(uids(mailbox, 'INBOX'), [1])
  await first.stop()
  refused()
  const second = await watch()
  assert.deepEqual(uids(mailbox, 'INBOX'), [])
  assert.equal(mailbox.messages('Simpost').length, 1)
  assert.equal(intake.heardAt.length, 1)
  assert.equal(second.inbox.state().problem, null)
})

test('a done folder that was deleted meanwhile is made again', async (t) => {
  const { mailbox, watch } = await bench(t)
  await watch()
  mailbox.delete('Simpost')
  mailbox.append('INBOX', rawMail('one'))
  await until(() => mailbox.folder('Simpost')?.messages.length === 1)
})

test('a nested done folder is made with its levels', async (t) => {
  const { mailbox, watch } = await bench(t)
  await watch({ doneFolder: 'Archive/Simpost/Done' })
  mailbox.append('INBOX', rawMail('one'))
  await until(() => mailbox.folder('Archive/Simpost/Done')?.messages.length === 1)
})

test('after a new UIDVALIDITY every mail is offered, and known ones are told apart by the intake', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  intake.place = () => 'stay'
  const first = await watch()
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1)
  await first.stop()
  mailbox.append('INBOX', rawMail('two'))
  mailbox.rebuild('INBOX')
  await watch()
  assert.deepEqual(intake.texts(), ['one', 'two'])
  assert.equal(intake.heardAt.length, 3)
  assert.equal(intake.begun.length, 1)
})

test('a mail that the intake cannot take holds no other and is tried again', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  const { inbox } = await watch()
  intake.failing.add(1)
  mailbox.append('INBOX', rawMail('one'))
  mailbox.append('INBOX', rawMail('two'))
  await until(() => mailbox.messages('Simpost').length === 1)
  await until(() => inbox.state().problem?.code === 'INTERNAL')
  intake.failing.clear()
  mailbox.append('INBOX', rawMail('three'))
  await until(() => mailbox.messages('Simpost').length === 3)
  assert.deepEqual(intake.texts(), ['two', 'one', 'three'])
  await until(() => inbox.state().problem === null)
})

test('a mail that vanished before the fetch is passed over', async (t) => {
  const { mailbox, intake, watch } = await bench(t)
  const { inbox } = await watch()
  phantomMail(mailbox, 'INBOX', rawMail('ghost'))
  mailbox.append('INBOX', rawMail('real'))
  await until(() => intake.received.length === 1)
  assert.deepEqual(intake.texts(), ['real'])
  assert.equal(inbox.state().problem, null)
})

test('a timed re-scan finds mail that a silent IDLE never told', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  server.override('IDLE', silentIdle)
  await watch({ rescanMs: 200 })
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1)
})

for (const [name, capabilities] of [
  ['IDLE', { idle: false }],
  ['MOVE', { move: false }],
  ['MOVE and UIDPLUS', { move: false, uidplus: false }],
  [
    'IDLE, MOVE, UIDPLUS, keywords, NAMESPACE and ID',
    {
      idle: false,
      move: false,
      uidplus: false,
      keywords: false,
      namespace: false,
      id: false,
      enable: false,
      specialUse: false,
    },
  ],
] as const)
  test(`a server without ${name} works, and no plain EXPUNGE is sent`, async (t) => {
    const { server, mailbox, intake, watch } = await bench(t, capabilities)
    mailbox.append('INBOX', rawMail('of a person'), { flags: ['\\Deleted'] })
    await watch({ clock: realClock(50) })
    mailbox.append('INBOX', rawMail('one'))
    await until(() => mailbox.messages('Simpost').length === 1)
    mailbox.append('INBOX', rawMail('two'))
    await until(() => mailbox.messages('Simpost').length === 2)
    assert.deepEqual(intake.texts(), ['one', 'two'])
    assert.ok(mailbox.messages('INBOX').some(({ uid }) => uid === 1))
    await until(() => mailbox.messages('INBOX').every(({ flags }) => flags.has('\\Deleted')))
    assert.ok(!server.log.some(({ from, line }) => from === 'client' && /^\S+ (EXPUNGE|CLOSE)\b/i.test(line)))
  })

test('a server that refuses IDLE is polled, without a storm of commands', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  server.override('IDLE', answer('NO', 'not today'))
  const { inbox } = await watch({ clock: realClock(20) })
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1)
  await until(() => inbox.state().phase === 'watching' && !inbox.state().idle)
  assert.ok(server.log.filter(({ line }) => /IDLE/.test(line)).length < 10)
})

test('a refused sign-in is IMAP_AUTH and never shows the password', async (t) => {
  const { server, inbox } = await bench(t)
  server.override('LOGIN', answer('NO', '[AUTHENTICATIONFAILED] bad password secret'))
  server.override('AUTHENTICATE', authenticationFailed)
  const one = inbox()
  await assert.rejects(one.run(new AbortController().signal), (error) => {
    assert.ok(error instanceof GatewayError)
    assert.equal(error.code, 'IMAP_AUTH')
    assert.equal(error.retry, 'hold')
    assert.doesNotMatch(JSON.stringify([error.message, error.context]), /secret/)
    return true
  })
  assert.equal(one.state().phase, 'closed')
  assert.equal(one.state().problem?.code, 'IMAP_AUTH')
})

test('a sign-in that is only put off is temporary', async (t) => {
  const { server, inbox } = await bench(t)
  for (const command of ['LOGIN', 'AUTHENTICATE'])
    server.override(command, answer('NO', '[UNAVAILABLE] try later'))
  await assert.rejects(inbox().run(new AbortController().signal), {
    code: 'IMAP_UNAVAILABLE',
    retry: 'temporary',
  })
})

test('a missing folder is a clear error', async (t) => {
  const { inbox } = await bench(t)
  await assert.rejects(inbox({ folder: 'Nowhere' }).run(new AbortController().signal), {
    code: 'IMAP_REFUSED',
    message: 'there is no folder Nowhere on 127.0.0.1',
  })
})

test('a server that cannot be reached is IMAP_UNAVAILABLE', async (t) => {
  const { server, inbox } = await bench(t)
  const one = inbox()
  await server.close()
  await assert.rejects(one.run(new AbortController().signal), {
    code: 'IMAP_UNAVAILABLE',
    retry: 'temporary',
  })
})

test('a lost line ends run() with IMAP_UNAVAILABLE, in IDLE and in the middle of a mail', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  const first = await watch()
  server.dropConnections()
  assert.equal(((await first.ended) as GatewayError).code, 'IMAP_UNAVAILABLE')
  const second = await watch()
  server.override('UID FETCH', cutInLiteral(20), 1)
  mailbox.append('INBOX', rawMail('one'))
  assert.equal(((await second.ended) as GatewayError).code, 'IMAP_UNAVAILABLE')
  assert.equal(intake.received.length, 0)
  const third = await watch()
  server.override('UID MOVE', cutConnection('done'), 1)
  mailbox.append('INBOX', rawMail('two'))
  await third.ended
  await watch()
  assert.deepEqual(intake.texts(), ['one', 'two'])
  assert.equal(mailbox.messages('INBOX').length, 0)
})

test('BYE ends run() with IMAP_UNAVAILABLE', async (t) => {
  const { server, mailbox, watch } = await bench(t)
  const { ended } = await watch()
  server.override('UID SEARCH', bye('shutting down'))
  mailbox.append('INBOX', rawMail('one'))
  assert.equal(((await ended) as GatewayError).code, 'IMAP_UNAVAILABLE')
})

test('an abort ends run() with LOGOUT, and soon even when the line is dead', async (t) => {
  const { server, mailbox, watch } = await bench(t)
  const first = await watch()
  await first.stop()
  assert.equal(await first.ended, undefined)
  assert.ok(server.log.some(({ line }) => /LOGOUT/.test(line)))
  await until(() => server.connections() === 0)
  const second = await watch({ clock: realClock(10) })
  await until(() => server.idling() === 1)
  server.override('*', deadLine)
  mailbox.append('INBOX', rawMail('one'))
  await until(() => second.inbox.state().phase === 'scanning')
  const begun = performance.now()
  await second.stop()
  assert.ok(performance.now() - begun < 2_000)
})

test('an abort before the connection is open ends run() at once', async (t) => {
  const { server, inbox } = await bench(t)
  for (const command of ['LOGIN', 'AUTHENTICATE', 'CAPABILITY']) server.override(command, deadLine)
  const stopper = new AbortController()
  const run = inbox().run(stopper.signal)
  await until(() => server.connections() === 1)
  stopper.abort()
  const begun = performance.now()
  await run
  assert.ok(performance.now() - begun < 1_000)
})
