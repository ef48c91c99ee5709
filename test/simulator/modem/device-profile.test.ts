// A transcript as a device: what it answers, how its facts tune the simulated modem, and that a maker's habit is data.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { parseTranscript } from '../../../src/domain/transcript.ts'
import { createDevice, type SimDevice } from '../../../src/simulator/modem/device-profile.ts'
import type { SimModemOptions } from '../../../src/simulator/modem/sim-modem.ts'
import { type AtSession, attachSession, ucs2Submit } from './at-session.ts'

function device(facts: readonly string[], talk: string, more: SimModemOptions = {}): SimDevice {
  const head = ['Simpost modem transcript 1', 'device: X', 'source: from manuals', ...facts]
  return createDevice(parseTranscript(`${head.map((fact) => `# ${fact}`).join('\n')}\n${talk}`), more)
}

async function withDevice(
  made: SimDevice,
  use: (session: AtSession, made: SimDevice) => Promise<void>,
): Promise<void> {
  const session = attachSession(made)
  try {
    await session.send('ATE0+CMEE=1')
    await use(session, made)
  } finally {
    await made.close()
  }
}

/** The lines of an answer, without empty ones. */
const linesOf = (text: string): string[] => text.split('\r\n').filter((line) => line !== '')

test('an exact line answers before one with an asterisk, whatever the case, and the longest of these first', async () => {
  const talk = '> AT+X=1*\n< +X: one\n< OK\n> AT+X*\n< +X: any\n< OK\n> AT+X=12\n< +X: twelve\n< OK\n'
  await withDevice(device([], talk), async (session) => {
    assert.deepEqual(linesOf(await session.send('at+x=12')), ['+X: twelve', 'OK'])
    assert.deepEqual(linesOf(await session.send('AT+X=13')), ['+X: one', 'OK'])
    assert.deepEqual(linesOf(await session.send('AT+X?')), ['+X: any', 'OK'])
  })
})

test('a command that was asked twice is answered in that order, and the last answer stays until a restart', async () => {
  const talk = '> AT+X\n< ERROR\n> AT+X\n< +X: 1\n< OK\n'
  await withDevice(device([], talk), async (session, made) => {
    for (const expected of [['ERROR'], ['+X: 1', 'OK'], ['+X: 1', 'OK']])
      assert.deepEqual(linesOf(await session.send('AT+X')), expected)
    made.reset()
    await session.quiet(5)
    await session.send('ATE0')
    assert.deepEqual(linesOf(await session.send('AT+X')), ['ERROR'])
  })
})

test('a recorded setting is told until the host makes another; one that the device made otherwise is told so', async () => {
  const talk =
    '> AT+CNMI?\n< +CNMI: 0,0,0,0,0\n< OK\n> AT+CNMI=2,1,0,2,0\n< OK\n> AT+CNMI?\n< +CNMI: 2,1,0,0,0\n< OK\n'
  await withDevice(device([], talk), async (session) => {
    assert.deepEqual(linesOf(await session.send('AT+CNMI?')), ['+CNMI: 0,0,0,0,0', 'OK'])
    assert.deepEqual(linesOf(await session.send('AT+CNMI=2,1,0,2,0')), ['OK'])
    assert.deepEqual(linesOf(await session.send('AT+CNMI?')), ['+CNMI: 2,1,0,0,0', 'OK'])
    assert.deepEqual(linesOf(await session.send('AT+CNMI=1,1,0,1,0')), ['OK'])
    assert.deepEqual(linesOf(await session.send('AT+CNMI?')), ['+CNMI: 1,1,0,1,0', 'OK'])
  })
})

test('a setting that the transcript says was accepted is made, and one it refuses is not', async () => {
  const talk = '> AT+CNMI=2,1,0,0,0\n< OK\n> AT+CNMI=2,*\n< ERROR\n'
  await withDevice(device([], talk), async (session, made) => {
    await session.send('AT+CNMI=2,1,0,0,0')
    made.network.phoneSends('+4917012345678', 'one')
    await session.until(/\+CMTI: "SM",1\r\n$/)
    assert.deepEqual(linesOf(await session.send('AT+CNMI=2,2,0,0,0')), ['ERROR'])
    made.network.phoneSends('+4917012345678', 'two')
    await session.until(/\+CMTI: "SM",2\r\n$/)
  })
})

test('a recorded fill, signal or SIM state is old news: the simulated ones are told, but a refusal is a habit', async () => {
  const talk =
    '> AT+CPMS?\n< +CPMS: "ME",1,23,"ME",1,23,"SM",0,30\n< OK\n> AT+CSQ\n< +CSQ: 3,99\n< OK\n> AT+CMGL=4\n< OK\n> AT+CESQ\n< ERROR\n'
  await withDevice(device([], talk, { signal: 17 }), async (session) => {
    assert.match(await session.send('AT+CPMS?'), /\+CPMS: "ME",0,23,"ME",0,23,"SM",0,30\r/)
    assert.match(await session.send('AT+CSQ'), /\+CSQ: 17,99/)
    assert.deepEqual(linesOf(await session.send('AT+CESQ')), ['ERROR'])
  })
})

test('that a slot was empty when it was recorded says nothing about it now; a refusal in a line with an asterisk does', async () => {
  const talk = '> AT+CMGR=1\n< +CMS ERROR: 321\n> AT+CMGD=*\n< +CMS ERROR: 320\n'
  await withDevice(device([], talk), async (session, made) => {
    made.network.phoneSends('+4917012345678', 'hello')
    assert.match(await session.send('AT+CMGR=1'), /\+CMGR: 0,,\d+\r\n[0-9A-F]+\r\n/)
    assert.deepEqual(linesOf(await session.send('AT+CMGD=1')), ['+CMS ERROR: 320'])
  })
})

test('the counters of the PIN follow the simulated SIM in the form of the transcript', async () => {
  const talk = '> AT^CPIN?\n< ^CPIN: {sim-state},{tries-now},{puk-tries},{pin-tries},10,3 {other}\n< OK\n'
  await withDevice(device([], talk, { pin: '1234' }), async (session) => {
    assert.match(await session.send('AT^CPIN?'), /\^CPIN: SIM PIN,3,10,3,10,3 \{other\}/)
    await session.send('AT+CPIN="0000"')
    assert.match(await session.send('AT^CPIN?'), /\^CPIN: SIM PIN,2,10,2,10,3/)
    await session.send('AT+CPIN="1234"')
    assert.match(await session.send('AT^CPIN?'), /\^CPIN: READY,,10,3,10,3/)
  })
})

test('the clock of the device is told in the form of the transcript', async () => {
  const now = (): number => Date.UTC(2026, 10, 24, 8)
  const made = device([], '> AT+CCLK?\n< +CCLK: "20{clock}"\n< OK\n', { now })
  await withDevice(made, async (session) => {
    assert.match(await session.send('AT+CCLK?'), /\+CCLK: "2026\/11\/24,09:00:00\+04"/)
  })
})

test('AT+CNMI takes what the list shows, or what the fact says where the list lies; the rest is refused', async () => {
  const list = '> AT+CNMI=?\n< +CNMI: (0,1,2),(0,1),(0,2),(0),(1)\n< OK\n'
  await withDevice(device([], list), async (session) => {
    assert.deepEqual(linesOf(await session.send('AT+CNMI=2,1,0,0,0')), ['+CMS ERROR: 302'])
    assert.deepEqual(linesOf(await session.send('AT+CNMI=2,1,0,0,1')), ['OK'])
  })
  await withDevice(device(['cnmi: (0,1),(0-3),(0,2),(0-2),(0,1)'], list), async (session) => {
    assert.deepEqual(linesOf(await session.send('AT+CNMI=2,1,0,0,1')), ['ERROR'])
    assert.deepEqual(linesOf(await session.send('AT+CNMI=1,3,2,2,0')), ['OK'])
  })
})

test('AT+CPMS takes only as many arguments as the fact says', async () => {
  await withDevice(device(['cpms-arguments: 3'], ''), async (session) => {
    assert.deepEqual(linesOf(await session.send('AT+CPMS="ME"')), ['+CMS ERROR: 302'])
    assert.deepEqual(linesOf(await session.send('AT+CPMS="ME","ME"')), ['+CMS ERROR: 302'])
    assert.match(await session.send('AT+CPMS="ME","ME","ME"'), /OK/)
  })
})

test('reports go to SR and are announced under the name of the fact, and messages to the store of the fact', async () => {
  const facts = ['slots: SM 10, ME 10, SR 5', 'cdsi-store: SM', 'receives-into: ME', 'first-index: 0']
  await withDevice(device(facts, ''), async (session, made) => {
    await session.send('AT+CNMI=2,1,0,2,0')
    await session.sendPdu(ucs2Submit('x', { report: true }))
    await session.until(/\+CDSI: "SM",0\r\n$/)
    assert.equal(made.storage('SR').list().length, 1)
    made.network.phoneSends('+4917012345678', 'hello')
    await session.until(/\+CMTI: "ME",0\r\n$/)
    assert.equal(made.storage('SM').list().length, 0)
  })
})

test('header of +CDS, prompt, word for unknown commands and empty lines behind answers are those of the facts', async () => {
  const facts = [
    'cds-header: +CDS: ,',
    'prompt: bare',
    'unknown-command: COMMAND NOT SUPPORT',
    'blank-lines: 1',
  ]
  const made = device(facts, '')
  const session = attachSession(made)
  const okAndBlank = /OK\r\n\r\n$/
  await session.type('ATE0+CMEE=1\r', okAndBlank)
  await session.type('AT+CNMI=2,1,0,1,0\r', okAndBlank)
  await session.type('AT^NOSUCH\r', /\r\nCOMMAND NOT SUPPORT\r\n\r\n$/)
  const tpdu = ucs2Submit('x', { report: true })
  await session.type(`AT+CMGS=${tpdu.length / 2}\r`, /\r\n>$/)
  session.stream.write(`00${tpdu}\u001a`)
  await session.until(/\+CDS: ,\d+\r\n[0-9A-F]+\r\n$/)
  await session.end()
})

test('a device whose echo stays says OK to ATE0 and goes on echoing', async () => {
  await withDevice(device(['echo: stays'], '> ATE0\n< OK\n'), async (session) => {
    assert.match(await session.send('ATE0'), /^ATE0\r\r\nOK\r\n$/)
    assert.match(await session.send('AT'), /^AT\r\r\nOK\r\n$/)
  })
})

test('a device repeats its last octets to whoever opens the port', async () => {
  await withDevice(device(['replay-octets: 12'], ''), async (session, made) => {
    await session.send('AT+CSQ')
    assert.equal(await attachSession(made).quiet(5), '0,99\r\n\r\nOK\r\n')
  })
})

test('after a start the SIM and SMS are busy for the time of the facts, then the ready lines come and what waited', async () => {
  const facts = ['sim-ready-ms: 60', 'sms-ready-ms: 120', 'ready: SMS DONE', 'ready: PB DONE']
  await withDevice(
    device(facts, '! RDY\n! +CPIN: {sim-state}\n> AT+X\n< OK\n! +X: 1\n'),
    async (session, made) => {
      assert.deepEqual(linesOf(await session.send('AT+CPIN?')), ['+CME ERROR: 14'])
      assert.deepEqual(linesOf(await session.send('AT+CPMS?')), ['+CMS ERROR: 314'])
      await session.send('AT+CNMI=2,1,0,0,0')
      made.network.phoneSends('+4917012345678', 'early')
      assert.deepEqual(linesOf(await session.until(/\+CMTI/)).slice(0, 2), ['SMS DONE', 'PB DONE'])
      await session.quiet(5)
      assert.deepEqual(linesOf(await session.send('AT+CPIN?')), ['+CPIN: READY', 'OK'])
      made.reset()
      assert.deepEqual(linesOf(await session.quiet(5)), ['RDY', '+CPIN: READY'])
      await session.type('ATE0+CMEE=1\r', /OK\r\n$/)
      assert.deepEqual(linesOf(await session.send('AT+CPMS?')), ['+CMS ERROR: 314'])
    },
  )
})

test('noise is printed in turn until it is stopped; recorded messages are no noise', async () => {
  await withDevice(
    device([], '! RDY\n> AT+X\n< OK\n! ^RSSI:1\n! +CDS: 8\n! 0006050081000000\n! ^MODE:2\n'),
    async (session, made) => {
      assert.deepEqual(made.noiseLines, ['^RSSI:1', '^MODE:2'])
      const stop = made.noise(5)
      await session.until(/\^RSSI:1\r\n\r\n\^MODE:2\r\n\r\n\^RSSI:1\r\n/)
      stop()
      await session.quiet(10)
      assert.equal(await session.quiet(30), '')
    },
  )
})

test('an answer without a final result code is the whole answer, and no answer is silence, except where the recording ends', async () => {
  await withDevice(
    device([], '> AT+X\n> AT+Y\n< +Y: 1\n> AT+CSQ\n< OK\n> AT+CGMI\n< cut'),
    async (session) => {
      session.stream.write('AT+X\r')
      assert.equal(await session.quiet(20), '')
      session.stream.write('AT+Y\r')
      assert.deepEqual(linesOf(await session.quiet(20)), ['+Y: 1'])
      assert.deepEqual(linesOf(await session.send('AT+CGMI')), ['Simpost', 'OK'])
    },
  )
})

for (const fact of [
  'slots: SM many',
  'slots: XX 20',
  'slots: SM 99999',
  'first-index: none',
  'memories: SM FLASH SM',
  'cpms-arguments: 4',
  'cnmi: (0-2),(0,1)',
  'sms-ready-ms: 9999999',
])
  test(`the fact "${fact}" is refused with a cure`, () => {
    assert.throws(
      () => device([fact], ''),
      (error: unknown) =>
        error instanceof GatewayError && error.code === 'USAGE' && /^Write it like/.test(error.hint ?? ''),
    )
  })
