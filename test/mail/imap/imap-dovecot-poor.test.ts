// The watcher against a real Dovecot that says it can do less than it can: one extension missing, or all of them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createImapInbox, createInboxMemory } from '../../../src/mail/imap/imap-inbox.ts'
import { passwordCredential } from '../../../src/mail/sign-in/credential.ts'
import { startDovecot } from '../../support/dovecot.ts'
import { MemoryIntake, rawMail, realClock, until } from '../mail-support.ts'

const longMs = 60_000
const extensions = [
  'SASL-IR',
  'ID',
  'ENABLE',
  'IDLE',
  'LITERAL+',
  'NAMESPACE',
  'UIDPLUS',
  'UNSELECT',
  'CHILDREN',
  'CONDSTORE',
  'QRESYNC',
  'SPECIAL-USE',
  'MOVE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'ESEARCH',
  'WITHIN',
]

const without = (...missing: readonly string[]): string =>
  ['IMAP4rev1', ...extensions.filter((one) => !missing.includes(one))].join(' ')

for (const [name, imapCapability] of [
  ['IMAP4rev1 and nothing else', 'IMAP4rev1'],
  ['all but MOVE and UIDPLUS', without('MOVE', 'UIDPLUS')],
  ['all but MOVE', without('MOVE')],
  ['all but IDLE', without('IDLE')],
  ['all but CONDSTORE, QRESYNC and ENABLE', without('CONDSTORE', 'QRESYNC', 'ENABLE')],
  [
    'all but NAMESPACE, SPECIAL-USE and LIST-EXTENDED',
    without('NAMESPACE', 'SPECIAL-USE', 'LIST-EXTENDED', 'LIST-STATUS'),
  ],
] as const)
  test(`a Dovecot that offers ${name}: mails are taken once, filed, and nobody else's mail is expunged`, async (t) => {
    const dovecot = await startDovecot({ users: [{ name: 'one', password: 'secret' }], imapCapability })
    t.after(() => dovecot.stop())
    await dovecot.deliver(rawMail('old'), 'a@office.example', 'one')
    const intake = new MemoryIntake()
    const inbox = createImapInbox({
      host: '127.0.0.1',
      port: dovecot.imapPort,
      security: 'none',
      user: 'one',
      credential: passwordCredential(() => 'secret'),
      folder: 'INBOX',
      doneFolder: 'Büro/Erledigt',
      rescanMs: 60_000,
      clock: realClock(20),
      intake,
      memory: createInboxMemory(),
    })
    const stop = new AbortController()
    const ended = inbox.run(stop.signal)
    await until(() => inbox.state().phase === 'watching', longMs)
    for (const text of ['new 1', 'new 2']) await dovecot.deliver(rawMail(text), 'a@office.example', 'one')
    await until(() => intake.received.length === 2, longMs)
    const filed = async (): Promise<number> =>
      (await dovecot.mails('one', 'B&APw-ro.Erledigt').catch(() => [])).length
    for (let tries = 0; tries < 500 && (await filed()) < 2; tries++) await realClock().sleep(20)
    assert.equal(await filed(), 2)
    const left = await dovecot.mails('one')
    assert.ok(left.some((mail) => mail.includes('old')))
    assert.equal(inbox.state().problem, null)
    stop.abort()
    await ended
    assert.deepEqual(intake.texts(), ['new 1', 'new 2'])
  })
