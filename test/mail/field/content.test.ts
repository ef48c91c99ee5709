// What mails hold that is not simply a text: what the phone gets of it, or what their sender is told. The recorded styles of mail
// programs and charsets are in test/mail/read; here they go all the way to the SMS.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { letter, multipart, openBox, part } from './field-box.ts'

const anna = 'anna@office.example'
const page = part('text/html; charset=utf-8', '<p>Door <b>open</b></p><img src="cid:x"><p>since 10:02</p>')
const picture = part(
  'image/jpeg; name="door.jpg"',
  '/9j/4AAQ',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: inline',
)
const empty = part('text/plain; charset=utf-8', '')
const signature = part(
  'application/pkcs7-signature; name="smime.p7s"',
  'MIAG',
  'Content-Transfer-Encoding: base64',
)
const signed = multipart(
  'signed; protocol="application/pkcs7-signature"',
  part('text/plain', 'The signed words.'),
  signature,
)
const event = (method: string, ...lines: readonly string[]): string =>
  part(
    `text/calendar; method=${method}; charset=utf-8`,
    [
      ...['BEGIN:VCALENDAR', `METHOD:${method}`, 'BEGIN:VEVENT', 'SUMMARY:Planning'],
      ...['DTSTART:20261124T140000Z', ...lines, 'END:VEVENT', 'END:VCALENDAR'],
    ].join('\n'),
  )
const declined = [
  'ATTENDEE;CN="Anna Muster";ROLE=REQ-PARTICIPANT;',
  ' PARTSTAT=DECLINED;RSVP=FALSE:mailto:anna@office.example',
]

/** What the phone gets of a mail with the subject "Lunch". */
const texts: readonly (readonly [what: string, body: string, text: string, fields?: readonly string[]])[] = [
  ['an empty text beside HTML', multipart('alternative', empty, page), 'Door open\n\nsince 10:02'],
  [
    'a text of blanks beside HTML',
    multipart('alternative', part('text/plain', '  \n\u00a0\n'), page),
    'Door open\n\nsince 10:02',
  ],
  ['HTML alone', page, 'Door open\n\nsince 10:02'],
  ['a picture alone', picture, 'Lunch\n+ 1 file: door.jpg 6 B'],
  ['an empty text and a picture', multipart('mixed', empty, picture), 'Lunch\n+ 1 file: door.jpg 6 B'],
  ['an S/MIME signature', signed, 'The signed words.'],
  [
    'a text and a winmail.dat',
    multipart(
      'mixed',
      part('text/plain', 'Readable.'),
      part('application/ms-tnef; name="winmail.dat"', 'eJ8+'),
    ),
    'Readable.\n+ 1 file: winmail.dat 4 B',
  ],
  ['an invitation', event('REQUEST', 'LOCATION:Room 1'), 'Planning, 2026-11-24 14:00 UTC, Room 1'],
  ['an answer to an invitation', event('REPLY', ...declined), 'Declined: Planning, 2026-11-24 14:00 UTC'],
  ['an invitation that is withdrawn', event('CANCEL'), 'Cancelled: Planning, 2026-11-24 14:00 UTC'],
  [
    'an answer to an invitation with words',
    multipart('alternative', part('text/plain', 'Sorry, I am away.'), event('REPLY', ...declined)),
    'Sorry, I am away.',
  ],
  [
    'the charset unknown-8bit',
    part('text/plain; charset=unknown-8bit', 'Tür offen, 5 €', 'Content-Transfer-Encoding: 8bit'),
    'Tür offen, 5 €',
  ],
  [
    'flowed lines that lose their last blank',
    part('text/plain; charset=utf-8; format=flowed; delsp=yes', 'Donaudampf \nschiff  \nis late.\n  Two.'),
    'Donaudampfschiff is late.\n Two.',
  ],
  [
    'flowed lines that keep it',
    part('text/plain; charset=utf-8; format=flowed', 'The ship \nis late.'),
    'The ship is late.',
  ],
  ['nothing but a quote', '> Where are you?\n> Call me.', '> Where are you?\n> Call me.'],
  [
    'nothing but a quote, as an answer',
    '> Where are you?\n> Call me.',
    '> Where are you?\n> Call me.',
    ['In-Reply-To: <other@office.example>'],
  ],
  [
    '"On Monday she wrote:" at its start',
    'On Monday she wrote:\nbring the ladder.',
    'On Monday she wrote:\nbring the ladder.',
  ],
  [
    '"On Monday she wrote:" at its start, as an answer',
    'On Monday she wrote:\nbring the ladder.',
    'On Monday she wrote:\nbring the ladder.',
    ['In-Reply-To: <other@office.example>'],
  ],
]
for (const [what, body, text, fields = []] of texts)
  test(`a mail with ${what} reaches the phone as ${JSON.stringify(text)}`, async () => {
    const { sms, notices } = await openBox().receive(letter({ body, fields }))
    assert.deepEqual([sms, notices], [[`+4917012345678: ${text}`], []])
  })

const fixture = async (name: string): Promise<string> =>
  (await readFile(new URL(`../../fixtures/mail/${name}.eml`, import.meta.url), 'utf8')).replace(/\r/g, '')

/** Fixtures of which nothing can be read, as a body: the rest of the header from its Content-Type on. */
for (const [name, reason] of [
  ['winmail', 'packed'],
  ['smime-enveloped', 'encrypted'],
  ['pgp-encrypted', 'encrypted'],
] as const)
  test(`of a mail that only another program can read (${name}) its sender hears, and the phone does not`, async () => {
    const raw = await fixture(name)
    const body = raw.slice(raw.search(/^Content-Type:/m))
    const { is, sms, notices } = await openBox().receive(letter({ body }))
    assert.deepEqual([is, sms, notices], [`refuse: ${reason}`, [], [`${anna}: ${reason}`]])
  })

test('a picture alone with nothing in its subject is sent by its name', async () => {
  const { sms } = await openBox().receive(letter({ body: picture, subject: '[sms]' }))
  assert.deepEqual(sms, ['+4917012345678: + 1 file: door.jpg 6 B'])
})

test('a mail of 5,000 parts one in the other is refused with a notice, at once, and the next one goes on', async () => {
  const { receive } = openBox()
  let nested = ''
  for (let depth = 0; depth < 5_000; depth++)
    nested += `Content-Type: multipart/mixed; boundary=n${depth}\n\n--n${depth}\n`
  const begun = performance.now()
  const { is, sms, notices } = await receive(letter({ body: `${nested}\ndeep` }))
  assert.ok(performance.now() - begun < 10_000)
  assert.deepEqual([is, sms, notices], ['refuse: parts-too-deep', [], [`${anna}: parts-too-deep`]])
  assert.deepEqual((await receive(letter())).sms, ['+4917012345678: At noon?'])
})
