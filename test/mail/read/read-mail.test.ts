// readMail on recorded styles of mail programs, charsets, structures and sizes (test/fixtures/mail).

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import type { IncomingMail } from '../../../src/domain/message.ts'
import { defaultRecordedFields, type ReadMailOptions, readMail } from '../../../src/mail/read/read-mail.ts'

const options: ReadMailOptions = {
  ownInstance: 'box-1',
  authservId: 'mx.office.example',
  trustMethod: 'authentication-results',
  recordedFields: defaultRecordedFields,
  truncated: false,
}

const read = (raw: string | Buffer): Promise<IncomingMail> =>
  readMail(typeof raw === 'string' ? Buffer.from(raw.replace(/\r?\n/g, '\r\n')) : raw, options)

async function fixture(name: string): Promise<IncomingMail> {
  return read(await readFile(new URL(`../../fixtures/mail/${name}.eml`, import.meta.url)))
}

const texts: readonly (readonly [file: string, behaviour: string, text: string])[] = [
  ['gmail-top', 'drops the quote of Gmail', 'I am on my way, ten minutes.'],
  [
    'outlook-de',
    'drops the header block of a German Outlook and reads latin1 as windows-1252',
    'Schlüssel liegt im Büro, Kosten 20 €.\n\nViele Grüße\nAnna',
  ],
  [
    'outlook-html-only',
    'reads HTML of Outlook without styles, pictures and quote',
    'The key is in the office.',
  ],
  ['apple-top', 'drops the quote of Apple Mail', 'Yes 👍'],
  ['apple-iphone', 'drops the signature of a phone', 'Komme gleich'],
  [
    'thunderbird-bottom',
    'keeps the answer below a quote and joins flowed lines',
    'Es sind vier Kisten, und wir kommen gegen drei Uhr mit dem großen Wagen.',
  ],
  ['fresh-wrote', 'keeps "On Monday she wrote:" in a fresh mail', 'On Monday she wrote:\nbring the ladder.'],
  ['only-quote', 'never cuts to nothing', '> Where are you?'],
  ['windows-1252', 'decodes windows-1252', 'Kosten: 5 € – „gut“ né'],
  ['latin1-as-1252', 'decodes iso-8859-1 as windows-1252', '5 € “quoted”'],
  ['iso-8859-15', 'decodes iso-8859-15', 'Œuf 5 €'],
  ['gb18030', 'decodes gb18030', '明天三点见 😀'],
  ['iso-2022-jp', 'decodes iso-2022-jp', '明日の会議は三時です'],
  ['koi8-r', 'decodes koi8-r', 'Буду в три часа'],
  ['utf8-unlabeled', 'tries UTF-8 first without a label', 'Bis später 🎉'],
  ['1252-unlabeled', 'falls back to windows-1252 without a label', 'Bis später'],
  ['unknown-charset', 'treats an unknown label as none', 'Bis später'],
  ['broken-utf8', 'replaces bytes that do not fit', 'Bad \ufffd\ufffd byte, good rest'],
  ['rfc2231', 'reads the text part of a mail with attachments', 'See the offer.'],
  ['flowed-delsp', 'honours DelSp and space-stuffing', '日本語の長い文章です。\nFrom the start.'],
  ['smime-signed', 'reads the inner part of a signed mail', 'The signed words.'],
  ['calendar', 'says an invitation in one line', 'Planning, second round, 2026-11-24 14:00, Room 1'],
  ['no-text', 'reads no text from a picture', ''],
  ['placeholder', 'prefers HTML to a plain part that only points to it', 'Alarm\n\nDoor open since 10:02.'],
  ['disclaimer', 'drops a legal footer', 'Please call me.'],
  [
    'alarm-hosts',
    'gives each row of an alarm table its line, its cells side by side',
    '2 hosts changed\n\nHost State Since\ndb1 DOWN 03:12\nweb2 UP 03:13\nAnswer within ten minutes.',
  ],
  [
    'alarm-service',
    'leaves out the empty cells of alarm tables inside layout tables',
    'CRITICAL: disk on nas.office.example\nService: Disk /srv\nOutput: 97 % used, 31 GiB free\nComment:\nDetails: event 8812 <https://monitor.alarm.example/e/8812>',
  ],
  [
    'alarm-ups',
    'sets cells side by side that hold a paragraph, as Outlook writes them',
    'The mains failed.\n\nStatus On battery\nCharge 84 %\nTime left 22 min\n\nNext test: Friday',
  ],
  [
    'newsletter',
    'makes no blank lines of the layout tables of a newsletter',
    'Winter meeting\nDear members,\n\nwe meet on Friday at seven.\n\nI come <https://club.example/come> I cannot <https://club.example/not>',
  ],
]

for (const [file, behaviour, text] of texts)
  test(`the reader ${behaviour} (${file})`, async () => {
    const mail = await fixture(file)
    assert.equal(mail.text, text)
    assert.equal(mail.unreadable, null)
  })

const unreadable = [
  ['smime-enveloped', 'encrypted'],
  ['pgp-encrypted', 'encrypted'],
  ['winmail', 'packed'],
] as const
for (const [file, why] of unreadable)
  test(`a mail that can only be read with a key or with Outlook is marked as ${why} (${file})`, async () => {
    const mail = await fixture(file)
    assert.equal(mail.unreadable, why)
    assert.equal(mail.text, '')
  })

test('encoded words in subjects are decoded in every charset', async () => {
  assert.equal((await fixture('gb18030')).subject, '你好')
  assert.equal((await fixture('iso-2022-jp')).subject, '会議')
  assert.equal((await fixture('koi8-r')).subject, 'Привет')
  assert.equal((await fixture('utf8-unlabeled')).subject, 'Grüße 🎉')
  assert.equal((await fixture('rfc2231')).subject, 'Langer Betreff')
})

test('attachments are named by RFC 2231 and RFC 2047 and counted after decoding', async () => {
  assert.deepEqual((await fixture('rfc2231')).attachments, [
    { name: 'Angebot für Büro€.pdf', size: 11, type: 'application/pdf' },
    { name: 'Büro.png', size: 5, type: 'image/png' },
  ])
  assert.deepEqual((await fixture('smime-signed')).attachments, [])
})

test('an attachment whose Content-Type swallowed the fields behind it is named and typed as unknown', async () => {
  const swallowed = `message/rfc822 from: ${'a'.repeat(500)} content-type: x/y`
  const mail = await read(
    `From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: ${swallowed}\nContent-Disposition: attachment\n\nx\n--b--\n`,
  )
  assert.deepEqual(mail.attachments, [{ name: 'unnamed.bin', size: 1, type: 'application/octet-stream' }])
})

test('header fields give addresses, recorded recipients, flag, date and thread', async () => {
  const mail = await fixture('recorded')
  assert.deepEqual(mail.from, { address: 'anna@office.example', name: 'Muster, Anna' })
  assert.equal(mail.returnPath, 'anna@office.example')
  assert.deepEqual(mail.recorded, [
    '+4917012345678@sms.office.example',
    'box+4917012345678@office.example',
    'one@office.example',
    'two@office.example',
  ])
  assert.deepEqual(
    mail.to.map(({ address }) => address),
    ['a@x.example', 'b@x.example'],
  )
  assert.equal(mail.cc.length, 1)
  assert.equal(mail.flagField, '1')
  assert.equal(mail.toField, '+49 170 1234567')
  assert.equal(mail.subject, 'Evil Bcc: xname')
  const answer = await fixture('gmail-top')
  assert.deepEqual(answer.answers, ['<sms.1@box.example>', '<root@box.example>'])
  assert.equal(answer.messageId, '<m1@office.example>')
  assert.equal(answer.date, Date.UTC(2026, 10, 23, 9))
})

test('a report about our own mail is recognised and its return path is the null sender', async () => {
  const mail = await fixture('dsn')
  assert.equal(mail.returnPath, '')
  assert.deepEqual(mail.automatic, {
    kind: 'report',
    sign: 'multipart/report delivery-status, about our own mail',
  })
})

test('forwarded text stays, since a forward answers nothing', async () => {
  const mail = await read(
    'From: a@x.example\nSubject: Fwd: plan\nIn-Reply-To: <1@x>\n\nSee below.\n\n-----Original Message-----\nFrom: B <b@x>\nSent: today\n\nThe plan.\n',
  )
  assert.match(mail.text, /See below[\s\S]*The plan\./)
})

test('an attached text file is no message text', async () => {
  const mail = await read(
    'From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=log.txt\n\nlog line\n--b\nContent-Type: text/plain\n\nthe words\n--b--\n',
  )
  assert.equal(mail.text, 'the words')
  assert.deepEqual(mail.attachments, [{ name: 'log.txt', size: 8, type: 'text/plain' }])
})

test('inline PGP loses its armour when signed and is encrypted otherwise', async () => {
  const signed = await read(
    'From: a@x.example\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe words.\n- -- dash\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n',
  )
  assert.equal(signed.text, 'The words.\n-- dash')
  const hidden = await read(
    'From: a@x.example\n\n-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----\n',
  )
  assert.equal(hidden.unreadable, 'encrypted')
})

const pages: readonly (readonly [html: string, text: string])[] = [
  [
    '<table><tr><th>Host</th><th>State</th></tr><tr><td>db1</td><td>DOWN</td></tr></table>',
    'Host State\ndb1 DOWN',
  ],
  ['<table><tr><td>db1<br>10.0.0.1</td><td>DOWN</td></tr></table>', 'db1\n10.0.0.1\nDOWN'],
  [
    '<table><tr><td>a</td><td style="display:none">b</td><td>c</td></tr><tr hidden><td>d</td></tr></table>',
    'a c',
  ],
  ['<tr><td>a</td><td>b</td></tr><td>c</td>', 'a b\nc'],
  [
    '<table><caption>Alarms</caption>loose<tr><td>a</td><td><blockquote>b</blockquote></td></tr></table>',
    'Alarms\nloose\na\n> b',
  ],
  ['<dl><dt>Host</dt><dd>db1</dd></dl>', 'Host\ndb1'],
  ['one<br><br><br><br>two<div> </div><div></div><div>&zwnj;&nbsp;</div>three', 'one\n\ntwo\n\nthree'],
  ['<p style="font-size:0.9em">small</p>', 'small'],
  ['one<hr>two', 'one\n\ntwo'],
]
for (const [html, text] of pages)
  test(`${html} reads ${JSON.stringify(text)}`, async () => {
    const mail = await read(`From: a@x.example\nContent-Type: text/html\n\n${html}\n`)
    assert.equal(mail.text, text)
  })

test('a header of 100 kB is cut, and the fields behind the long one are still read', async () => {
  const mail = await read(
    `From: a@x.example\nTo: ${'x@y.example, '.repeat(9_000)}z@y.example\nX-Junk: ${'j'.repeat(50_000)}\nSubject: late\nContent-Type: text/plain; charset=utf-8\n\nBüro\n`,
  )
  assert.equal(mail.subject, 'late')
  assert.equal(mail.text, 'Büro')
  assert.equal(mail.from?.address, 'a@x.example')
})

test('a header of 90,000 folded lines is read too', async () => {
  const mail = await read(`From: a@x.example\nX-Junk:${'\n\t'.repeat(90_000)}x\nSubject: late\n\nhi\n`)
  assert.equal(mail.subject, 'late')
})

test('hostile HTML and hostile parameters end in time', async () => {
  const pages = [
    '<div>',
    '<table><tr><td>',
    '<table><tr><td>x</td>',
    '<td>x',
    '<tr>x',
    '<ul><li>',
    '<blockquote>',
    '<p>a</p>',
    '<a href=x>',
    '<!--',
    '&nbsp;',
    '<p ',
  ]
  const fields = [';a*0=b', '\\"', '(', '=?', '=?utf-8?Q?a?= ', ' ', "=''%"]
  const mails = [
    ...pages.map((page) => `Content-Type: text/html\n\n${page.repeat(260_000 / page.length)}`),
    ...fields.map((part) => `Content-Type: text/plain; x="${part.repeat(200_000 / part.length)}\n\nhi`),
    ...fields.map(
      (part) =>
        `Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; x=${part.repeat(200_000 / part.length)}\n\nhi`,
    ),
  ]
  for (const mail of mails) {
    const begun = performance.now()
    await read(`From: a@x.example\nSubject: Re: x\n${mail}`)
    const took = performance.now() - begun
    assert.ok(took < 20_000, `${mail.slice(0, 60)} took ${took} ms`)
  }
})

test('a mail of 40 MB is read and its attachment is only counted', async () => {
  const line = Buffer.from(`${'A'.repeat(76)}\r\n`)
  const head = Buffer.from(
    'From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\nContent-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=v.mp4\r\n\r\n',
  )
  const raw = Buffer.concat([head, Buffer.alloc(line.length * 540_000, line), Buffer.from('--b--\r\n')])
  const mail = await read(raw)
  assert.equal(mail.text, 'hi')
  assert.deepEqual(mail.attachments, [{ name: 'v.mp4', size: 30_780_000, type: 'video/mp4' }])
})

test('a mail cut in the middle of a part keeps what came', async () => {
  const raw = Buffer.from(
    'From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello wor',
  )
  assert.equal((await readMail(raw, { ...options, truncated: true })).text, 'hello wor')
})

test('of a mail that was cut, the file at its end has no size, and those before it have theirs', async () => {
  const file = (name: string): string =>
    `--b\r\nContent-Type: application/pdf; name=${name}\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n`
  const raw = Buffer.from(
    `From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n${file('one.pdf')}${file('two.pdf')}`,
  )
  const sizes = async (truncated: boolean) => {
    const { attachments } = await readMail(raw, { ...options, truncated })
    return attachments.map(({ name, size }) => [name, size])
  }
  assert.deepEqual(await sizes(true), [
    ['one.pdf', 3],
    ['two.pdf', null],
  ])
  assert.deepEqual(await sizes(false), [
    ['one.pdf', 3],
    ['two.pdf', 3],
  ])
})

test('5,000 nested parts and 5,000 parts side by side end quickly', async () => {
  let nested = 'From: a@x.example\n'
  for (let i = 0; i < 5_000; i++) nested += `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`
  assert.equal((await read(`${nested}\ndeep`)).from?.address, 'a@x.example')
  const flat = `From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst\n${'--b\n\nmore\n'.repeat(5_000)}--b--\n`
  assert.equal((await read(flat)).text, 'first')
})

test('what has no header at all is MAIL_MALFORMED', async () => {
  for (const raw of [Buffer.alloc(0), Buffer.from([0, 1, 2, 250]), Buffer.from('no header here')])
    await assert.rejects(
      () => read(raw),
      (error) => error instanceof GatewayError && error.code === 'MAIL_MALFORMED',
    )
})

const authors: readonly (readonly [field: string, problem: string | null])[] = [
  ['From: a@x.example', null],
  ['From: "a@x.example" <a@x.example>', null],
  ['From: =?utf-8?Q?A=40X.example?= <a@x.example>', null],
  ['From: a@x.example (Anna)', null],
  ['From: Anna <@relay.example:a@x.example>', null],
  ['Subject: x', 'missing'],
  ['From:', 'missing'],
  ['From: a@x.example\nFrom: b@x.example', 'several'],
  ['From: a@x.example, b@x.example', 'several'],
  ['From: friends: a@x.example;', 'group'],
  ['From: Undisclosed:;', 'group'],
  ['From: Anna', 'unreadable'],
  ['From: Anna <a@>', 'unreadable'],
  ['From: Anna <a@x.example> <b@x.example>', 'unreadable'],
  ['From: "Anna <a@x.example>', 'unreadable'],
  ['From: "boss@office.example" <x@evil.example>', 'display-name'],
  ['From: =?utf-8?Q?boss=40office.example?= <x@evil.example>', 'display-name'],
  ['From: =?utf-8?B?Ym9zc++8oG9mZmljZS5leGFtcGxl?= <x@evil.example>', 'display-name'],
  ['From: x@evil.example (boss@office.example)', 'display-name'],
  ['From: Boss \\<boss@office.example\\> <x@evil.example>', 'unreadable'],
]
for (const [field, problem] of authors)
  test(`the author of ${JSON.stringify(field)} is ${problem ?? 'taken'}`, async () => {
    const mail = await read(`${field}\nTo: b@x.example\n\nhi\n`)
    assert.equal(mail.fromProblem, problem)
    assert.equal(mail.from === null, problem !== null)
  })
