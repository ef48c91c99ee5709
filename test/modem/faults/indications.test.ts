// Faults of indications and settings (TS 27.005 3.2.2, 3.4.1): reports in wrong stores, lists that lie.
// Invariants: a customer's SMS survives whatever an indication names, and a report is handed over once, as it came.

import assert from 'node:assert/strict'
import { toHex } from '../../../src/simulator/modem/sim-octets.ts'
import { encodeReport } from '../../../src/simulator/modem/sim-pdu.ts'
import {
  deliver,
  exactlyOnce,
  freshText,
  helloWithReport,
  mainStore,
  phone,
  reportsOf,
  storesAreEmpty,
  wait,
} from './evidence.ts'
import { type FaultCase, faultMatrix } from './matrix.ts'

const reportOf = (messageReference: number, to: string): string =>
  toHex(
    encodeReport({
      messageReference,
      to,
      submittedAt: Date.now(),
      dischargedAt: Date.now(),
      zone: 4,
      status: 0,
    }),
  )

const cases: FaultCase[] = [
  {
    title:
      "+CDSI for the first slot of the message store, where a customer's SMS lies: the SMS is handed over before it is deleted",
    async run(rig) {
      const text = freshText()
      const store = mainStore(rig)
      const index = store.put(deliver(text))
      rig.sim.urc(`+CDSI: "${store.name}",${index}`)
      await exactlyOnce(rig, [text])
      assert.equal(rig.bench.received[0]?.index, index)
    },
  },
  {
    title:
      'a report stored in SR and announced as one of the message store is found, and the SMS at that index survives',
    unfit: (device, sim) =>
      device.stores(sim).some(({ name }) => name === 'SR') ? null : 'it has no store of reports',
    async run(rig) {
      const text = freshText()
      const store = mainStore(rig)
      const index = store.put(deliver(text))
      const before = reportsOf(rig).length
      rig.sim.storage('SR').put(`00${reportOf(77, phone)}`, 0)
      rig.sim.urc(`+CDSI: "${store.name}",${index}`)
      await exactlyOnce(rig, [text])
      await wait(() => reportsOf(rig).length > before && storesAreEmpty(rig), 'the report')
      assert.deepEqual(reportsOf(rig).slice(before), [77])
    },
  },
  {
    title: 'AT+CPMS that takes three arguments only',
    start: {},
    unfit: (_device, sim) => (sim.overrides.size > 0 ? 'it has been replaced already' : null),
    async run(rig) {
      rig.override('+CPMS=', (command) =>
        command === '+CPMS=?' || command.split(',').length === 3 ? undefined : ['ERROR'],
      )
      await rig.bench.reach('ready')
      const text = freshText()
      rig.sim.network.phoneSends(phone, text)
      await exactlyOnce(rig, [text])
    },
  },
  {
    title:
      'AT+CNMI=? lists <mode> 2 and <ds> 1, both are refused: another setting is found and messages are announced',
    start: { bench: { sweepMs: 3_600_000 } },
    unfit: (device) =>
      device.lists ? null : 'what it does not list is found by the second sweep, not by an indication',
    async run(rig) {
      rig.override('+CNMI=', (command) => {
        if (command === '+CNMI=?') return ['+CNMI: (0-3),(0-3),(0,2),(0-2),(0,1)', 'OK']
        const [mode, , , ds] = command.slice('+CNMI='.length).split(',')
        return mode === '2' || ds === '1' ? ['+CMS ERROR: 303'] : undefined
      })
      await rig.bench.reach('ready')
      await rig.idle()
      const text = freshText()
      rig.sim.network.phoneSends(phone, text)
      await exactlyOnce(rig, [text])
    },
  },
  {
    title: 'AT+CNMI that answers OK and keeps its old values: messages come with the sweep',
    start: {},
    async run(rig) {
      rig.override('+CNMI=', (command) => (command === '+CNMI=?' ? undefined : ['OK']))
      await rig.bench.reach('ready')
      await rig.idle()
      const text = freshText()
      rig.sim.network.phoneSends(phone, text)
      await exactlyOnce(rig, [text])
    },
  },
  {
    title: 'a status report before +CMGS: the submit keeps its reference, the report is handed over once',
    async run(rig) {
      const before = reportsOf(rig).length
      rig.sim.faults.add({ kind: 'report-first' })
      const { messageReference } = await rig.bench.modem.submit(helloWithReport)
      assert.equal(messageReference, rig.sim.network.sent.at(-1)?.messageReference)
      await rig.idle()
      const reports = reportsOf(rig).slice(before)
      // Firmware that passes no reports on has nothing to hand over.
      assert.ok(reports.length <= 1 && reports.every((reference) => reference === messageReference))
    },
  },
  {
    title: 'a status report with a national number is handed over as it came',
    unfit: (device) => (device.lists ? null : 'reports that it stores are not listed'),
    async run(rig) {
      const report = reportOf(42, '017012345678')
      rig.sim.urc(`+CDS: ${report.length / 2}`, `00${report}`)
      await wait(() => rig.bench.received.some(({ pdu }) => pdu === `00${report}`), 'the report')
      await rig.idle()
      assert.equal(rig.bench.received.filter(({ pdu }) => pdu === `00${report}`).length, 1)
    },
  },
]

faultMatrix(cases)
