// Work between two pieces of the service loop's own: all of it ends, whatever becomes of the loop.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLoopTurns } from '../../src/modem/loop-turns.ts'
import type { SmsStorage } from '../../src/modem/sms-settings.ts'

const storage: SmsStorage = {
  main: { name: 'SM', used: 0, total: 20 },
  others: [],
  reports: null,
  cpmsArguments: 3,
}

test('work is done one after the other, and a failure is told to whoever added it', async () => {
  let woken = 0
  const turns = createLoopTurns(() => {
    woken += 1
  })
  const name = turns.add(async ({ main }) => main.name)
  const failing = turns.add(async () => Promise.reject(new Error('refused')))
  const unready = turns.add(async () => 'never')
  assert.equal(woken, 3)
  await turns.next(async () => storage)
  assert.equal(await name, 'SM')
  await turns.next(async () => storage)
  await assert.rejects(failing, /refused/)
  await turns.next(() => Promise.reject(new Error('no store')))
  await assert.rejects(unready, /no store/)
  assert.equal(turns.waiting(), false)
})

test('what waits when the loop ends is refused, and so is what comes after its end', async () => {
  const turns = createLoopTurns(() => undefined)
  const waiting = turns.add(async () => 'never')
  turns.refuseAll(new Error('ended'))
  await assert.rejects(waiting, /ended/)
  await assert.rejects(
    turns.add(async () => 'never'),
    /ended/,
  )
})
