// One life of the service's process. It may end anywhere: at each touch of the outside world (a commit, an AT line, an IMAP or SMTP
// command), before it takes effect or after. Invariant: a dead process does nothing, hears nothing and never wakes.

import type { MortalClock, VirtualTime } from './virtual-time.ts'

/** What a life does to the world outside: before it takes effect, or after. */
export const touches = [
  'before commit',
  'after commit',
  'AT',
  'after Ctrl-Z',
  'IMAP',
  'after IMAP',
  'SMTP',
  'after SMTP',
] as const
export type Touch = (typeof touches)[number]

export interface Life {
  readonly clock: MortalClock
  readonly alive: () => boolean
  /** @returns false if the life is over, or ends here */
  touch(what: Touch): boolean
  /** The life ends at the n-th touch from now, or the n-th of one kind. */
  endAtTouch(nth: number, kind?: Touch): void
  /** Kill -9, now. */
  end(): void
  /** Calls back when the life ends. */
  onEnd(run: () => void): void
}

/** @param story told where a life ends */
export function createLife(time: VirtualTime, story: (line: string) => void): Life {
  const clock = time.mortalClock()
  const atEnd: (() => void)[] = []
  let alive = true
  let left = Number.POSITIVE_INFINITY
  let counted: Touch | undefined
  const end = (where: string): void => {
    if (!alive) return
    alive = false
    clock.kill()
    story(`KILLED ${where}`)
    for (const run of atEnd) run()
  }
  return {
    clock,
    alive: () => alive,
    touch(what) {
      if (counted === undefined || counted === what) left -= 1
      if (left <= 0) end(`at ${what}`)
      return alive
    },
    endAtTouch(nth, kind) {
      left = nth
      counted = kind
    },
    end: () => end('in between'),
    onEnd: (run) => void atEnd.push(run),
  }
}

/** Of the error that a dead process meets. */
export const deadWords = 'this process is dead'

/** What nobody waits for any more. */
export const never = (): Promise<never> => new Promise(() => {})
