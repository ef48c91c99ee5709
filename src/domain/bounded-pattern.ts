// A regular expression that somebody wrote into the config, on a text that a network sent: both are bounded, and so is the time.
// Backtracking can be made to take years; a script with a time limit is broken off in the middle of it (node:vm).

import { runInNewContext } from 'node:vm'

const patternLengthMax = 200
const textLengthMax = 400
/** A match takes microseconds; the rest is for a machine on which this thread has to wait for its turn. */
const limitMs = 500

/** What is wrong with a pattern that is to have one group; null: nothing. */
export function patternFault(pattern: string): string | null {
  if (pattern.length > patternLengthMax) return `must have at most ${patternLengthMax} characters`
  try {
    // An alternative that matches nothing makes the groups countable.
    const groups = (new RegExp(`${pattern}|`).exec('')?.length ?? 1) - 1
    return groups === 1 ? null : `must have exactly one group in round brackets, not ${groups}`
  } catch {
    return 'must be a regular expression'
  }
}

/** What the group of the pattern holds; null if the pattern does not match, or not in time. */
export function groupIn(pattern: string, text: string): string | null {
  try {
    const found: unknown = runInNewContext(
      'new RegExp(pattern).exec(text)?.[1] ?? null',
      { pattern, text: text.slice(0, textLengthMax) },
      { timeout: limitMs },
    )
    return typeof found === 'string' ? found : null
  } catch {
    return null
  }
}
