// Looks at a world after its story, from outside and into the database, and says in words what is not as it was promised. An empty list:
// nothing was lost, nothing doubled, nobody got what was not meant for them, and everybody who had to be told was told.
// Each rule that is looser than the promise says why.

import { checkDeliveries } from './oracle-deliveries.ts'
import { checkJournal } from './oracle-journal.ts'
import { checkReaders } from './oracle-readers.ts'
import { checkRest } from './oracle-rest.ts'
import type { Scene } from './story.ts'

/** @returns what is wrong */
export async function askOracle(scene: Scene): Promise<string[]> {
  return [
    ...scene.world.defects,
    ...checkJournal(scene),
    ...checkDeliveries(scene),
    ...checkReaders(scene),
    ...(await checkRest(scene)),
  ]
}

export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}
