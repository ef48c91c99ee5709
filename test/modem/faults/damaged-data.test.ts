// Damaged data (TS 23.038, 23.040): what a SIM, a network or a line can make of an SMS. Invariant: it is handed over
// exactly as it came, exactly once, and its slot is freed; to make sense of it is not the business of the modem side.

import assert from 'node:assert/strict'
import {
  deliver,
  directLines,
  exactlyOnce,
  freshText,
  mainStore,
  storesAreEmpty,
  textsOf,
  wait,
} from './evidence.ts'
import { type FaultCase, faultMatrix, type Rig } from './matrix.ts'

const smsc = '07919471016700F0'

/** SMS-DELIVER with this first octet, TP-DCS, TP-UDL and user data; the seconds keep equal ones apart. */
function tpdu(firstOctet: string, dcs: string, udl: string, userData: string): string {
  return `${firstOctet}0D91947110325476F800${dcs}62112142023540${udl}${userData}`
}

const damaged: Readonly<Record<string, string>> = {
  'a user data header longer than the user data': tpdu('44', '00', '05', '1F00034101'),
  'TP-UDL longer than the data': tpdu('04', '00', 'A0', 'C8329BFD06'),
  'no user data at all, cut behind TP-DCS': '040D91947110325476F80000',
  'a TPDU of one octet': '04',
  'TP-DCS 0x80, reserved': tpdu('04', '80', '05', 'C8329BFD06'),
  'TP-DCS 0xBF, reserved': tpdu('04', 'BF', '05', 'C8329BFD06'),
  'ESC as the last septet': tpdu('04', '00', '02', 'C80D'),
  'a lone surrogate': tpdu('04', '08', '04', '0041D83D'),
  'an odd number of UCS-2 octets': tpdu('04', '08', '03', '004100'),
  'an address of 255 digits': `04FF91${'21'.repeat(20)}`,
}

const countOf = ({ bench }: Rig, pdu: string): number =>
  bench.received.filter((each) => each.pdu === pdu).length

async function kept(rig: Rig, pdu: string): Promise<void> {
  await wait(() => countOf(rig, pdu) > 0 && storesAreEmpty(rig), `${pdu} handed over, stores empty`)
  await rig.idle()
  assert.equal(countOf(rig, pdu), 1)
  assert.equal(rig.bench.received.length, 1)
}

const cases: FaultCase[] = [
  ...Object.entries(damaged).flatMap(([what, tpduHex]): FaultCase[] => [
    {
      title: `${what}, in the store: handed over as it is, once`,
      async run(rig) {
        const pdu = smsc + tpduHex
        const index = mainStore(rig).put(pdu)
        rig.sim.urc(`+CMTI: "${mainStore(rig).name}",${index}`)
        await kept(rig, pdu)
      },
    },
    {
      title: `${what}, as +CMT: handed over as it is, once`,
      async run(rig) {
        const pdu = smsc + tpduHex
        rig.sim.urc(`+CMT: ,${tpduHex.length / 2}`, pdu)
        await kept(rig, pdu)
      },
    },
  ]),
  ...(['cut short', 'with an odd number of digits', 'with top bits set'] as const).map(
    (how): FaultCase => ({
      title: `a PDU line that comes ${how} once is read again: the message is handed over whole, once`,
      async run(rig) {
        const text = freshText()
        const pdu = deliver(text)
        let spoiled = 0
        rig.override('+CMGR', (command) => {
          const stored = mainStore(rig).get(Number(command.split('=')[1]))
          if (stored === undefined || spoiled > 0) return undefined
          spoiled += 1
          const bad = {
            'cut short': pdu.slice(0, 30),
            'with an odd number of digits': pdu.slice(0, -1),
            'with top bits set': `\u00b7\u00b1${pdu.slice(2)}`,
          }
          return [`+CMGR: 0,,${pdu.length / 2 - 8}`, bad[how], 'OK']
        })
        const index = mainStore(rig).put(pdu)
        rig.sim.urc(`+CMTI: "${mainStore(rig).name}",${index}`)
        await exactlyOnce(rig, [text])
        assert.equal(spoiled, 1)
      },
    }),
  ),
  {
    title: 'a +CMT whose PDU is cut short is handed over as it came, and the next one whole',
    // No listing at the same time: a line in one belongs to it unless its length fits.
    start: { bench: { sweepMs: 3_600_000 } },
    async run(rig) {
      await rig.bench.reach('ready')
      await rig.idle()
      const whole = deliver(freshText())
      const cut = deliver(freshText()).slice(0, -7)
      rig.sim.urc(`+CMT: ,${whole.length / 2 - 8}`, cut)
      await wait(() => countOf(rig, cut) === 1, 'the damaged one')
      rig.sim.urc(...directLines(whole).trim().split('\r\n'))
      await wait(() => countOf(rig, whole) === 1, 'the whole one')
      assert.equal(textsOf(rig).length, 2)
    },
  },
]

faultMatrix(cases)
