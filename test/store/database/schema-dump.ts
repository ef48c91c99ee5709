// Databases of earlier schemas as SQL text, and back. Run by hand once a version, before the next step is written:
//   node --import tsx test/store/database/schema-dump.ts 2 > test/fixtures/schema/2.sql
// makes a database of that schema out of the dump of the version before, gives every table a row and every column a value, and prints it.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { migrations } from '../../../src/store/database/migrations.ts'

type Db = Database.Database

/** @param version of the schema, from 1 */
export const dumpFile = (version: number): string =>
  fileURLToPath(new URL(`../../fixtures/schema/${version}.sql`, import.meta.url))

export function readDump(version: number): string {
  return readFileSync(dumpFile(version), 'utf8')
}

/** Names of the tables, in the order in which they were made: those that are referred to come first. */
export function tablesOf(db: Db): string[] {
  return db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
    )
    .pluck()
    .all() as string[]
}

/** What the database is made of, to be compared. */
export function schemaOf(db: Db): unknown[] {
  return db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name').all()
}

/** All rows of a table as text, in a fixed order, with the columns that are named. */
export function rowsOf(db: Db, table: string, columns: readonly string[]): string[] {
  const list = columns.map((column) => `quote(${column})`).join(" || ', ' || ")
  return db.prepare(`SELECT ${list} FROM ${table} ORDER BY 1`).pluck().all() as string[]
}

interface Column {
  readonly name: string
  readonly type: string
}

export function columnsOf(db: Db, table: string): Column[] {
  return db.prepare('SELECT name, type FROM pragma_table_info(?)').all(table) as Column[]
}

/** A row with a value in every column, where the table has none, or a column that is always null. */
function fillGaps(db: Db): void {
  for (const table of tablesOf(db)) {
    const columns = columnsOf(db, table)
    const gaps = columns.filter(
      ({ name }) =>
        db.prepare(`SELECT 1 FROM ${table} WHERE ${name} IS NOT NULL LIMIT 1`).get() === undefined,
    )
    if (gaps.length === 0) continue
    const refers = new Set(
      db.prepare('SELECT "from" FROM pragma_foreign_key_list(?)').pluck().all(table) as string[],
    )
    const filler = ({ name, type }: Column): string => {
      if (refers.has(name)) return '1'
      if (type === 'INTEGER') return name === 'id' ? '99' : '1795000000000'
      return type === 'BLOB' ? "X'0102'" : `'${table} ${name}'`
    }
    // The dump before this one has such a row already; a new column is all it lacks.
    const hasId = columns.some(({ name }) => name === 'id')
    if (hasId && db.prepare(`SELECT 1 FROM ${table} WHERE id = 99`).get() !== undefined)
      for (const gap of gaps) db.exec(`UPDATE ${table} SET ${gap.name} = ${filler(gap)} WHERE id = 99`)
    else
      db.exec(
        `INSERT INTO ${table}(${columns.map(({ name }) => name).join(', ')}) VALUES (${columns.map(filler).join(', ')})`,
      )
  }
}

function dump(db: Db, version: number): string {
  const made = db
    .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index', rowid")
    .pluck()
    .all() as string[]
  const rows = tablesOf(db).flatMap((table) => {
    const columns = columnsOf(db, table).map(({ name }) => name)
    const head = `INSERT INTO ${table}(${columns.join(', ')})`
    return rowsOf(db, table, columns).map((row) => `${head} VALUES (${row});`)
  })
  return `${[...made.map((sql) => `${sql};`), ...rows, `PRAGMA user_version = ${version};`].join('\n')}\n`
}

/** What an office that is at work has in its database, in words of the first schema; what no row here fills is filled by itself. */
const firstRows = `
  INSERT INTO setting VALUES ('secret', '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'), ('instance', '0123456789abcdef');
  INSERT INTO binding(id, mailbox, mailbox_key, number, alias, name, line, origin, created_at, quiet_hours, urgent) VALUES
    (1, 'Bob@office.example', 'bob@office.example', '+4917012345678', 'bob', 'Bob', 0, 'cli', 1790000000000, '22:00-07:00', 1);
  INSERT INTO binding(id, mailbox, mailbox_key, number, line, origin, created_at, expires_at) VALUES
    (2, 'bob@office.example', 'bob@office.example', '+4917198765432', 0, 'mail', 1794000000000, 1796000000000);
  INSERT INTO message VALUES
    (1, 'mail', 'anna@office.example', '[sms] offer', 'see you at eight', '<1@office.example>', 'd1', 1794900000000, 1, 'tag', 'convert', 'flagged', NULL, 'anna@office.example', 'Subject: offer'),
    (2, 'sms', '+4917012345678', '', 'yes', NULL, NULL, 1794900100000, 1, 'policy', 'convert', 'answer', NULL, NULL, NULL),
    (3, 'sms', '+4917012345678', '', 'whom?', NULL, NULL, 1794900200000, 1, 'policy', 'hold', 'ambiguous', X'7B7D', NULL, NULL),
    (4, 'mail', 'eve@evil.example', 'win', 'a prize', '<2@evil.example>', 'd2', 1794900300000, 0, 'policy', 'ignore', 'sender-not-allowed', NULL, NULL, NULL);
  INSERT INTO step VALUES (1, 1794900000000, 'flag', '1 from tag'), (1, 1794900000000, 'convert', '+4917012345678: 1 part');
  INSERT INTO mail_place VALUES ('sms@office.example/INBOX', '7', 11, 1, 'done'), ('sms@office.example/INBOX', '7', 12, 4, 'stay');
  INSERT INTO mail_cursor VALUES ('sms@office.example/INBOX', '7', 12, 10, 1790000000000, NULL);
  INSERT INTO conversation VALUES
    (1, '+4917012345678', 'anna@office.example', 'anna@office.example', 'token1', 'offer', '<1@office.example>', '<3@office.example>', 1794900000000, 1794900100000, 1795500000000, 1);
  INSERT INTO conversation_mail VALUES ('<1@office.example>', 1);
  INSERT INTO delivery(id, message_id, conversation_id, medium, recipient, rule, text, encoding, state, attempts, next_attempt_at, cause, charged_at, validity_ms, created_at, updated_at) VALUES
    (1, 1, 1, 'sms', '+4917012345678', 'binding', 'see you at eight', 'gsm7', 'delivered', 0, 1794900000000, 'anna@office.example', 1794900000000, 86400000, 1794900000000, 1794900050000),
    (2, 1, NULL, 'sms', '+4917012345678', 'binding', 'two parts', 'ucs2', 'sending', 1, 1794900000000, 'anna@office.example', 1794900000000, 86400000, 1794900000000, 1794900050000),
    (3, 1, NULL, 'sms', '+4917012345678', 'binding', 'nobody knows', 'gsm7', 'uncertain', 1, 1794900000000, 'anna@office.example', 1794900000000, 86400000, 1794900000000, 1794900050000);
  INSERT INTO delivery(id, message_id, medium, recipient, rule, text, encoding, state, held_reason, held_until, cause, created_at, updated_at) VALUES
    (4, 1, 'sms', '+4917012345678', 'binding', 'later', 'gsm7', 'held', 'quiet-hours', 1794990000000, 'anna@office.example', 1794900000000, 1794900000000);
  INSERT INTO delivery(id, message_id, conversation_id, medium, recipient, rule, text, state, next_attempt_at, created_at, updated_at, mail_id, raw) VALUES
    (5, 2, 1, 'mail', 'anna@office.example', 'answer', 'yes', 'queued', 1794900100000, 1794900100000, 1794900100000, '<3@office.example>', X'46726F6D3A');
  INSERT INTO segment(id, delivery_id, seq, pdu, tpdu_length, state, message_reference, submitted_at) VALUES
    (1, 1, 1, '00AA', 1, 'delivered', 17, 1794900010000), (2, 2, 1, '00AB', 1, 'sent', 18, 1794900020000),
    (3, 2, 2, '00AC', 1, 'queued', NULL, NULL), (4, 3, 1, '00AD', 1, 'uncertain', NULL, 1794900030000),
    (5, 4, 1, '00AE', 1, 'queued', NULL, NULL);
  INSERT INTO pdu(id, fingerprint, pdu, received_at, message_id) VALUES (1, 'f1', '07AA', 1794900100000, 2);
  INSERT INTO pdu(id, fingerprint, pdu, received_at, concat_key, seq, total, sent_at) VALUES
    (2, 'f2', '07AB', 1794900100000, 'k', 1, 2, 1794900090000);
  INSERT INTO spending VALUES ('box', '', '2026-11-17', 4), ('sender', 'anna@office.example', '2026-11-17', 4);
`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const version = Number(process.argv[2])
  const db = new Database(':memory:')
  db.exec(
    version === 1 ? `${migrations[0]};${firstRows}` : `${readDump(version - 1)}${migrations[version - 1]}`,
  )
  fillGaps(db)
  process.stdout.write(dump(db, version))
}
