// What one line is: tables of lines as modems send them (TS 27.005, TS 27.007, vendor URCs), and random bytes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atCommand } from '../../../src/modem/at/at-command.ts'
import {
  type AtLine,
  classifyLine,
  cleanLine,
  type LineContext,
  lastNumber,
  pduFits,
  wantsPdu,
} from '../../../src/modem/at/at-line.ts'

const pdu = '0001000B91947121436587000005C8329BFD06'
const submit = atCommand('AT+CMGS=18', { payload: `${pdu}\u001a` })
const list = atCommand('AT+CMGL=4', { pduLines: true })

/** A short form for tables: kind and what matters of it. */
function shown(line: AtLine): string {
  if (line.kind === 'urc') return `urc ${line.urc.name}|${line.urc.values}`
  if (line.kind === 'error') return `error ${line.error.kind} ${line.error.number}`
  return 'text' in line ? `${line.kind} ${line.text}` : line.kind
}

const rows: readonly (readonly [string, LineContext | null, string])[] = [
  ['', null, 'blank'],
  ['\r', null, 'blank'],
  ['OK', null, 'ok'],
  ['OK', list, 'ok'],
  ['\u0000\u0000OK\r', list, 'ok'],
  ['OKAY', list, 'unknown OKAY'],
  ['ERROR', null, 'error ERROR null'],
  ['COMMAND NOT SUPPORT', list, 'error ERROR null'],
  ['+CMS ERROR: 500', list, 'error +CMS ERROR 500'],
  ['+CMS ERROR:38', list, 'error +CMS ERROR 38'],
  ['+CME ERROR: SIM not inserted', list, 'error +CME ERROR null'],
  ['AT+CMGS=18', submit, 'echo'],
  ['AT+CMGF?', submit, 'echo'],
  ['at', null, 'echo'],
  ['ATE0V1', null, 'echo'],
  [`> ${pdu}\u001a`, submit, 'echo'],
  [pdu, submit, 'echo'],
  ['> ', submit, 'prompt'],
  ['>', null, 'prompt'],
  ['> +CMGS: 5', submit, 'information +CMGS: 5'],
  ['+CMGS: 5', submit, 'information +CMGS: 5'],
  ['+cmgs: 5', submit, 'information +cmgs: 5'],
  ['+CMGS: 5', null, 'urc +CMGS|5'],
  ['+CMGL: 1,1,,24', list, 'information +CMGL: 1,1,,24'],
  [pdu, list, `information ${pdu}`],
  [pdu, null, `unknown ${pdu}`],
  ['+CMTI: "SM",3', list, 'urc +CMTI|"SM",3'],
  ['+CMTI:"SM",3', null, 'urc +CMTI|"SM",3'],
  ['+CREG: 0,1', atCommand('AT+CREG?'), 'information +CREG: 0,1'],
  ['+CREG: 2,1,"00C3","1A2B",7', atCommand('AT+CREG?'), 'information +CREG: 2,1,"00C3","1A2B",7'],
  ['+CREG: 1', atCommand('AT+CREG?'), 'urc +CREG|1'],
  ['+CEREG: 1,"00C3","1A2B",7', atCommand('AT+CEREG?'), 'urc +CEREG|1,"00C3","1A2B",7'],
  ['+CEREG: 1', null, 'urc +CEREG|1'],
  ['RING', list, 'urc RING|'],
  ['NO CARRIER', list, 'urc NO CARRIER|'],
  ['RDY', null, 'urc RDY|'],
  ['^BOOT:16832000,0,0,0,75', list, 'urc ^BOOT|16832000,0,0,0,75'],
  ['^RSSI: 18', atCommand('AT+CGMI', { bare: true }), 'urc ^RSSI|18'],
  ['*PSUTTZ: 2026, 11, 23', null, 'urc *PSUTTZ|2026, 11, 23'],
  ['Call Ready', list, 'urc CALL READY|'],
  ['SIMCOM INCORPORATED', atCommand('AT+CGMI', { bare: true }), 'information SIMCOM INCORPORATED'],
  ['+CGMI: "huawei"', atCommand('AT+CGMI', { bare: true }), 'information +CGMI: "huawei"'],
  ['SIMCOM INCORPORATED', list, 'unknown SIMCOM INCORPORATED'],
  ['ÿþ~%', list, 'unknown ÿþ~%'],
]

for (const [line, context, expected] of rows) {
  test(`${JSON.stringify(line)} while ${context?.line ?? 'nothing'} runs is ${expected}`, () => {
    assert.equal(shown(classifyLine(line, context)), expected)
  })
}

test('a two-line URC asks for its PDU and knows the stated length, with and without a field in front', () => {
  for (const [header, length] of [
    ['+CMT: ,24', 24],
    ['+CDS: 25', 25],
    ['+CDS: 2,25', 25],
    ['+CMT: "alpha",30', 30],
  ] as const) {
    const line = classifyLine(header, null)
    assert.ok(line.kind === 'urc' && wantsPdu(line.urc))
    assert.equal(line.urc.tpduLength, length)
  }
})

test('a PDU fits only when SMSC octet and stated length account for every octet', () => {
  assert.equal(pduFits(pdu, 18), true)
  assert.equal(pduFits(pdu, 17), false)
  assert.equal(pduFits(pdu.slice(0, -1), 18), false)
  assert.equal(pduFits('0791947101670000040D', 2), true)
  assert.equal(pduFits(pdu, null), true)
  assert.equal(pduFits('RING', null), false)
})

test('the last number of a header is its length, nothing else is', () => {
  assert.equal(lastNumber('3,1,,24'), 24)
  assert.equal(lastNumber('24'), 24)
  assert.equal(lastNumber('3,1,"24"'), null)
  assert.equal(lastNumber(''), null)
})

test('control characters are taken off both ends and kept inside', () => {
  assert.equal(cleanLine('\u0000 \u007fA\u0001B \r'), 'A\u0001B')
})

test('random lines of any bytes are classified without an exception', () => {
  let seed = 7
  const next = (limit: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % limit
  }
  for (let round = 0; round < 20_000; round += 1) {
    const line = String.fromCharCode(...Array.from({ length: next(40) }, () => next(256)))
    const { kind } = classifyLine(line, round % 3 === 0 ? null : list)
    assert.ok(kind.length > 0)
  }
})
