// The whole service in a simulated world, seed after seed. SIMPOST_WORLD_SEED=n runs only that one and prints its story.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed } from './run-seed.ts'

const only = process.env.SIMPOST_WORLD_SEED

test('whatever happens in a seeded world, nothing is lost, nothing is doubled, and all who must know are told', async () => {
  if (only !== undefined) {
    const { faults } = await runSeed(Number(only), { tell: (line) => void process.stdout.write(`${line}\n`) })
    assert.deepEqual(faults, [])
  }
})
