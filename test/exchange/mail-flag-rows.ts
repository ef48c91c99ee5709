// Mails: the flag, and what a person can type (header, answer, address, tag, policy: the first that matches wins).

import { bob, carol, officeLine, type Row } from './decision-rows.ts'

const toBob = ['Bob by binding']
const fromBob = [{ phone: 'Bob', with: 'Anna' }]
const alwaysBob = [{ ...bob, mailToSms: 'always' } as const, carol, officeLine]
const neverBob = [{ ...bob, mailToSms: 'never' } as const, carol, officeLine]

/** A tag that is nearly right is shown to its writer and never guessed. */
const malformed = [
  '[sms 0170 12345678] Lunch',
  '[sms 017012345678] Lunch',
  '[sms +49170x2345678] Lunch',
  '[sms +4917012345678 2 hours] Lunch',
  '[sms +4917012345678 2y] Lunch',
  '[sms +4917012345678 0h] Lunch',
  '[sms 2h] Lunch',
  '[sms bob@office.example] Lunch',
  '[sms +4917012345678 +4917023456789] Lunch',
  '[sms',
  '[sms +4917012345678 Lunch',
  '[sms][mail] Lunch',
  '[sms: Bob] Lunch',
  '[mail +4917012345678] Lunch',
].map(
  (subject): Row => ({
    title: `the tag in "${subject}" is nearly right: refused with a notice, never sent as text`,
    mail: { subject },
    is: 'refuse: tag-malformed',
    flag: '1 tag',
    notices: ['Anna: tag-malformed'],
  }),
)

/** What only looks like a tag is an ordinary subject. */
const ordinary = [
  'Lunch [sms]',
  'sms Lunch',
  '[smsx] Lunch',
  '(sms) Lunch',
  'Re: [sms] Lunch',
  '[Mailing] Lunch',
].map(
  (subject): Row => ({
    title: `"${subject}" holds no tag: the mail stays a mail`,
    mail: { subject },
    is: 'pass: not-flagged',
    flag: '0 policy',
  }),
)

export const mailFlagRows: readonly Row[] = [
  {
    title: 'header X-SMS-Convert: 1 converts',
    mail: { convert: '1' },
    is: 'convert: flagged',
    flag: '1 header',
    goesTo: toBob,
  },
  {
    title: 'header X-SMS-Convert: yes converts',
    mail: { convert: 'Yes' },
    is: 'convert: flagged',
    flag: '1 header',
    goesTo: toBob,
  },
  {
    title: 'header X-SMS-Convert: true converts',
    mail: { convert: ' true ' },
    is: 'convert: flagged',
    flag: '1 header',
    goesTo: toBob,
  },
  {
    title: 'header X-SMS-Convert: 0 keeps a mail a mail',
    mail: { convert: '0' },
    is: 'pass: flag-0',
    flag: '0 header',
  },
  {
    title: 'header X-SMS-Convert: no wins over a tag',
    mail: { convert: 'no', subject: '[sms] Lunch' },
    is: 'pass: flag-0',
    flag: '0 header',
  },
  {
    title: 'header X-SMS-Convert: false wins over the policy',
    mail: { convert: 'false' },
    bound: alwaysBob,
    is: 'pass: flag-0',
    flag: '0 header',
  },
  {
    title: 'header X-SMS-Convert: 0 wins over an answer',
    mail: { convert: '0', answersTalk: [0] },
    talks: fromBob,
    is: 'pass: flag-0',
    flag: '0 header',
  },
  {
    title: 'header X-SMS-Convert: 1 wins over the tag [mail]',
    mail: { convert: '1', subject: '[mail] Lunch' },
    is: 'convert: flagged',
    flag: '1 header',
    goesTo: toBob,
  },
  {
    title: 'header X-SMS-Convert: maybe is refused with a notice',
    mail: { convert: 'maybe' },
    is: 'refuse: tag-malformed',
    flag: '1 header',
    notices: ['Anna: tag-malformed'],
  },

  {
    title: 'an answer to one of our mails converts without a tag',
    mail: { to: ['Box'], answersTalk: [0] },
    talks: fromBob,
    is: 'convert: answer',
    flag: '1 answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'an answer wins over the tag [mail]',
    mail: { to: ['Box'], answersTalk: [0], subject: '[mail] Lunch' },
    talks: fromBob,
    is: 'convert: answer',
    flag: '1 answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'an answer to somebody else’s mail is an ordinary mail',
    mail: { answers: ['<other@customer.example>'] },
    talks: fromBob,
    is: 'pass: not-flagged',
    flag: '0 policy',
  },

  {
    title: 'a recipient address that names a number converts',
    mail: { to: ['+4915199999999@sms.office.example'] },
    is: 'convert: flagged',
    flag: '1 address',
    goesTo: ['Customer by number-address'],
  },
  {
    title: 'a number in the address wins over the tag [mail]',
    mail: { to: ['+4915199999999@sms.office.example'], subject: '[mail] Lunch' },
    is: 'convert: flagged',
    flag: '1 address',
    goesTo: ['Customer by number-address'],
  },

  {
    title: 'the tag [sms] converts and is cut',
    mail: { subject: '[sms] Lunch', text: '' },
    is: 'convert: flagged',
    flag: '1 tag',
    goesTo: toBob,
    shows: 'Lunch',
  },
  {
    title: 'the tag counts in any case and with blanks',
    mail: { subject: '  [ SMS ]Lunch', text: '' },
    is: 'convert: flagged',
    flag: '1 tag',
    goesTo: toBob,
    shows: 'Lunch',
  },
  {
    title: 'the tag [mail] keeps a mail a mail',
    mail: { subject: '[mail] Lunch' },
    bound: alwaysBob,
    is: 'pass: flag-0',
    flag: '0 tag',
  },
  {
    title: 'a tag with a number sends there, for this message and its answers',
    mail: { subject: '[sms +4915199999999] Lunch', text: '' },
    is: 'convert: flagged',
    flag: '1 tag',
    goesTo: ['Customer by temporary-binding'],
    shows: 'Lunch',
  },
  {
    title: 'a tag with a number and a time binds the receiving mailbox for that time',
    mail: { subject: '[sms +4915199999999 2h] Lunch' },
    is: 'convert: flagged',
    flag: '1 tag',
    goesTo: ['Customer by temporary-binding'],
    binds: 'Bob, Customer, 120',
  },
  {
    title: 'minutes, days and weeks count too',
    mail: { to: ['Dora'], subject: '[sms +4915199999999 1w] Lunch' },
    is: 'convert: flagged',
    flag: '1 tag',
    goesTo: ['Customer by temporary-binding'],
    binds: 'Dora, Customer, 10080',
  },
  {
    title: 'a tag with a time sent to the box alone has no mailbox to bind',
    mail: { to: ['Box'], subject: '[sms +4915199999999 15m] Lunch' },
    is: 'convert: flagged',
    flag: '1 tag',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'a tag with a number and a time in an answer binds nothing: the answer goes to its own phone',
    mail: { answersTalk: [0], subject: '[sms +4915199999999 2h] Lunch' },
    talks: fromBob,
    is: 'convert: answer',
    flag: '1 answer',
    goesTo: ['Bob by answer'],
  },

  {
    title: 'header X-SMS-To names the phone and sets the flag',
    mail: { smsTo: '+49 151 99999999' },
    is: 'convert: flagged',
    flag: '1 header',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'header X-SMS-To takes a national number of the SIM’s country',
    mail: { smsTo: '0151 99999999' },
    is: 'convert: flagged',
    flag: '1 header',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'header X-SMS-To without a number is refused with a notice',
    mail: { smsTo: 'Bob' },
    is: 'refuse: tag-malformed',
    flag: '1 header',
    notices: ['Anna: tag-malformed'],
  },

  {
    title: 'nothing typed, policy flagged: the mail stays a mail',
    mail: {},
    is: 'pass: not-flagged',
    flag: '0 policy',
  },
  {
    title: 'nothing typed, the binding says always: converted',
    mail: {},
    bound: alwaysBob,
    is: 'convert: policy',
    flag: '1 policy',
    goesTo: toBob,
  },
  {
    title: 'nothing typed, the config says always: converted',
    mail: {},
    settings: { mailToSms: 'always' },
    is: 'convert: policy',
    flag: '1 policy',
    goesTo: toBob,
  },
  {
    title: 'the binding’s policy wins over the config’s',
    mail: {},
    bound: neverBob,
    settings: { mailToSms: 'always' },
    is: 'pass: policy-never',
    flag: '0 policy',
  },
  {
    title: 'the config says never: the mail stays a mail',
    mail: {},
    settings: { mailToSms: 'never' },
    is: 'pass: policy-never',
    flag: '0 policy',
  },
  {
    title: 'a mail to Bob (always) and Carol (flagged) without a tag goes to Bob only',
    mail: { to: ['Bob', 'Carol'] },
    bound: alwaysBob,
    is: 'convert: policy',
    flag: '1 policy',
    goesTo: toBob,
  },
  {
    title: 'a binding that says never is not reached by a tag either',
    mail: { subject: '[sms] Lunch', to: ['Bob', 'Carol'] },
    bound: neverBob,
    is: 'convert: flagged',
    flag: '1 tag',
    goesTo: ['Carol by binding'],
  },

  ...malformed,
  ...ordinary,
]
