// A disk of its own for a database, so small that a test can fill it: a tmpfs, or an ext4 file system in a file, which can become read-only as
// a kernel makes it after an error. Only root may mount.
// Invariant: whatever was mounted is unmounted by `remove()`, though somebody still has a file open.

import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const mebibytes = 1024 * 1024
const size = { tmpfs: 6 * mebibytes, ext4: 16 * mebibytes }

export interface SmallDisk {
  readonly folder: string
  readonly database: string
  /** Leaves no octet, or so many. */
  fill(left?: number): void
  makeRoom(): void
  /** As after an error of the disk, whoever has files open (ext4(5), "abort"). */
  failReadOnly(): void
  remountReadOnly(): void
  remount(): void
  /** Unmounts and mounts again: what a restart of the box does. Nobody may have a file open. */
  mountAgain(): void
  remove(): void
}

const run = (program: string, ...args: readonly string[]): void => {
  execFileSync(program, args, { stdio: 'pipe' })
}

/** Why there are no disks here; null: there are. */
export function whyNoDisks(): string | null {
  if (process.getuid?.() !== 0) return 'only root may mount a disk'
  try {
    mountDisk('ext4').remove()
    return null
  } catch (error) {
    return `this machine does not let root mount: ${error instanceof Error ? error.message.split('\n')[0] : error}`
  }
}

export function mountDisk(kind: 'tmpfs' | 'ext4'): SmallDisk {
  const place = mkdtempSync(join(tmpdir(), 'simpost-disk-'))
  const [folder, image, ballast] = [join(place, 'disk'), join(place, 'image'), join(place, 'disk', 'ballast')]
  mkdirSync(folder)
  const mount = (): void => {
    if (kind === 'tmpfs') run('mount', '-t', 'tmpfs', '-o', `size=${size.tmpfs},mode=700`, 'tmpfs', folder)
    else run('mount', '-o', 'loop', image, folder)
  }
  if (kind === 'ext4') {
    appendFileSync(image, '')
    truncateSync(image, size.ext4)
    run('mkfs.ext4', '-q', '-F', image)
  }
  mount()
  return {
    folder,
    database: join(folder, 'simpost.db'),
    fill: (left = 0) => fillWith(ballast, left),
    makeRoom: () => rmSync(ballast),
    failReadOnly: () => run('mount', '-o', 'remount,abort', folder),
    remountReadOnly: () => run('mount', '-o', 'remount,ro', folder),
    remount: () => run('mount', '-o', 'remount,rw', folder),
    mountAgain() {
      run('umount', folder)
      mount()
    },
    remove() {
      run('umount', '--lazy', folder)
      rmSync(place, { recursive: true, force: true })
    },
  }
}

/** Ever smaller pieces, until not one octet more is taken; what is to be left is cut off again. */
function fillWith(file: string, left: number): void {
  const handle = openSync(file, 'a')
  for (let piece = mebibytes; piece >= 1; )
    try {
      if (writeSync(handle, Buffer.alloc(piece)) < piece) piece = Math.floor(piece / 2)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      piece = Math.floor(piece / 2)
    }
  ftruncateSync(handle, fstatSync(handle).size - left)
  closeSync(handle)
}
