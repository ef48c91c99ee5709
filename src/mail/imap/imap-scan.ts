// One look at the folder: what is new goes to the intake, what is finished goes to the done folder.
// Events of the server are hints only; the truth is the UIDs found here against the journal.
// Invariants: a mail is moved only after the intake has committed it; one bad mail never holds the others; old mail is never bridged
// unless `since` of mail.imap asks for it.

import { setImmediate } from 'node:timers/promises'
import { GatewayError, isStoreTrouble, messageOf } from '../../domain/errors.ts'
import type { Clock, MailIntake } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import type { FetchedMail, ImapConnection } from './imap-port.ts'
import type { MailTrouble } from './mail-trouble.ts'

/** Below the cursor these are looked at again: servers with several masters can show a lower UID late. Whichever reaches further. */
const windowUids = 200
const windowMs = 48 * 3_600_000
/** SINCE knows days only, in the server's time zone. */
const dayMs = 86_400_000
/** UIDs in one MOVE command. */
const movesAtOnce = 100
/** Mails looked up in the journal before other work has its turn: some milliseconds. */
const looksAtOnce = 500

export interface ScanResult {
  /** Mails handed to the intake. */
  readonly received: number
  /** Mails that the intake could not take; they are offered again at the next scan. */
  readonly failed: number
  /** Mails that the server does not hand over; they are tried again. */
  readonly unreadable: number
  /** True if a finished mail could not be moved. */
  readonly stuck: boolean
  /** True if the database took none: it may do so again at any moment. */
  readonly storeFailed: boolean
}

export interface ScannedFolder {
  readonly name: string
  /** Under which the journal keeps its UIDs. */
  readonly generation: string
  readonly connection: ImapConnection
  readonly intake: MailIntake
  readonly trouble: MailTrouble
  readonly clock: Clock
}

/**
 * The UIDs to look at, rising. On the first start ever, reading begins after the newest mail, or at the first one that is asked for.
 * @param full also look at the window below the cursor, and at what was in trouble
 */
async function uidsToSee(folder: ScannedFolder, full: boolean): Promise<number[]> {
  const { name, generation, connection, intake, trouble, clock } = folder
  const cursor = intake.cursor(name, generation)
  if (cursor === null) return connection.listFrom(await firstEver(folder))
  if (!full) return connection.listFrom(cursor + 1)
  const first = intake.firstUid(name, generation)
  const wanted = Math.min(cursor + 1 - windowUids, trouble.lowest(generation) ?? cursor)
  // What was in trouble before a restart may lie far below; nothing but a look at all tells.
  const from = trouble.lookedThrough(generation) ? Math.max(first, wanted) : first
  const uids = await connection.listFrom(from)
  trouble.keepOnly(generation, from, uids)
  if (from === first) return uids
  const late = await connection.listSince(first, clock.now() - windowMs - dayMs)
  return [...late.filter((uid) => uid < from), ...uids]
}

async function firstEver({ name, generation, connection, intake }: ScannedFolder): Promise<number> {
  // A new generation of a folder that was read before: the intake knows old mails by their digest.
  if (intake.hasHistory(name)) {
    const { uidNext } = connection.selected()
    intake.beginAnew(name, generation, uidNext === null ? null : uidNext - 1)
    return 1
  }
  const first = await connection.beginning()
  intake.begin(name, generation, first - 1)
  return first
}

type Taken = 'done' | 'stay' | 'failed' | 'store-failed' | 'unreadable' | 'gone'

async function takeMail(folder: ScannedFolder, uid: number): Promise<Taken> {
  const { name, generation, intake, trouble, clock } = folder
  if (trouble.rests(generation, uid, clock.monotonic())) return 'unreadable'
  const mail = await fetchOrNote(folder, uid)
  if (mail === 'refused') return 'unreadable'
  if (mail === null) {
    trouble.solved(generation, uid)
    return 'gone'
  }
  try {
    const place = await intake.receive({ folder: name, uidValidity: generation, uid, ...mail })
    trouble.solved(generation, uid)
    return place
  } catch (error) {
    const code = error instanceof GatewayError ? error.code : 'INTERNAL'
    log.error('mail-intake-failed', { uid, code, message: messageOf(error) })
    trouble.note(generation, uid, false, clock.monotonic())
    return isStoreTrouble(error) ? 'store-failed' : 'failed'
  }
}

/** @throws GatewayError if the line was lost; the mail is remembered, since it may be the reason */
async function fetchOrNote(
  { generation, connection, trouble, clock }: ScannedFolder,
  uid: number,
): Promise<FetchedMail | null | 'refused'> {
  try {
    return await connection.fetch(uid)
  } catch (error) {
    const refused = error instanceof GatewayError && error.code === 'IMAP_REFUSED'
    log.warn('mail-not-handed-over', { uid, error: messageOf(error) })
    trouble.note(generation, uid, !refused, clock.monotonic())
    if (refused) return 'refused'
    throw error
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
  /**
   * Also look below the cursor: for mails that came late, could not be taken in or could not be moved; at all since the first start if
   * this program has not done so yet.
   */
  readonly full: boolean
  /** Asked between two mails; true ends the scan early. */
  readonly stopped: () => boolean
}

/**
 * Scans the folder once.
 * @throws GatewayError of the connection
 */
export async function scanFolder(folder: ScannedFolder, { full, stopped }: ScanOptions): Promise<ScanResult> {
  const { name, generation, connection, intake, trouble } = folder
  const done: number[] = []
  let received = 0
  let failed = 0
  let unreadable = 0
  let looked = 0
  let complete = true
  let storeFailed = false
  for (const uid of trouble.sorted(generation, await uidsToSee(folder, full))) {
    if (++looked % looksAtOnce === 0) await setImmediate()
    complete = !stopped()
    if (!complete) break
    const known = intake.placeOf(name, generation, uid)
    const place = known ?? (await takeMail(folder, uid))
    if (place === 'failed' || place === 'store-failed') failed++
    if (place === 'unreadable') unreadable++
    // The cursor must not pass a mail that the disk did not take: nobody would look at it again.
    storeFailed = place === 'store-failed'
    if (storeFailed) break
    if (place === 'done') done.push(uid)
    if (known === null && (place === 'done' || place === 'stay')) received++
  }
  if (full && complete && !storeFailed) trouble.looked(generation)
  // After the last mail, so that no mail waits for the moves of the others; a crash before this is made good by a full scan.
  const stuck = !(await moved(connection, done))
  if (received + failed + unreadable > 0) log.debug('mail-scan', { received, failed, unreadable, stuck })
  return { received, failed, unreadable, stuck, storeFailed }
}
