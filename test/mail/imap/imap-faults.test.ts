// The watcher of the mailbox against servers that lack something, refuse something, or vanish.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import {
  answer,
  authenticationFailed,
  bye,
  cutConnection,
  cutInLiteral,
  deadLine,
} from '../../../src/simulator/mail/imap-faults.ts'
import { rawMail, realClock, until } from '../mail-support.ts'
import { bench } from './imap-bench.ts'

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
  assert.ok(performance.now() - begun < 10_000)
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
  assert.ok(performance.now() - begun < 10_000)
})
