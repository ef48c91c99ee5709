// The outbox, SMS: which segment goes next, what a failed attempt changes, and how a delivery's state follows its segments.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutbox, type Outbox } from '../../../src/store/outbox/outbox.ts'
import { now, storeKeeper } from '../temp-store.ts'

const open = storeKeeper()
const newOutbox = (): Outbox => createOutbox(open())
const bob = '+4917012345678'
const carol = '+4917023456789'
const day = 86_400_000

/** Queues an SMS of as many parts; the PDU of a part is the text and its number. */
function queue(outbox: Outbox, text: string, parts = 1, at = now, recipient = bob): number {
  const facts = { messageId: null, conversationId: null, recipient, rule: 'command', text, now: at }
  return outbox.addSms(facts, () => ({
    encoding: 'gsm7',
    validityMs: day,
    segments: Array.from({ length: parts }, (_, index) => ({ pdu: `${text}${index + 1}`, tpduLength: 9 })),
  }))
}

/** Claims what is due and has it sent. @returns the PDUs in the order of sending */
function sendAll(outbox: Outbox, at: number): string[] {
  const sent: string[] = []
  for (let claimed = outbox.claimSegment(at); claimed !== undefined; claimed = outbox.claimSegment(at)) {
    sent.push(claimed.pdu)
    outbox.segmentSent(claimed.segmentId, sent.length, at)
  }
  return sent
}

/** Claims the next segment, which must be this one. */
function claim(outbox: Outbox, pdu: string, at = now) {
  const claimed = outbox.claimSegment(at)
  assert.ok(claimed !== undefined, `nothing is due, expected ${pdu}`)
  assert.equal(claimed.pdu, pdu)
  return claimed
}

const retry = (nextAttemptAt: number, counts = true) => ({ nextAttemptAt, reason: 'busy', now, counts })

test('a queued SMS has its segments and the state queued', () => {
  const outbox = newOutbox()
  let told = 0
  const facts = { messageId: null, conversationId: null, recipient: bob, rule: 'command', text: 'x', now }
  const id = outbox.addSms(facts, (deliveryId) => {
    told = deliveryId
    return { encoding: 'ucs2', segments: [{ pdu: 'AA', tpduLength: 1 }], validityMs: day }
  })
  assert.equal(told, id)
  const { recipient, rule, state, encoding, attempts, reason, medium } = outbox.get(id) ?? assert.fail()
  assert.deepEqual(
    [recipient, rule, state, encoding, attempts, reason, medium],
    [bob, 'command', 'queued', 'ucs2', 0, null, 'sms'],
  )
  assert.deepEqual(
    outbox.segments(id).map(({ seq, pdu, state: of, messageReference }) => [seq, pdu, of, messageReference]),
    [[1, 'AA', 'queued', null]],
  )
})

test('the oldest SMS goes first, its parts in order, and each knows whether more follow', () => {
  const outbox = newOutbox()
  queue(outbox, 'b', 1, now + 1)
  const id = queue(outbox, 'a', 3, now)
  const first = claim(outbox, 'a1', now + 1)
  assert.deepEqual(
    [first.deliveryId, first.seq, first.tpduLength, first.moreToCome, first.attempts],
    [id, 1, 9, true, 1],
  )
  outbox.segmentSent(first.segmentId, 1, now)
  const second = claim(outbox, 'a2', now + 1)
  outbox.segmentSent(second.segmentId, 2, now)
  assert.equal(claim(outbox, 'a3', now + 1).moreToCome, false)
})

test('nothing is claimed before its time, and nothing twice', () => {
  const outbox = newOutbox()
  queue(outbox, 'a', 1, now + 1000)
  assert.equal(outbox.claimSegment(now + 999), undefined)
  claim(outbox, 'a1', now + 1000)
  assert.equal(outbox.claimSegment(now + 1000), undefined)
})

test('a claimed segment is submitting, a sent one carries its TP-MR', () => {
  const outbox = newOutbox()
  const id = queue(outbox, 'a', 2)
  const { segmentId } = claim(outbox, 'a1')
  assert.deepEqual(
    outbox.submitting().map((row) => ({ ...row })),
    [{ segmentId }],
  )
  assert.equal(outbox.get(id)?.state, 'sending')
  assert.equal(outbox.segmentSent(segmentId, 200, now).state, 'sending')
  assert.deepEqual(outbox.submitting(), [])
  const next = claim(outbox, 'a2')
  assert.equal(outbox.segmentSent(next.segmentId, 201, now).state, 'sent')
  assert.deepEqual(
    outbox.segments(id).map(({ state, messageReference }) => [state, messageReference]),
    [
      ['sent', 200],
      ['sent', 201],
    ],
  )
})

test('a half-sent long message goes on before older and newer ones', () => {
  const outbox = newOutbox()
  queue(outbox, 'long', 3, now)
  const { segmentId } = claim(outbox, 'long1')
  outbox.segmentSent(segmentId, 1, now)
  queue(outbox, 'older', 1, now - 5000)
  queue(outbox, 'newer', 1, now)
  assert.deepEqual(sendAll(outbox, now), ['long2', 'long3', 'older1', 'newer1'])
})

test('a half-sent long message that must wait lets others pass and resumes at its first unsent segment', () => {
  const outbox = newOutbox()
  queue(outbox, 'long', 3)
  outbox.segmentSent(claim(outbox, 'long1').segmentId, 1, now)
  outbox.retrySegment(claim(outbox, 'long2').segmentId, retry(now + 10_000))
  queue(outbox, 'other')
  assert.deepEqual(sendAll(outbox, now), ['other1'])
  queue(outbox, 'third', 1, now + 1)
  assert.deepEqual(sendAll(outbox, now + 10_000), ['long2', 'long3', 'third1'])
})

test('one bad recipient never holds the others', () => {
  const outbox = newOutbox()
  const bad = queue(outbox, 'bad', 2, now - 1000)
  queue(outbox, 'good', 1, now, carol)
  outbox.settleSegment(claim(outbox, 'bad1').segmentId, 'failed', 'no such number', now)
  assert.deepEqual(sendAll(outbox, now + 86_400_000), ['good1'])
  assert.deepEqual([outbox.get(bad)?.state, outbox.get(bad)?.reason], ['failed', 'no such number'])
})

test('attempts are counted until one succeeds, and those that do not count are not', () => {
  const outbox = newOutbox()
  const id = queue(outbox, 'a', 2)
  for (const attempt of [1, 2]) {
    const claimed = claim(outbox, 'a1')
    assert.equal(claimed.attempts, attempt)
    outbox.retrySegment(claimed.segmentId, retry(now))
  }
  assert.deepEqual(
    [outbox.get(id)?.state, outbox.get(id)?.reason, outbox.get(id)?.attempts],
    ['queued', 'busy', 2],
  )
  const held = claim(outbox, 'a1')
  assert.equal(held.attempts, 3)
  outbox.retrySegment(held.segmentId, retry(now, false))
  assert.equal(outbox.get(id)?.attempts, 2)
  const last = claim(outbox, 'a1')
  assert.equal(last.attempts, 3)
  outbox.segmentSent(last.segmentId, 1, now)
  assert.equal(claim(outbox, 'a2').attempts, 1)
})

test('what may have been sent is never claimed again, nor is the rest of that message', () => {
  const outbox = newOutbox()
  const id = queue(outbox, 'a', 2)
  const { segmentId } = claim(outbox, 'a1')
  assert.equal(outbox.settleSegment(segmentId, 'uncertain', 'no answer', now).state, 'uncertain')
  assert.equal(outbox.claimSegment(now + 30 * 86_400_000), undefined)
  assert.deepEqual(
    outbox.segments(id).map(({ state }) => state),
    ['uncertain', 'queued'],
  )
})

test('a late +CMGS settles the segment submitted last, and the message goes on', () => {
  const outbox = newOutbox()
  queue(outbox, 'a', 2)
  const { segmentId } = claim(outbox, 'a1')
  outbox.settleSegment(segmentId, 'uncertain', 'no answer', now)
  assert.deepEqual({ ...outbox.lastUncertain(now, now) }, { segmentId, recipient: bob })
  assert.equal(outbox.lastUncertain(now + 1, now + 1), undefined)
  outbox.segmentSent(segmentId, 5, now)
  assert.equal(outbox.lastUncertain(now, now + 1), undefined)
  assert.deepEqual(sendAll(outbox, now), ['a2'])
})

test('a late +CMGS cannot speak of a segment after which another was submitted', () => {
  const outbox = newOutbox()
  queue(outbox, 'a')
  queue(outbox, 'b', 1, now + 1)
  outbox.settleSegment(claim(outbox, 'a1').segmentId, 'uncertain', 'no answer', now)
  outbox.segmentSent(claim(outbox, 'b1', now + 1).segmentId, 5, now + 1)
  assert.equal(outbox.lastUncertain(now, now + 1), undefined)
})

test('of two segments in doubt a late +CMGS settles none, for it may be the answer to either', () => {
  const outbox = newOutbox()
  queue(outbox, 'a')
  queue(outbox, 'b', 1, now + 1)
  const first = claim(outbox, 'a1').segmentId
  outbox.settleSegment(first, 'uncertain', 'no answer', now)
  const second = claim(outbox, 'b1', now + 1).segmentId
  outbox.settleSegment(second, 'uncertain', 'OK without +CMGS', now + 1)
  assert.equal(outbox.lastUncertain(now, now + 1), undefined)
  outbox.segmentSent(first, 5, now + 1)
  assert.equal(outbox.lastUncertain(now, now + 1)?.segmentId, second)
})

test('the reason of a failed or uncertain message stays when a report says that another part arrived', () => {
  for (const state of ['failed', 'uncertain'] as const) {
    const outbox = newOutbox()
    const id = queue(outbox, 'a', 2)
    const first = claim(outbox, 'a1').segmentId
    outbox.segmentSent(first, 5, now)
    outbox.settleSegment(claim(outbox, 'a2').segmentId, state, 'no answer', now)
    outbox.settleSegment(first, 'delivered', null, now)
    assert.deepEqual([outbox.get(id)?.state, outbox.get(id)?.reason], [state, 'no answer'])
  }
})

test('a late +CMGS never speaks of a segment that was submitted while the clock was ahead', () => {
  const outbox = newOutbox()
  const ahead = now + 10 * 86_400_000
  queue(outbox, 'a')
  outbox.settleSegment(claim(outbox, 'a1', ahead).segmentId, 'uncertain', 'no answer', ahead)
  assert.equal(outbox.lastUncertain(now, now), undefined)
  queue(outbox, 'b')
  const { segmentId } = claim(outbox, 'b1')
  outbox.settleSegment(segmentId, 'uncertain', 'no answer', now)
  assert.equal(outbox.lastUncertain(now, now)?.segmentId, segmentId)
})

test('a delivery is delivered when all of its parts are', () => {
  const outbox = newOutbox()
  const id = queue(outbox, 'a', 2)
  sendAll(outbox, now)
  const [one, two] = outbox.segments(id)
  assert.equal(outbox.settleSegment(two?.id ?? 0, 'delivered', null, now).state, 'sent')
  assert.equal(outbox.settleSegment(one?.id ?? 0, 'delivered', null, now + 7).state, 'delivered')
  assert.equal(outbox.get(id)?.updatedAt, now + 7)
  assert.equal(outbox.ofSegment(one?.id ?? 0)?.id, id)
  assert.equal(outbox.ofSegment(999), undefined)
})

test('when the wall clock went back, a message does not wait for the old time', () => {
  const outbox = newOutbox()
  queue(outbox, 'a', 1, now)
  assert.equal(outbox.claimSegment(now - 3_600_000), undefined)
  claim(outbox, 'a1', now - 86_400_000)
})
