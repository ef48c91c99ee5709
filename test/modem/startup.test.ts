// The bring-up list and the guard of the PIN tries, on a scripted peer.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, type ModemBench, pinMemory, startBench } from './bench.ts'
import { type ScriptedModem, scriptedModem } from './scripted-modem.ts'

const ok = '\r\nOK\r\n'
const iccid = '89492990000000000012'

async function withPeer(
  prepare: (peer: ScriptedModem) => void,
  use: (peer: ScriptedModem, bench: ModemBench) => Promise<void>,
  more: Parameters<typeof startBench>[1] = {},
): Promise<void> {
  const peer = await scriptedModem()
  prepare(peer)
  const bench = startBench(`tcp://127.0.0.1:${peer.port}`, more)
  try {
    await use(peer, bench)
  } finally {
    peer.drop()
    await bench.ended
    await peer.close()
  }
}

/** A SIM with PIN 1234 and so many tries; `count`: the modem tells how many are left. */
function locked(peer: ScriptedModem, tries: number, count = true): void {
  let left = tries
  peer.on('AT+CPIN?', () => `\r\n+CPIN: ${left > 0 ? 'SIM PIN' : 'SIM PUK'}\r\n${ok}`)
  if (count) peer.on('AT+CPINR="SIM PIN"', () => `\r\n+CPINR: SIM PIN,${left},3\r\n${ok}`)
  peer.on('AT+CPIN=*', (line) => {
    if (line !== 'AT+CPIN="1234"') {
      left -= 1
      return '\r\n+CME ERROR: 16\r\n'
    }
    peer.on('AT+CPIN?', `\r\n+CPIN: READY\r\n${ok}`)
    return ok
  })
}

const entered = (peer: ScriptedModem): string[] =>
  peer.received.filter((line) => line.startsWith('AT+CPIN="'))

test('the right PIN is entered once, when three tries are left, and does not get into the trace', async () => {
  await withPeer(
    (peer) => locked(peer, 3),
    async (peer, bench) => {
      await bench.reach('ready')
      assert.deepEqual(entered(peer), ['AT+CPIN="1234"'])
      assert.equal(bench.trace.join('\n').includes('1234"'), false)
      assert.deepEqual(bench.refusedPins, [])
    },
    { pin: '1234' },
  )
})

test('a wrong PIN costs one try: it is remembered for this SIM and not entered by the next connection', async () => {
  const refused: string[] = []
  const memory = pinMemory(refused)
  for (const expected of [['AT+CPIN="9999"'], []]) {
    await withPeer(
      (peer) => locked(peer, 3),
      async (peer, bench) => {
        const error = await bench.ended
        assert.deepEqual([error?.code, error?.retry], ['SIM_LOCKED', 'hold'])
        assert.deepEqual(entered(peer), expected)
        assert.deepEqual(refused, [iccid])
      },
      { pin: '9999', pinMemory: memory },
    )
  }
})

test('with one or two tries left no PIN is entered', async () => {
  for (const tries of [1, 2]) {
    await withPeer(
      (peer) => locked(peer, tries),
      async (peer, bench) => {
        const error = await bench.ended
        assert.equal(error?.code, 'SIM_LOCKED')
        assert.match(error?.message ?? '', new RegExp(`only ${tries} of 3`))
        assert.deepEqual(entered(peer), [])
      },
      { pin: '1234' },
    )
  }
})

test('a modem that cannot tell the tries gets the PIN once, unless this SIM refused it before', async () => {
  await withPeer(
    (peer) => locked(peer, 3, false),
    async (peer, bench) => {
      await bench.reach('ready')
      assert.deepEqual(entered(peer), ['AT+CPIN="1234"'])
    },
    { pin: '1234' },
  )
  await withPeer(
    (peer) => locked(peer, 3, false),
    async (peer, bench) => {
      assert.equal((await bench.ended)?.code, 'SIM_LOCKED')
      assert.deepEqual(entered(peer), [])
    },
    {
      pin: '1234',
      pinMemory: { ...pinMemory([iccid]), tryBegins: () => assert.fail('entered') },
    },
  )
})

test('a SIM that hides its ICCID is remembered as unknown', async () => {
  await withPeer(
    (peer) => {
      locked(peer, 3)
      peer.on('AT+CCID', '\r\nERROR\r\n')
    },
    async (_peer, bench) => {
      assert.equal((await bench.ended)?.code, 'SIM_LOCKED')
      assert.deepEqual(bench.refusedPins, ['unknown'])
    },
    { pin: '9999' },
  )
})

test("the counter of a maker is read in that maker's order", async () => {
  await withPeer(
    (peer) => {
      locked(peer, 3, false)
      peer.on('AT+CGMI', `\r\nhuawei\r\n${ok}`)
      peer.on('AT^CURC=0', ok)
      peer.on('AT^PORTSEL=0', ok)
      peer.on('AT^CPIN?', `\r\n^CPIN: SIM PIN,1,10,1,10,3\r\n${ok}`)
    },
    async (peer, bench) => {
      assert.match((await bench.ended)?.message ?? '', /only 1 of 3/)
      assert.deepEqual(entered(peer), [])
    },
    { pin: '1234' },
  )
})

test('a PUK is never entered, and a missing PIN is asked for', async () => {
  for (const [state, pin] of [
    ['SIM PUK', '1234'],
    ['PH-SIM PIN', '1234'],
    ['SIM PIN', null],
    ['SIM PIN', '12'],
  ] as const) {
    await withPeer(
      (peer) => peer.on('AT+CPIN?', `\r\n+CPIN: ${state}\r\n${ok}`),
      async (peer, bench) => {
        const error = await bench.ended
        assert.deepEqual([error?.code, error?.retry], ['SIM_LOCKED', 'hold'])
        assert.ok((error?.hint ?? '') !== '')
        assert.deepEqual(entered(peer), [])
      },
      { pin },
    )
  }
})

test('without a SIM the start ends with SIM_ABSENT; a SIM that is busy at first is waited for', async () => {
  await withPeer(
    (peer) => peer.on('AT+CPIN?', '\r\n+CME ERROR: 10\r\n'),
    async (_peer, bench) => assert.equal((await bench.ended)?.code, 'SIM_ABSENT'),
  )
  let busy = 3
  await withPeer(
    (peer) => {
      peer.on('AT+CPIN?', () => {
        busy -= 1
        return busy > 0 ? '\r\n+CME ERROR: 14\r\n' : `\r\n+CPIN: READY\r\n${ok}`
      })
    },
    async (_peer, bench) => {
      await bench.reach('ready')
      assert.equal(busy, 0)
    },
  )
})

test('message stores that are not ready yet are waited for, and a radio that is off is switched on', async () => {
  let notYet = 3
  await withPeer(
    (peer) => {
      peer.on('AT+CFUN?', `\r\n+CFUN: 4\r\n${ok}`)
      peer.on('AT+CFUN=1', ok)
      peer.on('AT+CPMS?', () => {
        notYet -= 1
        return notYet > 0 ? '\r\n+CMS ERROR: 314\r\n' : `\r\n+CPMS: "SM",14,20,"SM",14,20,"SM",14,20\r\n${ok}`
      })
    },
    async (peer, bench) => {
      await bench.reach('ready')
      assert.ok(peer.received.includes('AT+CFUN=1'))
      assert.deepEqual(bench.modem.state().storage, { name: 'SM', used: 14, total: 20 })
      await eventually(() => /holds 14 of 20/.test(bench.modem.state().problem?.message ?? ''))
    },
  )
})

test('a SIM without a service centre number is a problem that is shown', async () => {
  await withPeer(
    (peer) => peer.on('AT+CSCA?', `\r\n+CSCA: "",129\r\n${ok}`),
    async (_peer, bench) => {
      await bench.reach('ready')
      assert.equal(bench.modem.state().smsc, null)
      await eventually(() => /service centre/.test(bench.modem.state().problem?.message ?? ''))
    },
  )
})

test('a modem that refuses PDU mode is not used', async () => {
  await withPeer(
    (peer) => peer.on('AT+CMGF=0', '\r\nERROR\r\n'),
    async (_peer, bench) => assert.equal((await bench.ended)?.code, 'MODEM_REFUSED'),
  )
})

test('neither AT&F nor AT&W is ever sent', async () => {
  await withPeer(
    () => undefined,
    async (peer, bench) => {
      await bench.reach('ready')
      assert.deepEqual(
        peer.received.filter((line) => /&[FW]|Z$/i.test(line)),
        [],
      )
    },
  )
})
