// The one error type of the program and the table of its codes.
// Failures throw a GatewayError; expected outcomes (ignored, refused, held) are return values.
// README.md explains every code to its reader; test/domain/errors.test.ts keeps the two in step.

/**
 * What a failed attempt means for the next one (a retry class):
 * - temporary: nothing was accepted, try again later;
 * - permanent: this message can never go out as it is;
 * - ambiguous: it may have been accepted, so it must not be repeated blindly;
 * - hold: the message is fine, our own account, SIM or sign-in is not: stop the whole queue.
 */
export type Retry = 'temporary' | 'permanent' | 'ambiguous' | 'hold'

/** Every code, with what it means in one line. */
export const errorCodes = {
  CONFIG_INVALID: 'the config file is missing, cannot be read, or has a wrong key or value',
  USAGE: 'a command was given wrong arguments',
  ADDRESS_INVALID: 'a phone number or a mail address is none',
  BINDING_CONFLICT: 'the mailbox or the number is bound already',
  BINDING_UNKNOWN: 'no binding has that mailbox, number or alias',
  MESSAGE_UNKNOWN: 'no message has that number',
  STORE_BUSY: 'another simpost service, or another program, keeps the database to itself',
  STORE_FULL: 'there is no room on the disk for the database',
  STORE_READ_ONLY: 'the file system of the database is read-only',
  STORE_DAMAGED: 'the database file is damaged, or is none',
  STORE_MISSING: 'the database was removed or replaced',
  STORE_FAILED: 'the database cannot be opened, read or written',
  PDU_MALFORMED: 'an SMS PDU is truncated, odd or contradicts itself',
  TEXT_TOO_LONG: 'a text needs more SMS parts than allowed',
  MODEM_UNAVAILABLE: 'the modem port cannot be opened, or vanished',
  MODEM_SILENT: 'the modem gave no answer in time; nothing was sent',
  MODEM_REFUSED: 'the modem answered ERROR, +CME ERROR or +CMS ERROR',
  SIM_LOCKED: 'the SIM wants a PIN or PUK',
  SIM_ABSENT: 'there is no working SIM',
  NOT_REGISTERED: 'the modem is not registered in a network',
  SMS_REFUSED: 'the network refused an SMS',
  SMS_UNCERTAIN: 'an SMS was handed to the modem and no clear answer came back',
  IMAP_UNAVAILABLE: 'the IMAP server cannot be reached, or the line was lost',
  IMAP_AUTH: 'the IMAP server refused the sign-in',
  IMAP_REFUSED: 'the IMAP server refused a command',
  IMAP_SHARED: 'another program seems to work on the same mailbox',
  SMTP_UNAVAILABLE: 'the SMTP server cannot be reached, or the line was lost',
  SMTP_AUTH: 'the SMTP server refused the sign-in',
  SMTP_REFUSED: 'the SMTP server refused a mail',
  OAUTH_REFUSED: 'the OAuth provider refuses to sign the box in, or nobody has signed it in yet',
  OAUTH_UNAVAILABLE: 'the OAuth provider cannot be asked for a token',
  MAIL_MALFORMED: 'a mail cannot be parsed',
  INTERNAL: 'a defect in Simpost itself',
} as const

export type ErrorCode = keyof typeof errorCodes

export interface GatewayErrorOptions {
  /** Default: permanent. */
  readonly retry?: Retry
  /** What the reader can do, a sentence without `Try:`. */
  readonly hint?: string
  /** Facts for the log: numbers of the standard, never secrets or texts of messages. */
  readonly context?: Readonly<Record<string, string | number | boolean | null>>
  readonly cause?: unknown
}

export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  readonly retry: Retry
  readonly hint: string | undefined
  readonly context: Readonly<Record<string, string | number | boolean | null>>

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.retry = options.retry ?? 'permanent'
    this.hint = options.hint
    this.context = options.context ?? {}
  }
}

/** True for trouble with the database: the message that met it is fine, and nothing of it may be acknowledged. */
export function isStoreTrouble(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.code.startsWith('STORE_')
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
