// A whole day in which nothing happens, in the simulated world: what the service writes is counted commit by commit.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../support/random.ts'
import { inVirtualProcess } from '../world/virtual-process.ts'
import { createVirtualTime } from '../world/virtual-time.ts'
import { createWorld } from '../world/world.ts'
import type { Settings } from '../world/world-settings.ts'

const minute = 60_000
const day = 24 * 60 * minute
const monday = Date.UTC(2026, 2, 2, 8)

/** Nothing unusual. */
const plainSettings: Settings = {
  ...{ sweep: '5m', rescan: '10m', plusAddresses: true, partsPerDay: 400, quietHours: null },
  ...{ uncertain: 'notify', ambiguous: 'line', report: 'failed', mailToSms: 'flagged' },
  ...{ reportMs: 4_000, sendMs: 0, slots: 20 },
}

test('in a day without a message the service commits four times: the signal of every six hours, and nothing else', async () => {
  const time = createVirtualTime(monday)
  const written = await inVirtualProcess(time, createRandom(1), async () => {
    const world = createWorld({ time, seed: 1, startAt: monday, settings: plainSettings, tell: null })
    // Nobody oversleeps: each loop looks as often as on a real machine.
    const wakeful = (): void => {
      time.busy()
      time.after(1000, wakeful)
    }
    wakeful()
    world.start()
    await time.run(10 * minute)
    const { store } = world.disk
    const tables = store.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
    const content = () =>
      tables.map(({ name }) => [name, JSON.stringify(store.all(`SELECT * FROM ${name}`))] as const)
    const [commits, before] = [store.commits(), content()]
    await time.run(10 * minute + day)
    const after = content()
    const changed = after.filter(([, rows], index) => rows !== before[index]?.[1]).map(([name]) => name)
    const result = { commits: store.commits() - commits, changed }
    const stopped = world.stop()
    await time.run(time.monotonic() + minute)
    await stopped
    await world.modem.close()
    store.close()
    return result
  })
  assert.deepEqual(written, { commits: 4, changed: ['signal'] })
})
