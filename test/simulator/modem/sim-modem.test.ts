// The AT interpreter as a host sees it: exact answers, settings, PIN, registration (V.250, TS 27.007).

import assert from 'node:assert/strict'
import test from 'node:test'
import type { SimModemOptions } from '../../../src/simulator/modem/sim-modem.ts'
import { attachSession, openSession } from './at-session.ts'

const fixed: SimModemOptions = { now: () => Date.UTC(2026, 10, 23, 14, 5, 9) }

/** Command lines, one after the other on a modem with echo off and AT+CMEE=1, and what each answers. */
const tables: ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, string]>]> = [
  [
    'the modem says who it is',
    [
      ['AT+CGMI', '\r\nSimpost\r\n\r\nOK\r\n'],
      ['AT+CGMM', '\r\nSIM-1\r\n\r\nOK\r\n'],
      ['AT+CGMR', '\r\nSIM1R01A01\r\n\r\nOK\r\n'],
      ['AT+GSN', '\r\n490154203237518\r\n\r\nOK\r\n'],
      ['AT+CIMI', '\r\n262990000000001\r\n\r\nOK\r\n'],
      ['AT+CCID', '\r\n+CCID: 89492990000000000012\r\n\r\nOK\r\n'],
      ['AT+CNUM', '\r\n+CNUM: "Own","+4917000000001",145\r\n\r\nOK\r\n'],
      [
        'ATI',
        '\r\nManufacturer: Simpost\r\nModel: SIM-1\r\nRevision: SIM1R01A01\r\nIMEI: 490154203237518\r\n\r\nOK\r\n',
      ],
    ],
  ],
  [
    'network, signal and clock are shown',
    [
      ['AT+CREG?;+CGREG?;+CEREG?', '\r\n+CREG: 0,1\r\n\r\n+CGREG: 0,1\r\n\r\n+CEREG: 0,1\r\n\r\nOK\r\n'],
      ['AT+CREG=2', '\r\nOK\r\n'],
      ['AT+CREG?', '\r\n+CREG: 2,1,"1A2B","01C3D4E5",7\r\n\r\nOK\r\n'],
      ['AT+COPS?', '\r\n+COPS: 0,0,"Simnet",7\r\n\r\nOK\r\n'],
      ['AT+COPS=3,2;+COPS?', '\r\n+COPS: 0,2,"26299",7\r\n\r\nOK\r\n'],
      ['AT+CSQ', '\r\n+CSQ: 20,99\r\n\r\nOK\r\n'],
      ['AT+CESQ', '\r\n+CESQ: 99,99,255,255,20,60\r\n\r\nOK\r\n'],
      ['AT+CCLK?', '\r\n+CCLK: "26/11/23,15:05:09+04"\r\n\r\nOK\r\n'],
      ['AT+CCLK="80/01/06,00:00:00+00";+CCLK?', '\r\n+CCLK: "80/01/06,01:00:00+04"\r\n\r\nOK\r\n'],
      ['AT+CSCA?', '\r\n+CSCA: "+491710760000",145\r\n\r\nOK\r\n'],
    ],
  ],
  [
    'message settings keep what was set, and refuse what their range lacks',
    [
      ['AT+CNMI=?', '\r\n+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)\r\n\r\nOK\r\n'],
      ['AT+CNMI=2,1,0,1,0', '\r\nOK\r\n'],
      ['AT+CNMI=,,,2', '\r\nOK\r\n'],
      ['AT+CNMI?', '\r\n+CNMI: 2,1,0,2,0\r\n\r\nOK\r\n'],
      ['AT+CNMI=3,1', '\r\nERROR\r\n'],
      ['AT+CPMS=?', '\r\n+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")\r\n\r\nOK\r\n'],
      ['AT+CPMS="ME"', '\r\n+CPMS: 0,20,0,50,0,50\r\n\r\nOK\r\n'],
      ['AT+CPMS="SM","ME","ME"', '\r\n+CPMS: 0,50,0,20,0,20\r\n\r\nOK\r\n'],
      ['AT+CPMS?', '\r\n+CPMS: "SM",0,50,"ME",0,20,"ME",0,20\r\n\r\nOK\r\n'],
      ['AT+CPMS="XX"', '\r\n+CMS ERROR: 302\r\n'],
      ['AT+CSMP=49,,0,8;+CSMP?', '\r\n+CSMP: 49,167,0,8\r\n\r\nOK\r\n'],
      ['AT+CSMS?', '\r\n+CSMS: 0,1,1,1\r\n\r\nOK\r\n'],
      ['AT+CMMS=2;+CMMS?', '\r\n+CMMS: 2\r\n\r\nOK\r\n'],
      ['AT+CMGF=2', '\r\nERROR\r\n'],
      ['AT+CSCA="491700000000",145;+CSCA?', '\r\n+CSCA: "+491700000000",145\r\n\r\nOK\r\n'],
      ['AT+CNMA', '\r\n+CMS ERROR: 340\r\n'],
      ['AT+CMGR=1', '\r\n+CMS ERROR: 321\r\n'],
      ['AT+CMGD=51', '\r\n+CMS ERROR: 321\r\n'],
      ['AT+CMGL=5', '\r\nERROR\r\n'],
    ],
  ],
  [
    'an unknown command is an error and ends its line',
    [
      ['AT+NOTHING=1', '\r\nERROR\r\n'],
      ['AT+CSQ;+NOTHING;+CSQ', '\r\n+CSQ: 20,99\r\n\r\nERROR\r\n'],
      ['ATY', '\r\nERROR\r\n'],
      ['AT+CMGD?', '\r\nERROR\r\n'],
      ['AT+toString', '\r\nERROR\r\n'],
    ],
  ],
  [
    'errors read as AT+CMEE says',
    [
      ['AT+CMEE=0', '\r\nOK\r\n'],
      ['AT+CMGR=9', '\r\nERROR\r\n'],
      ['AT+CMEE=2', '\r\nOK\r\n'],
      ['AT+CMGR=9', '\r\n+CMS ERROR: invalid memory index\r\n'],
      ['AT+CMEE?', '\r\n+CMEE: 2\r\n\r\nOK\r\n'],
    ],
  ],
  [
    'calls end at once and a voice call cannot be made',
    [
      ['ATD+491701;', '\r\nNO CARRIER\r\n'],
      ['ATH', '\r\nOK\r\n'],
      ['AT+CHUP', '\r\nOK\r\n'],
    ],
  ],
  [
    'character sets change how texts are spelled',
    [
      ['AT+CSCS="UCS2"', '\r\nOK\r\n'],
      ['AT+COPS?', '\r\n+COPS: 0,0,"00530069006D006E00650074",7\r\n\r\nOK\r\n'],
      ['AT+CSCS="EBCDIC"', '\r\n+CME ERROR: 50\r\n'],
    ],
  ],
]

for (const [title, rows] of tables) {
  test(title, async () => {
    const session = await openSession(fixed)
    for (const [command, answer] of rows) assert.equal(await session.send(command), answer, command)
    await session.end()
  })
}

test('echo is on at first, echoes each byte, and ATE0 ends it', async () => {
  const session = await openSession({}, { raw: true })
  assert.equal(await session.send('AT'), 'AT\r\r\nOK\r\n')
  assert.equal(await session.send('ATE0'), 'ATE0\r\r\nOK\r\n')
  assert.equal(await session.send('AT'), '\r\nOK\r\n')
  await session.end()
})

test('ATV0 answers in digits, ATQ1 answers nothing, ATZ and AT&W keep a profile', async () => {
  const session = await openSession()
  assert.equal(await session.type('ATV0\r', /\r$/), '0\r')
  assert.equal(await session.type('AT+CSQ\r', /0\r$/), '+CSQ: 20,99\r\n0\r')
  assert.equal(await session.type('AT+NO\r', /\r$/), '4\r')
  assert.equal(await session.type('ATV1Q1\r', /^/), '')
  assert.equal(await session.type('AT+CSQ\r', /99\r\n$/), '\r\n+CSQ: 20,99\r\n')
  assert.equal(await session.send('ATQ0&W'), '\r\nOK\r\n')
  assert.match(await session.send('AT+CMEE=2;+CMGR=3'), /invalid memory index/)
  await session.send('ATZ')
  assert.match(await session.send('AT+CMGR=3'), /\+CMS ERROR: 321/)
  await session.send('AT&F')
  assert.match(await session.send('AT+CMGR=3'), /^AT\+CMGR=3\r\r\nERROR/)
  await session.end()
})

test('garbage before AT, lower case, backspace and A/ are understood', async () => {
  const session = await openSession()
  assert.equal(await session.send('\u001b\u00ff at+csq'), '\r\n+CSQ: 20,99\r\n\r\nOK\r\n')
  assert.equal(await session.send('AT+CSX\bQ'), '\r\n+CSQ: 20,99\r\n\r\nOK\r\n')
  assert.equal(await session.type('A/', /OK/), '\r\n+CSQ: 20,99\r\n\r\nOK\r\n')
  session.stream.write('hello\r\r\n')
  assert.equal(await session.quiet(10), '')
  assert.equal(await session.send(`AT+CSQ${';+CSQ'.repeat(500)}`), '\r\nERROR\r\n')
  await session.end()
})

test('S3 moves the end of a line', async () => {
  const session = await openSession()
  assert.equal(await session.type('ATS3=33\r', /OK/), '!\nOK!\n')
  assert.equal(await session.type('ATS3?!', /OK/), '!\n033!\n!\nOK!\n')
  await session.end()
})

test('commands typed ahead are answered in order', async () => {
  const session = await openSession({ answerMs: 5 })
  session.stream.write('AT+CSQ\rAT+CMGF?\r')
  assert.equal(await session.until(/CMGF.*OK/s), '\r\n+CSQ: 20,99\r\n\r\nOK\r\n\r\n+CMGF: 0\r\n\r\nOK\r\n')
  await session.end()
})

test('three wrong PINs ask for the PUK, and the counter is shown', async () => {
  const session = await openSession({ pin: '1234', puk: '87654321' })
  assert.match(await session.send('AT+CPIN?'), /\+CPIN: SIM PIN\r\n/)
  assert.match(await session.send('AT+CREG?'), /\+CREG: 0,0/)
  assert.match(await session.send('AT+CPMS?'), /\+CMS ERROR: 311/)
  assert.match(await session.send('AT+CIMI'), /\+CME ERROR: 11/)
  assert.match(await session.send('AT+CPIN="0000"'), /\+CME ERROR: 16/)
  assert.match(await session.send('AT+CPINR'), /SIM PIN,2,3/)
  await session.send('AT+CPIN="0000"')
  assert.match(await session.send('AT+CPIN="0000"'), /\+CME ERROR: 12/)
  assert.match(await session.send('AT+CPIN="1234"'), /\+CME ERROR: 12/)
  assert.match(await session.send('AT+CPIN?'), /\+CPIN: SIM PUK/)
  assert.match(await session.send('AT+CPIN="11111111","4321"'), /\+CME ERROR: 16/)
  assert.equal(session.modem.card.pukTriesLeft(), 9)
  assert.match(await session.send('AT+CPIN="87654321","4321"'), /OK/)
  assert.match(await session.send('AT+CPIN?'), /READY/)
  session.modem.reset()
  await session.until(/\+CPIN: SIM PIN\r\n$/)
  assert.match(await session.send('AT+CPIN="4321"'), /OK/)
  await session.end()
})

test('AT+CLCK switches the PIN off and AT+CPWD changes it', async () => {
  const session = await openSession({ pin: '1234' })
  await session.send('AT+CPIN="1234"')
  assert.match(await session.send('AT+CLCK="SC",2'), /\+CLCK: 1/)
  assert.match(await session.send('AT+CPWD="SC","1234","9999"'), /OK/)
  assert.match(await session.send('AT+CLCK="SC",0,"1234"'), /\+CME ERROR: 16/)
  assert.match(await session.send('AT+CLCK="SC",0,"9999"'), /OK/)
  session.modem.reset()
  assert.match(await session.until(/CPIN/), /RDY.*\+CPIN: READY/s)
  await session.end()
})

test('a missing SIM answers 10 and 310', async () => {
  const session = await openSession()
  session.modem.card.setPresent(false)
  assert.match(await session.send('AT+CPIN?'), /\+CME ERROR: 10\r\n/)
  assert.match(await session.send('AT+CMGL=4'), /\+CMS ERROR: 310\r\n/)
  await session.end()
})

test('a change of registration is announced, and AT+CFUN=4 ends it', async () => {
  const session = await openSession()
  await session.send('AT+CREG=1;+CEREG=2')
  session.modem.setRegistration(2)
  assert.equal(await session.quiet(5), '\r\n+CREG: 2\r\n\r\n+CEREG: 2,"1A2B","01C3D4E5",7\r\n')
  assert.match(await session.send('AT+CSQ'), /\+CSQ: 99,99/)
  session.modem.setRegistration(5)
  await session.quiet(5)
  const flight = await session.type('AT+CFUN=4\r', /\+CEREG.*\r\n$/)
  assert.match(flight, /^\r\nOK\r\n\r\n\+CREG: 0\r\n\r\n\+CEREG: 0,/)
  assert.match(await session.send('AT+CFUN?'), /\+CFUN: 4/)
  await session.end()
})

test('AT+CFUN=1,1 restarts: settings are at their defaults and RDY comes', async () => {
  const session = await openSession()
  await session.send('AT+CNMI=2,1')
  await session.type('AT+CFUN=1,1\r', /OK.*RDY\r\n.*\+CPIN: READY\r\n$/s)
  assert.match(await session.send('AT+CNMI?'), /^AT\+CNMI\?\r\r\n\+CNMI: 0,0,0,0,0\r\n/)
  await session.end()
})

test('USSD answers come unsolicited', async () => {
  const session = await openSession({ ussd: { '*101#': 'Credit: 5 EUR' } })
  const seen = await session.type('AT+CUSD=1,"*101#",15\r', /CUSD.*\r\n$/)
  assert.equal(seen, '\r\nOK\r\n\r\n+CUSD: 0,"Credit: 5 EUR",15\r\n')
  await session.end()
})

test('a call rings with its number until it is hung up', async () => {
  const session = await openSession()
  await session.send('AT+CLIP=1')
  session.modem.ring('+4917055', 5)
  await session.until(/(RING\r\n\r\n\+CLIP: "\+4917055",145\r\n.*){2}/s)
  await session.send('AT+CHUP')
  await session.quiet(5)
  assert.equal(await session.quiet(20), '')
  await session.end()
})

test('an override replaces one command and can be taken back', async () => {
  const session = await openSession()
  const undo = session.modem.override('AT+CSQ', () => ['+CSQ: 99,99', 'OK'])
  session.modem.override('+CMGD', async () => [])
  session.modem.override('+CREG?', () => undefined)
  assert.match(await session.send('AT+CSQ;+CMGF?'), /99,99\r\n\r\n\+CMGF: 0/)
  assert.match(await session.send('AT+CREG?'), /\+CREG: 0,1/)
  session.stream.write('AT+CMGD=1\r')
  assert.equal(await session.quiet(10), '')
  undo()
  assert.match(await session.send('AT+CSQ'), /20,99/)
  await session.end()
})

test('the log holds both directions, bounded', async () => {
  const session = await openSession(fixed)
  await session.send('AT+CSQ')
  assert.deepEqual(
    session.modem.log.slice(-3).map(({ direction, line }) => `${direction} ${line}`),
    ['in AT+CSQ', 'out +CSQ: 20,99', 'out OK'],
  )
  assert.deepEqual(session.modem.commands(), ['ATE0+CMEE=1', 'AT+CSQ'])
  for (let i = 0; i < 6000; i += 1) session.modem.urc('^RSSI: 20')
  assert.ok(session.modem.log.length <= 5000)
  await session.end()
})

test('settings outlive a new connection but not an unplugged modem', async () => {
  const first = await openSession()
  await first.send('AT+CNMI=2,1')
  first.stream.destroy()
  const second = attachSession(first.modem)
  assert.match(await second.send('AT+CNMI?'), /^\r\n\+CNMI: 2,1,0,0,0/)
  const closed = new Promise((resolve) => second.stream.once('end', resolve))
  first.modem.unplug()
  await closed
  const refused = attachSession(first.modem)
  await new Promise((resolve) => refused.stream.once('end', resolve))
  first.modem.plugIn()
  const third = attachSession(first.modem)
  assert.match(await third.send('AT+CNMI?'), /\+CNMI: 0,0,0,0,0/)
  await third.end()
})
