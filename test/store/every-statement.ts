// Calls everything in src/store that puts SQL to the database, so that a test can look at each statement. With what values does not
// matter, as long as every place is reached: query-plans.test.ts compares those with all that stand in the source.

import { createAlarms } from '../../src/store/alarms.ts'
import { createBindings } from '../../src/store/bindings.ts'
import { createConversations } from '../../src/store/conversations.ts'
import type { Store } from '../../src/store/database/database.ts'
import { createJournal } from '../../src/store/journal.ts'
import { createOutbox } from '../../src/store/outbox/outbox.ts'
import { createPdus } from '../../src/store/pdus.ts'
import { emptyLog } from '../../src/store/retention/pages.ts'
import { lastMessageBefore, retention } from '../../src/store/retention/retention.ts'
import { createServiceState } from '../../src/store/service-state.ts'
import { createSignalHistory } from '../../src/store/signal-history.ts'
import { createSpending } from '../../src/store/spending.ts'
import { heldDeliveries, keptMessages, partsWithoutResult, spenders } from '../../src/store/waiting.ts'
import { newBinding, now } from './temp-store.ts'

const number = '+4917012345678'
const mailbox = 'bob@office.example'
const folder = 'box/INBOX'
const dayMs = 86_400_000
const day = '2026-11-22'

/** @param store one that fillDatabase filled with 400 messages or more */
export function callEverything(store: Store): void {
  callJournal(store)
  callOutbox(store)
  callMailOutbox(store)
  callTalks(store)
  callBindings(store)
  callRest(store)
}

function callJournal(store: Store): void {
  const journal = createJournal(store)
  const id = journal.add(
    {
      ...{
        medium: 'mail',
        sender: mailbox,
        subject: 'Lunch',
        text: 'At noon?',
        mailId: '<1@x>',
        digest: 'd',
      },
      ...{ receivedAt: now, flag: 1, flagFrom: 'tag', judgement: 'hold', reason: 'ambiguous', raw: null },
    },
    [{ what: 'flag', detail: '1 from tag' }],
  )
  journal.get(id)
  journal.waitingOf(number)
  journal.unanswered(now)
  journal.list({ judgement: 'refuse', medium: 'sms', unconverted: true, limit: 20 })
  journal.steps(id)
  journal.counts(now, '')
  journal.served('d')
  journal.knowsDigest('d')
  journal.settle(id, { judgement: 'convert', reason: 'flagged', flag: 1, flagFrom: 'tag' })
  const place = { folder, uidValidity: '1', uid: 7 }
  journal.begin(folder, '1', 6, now)
  journal.beginAnew({ folder, uidValidity: '2', foundUid: 9 }, now)
  journal.setPlace(place, id, 'done')
  journal.setCursor(folder, '1', 7, now)
  journal.placeOf(place)
  journal.cursor(folder, '1')
  journal.firstUid(folder, '1')
  journal.beganAt(folder)
  journal.isOtherGeneration(folder, '1')
  journal.mayBeOld(place)
}

/** A mail that became an SMS, in a year that retention believes. */
const messageId = 301
const newDelivery = {
  ...{ messageId, conversationId: 1, recipient: number, rule: 'binding', text: 'At noon?' },
  ...{ cause: mailbox, now },
}
const onePart = () =>
  ({
    encoding: 'gsm7',
    segments: [{ pdu: '00', tpduLength: 1 }],
    validityMs: dayMs,
  }) as const

function callOutbox(store: Store): void {
  const outbox = createOutbox(store)
  const id = outbox.addSms(newDelivery, onePart)
  outbox.hasOpen('sms')
  outbox.hasSmsDue(now)
  const { segmentId } = outbox.claimSegment(now) ?? { segmentId: 1 }
  outbox.submitting()
  outbox.setReference(segmentId, 7)
  outbox.segmentSent(segmentId, 7, now)
  outbox.settleSegment(segmentId, 'uncertain', null, now)
  outbox.lastUncertain(now - 1000, now)
  outbox.untold(now)
  outbox.told(id, now)
  outbox.again(id, now)
  outbox.retrySegment(segmentId, { nextAttemptAt: now, reason: 'busy', now, counts: true })
  outbox.replacePdu(segmentId, { pdu: '00', tpduLength: 1 })
  outbox.get(id)
  outbox.ofMessage(messageId)
  outbox.ofSegment(segmentId)
  outbox.segments(id)
  outbox.delayed(now)
  outbox.delayTold(id)
  outbox.toConfirm()
  outbox.confirmed(id)
  outbox.reportCandidates(7, now)
  outbox.setReport(segmentId, 0)
  outbox.addEarlyReport({ number, messageReference: 7, status: 0, sentAt: now, receivedAt: now })
  outbox.removeEarlyReports(outbox.earlyReports().map((report) => report.id))
  outbox.hold(id, { reason: 'quiet-hours', until: now }, now)
  outbox.dueHeld(now)
  outbox.heldBetween(mailbox, number)
  outbox.heldBy(['binding'], number)
  outbox.release(id, now)
  outbox.charged(id, now)
  outbox.cancel(id, 'by hand', now)
  outbox.merge(id, messageId, now)
  outbox.mergedInto(messageId)
  outbox.troubled(20)
  outbox.counts(now)
  // One that no message caused and that has ended: nothing keeps it.
  const own = outbox.addSms({ ...newDelivery, messageId: null, conversationId: null }, onePart)
  outbox.cancel(own, 'by hand', now)
}

function callMailOutbox(store: Store): void {
  const outbox = createOutbox(store)
  const id = outbox.addMail({ ...newDelivery, recipient: mailbox, mailId: '<2@x>', raw: Buffer.from('x') })
  outbox.hasOpen('mail')
  outbox.claimMail(now)
  outbox.retryMail(id, { nextAttemptAt: now, reason: 'busy', now, counts: true })
  outbox.mailSent(id, '<3@x>', now)
  outbox.mailFailed(id, 'refused', now)
  outbox.again(id, now)
  outbox.byEnvelopeId(outbox.envelopeId(id))
  outbox.byMailIds(['<unknown@x>', '<3@x>'])
  outbox.mailReported(id, { state: 'delivered', reason: null, report: 'delivered 2.0.0', now })
  outbox.rawOf(id)
}

function callTalks(store: Store): void {
  const conversations = createConversations(store)
  const update = { number, correspondent: mailbox, subject: 'Lunch', domain: 'office.example', now }
  const { id, token } = conversations.touch({ ...update, expiresAt: now + dayMs })
  conversations.addMail(id, '<4@x>', true)
  conversations.renameMail(id, '<4@x>', '<5@x>')
  conversations.byToken(token)
  conversations.byMailIds(['<5@x>'])
  conversations.ofPair(number, mailbox)
  conversations.openOf(number, now)
  conversations.prolong(id, now + dayMs, now)
  conversations.endOf(number, mailbox, now)
}

function callBindings(store: Store): void {
  const bindings = createBindings(store)
  const { id } = bindings.add(newBinding({ alias: 'bob', createdAt: now }))
  bindings.add(
    newBinding({ number: '+4917000000009', expiresAt: now + dayMs, origin: 'sms', createdAt: now }),
  )
  bindings.change(id, { name: 'Bob' })
  bindings.ofMailbox(mailbox, now)
  bindings.ofNumber(number, now)
  bindings.permanentOfMailbox(mailbox)
  bindings.permanentOfNumber(number)
  bindings.ofOperator(number, now)
  bindings.temporaryOfMailbox(mailbox, now)
  bindings.temporaryOfNumber(number, now)
  bindings.ownOfPhone(number, now)
  bindings.isMember(mailbox, now)
  bindings.ofAlias('bob', now)
  bindings.named('bob', now)
  bindings.list(now)
  bindings.removeEnded(now)
  bindings.remove(id)
}

function callRest(store: Store): void {
  const pdus = createPdus(store)
  const part = pdus.add('0123', now, { key: 'k', seq: 1, total: 2, sentAt: now })
  pdus.isKnown('0123')
  pdus.partsNear('k', now, dayMs)
  pdus.waiting('k')
  pdus.overdue(now)
  pdus.oldestWaiting()
  pdus.waitFromNow(now)
  pdus.assign([part], 1)
  pdus.readAgain('0123', now)

  const spending = createSpending(store)
  const pair = { from: mailbox, to: number }
  spending.add('sender', 'somebody new', day, 1)
  spending.spent('box', '', day, day)
  spending.remember('told', now)
  spending.wasTold('told')
  spending.pause(pair, now)
  spending.isPaused(pair)
  spending.paused()
  spending.resume(pair)
  spending.repeats(pair, 'At noon?', now)
  spending.traffic(pair, now)
  spending.notices(mailbox, now)

  const alarms = createAlarms(store)
  alarms.put({
    ...{ key: 'sign-in imap', reason: 'mailbox', detail: '', mailBroken: true, raisedAt: now, tellAt: now },
    ...{ toldAt: null, mailDelivery: null, smsAt: null, endedAt: null },
  })
  alarms.get('sign-in imap')
  alarms.standing(now)

  const signal = createSignalHistory(store)
  signal.note({ at: now, dbm: -70, stat: 1, technology: 7 })
  signal.between(now - dayMs, now)
  signal.end(now)

  const state = createServiceState(store)
  state.save('modem', {}, now)
  state.read('modem')
  state.pinTryBegins('8949')
  state.pinTriesLost('8949')
  for (const outcome of ['unread', 'refused', 'open'] as const)
    state.pinTryEnded('8949', '1234', outcome, now)
  state.pinRefused('8949', '1234')
  state.forgetPins()

  heldDeliveries(store)
  keptMessages(store)
  partsWithoutResult(store, now - dayMs)
  spenders(store, day, day)
}

/** Lets everything go that a year and a day have made old: texts, and rows. */
export function retain(store: Store): void {
  const keeping = { textsMs: 30 * dayMs, rowsMs: 90 * dayMs }
  let bites = 0
  for (const changed of retention(store, keeping, now + 366 * dayMs)) bites += changed
  if (bites === 0) throw new Error('nothing was old enough')
  lastMessageBefore(store, now)
  emptyLog(store)
}
