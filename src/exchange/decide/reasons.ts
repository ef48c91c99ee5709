// Every reason code that the exchange gives for what it did with a message: what it means, and what the operator or the sender can do
// so that the next one goes another way. Codes are stable: scripts read them.
// The table in README.md is this one; test/readme.test.ts compares the two word for word.

import { limitReasons } from './limit-reasons.ts'

export interface ReasonWords {
  readonly means: string
  /** null where nothing is to be done. */
  readonly cure: string | null
  /** The cure for a mail, and for a text, where they differ. */
  readonly ofMail?: string
  readonly ofSms?: string
}

export const reasons = {
  // Exchanged.
  flagged: {
    means: 'the message itself asked to be converted',
    cure: 'leave out what asks for it: the tag, the header field, or the typed address',
    ofMail: 'leave out what asks for it: the tag, the header field, or the number in the address',
    ofSms: 'leave out what asks for it: the tag, the typed address, or the @name',
  },
  answer: { means: 'the message answers one of ours', cure: null },
  command: { means: 'the operator sent it by command', cure: null },
  'missed-call': {
    means: 'somebody called the SIM; the mail says who',
    cure: 'calls.mail = false, or simpost binding set NAME --sms-to-mail never',
  },
  policy: {
    means: 'the binding or the config converts this direction always',
    cure: 'begin the subject with [mail], or the text with [sms]',
    ofMail: 'begin the subject with [mail]',
    ofSms: 'begin the text with [sms]',
  },
  cut: {
    means: 'the text needed more SMS parts than allowed; it was cut',
    cure: 'shorten it, raise exchange.parts_max, or exchange.too_long = "refuse"',
  },

  // Left as it is.
  'flag-0': {
    means: 'the message itself asked to stay what it is',
    cure: 'leave out what asks for it: [mail] in a subject, [sms] in a text, X-SMS-Convert: 0',
    ofMail: 'leave out what asks for it: [mail] in the subject, or the field X-SMS-Convert: 0',
    ofSms: 'leave out what asks for it: [sms] in front of the text, or the flag in its header',
  },
  'not-flagged': {
    means: 'nothing in the message asked to be converted, and the policy wants to be asked',
    cure: 'write [sms] in the subject or [mail] in the text, or set the policy of the binding to always',
    ofMail: 'write [sms] in front of the subject, or simpost binding set NAME --mail-to-sms always',
    ofSms: 'write [mail] in front of the text, or simpost binding set NAME --sms-to-mail always',
  },
  'policy-never': {
    means: 'the binding or the config never converts this direction',
    cure: 'change exchange.mail_to_sms, exchange.sms_to_mail, or the binding',
    ofMail: 'change exchange.mail_to_sms, or simpost binding set NAME --mail-to-sms flagged',
    ofSms: 'change exchange.sms_to_mail, or simpost binding set NAME --sms-to-mail flagged',
  },

  // Written by a program, or here before.
  'automatic-mail': {
    means: 'a program wrote the mail, and the binding or the config drops those',
    cure: 'simpost binding set NAME --automatic allow, or exchange.automatic = "allow"',
  },
  'automatic-reply': {
    means: 'an automatic reply such as an absence note; they are never converted',
    cure: null,
  },
  'list-mail': { means: 'a mail of a mailing list or a bulk mail; they are never converted', cure: null },
  'delivery-report': {
    means:
      'a report of a mail server that names no mail of the box, or says what only people can read; reports are never converted',
    cure: 'read it: a mail of the box may not have arrived',
  },
  'mail-reported': {
    means: 'a mail server reported what became of a mail of the box; it stands with that mail',
    cure: null,
  },
  'own-mail': {
    means: 'one of our own mails came back, or it went through too many gateways',
    cure: 'look for a forwarding rule that points at the box',
  },
  duplicate: { means: 'the same mail was exchanged before, to the same phones', cure: null },
  silent: {
    means: 'a silent SMS (type 0): it only tests whether the SIM can be reached',
    cure: null,
  },
  'sim-data': {
    means: 'the SMS holds data for the SIM or the modem, no text; it is kept',
    cure: null,
  },
  'call-kept': {
    means: 'somebody called the SIM, and calls.mail is off',
    cure: 'calls.mail = true',
  },
  'nothing-waits': {
    means: 'the network says that no more voice or other messages wait',
    cure: null,
  },
  'seen-before': {
    means: 'the mailbox was rebuilt; this mail was judged before and is not judged again',
    cure: null,
  },
  'old-mail': {
    means: 'the mailbox was rebuilt and this mail is older than the first start of the service',
    cure: null,
  },
  'too-old': { means: 'the mail is older than two days', cure: 'send it again as a new mail' },

  // Who may cause an SMS.
  'sender-unclear': {
    means: 'the mail has no sender, several, or a name that looks like another address',
    cure: 'send it from one address, with a plain name',
  },
  'sender-not-allowed': {
    means: 'the sender is not on the list trust.senders and not bound',
    cure: 'add the address or its domain to the list, or bind it',
  },
  'sender-not-proven': {
    means: 'nothing proves that the mail really comes from its sender',
    cure: 'compare trust.authserv_id with the Authentication-Results field of an arrived mail; see trust.method and, for a device, trust.secrets_file',
  },
  'not-addressed': {
    means:
      "no field that the sender's proof covers names the box, or the number: anybody who holds such a mail could have brought it here",
    cure: "write to the box, or to the number's address",
  },

  // Where to.
  'tag-malformed': {
    means: 'a tag at the start is nearly right, but not quite',
    cure: 'use a form of "What people type" in README.md',
  },
  'no-receiving-address': {
    means: 'no receiving address of the mail leads to a phone',
    cure: 'bind the address, or name the number in the tag',
  },
  'token-unknown': {
    means: 'the answer address was never given out',
    cure: 'answer a newer mail, or write a new one with the number in its tag',
  },
  'conversation-expired': {
    means: 'the conversation that the mail answers has ended',
    cure: 'write a new mail with the number in its tag, or raise exchange.reply_window',
  },
  'answer-disagrees': {
    means: 'the mail leads to two different phones',
    cure: 'answer the last mail of one of them, and name no other number',
  },
  ambiguous: {
    means: 'the phone talks with several people; it was asked whom it means, and the text waits',
    cure: 'answer the question on the phone; see exchange.ambiguous and exchange.ask_wait',
  },
  'cannot-answer': { means: 'the SMS came from a name or a short code; nobody can answer those', cure: null },
  'number-own': { means: "the number is the SIM's own", cure: 'use another number' },
  'number-denied': {
    means: 'the number is no phone number, or begins like a premium or satellite number',
    cure: 'write it with + and country code; see exchange.denied_numbers',
  },
  'country-denied': {
    means: 'the number belongs to a country that the config does not list',
    cure: 'add the country to exchange.allowed_countries',
  },
  'address-not-allowed': {
    means: 'the typed mail address is neither bound nor on the list trust.senders',
    cure: 'bind it, or add it to the list',
  },
  'no-mailbox': {
    means: 'no mailbox is bound to the line and there is no fallback; the text is kept',
    cure: 'simpost binding add office@office.example --line, or exchange.fallback_mailbox',
  },

  // What it holds.
  encrypted: { means: 'the mail is encrypted; the box cannot read it', cure: 'send it without encryption' },
  packed: {
    means: 'Outlook packed the text into winmail.dat; the box cannot read it',
    cure: 'send it as HTML or as plain text',
  },
  'charset-refused': {
    means: 'the mail is written in UTF-7, which hides what it says; the box never decodes it',
    cure: 'send it in UTF-8',
  },
  ...limitReasons,
  'no-text': { means: 'the message has no text, no subject and no file', cure: 'write some text' },
  'too-long': {
    means: 'the text needs more SMS parts than allowed',
    cure: 'shorten it, raise exchange.parts_max, or exchange.too_long = "cut"',
  },
  'mail-unreadable': {
    means: 'the mail cannot be parsed; it stays in the mailbox',
    cure: 'read it there',
  },

  // Waiting, and what it costs.
  'quiet-hours': {
    means: 'the phone has quiet hours; the SMS waits until they end',
    cure: 'begin the subject with one of exchange.urgent_words, or simpost binding set NAME with --urgent or --quiet-hours; for all phones exchange.quiet_hours',
    ofSms: 'simpost binding set NAME with --urgent or --quiet-hours; for all phones exchange.quiet_hours',
  },
  'budget-used-up': {
    means: 'a budget is used up; the SMS waits until it renews or an operator releases it',
    cure: 'simpost message release N, or raise the limit in [budget]',
  },
  'budget-warning': { means: 'four fifths of a budget are used', cure: 'see [budget]' },
  'pair-paused': {
    means:
      'the same text, or too many texts, went between the two; they are paused until an operator releases them',
    cure: 'find what repeats it, then simpost message release N; see exchange.repeat_max and exchange.pair_max',
  },
  restored: {
    means:
      'a backup of the database was put back, and what came or waited before may have been sent already; it waits until an operator says so',
    cure: 'if it has not arrived: simpost message release N; else simpost message cancel N',
  },

  // Temporary bindings.
  'binding-made': { means: 'a temporary binding was made', cure: null },
  'binding-taken': {
    means: 'the mailbox or the number has another temporary binding, so no new one was made',
    cure: 'wait until it ends, or simpost binding remove NAME',
  },

  // The SIM's credit.
  'balance-low': {
    means: 'the credit of the SIM is below balance.warn_below',
    cure: 'top up the SIM; see [balance]',
  },
  'balance-unreadable': {
    means: 'three times in a row the network did not say the credit of the SIM as balance.pattern wants it',
    cure: 'compare balance.pattern with the answer: simpost modem ussd CODE',
  },
  'sign-in-refused': {
    means: 'the mail server refuses the sign-in of the box',
    cure: 'sign in again with simpost login, or put the new password into its file',
  },
  'sign-in-ending': {
    means: 'the provider ends the sign-in of the box soon, or it could not be renewed',
    cure: 'sign in again: simpost login',
  },
  'mailbox-out-of-reach': {
    means: 'the box has not reached its mailbox for half an hour',
    cure: 'simpost status says why; the box goes on trying by itself',
  },
  'mail-not-taken': {
    means: 'the mail server takes no mails of the box: a limit is reached, or its address is refused',
    cure: 'ask whoever runs the mailbox; what waits goes out by itself',
  },
  'disk-nearly-full': {
    means: 'the disk of the box is nearly full; once it is full, nothing is taken in',
    cure: 'make room; simpost check says how much there is',
  },
  'database-out-of-use': {
    means: 'the database cannot be written or read; SMS wait on the SIM and mails in the mailbox',
    cure: 'sudo simpost check says what is wrong with it',
  },
  'alarm-over': { means: 'a trouble that the operator was told about has ended', cure: null },

  // How it ended.
  cancelled: { means: 'the operator cancelled it before anything went out', cure: null },
  'sms-failed': { means: 'the SMS could not be delivered', cure: 'simpost message show N says why' },
  'sms-delayed': {
    means: 'the SMS has not reached the phone after an hour, and it is still tried',
    cure: 'simpost message show N says why',
  },
  'sms-delivered': { means: 'the phone has the SMS', cure: null },
  'sms-relayed': {
    means: 'the network took the SMS and did not say whether it arrived',
    cure: null,
  },
  'mail-undelivered': {
    means: 'a mail of the box did not arrive',
    cure: 'correct the address, then simpost message retry N; the SMS is in the box: simpost message show N',
  },
  'sms-uncertain': {
    means: 'nobody can tell whether the SMS was sent',
    cure: 'ask the person; see exchange.uncertain',
  },
  'internal-error': {
    means: 'a defect in Simpost; the message is kept',
    cure: 'please send us the log line',
  },
} as const satisfies Readonly<Record<string, ReasonWords>>

export type Reason = keyof typeof reasons

/** The cure in the words for one medium; null where nothing is to be done. */
export function cureOf(reason: Reason, medium: 'mail' | 'sms'): string | null {
  const { cure, ofMail, ofSms }: ReasonWords = reasons[reason]
  return (medium === 'mail' ? ofMail : ofSms) ?? cure
}
