// Mails: over a limit of reading. Whoever is known and proven hears of it; nobody else does.

import type { Row } from './decision-rows.ts'

export const mailLimitRows: readonly Row[] = [
  {
    title:
      'a mail that breaks a limit of reading is refused with a notice, whatever else may be wrong with its addresses',
    mail: { subject: '[sms] Lunch', to: [], unreadable: 'too-many-addresses' },
    is: 'refuse: too-many-addresses',
    notices: ['Anna: too-many-addresses'],
  },
  {
    title: 'a mail of a stranger that breaks a limit is refused without a word',
    mail: { from: 'eve@evil.example', subject: '[sms] Lunch', unreadable: 'mail-too-slow' },
    is: 'refuse: sender-not-allowed',
  },
  {
    title: 'an alarm that breaks a limit is refused, and the machine is told nothing',
    mail: {
      subject: '[sms] Lunch',
      unreadable: 'too-many-parts',
      automatic: 'generated',
    },
    is: 'refuse: too-many-parts',
  },
  {
    title: 'a mail that nobody wants converted stays a mail, whatever limit it breaks',
    mail: { subject: 'Lunch', unreadable: 'mail-too-large' },
    is: 'pass: not-flagged',
  },
]
