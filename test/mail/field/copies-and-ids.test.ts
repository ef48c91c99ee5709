// Mails that come more than once, and mails whose Message-ID says nothing: an SMS is neither sent twice nor suppressed.
// What a real Dovecot does with a mail that somebody moves back: office.test.ts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LetterFacts, letter, openBox } from './field-box.ts'

const bob = '+4917012345678'
const carol = '+4917023456789'

test('the Message-ID of another mail suppresses nothing: another body is another mail', async () => {
  const { receive } = openBox()
  const id = '<1@office.example>'
  const first = await receive(letter({ id, body: 'Stay where you are.' }))
  const second = await receive(letter({ id, body: 'Come at once!' }))
  assert.deepEqual([first.sms, second.sms], [[`${bob}: Stay where you are.`], [`${bob}: Come at once!`]])
})

test('a stranger who uses the Message-ID of a mail before it comes does not keep it from its phone', async () => {
  const { receive } = openBox()
  const id = '<1@office.example>'
  const forged = await receive(letter({ id, from: 'eve@evil.example', results: 'dmarc=pass' }))
  assert.deepEqual([forged.is, forged.sms, forged.notices], ['refuse: sender-not-allowed', [], []])
  assert.deepEqual((await receive(letter({ id }))).sms, [`${bob}: At noon?`])
})

for (const [what, fields] of [
  ['no Message-ID', []],
  ['an empty Message-ID', ['Message-ID:']],
  ['a Message-ID with blanks', ['Message-ID: <not an id at all>']],
] as const)
  test(`each mail with ${what} is a mail of its own, also with the same words`, async () => {
    const { receive } = openBox()
    const alarm = () => letter({ id: null, fields, body: 'Door open.' })
    for (const raw of [alarm(), alarm()]) assert.deepEqual((await receive(raw)).sms, [`${bob}: Door open.`])
  })

test('a mail without Message-ID that somebody moves back, or that a rebuilt mailbox brings again, is not sent again', async () => {
  const { receive } = openBox()
  const raw = letter({ id: null, body: 'Door open.' })
  await receive(raw)
  for (const place of [{}, { uidValidity: '2', uid: 1 }]) {
    const again = await receive(raw, place)
    assert.deepEqual([again.is, again.sms, again.place], ['ignore: duplicate', [], 'done'])
  }
})

test('a mail without Message-ID nor any trace of its way is known by its place alone', async () => {
  const { receive } = openBox()
  const raw = letter({ id: null }).replace(/^Received:.*\n/m, '')
  for (const _ of [1, 2]) assert.equal((await receive(raw)).sms.length, 1)
})

const bothAliases: readonly (readonly [
  what: string,
  facts: LetterFacts,
  first: string[],
  second: string[],
])[] = [
  ['of one person', { to: 'bob@office.example' }, [bob], []],
  ['that two people stand behind', { to: 'bob@office.example, carol@office.example' }, [bob, carol], []],
]
for (const [what, facts, first, second] of bothAliases)
  test(`two copies through two aliases of the box ${what} make each SMS once`, async () => {
    const { receive } = openBox()
    const copy = (recipient: string) => letter({ ...facts, id: '<1@office.example>', recipient })
    const phones = async (recipient: string) =>
      (await receive(copy(recipient))).sms.map((sms) => sms.split(':', 1)[0])
    assert.deepEqual(await phones('sms@office.example'), first)
    assert.deepEqual(await phones('SMS@office.example'), second)
  })

test('two copies through the addresses of two people make one SMS for each', async () => {
  const { receive } = openBox()
  const copy = (recipient: string) => letter({ id: '<1@office.example>', recipient })
  assert.deepEqual((await receive(copy('bob@office.example'))).sms, [`${bob}: At noon?`])
  assert.deepEqual((await receive(copy('carol@office.example'))).sms, [`${carol}: At noon?`])
  const third = await receive(copy('bob@office.example'))
  assert.deepEqual([third.is, third.sms], ['ignore: duplicate', []])
})

test('a copy that another server wrapped, folded and stamped anew is the same mail', async () => {
  const { receive } = openBox()
  const raw = letter({
    id: '<1@office.example>',
    subject: '[sms] A subject that is long enough to be folded',
  })
  await receive(raw)
  const stamped = `X-Forwarded-To: sms@office.example\nReceived: by another.example\n${raw}`
  const folded = stamped.replace('long enough', 'long\n enough')
  const again = await receive(folded)
  assert.deepEqual([again.is, again.sms], ['ignore: duplicate', []])
})
