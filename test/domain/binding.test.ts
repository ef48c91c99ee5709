// Which of several bindings counts: a living temporary one before the permanent one, the newest first.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Binding, isAlive, noRules, winner } from '../../src/domain/binding.ts'

const now = 1_000_000

function binding(id: number, createdAt: number, expiresAt: number | null): Binding {
  return {
    ...noRules,
    id,
    mailbox: 'bob@office.example',
    number: '+4917012345678',
    alias: null,
    name: null,
    line: false,
    origin: 'cli',
    createdAt,
    expiresAt,
  }
}

test('without bindings nobody wins', () => {
  assert.equal(winner([], now), undefined)
})

test('a living temporary binding shadows the permanent one', () => {
  assert.equal(winner([binding(1, 900_000, null), binding(2, 1000, now + 1)], now)?.id, 2)
})

test('a temporary binding ends at its very millisecond', () => {
  const both = [binding(1, 1000, null), binding(2, 2000, now)]
  assert.equal(winner(both, now - 1)?.id, 2)
  assert.equal(winner(both, now)?.id, 1)
})

test('of two temporary bindings the newest counts, even if it ends first', () => {
  assert.equal(winner([binding(1, 1000, now + 9), binding(2, 2000, now + 1)], now)?.id, 2)
})

test('of two made in the same millisecond the later number counts', () => {
  assert.equal(winner([binding(7, 1000, now + 9), binding(8, 1000, now + 9)], now)?.id, 8)
})

test('ended temporary bindings alone leave nobody', () => {
  assert.equal(winner([binding(1, 1000, now - 1)], now), undefined)
})

test('a permanent binding is alive at any time, also before it was made', () => {
  assert.equal(isAlive(binding(1, now, null), 0), true)
  assert.equal(isAlive(binding(1, now, null), now * 2), true)
})

test('a temporary binding does not count while the clock stands before it was made, except for a small step back', () => {
  const temporary = binding(1, now, now + 3_600_000)
  assert.equal(isAlive(temporary, now - 60_001), false)
  assert.equal(isAlive(temporary, now - 60_000), true)
  assert.equal(isAlive(temporary, now), true)
  assert.equal(isAlive(temporary, now + 3_599_999), true)
  assert.equal(isAlive(temporary, now + 3_600_000), false)
})

test('the permanent binding counts while a temporary one waits for the clock to be right', () => {
  const both = [binding(1, 0, null), binding(2, now, now + 9)]
  assert.equal(winner(both, 100)?.id, 1)
  assert.equal(winner(both, now)?.id, 2)
})

test('the winner does not depend on the order, and the list is left as it was', () => {
  const one = fc.record({
    createdAt: fc.integer({ min: 0, max: 3 }),
    expiresAt: fc.option(fc.integer({ min: now - 2, max: now + 2 })),
  })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 6 }), (facts) => {
      const list = facts.map(({ createdAt, expiresAt }, index) => binding(index + 1, createdAt, expiresAt))
      const before = [...list]
      assert.equal(winner([...list].reverse(), now)?.id, winner(list, now)?.id)
      assert.deepEqual(list, before)
    }),
  )
})
