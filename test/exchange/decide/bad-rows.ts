// Bad input: refused with a reason or taken for plain text, nothing sent to a wrong place, nothing lost.

import { bob, carol, officeLine, type Row } from './decision-rows.ts'

const refused = { is: 'refuse: tag-malformed', notices: ['Anna: tag-malformed'] }
const rlo = '\u202e'

export const badRows: readonly Row[] = [
  { title: 'a number with letters', mail: { subject: '[sms +49170CALLME] x' }, ...refused },
  { title: 'a number with an extension', mail: { subject: '[sms +4917012345678;ext=1] x' }, ...refused },
  {
    title: 'a national number in a tag: nobody guesses',
    mail: { subject: '[sms 017012345678] x' },
    ...refused,
  },
  { title: 'two numbers in one tag', mail: { subject: '[sms +4917012345678 +4917023456789] x' }, ...refused },
  { title: 'a tag without its bracket', mail: { subject: '[sms +4917012345678 x' }, ...refused },
  { title: 'a time in words', mail: { subject: '[sms +4915199999999 2 hours] x' }, ...refused },
  { title: 'a time of five weeks', mail: { subject: '[sms +4915199999999 5w] x' }, ...refused },
  { title: 'a time of nothing', mail: { subject: '[sms +4915199999999 0h] x' }, ...refused },
  { title: 'two tags that disagree', mail: { subject: '[sms] [mail] x' }, ...refused },
  {
    title: 'a tag with a right-to-left override',
    mail: { subject: `[sms ${rlo}+4917012345678] x` },
    ...refused,
  },
  {
    title: 'full-width digits in a tag',
    mail: { subject: '[sms ＋４９１７０１２３４５６７８] x' },
    ...refused,
  },
  {
    title: 'header and tag name different phones',
    mail: { to: ['Box'], smsTo: '+4917012345678', subject: '[sms +4917023456789] x' },
    ...refused,
  },
  {
    title: 'header and tag name the same phone',
    mail: { to: ['Box'], smsTo: '0170 12345678', subject: '[sms +4917012345678] x' },
    is: 'convert: flagged',
    goesTo: ['Bob by temporary-binding'],
  },
  {
    title: 'a header field with a line feed and another header behind it',
    mail: { to: ['Box'], smsTo: '+4917012345678\nBcc: eve@evil.example' },
    ...refused,
  },
  {
    title: 'a tag that is only quoted in the text counts for nothing',
    mail: { text: '> [sms +4915199999999] hello', subject: 'Re: [sms +4915199999999] hello' },
    is: 'pass: not-flagged',
  },
  {
    title: 'a subject of 10 000 characters is no way round the part limit',
    mail: { subject: `[sms] ${'x'.repeat(10_000)}`, text: '' },
    is: 'convert: flagged',
    goesTo: ['Bob by binding'],
    notices: ['Anna: cut'],
  },
  {
    title: 'and is refused where cut texts are',
    mail: { subject: `[sms] ${'x'.repeat(10_000)}`, text: '' },
    settings: { tooLong: 'refuse' },
    is: 'refuse: too-long',
    notices: ['Anna: too-long'],
  },
  {
    title: 'a mail of nothing but a tag has nothing to send',
    mail: { subject: '[sms]', text: ' \n ' },
    is: 'refuse: no-text',
    notices: ['Anna: no-text'],
  },
  {
    title: 'a binding that points at the SIM itself sends nothing',
    mail: { subject: '[sms] x' },
    bound: [{ ...bob, phone: 'SIM' }, carol],
    is: 'refuse: number-own',
    notices: ['Anna: number-own'],
  },
  {
    title: 'an address with a line feed in an SMS',
    sms: { text: '[mail carol@office\n.example] hello' },
    is: 'refuse: tag-malformed',
    notices: ['Bob: tag-malformed'],
  },
  {
    title: 'an address with a header behind it in an SMS is plain text',
    sms: { text: 'carol@office.example\r\nBcc:eve@evil.example hello' },
    is: 'convert: flagged',
    goesTo: ['Carol by typed-address'],
    shows: 'Bcc:eve@evil.example hello\n',
  },
  {
    title: 'the address of the box itself, typed in an SMS, means the line: the box reads no mails',
    sms: { text: 'sms@office.example please call' },
    is: 'convert: flagged',
    goesTo: ['Office by line'],
    shows: 'please call\n',
  },
  {
    title: 'an SMS with right-to-left overrides is text, and leads nowhere else',
    sms: { text: `${rlo}]elpmaxe.live@eve liam[` },
    is: 'convert: policy',
    goesTo: ['Office by line'],
  },
  {
    title: 'an empty SMS is passed to the office: somebody sent it',
    sms: { text: ' \n' },
    bound: [bob, carol, officeLine],
    is: 'convert: policy',
    goesTo: ['Office by line'],
  },
]
