// A command line that a person typed into the dialogue: what is let through and how its answer is told (V.250 5.2.1).
// Invariant: one line, so that nothing can be smuggled in behind a CR, and no command that waits for a text after its prompt.

import { GatewayError } from '../../domain/errors.ts'
import { type AtCommand, atCommand } from './at-command.ts'
import type { AtAnswer } from './at-dialogue.ts'
import { meaningOf } from './at-errors.ts'
import { timeLimitFor } from './time-limits.ts'

/** V.250 asks a modem for room of 40 characters at least; modules take 400 and more. */
const lineLengthMax = 400

/** @throws GatewayError USAGE */
export function freeCommand(text: string): AtCommand {
  if (!/^AT[\x20-\x7e]*$/i.test(text) || text.length > lineLengthMax)
    throw new GatewayError('USAGE', 'a command starts with AT and is one line of printable ASCII', {
      hint: "simpost modem at 'AT+CSQ'",
    })
  if (/\+(CMG[SWC]\s*=|CNMA\s*=\s*\d+\s*,)/i.test(text))
    throw new GatewayError('USAGE', 'this command waits for a message', {
      hint: 'simpost send sms NUMBER TEXT',
    })
  return atCommand(text, { bare: true, pduLines: true, limitMs: timeLimitFor(text) })
}

/** What a person reads of an answer. */
export interface FreeResult {
  readonly lines: readonly string[]
  /** The final result code: `OK`, `ERROR`, `+CME ERROR: 10`, ... */
  readonly result: string
  /** What an error means and what can be done; null for OK. */
  readonly meaning: string | null
  readonly hint: string | null
}

/** Of ERROR and its kin, which say no more. */
const notKnown = {
  meaning: 'the modem does not know the command, or not in this form or state',
  hint: 'compare it with the AT manual of the modem',
}

/** Lines and result. @throws GatewayError MODEM_SILENT, MODEM_UNAVAILABLE when there was no final result code */
export function freeResult(answer: AtAnswer): FreeResult {
  if (answer.kind !== 'error') return { lines: freeAnswer(answer), result: 'OK', meaning: null, hint: null }
  const { meaning, hint } = answer.error.number === null ? notKnown : meaningOf(answer.error)
  return { lines: answer.lines, result: answer.error.text, meaning, hint }
}

/** The information responses. @throws GatewayError MODEM_REFUSED, MODEM_SILENT, MODEM_UNAVAILABLE and what +CME ERROR means */
export function freeAnswer(answer: AtAnswer): readonly string[] {
  if (answer.kind === 'ok') return answer.lines
  if (answer.kind === 'lost')
    throw new GatewayError('MODEM_UNAVAILABLE', 'the modem was lost before it answered', {
      retry: 'temporary',
    })
  if (answer.kind !== 'error')
    throw new GatewayError('MODEM_SILENT', 'the modem gave no final result code in time', {
      retry: 'temporary',
    })
  const { meaning, retry, hint, code } = meaningOf(answer.error)
  // An unknown number says nothing about a message here: no SMS was handed over.
  if (retry === 'ambiguous')
    throw new GatewayError('MODEM_REFUSED', `the modem answered ${answer.error.text}`, { retry: 'temporary' })
  const more = hint === null ? { retry } : { retry, hint }
  throw new GatewayError(code, `the modem answered ${answer.error.text}: ${meaning}`, more)
}
