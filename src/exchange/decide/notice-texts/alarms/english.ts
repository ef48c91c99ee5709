// What the operator hears, in English: by mail, and by SMS where no mail can leave.

import { type AlarmWords, paragraphs } from '../words.ts'

export const englishAlarms: AlarmWords = {
  mails: {
    'sign-in-refused': paragraphs(
      'The mail server no longer lets the box sign in, so mail and SMS do not reach each other: {detail}',
      'Sign in again, or put the new password into its file. What arrives until then waits and is not lost. The box tries again by itself: simpost status',
    ),
    'sign-in-ending': paragraphs(
      'The sign-in of the box at the mail provider ends soon, or could not be renewed: {detail}',
      'Sign in again before that: simpost login. Until then mail and SMS go on.',
    ),
    'mailbox-out-of-reach': paragraphs(
      'For half an hour the box has not reached its mailbox, so mails do not become SMS: {detail}',
      'Mostly the network or the mail server is down and comes back by itself; the box goes on trying, and no mail is lost. If it lasts: simpost status',
    ),
    'mail-not-taken': paragraphs(
      'The mail server takes no mail of the box, so SMS do not arrive as mails: {detail}',
      'Ask whoever runs the mailbox: mostly it has a limit of mails a day, or the box may not write from its address. What waits goes out by itself: simpost status',
    ),
    'mail-undelivered': paragraphs(
      'A mail by which the box passed a message on did not arrive ({detail}).',
      'The message is not lost. An SMS can be read on the box, and sent once more when the address is right: simpost message list, simpost message show N, simpost message retry N. A mail that was sent on lies in the mailbox of the box, among those that are done.',
    ),
    'disk-nearly-full': paragraphs(
      'The disk of the box is nearly full: {detail}',
      'Make room before it is full: after that the box takes nothing in, SMS wait on the SIM and mails in the mailbox. What fills it: sudo du -xh / | sort -h | tail',
    ),
    'database-out-of-use': paragraphs(
      'The box cannot use its database and passes nothing on: {detail}',
      'Nothing is lost: SMS wait on the SIM and mails in the mailbox until it is mended. What to do says: sudo simpost check',
    ),
    'alarm-over': paragraphs(
      'What the box told you about is over: {detail}',
      'What waited goes on by itself. Nothing is to be done.',
    ),
  },
  sms: {
    'sign-in-refused':
      'Simpost: the mail server refuses the sign-in, no mail goes or comes. See: simpost status. {detail}',
    'sign-in-ending': 'Simpost: the sign-in at the mail provider ends soon: simpost login. {detail}',
    'mailbox-out-of-reach':
      'Simpost: the mailbox is out of reach, mails do not become SMS. See: simpost status. {detail}',
    'mail-not-taken': 'Simpost: the mail server takes no mails of the box. See: simpost status. {detail}',
    'mail-undelivered': 'Simpost: mails to you come back, SMS may stay unread. See: simpost status. {detail}',
    'disk-nearly-full': 'Simpost: the disk is nearly full. See: simpost check. {detail}',
    'database-out-of-use':
      'Simpost: the database cannot be used, nothing is passed on. See: simpost check. {detail}',
    'alarm-over': 'Simpost: over. {detail}',
  },
}
