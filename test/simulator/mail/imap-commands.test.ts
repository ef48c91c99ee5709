// Commands of the demo IMAP server one by one (RFC 3501 6.3, 6.4), and its extensions on and off.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { ImapFeatures } from '../../../src/simulator/mail/imap-state.ts'
import { type Fixture, mail, startFixture } from './imap-fixture.ts'

describe('a command of the demo IMAP server', () => {
  let fixture: Fixture

  beforeEach(async () => {
    fixture = await startFixture()
  })
  afterEach(() => fixture.stop())

  async function restart(capabilities: Partial<ImapFeatures> = {}): Promise<void> {
    await fixture.stop()
    fixture = await startFixture(capabilities)
  }

  it('lists folders by pattern, with special uses, in modified UTF-7', async () => {
    const wire = await fixture.open()
    await wire.ask('a CREATE Gr&APYA3w-e/a')
    assert.ok(fixture.mailbox.folder('Größe/a'))
    const names = async (pattern: string): Promise<string[]> =>
      [...(await wire.ask(`x LIST "" ${pattern}`)).matchAll(/"\/" "(.*)"\r/g)].map((found) => found[1] ?? '')
    assert.deepEqual(await names('%'), ['INBOX', 'Sent', 'Drafts', 'Trash', 'Junk', 'Archive', 'Gr&APYA3w-e'])
    assert.deepEqual(await names('"Gr*"'), ['Gr&APYA3w-e', 'Gr&APYA3w-e/a'])
    assert.deepEqual(await names('inbox'), ['INBOX'])
    assert.match(await wire.ask('b LIST "" Sent'), /\(\\HasNoChildren \\Sent\)/)
    assert.match(await wire.ask('c LIST "" ""'), /^\* LIST \(\\Noselect\) "\/" ""\r\nc OK/)
    await wire.ask('d UNSUBSCRIBE Junk')
    assert.doesNotMatch(await wire.ask('e LSUB "" "*"'), /Junk/)
    assert.match(await wire.ask('f RENAME Gr&APYA3w-e Other'), /^f OK/)
    assert.deepEqual(await names('Other*'), ['Other', 'Other/a'])
    assert.match(await wire.ask('g DELETE Other/a'), /^g OK/)
    assert.match(await wire.ask('h DELETE INBOX'), /^h NO/)
    assert.match(await wire.ask('i SELECT Other/a'), /^i NO \[NONEXISTENT\]/)
    assert.match(await wire.ask('j APPEND Other/a {1+}\r\nx'), /^j NO \[TRYCREATE\]/)
    assert.match(await wire.ask('k NOOP'), /^k OK/)
  })

  it('gives a folder made anew another UIDVALIDITY', async () => {
    const first = fixture.mailbox.create('Simpost').uidValidity
    fixture.mailbox.delete('Simpost')
    assert.ok(fixture.mailbox.create('Simpost').uidValidity > first)
  })

  it('finds mails by flag, size, date, header, text and any combination', async () => {
    fixture.mailbox.append('INBOX', mail('Alpha', 'hello', 'X-Key: 1\r\n'), {
      flags: ['\\Seen', '$Done'],
      internalDate: new Date('2026-01-10T12:00:00Z'),
    })
    fixture.mailbox.append('INBOX', mail('Beta', 'b'.repeat(500)), {
      internalDate: new Date('2026-02-10T12:00:00Z'),
    })
    fixture.mailbox.append('INBOX', mail('Gamma', 'HELLO'), {
      flags: ['\\Deleted'],
      internalDate: new Date('2026-03-10T12:00:00Z'),
    })
    const wire = await fixture.open()
    for (const [keys, expected] of [
      ['ALL', '1 2 3'],
      ['SEEN', '1'],
      ['UNSEEN UNDELETED', '2'],
      ['KEYWORD $done', '1'],
      ['UNKEYWORD $Done', '2 3'],
      ['LARGER 400', '2'],
      ['SMALLER 400', '1 3'],
      ['SINCE 10-Feb-2026', '2 3'],
      ['BEFORE "10-Feb-2026"', '1'],
      ['ON 10-Feb-2026', '2'],
      ['SENTSINCE 1-Jan-2030', ''],
      ['SENTON 5-Jan-2026', '1 2 3'],
      ['HEADER X-Key ""', '1'],
      ['HEADER x-key 1', '1'],
      ['SUBJECT ALPHA', '1'],
      ['FROM ann', '1 2 3'],
      ['BODY hello', '1 3'],
      ['TEXT beta', '2'],
      ['NOT BODY hello', '2'],
      ['OR SUBJECT alpha SUBJECT beta', '1 2'],
      ['OR (SEEN SUBJECT alpha) (NOT (1:2))', '1 3'],
      ['2:*', '2 3'],
      ['UID 1,3', '1 3'],
      ['CHARSET UTF-8 SUBJECT {5+}\r\nGamma', '3'],
      ['NEW', ''],
    ])
      assert.equal(/\* SEARCH ?(.*)\r/.exec(await wire.ask(`s SEARCH ${keys}`))?.[1], expected, keys)
    assert.match(await wire.ask('s SEARCH CHARSET KOI8-R ALL'), /^s NO \[BADCHARSET/)
  })

  it('removes exactly what EXPUNGE, UID EXPUNGE and CLOSE name', async () => {
    for (let n = 1; n <= 4; n++)
      fixture.mailbox.append('INBOX', mail(`${n}`), { flags: n === 4 ? [] : ['\\Deleted'] })
    const wire = await fixture.open()
    assert.match(await wire.ask('a UID EXPUNGE 2,4'), /^\* 2 EXPUNGE\r\na OK/)
    assert.match(await wire.ask('b EXPUNGE'), /^\* 2 EXPUNGE\r\n\* 1 EXPUNGE\r\nb OK/)
    await wire.ask('c STORE 1 +FLAGS.SILENT (\\Deleted)')
    await wire.ask('d UNSELECT')
    assert.equal(fixture.mailbox.messages('INBOX').length, 1)
    await wire.ask('e SELECT INBOX')
    await wire.ask('f CLOSE')
    assert.equal(fixture.mailbox.messages('INBOX').length, 0)
  })

  it('speaks CONDSTORE only where it is switched on', async () => {
    await restart({ condstore: true })
    for (const subject of ['one', 'two']) fixture.mailbox.append('INBOX', mail(subject))
    const wire = await fixture.open()
    const highest = Number(/HIGHESTMODSEQ (\d+)/.exec(await wire.ask('a SELECT INBOX (CONDSTORE)'))?.[1])
    assert.match(await wire.ask('b UID STORE 1 +FLAGS (\\Seen)'), /FLAGS \(\\Seen\) MODSEQ \(\d+\)/)
    assert.match(
      await wire.ask(`c UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${highest})`),
      /^\* 1 FETCH \(UID 1 FLAGS \(\\Seen\) MODSEQ \(\d+\)\)\r\nc OK/,
    )
    assert.match(
      await wire.ask(`d UID STORE 1:2 (UNCHANGEDSINCE ${highest}) +FLAGS.SILENT (\\Flagged)`),
      /^\* 2 FETCH \(UID 2 FLAGS \(\\Flagged\) MODSEQ \(\d+\)\)\r\nd OK \[MODIFIED 1\]/,
    )
    assert.match(await wire.ask(`e UID SEARCH MODSEQ ${highest + 1}`), /^\* SEARCH 1 2\r\n/)
    assert.match(await wire.ask('f ENABLE CONDSTORE'), /^\* ENABLED CONDSTORE\r\n/)
    await restart()
    assert.match(await (await fixture.open()).ask('a SELECT INBOX (CONDSTORE)'), /^a BAD/m)
  })

  it('refuses the commands and hides the codes of every extension that is switched off', async () => {
    await restart({
      idle: false,
      move: false,
      uidplus: false,
      keywords: false,
      namespace: false,
      id: false,
      enable: false,
      specialUse: false,
    })
    fixture.mailbox.append('INBOX', mail('one'))
    const wire = await fixture.open()
    assert.match(
      await wire.ask('a CAPABILITY'),
      /^\* CAPABILITY IMAP4rev1 LITERAL\+ SASL-IR AUTH=PLAIN UNSELECT CHILDREN\r\n/,
    )
    for (const command of [
      'x IDLE',
      'x MOVE 1 Trash',
      'x UID MOVE 1 Trash',
      'x UID EXPUNGE 1',
      'x NAMESPACE',
      'x ID NIL',
      'x ENABLE CONDSTORE',
    ])
      assert.match(await wire.ask(command), /^x BAD Unknown command/m, command)
    assert.doesNotMatch(await wire.ask('b SELECT INBOX'), /\\\*/)
    assert.match(await wire.ask('c STORE 1 +FLAGS ($Own \\Seen)'), /FLAGS \(\\Seen\)\)\r\nc OK/)
    assert.match(await wire.ask('d COPY 1 Trash'), /^d OK COPY/)
    assert.match(await wire.ask('e APPEND INBOX {1+}\r\nx'), /^e OK APPEND/m)
    assert.doesNotMatch(await wire.ask('f LIST "" "*"'), /\\Sent/)
  })
})
