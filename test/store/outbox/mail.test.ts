// The outbox, mail: the same bytes until the server says yes; reports of SMS by TP-MR; what the operator is shown.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutbox, type Outbox } from '../../../src/store/outbox/outbox.ts'
import { now, storeKeeper } from '../temp-store.ts'

const open = storeKeeper()
const newOutbox = (): Outbox => createOutbox(open())
const bob = '+4917012345678'
const facts = { messageId: null, conversationId: null, rule: 'command', text: 'x', now }

function queueMail(outbox: Outbox, name: string, at = now): number {
  const raw = Buffer.from(`bytes of ${name} \u0000\u00ff`)
  return outbox.addMail({
    ...facts,
    recipient: `${name}@office.example`,
    mailId: `<${name}@x>`,
    raw,
    now: at,
  })
}

/** Sends one SMS of one part under a TP-MR. @returns its segment */
function sentSms(outbox: Outbox, recipient: string, messageReference: number, at = now): number {
  const segments = [{ pdu: 'AA', tpduLength: 1 }]
  outbox.addSms({ ...facts, recipient, now: at }, () => ({
    encoding: 'gsm7',
    segments,
    validityMs: 86_400_000,
  }))
  const claimed = outbox.claimSegment(at) ?? assert.fail('nothing was due')
  outbox.segmentSent(claimed.segmentId, messageReference, at)
  return claimed.segmentId
}

test('the mail that waits longest is claimed, with the bytes as they were stored', () => {
  const outbox = newOutbox()
  queueMail(outbox, 'bob', now + 1)
  const id = queueMail(outbox, 'anna', now)
  const claimed = outbox.claimMail(now + 1) ?? assert.fail()
  assert.deepEqual(
    { ...claimed },
    {
      deliveryId: id,
      recipient: 'anna@office.example',
      raw: Buffer.from('bytes of anna \u0000\u00ff'),
      attempts: 1,
      createdAt: now,
      conversationId: null,
      mailId: '<anna@x>',
      nullSender: false,
    },
  )
})

test('a claimed mail that was not settled is due again after a minute, and not before', () => {
  const outbox = newOutbox()
  const id = queueMail(outbox, 'anna')
  assert.equal(outbox.claimMail(now)?.attempts, 1)
  assert.equal(outbox.claimMail(now + 59_999), undefined)
  assert.equal(outbox.claimMail(now + 60_000)?.attempts, 2)
  outbox.mailSent(id, null, now + 5)
  assert.equal(outbox.claimMail(now + 600_000), undefined)
  assert.deepEqual([outbox.get(id)?.state, outbox.get(id)?.updatedAt], ['sent', now + 5])
})

test('a mail that must wait lets the others pass and keeps its bytes', () => {
  const outbox = newOutbox()
  const anna = queueMail(outbox, 'anna')
  const bobs = queueMail(outbox, 'bob', now + 1)
  assert.equal(outbox.claimMail(now)?.deliveryId, anna)
  outbox.retryMail(anna, { nextAttemptAt: now + 60_000, reason: '450 greylisted', now, counts: true })
  assert.equal(outbox.claimMail(now + 1)?.deliveryId, bobs)
  outbox.mailSent(bobs, null, now)
  assert.equal(outbox.claimMail(now + 59_999), undefined)
  const again = outbox.claimMail(now + 60_000) ?? assert.fail()
  assert.deepEqual([again.deliveryId, again.attempts], [anna, 2])
  assert.equal(again.raw.toString(), 'bytes of anna \u0000\u00ff')
  assert.equal(outbox.get(anna)?.reason, '450 greylisted')
})

test('an attempt that failed for our own sign-in does not count', () => {
  const outbox = newOutbox()
  const id = queueMail(outbox, 'anna')
  outbox.claimMail(now)
  outbox.retryMail(id, { nextAttemptAt: now, reason: '535', now, counts: false })
  assert.equal(outbox.claimMail(now)?.attempts, 1)
})

test('a mail that failed is not claimed again and says why', () => {
  const outbox = newOutbox()
  const id = queueMail(outbox, 'anna')
  const failed = outbox.mailFailed(id, '550 no such user', now + 1)
  assert.deepEqual(
    [failed.state, failed.reason, failed.recipient],
    ['failed', '550 no such user', 'anna@office.example'],
  )
  assert.equal(outbox.claimMail(now + 1), undefined)
})

test('SMS and mail do not stand in each other’s queue', () => {
  const outbox = newOutbox()
  queueMail(outbox, 'anna')
  assert.equal(outbox.claimSegment(now), undefined)
  sentSms(outbox, bob, 1)
  assert.equal(outbox.claimMail(now)?.recipient, 'anna@office.example')
})

test('what needs a person is listed, the latest first', () => {
  const outbox = newOutbox()
  const failed = queueMail(outbox, 'anna')
  outbox.mailFailed(failed, '550', now)
  sentSms(outbox, bob, 1)
  const uncertain = sentSms(outbox, bob, 2)
  const delivery = outbox.settleSegment(uncertain, 'uncertain', 'no answer', now)
  queueMail(outbox, 'bob')
  assert.deepEqual(
    outbox.troubled(10).map(({ id }) => id),
    [delivery.id, failed],
  )
  assert.equal(outbox.troubled(1).length, 1)
})

test('deliveries are counted by medium and state since a time; open ones whenever they came', () => {
  const outbox = newOutbox()
  queueMail(outbox, 'anna', now - 1000)
  outbox.mailSent(queueMail(outbox, 'bob', now - 1000), null, now - 500)
  outbox.mailSent(queueMail(outbox, 'carol'), null, now)
  sentSms(outbox, bob, 1)
  const counts = outbox.counts(now).map(({ medium, state, count }) => `${medium} ${state} ${count}`)
  assert.deepEqual(counts.sort(), ['mail queued 1', 'mail sent 1', 'sms sent 1'])
})
