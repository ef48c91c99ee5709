// Under which name the journal keeps the UIDs of a folder: its UIDVALIDITY (RFC 3501 2.3.1.1), unless the server broke its promise.
// A mailbox that came back from a backup can give UIDs again that were used before, under the same UIDVALIDITY; UIDNEXT below the cursor
// betrays it. Invariant: a UID under one name means one mail for ever, else a new mail would be taken for an old one and lost.

import type { MailIntake } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import type { SelectedFolder } from './imap-port.ts'

export class FolderGeneration {
  #doubtful: string | null = null

  /** @returns the name; null while it is not sure: look again at the next SELECT, and touch nothing until then */
  nameOf(intake: MailIntake, folder: string, { uidValidity, uidNext }: SelectedFolder): string | null {
    let name = uidValidity
    let next = 1
    for (let later = `${uidValidity}.${next}`; intake.cursor(folder, later) !== null; ) {
      name = later
      later = `${uidValidity}.${++next}`
    }
    const cursor = intake.cursor(folder, name)
    if (uidNext === null || cursor === null || uidNext > cursor) {
      this.#doubtful = null
      return name
    }
    // A replica that lags behind shows this for a moment; two looks in a row are no accident.
    if (this.#doubtful !== name) {
      this.#doubtful = name
      log.warn('mailbox-numbers-fell', { uidValidity, uidNext, cursor })
      return null
    }
    this.#doubtful = null
    const fresh = `${uidValidity}.${next}`
    log.warn('mailbox-numbers-used-again', { uidValidity, uidNext, cursor, generation: fresh })
    intake.begin(folder, fresh, 0)
    return fresh
  }
}
