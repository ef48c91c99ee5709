// Mails that claim to be somebody else's: a proof written by the forger, a From that can be read in two ways, an answer address in the
// wrong hands. None of them causes an SMS, and none of them gets an answer. Where a mail server has a part in it, it is a real Exim.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asAnna, headerFields, type Office, startOffice } from '../../support/office.ts'
import { authservId, bobsNumber, type LetterFacts, letter, openBox } from './field-box.ts'
import { sendMail } from './raw-smtp.ts'

const anna = 'anna@office.example'
const eve = 'eve@evil.example'
const pass = `Authentication-Results: ${authservId}; dmarc=pass header.from=office.example`

/** A forgery that nobody hears of. */
async function isRefused(facts: LetterFacts, reason: string): Promise<void> {
  const { is, sms, notices, place } = await openBox().receive(letter(facts))
  assert.deepEqual([is, sms, notices, place], [`refuse: ${reason}`, [], [], 'stay'])
}

const fail = 'dmarc=fail header.from=office.example'

test('a forged proof below the real one is worth nothing', () =>
  isRefused({ results: fail, fields: [pass] }, 'sender-not-proven'))

test('a forged proof above the real one is worth nothing', async () => {
  const forged = `${pass}\n${letter({ results: fail })}`
  const { is, sms, notices } = await openBox().receive(forged)
  assert.deepEqual([is, sms, notices], ['refuse: sender-not-proven', [], []])
})

test('a forged proof on top of a mail whose server writes its own at the end of the header is worth nothing', async () => {
  const real = letter({ fields: [`Authentication-Results: ${authservId}; ${fail}`] })
  const { is, sms } = await openBox().receive(real)
  assert.deepEqual([is, sms], ['refuse: sender-not-proven', []])
})

test('a proof of another server above the real one changes nothing for an honest sender', async () => {
  const other = 'Authentication-Results: relay.example; dmarc=fail header.from=office.example'
  const { is, sms } = await openBox().receive(`${other}\n${letter()}`)
  assert.deepEqual([is, sms], ['convert: flagged', [`${bobsNumber}: At noon?`]])
})

const forgedMail = (subject: string): string =>
  [
    `${pass}`,
    `From: ${anna}`,
    'To: bob@sms.office.example',
    `Subject: ${subject}`,
    pass,
    '',
    'Pay him.',
  ].join('\r\n')

/** Sends the forgery from outside through a real Exim; resolves with what lies in the box's mailbox. */
async function throughExim(office: Office, subject: string): Promise<string> {
  await sendMail(office.exim.port, { from: eve, to: 'bob@sms.office.example', raw: forgedMail(subject) })
  return office.arrived('sms', subject)
}

for (const keepForeignResults of [true, false])
  test(`a border server that ${keepForeignResults ? 'leaves' : 'removes'} forged proofs writes its own on top, and that one counts`, async () => {
    const office = await startOffice({ keepForeignResults })
    try {
      const raw = await throughExim(office, '[sms] forged')
      const found = headerFields(raw, 'Authentication-Results')
      assert.equal(found.length, keepForeignResults ? 3 : 1)
      const { is, sms, notices } = await openBox().receive(raw)
      assert.deepEqual([is, sms, notices], ['refuse: sender-not-proven', [], []])

      await office.submit({ from: anna, to: 'bob@sms.office.example', subject: '[sms] honest' }, asAnna)
      const honest = await openBox().receive(
        (await office.arrived('sms', '[sms] honest')).replace(/bob@sms\./g, 'bob@'),
      )
      assert.deepEqual([honest.is, honest.sms], ['convert: flagged', [`${bobsNumber}: Hello.`]])
    } finally {
      await office.stop()
    }
  })

const unclear: readonly (readonly [what: string, from: string])[] = [
  ['two From fields, the allowed one on top', `${anna}\nFrom: ${eve}`],
  ['two From fields, the allowed one below', `${eve}\nFrom: ${anna}`],
  ['the same From field twice', `${anna}\nFrom: ${anna}`],
  ['two From fields, one in another case', `${anna}\nFROM: ${eve}`],
  ['two From fields, one with a blank before its colon', `${anna}\nFrom : ${eve}`],
  ['two authors in one From field', `${anna}, ${eve}`],
  ['a group as From', `people: ${anna};`],
  ['a name that hides CR LF and a second From', `=?utf-8?Q?Anna=0D=0AFrom:_${eve}?= <${anna}>`],
  ['a name in base64 that hides CR LF and a Bcc', `=?utf-8?B?${btoa(`Anna\r\nBcc: ${eve}`)}?= <${anna}>`],
  ['a name that hides a line feed alone', `=?utf-8?Q?Anna=0ABoss?= <${anna}>`],
  ['an encoded word in place of the address', `=?utf-8?Q?anna=40office=2Eexample?=`],
  ['a name that shows another address', `"boss@office.example" <${anna}>`],
  ['a name that shows another address with a blank', `"boss @ office.example" <${anna}>`],
  ['an encoded name that shows another address', `=?utf-8?Q?boss=40office.example?= <${anna}>`],
  ['a comment that shows another address', `${anna} (boss@office.example)`],
]
for (const [what, from] of unclear)
  test(`a mail with ${what} is nobody's, and is refused in silence`, () =>
    isRefused({ from }, 'sender-unclear'))

test("a stranger whose name is the boss's address is a stranger", async () => {
  const from = '"boss@office.example" <x@evil.example>'
  const { is, sms, notices } = await openBox().receive(
    letter({ from, results: 'dmarc=pass header.from=evil.example' }),
  )
  assert.deepEqual([is, sms, notices], ['refuse: sender-unclear', [], []])
})

/** A talk of Anna and Bob's phone, with the address that Anna's answers go to. */
function talk() {
  const box = openBox()
  const { token } = box.desk.conversations.touch({
    ...{ number: bobsNumber, correspondent: anna, subject: 'SMS from Bob', domain: 'office.example' },
    ...{ now: box.desk.now(), expiresAt: box.desk.now() + 86_400_000 },
  })
  const answer = (facts: LetterFacts) =>
    box.receive(letter({ subject: 'Re: SMS from Bob', to: `sms+${token}@office.example`, ...facts }))
  return { answer }
}

test('the answer address serves its correspondent, also without another proof', async () => {
  const { is, sms } = await talk().answer({ results: 'none' })
  assert.deepEqual([is, sms], ['convert: answer', [`${bobsNumber}: At noon?`]])
})

const thieves: readonly (readonly [who: string, facts: LetterFacts, reason: string])[] = [
  ['a stranger', { from: eve, results: 'dmarc=pass header.from=evil.example' }, 'sender-not-allowed'],
  ['a stranger in the name of its correspondent', { results: fail }, 'sender-not-proven'],
  [
    'a stranger in the name of a colleague',
    { from: 'carol@office.example', results: 'none' },
    'sender-not-proven',
  ],
  ['a stranger behind the name of its correspondent', { from: `"${anna}" <${eve}>` }, 'sender-unclear'],
]
for (const [who, facts, reason] of thieves)
  test(`the answer address in the hands of ${who} causes no SMS and no answer`, async () => {
    const { is, sms, notices } = await talk().answer(facts)
    assert.deepEqual([is, sms, notices], [`refuse: ${reason}`, [], []])
  })

test('a stranger who guesses an answer address learns nothing about it', async () => {
  const to = 'sms+aaaaaaaaaaaaaaaa@office.example'
  await isRefused({ from: eve, to, results: 'dmarc=pass header.from=evil.example' }, 'sender-not-allowed')
})
