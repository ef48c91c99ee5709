// One seed: a world, its story, and what the oracle says of it.

import { createRandom } from '../support/random.ts'
import { askOracle } from './oracle.ts'
import { planOf, type StoryPlan, tellStory } from './story.ts'
import { inVirtualProcess } from './virtual-process.ts'
import { createVirtualTime } from './virtual-time.ts'
import { createWorld, type WorldOptions } from './world.ts'
import { drawSettings } from './world-settings.ts'

export interface SeedRun {
  /** What is wrong; empty: nothing. */
  readonly faults: readonly string[]
  /** How often what happened. */
  readonly counts: ReadonlyMap<string, number>
}

export interface SeedOptions {
  readonly plan?: StoryPlan
  readonly tell?: (line: string) => void
  readonly sabotage?: WorldOptions['sabotage']
}

const monday = Date.UTC(2026, 2, 2, 8)

export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedRun> {
  const { plan = planOf(seed), tell = null, sabotage } = options
  const time = createVirtualTime(monday)
  const random = createRandom(seed * 2_654_435_761)
  // Neighbours begin alike.
  for (let round = 0; round < 8; round++) random.below(2)
  return inVirtualProcess(time, createRandom(random.below(2 ** 31)), async () => {
    const settings = drawSettings(random)
    const world = createWorld({
      time,
      seed: random.below(2 ** 31),
      startAt: monday,
      settings,
      tell,
      sabotage,
    })
    const scene = await tellStory(world, plan)
    const faults = await askOracle(scene)
    for (const fault of faults) world.tell(`WRONG: ${fault}`)
    const stopped = world.stop()
    await time.run(time.monotonic() + 60_000)
    await stopped
    await world.modem.close()
    world.disk.store.close()
    world.counts.set('days', Math.round(time.monotonic() / 86_400_000))
    world.counts.set('SMS on the network', world.modem.network.sent.length)
    world.counts.set('mails delivered', world.office.letters.length)
    world.counts.set('mails delivered twice', world.office.letters.filter(({ copies }) => copies > 1).length)
    return { faults, counts: world.counts }
  })
}
