// One look at the folder: what is new goes to the intake, what is finished goes to the done folder.
// Events of the server are hints only; the truth is the UIDs found here against the journal.
// Invariants: a mail is moved only after the intake has committed it; one bad mail never holds the others; old mail is never bridged.

import { GatewayError, messageOf } from '../../domain/errors.ts'
import type { MailIntake } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import type { ImapConnection } from './imap-connection.ts'

/** UIDs below the cursor that are looked at again: servers with several masters can show a lower UID late. */
const windowUids = 200
/** UIDs in one MOVE command. */
const movesAtOnce = 100

export interface ScanResult {
  /** Mails handed to the intake. */
  readonly received: number
  /** Mails that the intake could not take; they are offered again at the next scan. */
  readonly failed: number
  /** True if a finished mail could not be moved. */
  readonly stuck: boolean
}

interface Folder {
  readonly name: string
  readonly connection: ImapConnection
  readonly intake: MailIntake
}

/**
 * The first UID to look at. On the first start ever, reading begins after the newest mail: old mail is never bridged.
 * @param full also look at the window below the cursor
 */
async function firstUid({ name, connection, intake }: Folder, full: boolean): Promise<number> {
  const { uidValidity } = connection
  const cursor = intake.cursor(name, uidValidity)
  if (cursor !== null)
    return full ? Math.max(intake.firstUid(name, uidValidity), cursor + 1 - windowUids) : cursor + 1
  // A new generation of a folder that was read before: the intake knows old mails by their digest.
  if (intake.hasHistory(name)) return 1
  const next = connection.uidNext ?? ((await connection.listFrom(1)).at(-1) ?? 0) + 1
  intake.begin(name, uidValidity, next - 1)
  return next
}

/** @returns what to do with the mail; null if it vanished or the intake failed */
async function takeMail(
  { name, connection, intake }: Folder,
  uid: number,
): Promise<'done' | 'stay' | 'failed' | 'store-failed' | 'gone'> {
  const mail = await connection.fetch(uid)
  if (mail === null) return 'gone'
  try {
    return await intake.receive({ folder: name, uidValidity: connection.uidValidity, uid, ...mail })
  } catch (error) {
    const code = error instanceof GatewayError ? error.code : 'INTERNAL'
    log.error('mail-intake-failed', { uid, code, message: messageOf(error) })
    return code === 'STORE_FAILED' ? 'store-failed' : 'failed'
  }
}

async function moved(connection: ImapConnection, uids: readonly number[]): Promise<boolean> {
  for (let at = 0; at < uids.length; at += movesAtOnce) {
    const some = uids.slice(at, at + movesAtOnce)
    if (await connection.moveToDone(some)) continue
    // The done folder may have been deleted meanwhile.
    if ((await connection.ensureDoneFolder()) && (await connection.moveToDone(some))) continue
    log.warn('mail-move-refused', { mails: uids.length - at })
    return false
  }
  return true
}

export interface ScanOptions {
  /** Also look below the cursor: for mails that came late, could not be taken in or could not be moved. */
  readonly full: boolean
  /** Asked between two mails; true ends the scan early. */
  readonly stopped: () => boolean
}

/**
 * Scans the folder once.
 * @throws GatewayError of the connection
 */
export async function scanFolder(folder: Folder, { full, stopped }: ScanOptions): Promise<ScanResult> {
  const { name, connection, intake } = folder
  const { uidValidity } = connection
  const done: number[] = []
  let received = 0
  let failed = 0
  for (const uid of await connection.listFrom(await firstUid(folder, full))) {
    if (stopped()) break
    const known = intake.placeOf(name, uidValidity, uid)
    const place = known ?? (await takeMail(folder, uid))
    if (place === 'failed' || place === 'store-failed') failed++
    // The cursor must not pass a mail that the disk did not take: nobody would look at it again.
    if (place === 'store-failed') break
    if (place === 'done') done.push(uid)
    if (known === null && (place === 'done' || place === 'stay')) received++
  }
  // After the last mail, so that no mail waits for the moves of the others; a crash before this is made good by a full scan.
  const stuck = !(await moved(connection, done))
  if (received + failed > 0) log.debug('mail-scan', { received, failed, stuck })
  return { received, failed, stuck }
}
