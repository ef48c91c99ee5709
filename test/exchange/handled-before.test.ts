// After a backup was put back: which of the messages that come from outside may have been exchanged already, and what becomes of them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision, MailPlan, SmsPlan } from '../../src/exchange/decide/decision.ts'
import { holdIfHandled } from '../../src/exchange/handled-before.ts'
import { plainDecision } from '../../src/exchange/outcome.ts'

const sms: SmsPlan = {
  ...{ medium: 'sms', to: '+4917012345678', rule: 'binding', text: 'x', encoding: 'gsm7', parts: 1 },
  ...{ cost: null, costly: [], held: null, digest: false },
}
const mail: MailPlan = {
  ...{ medium: 'mail', to: 'bob@office.example', rule: 'line', text: 'x', redirect: false, held: null },
}
const decided = (...deliveries: (SmsPlan | MailPlan)[]): Decision => ({
  ...plainDecision('mail', 'convert', 'flagged', ''),
  deliveries,
})
const lost = Date.UTC(2026, 10, 22, 12)

test('an SMS of a message that came before waits for a person, even if it had to wait for a time', () => {
  const night = { ...sms, held: { reason: 'quiet-hours', until: lost + 1 } as const }
  for (const cameAt of [lost - 1, lost, null]) {
    const { judgement, reason, deliveries } = holdIfHandled(decided(sms, night), cameAt, lost)
    assert.deepEqual([judgement, reason], ['hold', 'restored'])
    for (const { held } of deliveries) assert.deepEqual(held, { reason: 'restored', until: null })
  }
})

test('what came later, and all of it where no backup was put back, goes its way', () => {
  assert.deepEqual(holdIfHandled(decided(sms), lost + 1, lost), decided(sms))
  assert.deepEqual(holdIfHandled(decided(sms), null, null), decided(sms))
})

test('mails go out: a second one has the Message-ID of the first', () => {
  assert.deepEqual(holdIfHandled(decided(mail), lost - 1, lost), decided(mail))
  const both = holdIfHandled(decided(mail, sms), lost - 1, lost)
  assert.deepEqual(
    both.deliveries.map(({ held }) => held?.reason ?? null),
    [null, 'restored'],
  )
  assert.equal(both.judgement, 'convert')
})
