// What is not converted passes on in its own format: a mail is left or redirected, an SMS is kept or sent on.

import { noon } from '../world.ts'
import { bob, carol, officeLine, type Row } from './decision-rows.ts'

const redirect = { passMail: 'redirect' } as const
const forward = { passSms: 'forward' } as const
const toNumber = ['+4917012345678@sms.office.example']
const talkWithCarol = [{ phone: 'Bob', with: 'Carol' }]
const flagged = [{ ...bob, smsToMail: 'flagged' } as const, carol, officeLine]

export const passOnRows: readonly Row[] = [
  {
    title: 'an unflagged mail is left where people read it',
    mail: { to: ['Box'] },
    is: 'pass: not-flagged',
  },
  {
    title: 'or redirected to the mailbox of the line',
    mail: { to: ['Box'] },
    settings: redirect,
    is: 'pass: not-flagged',
    goesTo: ['Office by line'],
  },
  {
    title: 'without a bound line to the fallback',
    mail: { to: ['Box'] },
    settings: { ...redirect, fallbackMailbox: 'dora@partner.example' },
    bound: [bob],
    is: 'pass: not-flagged',
    goesTo: ['Dora by fallback'],
  },
  {
    title: 'a mail to a number that says [mail] by header goes to the mailbox of that number',
    mail: { to: toNumber, convert: '0' },
    settings: redirect,
    is: 'pass: flag-0',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'a phone that bound itself to another mailbox does not draw the mails of its owner there',
    mail: { to: toNumber, convert: '0' },
    settings: redirect,
    bound: [
      bob,
      carol,
      officeLine,
      { mailbox: 'Dora', phone: 'Bob', origin: 'sms', createdAt: noon, expiresAt: noon + 3_600_000 },
    ],
    is: 'pass: flag-0',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'a mail goes to no mailbox that has it already',
    mail: { to: ['Box', 'Office'] },
    settings: redirect,
    is: 'pass: not-flagged',
  },
  {
    title: 'a mail is not redirected to its sender',
    mail: { from: 'Office', to: ['Box'] },
    settings: redirect,
    is: 'pass: not-flagged',
  },
  {
    title: 'our own mail that comes back is not sent round',
    mail: { to: ['Box'], automatic: 'own' },
    settings: redirect,
    is: 'pass: not-flagged',
  },
  {
    title: 'a report of a mail server stays',
    mail: { to: ['Box'], automatic: 'report' },
    settings: redirect,
    is: 'pass: not-flagged',
  },
  {
    title: 'a mail that was too large to be read whole stays',
    mail: { to: ['Box'], truncated: true },
    settings: redirect,
    is: 'pass: not-flagged',
  },
  {
    title: 'a mail with the secret word of its sender stays: its raw form would tell the word',
    mail: { to: ['Box'], secret: true },
    settings: redirect,
    is: 'pass: not-flagged',
  },
  {
    title: 'a mail of which the policy says never is redirected too',
    mail: { to: toNumber },
    settings: redirect,
    bound: [{ ...bob, mailToSms: 'never' }, carol, officeLine],
    is: 'pass: policy-never',
    goesTo: ['Bob by binding'],
  },

  {
    title: 'an unflagged SMS is kept on the box',
    sms: { text: '[sms] hello' },
    talks: talkWithCarol,
    is: 'pass: flag-0',
    flag: '0 tag',
  },
  {
    title: 'or sent on to the phone bound to the mailbox it would have gone to',
    sms: { text: '[sms] hello' },
    settings: forward,
    talks: talkWithCarol,
    is: 'pass: flag-0',
    goesTo: ['Carol by conversation'],
    shows: '+4917012345678: hello',
  },
  {
    title: 'under the name of its sender',
    sms: { text: '[sms] hello' },
    settings: forward,
    bound: [{ ...bob, name: 'Bob' }, carol, officeLine],
    talks: talkWithCarol,
    is: 'pass: flag-0',
    goesTo: ['Carol by conversation'],
    shows: 'Bob: hello',
  },
  {
    title: 'an alias names the phone',
    sms: { text: '[sms] @carol hello' },
    settings: forward,
    is: 'pass: flag-0',
    goesTo: ['Carol by alias'],
    shows: '+4917012345678: hello',
  },
  {
    title: 'the flag 0 in the user data header sends it on as well',
    sms: { text: '@carol hello', flag: 0 },
    settings: forward,
    is: 'pass: flag-0',
    flag: '0 udh',
    goesTo: ['Carol by alias'],
  },
  {
    title: 'a policy that wants a flag sends on what has none',
    sms: { text: 'hello' },
    settings: forward,
    bound: flagged,
    talks: talkWithCarol,
    is: 'pass: not-flagged',
    goesTo: ['Carol by conversation'],
  },
  {
    title: 'the line has a mailbox and no phone: the text is kept',
    sms: { text: '[sms] hello' },
    settings: forward,
    is: 'pass: flag-0',
  },
  {
    title: 'a stranger spends nothing: the text is kept',
    sms: { from: 'Customer', text: '[sms] @carol hello' },
    settings: forward,
    is: 'pass: flag-0',
  },
  {
    title: 'a stranger who opened a talk is still a stranger',
    sms: { from: 'Customer', text: '[sms] @carol buy pills' },
    settings: forward,
    talks: [{ phone: 'Customer', with: 'Carol', unanswered: true }],
    is: 'pass: flag-0',
  },
  {
    title: 'the same text again and again pauses the two, and the operator hears of it',
    sms: { text: '[sms] @carol ping' },
    settings: { ...forward, operatorMailbox: 'dora@partner.example' },
    repeated: 5,
    is: 'pass: flag-0',
    goesTo: ['Carol by alias'],
    held: ['Carol: pair-paused for a person'],
    pauses: ['phone of Bob', 'phone of Carol'],
    notices: ['Dora: pair-paused'],
  },
  {
    title: 'nobody is sent their own text',
    sms: { text: '[sms] @bob hello' },
    settings: forward,
    is: 'pass: flag-0',
  },
  {
    title: 'what is sent on keeps to the budget',
    sms: { text: '[sms] @carol hello' },
    settings: {
      ...forward,
      limits: {
        box: { perDay: 5, perMonth: null },
        sender: { perDay: null, perMonth: null },
        binding: { perDay: null, perMonth: null },
      },
      urgentReserve: 0,
    },
    spent: { box: 5 },
    is: 'pass: flag-0',
    goesTo: ['Carol by alias'],
    held: ['Carol: budget-used-up until tomorrow 00:00'],
  },
]
