// Under which name the journal keeps the UIDs of a folder: its UIDVALIDITY (RFC 3501 2.3.1.1), unless the server broke its promise.
// A mailbox that came back from a backup can give UIDs again that were used before, under the same UIDVALIDITY; UIDNEXT below the cursor
// betrays it. Invariant: a UID under one name means one mail for ever, else a new mail would be taken for an old one and lost.

import type { MailIntake } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import type { SelectedFolder } from './imap-port.ts'

export class FolderGeneration {
  #doubtful: string | null = null

  /**
   * @param listFrom the UIDs that are in the folder, from one on
   * @returns the name; null while it is not sure: look again at the next SELECT, and touch nothing until then
   */
  async nameOf(
    intake: MailIntake,
    folder: string,
    { uidValidity, uidNext }: SelectedFolder,
    listFrom: (first: number) => Promise<readonly number[]>,
  ): Promise<string | null> {
    let name = uidValidity
    let next = 1
    for (let later = `${uidValidity}.${next}`; intake.cursor(folder, later) !== null; ) {
      name = later
      later = `${uidValidity}.${++next}`
    }
    const cursor = intake.cursor(folder, name)
    const fell = uidNext !== null && cursor !== null && uidNext <= cursor
    const inDoubt = this.#doubtful === name
    // A replica that lags behind shows this for a moment; two looks in a row are no accident.
    if (fell && !inDoubt) {
      this.#doubtful = name
      log.warn('mailbox-numbers-fell', { uidValidity, uidNext, cursor })
      return null
    }
    // Meanwhile new mails may have used the old numbers up. A number whose mail was put aside belongs to another one now.
    const isPutAside = (uid: number): boolean => intake.placeOf(folder, name, uid) === 'done'
    const isReused = fell || (inDoubt && (await listFrom(1)).some(isPutAside))
    this.#doubtful = null
    if (!isReused) return name
    const fresh = `${uidValidity}.${next}`
    log.warn('mailbox-numbers-used-again', { uidValidity, uidNext, cursor, generation: fresh })
    intake.beginAnew(folder, fresh, uidNext === null ? null : uidNext - 1)
    return fresh
  }
}
