// A raw mail (RFC 5322, MIME) to what the exchange judges and converts: one reader for the mailbox and for `explain`.
// Invariant: bad content never throws and never hangs; only what is no mail at all is MAIL_MALFORMED.

import { domainOf, mailKey } from '../../domain/address.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Authentication, IncomingMail, MailLimit, NamedAddress } from '../../domain/message.ts'
import { countEncodedWords, decodeHeaderText, decodeName, encodedWordsMax } from '../header/charset.ts'
import { parseAddressList, readAuthor } from '../header/mail-addresses.ts'
import {
  answersOf,
  every,
  type HeaderField,
  messageIdOf,
  parseDate,
  returnPathOf,
  topmost,
} from '../header/mail-headers.ts'
import { authenticate, unproven } from '../trust/authentication.ts'
import { type ResolveTxt, verifyDkim } from '../trust/dkim.ts'
import { signedFields } from '../trust/dkim-fields.ts'
import { checkSecret, type SecretCheck } from '../trust/sender-secret.ts'
import { automaticOf } from './automatic-mail.ts'
import { readReport, returnedHeader } from './delivery-report.ts'
import { headerToReturn } from './header-to-return.ts'
import { subjectCharsMax } from './mail-limits.ts'
import { type MailText, readMailText } from './mail-text.ts'
import { type ParsedMail, parseMime } from './mime-tree.ts'
import { openSigned } from './opaque-signed.ts'

export interface ContentOptions {
  /** Our instance id in X-SMS-Bridge. */
  readonly ownInstance: string
  /** Fields in which our mail server records the recipient; normally `defaultRecordedFields`. */
  readonly recordedFields: readonly string[]
  /** The mail was too large and `raw` holds only its first octets: the size of its last attachment is not known then. */
  readonly truncated: boolean
}

export interface ReadMailOptions extends ContentOptions {
  /** The authserv-id our mail server writes (RFC 8601); null if not configured. */
  readonly authservId: string | null
  readonly trustMethod: 'authentication-results' | 'dkim' | 'from'
  /** The secret of a sender (any case of the address); null if it has none. Left out: nobody has one. */
  readonly secretOf?: (address: string) => string | null
  /** How keys of DKIM signatures are asked for; left out: from the DNS servers of the computer. */
  readonly resolveTxt?: ResolveTxt
  /** False for senders that nobody allowed: no DNS server is asked about them. Default: true. */
  readonly isAllowed?: (address: string) => boolean
}

/** What a mail says, before it is known whose words they are: plain data, which one thread can hand to another. */
export interface MailContent extends Omit<IncomingMail, 'authentication' | 'carriesSecret' | 'header'> {
  readonly fields: readonly HeaderField[]
}

/** Reads the content of a mail; null if there is no header field at all. */
export type ReadContent = (raw: Buffer, options: ContentOptions) => Promise<MailContent | null>

/** Postfix and Dovecot, Postfix, Exim. */
export const defaultRecordedFields: readonly string[] = ['Delivered-To', 'X-Original-To', 'Envelope-To']

const answerSubject =
  /^\s*(?:re|aw|antw|antwort|sv|vs|ref|rif|r|odp|回复|回覆|答复|答覆|返信)(?:\s*\[\d{1,3}\])?\s*[:：]/i
const forwardSubject = /^\s*(?:fwd?|wg|tr|i|rv|enc|doorst|vb|vl|pd|转发|轉寄|転送)\s*[:：]/i

function recipients(fields: readonly HeaderField[], name: string): NamedAddress[] {
  const list = every(fields, name).flatMap((value) => parseAddressList(value, decodeHeaderText).addresses)
  const seen = new Set<string>()
  return list.filter(({ address }) => !seen.has(mailKey(address)) && seen.add(mailKey(address)))
}

/** Only the topmost field of each name: a forwarded mail carries older ones below. */
function recordedRecipients(fields: readonly HeaderField[], names: readonly string[]): string[] {
  const found = new Map<string, string>()
  for (const name of names)
    for (const { address } of parseAddressList(topmost(fields, name.toLowerCase()) ?? '', decodeHeaderText)
      .addresses)
      if (!found.has(mailKey(address))) found.set(mailKey(address), address)
  return [...found.values()]
}

function decodedField(fields: readonly HeaderField[], name: string): string | null {
  const value = topmost(fields, name)
  return value === null ? null : decodeHeaderText(value)
}

/** All fields of that name in one text: two that ask for different things must not pass for the first of them. */
function decodedFields(fields: readonly HeaderField[], name: string): string | null {
  const values = [...new Set(every(fields, name))]
  return values.length === 0 ? null : values.map(decodeHeaderText).join(', ')
}

/** What is known about the sender, the cheapest proof first: a right secret needs no question to DNS. */
async function authenticateMail(
  raw: Buffer,
  fields: readonly HeaderField[],
  from: string | null,
  { outcome, ...options }: ReadMailOptions & Pick<SecretCheck, 'outcome'>,
): Promise<Authentication> {
  const fromDomain = from === null ? null : domainOf(from)
  if (outcome === 'right')
    return { proven: true, failed: false, vouched: 'all', evidence: 'the secret of its sender' }
  const { trustMethod } = options
  const signed = (): readonly string[] | null => (fromDomain === null ? null : signedFields(raw, fromDomain))
  const judged =
    trustMethod !== 'dkim'
      ? authenticate({ fields, from, signed: signed() }, { ...options, trustMethod })
      : options.truncated
        ? unproven('the mail is too large to check its signature')
        : from !== null && options.isAllowed?.(from) === false
          ? unproven('not asked, for nobody allowed this sender')
          : await verifyDkim(raw, fromDomain, options.resolveTxt)
  return outcome === 'absent' ? judged : { ...judged, evidence: `a wrong secret; ${judged.evidence}` }
}

/** Why the addresses of a mail are not known in whole; null: they are. */
function headerLimitOf({ fields, headerLimit }: ParsedMail): MailLimit | null {
  if (headerLimit !== null) return headerLimit
  const lists = ['to', 'cc'].flatMap((name) => every(fields, name))
  if (lists.some((value) => parseAddressList(value, () => '').cut)) return 'too-many-addresses'
  const words = ['from', 'subject'].flatMap((name) => every(fields, name))
  return words.some((value) => countEncodedWords(value) > encodedWordsMax) ? 'too-many-encoded-words' : null
}

/** Why a mail without text may have had one; null: it has some, or it has none. */
function textLimitOf(
  { treeLimit }: ParsedMail,
  { text, cut }: MailText,
  truncated: boolean,
): MailLimit | null {
  if (text.trim() !== '') return null
  return treeLimit ?? (cut ? 'text-too-large' : truncated ? 'mail-too-large' : null)
}

function contentOf(parsed: ParsedMail, options: ContentOptions): MailContent {
  const { fields, root } = parsed
  const { from, fromProblem } = readAuthor(every(fields, 'from'), decodeName)
  const subject = (decodedField(fields, 'subject') ?? '').slice(0, subjectCharsMax)
  const answers = answersOf(fields)
  const returnPath = returnPathOf(fields)
  const isAnswer = !forwardSubject.test(subject) && (answers.length > 0 || answerSubject.test(subject))
  const content = readMailText(root, { answers: isAnswer, truncated: options.truncated })
  const automatic = automaticOf({
    fields,
    type: root.type,
    reportType: root.params['report-type'] ?? '',
    returned: returnedHeader(root),
    returnPath,
    from: from?.address ?? null,
    subject,
    ownInstance: options.ownInstance,
  })
  return {
    medium: 'mail',
    fields,
    from,
    fromProblem,
    returnPath,
    to: recipients(fields, 'to'),
    cc: recipients(fields, 'cc'),
    recorded: recordedRecipients(fields, options.recordedFields),
    subject,
    messageId: messageIdOf(fields),
    answers,
    date: parseDate(topmost(fields, 'date')),
    flagField: decodedFields(fields, 'x-sms-convert'),
    toField: decodedFields(fields, 'x-sms-to'),
    automatic,
    report: readReport(root, { automatic, ownInstance: options.ownInstance }),
    reportField: decodedField(fields, 'x-sms-report'),
    text: content.text,
    unreadable:
      headerLimitOf(parsed) ?? content.unreadable ?? textLimitOf(parsed, content, options.truncated),
    attachments: content.attachments,
    truncated: options.truncated,
  }
}

/**
 * Reads what a mail says.
 * @param raw the mail as it lies on the server, or its first octets
 * @param run runs the part of the work that other work cannot interrupt, and may throw to give it up
 * @returns null if there is no header field at all
 */
export async function readContent(
  raw: Buffer,
  options: ContentOptions,
  run: <T>(work: () => T) => T = (work) => work(),
): Promise<MailContent | null> {
  const parsed = await parseMime(raw)
  if (parsed === null) return null
  const root = await openSigned(parsed.root)
  return run(() => contentOf({ ...parsed, root }, options))
}

/**
 * Reads a mail.
 * @param raw the mail as it lies on the server, or its first octets
 * @param read how its content is read; without limits of time if left out
 * @throws GatewayError MAIL_MALFORMED if it has no header field at all, and what `read` and `secretOf` throw
 */
export async function readMail(
  raw: Buffer,
  options: ReadMailOptions,
  read: ReadContent = readContent,
): Promise<IncomingMail> {
  const { ownInstance, recordedFields, truncated } = options
  const content = await read(raw, { ownInstance, recordedFields, truncated })
  if (content === null)
    throw new GatewayError('MAIL_MALFORMED', 'the mail has no header', {
      hint: 'look at the file: it must begin with lines such as "From: a@example.org"',
      context: { octets: raw.length },
    })
  const { fields, ...mail } = content
  const { from } = mail
  const secret = from === null ? null : (options.secretOf?.(from.address) ?? null)
  const { outcome, subject, text } = checkSecret({ fields, subject: mail.subject, text: mail.text, secret })
  return {
    ...mail,
    ...{ subject, text },
    // A subject in which a word was cut or hidden holds it, wherever it stands.
    header: headerToReturn(fields, outcome !== 'absent' || subject !== mail.subject),
    authentication: await authenticateMail(raw, fields, from?.address ?? null, { ...options, outcome }),
    carriesSecret: outcome !== 'absent',
  }
}
