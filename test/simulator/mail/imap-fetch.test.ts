// What FETCH shows of a mail: sections, partials, ENVELOPE, BODYSTRUCTURE (RFC 3501 6.4.5, 7.4.2).

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseFetchItems } from '../../../src/simulator/mail/imap-fetch.ts'
import { tokenize } from '../../../src/simulator/mail/imap-grammar.ts'
import { parseAddressList } from '../../../src/simulator/mail/imap-structure.ts'
import { parseMime } from '../../../src/simulator/mail/mime-tree.ts'
import { createSimMailbox } from '../../../src/simulator/mail/sim-mailbox.ts'

const inner = 'Subject: inner\r\nFrom: c@d.example\r\n\r\ninner text\r\n'
const mail = [
  'From: "Doe, Jane" <jane@office.example>,',
  ' bob@office.example',
  'To: Team: a@x.example, b@x.example;',
  'Subject: =?utf-8?q?gr=C3=BCn?=',
  'Date: Mon, 5 Jan 2026 10:00:00 +0000',
  'Message-ID: <1@office.example>',
  'Content-Type: multipart/mixed; boundary="b 1"',
  '',
  'preamble',
  '--b 1',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'hé\nllo',
  '--b 1  ',
  'Content-Type: message/rfc822',
  '',
  `${inner}`,
  '--b 1',
  'Content-Type: application/pdf; name=a.pdf',
  'Content-Disposition: attachment; filename="a.pdf"',
  'Content-Transfer-Encoding: base64',
  '',
  'AAAA',
  '--b 1--',
  'epilogue',
].join('\r\n')

function fetch(items: string, raw: Buffer): string[] {
  const mailbox = createSimMailbox('x@y.example')
  mailbox.append('INBOX', raw, { internalDate: new Date('2026-01-05T10:00:00Z') })
  const [message] = mailbox.messages('INBOX')
  assert.ok(message)
  return parseFetchItems(tokenize(items)).map((item) => `${item.name} ${item.render(message)}`)
}

/** The octets of one section, or NIL. */
function section(name: string, raw = Buffer.from(mail)): string {
  const [text = ''] = fetch(`BODY.PEEK[${name}]`, raw)
  const value = text.slice(text.indexOf('] ') + 2)
  const octets = value.replace(/^\{\d+\}\r\n/, '')
  if (value !== 'NIL') assert.equal(Number(/^\{(\d+)\}/.exec(value)?.[1]), octets.length)
  return Buffer.from(octets, 'latin1').toString()
}

describe('FETCH', () => {
  it('gives header, text, fields and numbered parts octet by octet', () => {
    assert.equal(section(''), mail)
    assert.equal(section('HEADER') + section('TEXT'), mail)
    assert.equal(
      section('HEADER.FIELDS (subject DATE x)'),
      `${mail.split('\r\n').slice(3, 5).join('\r\n')}\r\n\r\n`,
    )
    assert.doesNotMatch(section('HEADER.FIELDS.NOT (From To)'), /^(From|To| bob)/m)
    assert.match(section('HEADER.FIELDS (From)'), /Jane.*\r\n bob@office.example\r\n\r\n$/)
    assert.equal(section('1'), 'hé\nllo')
    assert.equal(section('1.MIME'), 'Content-Type: text/plain; charset=utf-8\r\n\r\n')
    assert.equal(section('2'), inner)
    assert.equal(section('2.HEADER'), 'Subject: inner\r\nFrom: c@d.example\r\n\r\n')
    assert.equal(section('2.TEXT'), 'inner text\r\n')
    assert.equal(section('2.1'), 'inner text\r\n')
    assert.equal(section('3'), 'AAAA')
    for (const missing of ['4', '1.1', '2.2', '2.1.1', '1.HEADER'])
      assert.equal(section(missing), 'NIL', missing)
  })

  it('takes a mail without parts, without body or without header for what it is', () => {
    assert.equal(section('1', Buffer.from('Subject: a\r\n\r\nbody')), 'body')
    assert.equal(section('2', Buffer.from('Subject: a\r\n\r\nbody')), 'NIL')
    assert.equal(section('HEADER', Buffer.from('Subject: a')), 'Subject: a')
    assert.equal(section('TEXT', Buffer.from('\r\nbody')), 'body')
    assert.equal(section('1', Buffer.from('Subject: a\n\nbare line feeds')), 'bare line feeds')
  })

  it('cuts partials and is empty beyond the end', () => {
    assert.deepEqual(fetch('(BODY[]<0.4> BODY.PEEK[1]<1.2> BODY[TEXT]<99999.5>)', Buffer.from(mail)), [
      'BODY[]<0> {4}\r\nFrom',
      'BODY[1]<1> {2}\r\n\xc3\xa9',
      'BODY[TEXT]<99999> {0}\r\n',
    ])
  })

  it('sets \\Seen only for sections without PEEK', () => {
    const seen = parseFetchItems(tokenize('(FLAGS BODY.PEEK[] BODY[] RFC822 RFC822.HEADER RFC822.TEXT BODY)'))
    assert.deepEqual(
      seen.map((item) => item.setsSeen),
      [false, false, true, true, false, true, false],
    )
  })

  it('shows sender, groups and a null reply-to in ENVELOPE', () => {
    const jane = '("Doe, Jane" NIL "jane" "office.example")(NIL NIL "bob" "office.example")'
    assert.deepEqual(fetch('ENVELOPE', Buffer.from(mail)), [
      `ENVELOPE ("Mon, 5 Jan 2026 10:00:00 +0000" "=?utf-8?q?gr=C3=BCn?=" (${jane}) (${jane}) (${jane}) ` +
        '((NIL NIL "Team" NIL)(NIL NIL "a" "x.example")(NIL NIL "b" "x.example")(NIL NIL NIL NIL)) NIL NIL NIL "<1@office.example>")',
    ])
    assert.deepEqual(fetch('ENVELOPE', Buffer.from('\r\n')), [
      'ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)',
    ])
  })

  it('describes the parts in BODYSTRUCTURE', () => {
    assert.deepEqual(fetch('BODYSTRUCTURE', Buffer.from(mail)), [
      'BODYSTRUCTURE (("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 7 1 NIL NIL NIL NIL)' +
        '("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 49 (NIL "inner" ((NIL NIL "c" "d.example")) ((NIL NIL "c" "d.example")) ((NIL NIL "c" "d.example")) NIL NIL NIL NIL NIL) ' +
        '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 12 1 NIL NIL NIL NIL) 4 NIL NIL NIL NIL)' +
        '("APPLICATION" "PDF" ("NAME" "a.pdf") NIL NIL "BASE64" 4 NIL ("ATTACHMENT" ("FILENAME" "a.pdf")) NIL NIL) ' +
        '"MIXED" ("BOUNDARY" "b 1") NIL NIL NIL)',
    ])
  })

  it('stops at its limits of depth and parts and still answers', () => {
    const deep = `${'Content-Type: message/rfc822\r\n\r\n'.repeat(500)}x`
    assert.match(fetch('BODYSTRUCTURE', Buffer.from(deep))[0] ?? '', /"APPLICATION" "OCTET-STREAM"/)
    const wide = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(5000)}--b--\r\n`
    assert.equal(parseMime(wide).children.length, 999)
    const none = 'Content-Type: multipart/mixed; boundary=b\r\n\r\nno parts'
    assert.match(fetch('BODYSTRUCTURE', Buffer.from(none))[0] ?? '', /^BODYSTRUCTURE \("TEXT" "PLAIN"/)
  })

  it('keeps an empty part and a last part without its closing delimiter', () => {
    const tree = parseMime('Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--b\r\n\r\nlast')
    assert.deepEqual(
      tree.children.map((part) => part.body),
      ['', 'last'],
    )
  })
})

describe('address lists', () => {
  it('are read with quoted names, comments, routes and odd local parts', () => {
    for (const [field, expected] of [
      ['a@b.example', [[null, 'a', 'b.example']]],
      ['Jane Q. Doe <jane@b.example> (work, home)', [['Jane Q. Doe', 'jane', 'b.example']]],
      ['"a@evil.example" <x@b.example>', [['a@evil.example', 'x', 'b.example']]],
      ['"odd local"@b.example', [[null, 'odd local', 'b.example']]],
      [
        '<@hop.example:a@b.example>, nobody',
        [
          [null, 'a', 'b.example'],
          [null, 'nobody', ''],
        ],
      ],
      [
        'undisclosed-recipients:;',
        [
          [null, 'undisclosed-recipients', null],
          [null, null, null],
        ],
      ],
      ['', []],
    ] as const)
      assert.deepEqual(
        parseAddressList(field).map(({ name, mailbox, host }) => [name, mailbox, host]),
        expected,
        field,
      )
  })
})
