// What the command line and the running service say to each other: one JSON value a line on a Unix socket beside the database.
// A request is `{"id":1,"call":"ask","with":{"line":"AT+CSQ"}}`, its answer `{"id":1,"data":...}` or `{"id":1,"error":{...}}`; after
// `trace` the service sends `{"trace":["to","AT+CSQ\r"]}` for every line until the client goes.
// Invariant: only the user of the service and root reach it: mode 0600, in a folder of mode 0700.

import { closeSync, openSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ErrorCode, Retry } from '../domain/errors.ts'
import type { FreeResult } from '../modem/at/free-command.ts'
import type { ModemState, UssdAnswer } from '../modem/gsm-modem.ts'
import type { SmsPlace, StoreContents } from '../modem/stored-sms.ts'

/** What each call wants and gives. */
export interface ControlCalls {
  /** The state of the modem; null: the service has none at the moment. */
  readonly info: { readonly wants: null; readonly gives: ModemState | null }
  readonly ask: {
    readonly wants: { readonly line: string; readonly force?: boolean }
    readonly gives: FreeResult
  }
  readonly ussd: { readonly wants: { readonly code: string }; readonly gives: UssdAnswer }
  readonly cancelUssd: { readonly wants: null; readonly gives: null }
  readonly stores: { readonly wants: null; readonly gives: readonly StoreContents[] }
  readonly deleteStored: { readonly wants: SmsPlace; readonly gives: null }
  readonly trace: { readonly wants: null; readonly gives: null }
  /** Something was put into the outbox: look at it now. */
  readonly wake: { readonly wants: null; readonly gives: null }
}

export type ControlCall = keyof ControlCalls

/** `to` the modem, `from` the modem; the text as written, or one line without its end. */
export type TraceDirection = 'to' | 'from'

export interface ControlError {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | null
  readonly retry: Retry
}

export type ControlReply =
  | { readonly id: number; readonly data: unknown }
  | { readonly id: number | null; readonly error: ControlError }
  | { readonly trace: readonly [TraceDirection, string] }

/** sun_path of unix(7) has 108 octets with its NUL. */
const socketPathMax = 107

/** Where the socket of a database is; null for a database in memory. */
export function controlPath(storePath: string): string | null {
  return storePath === ':memory:' ? null : `${storePath}.control`
}

/** A socket's path in a form that fits: one that is too long is named through an open handle of its folder (proc(5)). */
export function socketAddress(path: string): { readonly address: string; readonly close: () => void } {
  if (Buffer.byteLength(path) <= socketPathMax) return { address: path, close: () => undefined }
  const folder = openSync(dirname(path), 'r')
  return { address: join('/proc/self/fd', String(folder), basename(path)), close: () => closeSync(folder) }
}
