// Trouble with our own account waits for hours, over a restart too, and ends at once when the password is changed.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { HoldMemory, Holds } from '../../src/daemon/hold-memory.ts'
import { keepRunning } from '../../src/daemon/supervisor.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { configureLog } from '../../src/log.ts'
import { skippingClock } from './skipping-clock.ts'

const backoff = { firstMs: 1000, maxMs: 300_000, holdMs: 3_600_000 }
const refused = new GatewayError('IMAP_AUTH', 'refused', { retry: 'hold' })
before(() => configureLog('error', () => {}))

/** One start of the service whose account is refused each time. @returns the monotonic times of the tries, in seconds */
async function refusals(
  clock: ReturnType<typeof skippingClock>,
  memory: HoldMemory,
  {
    tries,
    mark = () => 'a',
    outcome = () => refused,
  }: {
    readonly tries: number
    readonly mark?: () => string | null
    readonly outcome?: (accepted: () => void) => GatewayError
  },
): Promise<number[]> {
  const end = new AbortController()
  const at: number[] = []
  const growing = { ...backoff, holdMaxMs: 43_200_000 }
  await keepRunning(
    {
      ...{ name: 'x', clock, backoff: growing, memory, cause: mark },
      live: async (_signal, accepted) => {
        at.push(Math.round(clock.monotonic() / 1000))
        if (at.length === tries) end.abort()
        throw outcome(accepted)
      },
    },
    end.signal,
  )
  return at
}

function memoryOf(): HoldMemory & { holds: Holds | null } {
  return {
    holds: null,
    read() {
      return this.holds
    },
    save(holds) {
      this.holds = holds
    },
  }
}

test('refusals count on over a restart, so that a service in a crash loop does not lock the account', async () => {
  const clock = skippingClock()
  const memory = memoryOf()
  const hour = 3600
  const tries: number[] = []
  // Each start ends with its second try, whose outcome nobody hears of any more.
  for (let start = 0; start < 6; start++) tries.push(...(await refusals(clock, memory, { tries: 2 })))
  const gaps = tries.slice(1).map((at, index) => at - (tries[index] ?? 0))
  assert.deepEqual(gaps, [1, 0, 2, 0, 4, 0, hour, 0, 2 * hour, 0, 4 * hour])
})

test('a password that was changed while the service was down is tried at once, and counts anew', async () => {
  const clock = skippingClock()
  const memory = memoryOf()
  await refusals(clock, memory, { tries: 5 })
  const before = Math.round(clock.monotonic() / 1000)
  const [first, second] = await refusals(clock, memory, { tries: 2, mark: () => 'b' })
  assert.deepEqual([first, second], [before, before + 1])
})

test('a password that changes during the wait ends it within a quarter of a minute', async () => {
  const clock = skippingClock()
  let changedAt = Number.POSITIVE_INFINITY
  const tries = await refusals(clock, memoryOf(), {
    tries: 5,
    mark: () => (clock.monotonic() >= changedAt ? 'b' : 'a'),
    outcome: () => {
      changedAt = clock.monotonic() + 600_000
      return refused
    },
  })
  const last = (tries[4] ?? 0) - (tries[3] ?? 0)
  assert.ok(last >= 600 && last <= 615, `${last} s`)
})

test('a wait that is remembered is not longer than it was, whatever the clock says now', async () => {
  const memory = memoryOf()
  memory.save({ count: 4, at: 1_000_000_000, waitMs: 3_600_000, cause: 'a' })
  const [first] = await refusals(skippingClock(), memory, { tries: 1 })
  assert.equal(first, 3600)
})

test('an account whose mark is not known is tried at once after a restart', async () => {
  const memory = memoryOf()
  memory.save({ count: 4, at: 0, waitMs: 3_600_000, cause: null })
  const [first] = await refusals(skippingClock(), memory, { tries: 1, mark: () => null })
  assert.equal(first, 0)
})

test('an account that was accepted is forgotten as a trouble, and what fails after that waits like the network', async () => {
  const clock = skippingClock()
  const memory = memoryOf()
  memory.save({ count: 3, at: 0, waitMs: 0, cause: 'a' })
  const missing = new GatewayError('IMAP_REFUSED', 'there is no folder', { retry: 'hold' })
  const tries = await refusals(clock, memory, {
    tries: 12,
    outcome: (accepted) => {
      accepted()
      return missing
    },
  })
  assert.equal(memory.holds, null)
  assert.equal((tries[11] ?? 0) - (tries[10] ?? 0), 300)
})
