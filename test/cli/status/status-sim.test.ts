// What `simpost status` says of the network and of the credit of the SIM.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkText } from '../../../src/cli/status/status-sim.ts'
import { createServiceState } from '../../../src/store/service-state.ts'
import { openBox } from '../box.ts'

test('roaming and networks that carry only SMS are said in words, a network without a name by its number', () => {
  for (const [registration, operator, text] of [
    [1, 'Telekom.de', 'Telekom.de'],
    [1, '26201', '26201'],
    [1, null, ''],
    [null, 'Telekom.de', 'Telekom.de'],
    [5, 'Orange F', 'roaming in Orange F'],
    [5, null, 'roaming'],
    [6, 'Telekom.de', 'Telekom.de, SMS only'],
    [7, '中国移动', 'roaming in 中国移动, SMS only'],
    [9, 'Telekom.de', 'Telekom.de'],
    [10, 'Orange F', 'roaming in Orange F'],
  ] as const)
    assert.equal(networkText({ registration, operator }), text)
})

test('the credit stands below the money with its time, and with a word when later answers could not be read', async () => {
  const box = await openBox([], undefined, '[balance]\ncode = "*100#"')
  try {
    const state = createServiceState(box.desk.store)
    assert.equal((await box.json<{ credit: unknown }>('status')).credit, null)
    const knownAt = Date.UTC(2026, 10, 22, 12)
    const memory = { amount: 4.5, knownAt, askedAt: knownAt, misses: 0, warned: true }
    state.save('balance', memory, knownAt)
    assert.match((await box.run('status')).stdout, /^credit {4}4\.50 EUR, 2026-11-22 \d\d:00:00$/m)
    state.save('balance', { ...memory, misses: 2 }, knownAt)
    assert.match(
      (await box.run('status')).stdout,
      /^credit {4}4\.50 EUR, .*; 2 answers since then could not be read$/m,
    )
    const { credit } = await box.json<{ credit: unknown }>('status')
    assert.deepEqual(credit, { amount: 4.5, known_at: '2026-11-22T12:00:00.000Z', misses: 2 })
  } finally {
    await box.remove()
  }
})
