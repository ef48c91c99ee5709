// Mails as nobody should send them, made at random but with the structure of mail: header fields of every kind, trees of MIME parts with
// good and bad boundaries, transfer codings and charsets that fit or do not, and damaged copies of the mails in test/fixtures/mail.

import { readdirSync, readFileSync } from 'node:fs'
import type { Random } from '../support/random.ts'
import { damage } from './mail-damage.ts'
import { mailField } from './mail-fields.ts'

/** Text in a charset, as Latin-1 letters that stand for its octets. */
const samples: readonly (readonly [charset: string, octets: string])[] = [
  ['utf-8', 'Gr\u00c3\u00bc\u00c3\u009fe \u00f0\u009f\u0098\u0080'],
  ['utf-8', '\u00c0\u0080\u00ed\u00a0\u0080\u00f8 broken'],
  ['iso-8859-1', 'Gr\u00fc\u00dfe \u0080 5'],
  ['windows-1252', '\u0080 \u0096 \u0093gut\u0094'],
  ['iso-8859-15', '\u00bcuf \u00a4'],
  ['koi8-r', '\u00f0\u00d2\u00c9\u00d7\u00c5\u00d4'],
  ['windows-1251', '\u00cf\u00f0\u00e8\u00e2\u00e5\u00f2'],
  ['gb18030', '\u00c4\u00e3\u00ba\u00c3 \u0094\u0039\u00da\u0033'],
  ['gbk', '\u00c4\u00e3\u00ba\u00c3'],
  ['gb2312', '\u00c4\u00e3\u00ba'],
  ['big5', '\u00a7A\u00a6n'],
  ['shift_jis', '\u0093\u00fa\u0096{\u008c\u00ea'],
  ['euc-kr', '\u00be\u00c8\u00b3\u00e7'],
  ['iso-2022-jp', '\u001b$B2q5D\u001b(B'],
  ['iso-2022-jp', '\u001b$B2q5'],
  ['iso-2022-kr', '\u001b$)C\u000e>H3g\u000f'],
  ['hz-gb-2312', '~{VPND~} ~~ x'],
  ['utf-16', '\u00fe\u00ff\u0000a\u0000b'],
  ['utf-16le', 'a\u0000b\u0000\u00d8'],
  ['utf-7', 'hi +AGEAYg-'],
  ['unknown-8bit', '\u00e9\u00c3\u00a9'],
  ['"', 'x'],
  ['__proto__', 'x'],
  ['x'.repeat(90), 'x'],
]

const words = [
  'hello, see you at three',
  '> quote\n>> more\n> > and more',
  'On Mon, Nov 23, 2026 at 9:58 AM Bob <b@x.example> wrote:\n> q',
  '-----Original Message-----\nFrom: B\nSent: today\n\nq',
  '-- \nAnna\nSent from my iPhone',
  '-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----',
  '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nwords\n-----BEGIN PGP SIGNATURE-----\n\niQ==',
  '<p>x<b>y</blockquote><table><tr><td>a<td>b</table>',
  '<div style="display:none">pre</div><style>a{}</style>text',
  'BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nSUMMARY:Plan\nDTSTART:20261124T140000\nEND:VEVENT',
  'Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1',
  'a flowed line \nthat goes on \n -- \n  stuffed',
  'secret: word\nand text',
  '\u0000\u0001\u001b[31m\u007f',
  '於2026年写道：\n在 2026/11/23 09:58, Bob 写道:\n> q',
]

const leafTypes = [
  'text/plain',
  'text/plain',
  'text/plain',
  'text/plain',
  'text/plain',
  'text/html',
  'text/html',
  'text/calendar',
  'text/x-unknown',
  'application/pdf',
  'image/png',
  'application/pkcs7-mime; smime-type=signed-data',
  'application/pkcs7-mime; smime-type=enveloped-data',
  'application/pgp-encrypted',
  'application/ms-tnef; name=winmail.dat',
  'message/delivery-status',
  'message/disposition-notification',
  'text/rfc822-headers',
  'message/partial',
  'x',
  '',
]
const multiparts = [
  'multipart/mixed',
  'multipart/alternative',
  'multipart/related',
  'multipart/signed; protocol="application/pgp-signature"',
  'multipart/encrypted; protocol="application/pgp-encrypted"',
  'multipart/report; report-type=delivery-status',
  'multipart/digest',
]
const codings = [
  '7bit',
  '8bit',
  'binary',
  'base64',
  'quoted-printable',
  'x-uuencode',
  'Base64 ',
  '',
  '\u0000',
]
const dispositions = [
  'attachment; filename=a.pdf',
  'inline',
  "attachment; filename*=utf-8''B%C3%BCro.pdf",
  "attachment; filename*0*=gb18030''%C4; filename*1*=%E3; filename*3=x",
  'attachment; filename="=?utf-8?Q?a?= =?iso-2022-jp?B?GyRCMnE=?="',
  'attachment; filename="x',
  "attachment; filename*=''%0D%0ABcc",
  ';;=;filename',
]

function encoded(octets: string, coding: string, random: Random): string {
  const kind = coding.trim().toLowerCase()
  if (kind === 'base64') {
    const text = Buffer.from(octets, 'latin1').toString('base64')
    return random.below(5) === 0
      ? `${text.slice(0, 9)}!*\u0000${text.slice(9, -1)}`
      : text.replace(/.{1,76}/g, '$&\n')
  }
  if (kind !== 'quoted-printable') return octets
  const quoted = octets.replace(
    /[^\n -<>-~]/g,
    (letter) => `=${letter.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return random.below(5) === 0 ? `${quoted}=\n=Z=3` : quoted
}

function leaf(random: Random): string {
  const [charset, octets] = random.pick(samples)
  const coding = random.pick(codings)
  const lines = Array.from({ length: 1 + random.below(5) }, () =>
    random.below(3) === 0 ? octets : Buffer.from(random.pick(words)).toString('latin1'),
  )
  if (random.below(400) === 0) lines.push(`${random.pick(words)}\n`.repeat(random.below(4_000)))
  const flowed = random.below(4) === 0 ? '; format=flowed; delsp=yes' : ''
  const named = random.below(4) === 0 ? `Content-Disposition: ${random.pick(dispositions)}\n` : ''
  // A label that does not fit what is coded, now and then.
  const said = random.below(8) === 0 ? random.pick(codings) : coding
  return `Content-Type: ${random.pick(leafTypes)}; charset=${charset}${flowed}\n${named}Content-Transfer-Encoding: ${said}\n\n${encoded(lines.join('\n'), coding, random)}`
}

/** A boundary of its own, or one that is the start, the end or the very one of the part around it. */
function boundaryWithin(outer: string, random: Random): string {
  const own = `b${random.below(1_000)}`
  return random.pick([own, own, own, own, `${outer}x`, outer.slice(0, -1) || 'b', outer, '', 'ä b'])
}

function tree(random: Random, depth: number, outer: string): string {
  const kind = random.below(10)
  if (kind === 0 && depth < 8)
    return `Content-Type: message/rfc822\n\n${mailHeader(random)}${tree(random, depth + 1, outer)}`
  // Most mails are shallow; one in a few hundred goes on and on.
  if (kind > 4 || depth > (random.below(300) === 0 ? 40 : 5)) return leaf(random)
  const boundary = boundaryWithin(outer, random)
  const count = random.below(500) === 0 ? 150 : random.below(4)
  const parts = Array.from({ length: count }, () => {
    const child = count > 100 ? leaf(random) : tree(random, depth + 1, boundary)
    return `--${boundary}${random.below(10) === 0 ? ' \t' : ''}\n${child}\n`
  })
  const end = random.below(5) === 0 ? '' : `--${boundary}--\nepilogue`
  const quoted = random.below(3) === 0 ? `"${boundary}"` : boundary
  return `Content-Type: ${random.pick(multiparts)}; boundary=${quoted}\n\npreamble\n${parts.join('')}${end}`
}

function mailHeader(random: Random): string {
  const fields = Array.from({ length: random.below(10) }, () => mailField(random))
  return [...(random.below(10) === 0 ? [] : ['From: Anna <anna@office.example>']), ...fields, ''].join('\n')
}

const lineEnds = ['\r\n', '\r\n', '\r\n', '\n', '\n', '\r', '\n\r', '\r\r\n']

/** @returns a function that makes one mail after the other */
export function createMailMaker(random: Random): () => Buffer {
  const folder = new URL('../fixtures/mail/', import.meta.url)
  const fixtures = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(new URL(name, folder)))
  return () => {
    if (random.below(6) === 0) return damage(random.pick(fixtures), random, fixtures)
    const text = `${mailHeader(random)}${tree(random, 0, 'b')}\n`
    const end = random.pick(lineEnds)
    const raw = Buffer.from(end === '\n' ? text : text.replace(/\n/g, end), 'latin1')
    return random.below(4) === 0 ? damage(raw, random, fixtures) : raw
  }
}
