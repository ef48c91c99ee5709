// Phone numbers as people and programs write them, in each place that can name one: the tag in the subject, the field X-SMS-To, the
// address itself. What is surely one number is reached; what is not is refused with a notice that shows the right form, never guessed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LetterFacts, letter, openBox } from './field-box.ts'

const anna = 'anna@office.example'
const number = '+491701234567'

const places = {
  'a tag': (written: string): LetterFacts => ({
    subject: `[sms ${written}] Lunch`,
    to: 'sms@office.example',
  }),
  'X-SMS-To': (written: string): LetterFacts => ({
    subject: 'Lunch',
    to: 'sms@office.example',
    fields: [`X-SMS-To: ${written}`],
  }),
  'an address of the number domain': (written: string): LetterFacts => ({
    subject: '[sms] Lunch',
    to: `${written}@sms.office.example`,
    recipient: `${written}@sms.office.example`,
  }),
  'an address of the box': (written: string): LetterFacts => ({
    subject: '[sms] Lunch',
    to: `sms+${written}@office.example`,
    recipient: `sms+${written}@office.example`,
  }),
} as const
type Place = keyof typeof places

const fullWidth = '＋４９１７０１２３４５６７'
const arabicIndic = '+٤٩١٧٠١٢٣٤٥٦٧'

/** The number in E.164; else the reason why it is refused. */
type Result = typeof number | 'tag-malformed' | 'no-receiving-address' | 'number-denied'

/** As written; what comes of it in a tag, in X-SMS-To, in the number domain and behind the box's own name. */
const forms: readonly (readonly [what: string, written: string, ...Result[]])[] = [
  ['E.164', number, number, number, number, number],
  [
    'a number as on a visiting card',
    '+49 (0) 170-123 45 67',
    ...(['tag-malformed', number, 'no-receiving-address', 'no-receiving-address'] as const),
  ],
  ['dashes and dots', '+49.170-123-4567', 'tag-malformed', number, number, number],
  ['00 and the country code', '00491701234567', 'tag-malformed', number, number, number],
  [
    'a national number',
    '01701234567',
    'tag-malformed',
    number,
    'no-receiving-address',
    'no-receiving-address',
  ],
  [
    'a national number without its zero',
    '1701234567',
    ...(['tag-malformed', 'tag-malformed', 'no-receiving-address', 'no-receiving-address'] as const),
  ],
  [
    'a number without its plus sign',
    '491701234567',
    'tag-malformed',
    'tag-malformed',
    'no-receiving-address',
    number,
  ],
  [
    'a short code',
    '33033',
    ...(['tag-malformed', 'tag-malformed', 'no-receiving-address', 'no-receiving-address'] as const),
  ],
  [
    'an emergency number',
    '112',
    ...(['tag-malformed', 'tag-malformed', 'no-receiving-address', 'no-receiving-address'] as const),
  ],
  ['a premium number', '+499001234567', 'number-denied', 'number-denied', 'number-denied', 'number-denied'],
  ['a satellite phone', '+881612345678', 'number-denied', 'number-denied', 'number-denied', 'number-denied'],
  [
    'digits of full width',
    fullWidth,
    'tag-malformed',
    number,
    'no-receiving-address',
    'no-receiving-address',
  ],
  [
    'Arabic-Indic digits',
    arabicIndic,
    ...(['tag-malformed', 'tag-malformed', 'no-receiving-address', 'no-receiving-address'] as const),
  ],
  [
    'two numbers with a blank',
    `${number} +491701234568`,
    ...(['tag-malformed', 'tag-malformed', 'no-receiving-address', 'no-receiving-address'] as const),
  ],
  [
    'two numbers with a slash',
    `${number}/+491701234568`,
    ...(['tag-malformed', 'tag-malformed', 'no-receiving-address', 'no-receiving-address'] as const),
  ],
  [
    'two numbers in one word',
    `${number}+491701234568`,
    ...(['tag-malformed', 'tag-malformed', 'no-receiving-address', 'no-receiving-address'] as const),
  ],
  [
    'a number and a name',
    `Bob ${number}`,
    ...(['tag-malformed', 'tag-malformed', 'no-receiving-address', 'no-receiving-address'] as const),
  ],
  [
    'more digits than a number has',
    '+49170123456789012',
    ...(['tag-malformed', 'tag-malformed', 'no-receiving-address', 'no-receiving-address'] as const),
  ],
]

for (const [what, written, ...results] of forms)
  for (const [index, place] of (Object.keys(places) as Place[]).entries()) {
    const result = results[index]
    const verb = result === number ? 'is reached' : `is refused with the notice ${result}`
    test(`${what} in ${place} ${verb}: ${written}`, async () => {
      const { sms, notices } = await openBox().receive(letter(places[place](written)))
      assert.deepEqual(
        [sms, notices],
        result === number ? [[`${number}: At noon?`], []] : [[], [`${anna}: ${result}`]],
      )
    })
  }

test('two numbers with a comma in X-SMS-To are refused with a notice', async () => {
  const fields = [`X-SMS-To: ${number}, +491701234568`]
  const { is, sms } = await openBox().receive(letter({ fields, subject: 'Lunch' }))
  assert.deepEqual([is, sms], ['refuse: tag-malformed', []])
})

test('two fields X-SMS-To are two numbers where one is allowed', async () => {
  const fields = [`X-SMS-To: ${number}`, 'X-SMS-To: +491701234568']
  const { is, sms, notices } = await openBox().receive(letter({ fields, subject: 'Lunch' }))
  assert.deepEqual([is, sms, notices], ['refuse: tag-malformed', [], [`${anna}: tag-malformed`]])
})

test('two fields X-SMS-Convert that disagree are refused with a notice', async () => {
  const { is, sms } = await openBox().receive(letter({ fields: ['X-SMS-Convert: 1', 'X-SMS-Convert: 0'] }))
  assert.deepEqual([is, sms], ['refuse: tag-malformed', []])
})

test('a tag and X-SMS-To that name two numbers are refused with a notice', async () => {
  const facts = { subject: `[sms ${number}] Lunch`, fields: ['X-SMS-To: +491701234568'] }
  const { is, sms } = await openBox().receive(letter(facts))
  assert.deepEqual([is, sms], ['refuse: tag-malformed', []])
})

test('two addresses that are numbers are two recipients: each gets the SMS', async () => {
  const to = '+491701234567@sms.office.example, +491701234568@sms.office.example'
  const { sms } = await openBox().receive(letter({ to, subject: 'Lunch' }))
  assert.deepEqual(sms, ['+491701234567: At noon?', '+491701234568: At noon?'])
})

test('a number in quotation marks before the domain is no address of a phone', async () => {
  const to = '"+49 (0) 170-123 45 67"@sms.office.example'
  const { sms, notices } = await openBox().receive(letter({ to, recipient: to }))
  assert.deepEqual([sms, notices], [[], [`${anna}: no-receiving-address`]])
})

test('a number in the display name of a recipient means nothing', async () => {
  const to = '"+49 170 1234567" <bob@office.example>'
  assert.deepEqual((await openBox().receive(letter({ to }))).sms, ['+4917012345678: At noon?'])
})

test('a mail to numbers good and bad reaches the good ones, and its sender hears of the bad one', async () => {
  const to = '+499001234567@sms.office.example, +491701234567@sms.office.example'
  const { sms, notices } = await openBox().receive(letter({ to }))
  assert.deepEqual([sms, notices], [['+491701234567: At noon?'], [`${anna}: number-denied`]])
})
