// Restarts, PINs and power cuts (TS 27.007 8.3). Invariants: after a restart everything is as before it, without a
// try of the PIN that may be the last; what was committed but not deleted is handed over again and nothing is deleted before that.

import assert from 'node:assert/strict'
import type { SimModem } from '../../../src/simulator/modem/sim-modem.ts'
import { failureOf, hello, pinMemory } from '../bench.ts'
import { exactlyOnce, freshText, phone, storesAreEmpty, textsOf, wait } from './evidence.ts'
import { type FaultCase, faultMatrix, type Rig } from './matrix.ts'

const tries = ({ sim }: Rig): number => sim.card.pinTriesLeft()

/** Enters a wrong PIN in another phone. */
function mistype(sim: SimModem): void {
  assert.throws(() => sim.card.verify('0000'))
}

/** Sent by the modem side so far: AT+CPIN with a PIN. */
const pinsEntered = ({ sim }: Rig): number =>
  sim.commands().filter((line) => line.startsWith('AT+CPIN="')).length

/** Answers that tell how many tries are left, of all makers. */
const counters = /^(?:\+CPINR|\^CPIN|\+SPIC|\+QPINC|\+ZPINPUK|\+UPINCNT|#PCT|\^SPIC):/

const cases: FaultCase[] = [
  {
    title:
      'a modem that restarts by itself, settings gone and SIM locked again, receives and sends as before',
    start: { sim: { pin: '1234' }, bench: { pin: '1234' } },
    async run(rig) {
      await rig.bench.reach('ready')
      await rig.idle()
      rig.sim.reset()
      const text = freshText()
      rig.sim.network.phoneSends(phone, text)
      await wait(() => pinsEntered(rig) === 2, 'the PIN a second time')
      await wait(() => rig.bench.modem.state().phase === 'ready', 'a second start')
      await exactlyOnce(rig, [text])
      await rig.bench.modem.submit(hello)
      assert.deepEqual([rig.sim.network.sent.length, tries(rig)], [1, 3])
    },
  },
  {
    title:
      'a modem that restarts between Ctrl-Z and the answer: the message is uncertain, not sent again, the next one goes out',
    start: { sim: { sendMs: 200 } },
    async run(rig) {
      await rig.bench.reach('ready')
      await rig.idle()
      const error = failureOf(rig.bench.modem.submit(hello))
      await wait(() => rig.sim.commands().some((line) => line.includes('<Ctrl-Z>')), 'Ctrl-Z')
      rig.sim.reset()
      const { code, retry } = await error
      assert.deepEqual([code, retry], ['SMS_UNCERTAIN', 'ambiguous'])
      // Until the restart is noticed and over, a submit is refused, before its prompt.
      let sent = false
      const end = performance.now() + 20_000
      while (!sent && performance.now() < end) {
        sent = await rig.bench.modem.submit(hello).then(
          () => true,
          (failure) => {
            assert.notEqual(failure.code, 'SMS_UNCERTAIN')
            return false
          },
        )
        await rig.idle()
      }
      assert.deepEqual([sent, rig.sim.network.sent.length], [true, 1])
    },
  },
  {
    title:
      'with one try of the PIN left, none is used, not even for the right PIN, wherever the modem tells the count',
    start: {
      sim: { pin: '1234' },
      bench: { pin: '1234' },
      prepare(sim) {
        mistype(sim)
        mistype(sim)
      },
    },
    async run(rig) {
      await wait(() => ['ready', 'closed'].includes(rig.bench.modem.state().phase), 'an end of the start')
      const told = rig.sim.log.some(({ direction, line }) => direction === 'out' && counters.test(line))
      if (told) assert.equal((await rig.bench.ended)?.code, 'SIM_LOCKED')
      assert.deepEqual([tries(rig), pinsEntered(rig)], told ? [1, 0] : [3, 1])
    },
  },
  {
    title: 'a wrong PIN costs one try, however often the modem restarts and the connection is made anew',
    start: { sim: { pin: '1234' }, bench: { pin: '9999' } },
    async run(rig) {
      await rig.bench.ended
      assert.equal(tries(rig), 2)
      // The store keeps it beyond one connection.
      const memory = pinMemory([...rig.bench.refusedPins])
      for (let round = 0; round < 3; round += 1) {
        rig.sim.unplug()
        await rig.reopen({ pinMemory: memory })
        if (round === 1) rig.sim.reset()
        const code = (await rig.bench.ended)?.code
        // A restart in the middle of the start may end the connection before the SIM is asked.
        if (round !== 1) assert.equal(code, 'SIM_LOCKED')
      }
      assert.deepEqual([tries(rig), pinsEntered(rig)], [2, 1])
    },
  },
  {
    title:
      'a power cut between commit and AT+CMGD: the message is still there, is handed over again and then deleted',
    start: {},
    async run(rig) {
      await rig.bench.reach('ready')
      await rig.idle()
      const text = freshText()
      rig.override('+CMGD=', () => {
        rig.sim.unplug()
        return []
      })
      rig.sim.network.phoneSends(phone, text)
      assert.equal((await rig.bench.ended)?.code, 'MODEM_UNAVAILABLE')
      assert.deepEqual(textsOf(rig), [text])
      assert.equal(storesAreEmpty(rig), false)
      rig.override('+CMGD=', () => undefined)
      await rig.reopen()
      await exactlyOnce(rig, [text])
    },
  },
  {
    title:
      'a power cut between writing and commit: nothing was deleted, the message comes with the next connection',
    start: {
      bench: {
        intake: {
          async receive() {
            throw new Error('the power went')
          },
        },
      },
    },
    async run(rig) {
      await rig.bench.reach('ready')
      const text = freshText()
      rig.sim.network.phoneSends(phone, text)
      await wait(() => rig.sim.commands().some((line) => /^AT\+CMG[LR]/.test(line)), 'a read')
      await rig.idle()
      rig.sim.unplug()
      assert.equal(
        rig.sim.commands().some((line) => line.startsWith('AT+CMGD=')),
        false,
      )
      const received: string[] = []
      await rig.reopen({
        intake: {
          async receive({ pdu }) {
            received.push(pdu)
          },
        },
      })
      await wait(() => received.length > 0 && storesAreEmpty(rig), 'the message')
      assert.equal(received.length, 1)
    },
  },
  {
    title: 'a wall clock that jumps by ten days and back to 1970 ends no wait and no limit early or late',
    async run(rig) {
      const before = rig.sim.network.sent.length
      rig.sim.faults.add({ kind: 'answer-late', ms: 600, blocking: true })
      const sent = rig.bench.modem.submit(hello)
      rig.clock.jump(10 * 86_400_000)
      await wait(() => rig.sim.network.sent.length === before + 1, 'the network has it')
      rig.clock.jump(-20_000 * 86_400_000)
      await sent
      const text = freshText()
      rig.sim.faults.add({ kind: 'indication-lost' })
      rig.sim.network.phoneSends(phone, text)
      await exactlyOnce(rig, [text])
      rig.clock.jump(19_990 * 86_400_000)
    },
  },
]

faultMatrix(cases)
