// What `simpost check` finds about the database and its disk. Invariants: nothing is written, a database that cannot be used is no obstacle,
// and the service may go on meanwhile: it is read as it is at this moment.

import { type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from '../../config/config.ts'
import { backupFolder } from '../../daemon/backups.ts'
import type { GatewayError } from '../../domain/errors.ts'
import { automaticBackups } from '../../store/backup/backup-folder.ts'
import { findDamage } from '../../store/database/database.ts'
import { lastWriteAt, sizeOf } from '../../store/database/database-files.ts'
import { roomOf, roomText } from '../../store/database/health.ts'
import { refuseToBeginAnew } from '../../store/database/lost-database.ts'
import { asStoreError, damaged, diskTrouble } from '../../store/database/store-error.ts'
import { localTime } from '../output.ts'
import { octetsText } from '../store/octets-text.ts'
import { type Finding, fine, problem, warning } from './check-finding.ts'

/** It is cut back to 4 MiB again and again; one that has grown so far shows that something keeps that from happening. */
const walLarge = 64_000_000
/** A database of this size takes some seconds, and on a slow card minutes. */
const longLook = 100_000_000
/** From so many missed ones on, automatic backups count as failing. */
const backupsMissed = 3

export function storeFindings(config: Config, now: number): readonly Finding[] {
  const { path } = config.store
  if (path === ':memory:') return []
  try {
    refuseToBeginAnew(path)
    const disk = diskFindings(path)
    if (sizeOf(path) === 0) return [...disk, fine('store', `no database yet; the service makes ${path}`)]
    return [
      ...disk,
      ...soundness(path),
      ...rightsFindings(path),
      ...walFindings(path),
      ...backups(config, now),
    ]
  } catch (error) {
    return [problemOf(asStoreError(error, path))]
  }
}

const problemOf = ({ message, hint }: GatewayError): Finding => problem('store', message, hint ?? null)

function diskFindings(path: string): readonly Finding[] {
  const room = roomOf(path)
  if (room === null) return []
  const trouble = diskTrouble(path, room)
  if (trouble !== null) return [problemOf(trouble)]
  const text = roomText(path, room)
  if (room.free >= room.low) return [fine('store', text)]
  return [warning('store', `the disk is nearly full: ${text}`, 'make room: sudo du -xh / | sort -h | tail')]
}

function soundness(path: string): readonly Finding[] {
  const octets = sizeOf(path)
  if (octets > longLook) process.stderr.write(`Looks through the database, ${octetsText(octets)} ...\n`)
  const damage = findDamage(path)
  if (damage !== null) return [problemOf(damaged(path, damage))]
  return [fine('store', `the database is sound: ${path}, ${octetsText(octets)}`)]
}

const others = 0o077
const ownerWrites = 0o300

/** The service runs as the owner of the folder, mostly simpost, and makes and removes files in it. */
function rightsFindings(path: string): readonly Finding[] {
  const folder = statSync(dirname(path))
  const found = ['', '-wal', '-shm', '.lock', '.made']
    .map((end) => path + end)
    .map((file) => ({ file, stats: statSync(file, { throwIfNoEntry: false }) }))
    .filter((each): each is { file: string; stats: Stats } => each.stats !== undefined)
  const strange = found.filter(({ stats }) => stats.uid !== folder.uid).map(({ file }) => file)
  const open = found.filter(({ stats }) => (stats.mode & others) !== 0).map(({ file }) => file)
  const findings: Finding[] = []
  if ((folder.mode & ownerWrites) !== ownerWrites)
    findings.push(
      problem('store', `its owner may not write into ${dirname(path)}`, `sudo chmod u+rwx ${dirname(path)}`),
    )
  if (strange.length > 0) {
    const hint = `sudo chown --reference=${dirname(path)} ${strange.join(' ')}`
    const whose = `not of the owner of their folder, so the service cannot write them: ${strange.join(', ')}`
    findings.push(problem('store', whose, hint))
  }
  if (open.length > 0)
    findings.push(warning('store', `others may read ${open.join(', ')}`, `sudo chmod 600 ${open.join(' ')}`))
  return findings
}

function walFindings(path: string): readonly Finding[] {
  const octets = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (octets < walLarge) return []
  const what = `${path}-wal has grown to ${octetsText(octets)}: a program keeps reading an old state`
  return [warning('store', what, `end it; sudo fuser -v ${path} names it`)]
}

function backups(config: Config, now: number): readonly Finding[] {
  const folder = backupFolder(config)
  if (folder === null) return []
  const [last] = automaticBackups(folder)
  const cure = 'journalctl -u simpost | grep backup; simpost backup FILE makes one now'
  if (last === undefined) return [fine('store', `no automatic backup yet; they go to ${folder}`)]
  const missed = Math.floor((now - last.at) / config.store.backup_every)
  const text = `the last automatic backup is of ${localTime(last.at)}`
  // Without a write since then none is due.
  if (missed < backupsMissed || lastWriteAt(config.store.path) <= last.at) return [fine('store', text)]
  return [warning('store', `${text}, and ${missed} were due since`, cure)]
}
