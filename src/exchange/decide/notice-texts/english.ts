// The notices in English.

import { englishAlarms } from './alarms/english.ts'
import { asWritten, fieldForms, paragraphs, smsForms, subjectForms, type Words } from './words.ts'

const nameThePhone =
  'Write a new mail that names the phone at the start of its subject: [sms +4917012345678] …'

const notRead = (why: string, cure: string): string =>
  paragraphs(`Your mail was not sent as an SMS: ${why}`, cure)

const mails: Words['mails'] = {
  'tag-malformed': paragraphs(
    'Your mail was not sent as an SMS: the tag or header field that says where to send it was not understood ({detail}).',
    `These forms work at the start of a subject:\n${subjectForms('m, h, d or w; four weeks at most', 'never as an SMS')}`,
    `Programs may write header fields instead:\n${fieldForms}`,
  ),
  'no-receiving-address': paragraphs(
    'Your mail was not sent as an SMS: no phone belongs to the address it went to ({detail}).',
    'Name the phone at the start of the subject, [sms +4917012345678] …, or ask the operator of the box to bind the address to a phone.',
  ),
  'token-unknown': paragraphs(
    'Your mail was not sent as an SMS: the address you answered to is not valid, or no longer ({detail}).',
    nameThePhone,
  ),
  'conversation-expired': paragraphs(
    'Your answer was not sent as an SMS: you answered too late, and the conversation has ended ({detail}).',
    nameThePhone,
  ),
  'answer-disagrees': paragraphs(
    'Your mail was not sent as an SMS: it leads to two different phones ({detail}), and nobody should get what is meant for somebody else.',
    'Answer the last mail that came from the phone you mean, and name no other number.',
  ),
  'cannot-answer': paragraphs(
    'Your answer was not sent: the SMS came from a name or a short code ({detail}), and nobody can answer those.',
    'Look into the SMS for a phone number or an address that can be answered.',
  ),
  'number-own': paragraphs(
    'Your mail was not sent as an SMS: {detail} is the number of the box itself.',
    'Name the phone of the person you want to reach: [sms +4917012345678] … at the start of the subject.',
  ),
  'number-denied': paragraphs(
    'Your mail was not sent as an SMS: the box may not text this number ({detail}).',
    'Look whether it is complete and begins with + and the country code. If it is right, ask the operator of the box to allow it.',
  ),
  'country-denied': paragraphs(
    'Your mail was not sent as an SMS: the box does not text to the country of this number ({detail}).',
    'Look whether the country code is right. If it is, ask the operator of the box to allow the country (exchange.allowed_countries).',
  ),
  'too-old': paragraphs(
    'Your mail was not sent as an SMS: it is older than two days ({detail}).',
    'If it still matters, send it again as a new mail.',
  ),
  'not-addressed': paragraphs(
    'Your mail was not sent as an SMS: it reached the box without being addressed to it ({detail}).',
    'Write the address of the box, or that of the number, into To or Cc.',
    'If it stands there already, your mail system does not sign that field: write [sms +4917012345678] … at the start of the subject instead.',
  ),
  encrypted: paragraphs(
    'Your mail was not sent as an SMS: it is encrypted, and the box cannot read it.',
    'Send it without encryption. Mind that an SMS is as open as a postcard.',
  ),
  packed: paragraphs(
    'Your mail was not sent as an SMS: Outlook packed its text into a file named winmail.dat, which the box cannot read.',
    'Send it again as HTML or as plain text. In Outlook you find both under “Format Text”.',
  ),
  'charset-refused': notRead(
    'it is written in UTF-7, which can hide what it says, so the box does not read it.',
    'Send it in UTF-8, as every mail program can.',
  ),
  'mail-too-large': notRead(
    'it is too large, and there is no text at its beginning.',
    'Send it without the large files.',
  ),
  'mail-too-slow': notRead(
    'reading it took more time or memory than the box has for one mail.',
    'Send it as plain text.',
  ),
  'header-too-large': notRead(
    'its header is too large.',
    'Send it as a new mail, not as an answer or a forwarded one.',
  ),
  'field-too-large': notRead(
    'its subject or the list of people it goes to is too large.',
    'Shorten the subject, and send it to fewer people.',
  ),
  'too-many-addresses': notRead('it goes to more than 200 people.', 'Send it to fewer people.'),
  'too-many-encoded-words': notRead('its subject or the name of its sender is much too long.', 'Shorten it.'),
  'parts-too-deep': notRead(
    'there are too many mails inside each other in it, and no text before them.',
    'Send the text itself instead of a forwarded mail.',
  ),
  'too-many-parts': notRead(
    'there are too many files in it, and no text before them.',
    'Send it with fewer files.',
  ),
  'text-too-large': notRead('its text stands behind too much formatting.', 'Send it as plain text.'),
  'no-text': paragraphs(
    'Your mail was not sent as an SMS: there is no text in it.',
    'Write some text, and send it again.',
  ),
  'too-long': paragraphs(
    'Your mail was not sent as an SMS: it is too long ({detail}).',
    'Shorten it and send it again. One SMS holds 160 letters, or 70 with emoji or other scripts.',
  ),
  cut: paragraphs(
    'Your mail is too long for an SMS, so its end is left out ({detail}). The SMS ends with “ ...”.',
    'If the end matters, send it as a second mail.',
  ),
  'address-not-allowed': paragraphs(
    'An SMS was not sent on as a mail: its writer typed an address that this box may not write to ({detail}).',
    'To allow it, the operator of the box binds the address or lists it in trust.senders. The SMS itself: simpost message list --inbox',
  ),
  'sms-failed': paragraphs(
    'Your mail could not be delivered as an SMS ({detail}).',
    'Look whether the number is right, then send it again, or call.',
  ),
  'sms-delayed': paragraphs(
    'Your mail has not reached the phone as an SMS yet ({detail}). It is still tried.',
    'You need not send it again. If it fails for good, you will hear of it; if it cannot wait, call.',
  ),
  'sms-delivered': paragraphs(
    'Your mail has reached the phone as an SMS ({detail}).',
    'There is nothing to do. You get this because the box was asked to confirm what arrives.',
  ),
  'sms-relayed': paragraphs(
    'Your mail was handed to the network as an SMS, and the network did not say whether it arrived ({detail}).',
    'Mostly it has. If it matters, ask the person.',
  ),
  'delivery-report': paragraphs(
    'A mail server wrote to the box about one of its mails, in a form that only a person can read ({detail}). Perhaps that mail did not arrive.',
    'Read what it says: it lies in the mailbox of the box. Which SMS it is about: simpost message list',
  ),
  'sms-uncertain': paragraphs(
    'Nobody can tell whether your mail reached the phone as an SMS: there was no clear answer from the network ({detail}).',
    'It is not sent again by itself, so that nobody gets it twice. Ask the person, or send it again.',
  ),
  'pair-paused': paragraphs(
    'So much went between these two, or the same so often, that it looks like a loop. So the box has paused them ({detail}). What comes for them now waits; nothing is lost.',
    'Mostly a program or a forwarding rule answers by itself: find it and stop it. Then the operator of the box lets the messages go on: simpost message list, simpost message release N',
  ),
  'budget-used-up': paragraphs(
    'An SMS waits, because no more may be sent for now ({detail}). It is not lost: it goes out as soon as the budget renews and has room for it.',
    'If it cannot wait, the operator of the box can send it at once, simpost message release N, or raise the limit in the section [budget] of the config.',
  ),
  'budget-warning': paragraphs(
    'Four fifths of the SMS budget are used ({detail}). Once it is used up, SMS wait until it renews.',
    'If more have to go out, raise the limit in the section [budget] of the config. Today’s figures: simpost status',
  ),
  'binding-made': paragraphs(
    'This mail address and this phone belong together for a while now: {detail}',
    'Until then the box exchanges messages between the two. It ends by itself. To end it earlier, ask the operator of the box: simpost binding remove ADDRESS --temporary',
  ),
  'binding-taken': paragraphs(
    'Your message goes its way, but the mail address and the phone were not bound for a while, because one of them is bound already: {detail}',
    'Wait until that ends and send the tag again, or ask the operator of the box to end it: simpost binding remove ADDRESS',
  ),
  'balance-low': paragraphs(
    'The credit of the SIM is running low: {detail}.',
    'Top it up: without credit the box can send no SMS. What it knows of the credit: simpost status',
  ),
  'balance-unreadable': paragraphs(
    'Three times in a row the network did not tell the credit of the SIM in a form that the box understands. It said: {detail}',
    'Compare it with balance.code and balance.pattern in the config. To ask by hand: simpost modem ussd CODE',
  ),
}

export const english: Words = {
  typeset: asWritten,
  subjects: {
    notSent: 'Not sent as SMS',
    notMail: 'Not sent as mail',
    cut: 'Cut for SMS',
    delayed: 'SMS delayed',
    delivered: 'SMS delivered',
    relayed: 'SMS handed over',
    undelivered: 'Mail not delivered',
    uncertain: 'Perhaps not sent as SMS',
    waits: 'SMS waits',
    budget: 'SMS budget',
    bound: 'Bound for a while',
    notBound: 'Not bound',
    credit: 'Credit of the SIM',
    attention: 'Attention',
    over: 'It is over',
  },
  colon: ': ',
  mails,
  tagInSms: paragraphs(
    'An SMS was not sent on as a mail: the tag that says where to send it was not understood ({detail}).',
    `These forms work at the start of an SMS:\n${smsForms('m, h, d or w; four weeks at most', 'never as a mail')}`,
    'It has to be sent again in one of these forms; the phone was not told. The SMS itself: simpost message list --inbox',
  ),
  otherwise: paragraphs(
    'Your message was not sent on ({detail}).',
    'Ask the operator of the box, who finds it with: simpost message list',
  ),
  reasonLine: '(reason: {reason})',
  question: {
    full: 'For whom is this? Your text waits. Please answer with {names}',
    bare: 'For whom is this? Your text waits. Please answer with @ and the name of the person.',
  },
  alarms: englishAlarms,
  or: ' or ',
  remarks: {
    waiting: 'The network says that messages wait: {kinds}.',
    waitingOver: 'The network says that no more of these wait: {kinds}.',
    waitingKinds: {
      voice: 'voice messages',
      fax: 'fax messages',
      email: 'e-mails',
      video: 'video messages',
      other: 'other messages',
    },
    mms: 'An MMS (picture message) was announced. The box cannot fetch or show it.',
    mmsFacts: {
      from: 'From: {value}',
      subject: 'Subject: {value}',
      size: 'Size: {value}',
      expiresAt: 'Can be fetched until: {value}',
      messageClass: 'Class: {value}',
      host: 'Lies on: {value}',
    },
    mmsClasses: {
      personal: 'personal',
      advertisement: 'advertisement',
      informational: 'information',
      auto: 'automatic',
    },
    data: 'A data message for a program came. It is no text.',
    dataText: 'A message for a program came. It can be read as text:',
    compressed: 'A compressed text came. The box cannot unpack it. Its raw form:',
    push: 'It is a WAP push with this content: {type}.',
    port: 'It was sent to a program, not to a person; port: {port}.',
    provisioning:
      'It would change the settings of a phone. The box uses none of them. If nobody asked for them, ask the operator.',
    undecodable: 'An SMS came that cannot be decoded. Its raw form:',
    cannotAnswer: 'The sender is a name or a short code and cannot be answered.',
    replaces: 'This SMS takes the place of an earlier one of the same sender, if there was one.',
    returnCall: 'The sender asks to be called back.',
    missedCall: 'Missed call from {caller}, {time}',
    missedCallWithheld: 'Missed call, number withheld or unknown, {time}',
    rings: 'Rings: {rings}',
    headerDamaged: 'Something is wrong in the header of this SMS: {header}.',
    severalPeople: 'This phone talks with several people: {names}. Nobody can tell whom it answers.',
    partsMissing: '{missing} of {parts} parts of this SMS have not arrived.',
  },
}
