// The dialogue octet by octet (RFC 3501): sign-in, literals, sequence numbers, updates, what is refused and how.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type Fixture, mail, startFixture } from './imap-fixture.ts'

describe('the demo IMAP server on the wire', () => {
  let fixture: Fixture

  beforeEach(async () => {
    fixture = await startFixture()
  })
  afterEach(() => fixture.stop())

  it('takes LOGIN with a quoted string, with a literal, and AUTHENTICATE PLAIN in two steps', async () => {
    const bytes = Buffer.from('päss"word').toString('latin1')
    const quoted = await fixture.open(false)
    assert.match(await quoted.ask(`a login anna "${bytes.replace('"', '\\"')}"`), /^a OK/)
    const literal = await fixture.open(false)
    literal.send('a LOGIN {4}\r\n')
    await literal.until('+ Ready\r\n')
    literal.send(`anna {${bytes.length}+}\r\n${bytes}\r\n`)
    assert.match(await literal.until(/a .*\r\n/), /^a OK/)
    const sasl = await fixture.open(false)
    sasl.send('a AUTHENTICATE PLAIN\r\n')
    await sasl.until('+ \r\n')
    sasl.send(`${Buffer.from('\0anna\0päss"word').toString('base64')}\r\n`)
    assert.match(await sasl.until(/a .*\r\n/), /^a OK/)
  })

  it('refuses a wrong password, an unknown user and an unknown mechanism, and keeps passwords out of its log', async () => {
    const wire = await fixture.open(false)
    assert.match(await wire.ask('a LOGIN anna geheim'), /^a NO \[AUTHENTICATIONFAILED\]/)
    assert.match(await wire.ask('b LOGIN bob geheim'), /^b NO \[AUTHENTICATIONFAILED\]/)
    assert.match(await wire.ask('c AUTHENTICATE CRAM-MD5'), /^c NO/)
    wire.send('d AUTHENTICATE PLAIN\r\n')
    await wire.until('+ \r\n')
    wire.send('Z2VoZWlt\r\n')
    assert.match(await wire.until(/d .*\r\n/), /^d BAD/)
    const text = fixture.server.log.map(({ line }) => line).join('\n')
    assert.match(text, /a LOGIN \*\*\*/)
    assert.doesNotMatch(text, /geheim|Z2VoZWlt/)
  })

  it('answers BAD to what it cannot read and goes on', async () => {
    const wire = await fixture.open()
    for (const command of [
      'x FROBNICATE',
      'x UID FROBNICATE 1',
      'x FETCH',
      'x FETCH 1:* (FLAGS',
      'x FETCH 1:* FLAGS)',
      'x FETCH 1:* (NONSENSE)',
      'x FETCH 1:* BODY[1.NONSENSE]',
      'x FETCH 1:* BODY[HEADER.FIELDS]',
      'x FETCH 1:* BODY[MIME]',
      'x FETCH 0 FLAGS',
      'x FETCH 7 FLAGS',
      'x UID FETCH abc FLAGS',
      'x STORE 1:* FLAG (\\Seen)',
      'x SEARCH',
      'x SEARCH SINCE yesterday',
      'x SEARCH OR SEEN',
      'x SEARCH LARGER big',
      'x STATUS INBOX (NONSENSE)',
      'x STATUS INBOX (HIGHESTMODSEQ)',
      'x SELECT',
      'x LIST "" "*" RETURN (SUBSCRIBED)',
      'x CREATE &AP8',
      'x APPEND INBOX',
      'x LOGIN anna again',
      'x LIST "" "open',
    ])
      assert.match(await wire.ask(command), /^x BAD .+/m, command)
    wire.send('nothing\r\n')
    assert.match(await wire.until(/BAD.*\r\n/), /^\* BAD/)
    assert.match(await wire.ask('y NOOP'), /^y OK/)
  })

  it('refuses commands before sign-in and without a selected folder', async () => {
    const wire = await fixture.open(false)
    for (const command of [
      'x SELECT INBOX',
      'x LIST "" "*"',
      'x IDLE',
      'x FETCH 1 FLAGS',
      'x CLOSE',
      'x NAMESPACE',
    ])
      assert.match(await wire.ask(command), /^x BAD/m, command)
  })

  it('hangs up on lines and literals beyond its limits', async () => {
    const line = await fixture.open()
    line.send('x'.repeat(70_000))
    assert.match(await line.end(), /\* BYE Line too long/)
    const stranger = await fixture.open(false)
    stranger.send('a LOGIN {100000}\r\n')
    assert.match(await stranger.end(), /\* BYE Literal too long/)
  })

  it('reads commands cut at every octet and several commands in one packet', async () => {
    const wire = await fixture.open()
    const command = 'c1 APPEND INBOX (\\Seen) "01-Feb-2026 10:20:30 +0200" {10+}\r\nSubject: a\r\nc2 NOOP\r\n'
    for (const octet of command) {
      wire.send(octet)
      await new Promise(setImmediate)
    }
    assert.match(await wire.until(/c2 .*\r\n/), /\* 1 EXISTS\r\nc1 OK \[APPENDUID \d+ 1\].*\r\nc2 OK/)
    wire.send(`d1 APPEND INBOX {4+}\r\n\x00\xff)\n\r\nd2 UID FETCH 2 BODY.PEEK[]\r\nd3 NOOP\r\n`)
    const answers = await wire.until(/d3 .*\r\n/)
    assert.match(answers, /BODY\[\] \{4\}\r\n\x00\xff\)\n\)/)
    assert.equal(fixture.mailbox.messages('INBOX')[0]?.internalDate.toISOString(), '2026-02-01T08:20:30.000Z')
    assert.deepEqual([...(fixture.mailbox.messages('INBOX')[0]?.flags ?? [])], ['\\Seen'])
  })

  it('returns the last mail for "UID n:*" even when its UID is below n, and nothing from an empty folder', async () => {
    const wire = await fixture.open()
    assert.match(await wire.ask('a UID SEARCH UID 5:*'), /^\* SEARCH\r\n/)
    assert.match(await wire.ask('b UID FETCH 1:* FLAGS'), /^b OK/)
    for (const subject of ['one', 'two', 'three']) fixture.mailbox.append('INBOX', mail(subject))
    await wire.ask('c NOOP')
    assert.match(await wire.ask('d UID SEARCH UID 9:*'), /^\* SEARCH 3\r\n/)
    assert.match(await wire.ask('e UID FETCH 9:* (UID)'), /^\* 3 FETCH \(UID 3\)\r\ne OK/)
    assert.match(await wire.ask('f UID FETCH 9 (UID)'), /^f OK/)
  })

  it('tells one session at once what another one did, in IDLE, and otherwise with the next command', async () => {
    const [reader, writer, third] = [await fixture.open(), await fixture.open(), await fixture.open()]
    reader.send('i IDLE\r\n')
    await reader.until('+ idling\r\n')
    await writer.ask('a APPEND INBOX {6+}\r\nS: 1\r\n')
    await reader.until('* 1 EXISTS\r\n')
    await writer.ask('b STORE 1 +FLAGS (\\Flagged)')
    await reader.until('* 1 FETCH (UID 1 FLAGS (\\Flagged))\r\n')
    await writer.ask('c UID MOVE 1 Trash')
    await reader.until('* 1 EXPUNGE\r\n')
    reader.send('DONE\r\n')
    await reader.until(/^i OK/m)
    assert.match(await third.ask('d NOOP'), /^d OK/)
    await writer.ask('e APPEND INBOX {6+}\r\nS: 2\r\n')
    assert.match(await third.ask('f NOOP'), /^\* 1 EXISTS\r\nf OK/)
  })

  it('holds EXPUNGE back during FETCH, STORE and SEARCH by number, so that numbers stay true', async () => {
    for (const subject of ['one', 'two', 'three']) fixture.mailbox.append('INBOX', mail(subject))
    const wire = await fixture.open()
    fixture.mailbox.expunge('INBOX', [1])
    fixture.mailbox.append('INBOX', mail('four'))
    assert.match(await wire.ask('a SEARCH ALL'), /^\* SEARCH 2 3\r\n\* 4 EXISTS\r\na OK/)
    assert.match(await wire.ask('b FETCH 3 (UID)'), /^\* 3 FETCH \(UID 3\)\r\nb OK/)
    assert.match(await wire.ask('c FETCH 1 (UID)'), /^c NO \[EXPUNGEISSUED\]/)
    assert.match(await wire.ask('d UID FETCH 1 (UID)'), /^\* 1 EXPUNGE\r\nd OK/)
    assert.match(await wire.ask('e FETCH 3 (UID)'), /^\* 3 FETCH \(UID 4\)\r\ne OK/)
  })

  it('changes nothing in a folder opened with EXAMINE', async () => {
    fixture.mailbox.append('INBOX', mail('one'), { flags: ['\\Deleted'] })
    const wire = await fixture.open()
    assert.match(await wire.ask('a EXAMINE inbox'), /PERMANENTFLAGS \(\)[\s\S]*a OK \[READ-ONLY\]/)
    for (const command of ['x STORE 1 FLAGS (\\Seen)', 'x EXPUNGE', 'x MOVE 1 Trash'])
      assert.match(await wire.ask(command), /^x NO \[READ-ONLY\]/m, command)
    await wire.ask('b FETCH 1 BODY[]')
    await wire.ask('c CLOSE')
    assert.deepEqual([...(fixture.mailbox.messages('INBOX')[0]?.flags ?? [])], ['\\Deleted'])
  })

  it('sends a session away with BYE when its folder is rebuilt, and offers the new UIDVALIDITY', async () => {
    fixture.mailbox.append('INBOX', mail('one'))
    const wire = await fixture.open()
    const before = fixture.mailbox.folder('INBOX')?.uidValidity ?? 0
    const after = fixture.mailbox.rebuild('INBOX', 7)
    assert.match(await wire.end(), /\* BYE/)
    assert.ok(after > before)
    const again = await fixture.open()
    assert.match(
      await again.ask('c STATUS INBOX (UIDVALIDITY UIDNEXT)'),
      new RegExp(`UIDVALIDITY ${after} UIDNEXT 8`),
    )
    assert.match(await again.ask('d UID SEARCH ALL'), /^\* SEARCH 7\r\n/)
  })

  it('says BYE to LOGOUT, and close() ends every connection', async () => {
    const wire = await fixture.open()
    assert.match(await wire.ask('a LOGOUT'), /^\* BYE.*\r\na OK/)
    await wire.end()
    const other = await fixture.open()
    assert.equal(fixture.server.connections('anna'), 1)
    await fixture.server.close()
    await other.end()
  })
})
