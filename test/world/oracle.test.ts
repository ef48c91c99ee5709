// Is the oracle worth anything? A seed repeats itself to the letter, and a service that is broken on purpose is found out.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../src/domain/errors.ts'
import type { Store } from '../../src/store/database/database.ts'
import { runSeed } from './run-seed.ts'
import type { StoryPlan } from './story.ts'
import type { WorldOptions } from './world.ts'
import { openOn } from './world-store.ts'

const seedsCompared = 20
/** Within so many seeds a broken service must be found out. */
const seedsMax = 12
const stormy: StoryPlan = { days: 1, pace: 25, troublesADay: 24 }

test(`${seedsCompared} seeds, run twice, tell the same story to the letter`, async () => {
  for (let seed = 1; seed <= seedsCompared; seed++) {
    const stories: string[][] = [[], []]
    for (const story of stories)
      await runSeed(seed, { plan: { days: 1, pace: 8, troublesADay: 6 }, tell: (line) => story.push(line) })
    const [one = [], other = []] = stories
    const differs = one.findIndex((line, at) => line !== other[at])
    assert.deepEqual(one.slice(differs, differs + 2), other.slice(differs, differs + 2), `seed ${seed}`)
    assert.equal(one.length, other.length)
  }
})

/** What the oracle says of a broken service, over the seeds until it says something. */
async function findOut(sabotage: WorldOptions['sabotage']): Promise<readonly string[]> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const { faults } = await runSeed(seed, { plan: stormy, sabotage })
    if (faults.length > 0) return faults
  }
  return []
}

/** A handle whose writes that fit the pattern are never made, though it says so. */
function forgetful(pattern: RegExp): WorldOptions['sabotage'] {
  return (disk, life): Store => {
    const store = openOn(disk, life)
    return {
      ...store,
      run: (sql, ...values) => (pattern.test(sql) ? { changes: 1, id: 0 } : store.run(sql, ...values)),
    }
  }
}

test('a service that does not write down that an SMS is with the modem is found out', async () => {
  const faults = await findOut(forgetful(/SET state = 'submitting'/))
  assert.match(faults.join('\n'), /an SMS reached the network 2 times/)
})

test('a service that acknowledges what it could not commit is found out', async () => {
  const faults = await findOut((disk, life) => {
    const store = openOn(disk, life)
    return {
      ...store,
      transaction<Result>(work: () => Result): Result {
        try {
          return store.transaction(work)
        } catch (error) {
          if (error instanceof GatewayError && error.code === 'STORE_FAILED') return undefined as Result
          throw error
        }
      },
    }
  })
  assert.match(faults.join('\n'), /it stands nowhere in the journal/)
})

test('a service that keeps no books is found out', async () => {
  const faults = await findOut(forgetful(/INSERT INTO spending/))
  assert.match(faults.join('\n'), /parts, and 0 are in the books/)
})

test('a service that forgets which mails it has judged is found out', async () => {
  const faults = await findOut(forgetful(/INTO mail_place/))
  // Each look brings the mails that stay in the INBOX once more, an idle hour too.
  assert.match(faults.join('\n'), /times in the journal|only there as duplicate|commits in an idle hour/)
})
