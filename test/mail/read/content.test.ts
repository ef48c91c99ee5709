// What is inside mails beside plain text: signatures, armour, and charsets that are named badly or hardly ever.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { type MailContent, readContent } from '../../../src/mail/read/read-mail.ts'

async function content(raw: Buffer): Promise<MailContent> {
  const read = await readContent(raw, { ownInstance: 'box', recordedFields: [], truncated: false })
  assert.ok(read !== null)
  return read
}

const fixture = (name: string): Promise<Buffer> =>
  readFile(new URL(`../../fixtures/mail/${name}.eml`, import.meta.url))

for (const [name, how] of [
  ['smime-opaque', 'in one piece'],
  ['smime-opaque-streamed', 'in several pieces of unknown length'],
] as const)
  test(`the text inside an opaque S/MIME signature, ${how}, is read without a key`, async () => {
    const mail = await content(await fixture(name))
    assert.equal(mail.text, 'The signed words.')
    assert.equal(mail.unreadable, null)
    assert.deepEqual(mail.attachments, [{ name: 'a.pdf', size: 1, type: 'application/pdf' }])
  })

test('an opaque signature that was cut in the middle gives what came, and damaged ones give nothing but an end', async () => {
  const text = (await fixture('smime-opaque')).toString('latin1')
  const start = text.indexOf('\n\n') + 2
  const signed = Buffer.from(text.slice(start), 'base64')
  const head = Buffer.from(`${text.slice(0, start).replace(/base64/, 'binary')}`, 'latin1')
  assert.equal((await content(Buffer.concat([head, signed.subarray(0, 180)]))).text, 'The signed words.')
  for (let at = 0; at < signed.length; at += 7) {
    const damaged = Buffer.from(signed)
    damaged[at] = (damaged[at] ?? 0) ^ 0xff
    const mail = await content(Buffer.concat([head, damaged]))
    assert.ok(mail.unreadable === null || mail.unreadable === 'encrypted', `octet ${at}`)
  }
})

const armoured: readonly (readonly [what: string, body: string, text: string, unreadable: string | null])[] =
  [
    [
      'a signed text behind the words of a list',
      'List says hi.\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe words.\n- -- dash\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n',
      'List says hi.\n\nThe words.\n-- dash',
      null,
    ],
    [
      'an encrypted text behind a greeting',
      'Hello,\n\n-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----\n',
      '',
      'encrypted',
    ],
    [
      'words about such armour',
      'It begins with -----BEGIN PGP MESSAGE----- and ends.',
      'It begins with -----BEGIN PGP MESSAGE----- and ends.',
      null,
    ],
    [
      'signed text without its signature',
      '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhi',
      '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhi',
      null,
    ],
  ]
for (const [what, body, text, unreadable] of armoured)
  test(`inline PGP: ${what}`, async () => {
    const mail = await content(Buffer.from(`From: a@x.example\n\n${body}`))
    assert.deepEqual([mail.text, mail.unreadable], [text, unreadable])
  })

const bodies: readonly (readonly [label: string, octets: string, text: string])[] = [
  ['ANSI_X3.4-1968', 'B\u00c3\u00bcro', 'Büro'],
  ['unknown-8bit', 'n\u00e9', 'né'],
  ['us-ascii', 'Gr\u00fc\u00dfe', 'Grüße'],
  ['hz-gb-2312', '~{VPND~} ~~ x', '中文 ~ x'],
  ['hz-gb-2312', '~{VP\nab', '中\nab'],
  ['iso-2022-kr', '\u001b$)C\u000e>H3g\u000f hi', '안녕 hi'],
  ['iso-2022-jp', '\u001b$B2q5D', '会議'],
  ['utf-16', '\u00fe\u00ff\u0000a', 'a'],
  ['utf-16', 'a\u0000b\u0000', 'ab'],
  ['utf-8', '\u00c0\u0080\u00ed\u00a0\u0080a', '\ufffd\ufffd\ufffd\ufffd\ufffda'],
]
for (const [label, octets, text] of bodies)
  test(`octets labelled ${label} read ${JSON.stringify(text)}`, async () => {
    const head = `From: a@x.example\r\nContent-Type: text/plain; charset="${label}"\r\n\r\n`
    assert.equal((await content(Buffer.from(head + octets, 'latin1'))).text, text)
  })

const subjects: readonly (readonly [written: string, subject: string])[] = [
  ['Gr\u00fc\u00dfe', 'Grüße'],
  ['Gr\u00c3\u00bc\u00c3\u009fe', 'Grüße'],
  ['=?utf-8?B?w?= =?utf-8?B?6Q==?= x', 'ä x'],
  ['=?gb2312?B?xA==?= =?gb2312?B?4w==?=', '你'],
  ['=?UTF-8*en?Q?hi?=', 'hi'],
  ['=?utf-8?Q?=0D=0ABcc:_x?=', 'Bcc: x'],
  ['=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=', '=?utf-8?Q?x?='],
  ['=?us-ascii?Q?=E9?=', 'é'],
  ['=?hz-gb-2312?Q?~{VPND~}?=', '中文'],
  ['=?utf-7?Q?+AFs-sms+AF0-?= hi', '+AFs-sms+AF0- hi'],
  ['=?utf-8?Q?a?=,=?utf-8?Q?b?=', 'a,b'],
  ['(=?utf-8?Q?b?=)', '(b)'],
]
for (const [written, subject] of subjects)
  test(`the subject ${JSON.stringify(written)} reads ${JSON.stringify(subject)}`, async () => {
    const raw = Buffer.from(`From: a@x.example\r\nSubject: ${written}\r\n\r\nhi`, 'latin1')
    assert.equal((await content(raw)).subject, subject)
  })
