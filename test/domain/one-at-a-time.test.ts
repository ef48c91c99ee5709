// Work that must not overlap: each piece begins when the one before it has ended, well or not.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oneAtATime } from '../../src/domain/one-at-a-time.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('work given at once runs one after the other, in order', async () => {
  const serial = oneAtATime()
  const seen: string[] = []
  const work = (name: string, turns: number) =>
    serial(async () => {
      seen.push(`${name} begins`)
      for (let i = 0; i < turns; i++) await turn()
      seen.push(`${name} ends`)
      return name
    })
  assert.deepEqual(await Promise.all([work('a', 3), work('b', 0), work('c', 1)]), ['a', 'b', 'c'])
  assert.deepEqual(seen, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

test('a failure reaches the one who gave the work and nobody else', async () => {
  const serial = oneAtATime()
  const failing = serial(async () => {
    await turn()
    throw new Error('broken')
  })
  const next = serial(async () => 'fine')
  await assert.rejects(failing, /broken/)
  assert.equal(await next, 'fine')
})
