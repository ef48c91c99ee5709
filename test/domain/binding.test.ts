// Which of several bindings counts: a living temporary one before the permanent one, the newest first.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Binding, winner } from '../../src/domain/binding.ts'

const now = 1_000_000

function binding(id: number, createdAt: number, expiresAt: number | null): Binding {
  return {
    id,
    mailbox: 'bob@office.example',
    number: '+4917012345678',
    alias: null,
    name: null,
    line: false,
    mailToSms: null,
    smsToMail: null,
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
