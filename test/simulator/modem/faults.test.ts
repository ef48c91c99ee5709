// Every fault of the simulated modem: what the host sees, what the network got, and that it ends.

import assert from 'node:assert/strict'
import test from 'node:test'
import { createFaults, type Fault } from '../../../src/simulator/modem/faults.ts'
import { attachSession, openSession, ucs2Submit } from './at-session.ts'

const pdu = ucs2Submit('hello', { report: true })

test('a fault fires at its n-th occasion, so many times, and is over', () => {
  const faults = createFaults()
  faults.add({ kind: 'send-error', code: 38 }, { nth: 3, times: 2 })
  const fired = Array.from({ length: 6 }, () => faults.take('send-error')?.code)
  assert.deepEqual(fired, [undefined, undefined, 38, 38, undefined, undefined])
  assert.equal(faults.fired.length, 2)
})

test('seeded faults are the same for the same seed and others for another', () => {
  const script = (seed: number): string => {
    const faults = createFaults()
    const wanted: Fault[] = [{ kind: 'answer-lost' }, { kind: 'send-error', code: 42 }]
    faults.random(wanted, 0.3, seed)
    const draw = (): string =>
      `${faults.take('answer-lost') ? 'L' : '-'}${faults.take('send-error') ? 'E' : '-'}`
    return Array.from({ length: 40 }, draw).join('')
  }
  assert.equal(script(7), script(7))
  assert.notEqual(script(7), script(8))
  assert.match(script(7), /L.*E|E.*L/)
  assert.match(script(7), /--/)
})

test('answer-lost: the network took the message, the host hears nothing, later commands work', async () => {
  const session = await openSession()
  session.modem.faults.add({ kind: 'answer-lost' })
  assert.equal(await session.sendPdu(pdu, /^/), '')
  assert.equal(await session.quiet(20), '')
  assert.equal(session.modem.network.sent.length, 1)
  assert.match(await session.sendPdu(pdu), /\+CMGS: 1/)
  await session.end()
})

test('answer-ok-only: OK without +CMGS, taken or not', async () => {
  const session = await openSession()
  session.modem.faults.add({ kind: 'answer-ok-only' })
  assert.equal(await session.sendPdu(pdu), '\r\nOK\r\n')
  assert.equal(session.modem.network.sent.length, 1)
  session.modem.faults.add({ kind: 'answer-ok-only', accepted: false })
  assert.equal(await session.sendPdu(pdu), '\r\nOK\r\n')
  assert.equal(session.modem.network.sent.length, 1)
  await session.end()
})

test('answer-late: other commands are answered before the late +CMGS, unless it blocks', async () => {
  const session = await openSession()
  session.modem.faults.add({ kind: 'answer-late', ms: 30 })
  await session.sendPdu(pdu, /^/)
  assert.equal(await session.send('AT+CMGF?'), '\r\n+CMGF: 0\r\n\r\nOK\r\n')
  assert.equal(await session.until(/OK/), '\r\n+CMGS: 0\r\n\r\nOK\r\n')
  session.modem.faults.add({ kind: 'answer-late', ms: 20, blocking: true })
  await session.sendPdu(pdu, /^/)
  assert.match(await session.type('AT+CMGF?\r', /CMGF.*OK/s), /^\r\n\+CMGS: 1\r\n\r\nOK\r\n\r\n\+CMGF: 0/)
  await session.end()
})

test('send-error: the n-th send fails, with or without the network having taken it', async () => {
  const session = await openSession()
  session.modem.faults.add({ kind: 'send-error', code: 38 }, { nth: 2 })
  session.modem.faults.add({ kind: 'send-error', code: 500, accepted: true }, { nth: 3 })
  assert.match(await session.sendPdu(pdu), /CMGS: 0/)
  assert.equal(await session.sendPdu(pdu), '\r\n+CMS ERROR: 38\r\n')
  assert.equal(session.modem.network.sent.length, 1)
  assert.equal(await session.sendPdu(pdu), '\r\n+CMS ERROR: 500\r\n')
  assert.equal(session.modem.network.sent.length, 2)
  await session.end()
})

test('report-first: the status report overtakes +CMGS', async () => {
  const session = await openSession()
  await session.send('AT+CNMI=2,1,0,1,0')
  session.modem.faults.add({ kind: 'report-first' })
  assert.match(await session.sendPdu(pdu, /CMGS.*OK/s), /^\r\n\+CDS: \d+\r\n\w+\r\n\r\n\+CMGS: 0\r\n/)
  assert.equal(await session.quiet(40), '')
  await session.end()
})

test('prompt-bare has no blank and prompt-never none at all, yet ESC leads out', async () => {
  const session = await openSession()
  session.modem.faults.add({ kind: 'prompt-bare' })
  assert.equal(await session.type('AT+CMGS=20\r', />/), '\r\n>')
  assert.equal(await session.quiet(5), '')
  await session.type('\u001b', /OK/)
  session.modem.faults.add({ kind: 'prompt-never' })
  session.stream.write('AT+CMGS=20\r')
  assert.equal(await session.quiet(10), '')
  assert.equal(await session.type('\u001b', /OK/), '\r\nOK\r\n')
  await session.end()
})

const lines = ['+CMTI: "SM",9']
const urc = '\r\n+CMTI: "SM",9\r\n'

test('urc: between echo and answer', async () => {
  const session = await openSession({}, { raw: true })
  session.modem.faults.add({ kind: 'urc', at: 'after-echo', lines })
  assert.equal(await session.send('AT+CSQ'), `AT+CSQ\r${urc}\r\n+CSQ: 20,99\r\n\r\nOK\r\n`)
  await session.end()
})

test('urc: between information line and PDU, and in the middle of a listing', async () => {
  const session = await openSession()
  for (const text of ['a', 'b']) session.modem.network.phoneSends('+4917099', text)
  const plain = await session.send('AT+CMGL=4')
  session.modem.faults.add({ kind: 'urc', at: 'before-pdu', lines })
  const torn = await session.send('AT+CMGR=2')
  assert.match(torn, /^\r\n\+CMGR: 1,,18\r\n\r\n\+CMTI: "SM",9\r\n079194\w+\r\n\r\nOK\r\n$/)
  session.modem.faults.add({ kind: 'urc', at: 'in-listing', lines })
  const listing = await session.send('AT+CMGL=4')
  assert.match(listing, /\+CMGL: 1.*\r\n\w+\r\n\r\n\+CMTI: "SM",9\r\n\+CMGL: 2/)
  assert.equal(listing.replace(urc, ''), plain.replaceAll(',0,,', ',1,,'))
  await session.end()
})

test('urc: while the host waits for the prompt, and behind it', async () => {
  const session = await openSession()
  session.modem.faults.add({ kind: 'urc', at: 'before-prompt', lines: ['+CMT: ,19', '0011'] })
  assert.equal(await session.type('AT+CMGS=20\r', /> $/), '\r\n+CMT: ,19\r\n0011\r\n\r\n> ')
  await session.type('\u001b', /OK/)
  session.modem.faults.add({ kind: 'urc', at: 'after-prompt', lines })
  assert.equal(await session.type('AT+CMGS=20\r', /9"?\r\n$/), `\r\n> ${urc}`)
  await session.type('\u001b', /OK/)
  await session.end()
})

test('without a fault the prompt holds indications back until the text is there', async () => {
  const session = await openSession()
  await session.send('AT+CNMI=2,1')
  await session.type(`AT+CMGS=${pdu.length / 2}\r`, /> $/)
  session.modem.network.phoneSends('+4917099', 'now')
  assert.equal(await session.quiet(5), '')
  assert.match(await session.type(`00${pdu}\u001a`, /CMGS.*OK/s), /^\r\n\+CMTI: "SM",1\r\n\r\n\+CMGS: 0/)
  await session.end()
})

for (const size of [1, 7]) {
  test(`bytes come in pieces of ${size} and make the same answer`, async () => {
    const session = await openSession()
    const whole = await session.send('ATI')
    session.modem.faults.chunkOctets = size
    session.chunks.length = 0
    assert.equal(await session.send('ATI'), whole)
    assert.ok(Math.max(...session.chunks) <= size)
    assert.equal(session.chunks.length, Math.ceil(whole.length / size))
    session.modem.faults.clear()
    await session.send('ATI')
    assert.ok(session.chunks.includes(30) || Math.max(...session.chunks) > size)
    await session.end()
  })
}

test('delete-lies answers OK and keeps the message, delete-error keeps it too', async () => {
  const session = await openSession()
  session.modem.network.phoneSends('+4917099', 'stays')
  session.modem.faults.add({ kind: 'delete-lies' })
  session.modem.faults.add({ kind: 'delete-error', code: 500 }, { nth: 2 })
  assert.equal(await session.send('AT+CMGD=1'), '\r\nOK\r\n')
  assert.equal(await session.send('AT+CMGD=1'), '\r\n+CMS ERROR: 500\r\n')
  assert.equal(session.modem.storage().list().length, 1)
  assert.equal(await session.send('AT+CMGD=1'), '\r\nOK\r\n')
  assert.equal(session.modem.storage().list().length, 0)
  await session.end()
})

test('noise comes before an answer, no-answer swallows a command, indication-lost a +CMTI', async () => {
  const session = await openSession()
  await session.send('AT+CNMI=2,1')
  session.modem.faults.add({ kind: 'noise', bytes: '\u0000\u00fe~\r' })
  assert.equal(await session.send('AT'), '\u0000\u00fe~\r\r\nOK\r\n')
  session.modem.faults.add({ kind: 'no-answer' })
  session.stream.write('AT\r')
  assert.equal(await session.quiet(10), '')
  session.modem.faults.add({ kind: 'indication-lost' })
  session.modem.network.phoneSends('+4917099', 'lost')
  assert.equal(await session.quiet(5), '')
  assert.equal(session.modem.storage().list().length, 1)
  await session.end()
})

test('storeFull: 322, no +CMTI, full figures, and the network delivers when there is room', async () => {
  const session = await openSession()
  await session.send('AT+CNMI=2,1')
  session.modem.faults.storeFull = true
  session.modem.network.phoneSends('+4917099', 'waits')
  assert.equal(await session.quiet(5), '')
  assert.match(await session.send('AT+CPMS?'), /"SM",50,50/)
  assert.match(await session.sendPdu(pdu), /\+CMS ERROR: 322/)
  assert.equal(session.modem.network.waiting.length, 1)
  session.modem.faults.clear()
  assert.match(await session.type('AT+CMGD=1\r', /CMTI.*\r\n$/), /OK.*"SM",1/s)
  await session.end()
})

const torn: ReadonlyArray<readonly [Fault, number, RegExp]> = [
  [{ kind: 'unplug', at: 'before-prompt' }, 0, /^$/],
  [{ kind: 'unplug', at: 'after-ctrl-z' }, 0, /> $/],
  [{ kind: 'unplug', at: 'after-ctrl-z', accepted: true }, 1, /> $/],
  [{ kind: 'unplug', at: 'after-cmgs' }, 1, /> \r\n\+CMGS: 0\r\n$/],
]

for (const [fault, taken, seen] of torn) {
  test(`${JSON.stringify(fault)}: the line ends there and the network has ${taken}`, async () => {
    const session = await openSession()
    session.modem.faults.add(fault)
    const ended = new Promise((resolve) => session.stream.once('end', resolve))
    session.stream.write(`AT+CMGS=${pdu.length / 2}\r`)
    session.stream.write(`00${pdu}\u001a`)
    await ended
    assert.match(await session.quiet(0), seen)
    assert.equal(session.modem.network.sent.length, taken)
    session.modem.plugIn()
    const again = attachSession(session.modem)
    assert.match(await again.send('AT'), /OK/)
    await session.end()
  })
}

test('pulled while a message is under way, the modem sends nothing and prints nothing afterwards', async () => {
  const session = await openSession({ sendMs: 20 })
  await session.sendPdu(pdu, /^/)
  session.modem.unplug()
  session.modem.plugIn()
  const again = attachSession(session.modem)
  assert.equal(await again.quiet(40), '')
  assert.equal(session.modem.network.sent.length, 0)
  await session.end()
})
