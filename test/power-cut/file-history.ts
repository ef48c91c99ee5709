// What a power cut may leave on the disk: the files of one folder as the touches of a program built them, and which of its changes
// fsync(2) had made safe. The model is weaker than any file system in use: of what no sync covers, any set may be there, in any order,
// and of a single write any of its 512-octet sectors. ext4 (data=ordered), XFS and f2fs leave some of these states only; a disk that lies
// about its order, but not about a flush, leaves more of them. A name in the folder is safe only once the folder itself was synced.
// Not in the model: a write that damages octets beside it (SQLite's "powersafe overwrite"), and a disk that lies about a flush.
// Invariant: what a sync covered is there, octet for octet, whatever was decided about the rest.

import type { Touch } from '../crash/touch-shim.ts'

/** The path under which the shim reports an fsync of the folder. */
export const folderPath = '.'
const sectorOctets = 512

/** What became of one change that no sync covers; of a write, sector by sector: told is the number of the sector in the file. */
export type Fate = 'lost' | 'kept' | ((sector: number) => boolean)

/** Names of files and what is in them. */
export type Files = ReadonlyMap<string, Buffer>

/** A file's octets; `octets` may have room behind them. */
interface Content {
  octets: Buffer
  length: number
}

interface Inode {
  readonly safe: Content
}

interface FileChange {
  readonly kind: 'content'
  readonly inode: Inode
  readonly touch: Touch
}

interface NameChange {
  readonly kind: 'name'
  readonly removed: string | null
  readonly added: { readonly path: string; readonly inode: Inode } | null
}

type Change = FileChange | NameChange

function resize(content: Content, length: number): void {
  if (content.octets.length < length) {
    const larger = Buffer.alloc(Math.max(length, 2 * content.octets.length))
    content.octets.copy(larger, 0, 0, content.length)
    content.octets = larger
  }
  // What lies behind the end is not the file's: it must read as zeros when the file grows again.
  if (length < content.length) content.octets.fill(0, length, content.length)
  content.length = length
}

function writeInto(content: Content, { op, offset, data }: Touch, fate: Exclude<Fate, 'lost'>): void {
  if (op === 'truncate') return resize(content, offset)
  const end = offset + data.length
  for (let from = offset; from < end; ) {
    const sector = Math.floor(from / sectorOctets)
    const to = fate === 'kept' ? end : Math.min(end, (sector + 1) * sectorOctets)
    if (fate === 'kept' || fate(sector)) {
      if (to > content.length) resize(content, to)
      data.copy(content.octets, from, from - offset, to - offset)
    }
    from = to
  }
}

function rename(names: Map<string, Inode>, { removed, added }: NameChange): void {
  if (removed !== null) names.delete(removed)
  if (added !== null) names.set(added.path, added.inode)
}

/** Follows the touches of a program; tells at any moment what a power cut would leave. */
export class FileHistory {
  /** The folder as the running program sees it, and as the last sync of the folder left it. */
  readonly #seen = new Map<string, Inode>()
  readonly #safe = new Map<string, Inode>()
  /** What no sync covers yet, in order. */
  #pending: Change[] = []

  /** @param initial files that are safe at the beginning */
  constructor(initial: Files = new Map()) {
    for (const [path, octets] of initial) {
      const inode = { safe: { octets: Buffer.from(octets), length: octets.length } }
      this.#seen.set(path, inode)
      this.#safe.set(path, inode)
    }
  }

  /** Takes the next touch; those of ttys and sockets change nothing. Throws if it speaks of a file that was never made. */
  apply(touch: Touch): void {
    const { op, target, path, data } = touch
    if (target !== 'file') return
    if (op === 'create') this.#name(null, { path, inode: { safe: { octets: Buffer.alloc(0), length: 0 } } })
    else if (op === 'unlink') this.#name(path, null)
    else if (op === 'rename') this.#name(path, { path: data.toString('utf8'), inode: this.#find(path) })
    else if (op === 'sync') this.#sync(path)
    else this.#pending.push({ kind: 'content', inode: this.#find(path), touch })
  }

  /** How many changes no sync covers. */
  pending(): number {
    return this.#pending.length
  }

  /** The files after a power cut now. @param fateOf asked once for each change that no sync covers, in their order from 0 */
  after(fateOf: (change: number) => Fate): Files {
    const names = new Map(this.#safe)
    const writes: { readonly inode: Inode; readonly touch: Touch; readonly fate: Exclude<Fate, 'lost'> }[] =
      []
    for (const [number, change] of this.#pending.entries()) {
      const fate = fateOf(number)
      if (fate === 'lost') continue
      if (change.kind === 'content') writes.push({ ...change, fate })
      // A name is there or not; of those that would be torn, half is.
      else if (fate === 'kept' || fate(number)) rename(names, change)
    }
    const files = new Map<string, Buffer>()
    for (const [path, inode] of names) {
      const content: Content = {
        octets: Buffer.from(inode.safe.octets.subarray(0, inode.safe.length)),
        length: inode.safe.length,
      }
      for (const { inode: of, touch, fate } of writes) if (of === inode) writeInto(content, touch, fate)
      files.set(path, content.octets.subarray(0, content.length))
    }
    return files
  }

  #find(path: string): Inode {
    const inode = this.#seen.get(path)
    if (inode === undefined) throw new Error(`the log never made ${path}`)
    return inode
  }

  #name(removed: NameChange['removed'], added: NameChange['added']): void {
    const change: NameChange = { kind: 'name', removed, added }
    rename(this.#seen, change)
    this.#pending.push(change)
  }

  #sync(path: string): void {
    const inode = path === folderPath ? null : this.#find(path)
    const left: Change[] = []
    for (const change of this.#pending)
      if (change.kind === 'name' && inode === null) rename(this.#safe, change)
      else if (change.kind === 'content' && change.inode === inode)
        writeInto(inode.safe, change.touch, 'kept')
      else left.push(change)
    this.#pending = left
  }
}
