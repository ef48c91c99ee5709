// Mails: who may spend the SIM's money, what a machine wrote, and the text that a phone shows.

import { day, noon } from '../world.ts'
import { bob, type Row } from './decision-rows.ts'
import { mailVouchedRows } from './mail-vouched-rows.ts'

const tagged = '[sms] Lunch'
const toBob = ['Bob by binding']

/** A kept copy can be sent again. */
const ages: readonly Row[] = [
  {
    title: 'a mail of the day before yesterday is converted',
    mail: { subject: tagged, date: noon - 2 * day },
    is: 'convert: flagged',
    goesTo: toBob,
  },
  {
    title: 'an older one is refused with a notice: it may be a kept copy',
    mail: { subject: tagged, date: noon - 2 * day - 1 },
    is: 'refuse: too-old',
    notices: ['Anna: too-old'],
  },
  {
    title: 'an older one that nobody flagged is an ordinary mail',
    mail: { date: noon - 30 * day },
    is: 'pass: not-flagged',
  },
]

export const mailTrustRows: readonly Row[] = [
  ...mailVouchedRows,
  ...ages,
  {
    title: 'a listed domain, proven: converted',
    mail: { subject: tagged },
    is: 'convert: flagged',
    goesTo: toBob,
  },
  {
    title: 'a listed address, proven: converted',
    mail: { from: 'UPS', subject: tagged },
    is: 'convert: flagged',
    goesTo: toBob,
  },
  {
    title: 'a listed address in other case: converted',
    mail: { from: 'UPS@Alarm.Example', subject: tagged },
    is: 'convert: flagged',
    goesTo: toBob,
  },
  {
    title: 'another address of that domain: nothing happens, nobody is told',
    mail: { from: 'door@alarm.example', subject: tagged },
    is: 'refuse: sender-not-allowed',
  },
  {
    title: 'a subdomain of a listed domain is another domain',
    mail: { from: 'anna@evil.office.example', subject: tagged },
    is: 'refuse: sender-not-allowed',
  },
  {
    title: 'a domain that only ends like a listed one is another domain',
    mail: { from: 'anna@backoffice.example', subject: tagged },
    is: 'refuse: sender-not-allowed',
  },
  {
    title: 'a stranger gets nothing, also for a number',
    mail: { from: 'Eve', subject: '[sms +4915199999999] Lunch' },
    is: 'refuse: sender-not-allowed',
  },
  {
    title: 'a stranger’s malformed tag is not explained to them',
    mail: { from: 'Eve', subject: '[sms 0170] Lunch' },
    is: 'refuse: sender-not-allowed',
  },
  {
    title: 'a stranger’s unknown token is not explained to them',
    mail: { from: 'Eve', to: ['sms+aaaaaaaaaaaaaaaa@office.example'] },
    is: 'refuse: sender-not-allowed',
  },
  {
    title: 'an allowed sender without proof gets nothing',
    mail: { subject: tagged, proven: false },
    is: 'refuse: sender-not-proven',
  },
  {
    title: 'a malformed tag without proof is not explained',
    mail: { subject: '[sms 0170] Lunch', proven: false },
    is: 'refuse: sender-not-proven',
  },
  {
    title: 'a bound mailbox is allowed without being listed',
    mail: { from: 'Bob', to: ['Carol'], subject: tagged },
    settings: { senders: [] },
    is: 'convert: flagged',
    goesTo: ['Carol by binding'],
  },
  {
    title: 'the fallback mailbox is allowed',
    mail: { from: 'Dora', subject: tagged },
    settings: { senders: [], fallbackMailbox: 'dora@partner.example' },
    is: 'convert: flagged',
    goesTo: toBob,
  },
  {
    title: 'nobody is listed: nobody but the bound is allowed',
    mail: { subject: tagged },
    settings: { senders: [] },
    is: 'refuse: sender-not-allowed',
  },
  {
    title: 'a mail without one clear sender is refused in silence',
    mail: { from: null, subject: tagged },
    is: 'refuse: sender-unclear',
  },

  {
    title: 'an absence note is never converted',
    mail: { automatic: 'replied' },
    bound: [{ ...bob, mailToSms: 'always' }],
    is: 'ignore: automatic-reply',
  },
  {
    title: 'a mailing list is never converted',
    mail: { automatic: 'list', subject: tagged },
    is: 'ignore: list-mail',
  },
  {
    title: 'a mail server’s report is never converted',
    mail: { automatic: 'report', to: ['Box'], answersTalk: [0] },
    talks: [{ phone: 'Bob', with: 'Anna' }],
    is: 'ignore: delivery-report',
  },
  {
    title: 'our own mail coming back is never converted',
    mail: { automatic: 'own', subject: tagged },
    is: 'ignore: own-mail',
  },
  {
    title: 'a machine’s mail that nobody flagged is an ordinary mail',
    mail: { automatic: 'list' },
    is: 'pass: not-flagged',
  },
  {
    title: 'an alarm of a proven sender is converted',
    mail: { from: 'UPS', automatic: 'generated', subject: tagged },
    is: 'convert: flagged',
    goesTo: toBob,
  },
  {
    title: 'an alarm goes out by policy',
    mail: { from: 'UPS', automatic: 'generated' },
    settings: { mailToSms: 'always' },
    is: 'convert: policy',
    goesTo: toBob,
  },
  {
    title: 'an alarm without proof is not converted',
    mail: { from: 'UPS', automatic: 'generated', subject: tagged, proven: false },
    is: 'refuse: sender-not-proven',
  },
  {
    title: 'a machine is never answered: its malformed tag gives no notice',
    mail: { from: 'UPS', automatic: 'generated', subject: '[sms 0170] x' },
    is: 'refuse: tag-malformed',
  },
  {
    title: 'a machine is never answered: its long alarm is cut without a notice',
    mail: { from: 'UPS', automatic: 'generated', subject: tagged, text: 'x'.repeat(2000) },
    is: 'convert: flagged',
    goesTo: toBob,
  },

  {
    title: 'the body goes out, the subject does not',
    mail: { subject: tagged, text: ' At noon? \n' },
    is: 'convert: flagged',
    goesTo: toBob,
    shows: 'At noon?',
  },
  {
    title: 'an empty body: the subject goes out alone',
    mail: { subject: '[sms] Lunch at noon', text: ' \n' },
    is: 'convert: flagged',
    goesTo: toBob,
    shows: 'Lunch at noon',
  },
  {
    title: 'subject in front if configured',
    mail: { subject: tagged, text: 'At noon?' },
    settings: { subject: 'always' },
    is: 'convert: flagged',
    goesTo: toBob,
    shows: 'Lunch\nAt noon?',
  },
  {
    title: 'never the subject: an empty body is refused with a notice',
    mail: { subject: tagged, text: '' },
    settings: { subject: 'never' },
    is: 'refuse: no-text',
    notices: ['Anna: no-text'],
  },
  {
    title: 'no subject and no body: refused with a notice',
    mail: { subject: '[sms]', text: '' },
    is: 'refuse: no-text',
    notices: ['Anna: no-text'],
  },
  {
    title: 'typographic characters are folded where that loses nothing',
    mail: { subject: tagged, text: '“Bob’s” – fine…' },
    is: 'convert: flagged',
    goesTo: toBob,
    shows: '"Bob\'s" - fine...',
  },
  {
    title: 'attachments are named',
    mail: {
      subject: tagged,
      files: [
        ['offer.pdf', 1_200_000],
        ['plan.pdf', 80_400],
      ],
    },
    is: 'convert: flagged',
    goesTo: toBob,
    shows: 'At noon?\n+ 2 files: offer.pdf 1.2 MB, plan.pdf 80 kB',
  },
  {
    title: 'a file at which a mail that was too large ends is named without its size',
    mail: {
      subject: tagged,
      files: [
        ['offer.pdf', 1_200_000],
        ['film.mp4', null],
      ],
      truncated: true,
    },
    is: 'convert: flagged',
    goesTo: toBob,
    shows: 'At noon?\n+ 2 files: offer.pdf 1.2 MB, film.mp4',
  },
  {
    title: 'an attachment alone is sent by its name',
    mail: { subject: '[sms]', text: '', files: [['a.pdf', 900]] },
    is: 'convert: flagged',
    goesTo: toBob,
    shows: '+ 1 file: a.pdf 900 B',
  },
  {
    title: 'an encrypted mail is refused with a notice',
    mail: { subject: tagged, unreadable: 'encrypted' },
    is: 'refuse: encrypted',
    notices: ['Anna: encrypted'],
  },
  {
    title: 'a mail that Outlook packed into winmail.dat is refused with a notice',
    mail: { subject: tagged, unreadable: 'packed' },
    is: 'refuse: packed',
    notices: ['Anna: packed'],
  },
  {
    title: 'a long text is cut and its sender told',
    mail: { subject: tagged, text: 'word '.repeat(100) },
    settings: { partsMax: 1 },
    is: 'convert: flagged',
    goesTo: toBob,
    notices: ['Anna: cut'],
    shows: `${'word '.repeat(31)}...`,
  },
  {
    title: 'a long text is refused with a notice if so configured',
    mail: { subject: tagged, text: 'word '.repeat(100) },
    settings: { partsMax: 1, tooLong: 'refuse' },
    is: 'refuse: too-long',
    notices: ['Anna: too-long'],
  },
  {
    title: 'a text longer than any SMS is cut, also with characters outside of GSM 7',
    mail: { subject: tagged, text: 'Wörter 😀 ж '.repeat(5000) },
    is: 'convert: flagged',
    goesTo: toBob,
    notices: ['Anna: cut'],
  },
  {
    title: 'a text longer than any SMS is refused in the same way',
    mail: { subject: tagged, text: '👩‍👩‍👧'.repeat(9000) },
    settings: { tooLong: 'refuse' },
    is: 'refuse: too-long',
    notices: ['Anna: too-long'],
  },
]
