// Takes mails from the mail side: parse, decide, commit, and say where the mail belongs on the server. Invariant: a mail is known by
// (folder, UIDVALIDITY, UID) and by the digest of its content; the same content reaches the same phone once, however many copies come.

import { createHash } from 'node:crypto'
import { GatewayError, messageOf } from '../domain/errors.ts'
import type { IncomingMail, StoredMail } from '../domain/message.ts'
import { oneAtATime } from '../domain/one-at-a-time.ts'
import type { MailIntake, MailPlace } from '../domain/ports.ts'
import { log } from '../log.ts'
import type { Decision } from './decision.ts'
import { decideMail } from './mail-to-sms.ts'
import { commitOrHold, type Desk, heldDecision, prepareMail, wakeFor, worldOf } from './record.ts'

export type ReadStoredMail = (mail: Pick<StoredMail, 'raw' | 'truncated'>) => Promise<IncomingMail>

/** The same for every copy of a mail, whatever trace fields its way added. */
export function mailDigest(mail: IncomingMail): string {
  const parts = [mail.messageId ?? '', mail.from?.address ?? '', String(mail.date), mail.subject, mail.text]
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)
}

/** Takes out of a decision the phones that got this content before. */
export function withoutServed(decision: Decision, served: readonly string[]): Decision {
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

export function createMailIntake(desk: Desk, read: ReadStoredMail): MailIntake {
  const { journal } = desk
  const serial = oneAtATime()
  return {
    isKnown: (folder, uidValidity, uid) => journal.placeOf({ folder, uidValidity, uid }) !== undefined,
    placeOf: (folder, uidValidity, uid) => journal.placeOf({ folder, uidValidity, uid }) ?? 'stay',
    cursor: (folder, uidValidity) => journal.cursor(folder, uidValidity),
    hasHistory: (folder) => journal.beganAt(folder) !== null,
    begin: (folder, uidValidity, uid) => journal.setCursor(folder, uidValidity, uid, desk.now()),
    receive: (stored) => serial(() => receive(desk, read, stored)),
  }
}

async function receive(desk: Desk, read: ReadStoredMail, stored: StoredMail): Promise<MailPlace> {
  const mail = await readOrReport(read, stored)
  const digest = mailDigest(mail)
  const served = desk.journal.numbersServed(digest)
  const wanted = isFromBefore(desk, stored, mail)
    ? before()
    : withoutServed(decide(desk, mail, stored), served)
  const decision = await commitOrHold(wanted, async (now) => {
    const raw = now.judgement === 'hold' ? stored.raw : null
    const commit = await prepareMail(desk, { mail, decision: now, digest, raw })
    desk.store.transaction(() => {
      desk.journal.setPlace(stored, commit(), placeFor(now))
      desk.journal.setCursor(stored.folder, stored.uidValidity, stored.uid, desk.now())
    })
  })
  log.info('mail-in', { uid: stored.uid, judgement: decision.judgement, reason: decision.reason })
  wakeFor(desk, decision)
  return placeFor(decision)
}

/** What was exchanged, now or before, is done; everything else stays where people read it. */
function placeFor({ judgement, reason }: Decision): MailPlace {
  return judgement === 'convert' || reason === 'duplicate' ? 'done' : 'stay'
}

function decide(desk: Desk, mail: IncomingMail, stored: StoredMail): Decision {
  if (mail === unreadable)
    return heldDecision('mail', 'mail-unreadable', `${stored.size} octets without a header that can be read`)
  try {
    return decideMail(mail, worldOf(desk))
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'STORE_FAILED') throw error
    log.error('exchange-defect', { error: messageOf(error), uid: stored.uid })
    return heldDecision('mail', 'internal-error', messageOf(error))
  }
}

/** In a mailbox that was rebuilt, mail from before the service's first start is as old as it ever was. */
function isFromBefore(desk: Desk, stored: StoredMail, mail: IncomingMail): boolean {
  const began = desk.journal.beganAt(stored.folder)
  const rebuilt = began !== null && desk.journal.isOtherGeneration(stored.folder, stored.uidValidity)
  return rebuilt && mail.date !== null && mail.date < began
}

function before(): Decision {
  return { ...heldDecision('mail', 'old-mail', 'older than the first start'), judgement: 'ignore' }
}

async function readOrReport(read: ReadStoredMail, stored: StoredMail): Promise<IncomingMail> {
  try {
    return await read(stored)
  } catch (error) {
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
  authentication: { proven: false, evidence: 'unreadable' },
  text: '',
  encrypted: false,
  attachments: [],
}
