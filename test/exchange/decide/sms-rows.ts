// SMS: the flag, the receiving address, conversations, and special messages.

import { noon } from '../world.ts'
import { bob, carol, officeLine, type Row } from './decision-rows.ts'

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
    notices: ['Bob: address-not-allowed'],
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
    title: 'a malformed tag of a phone that is not bound is told to the mailbox of the line',
    sms: { from: 'Customer', text: '[mail bob] hello' },
    is: 'refuse: tag-malformed',
    notices: ['Office: tag-malformed'],
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
    sms: { special: 'waiting', text: '' },
    is: 'convert: policy',
    goesTo: line,
    shows: 'The network says that messages wait: voice messages.\n',
  },
  {
    title: 'an MMS is told',
    sms: { special: 'mms', text: '00ff' },
    is: 'convert: policy',
    goesTo: line,
    shows: 'An MMS (picture message) was announced. The box cannot fetch or show it.\n\n00ff\n',
  },
  {
    title: 'what waits is counted, kind by kind, and what the network wrote stands below it',
    sms: {
      special: 'waiting',
      text: 'Call 3311',
      details: {
        waiting: [
          { kind: 'voice', active: true, count: 3 },
          { kind: 'fax', active: false, count: 0 },
          { kind: 'email', active: true, count: 255 },
        ],
      },
    },
    is: 'convert: policy',
    goesTo: line,
    shows:
      'The network says that messages wait: voice messages (3), e-mails (255+).\nThe network says that no more of these wait: fax messages.\n\nCall 3311\n',
  },
  {
    title: 'that nothing waits any more is kept and makes no mail',
    sms: { special: 'waiting', text: '', details: { waiting: [{ kind: 'voice', active: false, count: 0 }] } },
    is: 'ignore: nothing-waits',
  },
  {
    title: 'an MMS is told with its facts',
    sms: {
      special: 'mms',
      text: '',
      details: {
        port: 2948,
        mms: {
          from: '+4917012345678',
          subject: 'Our garden',
          size: 48_211,
          expiresAt: Date.UTC(2026, 10, 29, 12),
          messageClass: 'personal',
          host: 'mms.operator.example',
        },
      },
    },
    is: 'convert: policy',
    goesTo: line,
    shows:
      'An MMS (picture message) was announced. The box cannot fetch or show it.\n\nFrom: +4917012345678\nSubject: Our garden\nSize: 48 kB\nCan be fetched until: 2026-11-29 12:00 UTC\nClass: personal\nLies on: mms.operator.example\n',
  },
  {
    title: 'settings for a phone are told as what they are',
    sms: {
      special: 'data',
      text: '01',
      details: { port: 2948, contentType: 'application/vnd.wap.connectivity-wbxml' },
    },
    is: 'convert: policy',
    goesTo: line,
    shows:
      'It is a WAP push with this content: application/vnd.wap.connectivity-wbxml.\nIt would change the settings of a phone. The box uses none of them. If nobody asked for them, ask the operator.\nIt was sent to a program, not to a person; port: 2948.\nA data message for a program came. It is no text.\n\n01\n',
  },
  {
    title: 'a contact card is shown as the text it is',
    sms: { special: 'data', text: 'BEGIN:VCARD', details: { port: 9204, readable: true } },
    is: 'convert: policy',
    goesTo: line,
    shows:
      'It was sent to a program, not to a person; port: 9204.\nA message for a program came. It can be read as text:\n\nBEGIN:VCARD\n',
  },
  {
    title: 'a silent SMS makes no mail',
    sms: { special: 'silent', text: '' },
    is: 'ignore: silent',
  },
  {
    title: 'data for the SIM make no mail',
    sms: { special: 'sim-data', text: '027000' },
    is: 'ignore: sim-data',
  },
  {
    title: 'a text that replaces another, asks for a call back or has a damaged header says so',
    sms: { text: '4 trucks', details: { replaceType: 2, returnCall: true, damagedHeader: '0503' } },
    is: 'convert: policy',
    goesTo: line,
    shows:
      '4 trucks\n\n-- \nThis SMS takes the place of an earlier one of the same sender, if there was one.\n\n-- \nThe sender asks to be called back.\n\n-- \nSomething is wrong in the header of this SMS: 0503.\n',
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
