// The shapes through which the parts reach the world: time, the two transports, the two intakes.
// The parts receive them; only daemon/gateway.ts and the tests decide what stands behind them.

import type { MailDraft, MissedCall, StatusReport, StoredMail, StoredPdu } from './message.ts'

/** Time. Wall time may jump (a Pi has no clock battery): time limits use `monotonic` and `sleep`. */
export interface Clock {
  /** Wall clock, milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** One SMS as it goes to the modem. */
export interface PduToSend {
  /** SMSC octet `00` (the SIM's own service centre) followed by the SMS-SUBMIT TPDU, upper-case hex. */
  readonly pdu: string
  /** Octets of the TPDU, without the SMSC field: the argument of AT+CMGS (TS 27.005 4.3). */
  readonly tpduLength: number
  /** More parts of the same message follow at once: the link may be kept open (AT+CMMS). */
  readonly moreToCome: boolean
}

export interface SmsTransport {
  /**
   * Sends one PDU; resolves with TP-MR after `+CMGS: <mr>` and the final `OK`.
   * Throws GatewayError: MODEM_UNAVAILABLE, MODEM_SILENT, NOT_REGISTERED, SIM_LOCKED (surely not sent), SMS_REFUSED with the
   * retry class of the +CMS ERROR, SMS_UNCERTAIN (`ambiguous`) when it may have been sent.
   */
  submit(sms: PduToSend): Promise<{ readonly messageReference: number }>
}

export interface SentMail {
  /** The server's reply to the final dot, at most 200 characters. */
  readonly reply: string
  /** The Message-ID, in angle brackets, that the server gave the mail in place of ours; null: it names none. */
  readonly messageId: string | null
}

export interface MailTransport {
  /**
   * Sends finished bytes. Resolves when the server accepted the mail for its recipient.
   * Throws GatewayError SMTP_UNAVAILABLE, SMTP_AUTH (`hold`), SMTP_REFUSED with the class of the reply; `context` has its facts.
   */
  send(mail: {
    /** '' is the null sender (RFC 5321 4.5.5). */
    readonly from: string
    readonly to: string
    readonly raw: Buffer
    /** Asks the servers on the way for reports of failure and delay that name this id (RFC 3461 4.4), where the first one offers it. */
    readonly envelopeId?: string | undefined
  }): Promise<SentMail>
  /** True once the sign-in was refused and another credential is there: the queue need not rest any longer. */
  credentialChanged?(): Promise<boolean>
}

/** Builds RFC 5322 bytes; the same draft gives the same headers and Message-ID every time. */
export type ComposeMail = (draft: MailDraft) => Promise<Buffer>

/** Turns a finished mail of one text into a report (RFC 6522) that begins with that text; equal input gives equal bytes. */
export type ComposeReport = (mail: Buffer, report: StatusReport) => Buffer

/** Puts our mark and a Resent block (RFC 5322 3.6.6) in front of a received mail, whose bytes stay as they are. */
export type RedirectMail = (
  raw: Buffer,
  facts: {
    /** The box's own mailbox. */
    readonly box: string
    readonly to: string
    /** With angle brackets. */
    readonly messageId: string
    /** Milliseconds since 1970. */
    readonly date: number
    readonly instance: string
  },
) => Buffer

/** What the modem side calls for each PDU found in the store. On return it is committed and may be deleted. */
export interface SmsIntake {
  receive(pdu: StoredPdu): Promise<void>
}

/** What the modem side calls for each call that was missed. On return it is committed. */
export interface CallIntake {
  receive(call: MissedCall): Promise<void>
}

/** What the mail side asks the journal and tells the exchange. */
export interface MailIntake {
  /** Highest UID committed for this folder generation; null: the folder was never read under it. */
  cursor(folder: string, uidValidity: string): number | null
  /** True if another generation of the folder was read before: its mails are told apart by their digest. */
  hasHistory(folder: string): boolean
  /** The first UID that may be read: everything below was there before the service's first start. */
  firstUid(folder: string, uidValidity: string): number
  /** Sets where reading begins; mails up to and including `uid` are left alone. */
  begin(folder: string, uidValidity: string, uid: number): void
  /**
   * The folder has new numbers: reading begins at the first mail.
   * @param foundUid the highest UID that may belong to a mail of before; null: not known
   */
  beginAnew(folder: string, uidValidity: string, foundUid: number | null): void
  /** Commits a mail with its decision. On return the cursor has moved on; the answer says what to do with the mail on the server. */
  receive(mail: StoredMail): Promise<MailPlace>
  /** What is to be done with a mail that the journal knows and that is still in the folder; null: it does not know it. */
  placeOf(folder: string, uidValidity: string, uid: number): MailPlace | null
}

/** `done`: move to the done folder. `stay`: leave it where people read it. */
export type MailPlace = 'done' | 'stay'
