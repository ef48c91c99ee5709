// Messages through the simulated modem: sending, status reports, receiving, stores, several parts (TS 27.005, TS 23.040).

import assert from 'node:assert/strict'
import test from 'node:test'
import type { PhoneSms, SentSms } from '../../../src/simulator/modem/sim-phones.ts'
import { openSession, ucs2Submit } from './at-session.ts'

const hello = '11000B916407281553F80000AA0AE8329BFD4697D9EC37'
const at = new Date(Date.UTC(2026, 10, 23, 14, 5, 9))

test('AT+CMGS prompts with CR LF > blank and answers the reference before OK', async () => {
  const session = await openSession({ firstReference: 254 })
  const phone: PhoneSms[] = []
  session.modem.network.onPhoneSms((sms) => phone.push(sms))
  assert.equal(await session.type(`AT+CMGS=${hello.length / 2}\r`, /> $/), '\r\n> ')
  assert.equal(await session.type(`00${hello}\u001a`, /OK/), '\r\n+CMGS: 254\r\n\r\nOK\r\n')
  assert.match(await session.sendPdu(hello), /\+CMGS: 255\r\n/)
  assert.match(await session.sendPdu(hello), /\+CMGS: 0\r\n/)
  await session.quiet(10)
  assert.deepEqual(phone[0], { to: '+46708251358', text: 'hellohello', parts: 1, elements: [] })
  const sent: SentSms | undefined = session.modem.network.sent[0]
  assert.equal(sent?.pdu, hello)
  assert.equal(sent?.messageReference, 254)
  assert.equal(sent?.statusReport, false)
  assert.equal(sent?.flagElement, null)
  await session.end()
})

test('ESC at the prompt sends nothing and answers OK', async () => {
  const session = await openSession()
  await session.type('AT+CMGS=23\r', /> $/)
  assert.equal(await session.type(`00${hello}\u001b`, /OK/), '\r\nOK\r\n')
  assert.equal(session.modem.network.sent.length, 0)
  assert.match(await session.send('AT'), /OK/)
  await session.end()
})

test('the prompt echoes what is typed when echo is on', async () => {
  const session = await openSession({}, { raw: true })
  await session.type('AT+CMGS=23\r', /> $/)
  assert.equal(await session.type(`00${hello}\u001a`, /OK/), `00${hello}\r\n+CMGS: 0\r\n\r\nOK\r\n`)
  await session.end()
})

test('a damaged PDU, a wrong length and a text in PDU mode are refused with 304', async () => {
  const session = await openSession()
  for (const typed of [`00${hello}00`, `00${hello.slice(0, -2)}`, `00${hello.slice(0, -1)}`, 'hello', ''])
    assert.match(
      await session
        .type(`AT+CMGS=${hello.length / 2}\r`, /> $/)
        .then(() => session.type(`${typed}\u001a`, /ERROR: \d+\r\n$/)),
      /\+CMS ERROR: 304/,
      typed,
    )
  assert.equal(session.modem.network.sent.length, 0)
  await session.end()
})

test('nothing is sent without service centre, registration or unlocked SIM', async () => {
  const noCentre = await openSession({ smsc: '' })
  assert.match(await noCentre.sendPdu(hello), /\+CMS ERROR: 330/)
  await noCentre.end()
  const searching = await openSession({ registration: 2 })
  assert.match(await searching.sendPdu(hello), /\+CMS ERROR: 331/)
  await searching.end()
  const locked = await openSession({ pin: '1234' })
  assert.match(await locked.send('AT+CMGS=23'), /\+CMS ERROR: 311/)
  await locked.end()
})

test('a long message reaches the phone once, when its last part came, in whatever order', async () => {
  const session = await openSession()
  const phone: PhoneSms[] = []
  const undo = session.modem.network.onPhoneSms((sms) => phone.push(sms))
  await session.sendPdu(ucs2Submit(' zwei', { header: '0A0003AA02028003530101' }))
  await session.quiet(10)
  assert.equal(phone.length, 0)
  await session.sendPdu(ucs2Submit('eins', { header: '0A0003AA02018003530101' }))
  await session.quiet(10)
  assert.deepEqual(phone, [
    { to: '+4917099', text: 'eins zwei', parts: 2, elements: [{ id: 0x80, data: '530101' }] },
  ])
  assert.deepEqual(
    session.modem.network.sent.map(({ flagElement, concat }) => [flagElement, concat?.sequence]),
    [
      ['530101', 2],
      ['530101', 1],
    ],
  )
  undo()
  await session.sendPdu(ucs2Submit('three'))
  await session.quiet(10)
  assert.equal(phone.length, 1)
  await session.end()
})

test('a status report comes as +CDS when TP-SRR asked for it, and only then', async () => {
  const session = await openSession({ reportMs: 10, now: () => at.getTime() })
  await session.send('AT+CNMI=2,1,0,1,0')
  await session.sendPdu(ucs2Submit('no report'))
  assert.equal(await session.quiet(20), '')
  assert.equal(
    await session.sendPdu(ucs2Submit('report', { report: true }), /CDS.*\r\n.*\r\n$/),
    '\r\n+CMGS: 1\r\n\r\nOK\r\n\r\n+CDS: 23\r\n079194710167000006010791947190F9621132515090406211325150904000\r\n',
  )
  await session.end()
})

test('a status report is stored and announced as +CDSI under ds=2', async () => {
  const session = await openSession({ reportMs: 1, slots: { SR: 5 }, reports: 0x46 })
  await session.send('AT+CNMI=2,1,0,2,0')
  const announced = await session.sendPdu(ucs2Submit('report', { report: true }), /CDSI.*\r\n$/)
  assert.match(announced, /OK\r\n\r\n\+CDSI: "SR",1\r\n/)
  assert.match(session.modem.storage('SR').get(1)?.pdu ?? '', /46$/)
  await session.end()
})

test("'none' sends no report, a failing TP-ST keeps the message from the phone, and one number can differ", async () => {
  const session = await openSession({ reportMs: 1, reports: 'none' })
  await session.send('AT+CNMI=2,1,0,1,0')
  const phone: PhoneSms[] = []
  session.modem.network.onPhoneSms((sms) => phone.push(sms))
  await session.sendPdu(ucs2Submit('silent', { report: true }))
  assert.equal(await session.quiet(15), '')
  assert.equal(phone.length, 1)
  session.modem.network.setReport('+4917099', 0x41)
  const failing = await session.sendPdu(ucs2Submit('never', { report: true }), /CDS.*\r\n.*\r\n$/)
  assert.match(failing, /41\r\n$/)
  assert.equal(phone.length, 1)
  await session.end()
})

test('a text to the own number comes back as a delivered SMS', async () => {
  const session = await openSession()
  await session.send('AT+CNMI=2,1')
  const own = ucs2Submit('to myself', { to: '4917000000001' })
  assert.match(await session.sendPdu(own, /CMTI.*\r\n$/), /\+CMGS: 0.*OK.*\+CMTI: "SM",1\r\n/s)
  await session.send('AT+CMGF=1')
  assert.match(await session.send('AT+CMGR=1'), /"REC UNREAD","\+4917000000001",,"[^"]*"\r\n0074006F/)
  await session.end()
})

test('a received message is stored, announced, listed once as unread, read again and deleted', async () => {
  const session = await openSession()
  await session.send('AT+CNMI=2,1')
  session.modem.network.phoneSends('+4917099', 'Hi', { at })
  assert.equal(await session.quiet(2), '\r\n+CMTI: "SM",1\r\n')
  const pdu = '07919471016700000407' + '91947190F9' + '0000' + '62113251509040' + '02C834'
  assert.equal(await session.send('AT+CMGL=0'), `\r\n+CMGL: 1,0,,19\r\n${pdu}\r\n\r\nOK\r\n`)
  assert.equal(await session.send('AT+CMGL=0'), '\r\nOK\r\n')
  assert.equal(await session.send('AT+CMGL=4'), `\r\n+CMGL: 1,1,,19\r\n${pdu}\r\n\r\nOK\r\n`)
  assert.equal(await session.send('AT+CMGR=1'), `\r\n+CMGR: 1,,19\r\n${pdu}\r\n\r\nOK\r\n`)
  assert.match(await session.send('AT+CMGD=?'), /\+CMGD: \(1\),\(0-4\)/)
  assert.equal(await session.send('AT+CMGD=1'), '\r\nOK\r\n')
  assert.equal(await session.send('AT+CMGL=4'), '\r\nOK\r\n')
  await session.end()
})

test('mt=2 hands messages over as +CMT, and class 0 comes so under mt=1 too', async () => {
  const session = await openSession()
  await session.send('AT+CNMI=2,2')
  session.modem.network.phoneSends('Bank', 'Code 1', { at })
  assert.match(await session.quiet(2), /^\r\n\+CMT: ,23\r\n079194710167000004[0-9A-F]+\r\n$/)
  await session.send('AT+CNMI=2,1')
  session.modem.network.phoneSends('+4917099', 'flash', { messageClass: 0 })
  assert.match(await session.quiet(2), /^\r\n\+CMT: ,\d+\r\n/)
  session.modem.network.phoneSends('+4917099', 'kept', { messageClass: 1 })
  assert.match(await session.quiet(2), /\+CMTI: "SM",1/)
  await session.end()
})

test('under AT+CSMS=1 an unacknowledged +CMT turns mt to 0 and the message is stored', async () => {
  const session = await openSession({ ackMs: 20 })
  await session.send('AT+CSMS=1;+CNMI=2,2')
  session.modem.network.phoneSends('+4917099', 'one')
  session.modem.network.phoneSends('+4917099', 'two')
  assert.equal((await session.quiet(2)).match(/CMT:/g)?.length, 1)
  await session.type('AT+CNMA\r', /OK.*CMT:.*\r\n.*\r\n$/s)
  await session.quiet(40)
  assert.match(await session.send('AT+CNMI?'), /\+CNMI: 2,0,0,0,0/)
  assert.equal(session.modem.storage().list().length, 1)
  await session.end()
})

test('<mode> 0 buffers indications until the mode changes', async () => {
  const session = await openSession()
  await session.send('AT+CNMI=0,1')
  session.modem.network.phoneSends('+4917099', 'one')
  assert.equal(await session.quiet(2), '')
  assert.equal(await session.type('AT+CNMI=2,1\r', /CMTI.*\r\n$/), '\r\nOK\r\n\r\n+CMTI: "SM",1\r\n')
  await session.end()
})

test('the network keeps what a full store cannot take, and delivers after AT+CMGD', async () => {
  const session = await openSession({ slots: 2, fullLine: '^SMMEMFULL: "SM"' })
  await session.send('AT+CNMI=2,1')
  session.modem.network.phoneSends('+4917099', 'x'.repeat(400))
  assert.match(await session.quiet(5), /"SM",2\r\n\r\n\^SMMEMFULL: "SM"\r\n$/)
  assert.equal(session.modem.network.waiting.length, 1)
  assert.equal(await session.type('AT+CMGD=1\r', /CMTI.*\r\n$/), '\r\nOK\r\n\r\n+CMTI: "SM",1\r\n')
  assert.equal(session.modem.network.waiting.length, 0)
  await session.end()
})

test('what arrives while the modem is unplugged or its SIM locked is delivered after the PIN', async () => {
  const session = await openSession({ pin: '1234' })
  session.modem.network.phoneSends('+4917099', 'early')
  await session.send('AT+CNMI=2,1')
  assert.match(await session.type('AT+CPIN="1234"\r', /CMTI.*\r\n$/), /OK.*"SM",1/s)
  session.modem.unplug()
  session.modem.network.phoneSends('+4917099', 'late')
  session.modem.plugIn()
  assert.equal(session.modem.network.waiting.length, 1)
  assert.equal(session.modem.storage().list().length, 1)
  await session.end()
})

test('a phone can send parts out of order, twice, or not at all, with the flag in each', async () => {
  const session = await openSession({ slots: { SM: 10 } })
  session.modem.network.phoneSends('+4917099', 'я'.repeat(150), { order: [3, 1, 1], flag: 0, reference: 7 })
  const pdus = session.modem
    .storage()
    .list()
    .map(({ pdu }) => pdu)
  assert.deepEqual(
    pdus.map((pdu) => /0A0003(\w{6})8003530100/.exec(pdu)?.[1]),
    ['070303', '070301', '070301'],
  )
  assert.throws(() => session.modem.network.phoneSends('+4917099', 'x', { order: [2] }), RangeError)
  await session.end()
})

test('a silent message is dropped and a replacing one takes the place of the old', async () => {
  const session = await openSession({ firstIndex: 0 })
  const { network } = session.modem
  network.phoneSends('+4917099', 'ping', { pid: 0x40 })
  network.phoneSends('+4917099', 'old', { pid: 0x41 })
  network.phoneSends('+4917098', 'other', { pid: 0x41 })
  network.phoneSends('+4917099', 'new', { pid: 0x41 })
  assert.deepEqual(
    session.modem
      .storage()
      .list()
      .map(({ index }) => index),
    [0, 1],
  )
  await session.end()
})

test('a broken TPDU is stored as it came', async () => {
  const session = await openSession()
  session.modem.network.deliverPdu('0400FF')
  assert.match(await session.send('AT+CMGL=4'), /\+CMGL: 1,0,,3\r\n07919471016700000400FF\r\n/)
  await session.end()
})

test('text mode sends, lists by name, writes and sends from the store', async () => {
  const session = await openSession({ now: () => at.getTime() })
  await session.send('AT+CMGF=1;+CSCS="GSM"')
  session.modem.network.phoneSends('+4917099', 'Grüße für 5 €', { at })
  assert.equal(
    await session.send('AT+CMGL="ALL"'),
    '\r\n+CMGL: 1,"REC UNREAD","+4917099",,"26/11/23,15:05:09+04"\r\nGr~\u001ee f~r 5 \u001be\r\n\r\nOK\r\n',
  )
  assert.match(await session.send('AT+CMGL="NO"'), /\+CMS ERROR: 305/)
  await session.type('AT+CMGS="+4917055"\r', /> $/)
  assert.match(await session.type('two\rlines\u0000\u001a', /OK/), /\+CMGS: 0/)
  assert.equal(session.modem.network.sent[0]?.text, 'two\nlines@')
  await session.type('AT+CMGW="+4917055"\r', /> $/)
  assert.match(await session.type('kept\u001a', /OK/), /\+CMGW: 2/)
  assert.match(await session.send('AT+CMSS=2'), /\+CMSS: 1\r\n/)
  assert.match(await session.send('AT+CMGL="STO SENT"'), /\+CMGL: 2,"STO SENT","\+4917055",\r\nkept/)
  assert.match(await session.send('AT+CSDH=1;+CMGR=1'), /,145,4,0,0,"\+491710760000",145,14\r\n/)
  await session.send('AT+CSMP=17,167,0,8')
  await session.type('AT+CMGS="+4917055"\r', /> $/)
  await session.type('044F\u001a', /OK/)
  assert.equal(session.modem.network.sent[2]?.text, 'я')
  await session.end()
})
