// `simpost restore [FILE]`: puts a backup back, and says what is not in it and what a person has to look at.

import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { readConfig } from '../../config/config.ts'
import { backupFolder } from '../../daemon/backups.ts'
import { systemClock } from '../../daemon/system-clock.ts'
import { formatDuration } from '../../domain/duration.ts'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import { automaticBackups } from '../../store/backup/backup-folder.ts'
import { finishRestore, type RestoreResult, restoreDatabase } from '../../store/backup/restore.ts'
import { isServiceRunning, lockStore, restoringFile } from '../../store/database/database.ts'
import { asTyped } from '../config-option.ts'
import { localTime, print, printJson } from '../output.ts'
import { printSheet } from '../wrap.ts'

interface RestoreCommandOptions {
  readonly config: string
  readonly nothingSince?: boolean
  readonly json?: boolean
}

interface Done extends RestoreResult {
  readonly file: string
}

export async function restore(name: string | undefined, options: RestoreCommandOptions): Promise<void> {
  const config = readConfig(options.config)
  const { path } = config.store
  if (path === ':memory:')
    throw new GatewayError('USAGE', 'a database in memory cannot be restored', {
      hint: 'set store.path to a file',
    })
  if (isServiceRunning(path))
    throw new GatewayError('STORE_BUSY', 'the service works with the database; nothing was changed', {
      hint: 'sudo systemctl stop simpost, then the same command again',
    })
  const unlock = lockStore(path)
  try {
    const interrupted = finishRestore(path)
    if (interrupted !== null && name === undefined)
      return print(`an interrupted restore was brought to its end; the database of before is ${interrupted}`)
    const how = { at: systemClock.now(), nothingSince: options.nothingSince === true }
    const done = name === undefined ? newestGood(config, how) : oneFile(path, resolve(name), how)
    if (options.json === true) printJson(asJson(path, done))
    else report(path, done, how.nothingSince)
  } finally {
    unlock()
  }
}

type How = Parameters<typeof restoreDatabase>[2]

function oneFile(database: string, file: string, how: How): Done {
  const same = isSame(file, database) || isSame(file, restoringFile(database))
  if (same) throw new GatewayError('USAGE', `${file} is the database itself`, { hint: 'name a backup' })
  return { file, ...restoreDatabase(database, file, how) }
}

function isSame(file: string, other: string): boolean {
  try {
    return realpathSync(file) === realpathSync(other)
  } catch {
    return false
  }
}

function newestGood(config: ReturnType<typeof readConfig>, how: How): Done {
  const folder = backupFolder(config)
  for (const { file } of automaticBackups(folder)) {
    try {
      return { file, ...restoreDatabase(config.store.path, file, how) }
    } catch (error) {
      if (error instanceof GatewayError && error.code !== 'STORE_FAILED') throw error
      process.stderr.write(`passed over: ${messageOf(error)}\n`)
    }
  }
  throw new GatewayError('STORE_FAILED', `there is no good backup in ${folder}`, {
    hint: 'simpost restore FILE, if there is one elsewhere',
  })
}

const isoTime = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

function asJson(database: string, { file, at, schema, kept, lostUntil, open }: Done) {
  return {
    ...{ database, file, backup_at: isoTime(at), schema, kept, lost_until: isoTime(lostUntil) },
    ...{ sms_open: open.sms, sms_held: open.heldSms, mails_open: open.mails },
  }
}

function report(database: string, done: Done, nothingSince: boolean): void {
  const { file, at, kept, lostUntil, open } = done
  const from = at === null ? 'at a time that it does not say' : localTime(at)
  print(`${database} was put back from ${file}, made ${from}`)
  if (kept !== null)
    print(
      asTyped(
        `The database of before is ${kept}; "simpost restore ${kept}" takes it back, if it can be read.`,
      ),
    )
  if (!nothingSince) {
    const age = at === null || lostUntil <= at ? '' : ` (${formatDuration(round(lostUntil - at))})`
    print(`\nWhat the box did from then until ${localTime(lostUntil)}${age} is not in it:`)
    printSheet([
      '- Messages of that time went their way and are not in the journal; what was still to be sent then is in the database of before only.',
      `- ${open.sms} SMS were to be sent and may have been: they are uncertain and are not sent by themselves. ${open.heldSms} SMS waited: they wait until you say so. "simpost status" lists them; then simpost message retry, release or cancel.`,
      `- ${open.mails} mails were to be sent: they go out, maybe a second time, with the same Message-ID.`,
      `- Mails that reached the mailbox before ${localTime(lostUntil)} and still lie there: what becomes an SMS of them is held, for it may have been sent: simpost message list --judgement hold`,
      '- Bindings, pauses and budgets are those of the backup; answers to mails of that time are refused.',
    ])
  }
  print(asTyped('\nStart the service: sudo systemctl start simpost; then look: simpost status'))
}

/** Minutes, for it is people who read it. */
const round = (ms: number): number => Math.ceil(ms / 60_000) * 60_000
