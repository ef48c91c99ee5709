// The shapes of the outbox, shared by its files, and which deliveries are still to be sent.

import type { DeliveryState, SegmentState } from '../../domain/delivery.ts'
import type { Medium } from '../../domain/message.ts'

export interface NewDelivery {
  /** The incoming message that caused it; null for what the operator sends by command. */
  readonly messageId: number | null
  readonly conversationId: number | null
  /** E.164 number or mail address. */
  readonly recipient: string
  /** The rule that found the recipient; "notice" for what we tell a sender, "command" for the operator's own. */
  readonly rule: string
  readonly text: string
  /** Mail address or phone number of whoever caused it; none for notices and the operator's own. */
  readonly cause?: string | null
  /** Why it has to wait, and until when; none: it goes out now. */
  readonly held?: { readonly reason: string; readonly until: number | null } | null
  /** How long the talk lasts that it opens, in ms; none: as the config says. */
  readonly windowMs?: number
  readonly now: number
}

export interface NewSms extends NewDelivery {
  readonly digest?: boolean
  /** Its sender wants to hear that it arrived. */
  readonly confirm?: boolean
}

export interface Segments {
  readonly encoding: 'gsm7' | 'gsm7-shift' | 'ucs2'
  readonly segments: readonly { readonly pdu: string; readonly tpduLength: number }[]
  /** How long the service centre keeps trying, in ms, as TP-VP says. */
  readonly validityMs: number
}

export interface NewMail extends NewDelivery {
  readonly mailId: string
  readonly raw: Buffer
  /** A report: it goes out with MAIL FROM:<>, so that nothing ever comes back about it (RFC 3464 2). */
  readonly nullSender?: boolean
}

export interface Delivery {
  readonly id: number
  readonly messageId: number | null
  readonly conversationId: number | null
  readonly medium: Medium
  readonly recipient: string
  readonly rule: string
  readonly text: string
  readonly encoding: string | null
  readonly state: DeliveryState
  readonly reason: string | null
  readonly attempts: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly mailId: string | null
  readonly cause: string | null
  readonly digest: boolean
  readonly heldReason: string | null
  readonly heldUntil: number | null
  readonly windowMs: number | null
  /** When its parts were counted in the books, in ms since 1970; null: never. */
  readonly chargedAt: number | null
  /** The digest that it went out in. */
  readonly mergedInto: number | null
  /** How long the service centre keeps trying, in ms; null for a mail. */
  readonly validityMs: number | null
  /** Its sender wants to hear that it arrived, and has not yet. */
  readonly confirm: boolean
  /** What a mail server last reported of it: "delayed 4.4.1"; null: nothing. */
  readonly lastReport: string | null
}

export interface ClaimedSegment {
  readonly segmentId: number
  readonly deliveryId: number
  readonly pdu: string
  readonly tpduLength: number
  readonly seq: number
  /** True if another segment of the same delivery follows. */
  readonly moreToCome: boolean
  readonly attempts: number
  readonly createdAt: number
}

export interface ClaimedMail {
  readonly deliveryId: number
  readonly recipient: string
  readonly raw: Buffer
  readonly attempts: number
  readonly createdAt: number
  readonly conversationId: number | null
  readonly mailId: string
  readonly nullSender: boolean
}

export interface SegmentInfo {
  readonly id: number
  readonly seq: number
  readonly state: SegmentState
  readonly pdu: string
  readonly messageReference: number | null
  readonly reportStatus: number | null
  /** Of the last submit, ms since 1970. */
  readonly submittedAt: number | null
}

/** A segment that a status report may speak of. */
export interface ReportCandidate {
  readonly segmentId: number
  readonly recipient: string
  readonly state: SegmentState
  readonly submittedAt: number
  /** False: the modem did not say its TP-MR; it should be the one after that of the SMS before. */
  readonly referenceKnown: boolean
}

/** A status report that came before `+CMGS` was handled; times in ms since 1970. */
export interface EarlyReport {
  readonly id: number
  readonly number: string
  readonly messageReference: number
  readonly status: number
  /** TP-SCTS; null if it is no date. */
  readonly sentAt: number | null
  readonly receivedAt: number
}

export interface MailReported {
  readonly state: DeliveryState
  readonly reason: string | null
  /** "delayed 4.4.1" */
  readonly report: string
  readonly now: number
}

export interface RetryPlan {
  readonly nextAttemptAt: number
  /** Why the last attempt failed. */
  readonly reason: string
  readonly now: number
  /** False where the attempt failed for our own account, not for this message: it does not count. */
  readonly counts: boolean
}

export interface Outbox {
  /** `segments` is called once with the number of the new delivery. */
  addSms(sms: NewSms, segments: (deliveryId: number) => Segments): number
  addMail(mail: NewMail): number
  get(deliveryId: number): Delivery | undefined
  ofMessage(messageId: number): Delivery[]
  ofSegment(segmentId: number): Delivery | undefined
  segments(deliveryId: number): SegmentInfo[]
  /** True while a delivery of this medium is to be sent, now or later; what is held is not. */
  hasOpen(medium: Medium): boolean
  /** True while an SMS is due, or with the modem. */
  hasSmsDue(now: number): boolean
  /** Takes the next due segment and marks it `submitting`; the caller must be in a transaction or commit at once. */
  claimSegment(now: number): ClaimedSegment | undefined
  /** Takes the next due mail, counts the attempt and postpones it, so that a disk that cannot be written sends nothing twice a second. */
  claimMail(now: number): ClaimedMail | undefined
  segmentSent(segmentId: number, messageReference: number, now: number): Delivery
  /** TP-MR of an `uncertain` segment, where the modem named it and then fell silent: its status report settles it. */
  setReference(segmentId: number, messageReference: number): void
  /** For `failed`, `uncertain` and `delivered`. */
  settleSegment(segmentId: number, state: SegmentState, reason: string | null, now: number): Delivery
  /** What is submitted the next time: the same text in another form. */
  replacePdu(segmentId: number, pdu: { readonly pdu: string; readonly tpduLength: number }): void
  /** Back to `queued`; `reason` says why the last attempt failed. */
  retrySegment(segmentId: number, retry: RetryPlan): void
  /** @param serverMailId the Message-ID that the server gave it in place of ours; null: none */
  mailSent(deliveryId: number, serverMailId: string | null, now: number): void
  mailFailed(deliveryId: number, reason: string, now: number): Delivery
  retryMail(deliveryId: number, retry: RetryPlan): void
  /** What servers are asked to call this mail in their reports (RFC 3461 4.4): nobody can guess it. */
  envelopeId(deliveryId: number): string
  byEnvelopeId(envelopeId: string): Delivery | undefined
  /** The newest delivery that went out under the first of these Message-IDs that is one of ours. */
  byMailIds(mailIds: readonly string[]): Delivery | undefined
  /** What a mail server reported. */
  mailReported(deliveryId: number, report: MailReported): void
  /** The bytes of a mail that an SMS became; kept for a week after it was sent. */
  rawOf(deliveryId: number): Buffer | null
  /** SMS that have been tried since then at the latest, are still tried, by us or by the network, and whose senders were not told; a few. */
  delayed(since: number): Delivery[]
  /** @returns false if it was told before */
  delayTold(deliveryId: number): boolean
  /** SMS that went out and whose senders wait to hear that they arrived. */
  toConfirm(): Delivery[]
  /** @returns false if it was told before */
  confirmed(deliveryId: number): boolean
  /** Segments that a dead process left `submitting`. */
  submitting(): { readonly segmentId: number }[]
  /** The segment submitted last since `since`, if it alone is in doubt: a late `+CMGS` can only speak of that one. */
  lastUncertain(
    since: number,
    now: number,
  ): { readonly segmentId: number; readonly recipient: string } | undefined
  /** Since so long `uncertain` at least, or by a clock that was far ahead, and its sender was not told; the oldest. */
  untold(since: number): Delivery | undefined
  /** Remembers that the sender was told. @returns false if it is not `uncertain` any more, or was told before */
  told(deliveryId: number, now: number): boolean
  /** Segments that a report with this TP-MR may speak of and whose validity ended after `expiredAfter`, if it has ended. */
  reportCandidates(messageReference: number, expiredAfter: number): ReportCandidate[]
  setReport(segmentId: number, status: number): void
  addEarlyReport(report: Omit<EarlyReport, 'id'>): void
  /** In the order in which they came; those that belong to nothing go after a day. */
  earlyReports(): EarlyReport[]
  /** @returns how many there were */
  removeEarlyReports(ids: readonly number[]): number
  /** Held deliveries whose time has come, the oldest first. */
  dueHeld(now: number): Delivery[]
  /** Held deliveries between two, in both directions, the oldest first. */
  heldBetween(one: string, other: string): Delivery[]
  hold(
    deliveryId: number,
    held: { readonly reason: string; readonly until: number | null },
    now: number,
  ): void
  release(deliveryId: number, now: number): void
  /** Remembers when its parts were counted in the books. */
  charged(deliveryId: number, at: number): void
  /** It went out in another delivery, with others. */
  merge(deliveryId: number, into: number, now: number): void
  /** Deliveries that went out in this one. */
  mergedInto(deliveryId: number): Delivery[]
  /** Held deliveries to this phone that one of these rules led there. */
  heldBy(rules: readonly string[], recipient: string): Delivery[]
  /** Ends a delivery of which nothing has gone out. @returns false if something has, or it has ended */
  cancel(deliveryId: number, reason: string, now: number): boolean
  /** Queues what failed or is uncertain again. @returns the number of SMS parts that go out again, 1 for a mail, 0: nothing to do */
  again(deliveryId: number, now: number): number
  /** Deliveries that failed or are uncertain, the latest first. */
  troubled(limit: number): Delivery[]
  counts(since: number): { readonly medium: Medium; readonly state: DeliveryState; readonly count: number }[]
}

/** No schedule waits longer than this, so a due time further ahead means that the wall clock went back. */
export const clockJumpMs = 2 * 3_600_000

export const open = "state IN ('queued', 'sending')"

/** SQL: segments of which nobody knows yet whether they were sent; the index of those is used only where this stands word by word. */
export const unsettled = "state IN ('submitting', 'uncertain')"

/** SQL: due at a time, which is bound twice. */
export const due = `(next_attempt_at <= ? OR next_attempt_at > ? + ${clockJumpMs})`
