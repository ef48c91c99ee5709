// Ends a computation that takes too long, in the middle of whatever it does, a regular expression included (node:vm). The time is that of
// the clock on the wall: where the computer stands still, it passes as well.
// Invariant: what is ended leaves nothing behind but its garbage, so it must be pure.

import { createContext, Script } from 'node:vm'

const context: { work: () => void } = { work: () => undefined }
const realm = createContext(context)
const call = new Script('work()')

/** Thrown by `within`. */
export class DeadlinePassed extends Error {}

/**
 * Runs a function that is pure and awaits nothing.
 * @param ms how long it may take, 1 or more
 * @throws DeadlinePassed, and what `work` throws
 */
export function within<T>(ms: number, work: () => T): T {
  const results: T[] = []
  context.work = () => {
    results.push(work())
  }
  try {
    call.runInContext(realm, { timeout: ms })
  } catch (error) {
    // The error comes from the other realm, whose Error is another.
    if ((error as NodeJS.ErrnoException | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new DeadlinePassed(`not done within ${ms} ms`)
    throw error
  } finally {
    context.work = () => undefined
  }
  const [result] = results
  return result as T
}
