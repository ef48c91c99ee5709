// Mails: the receiving address, in the order answer, number of this message, number in the address, bindings; and answers, which can
// never reach the wrong person.

import { bob, carol, officeLine, type Row } from './decision-rows.ts'
import { day, noon } from './world.ts'

const tagged = '[sms] Lunch'
const talks = [
  { phone: 'Bob', with: 'Anna' },
  { phone: 'Carol', with: 'Anna' },
  { phone: 'Customer', with: 'Dora' },
  { phone: 'Bob', with: 'Dora', ended: true },
]
const shadow = { mailbox: 'Bob', phone: 'Customer', origin: 'mail', expiresAt: noon + 1 } as const

/** Addresses that name the customer's number. */
const numberAddresses = [
  '+4915199999999@sms.office.example',
  'n4915199999999@SMS.office.example',
  'N+4915199999999@sms.office.example',
  '004915199999999@sms.office.example',
  '+49.151-99999999@sms.office.example',
  'sms+4915199999999@office.example',
].map(
  (address): Row => ({
    title: `${address} is a phone`,
    mail: { to: [address] },
    is: 'convert: flagged',
    goesTo: ['Customer by number-address'],
  }),
)

/** Addresses in which a number is nobody's business. */
const otherAddresses = [
  '+4915199999999@other.example',
  'bob+4915199999999@office.example',
  '4915199999999@sms.office.example',
  '+49151@sms.office.example',
  '+49151999999999999@sms.office.example',
].map(
  (address): Row => ({
    title: `${address} is no phone`,
    mail: { to: [address], subject: tagged },
    is: 'refuse: no-receiving-address',
    notices: ['Anna: no-receiving-address'],
  }),
)

/** Numbers that are never reached, as typed in a tag. */
const denied = [
  ['the SIM itself', '+4917000000001', 'number-own'],
  ['a premium number', '+499001234567', 'number-denied'],
  ['a satellite phone', '+881612345678', 'number-denied'],
].map(
  ([what, number, reason]): Row => ({
    title: `${what} is refused with a notice`,
    mail: { subject: `[sms ${number}] Lunch` },
    is: `refuse: ${reason}`,
    notices: [`Anna: ${reason}`],
  }),
)

export const mailAddressRows: readonly Row[] = [
  {
    title: 'what the mail server recorded counts, not To',
    mail: { recorded: ['Carol'], to: ['Bob'], subject: tagged },
    is: 'convert: flagged',
    goesTo: ['Carol by binding'],
  },
  {
    title: 'without a record, To and Cc count',
    mail: { to: ['Bob'], cc: ['Carol'], subject: tagged },
    is: 'convert: flagged',
    goesTo: ['Bob by binding', 'Carol by binding'],
  },
  {
    title: 'a record of the box itself says nothing: To and Cc count',
    mail: { recorded: ['Box'], to: ['Bob'], subject: tagged },
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'a receiving address is found in any case',
    mail: { to: ['BOB@Office.Example'], subject: tagged },
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'the same phone through two addresses gets one SMS',
    mail: { to: ['Bob', 'bob@OFFICE.example', '+4917012345678@sms.office.example'], subject: tagged },
    is: 'convert: flagged',
    goesTo: ['Bob by number-address'],
  },
  {
    title: 'people who are not bound do not keep those who are from it',
    mail: { to: ['Dora', 'Bob', 'Eve'], subject: tagged },
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'nobody is bound: refused with a notice',
    mail: { to: ['Dora'], subject: tagged },
    is: 'refuse: no-receiving-address',
    notices: ['Anna: no-receiving-address'],
  },
  {
    title: 'the box’s own mailbox leads to no phone',
    mail: { to: ['Box'], subject: tagged },
    is: 'refuse: no-receiving-address',
    notices: ['Anna: no-receiving-address'],
  },
  {
    title: 'the line’s mailbox is no target of SMS',
    mail: { to: ['Office'], subject: tagged },
    is: 'refuse: number-own',
    notices: ['Anna: number-own'],
  },
  {
    title: 'a living temporary binding shadows the permanent one',
    mail: { subject: tagged },
    bound: [bob, shadow],
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'an ended temporary binding does not',
    mail: { subject: tagged },
    bound: [bob, { ...shadow, expiresAt: noon }],
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'a number in the tag goes before the bindings of the recipients',
    mail: { to: ['Bob', 'Carol'], subject: '[sms +4915199999999] Lunch' },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'a number in the tag goes before a number in the address',
    mail: { to: ['+4917023456789@sms.office.example'], subject: '[sms +4915199999999] Lunch' },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'without a number domain no address is a phone',
    mail: { to: ['+4915199999999@sms.office.example'], subject: tagged },
    settings: { numberDomain: null },
    is: 'refuse: no-receiving-address',
    notices: ['Anna: no-receiving-address'],
  },
  {
    title: 'of a denied and a good number the good one is reached and the sender hears of the other',
    mail: { to: ['+499001234567@sms.office.example', 'Bob'] },
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
    notices: ['Anna: number-denied'],
    bound: [{ ...bob, mailToSms: 'flagged' }],
  },
  ...numberAddresses,
  ...otherAddresses,
  ...denied,

  {
    title: 'the token in the address leads to its phone, without anything in the subject',
    mail: { token: 0 },
    talks,
    is: 'convert: answer',
    flag: '1 answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'a token in a recorded address counts too',
    mail: { token: 1, recorded: ['Box'] },
    talks,
    is: 'convert: answer',
    goesTo: ['Carol by answer'],
  },
  {
    title: 'token and answered mail of one talk agree',
    mail: { token: 0, answersTalk: [0] },
    talks,
    is: 'convert: answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'token and answered mail of two talks: refused with a notice',
    mail: { token: 0, answersTalk: [1] },
    talks,
    is: 'refuse: answer-disagrees',
    notices: ['Anna: answer-disagrees'],
  },
  {
    title: 'two answered mails of two talks: refused with a notice',
    mail: { to: ['Box'], answersTalk: [0, 1] },
    talks,
    is: 'refuse: answer-disagrees',
    notices: ['Anna: answer-disagrees'],
  },
  {
    title: 'an answer goes to its phone and not to the bound recipients',
    mail: { to: ['Carol'], answersTalk: [0], subject: tagged },
    talks,
    is: 'convert: answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'an unknown token is refused with a notice, whatever else the mail says',
    mail: { to: ['sms+aaaaaaaaaaaaaaaa@office.example', 'Bob'], subject: tagged },
    talks,
    is: 'refuse: token-unknown',
    notices: ['Anna: token-unknown'],
  },
  {
    title: 'the token of an ended talk is refused with a notice',
    mail: { from: 'Dora', token: 3 },
    talks,
    is: 'refuse: conversation-expired',
    notices: ['Dora: conversation-expired'],
  },
  {
    title: 'an answered mail of an ended talk is refused with a notice',
    mail: { from: 'Dora', to: ['Box'], answersTalk: [3] },
    talks,
    is: 'refuse: conversation-expired',
    notices: ['Dora: conversation-expired'],
  },
  {
    title: 'a token in a foreign mailbox’s address means nothing',
    mail: { to: ['bob+aaaaaaaaaaaaaaaa@office.example'] },
    talks,
    is: 'pass: not-flagged',
  },
  {
    title: 'a colleague who is allowed may use the token',
    mail: { from: 'Bob', token: 0 },
    talks,
    is: 'convert: answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'a stranger who got the token may not',
    mail: { from: 'Eve', token: 0 },
    talks,
    is: 'refuse: sender-not-allowed',
  },
  {
    title: 'who holds the token needs no other proof',
    mail: { token: 0, proven: false },
    talks,
    is: 'convert: answer',
    goesTo: ['Bob by answer'],
  },
  {
    title: 'an answered mail alone proves nothing',
    mail: { to: ['Box'], answersTalk: [0], proven: false },
    talks,
    is: 'refuse: sender-not-proven',
  },
  {
    title: 'the correspondent may answer with the token after being taken off the list',
    mail: { from: 'Dora', token: 2 },
    talks,
    settings: { senders: [] },
    is: 'convert: answer',
    goesTo: ['Customer by answer'],
  },
  {
    title: 'a name as sender cannot be answered',
    mail: { to: ['Box'], answersTalk: [0] },
    talks: [{ phone: 'BANK', with: 'Anna' }],
    is: 'refuse: cannot-answer',
    notices: ['Anna: cannot-answer'],
  },
  {
    title: 'a short code cannot be answered',
    mail: { token: 0 },
    talks: [{ phone: '33033', with: 'Anna' }],
    is: 'refuse: cannot-answer',
    notices: ['Anna: cannot-answer'],
  },
  {
    title: 'the same subject as an earlier talk is no answer',
    mail: { to: ['Box'], subject: 'Re: SMS from Bob' },
    talks,
    is: 'pass: not-flagged',
  },
  {
    title: 'a talk ends with its window',
    mail: { token: 0 },
    talks: [{ phone: 'Bob', with: 'Anna', ended: true }],
    settings: { replyWindowMs: day },
    bound: [bob, carol, officeLine],
    is: 'refuse: conversation-expired',
    notices: ['Anna: conversation-expired'],
  },
]
