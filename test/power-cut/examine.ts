// Opens what a power cut left, as the service would after it, and says what is wrong: a database that is damaged, a commit of which only
// a part is there, a pledge that is not kept, a state that no rule allows after the leftovers were settled.
// Invariant: what it finds is said in words; nothing that goes wrong is thrown.

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../src/config/config.ts'
import { createDesk } from '../../src/daemon/desk.ts'
import { systemClock } from '../../src/daemon/system-clock.ts'
import { deliveryStateOf, type SegmentState } from '../../src/domain/delivery.ts'
import { messageOf } from '../../src/domain/errors.ts'
import { settleLeftovers } from '../../src/exchange/dispatch/dispatch-sms.ts'
import { lockStore, openStore, type Store, setting } from '../../src/store/database/database.ts'
import { layFiles } from './box.ts'
import type { Files } from './file-history.ts'
import type { Pledge, PledgeKind } from './pledges.ts'

export interface Finding {
  /** Which check found it. */
  readonly check: PledgeKind | 'opens' | 'integrity' | 'one-commit' | 'settled'
  readonly what: string
}

export interface Examined {
  readonly findings: readonly Finding[]
  /** Equal where everything in the database is equal; `null` if it could not be read; "new" if the schema had to be made. */
  readonly content: string | null
}

/** What stays of the shared memory of the WAL after a power cut is anything. */
const sharedMemory = Buffer.alloc(32_768, 0xa5)

/** @param secret the database's own, by which it is told from one that had to be made anew */
export async function examine(
  { files, pledges }: { readonly files: Files; readonly pledges: readonly Pledge[] },
  { config, folder, secret }: { readonly config: Config; readonly folder: string; readonly secret: string },
): Promise<Examined> {
  const path = join(folder, 'simpost.db')
  layFiles(folder, files)
  writeFileSync(`${path}-shm`, sharedMemory)
  try {
    lockStore(path)()
    const store = openStore(path)
    try {
      const content = setting(store, 'secret') === secret ? contentOf(store) : 'new'
      const findings = [...integrityOf(store), ...brokenPledges(store, pledges), ...halfCommits(store)]
      const desk = createDesk(config, store, systemClock, () => {})
      await settleLeftovers({ desk })
      return { content, findings: [...findings, ...unsettled(store)] }
    } finally {
      store.close()
    }
  } catch (error) {
    return { content: null, findings: [{ check: 'opens', what: messageOf(error) }] }
  }
}

function contentOf(store: Store): string {
  const hash = createHash('sha256')
  const tables = store.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
  )
  for (const { name } of tables)
    for (const row of store.all<Record<string, unknown>>(`SELECT * FROM ${name}`))
      hash.update(JSON.stringify([name, row]))
  return hash.digest('hex')
}

function integrityOf(store: Store): Finding[] {
  const said = [
    ...store.all<{ integrity_check: string }>('PRAGMA integrity_check').map((row) => row.integrity_check),
    ...store.all('PRAGMA foreign_key_check').map((row) => JSON.stringify(row)),
  ]
  return said.filter((line) => line !== 'ok').map((what) => ({ check: 'integrity', what }))
}

/** The pledges that the database does not keep. */
function brokenPledges(store: Store, pledges: readonly Pledge[]): Finding[] {
  const set = (sql: string): ReadonlySet<string> =>
    new Set(store.all<{ it: string | number }>(sql).map(({ it }) => String(it)))
  const kept: Readonly<Record<PledgeKind, ReadonlySet<string>>> = {
    deleted: set('SELECT pdu AS it FROM pdu'),
    submitted: set("SELECT pdu AS it FROM segment WHERE state <> 'queued'"),
    moved: set(
      "SELECT uid AS it FROM mail_place p JOIN message m ON m.id = p.message_id WHERE p.place = 'done'",
    ),
    'handed-over': set("SELECT mail_id AS it FROM delivery WHERE medium = 'mail'"),
  }
  return pledges
    .filter(({ kind, what }) => !kept[kind].has(what))
    .map(({ kind, what }) => ({ check: kind, what: what.slice(0, 80) }))
}

/** What is written in one commit is all there or not at all. */
function halfCommits(store: Store): Finding[] {
  const counts: Readonly<Record<string, string>> = {
    'mails that were taken in without a place': `SELECT count(*) AS n FROM message m WHERE m.medium = 'mail'
      AND NOT EXISTS (SELECT 1 FROM mail_place p WHERE p.message_id = m.id)`,
    'mails beyond the cursor': `SELECT count(*) AS n FROM mail_place p WHERE p.uid > coalesce((SELECT c.uid FROM mail_cursor c
      WHERE c.folder = p.folder AND c.uid_validity = p.uid_validity), 0)`,
    'messages that were converted into nothing': `SELECT count(*) AS n FROM message m WHERE m.judgement = 'convert'
      AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = m.id)`,
    'messages without a step': `SELECT count(*) AS n FROM message m
      WHERE NOT EXISTS (SELECT 1 FROM step s WHERE s.message_id = m.id)`,
    'SMS that were taken in without their PDU': `SELECT count(*) AS n FROM message m WHERE m.medium = 'sms'
      AND NOT EXISTS (SELECT 1 FROM pdu p WHERE p.message_id = m.id)`,
    'parts that are in the books and not in the outbox, or the other way round': `SELECT abs(
      (SELECT coalesce(sum(parts), 0) FROM spending WHERE scope = 'box') -
      (SELECT count(*) FROM segment s JOIN delivery d ON d.id = s.delivery_id WHERE d.charged_at IS NOT NULL)) AS n`,
    'SMS without segments': `SELECT count(*) AS n FROM delivery d WHERE d.medium = 'sms'
      AND NOT EXISTS (SELECT 1 FROM segment s WHERE s.delivery_id = d.id)`,
    'mails without their octets':
      "SELECT count(*) AS n FROM delivery WHERE medium = 'mail' AND state IN ('queued', 'sending') AND raw IS NULL",
  }
  return Object.entries(counts)
    .map(([what, sql]) => ({ what, n: store.get<{ n: number }>(sql)?.n ?? 0 }))
    .filter(({ n }) => n > 0)
    .map(({ what, n }) => ({ check: 'one-commit', what: `${n} ${what}` }))
}

/** After a start no segment is with a modem that knows nothing of it, and a delivery shows what its segments say. */
function unsettled(store: Store): Finding[] {
  const rows = store.all<{ id: number; state: string; states: string }>(
    `SELECT d.id, d.state, group_concat(s.state) AS states FROM delivery d JOIN segment s ON s.delivery_id = d.id
     WHERE d.state NOT IN ('held', 'cancelled', 'merged') GROUP BY d.id`,
  )
  return rows
    .filter(({ state, states }) => {
      const segments = states.split(',') as SegmentState[]
      return segments.includes('submitting') || deliveryStateOf(segments) !== state
    })
    .map(({ id, state, states }) => ({ check: 'settled', what: `delivery ${id} is ${state} with ${states}` }))
}
