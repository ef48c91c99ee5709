// Faults of the message store (TS 27.005 3.2, 3.4, 3.5). Invariants in every case: each message is handed over
// exactly once, deleted only after that, and the stores are empty in the end.

import assert from 'node:assert/strict'
import { failureOf, hello } from '../bench.ts'
import {
  deliver,
  exactlyOnce,
  freshText,
  mainStore,
  phone,
  storesAreEmpty,
  textsOf,
  wait,
} from './evidence.ts'
import type { Device } from './fault-devices.ts'
import { type FaultCase, faultMatrix, type Rig } from './matrix.ts'

/** Texts the SIM without an indication: only a sweep finds it. */
function arrivesQuietly({ sim }: Rig, text: string): void {
  sim.faults.add({ kind: 'indication-lost' })
  sim.network.phoneSends(phone, text)
}

/** The slots of the store that receives become as few as `slots`, whichever store that is. */
const few = (slots: number): { readonly slots: { readonly SM: number; readonly ME: number } } => ({
  slots: { SM: slots, ME: slots },
})

/** What no listing shows is looked for in the store that receives only. */
const hiddenElsewhere = ({ lists }: Device): string | null =>
  lists ? null : 'its listings show nothing, so that nothing is found in a store that does not receive'

/** The PDU that lies in both stores. */
const twin = deliver(freshText())

const cases: FaultCase[] = [
  {
    title: '+CMTI in the middle of a listing: what it announces and what is listed come once each',
    unfit: ({ lists }) => (lists ? null : 'its listings show nothing'),
    async run(rig) {
      const texts = [freshText(), freshText(), freshText()]
      const [first = '', second = '', third = ''] = texts
      arrivesQuietly(rig, first)
      arrivesQuietly(rig, second)
      rig.override('+CMGL', () => {
        if (rig.sim.faults.fired.some(({ kind }) => kind === 'urc')) return undefined
        const index = mainStore(rig).put(deliver(third), 0, mainStore(rig).size - 1)
        assert.ok(index !== null)
        rig.sim.faults.add({
          kind: 'urc',
          at: 'in-listing',
          lines: [`+CMTI: "${mainStore(rig).name}",${index}`],
        })
        return undefined
      })
      await exactlyOnce(rig, texts)
    },
  },
  {
    title: '+CMTI in a listing for a message of that listing causes no second copy',
    unfit: ({ lists }) => (lists ? null : 'its listings show nothing'),
    async run(rig) {
      const texts = [freshText(), freshText()]
      const [first = '', second = ''] = texts
      arrivesQuietly(rig, first)
      arrivesQuietly(rig, second)
      const index = mainStore(rig).list()[1]?.index
      rig.sim.faults.add({
        kind: 'urc',
        at: 'in-listing',
        lines: [`+CMTI: "${mainStore(rig).name}",${index}`],
      })
      await exactlyOnce(rig, texts)
    },
  },
  {
    title: 'a lost +CMTI costs a delay, not a message',
    async run(rig) {
      const text = freshText()
      arrivesQuietly(rig, text)
      await exactlyOnce(rig, [text])
    },
  },
  {
    title:
      'AT+CMGD that answers OK and deletes nothing is noticed; the message is handed over once more, is deleted in the end',
    async run(rig) {
      const text = freshText()
      rig.sim.faults.add({ kind: 'delete-lies' })
      rig.sim.network.phoneSends(phone, text)
      await wait(() => textsOf(rig).length > 0 && storesAreEmpty(rig), 'an empty store')
      await rig.idle()
      assert.deepEqual(new Set(textsOf(rig)), new Set([text]))
      assert.ok(textsOf(rig).length <= 2, 'at most one second copy, which the fingerprint catches')
    },
  },
  {
    title:
      'AT+CMGD that is refused again and again is tried at each sweep, told, and hands over no second copy',
    async run(rig) {
      const text = freshText()
      rig.sim.faults.add({ kind: 'delete-error', code: 302 }, { times: 4 })
      rig.sim.network.phoneSends(phone, text)
      await wait(
        () => rig.bench.modem.state().problem?.message.includes('cannot be deleted') === true,
        'a problem',
      )
      await exactlyOnce(rig, [text])
      await wait(() => rig.bench.modem.state().problem === null, 'no problem any more')
    },
  },
  {
    title: 'an index that holds another message when it is read again is not deleted: both are handed over',
    async run(rig) {
      const [first, second] = [freshText(), freshText()]
      let reads = 0
      rig.override('+CMGR', (command) => {
        reads += 1
        if (reads === 2) mainStore(rig).put(deliver(second), 0, Number(command.split('=')[1]))
        return undefined
      })
      rig.sim.network.phoneSends(phone, first)
      await exactlyOnce(rig, [first, second])
    },
  },
  {
    title: 'the same PDU in SM and in ME: both copies are fetched and deleted, each with its own place',
    start: {
      prepare(sim) {
        for (const name of ['SM', 'ME'] as const) sim.storage(name).put(twin)
      },
    },
    unfit: (device, sim) =>
      hiddenElsewhere(device) ??
      (['SM', 'ME'].every((name) => device.stores(sim).some((store) => store.name === name))
        ? null
        : 'it has not both stores'),
    async run(rig) {
      await wait(() => rig.bench.received.length === 2 && storesAreEmpty(rig), 'both copies')
      assert.deepEqual(rig.bench.received.map(({ storage }) => storage).sort(), ['ME', 'SM'])
      assert.deepEqual(new Set(rig.bench.received.map((each) => each.pdu)), new Set([twin]))
    },
  },
  {
    title: 'a message at index 0 is a message like any other',
    unfit: (device, sim) => (device.stores(sim)[0]?.has(0) === true ? null : 'its first index is 1'),
    async run(rig) {
      const [announced, listed] = [freshText(), freshText()]
      rig.sim.network.phoneSends(phone, announced)
      await exactlyOnce(rig, [announced])
      assert.equal(rig.bench.received[0]?.index, 0)
      arrivesQuietly(rig, listed)
      await exactlyOnce(rig, [announced, listed])
    },
  },
  {
    title: 'a store that is full at the start is drained, and what the network kept comes after it',
    start: {
      sim: { ...few(3), fullLine: '^SMMEMFULL: "SM"' },
      prepare(sim) {
        for (let count = 0; count < 8; count += 1) sim.network.phoneSends(phone, `kept ${count}`)
      },
    },
    async run(rig) {
      rig.sim.urc('^SMMEMFULL: "SM"')
      await exactlyOnce(
        rig,
        Array.from({ length: 8 }, (_, count) => `kept ${count}`),
      )
      assert.deepEqual(rig.sim.network.waiting, [])
    },
  },
  {
    title:
      'a store that says only that it is full, without any +CMTI, is drained at once and not at the next sweep',
    start: { bench: { sweepMs: 3_600_000 }, sim: { ...few(3), fullLine: '^SMMEMFULL: "SM"' } },
    async run(rig) {
      await rig.bench.reach('ready')
      await rig.idle()
      const texts = Array.from({ length: 5 }, freshText)
      rig.sim.faults.add({ kind: 'indication-lost' }, { times: 3 })
      for (const text of texts) rig.sim.network.phoneSends(phone, text)
      await exactlyOnce(rig, texts)
    },
  },
  {
    title: 'memory full (322) on sending: what lies unannounced in the store is drained by the next sweep',
    async run(rig) {
      const text = freshText()
      arrivesQuietly(rig, text)
      rig.sim.faults.storeFull = true
      const error = await failureOf(rig.bench.modem.submit(hello))
      assert.deepEqual([error.code, error.retry], ['SMS_REFUSED', 'temporary'])
      rig.sim.faults.storeFull = false
      await exactlyOnce(rig, [text])
    },
  },
  ...(['to it', 'back'] as const).map(
    (way): FaultCase => ({
      title: `no answer to the switch to another store (${way}): nothing there is forgotten, nothing is deaf afterwards`,
      unfit: (device, sim) =>
        hiddenElsewhere(device) ?? (device.stores(sim).length > 1 ? null : 'it has one store only'),
      async run(rig) {
        const main = mainStore(rig).name
        const other = rig.device.stores(rig.sim).find(({ name }) => name !== main && name !== 'SR')
        assert.ok(other !== undefined)
        const [there, later] = [freshText(), freshText()]
        let swallowed = 0
        const target = way === 'back' ? main : other.name
        rig.override('+CPMS=', (command) => {
          if (swallowed > 0 || !command.startsWith(`+CPMS="${target}"`)) return undefined
          swallowed += 1
          return []
        })
        rig.sim.urc(`+CMTI: "${other.name}",${other.put(deliver(there))}`)
        await wait(() => swallowed === 1, 'the switch')
        rig.sim.network.phoneSends(phone, later)
        await exactlyOnce(rig, [there, later])
      },
    }),
  ),
]

faultMatrix(cases)
