// SMS: the flag, the receiving address, conversations, and special messages.

import { bob, carol, officeLine, type Row } from './decision-rows.ts'
import { noon } from './world.ts'

const line = ['Office by line']
const withAnna = [{ phone: 'Bob', with: 'Anna' }]
const withTwo = [
  { phone: 'Bob', with: 'Anna' },
  { phone: 'Bob', with: 'Dora' },
]
const flagged = { smsToMail: 'flagged' } as const

/** A tag that is nearly right is shown to the phone's owner by mail, and never sent on as text. */
const malformed = [
  '[mail bob] hello',
  '[mail bob@office.example 2 hours] hello',
  '[mail bob@office.example 2y] hello',
  '[mail +4917012345678] hello',
  '[sms bob@office.example] hello',
  '[mail hello',
  '[mail] [sms] hello',
].map(
  (text): Row => ({
    title: `the tag in "${text}" is nearly right: refused with a notice`,
    sms: { text },
    is: 'refuse: tag-malformed',
    flag: '1 tag',
    notices: ['Bob: tag-malformed'],
  }),
)

/** The standard's own form of an e-mail in an SMS (TS 23.040 clause 3.8), each for Carol. */
const standard = [
  ['carol@office.example hello', 'hello\n'],
  ['carol*office.example hello', 'hello\n'],
  ['carol@office.example(Lunch)hello', 'Lunch\n\nhello\n'],
  ['carol@office.example##Lunch#hello', 'Lunch\n\nhello\n'],
  ['  CAROL@Office.example\nhello', 'hello\n'],
].map(
  ([text = '', shows = '']): Row => ({
    title: `"${text.trim()}" goes to the typed address, which is cut`,
    sms: { text, from: 'Customer' },
    is: 'convert: flagged',
    flag: '1 standard-form',
    goesTo: [text.includes('CAROL') ? 'CAROL@office.example by typed-address' : 'Carol by typed-address'],
    shows,
  }),
)

export const smsRows: readonly Row[] = [
  {
    title: 'the config says never: a typed address changes nothing, the text is kept',
    sms: { text: '[mail bob@office.example] hello' },
    settings: { smsToMail: 'never' },
    is: 'pass: policy-never',
  },
  {
    title: 'an ordinary SMS of a customer goes to the mailbox of the line',
    sms: { from: 'Customer' },
    is: 'convert: policy',
    flag: '1 policy',
    goesTo: line,
    shows: 'At noon.\n',
  },
  {
    title: 'the flag 1 in the header converts',
    sms: { flag: 1 },
    settings: flagged,
    is: 'convert: flagged',
    flag: '1 udh',
    goesTo: line,
  },
  {
    title: 'the flag 0 in the header keeps an SMS an SMS',
    sms: { flag: 0 },
    is: 'pass: flag-0',
    flag: '0 udh',
  },
  {
    title: 'the flag in the header wins over a tag',
    sms: { flag: 0, text: '[mail] hello' },
    is: 'pass: flag-0',
    flag: '0 udh',
  },
  {
    title: 'the tag [mail] converts and is cut',
    sms: { text: '[mail] hello' },
    settings: flagged,
    is: 'convert: flagged',
    flag: '1 tag',
    goesTo: line,
    shows: 'hello\n',
  },
  {
    title: 'the tag [sms] keeps an SMS an SMS',
    sms: { text: '[sms] hello' },
    is: 'pass: flag-0',
    flag: '0 tag',
  },
  {
    title: 'a tag with an address goes there',
    sms: { text: '[mail carol@office.example] hello' },
    is: 'convert: flagged',
    flag: '1 tag',
    goesTo: ['Carol by typed-address'],
    shows: 'hello\n',
  },
  {
    title: 'a tag with an address goes there before an open conversation',
    sms: { text: '[MAIL carol@office.example 2h] hello' },
    talks: withAnna,
    is: 'convert: flagged',
    flag: '1 tag',
    goesTo: ['Carol by typed-address'],
    binds: 'Carol, Bob, 120',
    notices: ['Bob: binding-made'],
  },
  {
    title: 'a tag with a stranger’s address is refused: nobody writes mails to strangers through the box',
    sms: { text: '[mail eve@evil.example] hello' },
    is: 'refuse: address-not-allowed',
    flag: '1 tag',
  },
  {
    title: 'a stranger’s address in the standard’s form is text',
    sms: { from: 'Customer', text: 'eve@evil.example is my address' },
    is: 'convert: policy',
    goesTo: line,
    shows: 'eve@evil.example is my address\n',
  },
  {
    title: 'a colleague’s address later in the text is text',
    sms: { text: 'ask carol@office.example please' },
    is: 'convert: policy',
    goesTo: line,
  },
  {
    title: '@name goes to the binding with that alias',
    sms: { from: 'Customer', text: '@carol hello' },
    is: 'convert: flagged',
    flag: '1 alias',
    goesTo: ['Carol by alias'],
    shows: 'hello\n',
  },
  {
    title: '@Name: with capital and colon too',
    sms: { from: 'Customer', text: '@Carol: hello' },
    is: 'convert: flagged',
    flag: '1 alias',
    goesTo: ['Carol by alias'],
    shows: 'hello\n',
  },
  {
    title: '@name that nobody has is text',
    sms: { from: 'Customer', text: '@dora hello' },
    is: 'convert: policy',
    goesTo: line,
    shows: '@dora hello\n',
  },

  {
    title: 'nothing typed, policy flagged: kept',
    sms: {},
    settings: flagged,
    is: 'pass: not-flagged',
    flag: '0 policy',
  },
  {
    title: 'nothing typed, policy never: kept',
    sms: {},
    settings: { smsToMail: 'never' },
    is: 'pass: policy-never',
    flag: '0 policy',
  },
  {
    title: 'the policy of the phone’s binding wins over that of the line',
    sms: {},
    bound: [
      { ...bob, ...flagged },
      { ...officeLine, smsToMail: 'always' },
    ],
    is: 'pass: not-flagged',
    flag: '0 policy',
  },
  {
    title: 'the policy of the line wins over the config’s',
    sms: { from: 'Customer' },
    bound: [{ ...officeLine, ...flagged }],
    is: 'pass: not-flagged',
    flag: '0 policy',
  },

  {
    title: 'an answer goes to the one correspondent of the open conversation',
    sms: {},
    talks: withAnna,
    is: 'convert: answer',
    goesTo: ['Anna by conversation'],
  },
  {
    title: 'an ended conversation leads nowhere: the line',
    sms: {},
    talks: [{ phone: 'Bob', with: 'Anna', ended: true }],
    is: 'convert: policy',
    goesTo: line,
  },
  {
    title: 'somebody else’s conversation leads nowhere',
    sms: { from: 'Customer' },
    talks: withAnna,
    is: 'convert: policy',
    goesTo: line,
  },
  {
    title: 'several conversations: the line’s mailbox, naming the candidates',
    sms: {},
    talks: withTwo,
    is: 'convert: policy',
    goesTo: line,
    shows:
      'At noon.\n\n-- \nThis phone talks with several people: dora@partner.example, anna@office.example. Nobody can tell whom it answers.\n',
  },
  {
    title: 'several conversations, policy latest: the last one',
    sms: {},
    talks: withTwo,
    settings: { ambiguous: 'latest' },
    is: 'convert: answer',
    goesTo: ['Dora by conversation'],
  },
  {
    title: 'a temporary binding of the line goes before the permanent one',
    sms: { from: 'Customer' },
    bound: [officeLine, { mailbox: 'Carol', phone: 'SIM', line: true, expiresAt: noon + 1 }],
    is: 'convert: policy',
    goesTo: ['Carol by temporary-binding'],
  },
  {
    title: 'no binding of the line: the fallback',
    sms: {},
    bound: [bob, carol],
    settings: { fallbackMailbox: 'dora@partner.example' },
    is: 'convert: policy',
    goesTo: ['Dora by fallback'],
  },
  { title: 'no binding and no fallback: kept and shown', sms: {}, bound: [bob], is: 'hold: no-mailbox' },
  { title: 'an SMS from the SIM itself is ignored', sms: { from: 'SIM' }, is: 'ignore: number-own' },
  {
    title: 'a malformed tag of a phone that is not bound has nobody to be told',
    sms: { from: 'Customer', text: '[mail bob] hello' },
    is: 'refuse: tag-malformed',
  },

  {
    title: 'a name as sender: the mail says that it cannot be answered',
    sms: { from: 'BANK', canAnswer: false, text: 'Your code is 1' },
    is: 'convert: policy',
    goesTo: line,
    shows: 'Your code is 1\n\n-- \nThe sender is a name or a short code and cannot be answered.\n',
  },
  {
    title: 'a voice message waiting is told',
    sms: { special: 'voicemail', text: '' },
    is: 'convert: policy',
    goesTo: line,
    shows: 'The network says: a voice message is waiting.\n',
  },
  {
    title: 'an MMS is told',
    sms: { special: 'mms', text: '00ff' },
    is: 'convert: policy',
    goesTo: line,
    shows: 'An MMS (picture message) was announced. The box cannot fetch or show it.\n\n00ff\n',
  },
  {
    title: 'what cannot be decoded is shown raw',
    sms: { special: 'undecodable', text: '00FF', from: 'unknown', canAnswer: false },
    is: 'convert: policy',
    goesTo: line,
  },
  {
    title: 'in data nobody typed a tag',
    sms: { special: 'data', text: '[sms] 00' },
    is: 'convert: policy',
    goesTo: line,
  },
  ...malformed,
  ...standard,
]
