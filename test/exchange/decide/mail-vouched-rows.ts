// Mails: what a proof vouches for. Whoever holds a signed mail can send it again, anywhere, with every unsigned field changed or added.

import { bob, carol, type Row } from './decision-rows.ts'

/** What the signatures of these providers cover. */
const gmail = ['from', 'date', 'subject', 'to', 'cc', 'message-id']
const microsoft = ['from', 'date', 'subject', 'message-id', 'content-type', 'mime-version']

const customer = '+4915199999999'
const numberAddress = `${customer}@sms.office.example`
const always = { mailToSms: 'always' } as const
const refused = { is: 'refuse: not-addressed', notices: ['Anna: not-addressed'] } as const
const toCustomer = { is: 'convert: flagged', goesTo: ['Customer by number-address'] } as const
const talks = [{ phone: 'Bob', with: 'Anna' }]

const numbers: readonly Row[] = [
  {
    title: 'X-SMS-To added to a signed mail that does not name the box is refused',
    mail: { to: ['Dora'], recorded: ['Box'], smsTo: customer, vouched: gmail },
    ...refused,
  },
  {
    title: 'X-SMS-To added to a signed mail whose unsigned To was changed to the box is refused',
    mail: { to: ['Box'], smsTo: customer, vouched: microsoft },
    ...refused,
  },
  {
    title: 'X-SMS-To counts where a signed Cc names the box',
    mail: { to: ['Dora'], cc: ['Box'], smsTo: customer, vouched: gmail },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'X-SMS-To counts where it is signed itself',
    mail: { to: ['Dora'], recorded: ['Box'], smsTo: customer, vouched: [...microsoft, 'x-sms-to'] },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'X-SMS-To counts where the author’s own server brought the mail',
    mail: { to: ['Dora'], recorded: ['Box'], smsTo: customer },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'a number in the envelope alone is refused',
    mail: { to: ['Dora'], recorded: [numberAddress] },
    ...refused,
  },
  {
    title: 'a number in the envelope is enough where the mail server takes mail of its own people only',
    mail: { to: ['Dora'], recorded: [numberAddress] },
    settings: { trustMethod: 'from' },
    ...toCustomer,
  },
  {
    title: 'a number in a signed To is a phone',
    mail: { to: [numberAddress], recorded: [numberAddress], vouched: gmail },
    ...toCustomer,
  },
  {
    title: 'a number in an unsigned To is refused',
    mail: { to: [numberAddress], recorded: [numberAddress], vouched: microsoft },
    ...refused,
  },
  {
    title: 'a number in an unsigned Cc beside a signed To is refused',
    mail: { to: ['Box'], cc: [numberAddress], vouched: ['from', 'date', 'subject', 'to'] },
    ...refused,
  },
]

const flags: readonly Row[] = [
  {
    title: 'X-SMS-Convert added to a signed mail is refused, for its author asked for no SMS',
    mail: { to: ['Dora'], recorded: ['Bob'], convert: '1', vouched: gmail },
    ...refused,
  },
  {
    title: 'X-SMS-Convert counts where it is signed itself',
    mail: { to: ['Dora'], recorded: ['Bob'], convert: '1', vouched: [...gmail, 'x-sms-convert'] },
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'X-SMS-Convert counts where a signed To names the box',
    mail: { to: ['Box'], recorded: ['Bob'], convert: '1', vouched: gmail },
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'X-SMS-Convert counts where a signed To names the bound mailbox',
    mail: { to: ['Bob'], convert: '1', vouched: gmail },
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'X-SMS-Convert says nothing new where the binding converts every mail',
    mail: { to: ['Dora'], recorded: ['Bob'], convert: '1', vouched: microsoft },
    bound: [{ ...bob, ...always }],
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'X-SMS-Convert says nothing new beside a signed tag',
    mail: { to: ['Dora'], recorded: ['Bob'], convert: '1', subject: '[sms] Lunch', vouched: microsoft },
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'X-SMS-Convert does not draw in a second phone whose binding wants to be asked',
    mail: { to: ['Dora'], recorded: ['Bob', 'Carol'], convert: '1', vouched: microsoft },
    bound: [{ ...bob, ...always }, carol],
    ...refused,
  },
  {
    title: 'a tag in an unsigned subject is refused',
    mail: { subject: `[sms ${customer}] Lunch`, vouched: ['from', 'date', 'to', 'cc'] },
    ...refused,
  },
  {
    title: 'a number in the tag of a signed subject counts, whoever signs no To',
    mail: { to: ['Box'], subject: `[sms ${customer}] Lunch`, vouched: microsoft },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
]

const bindings: readonly Row[] = [
  {
    title:
      'a binding that the server’s record leads to converts by its policy: only its own phone is reached',
    mail: { to: ['Dora'], recorded: ['Bob'], vouched: microsoft },
    bound: [{ ...bob, ...always }],
    is: 'convert: policy',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'a binding that only an unsigned To leads to is refused, for it could be anybody’s',
    mail: { to: ['Bob'], recorded: ['Box'], subject: '[sms] Lunch', vouched: microsoft },
    ...refused,
  },
  {
    title: 'so it is where its policy converts every mail',
    mail: { to: ['Bob'], vouched: microsoft },
    bound: [{ ...bob, ...always }],
    ...refused,
  },
  {
    title: 'a binding that a signed To leads to counts',
    mail: { to: ['Bob'], recorded: ['Box'], subject: '[sms] Lunch', vouched: gmail },
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'a number with a time binds the mailbox of a signed To',
    mail: { to: ['Dora'], subject: `[sms ${customer} 2h] Lunch`, vouched: gmail },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
    binds: 'Dora, Customer, 120',
    notices: ['Anna: binding-made'],
  },
  {
    title: 'a number with a time binds no mailbox of an unsigned To: the number counts for this talk',
    mail: { to: ['Dora'], subject: `[sms ${customer} 2h] Lunch`, vouched: microsoft },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'nor the mailbox of the envelope, which a signature never covers',
    mail: { to: ['Box'], recorded: ['Dora'], subject: `[sms ${customer} 2h] Lunch`, vouched: gmail },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
]

const answers: readonly Row[] = [
  {
    title: 'In-Reply-To added to a signed mail about something else is refused',
    mail: { to: ['Dora'], recorded: ['Box'], answersTalk: [0], vouched: gmail },
    talks,
    ...refused,
  },
  {
    title: 'a signed In-Reply-To answers',
    mail: { to: ['Dora'], recorded: ['Box'], answersTalk: [0], vouched: [...microsoft, 'in-reply-to'] },
    talks,
    is: 'convert: answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'an unsigned In-Reply-To answers where a signed To names the box',
    mail: { to: ['Box'], answersTalk: [0], vouched: gmail },
    talks,
    is: 'convert: answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'an unsigned In-Reply-To answers where the signed subject is that of the talk',
    mail: { to: ['Box'], subject: 'RE: AW: sms', answersTalk: [0], vouched: microsoft },
    talks,
    is: 'convert: answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'who holds the token needs no signed field',
    mail: { token: 0, vouched: microsoft },
    talks,
    is: 'convert: answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'the token of an answer replaces a missing proof and never a failed one',
    mail: { token: 0, proven: false, failed: true },
    talks,
    is: 'refuse: sender-not-proven',
  },
]

export const mailVouchedRows: readonly Row[] = [...numbers, ...flags, ...bindings, ...answers]
