// What the watcher says of itself, and its troubles in words with a cure.

import type { ErrorCode, GatewayError } from '../../domain/errors.ts'
import type { ScanResult } from './imap-scan.ts'

export interface InboxProblem {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | null
}

export interface InboxState {
  readonly phase: 'connecting' | 'scanning' | 'watching' | 'closed'
  /** True while the server pushes (IDLE); false while it is polled or scanned. */
  readonly idle: boolean
  /** When the server last answered, milliseconds since 1970; null: never. */
  readonly lastHeardAt: number | null
  readonly uidValidity: string | null
  readonly problem: InboxProblem | null
}

export function problemOf(error: GatewayError): InboxProblem {
  return { code: error.code, message: error.message, hint: error.hint ?? null }
}

const mails = (count: number): string => (count === 1 ? '1 mail' : `${count} mails`)

/** The worst trouble of a scan. @param strangers mails that others put into the done folder */
export function problemOfScan(
  { failed, unreadable, stuck }: ScanResult,
  strangers: number,
): InboxProblem | null {
  if (failed > 0)
    return {
      code: 'INTERNAL',
      message: `${mails(failed)} could not be taken in; tried again by itself`,
      hint: 'see the log',
    }
  if (unreadable > 0)
    return {
      code: 'IMAP_REFUSED',
      message: `${mails(unreadable)} cannot be read from the server; the others are not held up`,
      hint: 'look at the folder with a mail program; move what stands there unread, or ask whoever runs the mail server',
    }
  if (stuck)
    return {
      code: 'IMAP_REFUSED',
      message: 'finished mails cannot be moved to the done folder',
      hint: 'check done_folder in [mail.imap] and the rights of the account',
    }
  if (strangers > 0)
    return {
      code: 'IMAP_SHARED',
      message: `${mails(strangers)} came into the done folder that this gateway did not put there`,
      hint: 'let only one gateway read a mailbox, else every SMS goes out twice; if a person moved them, all is well',
    }
  return null
}

/** The server numbers its mails anew without saying so. */
export const doubtfulNumbers: InboxProblem = {
  code: 'IMAP_REFUSED',
  message: 'the server gives numbers to mails that it had given before; looking again in a minute',
  hint: 'was the mailbox restored from a backup? nothing needs to be done',
}
