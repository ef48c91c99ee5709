// Tells whether somebody else works on the same mailbox: mails come into the done folder that this program did not put there.
// IMAP names no other clients, and two gateways would both send every SMS. A person who moves a mail there does no harm.

/** As many mails of others are taken for the work of a program. */
const strangersMax = 3

interface DoneFolder {
  /** Mails that this connection put there so far. */
  readonly moved: number
  readonly uidNext: number
}

export class DoneFolderWatch {
  #last: DoneFolder | null = null
  #strangers = 0

  /** Takes what the folder shows now; null: it cannot be seen. */
  look(now: DoneFolder | null): void {
    const last = this.#last
    // A folder that was deleted and made again counts from the start.
    if (now !== null && last !== null && now.uidNext >= last.uidNext)
      this.#strangers += Math.max(0, now.uidNext - last.uidNext - (now.moved - last.moved))
    this.#last = now
  }

  /** Mails that others put there while this connection stood; 0 while they may be a person's. */
  strangers(): number {
    return this.#strangers < strangersMax ? 0 : this.#strangers
  }
}
