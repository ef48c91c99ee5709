// The name of the network as modems spell it, on the simulated modem.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../../src/modem/at/at-answers.ts'
import { createSimModem } from '../../src/simulator/modem/sim-modem.ts'
import { eventually, startBench } from './bench.ts'

test('names in UCS-2 hex are read, and numbers, short names and hex words stay what they are', () => {
  for (const [written, name] of [
    ['00540065006C0065006B006F006D002E00640065', 'Telekom.de'],
    ['4E2D56FD79FB52A8', '中国移动'],
    ['041C0422042100200052005500530031', 'МТС RUS1'],
    ['00540065006C00650066006F006E0069006300610020004500730070006100F10061', 'Telefonica España'],
    ['26201', '26201'],
    ['310260', '310260'],
    ['491710760000', '491710760000'],
    ['FACE', 'FACE'],
    ['E000E001', 'E000E001'],
    ['o2 - de', 'o2 - de'],
    ['', ''],
  ] as const)
    assert.equal(plainText(written), name)
})

for (const [answer, name] of [
  ['+COPS: 0,0,"4E2D56FD79FB52A8",7', '中国移动'],
  ['+COPS: 0,2,"26201",7', '26201'],
  ['+COPS: 0,0,"Telekom.de Telekom.de"', 'Telekom.de Telekom.de'],
  ['+COPS: 0', null],
] as const)
  test(`the answer ${answer} is the network ${name ?? 'that is not known'}`, async () => {
    const sim = createSimModem({ registration: 5 })
    sim.override('+COPS?', async () => [answer, 'OK'])
    const bench = startBench(`tcp://127.0.0.1:${await sim.listen()}`)
    try {
      await bench.reach('ready')
      await eventually(() => bench.modem.state().operator === name)
      assert.equal(bench.modem.state().registration, 5)
    } finally {
      await bench.stop()
      await sim.close()
    }
  })
