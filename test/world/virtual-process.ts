// Puts the simulated world's time and dice in place of the process's own, for the simulator and the libraries: timers, immediates,
// Date, crypto.randomBytes. Everything is put back at the end. Invariant: nothing in the world can tell two runs of a seed apart.

import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import type { Random } from '../support/random.ts'
import type { VirtualTime } from './virtual-time.ts'

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  Date: globalThis.Date,
}
const realBytes = crypto.randomBytes
const { stackTraceLimit } = Error
const realAbort = AbortController.prototype.abort
/** The reason of all that give none. */
const aborted = new DOMException('This operation was aborted', 'AbortError')

function abort(this: AbortController, reason: unknown = aborted): void {
  realAbort.call(this, reason)
}

/** What setTimeout gives out: enough of a NodeJS.Timeout for those who ask. */
interface Timer {
  cancel: () => void
  ref(): Timer
  unref(): Timer
  hasRef(): boolean
}

function timer(cancel: () => void): Timer {
  const made: Timer = { cancel, ref: () => made, unref: () => made, hasRef: () => true }
  return made
}

function timers(time: VirtualTime) {
  const later = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Timer =>
    timer(time.after(ms, () => run(...args)))
  const again = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Timer => {
    const made = timer(() => {})
    const next = (): void => {
      made.cancel = time.after(Math.max(1, ms), () => {
        next()
        run(...args)
      })
    }
    next()
    return made
  }
  const cancel = (made: Timer | undefined): void => made?.cancel()
  const pending = new Set<NodeJS.Immediate>()
  const done = (immediate: NodeJS.Immediate): void => {
    if (pending.delete(immediate)) time.immediates(-1)
  }
  const soon = (run: (...args: unknown[]) => void, ...args: unknown[]): NodeJS.Immediate => {
    time.immediates(1)
    const immediate = real.setImmediate(() => {
      done(immediate)
      run(...args)
    })
    pending.add(immediate)
    return immediate
  }
  const never = (immediate: NodeJS.Immediate): void => {
    real.clearImmediate(immediate)
    done(immediate)
  }
  return {
    setTimeout: later,
    setInterval: again,
    clearTimeout: cancel,
    clearInterval: cancel,
    setImmediate: soon,
    clearImmediate: never,
  }
}

function dateOf(time: VirtualTime): DateConstructor {
  return new Proxy(real.Date, {
    construct: (target, given: []) => (given.length === 0 ? new target(time.now()) : new target(...given)),
    apply: () => new real.Date(time.now()).toString(),
    get: (target, key) => (key === 'now' ? () => time.now() : Reflect.get(target, key)),
  })
}

/** Runs `work` in the world of this time and these dice. One at a time in a process. */
export async function inVirtualProcess<Result>(
  time: VirtualTime,
  random: Random,
  work: () => Promise<Result>,
): Promise<Result> {
  Object.assign(globalThis, timers(time), { Date: dateOf(time) })
  Object.assign(crypto, { randomBytes: (count: number) => Buffer.from(random.octets(count)) })
  syncBuiltinESMExports()
  // Every AT command makes an AbortSignal, and most of the price of one that aborts is an exception with a stack that nobody reads.
  Error.stackTraceLimit = 0
  AbortController.prototype.abort = abort
  try {
    return await work()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    AbortController.prototype.abort = realAbort
    Object.assign(globalThis, real)
    Object.assign(crypto, { randomBytes: realBytes })
    syncBuiltinESMExports()
  }
}
