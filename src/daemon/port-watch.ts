// Waits for the port of the modem to come (back): inotify on its folder ends the wait at once, a look every second is the fallback (no
// inotify left, a file system without it). Invariants: only a tty that was not there before ends the wait, for a port that is
// there and busy would be opened in a tight loop; two tries are never less than `leastWaitMs` apart.

import { existsSync, type FSWatcher, readdirSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../domain/ports.ts'

export interface PortWatchOptions {
  /** A tty path, `auto` or `tcp://host:port` (nothing to see: the whole time is waited). */
  readonly port: string
  readonly clock: Clock
  /** Where the ttys are; tests have a folder of their own. */
  readonly dev?: string
}

export interface PortWatch {
  /** The ttys that are there now. */
  present(): ReadonlySet<string>
  /**
   * Resolves after `waitMs`, as soon as a tty is there that is not among `before`, or when the signal aborts.
   * @returns true if a tty has come
   */
  wait(waitMs: number, before: ReadonlySet<string>, signal: AbortSignal): Promise<boolean>
}

const pollMs = 1_000
/** A stick has several ttys, and udev sets their rights a moment after they are there. */
const leastWaitMs = 250
/** Modems on USB; `auto` asks no other ports. */
const modemTty = /^tty(USB|ACM)\d+$/

export function createPortWatch({ port, clock, dev = '/dev' }: PortWatchOptions): PortWatch {
  const auto = port === 'auto'
  const hasPath = !auto && !port.startsWith('tcp://')

  function present(): ReadonlySet<string> {
    if (hasPath) return new Set(existsSync(port) ? [port] : [])
    return new Set(auto && existsSync(dev) ? readdirSync(dev).filter((name) => modemTty.test(name)) : [])
  }

  /** Where something has to change first: the port's own folder may be gone with the last of its ports. */
  function placeNow(): Place {
    let child = auto ? join(dev, 'any') : port
    while (!existsSync(dirname(child)) && child !== dirname(child)) child = dirname(child)
    const name = basename(child)
    const isAny = auto && dirname(child) === dev
    return {
      folder: dirname(child),
      matters: (changed) => (isAny ? modemTty.test(changed) : changed === name),
    }
  }

  return {
    present,
    async wait(waitMs, before, signal) {
      if (!auto && !hasPath) {
        await clock.sleep(waitMs, signal).catch(() => undefined)
        return false
      }
      let known = before
      const cameNow = (): boolean => {
        const now = present()
        const came = [...now].some((name) => !known.has(name))
        known = now
        return came
      }
      const end = clock.monotonic() + waitMs
      await clock.sleep(Math.min(leastWaitMs, waitMs), signal).catch(() => undefined)
      const watched = createFolderWatch(placeNow)
      signal.addEventListener('abort', watched.wake, { once: true })
      try {
        for (;;) {
          // Watching begins before looking, so that nothing comes in between unseen.
          const pause = watched.next()
          if (signal.aborted) return false
          if (cameNow()) return true
          const leftMs = end - clock.monotonic()
          if (leftMs <= 0) return false
          await clock.sleep(Math.min(pollMs, leftMs), pause).catch(() => undefined)
        }
      } finally {
        signal.removeEventListener('abort', watched.wake)
        watched.close()
      }
    },
  }
}

interface Place {
  readonly folder: string
  /** True for the name of an entry whose coming or going says something. */
  readonly matters: (name: string) => boolean
}

interface FolderWatch {
  /** A signal that aborts at the next change in the place of the moment, or by `wake`. */
  next(): AbortSignal
  readonly wake: () => void
  close(): void
}

/** One listener for the whole wait: AbortSignal.any would leave something with the service's own signal for every look, for months. */
function createFolderWatch(placeNow: () => Place): FolderWatch {
  let watcher: FSWatcher | null = null
  let change = new AbortController()
  const close = (): void => {
    watcher?.close()
    watcher = null
  }
  return {
    // Each time anew: after a change the same path may be another folder.
    next() {
      close()
      const changed = new AbortController()
      change = changed
      const { folder, matters } = placeNow()
      try {
        watcher = watch(folder, { persistent: false }, (event, name) => {
          // `change` comes for every byte that somebody writes to a tty; one that comes or goes is a `rename`.
          if (event === 'rename' && (name === null || name === basename(folder) || matters(name)))
            changed.abort()
        })
        watcher.on('error', close)
      } catch {
        // No inotify: the look every second remains.
      }
      if (placeNow().folder !== folder) changed.abort()
      return changed.signal
    },
    wake: () => change.abort(),
    close,
  }
}
