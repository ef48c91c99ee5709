// Tables for the IMAP grammar (RFC 3501 9, 5.1.3) and the byte stream of commands.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  decodeFolderName,
  encodeFolderName,
  formatDateTime,
  formatUidSet,
  ImapRefusal,
  nstring,
  parseDate,
  parseSequenceSet,
  tokenize,
} from '../../../src/simulator/mail/imap-grammar.ts'
import { ImapLines } from '../../../src/simulator/mail/imap-lines.ts'

describe('IMAP grammar', () => {
  it('reads atoms with sections, quoted strings, literals and nested lists', () => {
    assert.deepEqual(
      tokenize('1:* (FLAGS BODY.PEEK[HEADER.FIELDS (From To)]<0.10>) "a \\"b\\\\" {3}\r\n)\r( x'),
      [
        { kind: 'atom', text: '1:*' },
        {
          kind: 'list',
          items: [
            { kind: 'atom', text: 'FLAGS' },
            { kind: 'atom', text: 'BODY.PEEK[HEADER.FIELDS (From To)]<0.10>' },
          ],
        },
        { kind: 'string', text: 'a "b\\' },
        { kind: 'string', text: ')\r(' },
        { kind: 'atom', text: 'x' },
      ],
    )
  })

  it('refuses what is not in the grammar, without an endless recursion', () => {
    for (const text of ['"open', '(a', 'a)', '{x}', '{3}', '"\\a"', '('.repeat(5000), 'a\x07'])
      assert.throws(() => tokenize(text), ImapRefusal, text.slice(0, 20))
  })

  it('reads back every text that it sends as a string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1200 }), (text) => {
        const octets = Buffer.from(text).toString('latin1')
        assert.deepEqual(tokenize(nstring(octets)), [{ kind: 'string', text: octets }])
      }),
      { numRuns: 200 },
    )
    assert.equal(nstring(null), 'NIL')
    assert.equal(nstring('a\r\nb'), '{4}\r\na\r\nb')
  })

  it('reads sequence sets; "*" is the highest number, and "n:*" holds it even when n is higher', () => {
    const members = (set: string, highest: number): number[] =>
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter(parseSequenceSet(set, highest))
    assert.deepEqual(members('2,4:6', 9), [2, 4, 5, 6])
    assert.deepEqual(members('6:4', 9), [4, 5, 6])
    assert.deepEqual(members('*', 9), [9])
    assert.deepEqual(members('8:*', 5), [5, 6, 7, 8])
    for (const set of ['', '0', 'a', '1,', '1:2:3', '-1'])
      assert.throws(() => parseSequenceSet(set, 9), ImapRefusal)
  })

  it('writes UIDs as a compact set in their order', () => {
    assert.equal(formatUidSet([1, 2, 3, 7, 9, 10]), '1:3,7,9:10')
    assert.equal(formatUidSet([]), '')
  })

  it('reads dates and date-times and writes them in UTC', () => {
    assert.equal(parseDate('1-Feb-1994').toISOString(), '1994-02-01T00:00:00.000Z')
    assert.equal(parseDate(' 7-jul-1996 02:44:25 -0730').toISOString(), '1996-07-07T10:14:25.000Z')
    assert.equal(formatDateTime(new Date('2026-11-05T01:02:03Z')), '05-Nov-2026 01:02:03 +0000')
    for (const text of ['', '1-Foo-1994', '1994-02-01', 'x1-Feb-1994'])
      assert.throws(() => parseDate(text), ImapRefusal)
  })

  it('writes folder names in modified UTF-7 and reads them back', () => {
    assert.equal(encodeFolderName('Größe & mehr'), 'Gr&APYA3w-e &- mehr')
    assert.equal(decodeFolderName('~peter/mail/&U,BTFw-/&ZeVnLIqe-'), '~peter/mail/台北/日本語')
    assert.throws(() => decodeFolderName('open&AP'), ImapRefusal)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        assert.equal(decodeFolderName(encodeFolderName(name)), name)
      }),
    )
  })
})

describe('the byte stream of commands', () => {
  it('gives the same commands however the octets are cut', () => {
    const octets = Buffer.from('a NOOP\r\nb APPEND x {5}\r\n\r\n)(\n{2+}\r\nab tail\r\nc NOOP\n', 'latin1')
    const expected = ['a NOOP', 'b APPEND x {5}\r\n\r\n)(\n{2+}\r\nab tail', 'c NOOP']
    for (let size = 1; size <= octets.length; size++) {
      const commands: string[] = []
      let waits = 0
      const lines = new ImapLines({
        commandOctetsMax: () => 1000,
        onLiteralWait: () => waits++,
        onCommand: (command) => commands.push(command),
        onOverflow: (reason) => commands.push(reason),
      })
      for (let at = 0; at < octets.length; at += size) lines.push(octets.subarray(at, at + size))
      assert.deepEqual([commands, waits], [expected, 1], `pieces of ${size}`)
    }
  })

  it('stops for good when a command is longer than allowed', () => {
    const heard: string[] = []
    const lines = new ImapLines({
      commandOctetsMax: () => 50,
      onLiteralWait: () => heard.push('+'),
      onCommand: (command) => heard.push(command),
      onOverflow: (reason) => heard.push(reason),
    })
    lines.push(Buffer.from('a X {30+}\r\n'))
    lines.push(Buffer.from(`${'x'.repeat(30)} {30}\r\nb NOOP\r\n`))
    lines.push(Buffer.from('c NOOP\r\n'))
    assert.deepEqual(heard, ['Literal too long'])
  })
})
