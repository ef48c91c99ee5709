// Builds and steers touch-shim.c, the library that sees every call with which a child process touches the world (a write, an fsync, a
// truncation, a removal, a renaming, a new file below one folder; a write to a tty or an internet socket), and can end it there.
// Invariant: a process that was killed by the shim finds the control file disarmed when it is started again.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram, runProgram } from '../support/server-process.ts'

const source = fileURLToPath(new URL('touch-shim.c', import.meta.url))
const cache = fileURLToPath(new URL('../../.cache', import.meta.url))

const operations = ['write', 'sync', 'truncate', 'unlink', 'rename', 'create'] as const
const targets = ['file', 'tty', 'socket'] as const

/** One call that changed the world. */
export interface Touch {
  /** `sync`: fsync or fdatasync; `truncate`: to `offset` octets; `create`: open() made the file. */
  readonly op: (typeof operations)[number]
  readonly target: (typeof targets)[number]
  /** Relative to the folder for a file, "." for the folder; else "tty" or "socket:<fd>". */
  readonly path: string
  /** Octets from the file's beginning; 0 where there is no such thing. */
  readonly offset: number
  /** What was written; for a renaming the new path. */
  readonly data: Buffer
}

/** Compiles the shim, once for each version of its source; resolves with its path. Throws with the compiler's words. */
export async function buildTouchShim(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)
  const shim = join(cache, `touch-shim-${hash}.so`)
  if (existsSync(shim)) return shim
  mkdirSync(cache, { recursive: true })
  const fresh = `${shim}.${process.pid}`
  await runProgram(findProgram('gcc'), [
    ...['-shared', '-fPIC', '-O2', '-Wall', '-D_FORTIFY_SOURCE=0', '-pthread'],
    ...['-o', fresh, source, '-ldl'],
  ])
  renameSync(fresh, shim)
  return shim
}

/**
 * What a child process needs in its environment to be watched.
 * @param watched `folder`: whose files count, it must exist; `control`: file of a TouchControl; `log`: file to which each touch is
 * appended, for `readTouchLog`
 */
export function touchEnvironment(watched: {
  readonly shim: string
  readonly folder: string
  readonly control?: string
  readonly log?: string
}): Record<string, string> {
  return {
    LD_PRELOAD: watched.shim,
    SIMPOST_TOUCH_FOLDER: watched.folder,
    ...(watched.control === undefined ? {} : { SIMPOST_TOUCH_CONTROL: watched.control }),
    ...(watched.log === undefined ? {} : { SIMPOST_TOUCH_LOG: watched.log }),
    // libuv could hand file operations to the kernel past libc.
    UV_USE_IO_URING: '0',
  }
}

/** Layout of the control file, as `struct control` in touch-shim.c. */
const at = {
  count: 4,
  killAt: 8,
  killAfter: 12,
  killed: 16,
  op: 20,
  target: 24,
  dataLength: 28,
  runsCountOnce: 32,
  path: 36,
  data: 256,
}
const controlOctets = 512

/** Steers a running process that was started with `touchEnvironment`; counts its touches while it is armed. */
export class TouchControl {
  readonly file: string

  /** Makes the file, disarmed. */
  constructor(file: string) {
    this.file = file
    writeFileSync(file, Buffer.alloc(controlOctets), { mode: 0o600 })
  }

  /**
   * From now on touches are counted from 1; the process dies before or after number `killAt` (0: never). With `runsCountOnce`, writes to
   * one file that follow each other directly count as one touch; dying after it is dying after the first of them.
   */
  arm(point: { readonly killAt: number; readonly after: boolean; readonly runsCountOnce?: boolean }): void {
    const settings = Buffer.alloc(controlOctets)
    settings.writeUInt32LE(point.killAt, at.killAt)
    settings.writeUInt32LE(point.after ? 1 : 0, at.killAfter)
    settings.writeUInt32LE(point.runsCountOnce === true ? 1 : 0, at.runsCountOnce)
    this.#write(settings)
    // Last: the process may touch something while the rest is written.
    this.#write(Buffer.from([1, 0, 0, 0]))
  }

  /** Ends the counting; the count stays readable. */
  disarm(): void {
    this.#write(Buffer.alloc(4))
  }

  /** Touches since it was armed. */
  count(): number {
    return readFileSync(this.file).readUInt32LE(at.count)
  }

  /** The touch at which the process was killed (its data cut at 256 octets); null if it was not. */
  killedAt(): Omit<Touch, 'offset'> | null {
    const state = readFileSync(this.file)
    if (state.readUInt32LE(at.killed) === 0) return null
    const length = Math.min(state.readUInt32LE(at.dataLength), controlOctets - at.data)
    return {
      op: nameOf(operations, state.readUInt32LE(at.op)),
      target: nameOf(targets, state.readUInt32LE(at.target)),
      path: state.toString('utf8', at.path, state.indexOf(0, at.path)),
      data: Buffer.from(state.subarray(at.data, at.data + length)),
    }
  }

  /** Writes over the file's beginning in place: the process has it mapped. */
  #write(octets: Buffer): void {
    writeFileSync(this.file, octets, { flag: 'r+' })
  }
}

function nameOf<Name extends string>(names: readonly Name[], number: number): Name {
  const name = names[number - 1]
  if (name === undefined) throw new Error(`the shim wrote ${number} where it should name one of ${names}`)
  return name
}

const headerOctets = 16

/** The touches that were recorded, in order. Throws if the file ends within a record. */
export async function readTouchLog(file: string): Promise<Touch[]> {
  const log = await readFile(file)
  const touches: Touch[] = []
  let position = 0
  while (position < log.length) {
    const pathEnd = position + headerOctets + log.readUInt16LE(position + 2)
    const end = pathEnd + log.readUInt32LE(position + 4)
    if (end > log.length) throw new Error(`${file} ends within a record`)
    touches.push({
      op: nameOf(operations, log.readUInt8(position)),
      target: nameOf(targets, log.readUInt8(position + 1)),
      path: log.toString('utf8', position + headerOctets, pathEnd),
      offset: Number(log.readBigUInt64LE(position + 8)),
      data: log.subarray(pathEnd, end),
    })
    position = end
  }
  return touches
}
