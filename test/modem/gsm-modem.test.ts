// Whole connections on a scripted peer: submit in all its outcomes, losses at every point, restarts, noise.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModemState } from '../../src/modem/gsm-modem.ts'
import { eventually, failureOf, hello, type ModemBench, startBench } from './bench.ts'
import { fastClock } from './clocks.ts'
import { type Answer, type ScriptedModem, scriptedModem } from './scripted-modem.ts'

const ok = '\r\nOK\r\n'
const pdu = '07919471016700000100'
/** The 300 s of a submit pass in 1.5 s. */
const hurried = { clock: fastClock(10, 200) }

/** A peer with a running modem, closed after `use`. */
async function withModem(
  use: (peer: ScriptedModem, bench: ModemBench) => Promise<void>,
  more: Parameters<typeof startBench>[1] = {},
  prepare: (peer: ScriptedModem) => void = () => undefined,
): Promise<void> {
  const peer = await scriptedModem()
  prepare(peer)
  const bench = startBench(`tcp://127.0.0.1:${peer.port}`, more)
  try {
    await bench.reach('ready')
    await use(peer, bench)
  } finally {
    peer.drop()
    await bench.ended
    await peer.close()
  }
}

/** Waits until the first sweep is over; its last command asks for the fill of the store. */
async function idle({ received }: ScriptedModem): Promise<void> {
  await eventually(() => received.includes('AT+CMGL=4') && received.at(-1) === 'AT+CPMS?')
  await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Answers of a modem that sends. */
function sends(peer: ScriptedModem, answer: Answer, prompt = '\r\n> '): void {
  peer.on('AT+CMGS=18', prompt)
  peer.on('<Z>', answer)
}

const ways: Readonly<Record<string, Partial<Pick<ScriptedModem, 'chunk' | 'echo' | 'gap'>>>> = {
  'all at once': {},
  'one octet at a time': { chunk: 1 },
  'seven octets at a time, with echo': { chunk: 7, echo: true },
  'with echo and a URC in every gap': { echo: true, gap: '\r\n^RSSI: 17\r\n' },
  'one octet at a time, with echo and a URC in every gap': { chunk: 1, echo: true, gap: '\r\n+CREG: 1\r\n' },
  'with unknown and blank lines in every gap': { gap: '\r\n\r\n?? %%\r\n' },
  'with a +CMT and its PDU in every gap, one octet at a time': {
    chunk: 1,
    gap: `\r\n+CMT: ,2\r\n${pdu}\r\n`,
  },
}

for (const [title, way] of Object.entries(ways)) {
  test(`the modem starts, receives and sends when its answers come ${title}`, async () => {
    await withModem(
      async (peer, { modem, received }) => {
        peer.on('AT+CMGR=4', `\r\n+CMGR: 0,,2\r\n${pdu}\r\n${ok}`)
        peer.on('AT+CMGD=4', ok)
        sends(peer, `\r\n+CMGS: 7\r\n${ok}`)
        peer.write('\r\n+CMTI: "SM",4\r\n')
        await peer.until((line) => line === 'AT+CMGD=4')
        assert.ok(received.some(({ index, storage }) => index === 4 && storage === 'SM'))
        assert.ok(received.every((each) => each.pdu === pdu))
        assert.deepEqual(await modem.submit(hello), { messageReference: 7 })
        const payloads = peer.received.filter((line) => line.endsWith('<Z>'))
        assert.deepEqual(payloads, [`${hello.pdu}<Z>`])
        const { operator, registration, smsc, problem } = modem.state()
        assert.deepEqual([operator, registration, smsc, problem], ['Testnet', 1, '+491710760000', null])
      },
      {},
      (peer) => void Object.assign(peer, way),
    )
  })
}

test('what the modem says about itself is in the state', async () => {
  await withModem(async (_peer, { modem }) => {
    await eventually(() => modem.state().signalDbm !== null)
    const { manufacturer, model, firmware, imei, signalDbm } = modem.state()
    assert.deepEqual(
      [manufacturer, model, firmware, imei, signalDbm],
      ['Example', 'M1', '1.0', '490154203237518', -73],
    )
  })
})

test('the state goes through opening, starting, waiting and ready to closed, and every change is told once', async () => {
  let phases: string[] = []
  let states: ModemState[] = []
  await withModem(async (_peer, bench) => {
    await bench.stop()
    states = bench.states
    phases = states.map(({ phase }) => phase)
  })
  assert.deepEqual([...new Set(phases)], ['starting', 'waiting-for-network', 'ready', 'closed'])
  for (const [at, state] of states.entries()) assert.notDeepEqual(state, states[at - 1])
})

for (const [title, prompt, answer, code, retry] of [
  ['a refusal of the network', '\r\n> ', '\r\n+CMS ERROR: 1\r\n', 'SMS_REFUSED', 'permanent'],
  ['congestion', '\r\n> ', '\r\n+CMS ERROR: 42\r\n', 'SMS_REFUSED', 'temporary'],
  ['barring', '\r\n> ', '\r\n+CMS ERROR: 8\r\n', 'SMS_REFUSED', 'hold'],
  ['500 after Ctrl-Z', '\r\n> ', '\r\n+CMS ERROR: 500\r\n', 'SMS_UNCERTAIN', 'ambiguous'],
  ['513 after Ctrl-Z', '\r\n> ', '\r\n+CMS ERROR: 513\r\n', 'SMS_UNCERTAIN', 'ambiguous'],
  ['a plain ERROR after Ctrl-Z', '\r\n> ', '\r\nERROR\r\n', 'SMS_UNCERTAIN', 'ambiguous'],
  ['OK without +CMGS', '\r\n> ', ok, 'SMS_UNCERTAIN', 'ambiguous'],
  ['+CMGS without a number', '\r\n> ', `\r\n+CMGS: \r\n${ok}`, 'SMS_UNCERTAIN', 'ambiguous'],
  ['500 instead of the prompt', '\r\n+CMS ERROR: 500\r\n', '', 'MODEM_REFUSED', 'temporary'],
  ['no service centre', '\r\n+CMS ERROR: 330\r\n', '', 'SMS_REFUSED', 'hold'],
  ['a locked SIM', '\r\n+CMS ERROR: 311\r\n', '', 'SIM_LOCKED', 'hold'],
] as const) {
  test(`${title} makes a submit fail with ${code}, class ${retry}`, async () => {
    await withModem(async (peer, { modem }) => {
      sends(peer, answer, prompt)
      const error = await failureOf(modem.submit(hello))
      assert.deepEqual([error.code, error.retry], [code, retry])
    })
  })
}

for (const prompt of ['\r\n>', '>', '\r\n\r\n> ']) {
  test(`the prompt ${JSON.stringify(prompt)} is accepted`, async () => {
    await withModem(async (peer, { modem }) => {
      sends(peer, `\r\n+CMGS: 255\r\n${ok}`, prompt)
      assert.deepEqual(await modem.submit(hello), { messageReference: 255 })
    })
  })
}

test('no prompt: ESC, never the PDU, MODEM_SILENT, and the next submit works', async () => {
  await withModem(async (peer, { modem }) => {
    peer.on('AT+CMGS=18', null)
    const error = await failureOf(modem.submit(hello))
    assert.deepEqual([error.code, error.retry], ['MODEM_SILENT', 'temporary'])
    assert.equal(
      peer.received.some((line) => line.endsWith('<Z>')),
      false,
    )
    assert.ok(peer.received.includes('<ESC>'))
    sends(peer, `\r\n+CMGS: 3\r\n${ok}`)
    assert.deepEqual(await modem.submit(hello), { messageReference: 3 })
  })
})

test('no answer within 300 s after Ctrl-Z is uncertain, a late +CMGS is reported, and the next submit is not taken in by it', async () => {
  await withModem(async (peer, { modem, late }) => {
    sends(peer, '')
    const begin = performance.now()
    const error = await failureOf(modem.submit(hello))
    assert.ok(performance.now() - begin > 1_400, 'the limit of 300 s was not waited for')
    assert.deepEqual([error.code, error.retry], ['SMS_UNCERTAIN', 'ambiguous'])
    peer.write(`\r\n+CMGS: 77\r\n${ok}`)
    sends(peer, `\r\n+CMGS: 78\r\n${ok}`)
    assert.deepEqual(await modem.submit(hello), { messageReference: 78 })
    assert.deepEqual(late, [77])
  }, hurried)
})

test('a +CMGS that comes when the connection of its submit has ended is reported as well', async () => {
  const peer = await scriptedModem()
  sends(peer, () => {
    for (const command of ['AT', 'ATV1']) peer.on(command, null)
    return null
  })
  const port = `tcp://127.0.0.1:${peer.port}`
  const first = startBench(port, hurried)
  await first.reach('ready')
  assert.equal((await failureOf(first.modem.submit(hello))).code, 'SMS_UNCERTAIN')
  assert.equal((await first.ended)?.code, 'MODEM_SILENT')
  for (const command of ['AT', 'ATV1']) peer.on(command, ok)
  const second = startBench(port)
  await second.reach('ready')
  peer.write(`\r\n+CMGS: 77\r\n${ok}`)
  await eventually(() => second.late.length > 0, 'the late answer')
  assert.deepEqual([first.late, second.late], [[], [77]])
  await second.stop()
  await peer.close()
})

test('a port lost after Ctrl-Z is uncertain, before it surely not sent; run() ends with MODEM_UNAVAILABLE', async () => {
  for (const [command, code] of [
    ['AT+CMGS=18', 'MODEM_UNAVAILABLE'],
    ['<Z>', 'SMS_UNCERTAIN'],
  ] as const) {
    await withModem(async (peer, bench) => {
      sends(peer, ok)
      peer.on(command, () => {
        peer.drop()
        return null
      })
      assert.equal((await failureOf(bench.modem.submit(hello))).code, code)
      assert.equal((await bench.ended)?.code, 'MODEM_UNAVAILABLE')
      assert.equal(bench.modem.state().phase, 'closed')
      assert.equal(bench.modem.state().problem?.code, 'MODEM_UNAVAILABLE')
    })
  }
})

test('the next AT+CMGS follows the OK of the one before without any pause', async () => {
  const gaps: number[] = []
  await withModem(async (peer, { modem }) => {
    let answered = 0
    peer.on('AT+CMGS=18', () => {
      if (answered > 0) gaps.push(performance.now() - answered)
      return '\r\n> '
    })
    peer.on('<Z>', () => {
      answered = performance.now()
      return `\r\n+CMGS: 1\r\n${ok}`
    })
    for (let count = 0; count < 40; count += 1) await modem.submit(hello)
  })
  const median = gaps.sort((one, other) => one - other)[gaps.length >> 1] ?? Number.NaN
  // Far above what a busy machine needs and far below any pause that somebody would put there; bench/ has the figure.
  assert.ok(median < 500, `median gap ${median} ms`)
})

test('the link is kept open while more parts come and released afterwards; errors of AT+CMMS do not matter', async () => {
  await withModem(async (peer, { modem }) => {
    sends(peer, `\r\n+CMGS: 1\r\n${ok}`)
    peer.on('AT+CMMS=2', '\r\nERROR\r\n')
    await idle(peer)
    peer.received.length = 0
    await modem.submit({ ...hello, moreToCome: true })
    await modem.submit({ ...hello, moreToCome: true })
    await modem.submit(hello)
    await peer.until((line) => line === 'AT+CMMS=0')
    assert.deepEqual(
      peer.received.filter((line) => !line.endsWith('<Z>')),
      ['AT+CMMS=2', 'AT+CMGS=18', 'AT+CMGS=18', 'AT+CMGS=18', 'AT+CMMS=0'],
    )
  })
})

test('an unregistered modem refuses a submit with class hold, and a registration URC makes it ready', async () => {
  const peer = await scriptedModem()
  for (const name of ['CREG', 'CGREG', 'CEREG']) peer.on(`AT+${name}?`, `\r\n+${name}: 1,3\r\n${ok}`)
  const bench = startBench(`tcp://127.0.0.1:${peer.port}`)
  await eventually(() => bench.modem.state().problem !== null)
  assert.deepEqual(
    [bench.modem.state().phase, bench.modem.state().problem?.code],
    ['waiting-for-network', 'NOT_REGISTERED'],
  )
  const error = await failureOf(bench.modem.submit(hello))
  assert.deepEqual([error.code, error.retry], ['NOT_REGISTERED', 'hold'])
  peer.write('\r\n+CEREG: 5\r\n')
  await bench.reach('ready')
  assert.equal(bench.modem.state().problem, null)
  await bench.stop()
  await peer.close()
})

test('stopping waits for a running AT+CMGS and resolves', async () => {
  await withModem(async (peer, bench) => {
    sends(peer, '')
    const sent = bench.modem.submit(hello)
    await peer.until((line) => line.endsWith('<Z>'))
    const stopped = bench.stop()
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.notEqual(bench.modem.state().phase, 'closed')
    peer.write(`\r\n+CMGS: 4\r\n${ok}`)
    assert.deepEqual(await sent, { messageReference: 4 })
    await stopped
    assert.equal(bench.modem.state().phase, 'closed')
  })
})

test('run() resolves when its signal aborts at any point of the start, and nothing is written afterwards', async () => {
  for (const command of ['AT', 'AT+CGMI', 'AT+CPIN?', 'AT+CNMI=?', 'AT+CREG?', 'AT+CMGL=4']) {
    const peer = await scriptedModem()
    peer.on(command, null)
    const bench = startBench(`tcp://127.0.0.1:${peer.port}`)
    await peer.until((line) => line === command)
    await bench.stop()
    assert.equal(peer.received.at(-1), command)
    await peer.close()
  }
})

test('a port lost at any point of the start or at work ends run() with MODEM_UNAVAILABLE', async () => {
  for (const command of [
    '<ESC>',
    'AT',
    'AT+CGMI',
    'AT+CPIN?',
    'AT+CPMS=?',
    'AT+CNMI?',
    'AT+COPS?',
    'AT+CMGL=4',
  ]) {
    const peer = await scriptedModem()
    peer.on(command, () => {
      peer.drop()
      return null
    })
    const bench = startBench(`tcp://127.0.0.1:${peer.port}`)
    assert.equal((await bench.ended)?.code, 'MODEM_UNAVAILABLE', command)
    await peer.close()
  }
})

test('a modem that never answers ends run() with MODEM_SILENT, one that falls silent later too', async () => {
  for (const silentFrom of ['AT', 'AT+CNMI=?', 'AT+CMGL=4']) {
    const peer = await scriptedModem()
    peer.on(silentFrom, () => {
      for (const line of ['AT', 'ATV1']) peer.on(line, null)
      return null
    })
    const bench = startBench(`tcp://127.0.0.1:${peer.port}`, hurried)
    const error = await bench.ended
    assert.deepEqual([error?.code, error?.retry], ['MODEM_SILENT', 'temporary'], silentFrom)
    await peer.close()
  }
})

test('a modem that restarts by itself is started again; an SMS that was in flight is uncertain', async () => {
  await withModem(async (peer, { modem, reach }) => {
    sends(peer, '')
    const sent = failureOf(modem.submit(hello))
    await peer.until((line) => line.endsWith('<Z>'))
    peer.received.length = 0
    peer.write('\r\nRDY\r\n')
    assert.equal((await sent).code, 'SMS_UNCERTAIN')
    await peer.until((line) => line === 'AT+CNMI=2,1,0,1,0')
    await reach('ready')
    assert.ok(peer.received.includes('AT+CMGF=0'))
  })
})

test('a repeated boot line without RDY starts the modem again only if its settings are gone', async () => {
  await withModem(async (peer, { modem }) => {
    peer.received.length = 0
    peer.write('\r\n^BOOT:1,0,0,0,75\r\n')
    await peer.until((line) => line === 'AT+CNMI?')
    await modem.command('AT+CSQ')
    assert.equal(peer.received.includes('ATE0'), false)
    peer.on('AT+CMEE?', () => {
      peer.on('AT+CMEE?', `\r\n+CMEE: 1\r\n${ok}`)
      return `\r\n+CMEE: 0\r\n${ok}`
    })
    peer.write('\r\n+CPIN: READY\r\n')
    await peer.until((line) => line === 'ATE0')
  })
})

test('a modem that never tells its error form or its store is not started again for it', async () => {
  await withModem(
    async (peer, { modem }) => {
      await idle(peer)
      peer.received.length = 0
      peer.write('\r\n^BOOT:1,0,0,0,75\r\n')
      await peer.until((line) => line === 'AT+CNMI?')
      await modem.command('AT+CSQ')
      await modem.command('AT+CSQ')
      assert.equal(peer.received.includes('ATE0'), false)
    },
    {},
    (peer) => {
      peer.on('AT+CMEE=1', '\r\nERROR\r\n')
      peer.on('AT+CMEE?', '\r\nERROR\r\n')
      peer.on('AT+CPMS?', `\r\n+CPMS: "SM",,,"SM",,,"SM",,\r\n${ok}`)
    },
  )
})

test('a modem that lost its settings without a word is found out by the next sweep and started again', async () => {
  await withModem(
    async (peer) => {
      await idle(peer)
      peer.received.length = 0
      peer.on('AT+CPMS?', `\r\n+CPMS: "ME",0,23,"ME",0,23,"ME",0,23\r\n${ok}`)
      await peer.until((line) => line === 'ATE0')
    },
    { sweepMs: 3_000 },
  )
})

test('a modem that restarts again and again is given up with a word about its power', async () => {
  const peer = await scriptedModem()
  peer.on('AT+CGMI', '\r\nRDY\r\n')
  const bench = startBench(`tcp://127.0.0.1:${peer.port}`)
  const error = await bench.ended
  assert.equal(error?.code, 'MODEM_REFUSED')
  assert.match(error?.hint ?? '', /power/)
  await peer.close()
})

test('calls, noise, random bytes and a megabyte without line end disturb nothing', async () => {
  await withModem(async (peer, { modem, noise, urcs }) => {
    await idle(peer)
    peer.write('\r\nRING\r\n\r\n+CLIP: "+4917012345678",145\r\nNO CARRIER\r\n')
    peer.write('\r\nis this a modem\r\n')
    peer.write(`${'\x00\xff\x1bq\x08'.repeat(200_000)}\r\n`)
    peer.write(`\r\n${'AB'.repeat(80)}\r\n`)
    await eventually(() => noise.length >= 2)
    assert.deepEqual(await modem.command('AT+CSQ'), ['+CSQ: 20,99'])
    assert.deepEqual(urcs, ['RING', '+CLIP: "+4917012345678",145', 'NO CARRIER'])
    assert.ok(noise.includes('is this a modem'))
    assert.ok(noise.includes('160 hex digits'), 'what may be a message is not repeated')
    sends(peer, `\r\n+CMGS: 1\r\n${ok}`)
    assert.deepEqual(await modem.submit(hello), { messageReference: 1 })
  })
})

test('no PIN is traced: not as it is written, in whatever form, and not in the echo of a modem that keeps it on', async () => {
  let open = false
  await withModem(
    async (_, { modem, trace }) => {
      for (const line of ['AT +cpin = "4711"', 'AT+CLCK = "SC" , 1 , "4711"', 'AT^CPIN="4711"'])
        await modem.ask(line)
      const lines = trace.map((line) => line.trim())
      assert.ok(!lines.some((line) => line.includes('4711')), lines.join('\n'))
      for (const line of ['to AT+CPIN=***', 'from AT+CPIN=***', 'to AT+CLCK = "SC" , 1 ,***'])
        assert.ok(lines.includes(line), line)
    },
    { pin: '4711' },
    (peer) => {
      peer.echo = true
      peer.on('AT+CPIN?', () => `\r\n+CPIN: ${open ? 'READY' : 'SIM PIN'}\r\n${ok}`)
      peer.on('AT+CPIN="4711"', () => {
        open = true
        return ok
      })
    },
  )
})

test('a typed command gives its lines, its error, or is refused if it could smuggle in another', async () => {
  await withModem(async (peer, { modem }) => {
    peer.on('ATI', `\r\nExample M1\r\nRevision 1.0\r\n${ok}`)
    peer.on('AT+CLCK="SC",2', '\r\n+CME ERROR: 10\r\n')
    assert.deepEqual(await modem.command('ATI'), ['Example M1', 'Revision 1.0'])
    assert.equal((await failureOf(modem.command('AT+CLCK="SC",2'))).code, 'SIM_ABSENT')
    assert.equal((await failureOf(modem.command('AT+NONSENSE'))).code, 'MODEM_REFUSED')
    for (const line of ['AT\rAT+CMGD=1,4', 'hello', 'AT+CMGS=10', 'AT+CUSD=1\u001a'])
      assert.equal((await failureOf(modem.command(line))).code, 'USAGE', line)
  })
})

test('an object runs only once, and answers before and after its run that it is not open', async () => {
  await withModem(async (_peer, bench) => {
    await bench.stop()
    assert.equal((await failureOf(bench.modem.run(new AbortController().signal))).code, 'INTERNAL')
    assert.equal((await failureOf(bench.modem.submit(hello))).code, 'MODEM_UNAVAILABLE')
    assert.equal((await failureOf(bench.modem.command('AT'))).code, 'MODEM_UNAVAILABLE')
  })
})
