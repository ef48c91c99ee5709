// What senders are still to be told, and what reports of mail servers speak of: the look-ups that run every minute, or for every report,
// read an index however full the table is.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore, type Store } from '../../../src/store/database/database.ts'
import { createJournal } from '../../../src/store/journal.ts'
import { createOutbox } from '../../../src/store/outbox/outbox.ts'

const now = Date.UTC(2026, 10, 24)

/** A store that remembers the plan of every query. */
function watched() {
  const store = openStore(':memory:')
  const plans: string[] = []
  const note = (sql: string, values: readonly unknown[]): void => {
    const steps = store.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...(values as number[]))
    plans.push(...steps.map(({ detail }) => detail))
  }
  const noting: Store = {
    ...store,
    all: (sql, ...values) => {
      note(sql, values)
      return store.all(sql, ...values)
    },
    get: (sql, ...values) => {
      note(sql, values)
      return store.get(sql, ...values)
    },
    run: (sql, ...values) => {
      if (!sql.startsWith('INSERT')) note(sql, values)
      return store.run(sql, ...values)
    },
  }
  return { outbox: createOutbox(noting), journal: createJournal(noting), plans }
}

test('no look at what waits reads a whole table', () => {
  const { outbox, journal, plans } = watched()
  plans.length = 0
  outbox.dueHeld(now)
  outbox.heldBetween('anna@office.example', '+4917012345678')
  outbox.heldBy(['binding'], '+4917012345678')
  outbox.untold(now)
  journal.unanswered(now)
  const tables = plans.filter((step) => /^(?:SCAN|SEARCH)/.test(step))
  assert.equal(tables.length, 5, plans.join('\n'))
  for (const step of tables) assert.match(step, / USING (?:COVERING )?INDEX /)
})

test('no look at delays, confirmations or ids of mails reads the whole table', () => {
  const { outbox, plans } = watched()
  plans.length = 0
  outbox.delayed(now)
  outbox.toConfirm()
  outbox.byMailIds(['<1@office.example>'])
  outbox.byEnvelopeId(outbox.envelopeId(1))
  outbox.mailSent(1, null, now)
  outbox.delayTold(1)
  outbox.confirmed(1)
  const tables = plans.filter((step) => /^(?:SCAN|SEARCH) (?:delivery|segment)/.test(step))
  assert.ok(tables.length >= 9, plans.join('\n'))
  for (const step of tables)
    assert.ok(/^SEARCH/.test(step) || /USING (?:COVERING )?INDEX delivery_confirm/.test(step), step)
})

test('a delivery is confirmed once, and told of its delay once, until it is tried anew', () => {
  const { outbox } = watched()
  const sms = {
    messageId: null,
    conversationId: null,
    recipient: '+4917012345678',
    rule: 'command',
    text: 'x',
  }
  const id = outbox.addSms({ ...sms, confirm: true, now }, () => ({
    ...{ encoding: 'gsm7', segments: [{ pdu: '00', tpduLength: 1 }], validityMs: 86_400_000 },
  }))
  outbox.charged(id, now)
  assert.deepEqual(outbox.delayed(now - 1), [])
  assert.deepEqual(
    outbox.delayed(now).map((one) => one.id),
    [id],
  )
  assert.deepEqual([outbox.delayTold(id), outbox.delayTold(id), outbox.delayed(now)], [true, false, []])
  assert.deepEqual(outbox.toConfirm(), [])
  outbox.segmentSent(outbox.segments(id)[0]?.id ?? 0, 7, now)
  assert.deepEqual(
    outbox.toConfirm().map((one) => one.id),
    [id],
  )
  assert.deepEqual([outbox.confirmed(id), outbox.confirmed(id), outbox.toConfirm()], [true, false, []])
})
