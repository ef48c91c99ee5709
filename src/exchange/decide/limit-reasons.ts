// The reasons for which a mail is not taken because it breaks a limit of reading (mail/read/mail-limits.ts): a part of the table in
// reasons.ts, which holds the rules for both.

import type { MailLimit } from '../../domain/message.ts'
import type { ReasonWords } from './reasons.ts'

export const limitReasons = {
  'mail-too-large': {
    means: 'the mail is larger than mail.size_max_mb, and its first 256 KiB hold no text',
    cure: 'send it without the large files, or raise mail.size_max_mb',
  },
  'mail-too-slow': {
    means: 'the mail could not be read in 5 s, or took too much memory; it was tried twice',
    cure: 'send it as plain text',
  },
  'header-too-large': {
    means: 'the header of the mail is larger than 64 KiB',
    cure: 'send it anew instead of answering or forwarding',
  },
  'field-too-large': {
    means: 'a field of the header that says where the mail goes, or its subject, is larger than 16 KiB',
    cure: 'send it to fewer people',
  },
  'too-many-addresses': {
    means: 'To or Cc of the mail name more than 200 addresses',
    cure: 'send it to fewer people',
  },
  'too-many-encoded-words': {
    means: 'the subject or the sender of the mail is made of more than 300 encoded words',
    cure: 'shorten it',
  },
  'parts-too-deep': {
    means: 'the mail nests more than 20 parts inside each other, and no text stands before them',
    cure: 'send the text itself, not mails inside mails',
  },
  'too-many-parts': {
    means: 'the mail has more than 100 parts, and no text stands before them',
    cure: 'send it with fewer files',
  },
  'text-too-large': {
    means: 'the text of the mail begins behind the 256 KiB that are read of a part',
    cure: 'send it as plain text',
  },
} as const satisfies Readonly<Record<MailLimit, ReasonWords>>

/** True if a mail with this reason breaks a limit of reading: nobody knows in whole what it says, or to whom. */
export function isLimit(reason: string | null): reason is MailLimit {
  return reason !== null && Object.hasOwn(limitReasons, reason)
}
