// Servers that say the wrong thing: no IMAP at all, BYE at every point, answers to questions nobody asked, silence.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { createImapInbox, createInboxMemory } from '../../../src/mail/imap/imap-inbox.ts'
import { passwordCredential } from '../../../src/mail/sign-in/credential.ts'
import { bye } from '../../../src/simulator/mail/imap-faults.ts'
import { MemoryIntake, rawMail, realClock, until } from '../mail-support.ts'
import { bench } from './imap-bench.ts'
import { type RudeServerOptions, rudeServer } from './rude-server.ts'

const longMs = 30_000

async function rude(t: TestContext, options: RudeServerOptions) {
  const server = await rudeServer(t, options)
  const intake = new MemoryIntake()
  // What the rude server shows is news, not what was there before the first start.
  intake.begin('INBOX', '7', 0)
  const inbox = createImapInbox({
    host: '127.0.0.1',
    port: server.port,
    security: 'none',
    user: 'sms',
    credential: passwordCredential(() => 'secret'),
    folder: 'INBOX',
    doneFolder: 'Simpost',
    rescanMs: 60_000,
    clock: realClock(),
    intake,
    memory: createInboxMemory(),
  })
  return { server, intake, inbox }
}

const greetings: readonly (readonly [name: string, octets: string, words: RegExp])[] = [
  ['an SMTP greeting', '220 mail.office.example ESMTP\r\n', /greeting|no IMAP|ended|cut/],
  ['a web page', 'HTTP/1.1 400 Bad Request\r\n\r\n<html></html>\r\n', /greeting|no IMAP|ended|cut/],
  ['BYE', '* BYE [ALERT] Fidonet is closed today\r\n', /Fidonet is closed today/],
  ['NUL octets', '\0'.repeat(1000), /greeting|no IMAP|ended|cut/],
]

for (const [name, octets, words] of greetings)
  test(`${name} in place of a greeting, and then the end of the line, is IMAP_UNAVAILABLE with a cure`, async (t) => {
    const { inbox, server } = await rude(t, {
      greeting: async ({ say, socket }) => {
        await say(octets)
        socket.end()
      },
    })
    await assert.rejects(inbox.run(new AbortController().signal), (error) => {
      assert.ok(error instanceof GatewayError)
      assert.equal(error.code, 'IMAP_UNAVAILABLE')
      assert.match(error.message, words)
      assert.ok(error.hint)
      return true
    })
    await until(() => server.open() === 0, longMs)
  })

for (const command of [
  'CAPABILITY',
  'AUTHENTICATE',
  'ID',
  'NAMESPACE',
  'ENABLE',
  'LIST',
  'SELECT',
  'CREATE',
  'UID SEARCH',
  'STATUS',
  'IDLE',
  'UID FETCH',
  'UID MOVE',
])
  test(`BYE in answer to ${command} ends the connection cleanly, and the next one takes every mail once`, async (t) => {
    const { server, mailbox, intake, watch } = await bench(t, { condstore: true })
    await (await watch({ doneFolder: 'First' })).stop()
    server.override(command, bye('[UNAVAILABLE] shutting down'), 1)
    const first = await watch()
    mailbox.append('INBOX', rawMail('one'))
    const error = await Promise.race([first.ended, until(() => intake.received.length === 1, longMs)])
    if (error instanceof GatewayError) assert.equal(error.code, 'IMAP_UNAVAILABLE')
    await watch()
    await until(() => mailbox.messages('Simpost').length === 1, longMs)
    assert.deepEqual(intake.texts(), ['one'])
    await first.stop()
    await until(() => server.connections() === 1, longMs)
  })

test('ten thousand untagged answers before the right one change nothing', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  const { inbox } = await watch()
  server.override(
    'UID SEARCH',
    async (call) => {
      for (let i = 0; i < 10_000; i++)
        call.send(i % 2 === 0 ? '* OK still here\r\n' : '* 9 FETCH (FLAGS (\\Seen))\r\n')
      await call.run()
    },
    1,
  )
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1, longMs)
  assert.equal(inbox.state().problem, null)
})

test('FETCH answers for mails that were not asked for are not taken for the mail that was', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t)
  await watch()
  server.override('UID FETCH', async (call) => {
    call.send('* 7 FETCH (UID 77 RFC822.SIZE 5 BODY[]<0> {5}\r\nwrong)\r\n* 1 FETCH (FLAGS (\\Seen))\r\n')
    await call.run()
  })
  mailbox.append('INBOX', rawMail('right'))
  await until(() => intake.received.length === 1, longMs)
  assert.deepEqual(intake.texts(), ['right'])
})

test('a FETCH answered with other mails only is a mail that vanished, and IDLE goes on', async (t) => {
  const { inbox, intake } = await rude(t, {
    commands: {
      'UID FETCH': async ({ say }, tag) => {
        await say(`* 2 FETCH (UID 2 BODY[]<0> {5}\r\nwrong)\r\n${tag} OK done\r\n`)
      },
    },
  })
  const stop = new AbortController()
  const ended = inbox.run(stop.signal)
  await until(() => inbox.state().phase === 'watching', longMs)
  assert.deepEqual(intake.received, [])
  stop.abort()
  await ended
})

for (const [name, body] of [
  ['NIL', 'BODY[]<0> NIL'],
  ['no octet', 'BODY[]<0> {0}\r\n'],
  ['only the size', ''],
] as const)
  test(`a mail of which the server shows ${name} is neither vanished nor empty, and is taken when it shows it`, async (t) => {
    const { server, mailbox, intake, watch } = await bench(t)
    const { inbox } = await watch({ rescanMs: 50 })
    const mended = server.override('UID FETCH', (call) => {
      const separator = body === '' ? '' : ' '
      call.send(`* 1 FETCH (UID 1 RFC822.SIZE 500${separator}${body})\r\n${call.tag} OK done\r\n`)
    })
    mailbox.append('INBOX', rawMail('whole'))
    await until(() => inbox.state().problem?.code === 'IMAP_REFUSED', longMs)
    assert.deepEqual(intake.heardAt, [])
    mended()
    await until(() => intake.received.length === 1, longMs)
    assert.deepEqual(intake.texts(), ['whole'])
  })

test('a sign-in that is stopped while its credential is fetched opens no connection', async (t) => {
  const { server, inbox } = await bench(t)
  const stop = new AbortController()
  await inbox({
    credential: async () => {
      stop.abort()
      return { kind: 'password', password: 'secret' }
    },
  }).run(stop.signal)
  assert.equal(server.log.length, 0)
})

test('a server that gives no UIDVALIDITY is refused in words', async (t) => {
  const { inbox } = await rude(t, {
    commands: { SELECT: ({ say }, tag) => say(`* 1 EXISTS\r\n${tag} OK done\r\n`) },
  })
  await assert.rejects(inbox.run(new AbortController().signal), {
    code: 'IMAP_REFUSED',
    retry: 'hold',
    message: /gives no UIDVALIDITY/,
  })
})
