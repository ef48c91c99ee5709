// Long messages whose references are not unique, whose parts come in any order, late, twice or never: nothing is lost, nothing is mixed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StoredPdu } from '../../../src/domain/message.ts'
import { configureLog } from '../../../src/log.ts'
import { day, noon } from '../world.ts'
import { hour, newIntake, type PartFacts, partOf } from './intake-world.ts'

configureLog('error', () => {})
const minute = 60_000

/** A part of message A, B …: its text is its name, such as "A2". */
function part(name: string, total: number, at: number | null = noon): StoredPdu {
  return partOf({ text: name, seq: Number(name.slice(1)), total, at })
}

const gap = (seq: number, total: number): string => `[part ${seq} of ${total} missing]`
/** What the reader sees, without the line that explains the gaps. */
const bare = (texts: readonly string[]): string[] => texts.map((text) => text.split('\n')[0] ?? '')

async function receiveAll(world: ReturnType<typeof newIntake>, ...pdus: StoredPdu[]): Promise<void> {
  for (const pdu of pdus) await world.intake.receive(pdu)
}

async function wait(world: ReturnType<typeof newIntake>, ms: number): Promise<void> {
  world.time.now += ms
  await world.intake.expireParts()
}

test('part 2 may come first, and part 1 twice', async () => {
  const world = newIntake()
  await receiveAll(world, part('A2', 3), part('A1', 3), part('A1', 3), part('A3', 3))
  await wait(world, 5 * hour)
  assert.deepEqual(world.texts(), ['A1A2A3'])
})

test('a part that came while the clock was days ahead waits no longer than others once it is right again', async () => {
  const world = newIntake()
  world.time.now += 10 * day
  await receiveAll(world, part('A1', 2))
  world.time.now = noon
  await wait(world, minute)
  await wait(world, 3 * hour)
  assert.deepEqual(world.texts(), [])
  const commits = world.desk.store.commits()
  await wait(world, minute)
  assert.equal(world.desk.store.commits(), commits, 'nothing is written while it waits')
  await wait(world, hour)
  assert.deepEqual(bare(world.texts()), [`A1${gap(2, 2)}`])
})

test('five hundred first parts with one reference are all shown, and keep nobody busy', async () => {
  const world = newIntake()
  for (let count = 0; count < 500; count += 1)
    await world.intake.receive(partOf({ text: `A${count}`, seq: 1, total: 2, at: noon + count * 1000 }))
  const before = process.cpuUsage().user
  await wait(world, 5 * hour)
  assert.equal(world.texts().length, 500)
  // A third of that; 7 s where each look at an earlier part decodes it.
  assert.ok(process.cpuUsage().user - before < 5_000_000)
})

test('a reference that is used again within the hour makes two messages, also while the first is incomplete', async () => {
  const world = newIntake()
  const later = noon + 30 * minute
  await receiveAll(world, part('A1', 2), part('B2', 2, later), part('B1', 2, later))
  assert.deepEqual(world.texts(), ['B1B2'])
  await wait(world, 5 * hour)
  assert.deepEqual(bare(world.texts()), ['B1B2', `A1${gap(2, 2)}`])
})

test('a reference that is used again the next day makes two messages, also when all parts come at once', async () => {
  const world = newIntake()
  await receiveAll(
    world,
    ...[part('B2', 2, noon + day), part('A2', 2), part('B1', 2, noon + day + 4000), part('A1', 2)],
  )
  assert.deepEqual(world.texts(), ['B1B2', 'A1A2'])
})

test('two long texts with one reference that are sent half a minute apart go each to its own', async () => {
  const world = newIntake()
  const [a1, a2] = [part('A1', 2), part('A2', 2, noon + 3000)]
  const [b1, b2] = [part('B1', 2, noon + 30_000), part('B2', 2, noon + 33_000)]
  await receiveAll(world, a1, b1, b2, a2)
  assert.deepEqual(world.texts(), ['B1B2', 'A1A2'])
})

test('a first part does not fill the gap of an older message with the same reference', async () => {
  const world = newIntake()
  await receiveAll(world, part('A2', 2))
  await wait(world, 5 * hour)
  const later = noon + 5 * hour
  await receiveAll(world, part('B1', 2, later), part('B2', 2, later + 4000))
  assert.deepEqual(bare(world.texts()), [`${gap(1, 2)}A2`, 'B1B2'])
})

test('a late part is the supplement of the message that it was sent with', async () => {
  const world = newIntake()
  await receiveAll(world, part('A2', 2), part('B2', 2, noon + hour))
  await wait(world, 5 * hour)
  await receiveAll(world, part('A1', 2, noon - 4000), part('B1', 2, noon + hour - 4000))
  assert.deepEqual(bare(world.texts()), [
    `${gap(1, 2)}A2`,
    `${gap(1, 2)}B2`,
    '[part 1 of 2, late] A1',
    '[part 1 of 2, late] B1',
  ])
  await wait(world, 5 * hour)
  assert.equal(world.texts().length, 4)
})

test('a part that its sender sent twice, with two time stamps, is shown once', async () => {
  const world = newIntake()
  await receiveAll(world, part('A1', 2), part('A1', 2, noon + 20_000), part('A2', 2, noon + 25_000))
  await wait(world, 5 * hour)
  await receiveAll(world, part('A2', 2, noon + 40_000))
  await wait(world, 5 * hour)
  assert.deepEqual(world.texts(), ['A1A2'])
  assert.equal(world.desk.pdus.oldestWaiting(), null)
})

test('two alarms that begin with the same words are two messages', async () => {
  const world = newIntake()
  const alarm = (words: string, seq: number, at: number) => partOf({ text: words, seq, total: 2, at })
  await receiveAll(
    world,
    ...[alarm('Alarm: ', 1, noon), alarm('Alarm: ', 1, noon + 60_000)],
    ...[alarm('water', 2, noon + 3000), alarm('fire', 2, noon + 63_000)],
  )
  assert.deepEqual(world.texts(), ['Alarm: water', 'Alarm: fire'])
})

test('parts without a time stamp belong together when they come together', async () => {
  const world = newIntake()
  await receiveAll(world, part('A1', 2, null), part('A2', 2, null))
  world.time.now += hour
  await receiveAll(world, part('B1', 2, null), part('C1', 3, null), part('C2', 3, null))
  assert.deepEqual(world.texts(), ['A1A2'])
  await wait(world, 5 * hour)
  assert.deepEqual(bare(world.texts()), ['A1A2', `B1${gap(2, 2)}`, `C1C2${gap(3, 3)}`])
})

test('a service centre whose clock is years off joins its parts all the same', async () => {
  const world = newIntake()
  const wrong = Date.UTC(2004, 0, 1)
  await receiveAll(world, part('A2', 2, wrong + 3000), part('A1', 2, wrong))
  assert.deepEqual(world.texts(), ['A1A2'])
})

test('a part whose time stamp does not fit the others is shown, and joined to nothing', async () => {
  const world = newIntake()
  await receiveAll(world, part('A1', 2), part('A2', 2, Date.UTC(2030, 0, 1)))
  await wait(world, 5 * hour)
  assert.deepEqual(bare(world.texts()), [`A1${gap(2, 2)}`, `${gap(1, 2)}A2`])
})

test('the parts of the longest message may be sent within an hour', async () => {
  const world = newIntake()
  const pdus = Array.from({ length: 255 }, (_, index) =>
    partOf({ text: 'x', seq: index + 1, total: 255, at: noon + index * 14_000 }),
  )
  await receiveAll(world, ...pdus.reverse())
  assert.deepEqual(world.texts(), ['x'.repeat(255)])
})

const nonsense = [
  { what: 'a total of 0', seq: 1, total: 0 },
  { what: 'a part beyond the total', seq: 3, total: 2 },
  { what: 'part 0', seq: 0, total: 2 },
]
for (const { what, seq, total } of nonsense)
  test(`${what} says nothing: the SMS stands alone and waits for nobody`, async () => {
    const world = newIntake()
    await receiveAll(world, partOf({ text: 'alone', seq, total }))
    assert.deepEqual(world.texts(), ['alone'])
    assert.equal(await world.intake.expireParts(), null)
  })

interface Piece extends PartFacts {
  readonly arrives: number
}

/** One message of the customer; every message has the same reference and total. */
const message = (total: number) =>
  fc.record({
    parts: fc.array(
      fc.record({
        /** After the part before. */
        delayMs: fc.integer({ min: 0, max: 20 }).map((seconds) => seconds * 1000),
        /** How often the service centre delivers it. */
        copies: fc.constantFrom(0, 1, 1, 1, 2),
        /** It comes so much later; more than four hours: after the limit. */
        lateMs: fc.array(fc.constantFrom(0, 1000, 30_000, hour, 5 * hour), { minLength: 2, maxLength: 2 }),
      }),
      { minLength: total, maxLength: total },
    ),
    /** Its sender sends this part again after some seconds: another time stamp, the same text. */
    again: fc.option(fc.integer({ min: 0, max: total - 1 }), { nil: null }),
    /** After the end of the message before. */
    pauseMs: fc.integer({ min: 11, max: 200 }).map((minutes) => minutes * minute),
  })

type Message = typeof message extends (total: number) => fc.Arbitrary<infer Value> ? Value : never

function piecesOf(messages: readonly Message[], total: number): Piece[] {
  let sent = noon
  return messages.flatMap(({ parts, again, pauseMs }, number) => {
    sent += pauseMs
    return parts.flatMap(({ delayMs, copies, lateMs }, index) => {
      sent += delayMs
      const piece = { text: `<${number}.${index + 1}>`, seq: index + 1, total, at: sent }
      const came = lateMs.slice(0, copies).map((late) => ({ ...piece, arrives: piece.at + late }))
      if (again !== index || came.length === 0) return came
      sent += 10_000
      return [...came, { ...piece, at: sent, arrives: sent + (lateMs[0] ?? 0) }]
    })
  })
}

const histories = fc
  .integer({ min: 2, max: 4 })
  .chain((total) =>
    fc
      .array(message(total), { minLength: 1, maxLength: 5 })
      .map((messages) => piecesOf(messages, total).sort((a, b) => a.arrives - b.arrives)),
  )

test('whatever is lost, late or repeated, each part is shown exactly once and never with parts of another message', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (pieces) => {
      const world = newIntake()
      for (const piece of pieces) {
        world.time.now = Math.max(world.time.now, piece.arrives)
        await world.intake.expireParts()
        await world.intake.receive(partOf(piece))
      }
      await wait(world, 10 * hour)
      assert.equal(world.desk.pdus.oldestWaiting(), null)
      const shown = world.texts().map((text) => [...text.matchAll(/<(\d)\.(\d)>/g)])
      for (const names of shown) assert.equal(new Set(names.map(([, number]) => number)).size, 1)
      const all = shown.flat().map(([name]) => name)
      assert.deepEqual(all.sort(), [...new Set(pieces.map(({ text }) => text))].sort())
    }),
    { numRuns: 300 },
  )
})
