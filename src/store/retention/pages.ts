// Gives pages that nothing is in back to the file system, a few at a time (PRAGMA incremental_vacuum). Some stay, for the next day needs about as
// many as the last one left: a box in its daily round moves no page. What was deleted is not in them (secure_delete).
// Invariant: a database that was made without auto_vacuum keeps its free pages and uses them again; nothing here makes it grow.

import type { Store } from '../database/database.ts'

/** One bite: some milliseconds. */
const pagesAtOnce = 64
/** Of this share of the file a free page more or less does not matter. */
const freeShareMax = 0.1
const incremental = 2

const pragma = (store: Store, name: string): number => {
  const row = store.get<Record<string, number>>(`PRAGMA ${name}`)
  return Object.values(row ?? {})[0] ?? 0
}

/** @yields how many pages the file was shortened by */
export function* giveBackPages(store: Store): Generator<number, void> {
  if (pragma(store, 'auto_vacuum') !== incremental) return
  for (;;) {
    const pages = pragma(store, 'page_count')
    const tooMany = pragma(store, 'freelist_count') - Math.ceil(pages * freeShareMax)
    if (tooMany <= 0) return
    const count = Math.min(tooMany, pagesAtOnce)
    yield store.transaction(() => {
      // A statement that gives a row for each page is left after the first one.
      for (let page = 0; page < count; page++) store.run('PRAGMA incremental_vacuum(1)')
      return count
    })
  }
}

/**
 * Takes everything out of the log, in which what was erased still stands as it was before, and makes it empty.
 * @returns false if somebody reads or writes just now; nobody is waited for, since a backup reads for minutes
 */
export function emptyLog(store: Store): boolean {
  const waitMs = pragma(store, 'busy_timeout')
  store.get('PRAGMA busy_timeout = 0')
  try {
    return pragma(store, 'wal_checkpoint(TRUNCATE)') === 0
  } finally {
    store.get(`PRAGMA busy_timeout = ${waitMs}`)
  }
}
