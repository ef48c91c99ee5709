// Every statement of the program, explained by SQLite on a database with some hundred messages: none that the service puts for a message or
// each minute may read a table from end to end, or take longer with every message that was. Without ANALYZE, as in the service.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import type { Store, Value } from '../../src/store/database/database.ts'
import { fillDatabase } from '../bench/big-database.ts'
import { callEverything, retain } from './every-statement.ts'
import { now, storeKeeper } from './temp-store.ts'

const folder = fileURLToPath(new URL('../../src/store', import.meta.url))
const methods = ['all', 'get', 'run'] as const

/** Tables that grow with the messages, the people or the years. */
const large =
  /^(message|step|mail_place|pdu|conversation|conversation_mail|delivery|segment|spending|told|binding|signal|daily_count)\b/

/** Partial indexes that hold only what is still to be done: reading one of them whole is what it is for. */
const short: ReadonlySet<string> = new Set([
  'delivery_open',
  'delivery_held',
  'delivery_untold',
  'delivery_confirm',
  'segment_open',
  'segment_pending',
  'message_held',
  'message_refused',
  'delivery_troubled',
  'binding_keep',
  'binding_ended',
  'pdu_waiting',
])

/** Not looked at: what is put once, and reads all because that is its purpose. */
const notLookedAt: Readonly<Record<string, string>> = {
  'backup/backup.ts': 'a backup is the whole file',
  'backup/restored.ts': 'once, after a backup was put back',
}

/** Statements that read a whole table, by how they begin behind their columns. */
const mayReadAll: readonly (readonly [sql: RegExp, why: string])[] = [
  [/FROM binding WHERE \(expires_at IS NULL OR expires_at > \?\) ORDER BY/, 'binding list prints them all'],
  [/FROM spending WHERE day BETWEEN/, 'status, for the operator; the books keep 70 days'],
  [
    /(FROM|DELETE FROM) (spending|told|signal)\b.* (day|at) < \?/,
    'retention, once a day; the books keep 70 days',
  ],
]

interface Statement {
  readonly sql: string
  readonly values: readonly Value[]
  /** "journal.ts:112" */
  readonly place: string
}

const keep = storeKeeper()
const statements = new Map<string, Statement>()
let store: Store

/** "outbox/sms.ts:112", of the place in src/store that called. */
function callerOf({ stack = '' }: Error): string {
  const caller = stack.split('\n').find((line) => line.includes('/src/store/'))
  return /\/src\/store\/([\w/-]+\.ts:\d+):\d+\)?$/.exec(caller ?? '')?.[1] ?? 'elsewhere'
}

function recorded(real: Store): Store {
  const note =
    (method: (typeof methods)[number]) =>
    (sql: string, ...values: Value[]): never => {
      const place = callerOf(new Error())
      statements.set(`${place} ${sql}`, { sql, values, place })
      return real[method](sql, ...values) as never
    }
  return { ...real, all: note('all'), get: note('get'), run: note('run') }
}

/** Places where `store.all`, `.get` or `.run` is called, with the line of the method. */
function placesIn(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(folder, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const places: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression: owner, name } = node.expression
      const isStatement = owner.getText(source) === 'store' && methods.some((method) => method === name.text)
      if (isStatement)
        places.push(`${file}:${source.getLineAndCharacterOfPosition(name.getStart(source)).line + 1}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return places
}

/** Lines of the plan that read a whole table, or a whole index of one, that is large. */
function wholeReads({ sql, values }: Statement): string[] {
  return store
    .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values)
    .map(({ detail }) => detail)
    .filter((detail) => {
      const [, table = '', index = ''] = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?/.exec(detail) ?? []
      return table !== '' && large.test(nameBehind(table, sql)) && !short.has(index)
    })
}

const words = (sql: string): string => sql.replace(/\s+/g, ' ')

/** The table behind an alias. */
const nameBehind = (alias: string, sql: string): string =>
  new RegExp(`\\b(?:FROM|JOIN) (\\w+) (?:AS )?${alias}\\b`).exec(sql)?.[1] ?? alias

const few = { bindings: 100, messages: 400, until: now }
const many = { bindings: 2000, messages: 20_000, until: now }

before(() => {
  store = keep()
  fillDatabase(store, few)
  callEverything(recorded(store))
  retain(recorded(store))
})

test('every place that puts SQL to the database is looked at', () => {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !(file in notLookedAt))
    .flatMap(placesIn)
  const reached = new Set([...statements.values()].map(({ place }) => place))
  assert.deepEqual(
    all.filter((place) => !reached.has(place)),
    [],
    'add a call for each to every-statement.ts',
  )
})

test('no statement of the service reads a large table from end to end', () => {
  const found = [...statements.values()].flatMap((statement) =>
    wholeReads(statement).map((line) => `${statement.place}: ${line}: ${words(statement.sql)}`),
  )
  assert.deepEqual(
    found.filter((line) => !mayReadAll.some(([sql]) => sql.test(line))),
    [],
  )
})

/** Nothing that takes less is worth a look; a busy machine adds that much, but not to each of the rounds. */
const shortMs = 1
const rounds = 5
const growthMax = 10

/** Milliseconds of each statement, the shortest of some rounds, each of which is undone. */
function timesWith(size: typeof few): ReadonlyMap<string, number> {
  const filled = keep()
  fillDatabase(filled, size)
  const times = new Map<string, number>()
  const timed =
    (method: (typeof methods)[number]) =>
    (sql: string, ...values: Value[]): never => {
      const begun = performance.now()
      const result = filled[method](sql, ...values)
      const took = performance.now() - begun
      times.set(sql, Math.min(took, times.get(sql) ?? took))
      return result as never
    }
  const undone = new Error('undone')
  for (let round = 0; round < rounds; round += 1)
    assert.throws(
      () =>
        filled.transaction(() => {
          filled.run('PRAGMA defer_foreign_keys = ON')
          callEverything({ ...filled, all: timed('all'), get: timed('get'), run: timed('run') })
          throw undone
        }),
      undone,
    )
  return times
}

test('no statement of the service takes longer with fifty times the messages', () => {
  const before = timesWith(few)
  const found = [...timesWith(many)].flatMap(([sql, ms]) => {
    const was = before.get(sql) ?? Number.NaN
    const line = `${was.toFixed(2)} ms before, ${ms.toFixed(2)} ms now: ${words(sql)}`
    return ms < shortMs || ms < growthMax * was || mayReadAll.some(([allowed]) => allowed.test(line))
      ? []
      : [line]
  })
  assert.deepEqual(found, [])
})
