// Counts the commits in a write-ahead log of SQLite from outside (https://www.sqlite.org/fileformat2.html#the_write_ahead_log): a frame
// whose second field is not zero ends a transaction. Frames of an older turn of the log have other salts and do not count.

import { existsSync, readFileSync } from 'node:fs'

const headerOctets = 32
const frameHeaderOctets = 24

/** @returns the commits since the log last began anew; 0 without a log */
export function countCommits(walFile: string): number {
  if (!existsSync(walFile)) return 0
  const wal = readFileSync(walFile)
  if (wal.length < headerOctets) return 0
  const pageOctets = wal.readUInt32BE(8)
  const salts = wal.subarray(16, 24)
  let commits = 0
  for (
    let at = headerOctets;
    at + frameHeaderOctets + pageOctets <= wal.length;
    at += frameHeaderOctets + pageOctets
  ) {
    if (!wal.subarray(at + 8, at + 16).equals(salts)) break
    if (wal.readUInt32BE(at + 4) !== 0) commits++
  }
  return commits
}
