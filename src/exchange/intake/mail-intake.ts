// Takes mails from the mail side: parse, decide, commit, and say where the mail belongs on the server. Invariant: a mail is known by
// (folder, UIDVALIDITY, UID) and by the digest of its content; the same content reaches the same phone once, however many copies come.

import { createHash } from 'node:crypto'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import type { IncomingMail, StoredMail } from '../../domain/message.ts'
import { oneAtATime } from '../../domain/one-at-a-time.ts'
import type { MailIntake, MailPlace } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import { handledUntil } from '../../store/backup/restored.ts'
import type { Decision } from '../decide/decision.ts'
import { isLimit } from '../decide/limit-reasons.ts'
import { decideMail } from '../decide/mail-to-sms.ts'
import { type Desk, worldOf } from '../desk.ts'
import { holdIfHandled } from '../handled-before.ts'
import { commitOrHold, decideOrHold, plainDecision, wakeFor } from '../outcome.ts'
import { prepareMail } from '../record.ts'

/** Reads a mail. Throws GatewayError: MAIL_MALFORMED if it is none, others where the trouble is ours. */
export type ReadStoredMail = (mail: Pick<StoredMail, 'raw' | 'truncated'>) => Promise<IncomingMail>

/**
 * The same for every copy of a mail, whatever trace fields its way added, and whatever somebody changed that no signature covers. A mail
 * without Message-ID (an alarm device) that its own server brought is known by the trace of its way, since the same words a day later are
 * another alarm, and the same mail under another number was only moved.
 */
function mailDigest(mail: IncomingMail, stored: StoredMail): string {
  const { proven, vouched } = mail.authentication
  const [name, content] =
    !proven || vouched === 'all'
      ? [mail.messageId ?? wayOf(stored), mail.text]
      : vouched.includes('message-id')
        ? [mail.messageId ?? '', '']
        : ['', bodyOf(stored)]
  const parts = [name, mail.from?.address ?? '', String(mail.date), mail.subject, '']
  return createHash('sha256').update(parts.join('\0')).update(content).digest('hex').slice(0, 32)
}

/** The header with what every server on the way wrote into it (RFC 5321 4.4: each time another stamp); the place where nobody did. */
function wayOf({ raw, folder, uidValidity, uid }: StoredMail): string {
  const text = raw.toString('latin1')
  const header = text.slice(0, /\r?\n\r?\n/.exec(text)?.index)
  return /^received:/im.test(header) ? header : `${folder} ${uidValidity} ${uid}`
}

/**
 * What a signature covers of the text, whatever an unsigned Content-Type makes of it; blanks may change (RFC 6376 3.4.4). Octet by octet:
 * of ten megabytes with a blank at every other place, a regular expression made 250 MiB and half a second in which nothing else ran.
 */
function bodyOf({ raw, truncated }: StoredMail): Buffer {
  const ends = [raw.indexOf('\n\r\n'), raw.indexOf('\n\n')].filter((at) => at >= 0)
  // Where a mail was cut depends on the length of its unsigned fields.
  if (truncated || ends.length === 0) return Buffer.alloc(0)
  const body = Buffer.from(raw.subarray(Math.min(...ends)))
  let length = 0
  for (let at = 0; at < body.length; at++) {
    const octet = body[at] ?? 0
    if (octet !== 0x20 && (octet < 0x09 || octet > 0x0d)) body[length++] = octet
  }
  return body.subarray(0, length)
}

/** Takes out of a decision the phones that got this content before. */
function withoutServed(decision: Decision, served: readonly string[]): Decision {
  const deliveries = decision.deliveries.filter((plan) => !served.includes(plan.to))
  if (deliveries.length === decision.deliveries.length) return decision
  const again = { what: 'duplicate', detail: 'this mail was exchanged before; nobody gets it twice' }
  const steps = [...decision.steps, again]
  if (deliveries.length > 0) return { ...decision, deliveries, steps }
  return {
    ...decision,
    judgement: 'ignore',
    reason: 'duplicate',
    deliveries,
    temporaryBinding: null,
    notices: [],
    steps,
  }
}

/** @param account tells mailboxes apart, such as "sms@imap.office.example": UIDs of one provider mean nothing at another */
export function createMailIntake(desk: Desk, read: ReadStoredMail, account: string): MailIntake {
  const { journal } = desk
  const serial = oneAtATime()
  const key = (folder: string): string => `${account}/${folder}`
  return {
    placeOf: (folder, uidValidity, uid) => journal.placeOf({ folder: key(folder), uidValidity, uid }) ?? null,
    firstUid: (folder, uidValidity) => journal.firstUid(key(folder), uidValidity),
    cursor: (folder, uidValidity) => journal.cursor(key(folder), uidValidity),
    hasHistory: (folder) => journal.beganAt(key(folder)) !== null,
    begin: (folder, uidValidity, uid) => journal.begin(key(folder), uidValidity, uid, desk.now()),
    beginAnew: (folder, uidValidity, foundUid) =>
      journal.beginAnew({ folder: key(folder), uidValidity, foundUid }, desk.now()),
    receive: (stored) => serial(() => receive(desk, read, { ...stored, folder: key(stored.folder) })),
  }
}

async function receive(desk: Desk, read: ReadStoredMail, stored: StoredMail): Promise<MailPlace> {
  const mail = await readOrReport(read, stored)
  const digest = mailDigest(mail, stored)
  const wanted = decideStored(desk, mail, { ...stored, digest })
  const decision = await commitOrHold(wanted, async (now) => {
    const commit = await prepareMail(desk, { mail, decision: now, digest, raw: stored.raw })
    desk.store.transaction(() => {
      desk.journal.setPlace(stored, commit(), placeFor(now))
      desk.journal.setCursor(stored.folder, stored.uidValidity, stored.uid, desk.now())
    })
  })
  log.info('mail-in', { uid: stored.uid, judgement: decision.judgement, reason: decision.reason })
  wakeFor(desk, decision)
  return placeFor(decision)
}

/**
 * What was exchanged, now or before, is done, and so is a report that was noted; a mail that breaks a limit is put aside with them, for
 * its sender knows. Everything else stays where people read it.
 */
function placeFor({ deliveries, reason, mailReport }: Decision): MailPlace {
  const isDone = deliveries.length > 0 || reason === 'duplicate' || mailReport !== null || isLimit(reason)
  return isDone ? 'done' : 'stay'
}

type Known = StoredMail & { readonly digest: string }

function decideStored(desk: Desk, mail: IncomingMail, stored: Known): Decision {
  const { journal } = desk
  const served = journal.served(stored.digest)
  if (journal.isOtherGeneration(stored.folder, stored.uidValidity)) {
    // A rebuilt mailbox brings every mail again, under new numbers; what was decided stays decided.
    if (served.length > 0)
      return plainDecision('mail', 'ignore', 'duplicate', 'this mail was exchanged before')
    if (journal.knowsDigest(stored.digest))
      return plainDecision('mail', 'ignore', 'seen-before', 'the mailbox was rebuilt')
    // A Date field tells seconds only, and what an alarm device writes into it tells nothing.
    const began = Math.floor((journal.beganAt(stored.folder) ?? 0) / 1000) * 1000
    if (journal.mayBeOld(stored) && (mail.date === null || mail.date < began))
      return plainDecision('mail', 'ignore', 'old-mail', 'older than the first start, or without a date')
  }
  const decision = withoutServed(decide(desk, mail, stored), served)
  return holdIfHandled(decision, stored.arrivedAt ?? null, handledUntil(desk.store))
}

function decide(desk: Desk, mail: IncomingMail, stored: StoredMail): Decision {
  if (mail === unreadable)
    return plainDecision(
      'mail',
      'hold',
      'mail-unreadable',
      `${stored.size} octets without a header that can be read`,
    )
  return decideOrHold('mail', () => decideMail(mail, worldOf(desk)))
}

async function readOrReport(read: ReadStoredMail, stored: StoredMail): Promise<IncomingMail> {
  try {
    return await read(stored)
  } catch (error) {
    // A file of secrets that cannot be read is our trouble, not the mail's: it is read again when that is mended.
    if (error instanceof GatewayError && error.code !== 'MAIL_MALFORMED') throw error
    log.warn('mail-unreadable', { uid: stored.uid, error: messageOf(error) })
    return unreadable
  }
}

const unreadable: IncomingMail = {
  medium: 'mail',
  from: null,
  fromProblem: 'unreadable',
  returnPath: null,
  to: [],
  cc: [],
  recorded: [],
  subject: '',
  messageId: null,
  answers: [],
  date: null,
  flagField: null,
  toField: null,
  automatic: null,
  authentication: { proven: false, failed: false, vouched: [], evidence: 'unreadable' },
  text: '',
  unreadable: null,
  attachments: [],
  truncated: false,
  carriesSecret: false,
  reportField: null,
  header: '',
  report: null,
}
