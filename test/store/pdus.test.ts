// PDUs from the modem: known by their fingerprint, parts wait for each other; and what the service remembers of itself and of PINs.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJournal } from '../../src/store/journal.ts'
import { createPdus } from '../../src/store/pdus.ts'
import { createServiceState } from '../../src/store/service-state.ts'
import { now, storeKeeper } from './temp-store.ts'

const open = storeKeeper()
const part = (key: string, seq: number, sentAt = now) => ({ key, seq, total: 3, sentAt })

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

test('parts that wait come in the order of their arrival, without those of other messages and used ones', () => {
  const store = open()
  const pdus = createPdus(store)
  const third = pdus.add('03', now, part('a', 3, now - 5))
  const first = pdus.add('01', now + 1, part('a', 1))
  pdus.add('b1', now, part('b', 1))
  pdus.add('single', now, null)
  const used = pdus.add('used', now, part('a', 2))
  pdus.assign([used], message(store))
  const waiting = { total: 3, messageId: null }
  assert.deepEqual(
    pdus.waiting('a').map((row) => ({ ...row })),
    [
      { ...waiting, id: third, pdu: '03', seq: 3, sentAt: now - 5, receivedAt: now },
      { ...waiting, id: first, pdu: '01', seq: 1, sentAt: now, receivedAt: now + 1 },
    ],
  )
})

test('parts that were sent near a time are found, waiting or used, and no others', () => {
  const store = open()
  const pdus = createPdus(store)
  const id = message(store)
  pdus.assign([pdus.add('used', now, part('a', 2, now - 10))], id)
  pdus.add('waits', now, part('a', 1, now + 10))
  pdus.add('before', now, part('a', 3, now - 11))
  pdus.add('after', now, part('a', 3, now + 11))
  pdus.add('other', now, part('b', 1))
  assert.deepEqual(
    pdus.partsNear('a', now, 10).map(({ pdu, messageId }) => [pdu, messageId]),
    [
      ['used', id],
      ['waits', null],
    ],
  )
})

test('a key is overdue by the age of the part that came first', () => {
  const pdus = createPdus(open())
  pdus.add('a2', now + 50, part('a', 2))
  pdus.add('a1', now, part('a', 1))
  pdus.add('b1', now + 10, part('b', 1))
  assert.deepEqual(pdus.overdue(now - 1), [])
  assert.deepEqual(pdus.overdue(now), ['a'])
  assert.deepEqual(pdus.overdue(now + 10).sort(), ['a', 'b'])
  assert.equal(pdus.oldestWaiting(), now)
})

test('nothing waits once the parts were made a message', () => {
  const store = open()
  const pdus = createPdus(store)
  assert.equal(pdus.oldestWaiting(), null)
  const ids = [pdus.add('a1', now, part('a', 1)), pdus.add('a3', now, part('a', 3))]
  pdus.assign(ids, message(store))
  assert.deepEqual(pdus.waiting('a'), [])
  assert.deepEqual(pdus.overdue(now + 1), [])
  assert.equal(pdus.oldestWaiting(), null)
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
  state.pinTryEnded('8949', '1234', 'refused', now)
  state.pinTryEnded('8949', '1234', 'refused', now)
  assert.equal(state.pinRefused('8949', '1234'), true)
  assert.equal(state.pinRefused('8949', '1235'), false)
  assert.equal(state.pinRefused('8950', '1234'), false)
  const [row] = store.all<{ hash: string }>('SELECT * FROM refused_pin')
  assert.deepEqual(Object.keys(row ?? {}), ['hash', 'at'])
  assert.match(row?.hash ?? '', /^[0-9a-f]{64}$/)
  assert.equal(createServiceState(open()).pinRefused('8949', '1234'), false)
})
