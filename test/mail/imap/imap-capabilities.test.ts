// The watcher against servers that lack one extension, several, or all of them, and against servers that offer more than usual.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImapFeatures } from '../../../src/simulator/mail/imap-state.ts'
import { rawMail, realClock, until } from '../mail-support.ts'
import { bench } from './imap-bench.ts'

const nothing: Partial<ImapFeatures> = {
  idle: false,
  move: false,
  uidplus: false,
  keywords: false,
  namespace: false,
  id: false,
  enable: false,
  specialUse: false,
  unselect: false,
  children: false,
  plain: false,
  saslIr: false,
  literalPlus: false,
}

const servers: readonly (readonly [string, Partial<ImapFeatures>])[] = [
  ...Object.keys(nothing).map((name) => [`without ${name}`, { [name]: false }] as const),
  ['without MOVE and UIDPLUS', { move: false, uidplus: false }],
  ['that is IMAP4rev1 and nothing else', nothing],
  ['with CONDSTORE', { condstore: true }],
  ['with CONDSTORE and QRESYNC', { condstore: true, qresync: true }],
  ['with UTF8=ACCEPT', { utf8: true }],
  ['with everything', { condstore: true, qresync: true, utf8: true }],
]

for (const [name, capabilities] of servers)
  test(`a server ${name} works: each mail is taken once and filed, and no plain EXPUNGE is sent`, async (t) => {
    const { server, mailbox, intake, watch } = await bench(t, capabilities)
    const doneFolder = 'Büro/Erledigt & fort'
    const filed = (): number => mailbox.folder(doneFolder)?.messages.length ?? 0
    mailbox.append('INBOX', rawMail('of a person'), { flags: ['\\Deleted'] })
    await watch({ clock: realClock(50), doneFolder })
    mailbox.append('INBOX', rawMail('one'))
    await until(() => filed() === 1, 30_000)
    mailbox.append('INBOX', rawMail('two'))
    await until(() => filed() === 2, 30_000)
    assert.deepEqual(intake.texts(), ['one', 'two'])
    assert.ok(mailbox.messages('INBOX').some(({ uid }) => uid === 1))
    await until(() => mailbox.messages('INBOX').every(({ flags }) => flags.has('\\Deleted')), 30_000)
    assert.ok(!server.log.some(({ from, line }) => from === 'client' && /^\S+ (EXPUNGE|CLOSE)\b/i.test(line)))
  })

test('IMAP4rev2 is not enabled, so a server that finds nothing in that mode is read like any other', async (t) => {
  const { server, mailbox, intake, watch } = await bench(t, { rev2: true, condstore: true })
  await watch()
  mailbox.append('INBOX', rawMail('one'))
  await until(() => intake.received.length === 1, 30_000)
  const enabled = server.log.filter(({ from, line }) => from === 'client' && / ENABLE /.test(line))
  assert.equal(enabled.length, 1)
  assert.doesNotMatch(enabled[0]?.line ?? '', /rev2/i)
})
