// The time of the simulated world: it stands still while anything can run, and then goes on to whoever sleeps shortest. The wall clock may
// be set to anything; the other one never goes back. Invariants: sleepers wake in the order of their times, those of one moment in the order
// in which they lay down; between two of them everything that is ready runs; no real time is ever looked at.

import type { Clock } from '../../src/domain/ports.ts'

const realImmediate = setImmediate

/** A sleeper: `at` is monotonic. */
interface Sleeper {
  readonly at: number
  readonly order: number
  /** One of the service's own, who may oversleep. */
  readonly lazy: boolean
  readonly wake: () => void
}

/** A clock whose sleepers can be made to sleep for ever: what a killed process does. */
export interface MortalClock extends Clock {
  kill(): void
}

export interface VirtualTime extends Clock {
  /** Runs a function after `ms`. @returns how to prevent that */
  after(ms: number, run: () => void): () => void
  /** Sets the wall clock, milliseconds since 1970. */
  setWall(now: number): void
  mortalClock(): MortalClock
  /** Lets time pass up to `until` (monotonic), or until `over` says so. */
  run(until: number, over?: () => boolean): Promise<void>
  /** Something has happened: for a while nobody oversleeps. */
  busy(): void
  /** An immediate was asked for, or ran: nothing is quiet before all of them ran. */
  immediates(change: 1 | -1): void
}

/**
 * While nothing happens a loop that looks every second would cost a simulated month 5 million looks. Then the service oversleeps, as
 * on a machine that is busy with something else: the longer the quiet, the more. The world around it is in time.
 */
const oversleepMs = [0, 500, 2_000, 8_000, 40_000, 1_200_000, 7_200_000, 21_600_000]

const turn = (): Promise<void> => new Promise((resolve) => realImmediate(resolve))

function before(one: Sleeper, other: Sleeper): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

/** Where a sleeper belongs in a list that ends with the next one to wake. */
function placeOf(sleepers: readonly Sleeper[], sleeper: Sleeper): number {
  let from = 0
  let to = sleepers.length
  while (from < to) {
    const middle = (from + to) >> 1
    const there = sleepers[middle]
    if (there !== undefined && before(sleeper, there)) from = middle + 1
    else to = middle
  }
  return from
}

class Time implements VirtualTime {
  #passed = 0
  #offset: number
  #order = 0
  /** Place in `oversleepMs`. */
  #drowsy = 0
  #immediates = 0
  readonly #sleepers: Sleeper[] = []

  constructor(startAt: number) {
    this.#offset = startAt
  }

  now(): number {
    return this.#offset + this.#passed
  }

  monotonic(): number {
    return this.#passed
  }

  setWall(now: number): void {
    this.#offset = now - this.#passed
  }

  busy(): void {
    this.#drowsy = 0
  }

  immediates(change: 1 | -1): void {
    this.#immediates += change
  }

  after(ms: number, run: () => void, lazy = false): () => void {
    const sleeper = { at: this.#passed + Math.max(0, ms), order: this.#order++, lazy, wake: run }
    this.#sleepers.splice(placeOf(this.#sleepers, sleeper), 0, sleeper)
    return () => {
      const place = placeOf(this.#sleepers, sleeper)
      if (this.#sleepers[place] === sleeper) this.#sleepers.splice(place, 1)
    }
  }

  sleep(ms: number, signal?: AbortSignal, lazy = false): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      const prevent = this.after(
        ms,
        () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
        lazy,
      )
      const abort = (): void => {
        prevent()
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  mortalClock(): MortalClock {
    let alive = true
    return {
      now: () => this.now(),
      monotonic: () => this.monotonic(),
      kill: () => {
        alive = false
      },
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          this.sleep(ms, signal, true).then(
            () => alive && resolve(),
            (reason) => alive && reject(reason),
          )
        }),
    }
  }

  async run(until: number, over: () => boolean = () => false): Promise<void> {
    for (;;) {
      await this.#quiet()
      if (over()) return
      const next = this.#sleepers.at(-1)
      if (next === undefined || next.at > until) break
      const exact = this.#sleepers.findLast(({ lazy }) => !lazy)?.at ?? until
      await this.#wakeUpTo(
        Math.min(until, exact, Math.max(next.at, this.#passed + (oversleepMs[this.#drowsy] ?? 0))),
      )
      this.#drowsy = Math.min(this.#drowsy + 1, oversleepMs.length - 1)
    }
    this.#passed = Math.max(this.#passed, until)
  }

  async #wakeUpTo(moment: number): Promise<void> {
    const last = this.#order
    this.#passed = Math.max(this.#passed, moment)
    for (;;) {
      const next = this.#sleepers.at(-1)
      // Who lay down meanwhile has not slept yet.
      if (next === undefined || next.at > moment || next.order >= last) return
      this.#sleepers.pop()
      next.wake()
      await this.#quiet()
    }
  }

  /** Resolves when nothing happens any more that needs no time: all immediates, ticks and promises have had their turn. */
  async #quiet(): Promise<void> {
    do await turn()
    while (this.#immediates > 0)
  }
}

/** @param startAt milliseconds since 1970 */
export function createVirtualTime(startAt: number): VirtualTime {
  return new Time(startAt)
}
