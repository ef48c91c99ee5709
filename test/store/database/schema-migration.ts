// Migrates a database with the steps that it is given as JSON, and can be made to stop in the middle of the last one: for the tests of
// sudden ends. The real steps stop where they are told to: a statement that calls a function which never returns.

import Database from 'better-sqlite3'
import { migrate } from '../../../src/store/database/migrate.ts'
import { migrations } from '../../../src/store/database/migrations.ts'

const [path = '', where = ''] = process.argv.slice(2)
const db = new Database(path)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
// Pages of an unfinished transaction go into the -wal at once.
db.pragma('cache_size = 10')

function stop(word: string): never {
  process.stdout.write(`${word}\n`)
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
}

db.function('stop_here', () => stop('in the step'))
const steps = [
  ...migrations,
  'CREATE TABLE extra (a BLOB); INSERT INTO extra VALUES (randomblob(200000)); SELECT stop_here();',
]
migrate(db, {
  path,
  readOnly: false,
  steps,
  copyTo: (target) => {
    if (where === 'copy') stop('in the copy')
    const reader = new Database(path, { readonly: true })
    reader.prepare('VACUUM INTO ?').run(target)
    reader.close()
  },
})
