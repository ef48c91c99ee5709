// The state machine of one command, fed with lists: no clock, no bytes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AtCommand,
  atCommand,
  type CommandEffect,
  type CommandInput,
  type CommandState,
  startState,
  step,
} from '../../../src/modem/at/at-command.ts'
import { classifyLine } from '../../../src/modem/at/at-line.ts'

const submit = atCommand('AT+CMGS=18', { payload: 'PDU\u001a', requires: '+CMGS' })
const query = atCommand('AT+CPMS?')

/** `>` is the prompt, `!` the time limit, `x` the loss of the line, everything else a line. */
function run(
  command: AtCommand,
  script: readonly string[],
): { state: CommandState; effects: CommandEffect[] } {
  let state = startState(command)
  const effects: CommandEffect[] = []
  for (const word of script) {
    const input: CommandInput =
      word === '>'
        ? { type: 'prompt' }
        : word === '!'
          ? { type: 'timeout' }
          : word === 'x'
            ? { type: 'lost' }
            : { type: 'line', line: classifyLine(word, command) }
    const next = step(command, state, input)
    state = next.state
    if (next.effect !== null) effects.push(next.effect)
  }
  return { state, effects }
}

function outcome(command: AtCommand, script: readonly string[]): unknown {
  const { state } = run(command, script)
  return state.phase === 'done' ? state.outcome : state.phase
}

test('a query ends with OK and brings its lines', () => {
  assert.deepEqual(outcome(query, ['AT+CPMS?', '+CPMS: "SM",1,20', 'OK']), {
    kind: 'ok',
    lines: ['+CPMS: "SM",1,20'],
  })
})

test('lines that are no answer do not get into the answer', () => {
  assert.deepEqual(outcome(query, ['', 'RING', '+CMTI: "SM",1', 'hello', '+CPMS: 1', '^RSSI: 3', 'OK']), {
    kind: 'ok',
    lines: ['+CPMS: 1'],
  })
})

test('a submit writes its payload once, after the prompt, and needs +CMGS before OK', () => {
  const { state, effects } = run(submit, ['AT+CMGS=18', '>', '>', '+CMGS: 12', 'OK'])
  assert.deepEqual(effects, ['payload'])
  assert.deepEqual(state, { phase: 'done', outcome: { kind: 'ok', lines: ['+CMGS: 12'] } })
})

test('an OK before the prompt is a late one of somebody else and ends nothing', () => {
  assert.equal(outcome(submit, ['OK', 'OK']), 'prompt')
})

test('OK without +CMGS after Ctrl-Z is incomplete, not success', () => {
  assert.deepEqual(outcome(submit, ['>', 'OK']), { kind: 'incomplete', lines: [], payloadSent: true })
})

test('an error knows whether the payload had been sent', () => {
  const early = run(submit, ['+CMS ERROR: 330']).state
  const late = run(submit, ['>', '+CMS ERROR: 38']).state
  assert.ok(early.phase === 'done' && early.outcome.kind === 'error' && !early.outcome.payloadSent)
  assert.ok(late.phase === 'done' && late.outcome.kind === 'error' && late.outcome.payloadSent)
  assert.equal(late.outcome.error.number, 38)
})

test('no prompt within the limit leaves with ESC and without the payload', () => {
  const { state, effects } = run(submit, ['!'])
  assert.deepEqual(effects, ['escape'])
  assert.deepEqual(state, { phase: 'done', outcome: { kind: 'timeout', lines: [], payloadSent: false } })
})

test('no final result code after Ctrl-Z is a time-out with the payload sent, and no ESC', () => {
  const { state, effects } = run(submit, ['>', '+CMGS: 4', '!'])
  assert.deepEqual(effects, ['payload'])
  assert.deepEqual(state, {
    phase: 'done',
    outcome: { kind: 'timeout', lines: ['+CMGS: 4'], payloadSent: true },
  })
})

test('the loss of the line is told apart before and after Ctrl-Z', () => {
  assert.deepEqual(outcome(submit, ['x']), { kind: 'lost', lines: [], payloadSent: false })
  assert.deepEqual(outcome(submit, ['>', 'x']), { kind: 'lost', lines: [], payloadSent: true })
})

test('a prompt that a command without payload gets is left with ESC', () => {
  assert.deepEqual(run(query, ['>']).effects, ['escape'])
})

test('a marker command ignores an OK until its own answer has come', () => {
  const marker = atCommand('AT+CMGF?', { requires: '+CMGF' })
  assert.equal(outcome(marker, ['OK', 'OK']), 'final')
  assert.deepEqual(outcome(marker, ['OK', '+CMGF: 0', 'OK']), { kind: 'ok', lines: ['+CMGF: 0'] })
})

test('an input after the end is a defect and throws', () => {
  const { state } = run(query, ['OK'])
  assert.throws(() => step(query, state, { type: 'prompt' }), /no transition/)
})

test('names of information responses come from the command line, also of several commands in one', () => {
  assert.deepEqual(atCommand('AT+CMGF=0;+CPMS?;^CURC=0').prefixes, ['+CMGF', '+CPMS', '^CURC'])
  assert.deepEqual(atCommand('AT+CUSD=1,"*100#",15').prefixes, ['+CUSD'])
})

test('a listing of 100,000 lines is kept up to a million characters, in its order and in a moment', () => {
  let state = startState(query)
  for (let number = 0; number < 100_000; number += 1)
    state = step(query, state, {
      type: 'line',
      line: { kind: 'information', text: `+CMGL: ${number}` },
    }).state
  const end = step(query, state, { type: 'line', line: { kind: 'ok' } }).state
  assert.equal(end.phase, 'done')
  assert.ok(end.phase === 'done' && end.outcome.kind === 'ok')
  const { lines } = end.outcome
  assert.deepEqual(lines.slice(0, 3), ['+CMGL: 0', '+CMGL: 1', '+CMGL: 2'])
  assert.ok(lines.length > 50_000, `${lines.length} lines`)
  assert.ok(lines.join('\n').length <= 1_000_000)
})
