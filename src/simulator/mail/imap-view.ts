// What one IMAP session knows of its selected folder: the message sequence numbers and the flags it was told (RFC 3501 2.3.1.2, 7.4.1).
// Invariant: a sequence number changes only by an EXPUNGE response that was sent; new mails are counted only after EXISTS was sent.

import { formatUidSet, parseSequenceSet } from './imap-grammar.ts'
import type { SimFolder, SimMessage } from './sim-mailbox.ts'

export interface Numbered {
  /** Message sequence number, from 1. */
  readonly sequence: number
  readonly message: SimMessage
}

export class FolderView {
  readonly folder: SimFolder
  readonly readOnly: boolean
  readonly #messages: SimMessage[]
  /** UID -> modification sequence of the flags that the client was told. */
  readonly #told = new Map<number, number>()
  #version: number
  #uidNext: number

  constructor(folder: SimFolder, readOnly: boolean) {
    this.folder = folder
    this.readOnly = readOnly
    this.#messages = [...folder.messages]
    for (const message of folder.messages) this.#told.set(message.uid, message.modseq)
    this.#version = folder.version
    this.#uidNext = folder.uidNext
  }

  get count(): number {
    return this.#messages.length
  }

  /** Every message that the client counts, expunged ones that it was not told of included. */
  all(): Numbered[] {
    return this.#messages.map((message, place) => ({ sequence: place + 1, message }))
  }

  /** The messages of a sequence set, by sequence number or by UID. */
  pick(set: string, byUid: boolean): Numbered[] {
    const highest = byUid ? (this.#messages.at(-1)?.uid ?? 0) : this.count
    const matches = parseSequenceSet(set, highest)
    return this.all().filter(({ sequence, message }) => matches(byUid ? message.uid : sequence))
  }

  /** The client was told these flags (or set them itself with .SILENT). */
  told(message: SimMessage): void {
    this.#told.set(message.uid, message.modseq)
  }

  /**
   * Untagged responses for what changed since the last call, without "* " and CRLF.
   * @param expunges false while FETCH, STORE or SEARCH by sequence number run: EXPUNGE is forbidden then (RFC 3501 7.4.1).
   * @param withModseq the client enabled CONDSTORE.
   */
  updates(expunges: boolean, withModseq: boolean): string[] {
    if (this.#version === this.folder.version) return []
    const lines = expunges ? this.#dropExpunged() : []
    const fresh = this.folder.messages.filter((message) => message.uid >= this.#uidNext)
    this.#uidNext = this.folder.uidNext
    for (const message of fresh) this.told(message)
    this.#messages.push(...fresh)
    if (fresh.length > 0) lines.push(`${this.count} EXISTS`)
    for (const { sequence, message } of this.all()) {
      if (message.expunged || this.#told.get(message.uid) === message.modseq) continue
      this.told(message)
      lines.push(`${sequence} FETCH (${flagItems(message, withModseq)})`)
    }
    if (expunges) this.#version = this.folder.version
    return lines
  }

  #dropExpunged(): string[] {
    const lines: string[] = []
    for (let place = this.count - 1; place >= 0; place--) {
      const message = this.#messages[place]
      if (message === undefined || !message.expunged) continue
      this.#messages.splice(place, 1)
      this.#told.delete(message.uid)
      lines.push(`${place + 1} EXPUNGE`)
    }
    return lines
  }
}

/** "UID 7 FLAGS (\Seen)" and, if asked for, " MODSEQ (12)". */
export function flagItems(message: SimMessage, withModseq: boolean): string {
  const modseq = withModseq ? ` MODSEQ (${message.modseq})` : ''
  return `UID ${message.uid} FLAGS (${[...message.flags].join(' ')})${modseq}`
}

export function uidSetOf(messages: readonly Numbered[]): string {
  return formatUidSet(messages.map(({ message }) => message.uid))
}
