// Mails: phone numbers inside mail addresses, and numbers that are never reached.

import type { Row } from './decision-rows.ts'

const tagged = '[sms] Lunch'

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

export const mailNumberRows: readonly Row[] = [...numberAddresses, ...otherAddresses, ...denied]
