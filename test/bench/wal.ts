// Counts the commits in a write-ahead log of SQLite from outside (https://www.sqlite.org/fileformat2.html#the_write_ahead_log): a frame
// whose second field is not zero ends a transaction. Frames of an older turn of the log have other salts and do not count.

import { existsSync, readFileSync } from 'node:fs'

const headerOctets = 32
const frameHeaderOctets = 24
const lookMs = 20

/** The turn of the log, by its salts, and the commits in it; '' and 0 without a log. */
function readTurn(walFile: string): { readonly turn: string; readonly commits: number } {
  const wal = existsSync(walFile) ? readFileSync(walFile) : Buffer.alloc(0)
  if (wal.length < headerOctets) return { turn: '', commits: 0 }
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
  return { turn: salts.toString('hex'), commits }
}

/** @returns the commits since the log last began anew; 0 without a log */
export const countCommits = (walFile: string): number => readTurn(walFile).commits

/** Counts commits while they happen, over turns of the log. A look while it is written may see too few of a turn, never too many. */
export function watchCommits(walFile: string): () => number {
  const first = readTurn(walFile)
  const turns = new Map<string, number>()
  const look = (): void => {
    const { turn, commits } = readTurn(walFile)
    turns.set(turn, Math.max(commits, turns.get(turn) ?? 0))
  }
  const timer = setInterval(look, lookMs)
  return () => {
    clearInterval(timer)
    look()
    return [...turns.values()].reduce((sum, commits) => sum + commits, 0) - first.commits
  }
}
