// Temporary bindings, made by mails and by SMS: shadowing, conflicts, the confirmation to their maker, wrong clocks.

import { bob, carol, officeLine, type Row } from './decision-rows.ts'
import { day, noon } from './world.ts'

const hour = 3_600_000
const twoHours = { subject: '[sms +4915199999999 2h] Lunch' }
const bobForNow = {
  mailbox: 'Bob',
  phone: 'Customer',
  origin: 'mail',
  expiresAt: noon + hour,
  createdAt: noon - hour,
} as const
const carolsPhoneForNow = { ...bobForNow, mailbox: 'Dora', phone: 'Carol' } as const

export const temporaryRows: readonly Row[] = [
  {
    title: 'a number with a time binds its receiving address, and the maker hears of it',
    mail: twoHours,
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
    binds: 'Bob, Customer, 120',
    notices: ['Anna: binding-made'],
  },
  {
    title: 'a number without a time is for this mail and its answers',
    mail: { subject: '[sms +4915199999999] Lunch' },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'a machine makes the binding and hears nothing',
    mail: { ...twoHours, from: 'UPS', automatic: 'generated' },
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
    binds: 'Bob, Customer, 120',
  },
  {
    title: 'a temporary binding shadows the permanent one',
    mail: { subject: '[sms] Lunch' },
    bound: [bob, carol, officeLine, bobForNow],
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
  },
  {
    title: 'it ends by the clock, and the permanent one counts again',
    mail: { subject: '[sms] Lunch' },
    bound: [bob, carol, officeLine, { ...bobForNow, expiresAt: noon }],
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'in a past before it was made, where a clock without a battery wakes up, it does not count',
    mail: { subject: '[sms] Lunch' },
    bound: [bob, carol, officeLine, { ...bobForNow, createdAt: noon + day, expiresAt: noon + 2 * day }],
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
  {
    title: 'the mailbox has another temporary binding: the mail goes, the binding is not made',
    mail: { subject: '[sms +4917023456789 2h] Lunch' },
    bound: [bob, carol, officeLine, bobForNow],
    is: 'convert: flagged',
    goesTo: ['Carol by temporary-binding'],
    notices: ['Anna: binding-taken'],
  },
  {
    title: 'the number has another temporary binding: the same',
    mail: { subject: '[sms +4917023456789 2h] Lunch' },
    bound: [bob, carol, officeLine, carolsPhoneForNow],
    is: 'convert: flagged',
    goesTo: ['Carol by temporary-binding'],
    notices: ['Anna: binding-taken'],
  },
  {
    title: 'the same two again: the time begins anew',
    mail: twoHours,
    bound: [bob, carol, officeLine, bobForNow],
    is: 'convert: flagged',
    goesTo: ['Customer by temporary-binding'],
    binds: 'Bob, Customer, 120',
    notices: ['Anna: binding-made'],
  },
  {
    title: 'a temporary binding of the line leads unknown phones elsewhere for a while',
    sms: { from: 'Customer' },
    bound: [
      bob,
      carol,
      officeLine,
      { ...bobForNow, mailbox: 'Dora', phone: 'SIM', line: true, origin: 'cli' },
    ],
    is: 'convert: policy',
    goesTo: ['Dora by temporary-binding'],
  },

  {
    title: 'a phone binds itself to a mailbox for a while; an unbound one costs an SMS and hears nothing',
    sms: { from: 'Customer', text: '[mail dora@partner.example 2h] hello' },
    is: 'convert: flagged',
    goesTo: ['Dora by typed-address'],
    binds: 'Dora, Customer, 120',
  },
  {
    title: 'the mailbox of a bound phone hears of it',
    sms: { text: '[mail dora@partner.example 2h] hello' },
    is: 'convert: flagged',
    goesTo: ['Dora by typed-address'],
    binds: 'Dora, Bob, 120',
    notices: ['Bob: binding-made'],
  },
  {
    title: 'the mailbox has another temporary binding: the text goes, the binding is not made',
    sms: { text: '[mail dora@partner.example 2h] hello' },
    bound: [bob, carol, officeLine, carolsPhoneForNow],
    is: 'convert: flagged',
    goesTo: ['Dora by typed-address'],
    notices: ['Bob: binding-taken'],
  },
  {
    title: 'a stranger’s mailbox is not bound',
    sms: { text: '[mail eve@evil.example 2h] hello' },
    is: 'refuse: address-not-allowed',
  },
  {
    title: 'a name that nobody can answer binds nothing',
    sms: { from: 'BANK', canAnswer: false, text: '[mail dora@partner.example 2h] hello' },
    is: 'convert: flagged',
    goesTo: ['Dora by typed-address'],
  },
  {
    title: 'a phone with several talks goes to the mailbox that it bound itself to',
    sms: { text: 'and another thing' },
    talks: [
      { phone: 'Bob', with: 'Anna' },
      { phone: 'Bob', with: 'Dora' },
    ],
    bound: [
      bob,
      carol,
      officeLine,
      { mailbox: 'Dora', phone: 'Bob', origin: 'sms', createdAt: noon, expiresAt: noon + hour },
    ],
    is: 'convert: policy',
    goesTo: ['Dora by temporary-binding'],
  },
  {
    title: 'mails to a mailbox do not follow a phone that bound itself to it',
    mail: { subject: '[sms] Lunch' },
    bound: [
      bob,
      carol,
      officeLine,
      { mailbox: 'Bob', phone: 'Customer', origin: 'sms', createdAt: noon, expiresAt: noon + hour },
    ],
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
  },
]
