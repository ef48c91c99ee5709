// A modem that is opened for a person's questions, not for the service: what is done with it, and what is left alone.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredPdu } from '../../src/domain/message.ts'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { openPty } from '../support/pty.ts'
import { failureOf, type ModemBench, startBench } from './bench.ts'

async function asked(sim: SimModem, work: (bench: ModemBench) => Promise<void>): Promise<void> {
  const pty = await openPty(await sim.listen())
  const bench = startBench(pty.path, { purpose: 'questions' })
  try {
    await work(bench)
  } finally {
    await bench.stop()
    await pty.close()
    await sim.close()
  }
}

test('nothing is read out of the store, deleted or set that a question does not need', async () => {
  const sim = createSimModem()
  sim.network.phoneSends('+4917012345678', 'stay where you are')
  await asked(sim, async (bench) => {
    await bench.reach('ready')
    assert.deepEqual(await bench.modem.command('AT+CSQ'), ['+CSQ: 20,99'])
    assert.deepEqual(bench.received, [])
    assert.ok(!sim.commands().some((line) => /CMG[LRD]|CPMS|CNMI=|CPIN=|CFUN=/.test(line)))
    assert.equal(sim.storage().list().length, 1)
  })
})

test('texts that another program let come straight to the port go to the store while nobody keeps them', async () => {
  const sim = createSimModem()
  let setting = '+CNMI: 2,2,0,1,0'
  sim.override('+CNMI?', () => [setting, 'OK'])
  sim.override('+CNMI=', (text) => {
    setting = text.replace('=', ': ')
    return ['OK']
  })
  await asked(sim, async (bench) => {
    await bench.reach('ready')
    assert.equal(setting, '+CNMI: 2,1,0,1,0')
  })
})

test('the stores are listed in the turn of the loop, also beside its own sweeps, and the receiving store is selected again', async () => {
  const sim = createSimModem({ slots: { SM: 10, ME: 10 } })
  sim.network.phoneSends('+4917012345678', 'one')
  const received: StoredPdu[] = []
  const pty = await openPty(await sim.listen())
  const intake = {
    receive: async (pdu: StoredPdu) => {
      received.push(pdu)
      throw new Error('full')
    },
  }
  const bench = startBench(pty.path, { intake, sweepMs: 100 })
  try {
    await bench.reach('ready')
    for (let round = 0; round < 5; round += 1) {
      const stores = await bench.modem.stores()
      assert.deepEqual(
        stores.map(({ storage, messages }) => [storage, messages?.length]),
        [
          ['SM', 1],
          ['ME', 0],
        ],
      )
    }
    assert.ok(received.every(({ storage }) => storage === 'SM'))
    assert.match(
      sim
        .commands()
        .filter((line) => /CPMS=/.test(line))
        .at(-1) ?? '',
      /="SM"/,
    )
  } finally {
    await bench.stop()
    await pty.close()
    await sim.close()
  }
})

test('a message is deleted only while its index holds what was looked at', async () => {
  const sim = createSimModem()
  sim.network.phoneSends('+4917012345678', 'first')
  await asked(sim, async (bench) => {
    await bench.reach('ready')
    const [sms] = (await bench.modem.stores()).flatMap(({ messages }) => messages ?? [])
    assert.ok(sms !== undefined)
    sim.storage().remove(sms.index)
    sim.network.phoneSends('+4917012345678', 'second')
    assert.match((await failureOf(bench.modem.deleteStored(sms))).message, /another message/)
    assert.equal(sim.storage().list().length, 1)
  })
})

test('what waits for its turn when the modem goes ends with an error', async () => {
  const sim = createSimModem()
  await asked(sim, async (bench) => {
    await bench.reach('ready')
    sim.override('+CPMS', () => new Promise(() => undefined))
    const waiting = [failureOf(bench.modem.stores()), failureOf(bench.modem.stores())]
    await bench.stop()
    for (const failure of await Promise.all(waiting)) assert.match(failure.code, /^MODEM_/)
  })
})
