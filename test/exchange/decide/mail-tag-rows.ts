// Mails: tags that are nearly right, and what only looks like a tag.

import type { Row } from './decision-rows.ts'

/** A tag that is nearly right is shown to its writer and never guessed. */
const malformed = [
  '[sms 0170 12345678] Lunch',
  '[sms 017012345678] Lunch',
  '[sms +49170x2345678] Lunch',
  '[sms +4917012345678 2 hours] Lunch',
  '[sms +4917012345678 2y] Lunch',
  '[sms +4917012345678 5w] Lunch',
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

export const mailTagRows: readonly Row[] = [...malformed, ...ordinary]
