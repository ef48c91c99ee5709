// PDUs from the modem: known by their fingerprint, parts wait for each other; and what the service remembers of itself and of PINs.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJournal } from '../../src/store/journal.ts'
import { createPdus } from '../../src/store/pdus.ts'
import { createServiceState } from '../../src/store/service-state.ts'
import { now, storeKeeper } from './temp-store.ts'

const open = storeKeeper()
const part = (key: string, seq: number, total = 3) => ({ key, seq, total })

/** A message to which PDUs can be assigned. */
function message(store: ReturnType<typeof open>): number {
  return createJournal(store).add(
    {
      medium: 'sms',
      sender: '+4917012345678',
      subject: '',
      text: '',
      mailId: null,
      digest: null,
      receivedAt: now,
      flag: 1,
      flagFrom: 'policy',
      judgement: 'convert',
      reason: 'policy',
      raw: null,
    },
    [],
  )
}

test('a PDU is known once it was added, and cannot be added twice', () => {
  const pdus = createPdus(open())
  assert.equal(pdus.isKnown('00AA'), false)
  pdus.add('00AA', now, null)
  assert.equal(pdus.isKnown('00AA'), true)
  assert.equal(pdus.isKnown('00AB'), false)
  assert.throws(() => pdus.add('00AA', now, null), /UNIQUE/)
})

test('waiting parts come by number, without those of other messages, used ones and old ones', () => {
  const store = open()
  const pdus = createPdus(store)
  const third = pdus.add('03', now, part('a', 3))
  const first = pdus.add('01', now + 1, part('a', 1))
  pdus.add('b1', now, part('b', 1))
  pdus.add('old', now - 100, part('a', 2))
  pdus.add('single', now, null)
  const used = pdus.add('used', now, part('a', 2))
  pdus.assign([used], message(store))
  assert.deepEqual(
    pdus.waiting('a', now - 10).map((row) => ({ ...row })),
    [
      { id: first, pdu: '01', seq: 1, receivedAt: now + 1 },
      { id: third, pdu: '03', seq: 3, receivedAt: now },
    ],
  )
})

test('a message is overdue by the age of its first part', () => {
  const pdus = createPdus(open())
  pdus.add('a2', now + 50, part('a', 2))
  pdus.add('a1', now, part('a', 1))
  pdus.add('b1', now + 10, part('b', 1, 2))
  assert.deepEqual(pdus.overdue(now - 1), [])
  assert.deepEqual(
    pdus.overdue(now).map((row) => ({ ...row })),
    [{ key: 'a', total: 3 }],
  )
  assert.equal(pdus.overdue(now + 10).length, 2)
  assert.equal(pdus.oldestWaiting(), now)
})

test('nothing waits once the parts were made a message', () => {
  const store = open()
  const pdus = createPdus(store)
  assert.equal(pdus.oldestWaiting(), null)
  const ids = [pdus.add('a1', now, part('a', 1)), pdus.add('a3', now, part('a', 3))]
  pdus.assign(ids, message(store))
  assert.deepEqual(pdus.waiting('a', 0), [])
  assert.deepEqual(pdus.overdue(now + 1), [])
  assert.equal(pdus.oldestWaiting(), null)
})

test('a part is late if a message was made without it, and only then', () => {
  const store = open()
  const pdus = createPdus(store)
  assert.equal(pdus.isLate('a', 2, now), false)
  const ids = [pdus.add('a1', now, part('a', 1)), pdus.add('a3', now, part('a', 3))]
  assert.equal(pdus.isLate('a', 2, now), false)
  pdus.assign(ids, message(store))
  assert.equal(pdus.isLate('a', 2, now), true)
  assert.equal(pdus.isLate('a', 1, now), false)
  assert.equal(pdus.isLate('b', 2, now), false)
  assert.equal(pdus.isLate('a', 2, now + 1), false)
})

test('a state is read as it was saved, and saving the same again writes nothing', () => {
  const store = open()
  const state = createServiceState(store)
  assert.equal(state.read('modem'), undefined)
  state.save('modem', { phase: 'ready', signalDbm: -70 }, now)
  const before = store.commits()
  state.save('modem', { phase: 'ready', signalDbm: -70 }, now + 1)
  assert.equal(store.commits(), before)
  assert.deepEqual(state.read('modem'), { value: { phase: 'ready', signalDbm: -70 }, at: now })
  state.save('modem', { phase: 'lost' }, now + 2)
  assert.deepEqual(state.read('modem'), { value: { phase: 'lost' }, at: now + 2 })
})

test('a refused PIN is remembered for its own SIM only, and not readable in the file', () => {
  const store = open()
  const state = createServiceState(store)
  state.rememberRefusedPin('8949', '1234', now)
  state.rememberRefusedPin('8949', '1234', now)
  assert.equal(state.pinRefused('8949', '1234'), true)
  assert.equal(state.pinRefused('8949', '1235'), false)
  assert.equal(state.pinRefused('8950', '1234'), false)
  const [row] = store.all<{ hash: string }>('SELECT * FROM refused_pin')
  assert.deepEqual(Object.keys(row ?? {}), ['hash', 'at'])
  assert.match(row?.hash ?? '', /^[0-9a-f]{64}$/)
  assert.equal(createServiceState(open()).pinRefused('8949', '1234'), false)
})
