// Which of the changes that no sync covers a power cut leaves: the plain ways (none, all, the first few), and seeded ones: any of them, in
// any order, single writes torn. Invariant: the same seed gives the same fates, and a way tells how to repeat it.

import { createRandom } from '../support/random.ts'
import type { Fate } from './file-history.ts'

export interface Way {
  /** How to repeat it: "nothing", "first 3", "some, seed 7". */
  readonly name: string
  readonly fateOf: (change: number) => Fate
}

const nothing: Way = { name: 'nothing of what was not synced', fateOf: () => 'lost' }
const everything: Way = { name: 'everything', fateOf: () => 'kept' }
const first = (count: number): Way => ({
  name: `the first ${count} changes`,
  fateOf: (change) => (change < count ? 'kept' : 'lost'),
})

/** Each change is lost, kept or torn, as the seed says. */
function some(seed: number): Way {
  const fates: Fate[] = []
  const random = createRandom(seed)
  const next = (): Fate => {
    const torn = random.below(0x7fff_ffff)
    return random.pick<Fate>([
      'lost',
      'kept',
      (sector) => createRandom(torn ^ (sector * 2_654_435_761)).below(7) < 4,
    ])
  }
  return {
    name: `some changes, seed ${seed}`,
    fateOf: (change) => {
      while (fates.length <= change) fates.push(next())
      return fates[change] ?? 'lost'
    },
  }
}

/**
 * The ways to try at one point.
 * @param pending changes that no sync covers
 * @param extra how many prefixes and how many seeded sets beside "nothing" and "everything", at most
 */
export function waysOf(pending: number, extra: number, seed: number): readonly Way[] {
  if (pending === 0) return [nothing]
  const random = createRandom(seed)
  const prefixes = Array.from({ length: Math.max(0, pending - 1) }, (_, at) => at + 1)
  while (prefixes.length > extra) prefixes.splice(random.below(prefixes.length), 1)
  const sets = Array.from({ length: extra }, () => some(random.below(0x7fff_ffff)))
  return [nothing, everything, ...prefixes.map(first), ...sets]
}
