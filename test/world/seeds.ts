// Runs many seeds, prints what they saw, and shows the story of the first that went wrong.
// SIMPOST_WORLD_SEED=n runs that seed alone and prints its story; SIMPOST_WORLD_SEEDS and SIMPOST_WORLD_FIRST make a longer run.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { runSeed } from './run-seed.ts'

const { SIMPOST_WORLD_SEED: only, SIMPOST_WORLD_SEEDS = '1000', SIMPOST_WORLD_FIRST = '1' } = process.env

/** What is counted of a world, and how it is printed. */
const printed: readonly (readonly [count: string, name: string])[] = [
  ['days', 'days simulated'],
  ['mail', 'mails into the world'],
  ['sms', 'texts into the world'],
  ['SMS on the network', 'SMS sent in the world'],
  ['mails delivered', 'mails delivered in the world'],
  ['mails delivered twice', 'mails repeated with the same Message-ID in the world'],
  ['kills', 'kills in the world'],
  ['troubles', 'troubles in the world'],
  ['operator commands', 'operator commands in the world'],
]

/** Failing seeds whose faults are shown. */
const shownMax = 10

async function tell(seed: number): Promise<readonly string[]> {
  const { faults } = await runSeed(seed, { tell: (line) => void process.stdout.write(`${line}\n`) })
  return faults
}

/** @param half which half of the seeds; both run at once, each on a core of its own */
export async function runHalf(t: TestContext, half: 0 | 1): Promise<void> {
  if (only !== undefined) {
    if (half === 0) assert.deepEqual(await tell(Number(only)), [])
    return
  }
  const count = Number(SIMPOST_WORLD_SEEDS)
  const middle = Number(SIMPOST_WORLD_FIRST) + Math.ceil(count / 2)
  const first = half === 0 ? Number(SIMPOST_WORLD_FIRST) : middle
  const end = half === 0 ? middle : Number(SIMPOST_WORLD_FIRST) + count
  const totals = new Map<string, number>()
  const wrong: string[] = []
  for (let seed = first; seed < end; seed++) {
    const { faults, counts } = await runSeed(seed)
    for (const [what, times] of counts) totals.set(what, (totals.get(what) ?? 0) + times)
    wrong.push(...faults.map((fault) => `SIMPOST_WORLD_SEED=${seed}: ${fault}`))
  }
  t.diagnostic(`simpost-count: seeds run ${end - first}`)
  for (const [what, name] of printed) t.diagnostic(`simpost-count: ${name} ${totals.get(what) ?? 0}`)
  t.diagnostic(`simpost-count: messages lost or doubled in the world ${wrong.length}`)
  assert.deepEqual(wrong.slice(0, shownMax), [])
}
