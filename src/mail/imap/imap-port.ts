// What the watcher knows of an IMAP connection: how to reach it, what it tells, what it can be asked. Types only.
// imap-connection.ts stands behind it; nothing here names the library.

import type { GatewayError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'
import type { AskCredential } from '../sign-in/credential.ts'

export interface ImapAccess {
  readonly host: string
  readonly port: number
  /** tls: from the first byte (993). starttls: demanded, never skipped. none: loopback only. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user: string
  readonly credential: AskCredential
  readonly folder: string
  /** Where finished mails go; "/" separates levels whatever the server uses. */
  readonly doneFolder: string
  /** Milliseconds before the very first start of which mails are read too; default 0: what was there before is left alone. */
  readonly since?: number
  /** Octets; a larger mail is fetched in part. */
  readonly maxBytes: number
  /** Certificates in PEM to trust instead of the well-known ones, for an office with its own authority; asked at every connection. */
  readonly ca?: () => string | null
  readonly clock: Clock
}

export interface ImapListener {
  /** The server took the sign-in; the folder is not open yet. */
  signedIn(): void
  /** The server spoke: something may be new. */
  changed(): void
  /** The line is gone; `error` says why if it is known. */
  closed(error: GatewayError): void
}

export interface FetchedMail {
  /** RFC822.SIZE. */
  readonly size: number
  readonly raw: Buffer
  readonly truncated: boolean
  /** INTERNALDATE, in ms since 1970; null or missing: the server did not say. */
  readonly arrivedAt?: number | null
}

/** What SELECT told of the folder. */
export interface SelectedFolder {
  /** Decimal text. */
  readonly uidValidity: string
  /** UID that the next mail gets at least; null if the server did not say. */
  readonly uidNext: number | null
}

/** Every call throws GatewayError when the line is lost, the server refuses, or an answer takes too long or grows too large. */
export interface ImapConnection {
  /** As of the last SELECT. */
  readonly selected: () => SelectedFolder
  readonly canIdle: () => boolean
  /** SELECT again: a new UIDVALIDITY and a folder that is gone show themselves only so on some servers. */
  select(): Promise<void>
  /** UIDs from `first` on without those marked \Deleted, rising. */
  listFrom(first: number): Promise<number[]>
  /** UIDs from `first` on that came since that day (milliseconds since 1970); empty if the server cannot tell. */
  listSince(first: number, since: number): Promise<number[]>
  /** The UID at which the first reading ever begins: that of the next mail, or of the first one that `since` reaches. */
  beginning(): Promise<number>
  /** null if the mail has vanished. */
  fetch(uid: number): Promise<FetchedMail | null>
  /** Moves mails to the done folder; false if the server did not. */
  moveToDone(uids: readonly number[]): Promise<boolean>
  /** Makes the done folder if it is missing; false if the server refuses. */
  ensureDoneFolder(): Promise<boolean>
  /** How many mails this connection has put into the done folder, and the UID that the next one there gets; null: not known. */
  doneFolder(): Promise<{ readonly moved: number; readonly uidNext: number } | null>
  /** IDLE; resolves when it ended, for instance because another command was called. False: the server does not do it. */
  idle(): Promise<boolean>
  noop(): Promise<void>
  /** LOGOUT; the abort that led to it limits its time. Never rejects. */
  logout(): Promise<void>
  /** Cuts the line at once. */
  cut(): void
}
