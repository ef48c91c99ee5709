// A simulated device from a transcript, recorded or written from manuals: what the transcript answers is answered from it, everything
// else is the simulated modem's own behaviour, tuned by the facts. `! ` lines before the first command are those of a start, later ones
// are noise. Invariant: no maker is known here; all that makes a device special is in its transcript.

import type { Transcript, TranscriptLine } from '../../domain/transcript.ts'
import { deviceOptions } from './device-options.ts'
import { createSimModem, type SimModem, type SimModemOptions } from './sim-modem.ts'

export interface SimDevice extends SimModem {
  /** The lines that this device prints without being asked. */
  readonly noiseLines: readonly string[]
  /** Prints one of them after another, every `everyMs` milliseconds, until the returned function is called or the device is closed. */
  noise(everyMs: number): () => void
}

/** Announcements of messages; their PDU is a line of hex. The simulated network makes its own. */
const ofMessages = /^(?:\+(?:CMTI?|CDSI?|CBMI?):.*|[0-9A-F]{16,})$/i

/** What came by itself after the first command. */
function noiseIn(lines: readonly TranscriptLine[]): string[] {
  const begin = lines.findIndex(({ from }) => from === 'host')
  return lines
    .slice(Math.max(begin, 0))
    .filter(({ from, text }) => from === 'itself' && !ofMessages.test(text))
    .map(({ text }) => text)
}

/**
 * A device that is switched on and waits for a client.
 * @param more replaces what the transcript says, except for its habits
 * @throws GatewayError USAGE for a fact that cannot be read
 */
export function createDevice(transcript: Transcript, more: SimModemOptions = {}): SimDevice {
  const { habits, ...options } = deviceOptions(transcript)
  const modem = createSimModem({ ...options, ...more, habits: { ...habits, ...more.habits } })
  const noiseLines = noiseIn(transcript.lines)
  const timers = new Set<NodeJS.Timeout>()
  return {
    ...modem,
    noiseLines,
    noise(everyMs) {
      let count = 0
      const timer = setInterval(() => {
        const line = noiseLines[count % noiseLines.length]
        count += 1
        if (line !== undefined) modem.urc(line)
      }, everyMs)
      timers.add(timer)
      return () => clearInterval(timer)
    },
    async close() {
      for (const timer of timers) clearInterval(timer)
      await modem.close()
    },
  }
}
