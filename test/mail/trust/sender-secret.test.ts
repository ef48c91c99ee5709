// The secret of a sender: three places, all cut, right or wrong, before anything else sees the mail.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { IncomingMail } from '../../../src/domain/message.ts'
import { defaultRecordedFields, type ReadMailOptions, readMail } from '../../../src/mail/read/read-mail.ts'

const word = 'correct-horse'
const options: ReadMailOptions = {
  ownInstance: 'box-1',
  authservId: 'mx.office.example',
  trustMethod: 'authentication-results',
  recordedFields: defaultRecordedFields,
  truncated: false,
  secretOf: (address) => (address.toLowerCase() === 'anna@office.example' ? word : null),
}

const read = (raw: string, more: Partial<ReadMailOptions> = {}): Promise<IncomingMail> =>
  readMail(Buffer.from(raw.replace(/\n/g, '\r\n')), { ...options, ...more })

const anna = 'From: Anna <Anna@office.example>\n'
const right = { proven: true, failed: false, vouched: 'all', evidence: 'the secret of its sender' }

const places: readonly (readonly [what: string, mail: string, subject: string, text: string])[] = [
  ['the header field', `${anna}X-SMS-Secret: ${word}\nSubject: a\n\nhi\n`, 'a', 'hi'],
  ['the subject, before a tag', `${anna}Subject: [secret ${word}] [sms] Hello\n\nhi\n`, '[sms] Hello', 'hi'],
  ['the subject, at its end', `${anna}Subject: [sms] Hello [Secret: ${word}]\n\nhi\n`, '[sms] Hello', 'hi'],
  ['the subject of an answer', `${anna}Subject: Re: [secret ${word}] a\n\nhi\n`, 'Re: a', 'hi'],
  ['an encoded subject', `${anna}Subject: =?utf-8?Q?B=C3=BCro_[secret_${word}]?=\n\nhi\n`, 'Büro', 'hi'],
  ['a subject without its last bracket', `${anna}Subject: a [secret ${word}\n\nhi\n`, 'a', 'hi'],
  ['the first line', `${anna}Subject: a\n\nsecret: ${word}\nhi\nthere\n`, 'a', 'hi\nthere'],
  ['the first line after empty ones', `${anna}Subject: a\n\n\n\n SECRET :  ${word} \n\nhi\n`, 'a', 'hi'],
  ['the first line alone', `${anna}Subject: a\n\nsecret: ${word}\n`, 'a', ''],
  [
    'the first line of HTML',
    `${anna}Subject: a\nContent-Type: text/html\n\n<p>secret: ${word}</p><p>hi</p>\n`,
    'a',
    'hi',
  ],
  [
    'all three places',
    `${anna}X-SMS-Secret: ${word}\nSubject: [secret ${word}] a\n\nsecret: ${word}\nhi\n`,
    'a',
    'hi',
  ],
]
for (const [what, mail, subject, text] of places)
  test(`a right secret proves its sender and is cut: ${what}`, async () => {
    const found = await read(mail)
    assert.deepEqual([found.subject, found.text], [subject, text])
    assert.deepEqual(found.authentication, right)
    assert.doesNotMatch(JSON.stringify(found), /horse/)
  })

const guesses = Array.from({ length: 200 }, (_, guess) => `X-SMS-Secret: hrose${guess}\n`).join('')

const wrong: readonly (readonly [what: string, mail: string, subject: string, text: string])[] = [
  ['the header field', `${anna}X-SMS-Secret: correct-hrose\nSubject: a\n\nhi\n`, 'a', 'hi'],
  ['the subject', `${anna}Subject: [secret correct-hrose] [sms] a\n\nhi\n`, '[sms] a', 'hi'],
  ['a subject with two words', `${anna}Subject: [secret correct hrose] a\n\nhi\n`, 'a', 'hi'],
  ['the first line', `${anna}Subject: a\n\nsecret: Correct-hrose\nhi\n`, 'a', 'hi'],
  ['a first line with two words', `${anna}Subject: a\n\nSecret: correct hrose\nhi\n`, 'a', 'hi'],
  ['upper case', `${anna}Subject: a\n\nsecret: CORRECT-HORSE\nhi\n`, 'a', 'hi'],
  ['two places, one of them wrong', `${anna}Subject: [secret hrose] a\n\nsecret: ${word}\nhi\n`, 'a', 'hi'],
  ['one subject with two guesses', `${anna}Subject: [secret hrose] [secret ${word}] a\n\nhi\n`, 'a', 'hi'],
  ['many fields, one of them right', `${anna}${guesses}X-SMS-Secret: ${word}\nSubject: a\n\nhi\n`, 'a', 'hi'],
  [
    'more than three right words',
    `${anna}${`X-SMS-Secret: ${word}\n`.repeat(4)}Subject: a\n\nhi\n`,
    'a',
    'hi',
  ],
  ['a part of it', `${anna}X-SMS-Secret: correct\nSubject: a\n\nhi\n`, 'a', 'hi'],
]
for (const [what, mail, subject, text] of wrong)
  test(`a wrong secret proves nothing, is cut too, and the evidence says so: ${what}`, async () => {
    const found = await read(mail)
    assert.deepEqual([found.subject, found.text], [subject, text])
    assert.equal(found.authentication.proven, false)
    assert.match(found.authentication.evidence, /^a wrong secret; no Authentication-Results/)
    assert.doesNotMatch(JSON.stringify(found), /hrose|HORSE/)
  })

test('what proves the sender otherwise still proves it beside a wrong secret', async () => {
  const results = 'Authentication-Results: mx.office.example; dmarc=pass header.from=office.example\n'
  const found = await read(`${results}${anna}X-SMS-Secret: wrong-horse\nSubject: a\n\nhi\n`)
  assert.deepEqual(found.authentication, {
    ...{ proven: true, failed: false, vouched: 'all' },
    evidence: 'a wrong secret; dmarc=pass',
  })
})

test('a secret proves whatever the method is, and no key is asked for then', async () => {
  const asking = (): never => assert.fail('DNS was asked')
  const found = await read(`${anna}X-SMS-Secret: ${word}\n\nhi\n`, {
    trustMethod: 'dkim',
    resolveTxt: asking,
  })
  assert.deepEqual(found.authentication, right)
})

test('the secret counts for its own sender only', async () => {
  for (const from of ['bob@office.example', 'anna@evil.example', 'anna@office.example, bob@office.example']) {
    const found = await read(`From: ${from}\nX-SMS-Secret: ${word}\nSubject: a\n\nhi\n`)
    assert.equal(found.authentication.proven, false, from)
  }
  const two = await read(`${anna}From: bob@office.example\nX-SMS-Secret: ${word}\n\nhi\n`)
  assert.equal(two.authentication.proven, false)
})

test('the words of a sender without a secret stay', async () => {
  const found = await read('From: bob@x.example\nSubject: [secret santa] list\n\nsecret: sauce\nhi\n')
  assert.deepEqual([found.subject, found.text], ['[secret santa] list', 'secret: sauce\nhi'])
  const nobody = await readMail(Buffer.from(`${anna}Subject: a\n\nsecret: sauce\n`), {
    ownInstance: 'box-1',
    authservId: null,
    trustMethod: 'from',
    recordedFields: [],
    truncated: false,
  })
  assert.equal(nobody.text, 'secret: sauce')
})

test('sentences that only begin alike stay', async () => {
  const found = await read(`${anna}Subject: [secretary] a\n\nsecretary: call Bob\nsecret: is what follows\n`)
  assert.deepEqual(
    [found.subject, found.text],
    ['[secretary] a', 'secretary: call Bob\nsecret: is what follows'],
  )
})

test('a secret in a place where none belongs is hidden', async () => {
  const found = await read(`${anna}Subject: ${word}\n\nhi, it is ${word}!\n`)
  assert.deepEqual([found.subject, found.text], ['***', 'hi, it is ***!'])
  assert.equal(found.authentication.proven, false)
})

test('wherever the secret stands, nothing that is read of the mail shows it', async () => {
  const piece = fc.constantFrom(word, 'secret:', '[secret ', ']', ' ', 'hi', '\n', '[sms]', '：', 'Re: ')
  const words = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
  await fc.assert(
    fc.asyncProperty(words, words, async (subject, body) => {
      const found = await read(`${anna}Subject: ${subject.replace(/\n/g, ' ')}\n\n${body}\n`)
      assert.ok(!JSON.stringify(found).includes(word))
    }),
    { numRuns: 300 },
  )
})
