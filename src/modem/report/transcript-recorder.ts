// From what goes over the line to the lines of a transcript: which of the modem's lines answer the command, which come by themselves.
// Invariants: nothing before the first command is kept, for whose answer it is cannot be known; payloads of AT+CMGS are left
// out; what is kept is bounded, and the transcript says what was left out.

import type { TranscriptLine } from '../../domain/transcript.ts'
import { type AtCommand, atCommand } from '../at/at-command.ts'
import { classifyLine, cleanLine, isHex, wantsPdu } from '../at/at-line.ts'

export interface TranscriptRecorder {
  /** As the `trace` of a modem tells it. */
  hear(direction: 'to' | 'from', text: string): void
  lines(): readonly TranscriptLine[]
  /** How many lines did not fit. */
  leftOut(): number
}

const linesMax = 15_000
const charactersMax = 2_000

/** A recorder that has heard nothing. */
export function createTranscriptRecorder(): TranscriptRecorder {
  const lines: TranscriptLine[] = []
  let leftOut = 0
  let command: AtCommand | null = null
  let begun = false
  /** A URC has announced its hex line. */
  let pduOfUrc = false

  function keep(from: TranscriptLine['from'], text: string): void {
    if (lines.length < linesMax) lines.push({ from, text: text.slice(0, charactersMax) })
    else leftOut += 1
  }

  function written(text: string): void {
    const line = cleanLine(text)
    // ESC, CR and payloads; what follows an escape is a command of its own.
    if (!/^AT/i.test(line)) return
    begun = true
    command = atCommand(line, { bare: true, pduLines: true })
    keep('host', line)
  }

  function came(text: string): void {
    const line = cleanLine(text)
    if (line === '' || !begun || line === command?.line) return
    if (pduOfUrc && isHex(line)) {
      pduOfUrc = false
      return keep('itself', line)
    }
    const kind = classifyLine(line, command)
    if (kind.kind === 'prompt' || kind.kind === 'blank') return
    if (kind.kind === 'urc') pduOfUrc = wantsPdu(kind.urc)
    const answers = command !== null && ['ok', 'error', 'information'].includes(kind.kind)
    keep(answers ? 'modem' : 'itself', line)
    if (kind.kind === 'ok' || kind.kind === 'error') command = null
  }

  return {
    hear: (direction, text) => (direction === 'to' ? written(text) : came(text)),
    lines: () => lines,
    leftOut: () => leftOut,
  }
}
