// Brings a modem of unknown state back into step: ESC leaves an open prompt (never Ctrl-Z, a half-entered text could go out), old output
// runs dry, `AT` finds its attention, and a question whose answer nothing late can look like proves it (TS 27.005 3.5.1, V.250 5.2).
// Invariant: true only if that answer came; every earlier line was then credited to nobody.

import type { Clock } from '../../domain/ports.ts'
import { type AtCommand, type AtOutcome, atCommand } from './at-command.ts'
import { attentionTries, timeLimits } from './time-limits.ts'

export const escapeKey = '\u001b'

/** What the dialogue lends for it. */
export interface ResyncLine {
  readonly clock: Clock
  readonly write: (text: string) => void
  /** One command at once, as the only one in flight. */
  readonly fly: (command: AtCommand) => Promise<AtOutcome>
  /** Monotonic time of the last line or prompt that came. */
  readonly lastInputAt: () => number
  /** Aborts when the dialogue is closed. */
  readonly signal: AbortSignal
}

/** @returns false if the modem gives no answer */
export async function resyncModem(line: ResyncLine): Promise<boolean> {
  line.write(escapeKey)
  await pause(line, timeLimits.escapeMs)
  line.write('\r')
  await quiet(line)
  return (await attention(line)) && (await recogniseAnswer(line))
}

/** Ends early when the dialogue is closed. */
function pause({ clock, signal }: ResyncLine, ms: number): Promise<void> {
  return clock.sleep(ms, signal).catch(() => undefined)
}

/** Waits until old output has run dry. */
async function quiet(line: ResyncLine): Promise<void> {
  const { clock, signal, lastInputAt } = line
  const begin = clock.monotonic()
  let wait: number = timeLimits.quietMs
  while (wait > 0 && clock.monotonic() - begin < timeLimits.drainMs && !signal.aborted) {
    await pause(line, wait)
    wait = lastInputAt() + timeLimits.quietMs - clock.monotonic()
  }
}

async function attention({ fly, signal }: ResyncLine): Promise<boolean> {
  for (let attempt = 0; attempt < attentionTries; attempt += 1) {
    // ATV1 in between: a modem that answers in digits is silent to us until then.
    const line = attempt % 2 === 0 ? 'AT' : 'ATV1'
    const answer = await fly(atCommand(line, { limitMs: timeLimits.attentionMs }))
    if (answer.kind === 'ok' || answer.kind === 'error') return true
    // A modem that restarts meanwhile has lost the command; it is there all the same.
    if (answer.kind === 'lost' && signal.aborted) return false
  }
  return false
}

/** CMGF may be refused while the SIM is locked. */
async function recogniseAnswer({ fly, signal }: ResyncLine): Promise<boolean> {
  for (let attempt = 0, name = '+CMGF'; attempt < attentionTries; attempt += 1) {
    const answer = await fly(atCommand(`AT${name}?`, { requires: name }))
    if (answer.kind === 'ok') return true
    if (answer.kind === 'lost' && !signal.aborted) continue
    if (answer.kind !== 'error' || name === '+CMEE') return false
    name = '+CMEE'
  }
  return false
}
