// From the trace of a line to the lines of a transcript.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTranscript, printTranscript } from '../../../src/domain/transcript.ts'
import { createTranscriptRecorder } from '../../../src/modem/report/transcript-recorder.ts'

const marks = { host: '>', modem: '<', itself: '!' } as const

/** `> ` to the modem, `< ` from it. @returns the lines with their marks */
function recorded(...trace: string[]): string[] {
  const recorder = createTranscriptRecorder()
  for (const text of trace) recorder.hear(text.startsWith('> ') ? 'to' : 'from', text.slice(2))
  return recorder.lines().map(({ from, text }) => `${marks[from]} ${text}`)
}

test('answers are told from what comes by itself, a two-line URC within an answer too', () => {
  assert.deepEqual(
    recorded(
      '> AT+CMGL=4\r',
      '< AT+CMGL=4',
      '< +CMGL: 1,1,,20',
      '< +CDS: 25',
      '< 0006',
      '< 0791',
      '< OK',
      '< +CMTI: "SM",1',
      '< ^RSSI: 20',
    ),
    [
      '> AT+CMGL=4',
      '< +CMGL: 1,1,,20',
      '! +CDS: 25',
      '! 0006',
      '< 0791',
      '< OK',
      '! +CMTI: "SM",1',
      '! ^RSSI: 20',
    ],
  )
})

test('what came before the first command is left out, and so are ESC, CR, prompts and the texts that were sent', () => {
  assert.deepEqual(
    recorded(
      '< OK',
      '< +CREG: 1',
      '> \u001b',
      '> \r',
      '> AT+CMGS=20\r',
      '< > ',
      '> 0001AB\u001a',
      '< +CMGS: 5',
      '< OK',
    ),
    ['> AT+CMGS=20', '< +CMGS: 5', '< OK'],
  )
})

test('a flood is bounded, said, and still a transcript', () => {
  const recorder = createTranscriptRecorder()
  recorder.hear('to', 'AT\r')
  for (let count = 0; count < 30_000; count += 1) recorder.hear('from', `^RSSI: ${'9'.repeat(5000)}`)
  assert.equal(recorder.leftOut(), 15_001)
  const facts = ['device', 'source'].map((key) => ({ key, value: 'x' }))
  const text = printTranscript({ facts, lines: recorder.lines() })
  assert.equal(parseTranscript(text).lines.length, 15_000)
})
