// The outbox, status reports: which segments one may speak of, early ones, and uncertain deliveries of which somebody is to be told.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutbox, type Outbox } from '../../../src/store/outbox/outbox.ts'
import { now, storeKeeper } from '../temp-store.ts'

const open = storeKeeper()
const newOutbox = (): Outbox => createOutbox(open())
const bob = '+4917012345678'
const carol = '+4917023456789'

/** Queues an SMS of one part and claims it. @returns its segment */
function submittedSms(outbox: Outbox, recipient: string, at: number): number {
  const facts = { messageId: null, conversationId: null, recipient, rule: 'command', text: 'x', now: at }
  const segments = [{ pdu: 'AA', tpduLength: 1 }]
  outbox.addSms(facts, () => ({ encoding: 'gsm7', segments, validityMs: 86_400_000 }))
  return outbox.claimSegment(at)?.segmentId ?? assert.fail('nothing was due')
}

/** Sends one SMS under a TP-MR. @returns its segment */
function sentSms(outbox: Outbox, recipient: string, messageReference: number, at = now): number {
  const segmentId = submittedSms(outbox, recipient, at)
  outbox.segmentSent(segmentId, messageReference, at)
  return segmentId
}

/** Segments that a report with this TP-MR may speak of: known by it, or only guessed. */
const candidates = (outbox: Outbox, reference: number, at = now) =>
  outbox.reportCandidates(reference, at).map(({ segmentId, referenceKnown }) => [segmentId, referenceKnown])

test('a report may speak of every segment with its TP-MR whose validity has not ended long ago', () => {
  const outbox = newOutbox()
  const bobs = sentSms(outbox, bob, 7)
  const carols = sentSms(outbox, carol, 7)
  assert.deepEqual(candidates(outbox, 7), [
    [bobs, true],
    [carols, true],
  ])
  assert.deepEqual(candidates(outbox, 8), [])
  outbox.settleSegment(bobs, 'delivered', null, now)
  assert.deepEqual(
    outbox.reportCandidates(7, now + 86_400_000).map(({ state }) => state),
    ['delivered', 'sent'],
  )
  assert.deepEqual(candidates(outbox, 7, now + 86_400_001), [])
})

/** A segment of which nobody knows whether it was sent. */
function uncertainSms(outbox: Outbox, at: number, recipient = bob): number {
  const segmentId = submittedSms(outbox, recipient, at)
  outbox.settleSegment(segmentId, 'uncertain', 'no answer', at)
  return segmentId
}

test('an uncertain segment is guessed by the TP-MR after that of the SMS before', () => {
  const outbox = newOutbox()
  sentSms(outbox, carol, 255)
  const segmentId = uncertainSms(outbox, now + 1)
  assert.deepEqual(candidates(outbox, 0), [[segmentId, false]])
  assert.deepEqual(candidates(outbox, 1), [])
})

test('a TP-MR that a later SMS got was not that of the uncertain one', () => {
  const outbox = newOutbox()
  sentSms(outbox, carol, 9)
  uncertainSms(outbox, now + 1)
  const later = sentSms(outbox, carol, 10, now + 2)
  assert.deepEqual(candidates(outbox, 10), [[later, true]])
})

test('nothing is guessed behind an SMS whose own TP-MR is not known', () => {
  const outbox = newOutbox()
  sentSms(outbox, carol, 9)
  const first = uncertainSms(outbox, now + 1)
  uncertainSms(outbox, now + 2, carol)
  assert.deepEqual(candidates(outbox, 10), [[first, false]])
  assert.deepEqual(candidates(outbox, 11), [])
})

test('nothing is guessed while a later SMS to the same phone may have that TP-MR', () => {
  const outbox = newOutbox()
  sentSms(outbox, carol, 9)
  const first = uncertainSms(outbox, now + 1)
  const second = submittedSms(outbox, bob, now + 2)
  assert.deepEqual(candidates(outbox, 10), [])
  outbox.settleSegment(second, 'uncertain', 'no answer', now + 2)
  assert.deepEqual(candidates(outbox, 10), [])
  outbox.segmentSent(second, 11, now + 2)
  assert.deepEqual(candidates(outbox, 10), [[first, false]])
})

test('the guess reads the indexes, however many SMS were sent', () => {
  const store = open()
  const outbox = createOutbox(store)
  for (let count = 0; count < 3000; count++) sentSms(outbox, carol, count & 0xff, now + count)
  for (let count = 0; count < 20; count++) uncertainSms(outbox, now + 5000 + count)
  const begin = performance.now()
  for (let reference = 0; reference < 256; reference++) candidates(outbox, reference)
  // 256 x 20 x 3000 rows without them.
  assert.ok(performance.now() - begin < 1000)
})

test('the status of a report is kept with its segment', () => {
  const outbox = newOutbox()
  const segmentId = sentSms(outbox, bob, 3)
  outbox.setReport(segmentId, 0x22)
  assert.equal(outbox.segments(outbox.ofSegment(segmentId)?.id ?? 0)[0]?.reportStatus, 0x22)
})

test('early reports are kept in their order, and are gone once they were used', () => {
  const outbox = newOutbox()
  const report = { number: bob, messageReference: 9, sentAt: null }
  outbox.addEarlyReport({ ...report, status: 0x20, receivedAt: now })
  outbox.addEarlyReport({ ...report, status: 0x00, sentAt: now + 1, receivedAt: now + 5 })
  const found = outbox.earlyReports()
  assert.deepEqual(
    found.map((one) => ({ ...one })),
    [
      { ...report, id: 1, status: 0x20, receivedAt: now },
      { ...report, id: 2, status: 0x00, sentAt: now + 1, receivedAt: now + 5 },
    ],
  )
  assert.equal(outbox.removeEarlyReports(found.map(({ id }) => id)), 2)
  assert.equal(outbox.removeEarlyReports([1]), 0)
  assert.deepEqual(outbox.earlyReports(), [])
})

test('early reports of nobody are kept for a day, whatever the clock did', () => {
  const outbox = newOutbox()
  const report = { number: bob, messageReference: 9, status: 0, sentAt: null }
  const day = 86_400_000
  for (const receivedAt of [now + 10 * day, now - 10 * day, now, now + day / 2])
    outbox.addEarlyReport({ ...report, receivedAt })
  assert.deepEqual(
    outbox.earlyReports().map(({ receivedAt }) => receivedAt),
    [now, now + day / 2],
  )
})

test('an uncertain delivery is told once, and again only after it was sent again', () => {
  const outbox = newOutbox()
  const segmentId = uncertainSms(outbox, now)
  const id = outbox.ofSegment(segmentId)?.id ?? 0
  assert.equal(outbox.untold(now - 1), undefined)
  assert.equal(outbox.untold(now)?.id, id)
  assert.equal(outbox.told(id, now), true)
  assert.equal(outbox.told(id, now), false)
  assert.equal(outbox.untold(now), undefined)
  outbox.again(id, now)
  outbox.settleSegment(outbox.claimSegment(now)?.segmentId ?? 0, 'uncertain', 'no answer', now)
  assert.equal(outbox.untold(now)?.id, id)
})

test('what became uncertain by a clock that was days ahead is told when the clock is right again', () => {
  const outbox = newOutbox()
  const segmentId = uncertainSms(outbox, now + 10 * 86_400_000)
  assert.equal(outbox.untold(now)?.id, outbox.ofSegment(segmentId)?.id)
  assert.equal(outbox.untold(now + 10 * 86_400_000 - 60_000), undefined)
})
