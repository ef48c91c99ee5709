// Queue, time limits, prompt, resync and URC routing, on a clock that the test moves by hand.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AtCommand, atCommand } from '../../../src/modem/at/at-command.ts'
import { type AtAnswer, type AtDialogue, createAtDialogue } from '../../../src/modem/at/at-dialogue.ts'
import type { Urc } from '../../../src/modem/at/at-line.ts'
import { type ManualClock, manualClock, settle } from '../clocks.ts'

interface Bench {
  readonly clock: ManualClock
  readonly dialogue: AtDialogue
  readonly written: string[]
  readonly urcs: Urc[]
  readonly noise: string[]
  readonly silences: string[]
  /** Lines of the modem. */
  say(...lines: string[]): void
  /** Brings the dialogue in step by answering its resync. */
  ready(): Promise<void>
  /** What was written since the last call. */
  since(): string[]
}

function bench(): Bench {
  const clock = manualClock()
  const written: string[] = []
  const urcs: Urc[] = []
  const noise: string[] = []
  const silences: string[] = []
  const dialogue = createAtDialogue({
    clock,
    write: (text) => written.push(text),
    onUrc: (urc) => urcs.push(urc),
    onNoise: (line) => noise.push(line),
    onSilent: (error) => silences.push(error.code),
  })
  const say = (...lines: string[]): void => {
    for (const line of lines) dialogue.receiveLine(line)
  }
  return {
    clock,
    dialogue,
    written,
    urcs,
    noise,
    silences,
    say,
    async ready() {
      const synced = dialogue.resync()
      await clock.advance(1_000)
      say('OK')
      await settle()
      say('+CMGF: 0', 'OK')
      await settle()
      say('OK')
      await synced
      written.length = 0
    },
    since: () => written.splice(0),
  }
}

const submit: AtCommand = atCommand('AT+CMGS=18', {
  payload: 'PDU\u001a',
  requires: '+CMGS',
  limitMs: 300_000,
})

function watch(answer: Promise<AtAnswer>): { readonly done: () => AtAnswer | null } {
  let result: AtAnswer | null = null
  void answer.then((value) => {
    result = value
  })
  return { done: () => result }
}

test('the first command is preceded by ESC, silence, CR, silence, AT and a question with a recognisable answer', async () => {
  const { dialogue, clock, since, say } = bench()
  const answer = watch(dialogue.execute(atCommand('AT+CSQ')))
  assert.deepEqual(since(), ['\u001b'])
  await clock.advance(199)
  assert.deepEqual(since(), [])
  await clock.advance(1)
  assert.deepEqual(since(), ['\r'])
  await clock.advance(300)
  assert.deepEqual(since(), ['AT\r'])
  say('OK')
  await settle()
  assert.deepEqual(since(), ['AT+CMGF?\r'])
  say('+CMGF: 0', 'OK')
  await settle()
  assert.deepEqual(since(), ['AT+CSQ\r'])
  say('+CSQ: 20,99', 'OK')
  await settle()
  assert.deepEqual(answer.done(), { kind: 'ok', lines: ['+CSQ: 20,99'], elapsedMs: 0 })
})

test('a command is written only after the final result code of the one before, without any pause', async () => {
  const { dialogue, ready, since, say } = bench()
  await ready()
  void dialogue.execute(atCommand('AT+CSQ'))
  void dialogue.execute(atCommand('AT+CPMS?'))
  await settle()
  assert.deepEqual(since(), ['AT+CSQ\r'])
  say('+CSQ: 20,99')
  await settle()
  assert.deepEqual(since(), [])
  say('OK')
  await settle()
  assert.deepEqual(since(), ['AT+CPMS?\r'])
})

test('a model that needs it gets a pause after each final result code', async () => {
  const { dialogue, ready, since, say, clock } = bench()
  await ready()
  dialogue.setPause(20)
  void dialogue.execute(atCommand('AT+CSQ'))
  void dialogue.execute(atCommand('AT+CPMS?'))
  say('OK')
  await clock.advance(19)
  assert.deepEqual(since(), ['AT+CSQ\r'])
  await clock.advance(1)
  assert.deepEqual(since(), ['AT+CPMS?\r'])
})

test('after a time limit nothing is written before a resync, and a late OK is credited to nobody', async () => {
  const { dialogue, ready, since, say, clock } = bench()
  await ready()
  const first = watch(dialogue.execute(atCommand('AT+CPMS?', { limitMs: 5_000 })))
  const second = watch(dialogue.execute(atCommand('AT+CMGD=1')))
  await clock.advance(5_000)
  assert.equal(first.done()?.kind, 'timeout')
  assert.deepEqual(since(), ['AT+CPMS?\r', '\u001b'])
  await clock.advance(500)
  assert.deepEqual(since(), ['\r', 'AT\r'])
  // The late answer meets AT; the answer to AT then meets the marker, which does not believe it.
  say('+CPMS: "SM",1,20', 'OK')
  await settle()
  assert.deepEqual(since(), ['AT+CMGF?\r'])
  say('OK', 'OK')
  await settle()
  assert.deepEqual(since(), [])
  say('+CMGF: 0', 'OK')
  await settle()
  assert.deepEqual(since(), ['AT+CMGD=1\r'])
  assert.equal(second.done(), null)
  say('OK')
  await settle()
  assert.equal(second.done()?.kind, 'ok')
})

test('no resync and no time-out ever writes a Ctrl-Z', async () => {
  const { dialogue, ready, written, clock } = bench()
  await ready()
  const answer = watch(dialogue.execute(submit))
  void dialogue.execute(atCommand('AT+CSQ'))
  await clock.advance(60_000)
  assert.deepEqual(answer.done(), { kind: 'timeout', lines: [], payloadSent: false, elapsedMs: 10_000 })
  assert.ok(written.includes('\u001b'))
  assert.equal(written.join('').includes('\u001a'), false)
})

test('a modem that answers no resync is reported as silent once, and all waiting commands end', async () => {
  const { dialogue, silences, clock } = bench()
  const answers = [dialogue.execute(atCommand('AT+CSQ')), dialogue.execute(atCommand('AT+CPMS?'))]
  await clock.advance(5_499)
  assert.deepEqual(silences, [])
  await clock.advance(20_000)
  assert.equal(silences[0], 'MODEM_SILENT')
  assert.deepEqual(
    (await Promise.all(answers)).map(({ kind }) => kind),
    ['lost', 'lost'],
  )
})

test('a +CMGS that comes after its submit has ended is routed as a URC, also while the next submit waits for its prompt', async () => {
  const { dialogue, ready, say, clock, urcs } = bench()
  await ready()
  const first = watch(dialogue.execute(submit))
  dialogue.receivePrompt()
  await clock.advance(300_000)
  assert.equal(first.done()?.kind, 'timeout')
  say('+CMGS: 41', 'OK')
  await ready()
  const second = watch(dialogue.execute(submit))
  say('+CMGS: 42', 'OK')
  dialogue.receivePrompt()
  say('+CMGS: 43', 'OK')
  await settle()
  assert.deepEqual(
    urcs.map(({ name, values }) => `${name} ${values}`),
    ['+CMGS 41', '+CMGS 42'],
  )
  const answer = second.done()
  assert.deepEqual(answer?.lines, ['+CMGS: 43'])
})

const pduA = '0001000B91947121436587000005C8329BFD06'
const pduB = '07919471016700000401'

test('a two-line URC inside a listing takes its own PDU and leaves the listing whole', async () => {
  const { dialogue, ready, say, urcs } = bench()
  await ready()
  const list = dialogue.execute(atCommand('AT+CMGL=4', { pduLines: true }))
  say(
    '+CMGL: 1,1,,18',
    '+CMT: ,2',
    pduB,
    pduA,
    '+CMTI: "SM",2',
    '+CMGL: 2,1,,18',
    '+CDS: 2',
    pduA,
    pduB,
    'OK',
  )
  assert.deepEqual((await list).lines, ['+CMGL: 1,1,,18', pduA, '+CMGL: 2,1,,18', pduA])
  assert.deepEqual(
    urcs.map(({ name, pdu }) => `${name} ${pdu}`),
    [`+CMT ${pduB}`, '+CMTI null', `+CDS ${pduB}`],
  )
})

test('a PDU of the wrong length after +CMT is noise, not a message', () => {
  const { say, urcs, noise } = bench()
  say('+CMT: ,2', pduB.slice(0, -2), '+CMT: ,2', 'RING', pduB)
  assert.deepEqual(
    urcs.map(({ name, pdu }) => `${name} ${pdu}`),
    ['RING null', `+CMT ${pduB}`],
  )
  assert.equal(noise.length, 1)
})

test('closing ends what is in flight and queued, and nothing is written any more', async () => {
  const { dialogue, ready, since } = bench()
  await ready()
  const running = dialogue.execute(submit)
  dialogue.receivePrompt()
  const queued = dialogue.execute(atCommand('AT+CSQ'))
  since()
  dialogue.close()
  assert.deepEqual(await running, { kind: 'lost', lines: [], payloadSent: true, elapsedMs: 0 })
  assert.equal((await queued).kind, 'lost')
  assert.equal((await dialogue.execute(atCommand('AT'))).kind, 'lost')
  assert.deepEqual(since(), [])
})

test('finishing waits for a running submit and refuses everything else', async () => {
  const { dialogue, ready, say } = bench()
  await ready()
  const running = dialogue.execute(submit)
  const queued = dialogue.execute(atCommand('AT+CSQ'))
  let finished = false
  const finish = dialogue.finish().then(() => {
    finished = true
  })
  assert.equal((await queued).kind, 'lost')
  dialogue.receivePrompt()
  await settle()
  assert.equal(finished, false)
  say('+CMGS: 9', 'OK')
  assert.equal((await running).kind, 'ok')
  await finish
})

test('a restart of the modem ends the command in flight and asks for a resync before the next', async () => {
  const { dialogue, ready, since } = bench()
  await ready()
  const running = dialogue.execute(submit)
  dialogue.receivePrompt()
  dialogue.restarted()
  assert.deepEqual(await running, { kind: 'lost', lines: [], payloadSent: true, elapsedMs: 0 })
  since()
  void dialogue.execute(atCommand('AT+CSQ'))
  await settle()
  assert.deepEqual(since(), ['\u001b'])
})

test('a modem that answers AT but five commands in a row not counts as silent; an answer in between begins the count anew', async () => {
  const { dialogue, clock, say, ready, silences } = bench()
  await ready()
  /** One command; the resync that may stand before it is answered. */
  const ask = async (answered: boolean, resyncs: boolean): Promise<void> => {
    const answer = watch(dialogue.execute(atCommand('AT+CMGL=4', { limitMs: 60_000 })))
    if (resyncs) {
      await clock.advance(1_000)
      say('OK')
      await settle()
      say('+CMGF: 0', 'OK')
      await settle()
    }
    if (answered) say('OK')
    await clock.advance(60_000)
    assert.equal(answer.done()?.kind, answered ? 'ok' : 'timeout')
  }
  await ask(false, false)
  for (let time = 2; time <= 4; time += 1) await ask(false, true)
  await ask(true, true)
  await ask(false, false)
  for (let time = 2; time <= 4; time += 1) await ask(false, true)
  assert.deepEqual(silences, [])
  await ask(false, true)
  assert.deepEqual(silences, ['MODEM_SILENT'])
})

test('a line that breaks at the very ESC that leaves a prompt ends the submit as not sent, and nothing else', async () => {
  const clock = manualClock()
  let broken = false
  const dialogue = createAtDialogue({
    clock,
    write: () => {
      if (broken) throw new Error('gone')
    },
    onUrc: () => undefined,
    onNoise: () => undefined,
    onSilent: () => undefined,
  })
  const answer = watch(dialogue.probe(submit))
  broken = true
  await clock.advance(10_000)
  assert.deepEqual(answer.done(), { kind: 'timeout', lines: [], payloadSent: false, elapsedMs: 10_000 })
  assert.equal((await dialogue.execute(atCommand('AT'))).kind, 'lost')
})

test('a modem that restarts while its attention is sought is asked again, and is not silent', async () => {
  const { dialogue, clock, silences, since, say } = bench()
  const answer = watch(dialogue.execute(atCommand('AT+CSQ')))
  await clock.advance(600)
  dialogue.restarted()
  await settle()
  assert.equal(since().at(-1), 'ATV1\r')
  say('OK')
  await settle()
  assert.equal(since().at(-1), 'AT+CMGF?\r')
  dialogue.restarted()
  await settle()
  say('+CMGF: 0', 'OK')
  await settle()
  assert.deepEqual(since(), ['AT+CMGF?\r', 'AT+CSQ\r'])
  say('+CSQ: 20,99', 'OK')
  await settle()
  assert.equal(answer.done()?.kind, 'ok')
  assert.deepEqual(silences, [])
})
