// What the operator's screen sums up.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJournal } from '../../src/store/journal.ts'
import { createOutbox } from '../../src/store/outbox/outbox.ts'
import { createSpending } from '../../src/store/spending.ts'
import { heldDeliveries, keptMessages, spenders } from '../../src/store/waiting.ts'
import { now, storeKeeper } from './temp-store.ts'

const openStore = storeKeeper()

function message(judgement: 'hold' | 'convert', reason: string, raw: Buffer | null) {
  const who = { medium: 'sms', sender: '+4915199999999', subject: '', text: 'hello', mailId: null } as const
  return {
    ...who,
    digest: null,
    receivedAt: now,
    flag: 1,
    flagFrom: 'policy',
    judgement,
    reason,
    raw,
  } as const
}

test('held deliveries are counted by reason, with the first to go and the oldest message', () => {
  const store = openStore()
  const journal = createJournal(store)
  const outbox = createOutbox(store)
  const add = (messageId: number | null, held: { reason: string; until: number | null } | null): number =>
    outbox.addMail({
      ...{ messageId, conversationId: null, recipient: 'bob@office.example', rule: 'line', text: '' },
      ...{ held, now, mailId: '<1@x>', raw: Buffer.from('x') },
    })
  const first = journal.add(message('hold', 'quiet-hours', null), [])
  const second = journal.add(message('hold', 'quiet-hours', null), [])
  add(second, { reason: 'quiet-hours', until: now + 2000 })
  add(first, { reason: 'quiet-hours', until: now + 3000 })
  const paused = add(null, { reason: 'pair-paused', until: null })
  add(second, null)
  assert.deepEqual(heldDeliveries(store), [
    { reason: 'pair-paused', count: 1, next: null, messageId: null },
    { reason: 'quiet-hours', count: 2, next: now + 2000, messageId: first },
  ])
  outbox.release(paused, now)
  assert.deepEqual(
    heldDeliveries(store).map(({ reason }) => reason),
    ['quiet-hours'],
  )
})

test('of the messages that were held, those that are kept whole still wait', () => {
  const store = openStore()
  const journal = createJournal(store)
  journal.add(message('hold', 'quiet-hours', null), [])
  const kept = journal.add(message('hold', 'no-mailbox', Buffer.from('{}')), [])
  journal.add(message('hold', 'no-mailbox', Buffer.from('{}')), [])
  journal.add(message('convert', 'policy', null), [])
  assert.deepEqual(keptMessages(store), [{ reason: 'no-mailbox', count: 2, next: null, messageId: kept }])
})

test('spenders are summed over the days that are asked for', () => {
  const store = openStore()
  const spending = createSpending(store)
  spending.add('box', '', '2026-10-31', 5)
  spending.add('box', '', '2026-11-01', 2)
  spending.add('box', '', '2026-11-22', 3)
  spending.add('sender', 'anna@office.example', '2026-11-22', 3)
  spending.add('box', '', '2026-11-23', 50)
  assert.deepEqual(spenders(store, '2026-11-01', '2026-11-22'), [
    { scope: 'box', key: '', parts: 5 },
    { scope: 'sender', key: 'anna@office.example', parts: 3 },
  ])
})
