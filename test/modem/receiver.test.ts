// Order of reading, committing, comparing and deleting, on a message store without a line in between.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredPdu } from '../../src/domain/message.ts'
import type { SmsIntake } from '../../src/domain/ports.ts'
import type { AtAnswer } from '../../src/modem/at/at-dialogue.ts'
import type { Urc } from '../../src/modem/at/at-line.ts'
import { createDirectPdus, type DirectPdus } from '../../src/modem/direct-pdus.ts'
import { createReceiver, type Receiver } from '../../src/modem/receiver.ts'
import type { Execute } from '../../src/modem/sms-settings.ts'

const pduA = '07919471016700000100'
const pduB = '07919471016700000200'
const lengthOf = (pdu: string): number => pdu.length / 2 - 8

interface Bench {
  readonly receiver: Receiver
  readonly directs: DirectPdus
  /** Commands and `receive <pdu>`, `committed <pdu>` in the order in which they happened. */
  readonly events: string[]
  readonly received: StoredPdu[]
  readonly stores: Map<string, Map<number, string>>
  readonly failures: number[]
  /** Replaces the answer to a command; null: as usual. */
  answer: (line: string) => AtAnswer | null
  receive: (pdu: StoredPdu) => Promise<void>
  stopped: boolean
  /** Works until there is nothing left to do. */
  drain(): Promise<void>
}

const fine = (...lines: string[]): AtAnswer => ({ kind: 'ok', lines, elapsedMs: 0 })
const refused = (number: number): AtAnswer => ({
  kind: 'error',
  error: { kind: '+CMS ERROR', number, text: `+CMS ERROR: ${number}` },
  lines: [],
  payloadSent: false,
  elapsedMs: 0,
})
const cmti = (index: number, store = 'SM'): Urc => ({
  name: '+CMTI',
  values: `"${store}",${index}`,
  pdu: null,
  tpduLength: null,
})

/** A message store behind AT commands, without any line in between. */
function bench(
  slots: Readonly<Record<number, string>>,
  others: readonly string[] = [],
  reports: string | null = null,
): Bench {
  const stores = new Map([['SM', new Map(Object.entries(slots).map(([index, pdu]) => [Number(index), pdu]))]])
  for (const name of [...others, ...(reports === null ? [] : [reports])]) stores.set(name, new Map())
  let current = 'SM'
  const usual = (line: string): AtAnswer => {
    const store = stores.get(current) ?? new Map<number, string>()
    const index = Number(/=(\d+)$/.exec(line)?.[1])
    if (line === 'AT+CMGL=4')
      return fine(...[...store].flatMap(([at, pdu]) => [`+CMGL: ${at},1,,${lengthOf(pdu)}`, pdu]))
    if (line.startsWith('AT+CMGR=')) {
      const pdu = store.get(index)
      return pdu === undefined ? fine() : fine(`+CMGR: 1,,${lengthOf(pdu)}`, pdu)
    }
    if (line.startsWith('AT+CMGD=')) store.delete(index)
    if (line.startsWith('AT+CPMS="')) current = line.slice(9, 11)
    return line === 'AT+CPMS?' ? fine(`+CPMS: "${current}",${store.size},20`) : fine()
  }
  const execute: Execute = async ({ line }) => {
    made.events.push(line)
    return made.answer(line) ?? usual(line)
  }
  const intake: SmsIntake = {
    async receive(pdu) {
      made.events.push(`receive ${pdu.pdu}`)
      await made.receive(pdu)
      made.received.push(pdu)
      made.events.push(`committed ${pdu.pdu}`)
    },
  }
  const directs = createDirectPdus(intake)
  const made: Bench = {
    receiver: createReceiver({
      execute,
      storage: { main: { name: 'SM', used: 0, total: 20 }, others, reports, cpmsArguments: 3 },
      stopped: () => made.stopped,
      onFill: () => undefined,
      onWrongStore: () => undefined,
      onDeleteFailures: (count) => made.failures.push(count),
      intake,
      directs,
    }),
    directs,
    events: [],
    received: [],
    stores,
    failures: [],
    answer: () => null,
    receive: () => new Promise((resolve) => setImmediate(resolve)),
    stopped: false,
    async drain() {
      while (made.receiver.hasWork()) await made.receiver.work()
    },
  }
  return made
}

const has = ({ stores }: Bench, index: number): boolean => stores.get('SM')?.has(index) === true

test('an announced message is read, committed, compared and only then deleted, by its one index', async () => {
  const made = bench({ 3: pduA })
  made.receiver.announced(cmti(3))
  await made.drain()
  assert.deepEqual(made.events, [
    'AT+CMGR=3',
    `receive ${pduA}`,
    `committed ${pduA}`,
    'AT+CMGR=3',
    'AT+CMGD=3',
  ])
  assert.deepEqual(made.received, [{ pdu: pduA, tpduLength: 2, storage: 'SM', index: 3 }])
})

test('while the intake has not committed, nothing is written to the modem at all', async () => {
  const made = bench({ 1: pduA })
  let commit = (): void => undefined
  made.receive = () =>
    new Promise((resolve) => {
      commit = resolve
    })
  made.receiver.wantSweep()
  const work = made.receiver.work()
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(made.events, ['AT+CMGL=4', `receive ${pduA}`])
  commit()
  await work
  assert.equal(has(made, 1), false)
})

test('if the intake throws, nothing is deleted, the other messages are taken, and the next sweep tries again', async () => {
  const made = bench({ 1: pduA, 2: pduB })
  made.receive = async ({ pdu }) => {
    if (pdu === pduA) throw new Error('disk full')
  }
  made.receiver.wantSweep()
  await made.drain()
  assert.equal(has(made, 1), true)
  assert.equal(has(made, 2), false)
  assert.equal(made.events.includes('AT+CMGD=1'), false)
  made.receive = async () => undefined
  made.receiver.wantSweep()
  await made.drain()
  assert.equal(has(made, 1), false)
})

test('an index that holds another PDU when it is read again is not deleted, and that PDU is taken by the next sweep', async () => {
  const made = bench({ 1: pduA })
  made.receive = async () => {
    made.stores.get('SM')?.set(1, pduB)
  }
  made.receiver.announced(cmti(1))
  await made.drain()
  assert.equal(has(made, 1), true)
  assert.equal(made.events.includes('AT+CMGD=1'), false)
  made.receive = async () => undefined
  made.receiver.wantSweep()
  await made.drain()
  assert.deepEqual(
    made.received.map(({ pdu }) => pdu),
    [pduA, pduB],
  )
  assert.equal(has(made, 1), false)
})

test('a failing CMGD leaves the entry, is tried at the next sweep, and hands the message over only once', async () => {
  const made = bench({ 1: pduA })
  made.answer = (line) => (line.startsWith('AT+CMGD') ? refused(302) : null)
  for (let round = 0; round < 3; round += 1) {
    made.receiver.wantSweep()
    await made.drain()
  }
  assert.equal(made.received.length, 1)
  assert.deepEqual(made.failures, [1, 2, 3])
  made.answer = () => null
  made.receiver.wantSweep()
  await made.drain()
  assert.equal(has(made, 1), false)
  assert.equal(made.failures.at(-1), 0)
})

test('what cannot be deleted is handed over again now and then, so that it stays known as long as it lies there', async () => {
  const made = bench({ 1: pduA, 2: pduB })
  made.answer = (line) => (line.startsWith('AT+CMGD') ? refused(302) : null)
  for (let round = 0; round < 61; round += 1) {
    made.receiver.wantSweep()
    await made.drain()
  }
  const times = made.received.filter(({ pdu }) => pdu === pduA).length
  assert.ok(times >= 3 && times < 10, `${times} times`)
})

test('a CMGD that answers OK and deletes nothing is noticed', async () => {
  const made = bench({ 1: pduA })
  made.answer = (line) => (line.startsWith('AT+CMGD') ? fine() : null)
  for (let round = 0; round < 4; round += 1) {
    made.receiver.wantSweep()
    await made.drain()
  }
  assert.deepEqual(made.failures, [1, 2, 3])
})

test('no form of "delete all" is ever used', async () => {
  const made = bench({ 0: pduA, 7: pduB })
  made.receiver.wantSweep()
  await made.drain()
  assert.deepEqual(
    made.events.filter((line) => line.startsWith('AT+CMGD')),
    ['AT+CMGD=0', 'AT+CMGD=7'],
  )
})

test('an index announced during a sweep is read after it, a full store and an index with nothing cause a sweep', async () => {
  const made = bench({ 1: pduA })
  made.receive = async () => {
    if (made.received.length > 0) return
    made.stores.get('SM')?.set(2, pduB)
    made.receiver.announced(cmti(2))
  }
  made.receiver.wantSweep()
  await made.drain()
  assert.deepEqual(
    made.received.map(({ index }) => index),
    [1, 2],
  )
  made.events.length = 0
  made.receiver.announced(cmti(9))
  await made.drain()
  assert.deepEqual(made.events, ['AT+CMGR=9', 'AT+CMGL=4', 'AT+CPMS?'])
})

test('a message announced in another store is fetched there, and the main store is selected again', async () => {
  const made = bench({}, ['ME'])
  made.receiver.wantSweep()
  await made.drain()
  made.events.length = 0
  made.stores.get('ME')?.set(0, pduA)
  made.receiver.announced(cmti(0, 'ME'))
  await made.drain()
  assert.deepEqual(made.received, [{ pdu: pduA, tpduLength: 2, storage: 'ME', index: 0 }])
  assert.deepEqual(made.events, [
    'AT+CMGL=4',
    'AT+CPMS="ME","SM","SM"',
    'AT+CMGL=4',
    `receive ${pduA}`,
    `committed ${pduA}`,
    'AT+CMGR=0',
    'AT+CMGD=0',
    'AT+CPMS="SM","SM","SM"',
    'AT+CPMS?',
  ])
})

test('a PDU whose length contradicts its header is read again before it is believed', async () => {
  const made = bench({ 1: pduA })
  let damaged = 1
  made.answer = (line) => {
    if (line !== 'AT+CMGL=4' || damaged === 0) return null
    damaged -= 1
    return fine('+CMGL: 1,1,,2', pduA.slice(0, -3))
  }
  made.receiver.wantSweep()
  await made.drain()
  assert.deepEqual(
    made.received.map(({ pdu }) => pdu),
    [pduA],
  )
  assert.equal(has(made, 1), false)
})

test('a PDU that is damaged in the store itself is handed over as it is, after it came twice alike', async () => {
  const broken = '0791947101670000010'
  const made = bench({ 1: pduA })
  made.answer = (line) => {
    if (line === 'AT+CMGL=4') return has(made, 1) ? fine('+CMGL: 1,1,,2', broken) : fine()
    return line === 'AT+CMGR=1' ? fine('+CMGR: 1,,2', broken) : null
  }
  made.receiver.wantSweep()
  await made.drain()
  assert.deepEqual(
    made.received.map(({ pdu }) => pdu),
    [broken],
  )
  assert.equal(has(made, 1), false)
})

test('a PDU that came directly goes to the intake without an index, again after a sweep if the intake failed', async () => {
  const made = bench({})
  let full = true
  made.receive = async () => {
    if (full) throw new Error('disk full')
  }
  made.directs.take({ name: '+CMT', values: ',2', pdu: pduA, tpduLength: 2 })
  await made.drain()
  assert.equal(made.received.length, 0)
  full = false
  made.receiver.wantSweep()
  await made.drain()
  assert.deepEqual(made.received, [{ pdu: pduA, tpduLength: 2, storage: 'direct', index: null }])
})

test('once stopped, nothing more is handed over or deleted', async () => {
  const made = bench({ 1: pduA, 2: pduB })
  made.receive = async () => {
    made.stopped = true
  }
  made.receiver.wantSweep()
  await made.drain()
  assert.deepEqual(
    made.received.map(({ pdu }) => pdu),
    [pduA],
  )
  assert.equal(
    made.events.some((line) => line.startsWith('AT+CMGD')),
    false,
  )
})

test('a report announced under the name of the message store is looked for in the store of reports as well, and a message at that index survives', async () => {
  const made = bench({ 0: pduA }, [], 'SR')
  made.stores.get('SR')?.set(0, pduB)
  made.receiver.announced({ name: '+CDSI', values: '"SM",0', pdu: null, tpduLength: null })
  await made.drain()
  assert.deepEqual(
    made.received.map(({ storage, pdu }) => [storage, pdu]),
    [
      ['SM', pduA],
      ['SR', pduB],
    ],
  )
  assert.ok(made.events.includes('AT+CPMS="SR","SM","SM"'), 'receiving stays where it is')
  assert.equal(made.events.at(-2), 'AT+CPMS="SM","SM","SM"')
})
