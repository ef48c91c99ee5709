// The watcher of the mailbox against a real Dovecot: IDLE, MOVE, restart, TLS.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { GatewayError } from '../../../src/domain/errors.ts'
import { createImapInbox, createInboxMemory } from '../../../src/mail/imap/imap-inbox.ts'
import { passwordCredential } from '../../../src/mail/sign-in/credential.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { type Dovecot, startDovecot } from '../../support/dovecot.ts'
import { MemoryIntake, rawMail, realClock, until } from '../mail-support.ts'

let dovecot: Dovecot
let ca: () => string

before(async () => {
  const users = ['one', 'two'].map((name) => ({ name, password: 'secret' }))
  const tls = await makeCertificate()
  ca = () => tls.certificate
  dovecot = await startDovecot({ users, tls })
})
after(() => dovecot.stop())

function inboxOf(
  user: string,
  intake: MemoryIntake,
  change: { port?: number; security?: 'tls' | 'starttls'; ca?: () => string } = {},
) {
  return createImapInbox({
    host: '127.0.0.1',
    port: dovecot.imapPort,
    security: 'none',
    user,
    credential: passwordCredential(() => 'secret'),
    folder: 'INBOX',
    doneFolder: 'Archive/Simpost',
    rescanMs: 60_000,
    clock: realClock(),
    intake,
    memory: createInboxMemory(),
    ...change,
  })
}

test('mail delivered to Dovecot is pushed, taken once and moved; a restart of the server ends the connection', async () => {
  await dovecot.deliver(rawMail('old'), 'a@office.example', 'one')
  const intake = new MemoryIntake()
  const inbox = inboxOf('one', intake)
  const stop = new AbortController()
  const ended = inbox.run(stop.signal).catch((error: unknown) => error)
  await until(() => inbox.state().idle)
  for (const text of ['new 1', 'new 2', 'new 3'])
    await dovecot.deliver(rawMail(text), 'a@office.example', 'one')
  await until(() => intake.received.length === 3, 10_000)
  assert.deepEqual(intake.texts(), ['new 1', 'new 2', 'new 3'])
  // Dovecot copies before it removes, and renames meanwhile; both are seen from outside.
  const counts = async (): Promise<string> => {
    const folders = [dovecot.mails('one'), dovecot.mails('one', 'Archive.Simpost')]
    return (await Promise.all(folders).catch(() => [])).map((mails) => mails.length).join(' ')
  }
  for (let tries = 0; tries < 200 && (await counts()) !== '1 3'; tries++) await realClock().sleep(20)
  assert.equal(await counts(), '1 3')
  await dovecot.restart()
  assert.equal(((await ended) as GatewayError).code, 'IMAP_UNAVAILABLE')
})

test('a certificate that nobody vouches for is refused before the password is sent', async () => {
  const never = new AbortController().signal
  const port = dovecot.imapsPort ?? 0
  for (const change of [{ security: 'starttls' as const }, { security: 'tls' as const, port }])
    await assert.rejects(inboxOf('two', new MemoryIntake(), change).run(never), {
      code: 'IMAP_UNAVAILABLE',
      message: /certificate/i,
    })
  assert.doesNotMatch(await dovecot.log(), /Login: user=<two>/)
})

test('with a trusted certificate both TLS and STARTTLS work', async () => {
  const port = dovecot.imapsPort ?? 0
  for (const change of [
    { security: 'starttls' as const, ca },
    { security: 'tls' as const, port, ca },
  ]) {
    const inbox = inboxOf('two', new MemoryIntake(), change)
    const stop = new AbortController()
    const ended = inbox.run(stop.signal)
    await until(() => inbox.state().idle)
    stop.abort()
    await ended
  }
})
