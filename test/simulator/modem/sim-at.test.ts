// Command lines cut and parsed (V.250 5.2), line by line.

import assert from 'node:assert/strict'
import test from 'node:test'
import { parseCommand, splitCommands } from '../../../src/simulator/modem/sim-at.ts'

const lines: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['', []],
  ['E0V1+CMEE=1;+CMGF=0;&F', ['E0', 'V1', '+CMEE=1', '+CMGF=0', '&F']],
  ['S7=45S0=0L1V1X4&c1E1Q0', ['S7=45', 'S0=0', 'L1', 'V1', 'X4', '&c1', 'E1', 'Q0']],
  ['+CUSD=1,"*1;2#",15;+CSQ', ['+CUSD=1,"*1;2#",15', '+CSQ']],
  ['D*100#;', ['D*100#;']],
  [' +CSQ ; +CREG? ', ['+CSQ', '+CREG?']],
  ['123', ['123']],
]

for (const [line, commands] of lines) {
  test(`"AT${line}" holds ${commands.length} commands`, () => assert.deepEqual(splitCommands(line), commands))
}

const calls: ReadonlyArray<readonly [string, string, string, readonly string[]]> = [
  ['+CSQ', '+CSQ', 'run', []],
  ['+cmgf?', '+CMGF', 'read', []],
  ['+CNMI=?', '+CNMI', 'test', []],
  ['+CNMI=2,1,,1', '+CNMI', 'set', ['2', '1', '', '1']],
  ['+CPMS="SM","ME", "SM"', '+CPMS', 'set', ['SM', 'ME', 'SM']],
  ['+CLCK="SC",1,"a,b"', '+CLCK', 'set', ['SC', '1', 'a,b']],
  ['+CUSD=', '+CUSD', 'set', ['']],
  ['^RSSI?', '^RSSI', 'read', []],
  ['e1', 'E', 'run', ['1']],
  ['I', 'I', 'run', ['']],
  ['S3?', 'S3', 'read', ['']],
  ['S3=13', 'S3', 'set', ['13']],
]

for (const [text, name, form, args] of calls) {
  test(`"${text}" is ${form} of ${name}`, () =>
    assert.deepEqual(parseCommand(text), { name, form, args, text }))
}

test('what is no command parses as none', () => {
  for (const text of ['+', '+CMGF 1', '1', '?', '+=1']) assert.equal(parseCommand(text), null)
})
