// One AT command as a pure state machine: (state, input) -> next state and at most one thing to write (V.250 clause 5, TS 27.005 3.5.1).
// The dialogue around it owns the bytes and the time limits. Invariants: the payload is written once and only after a prompt;
// OK is success only when the required information response came before it; nothing may follow the final state.

import type { AtError } from './at-errors.ts'
import type { AtLine, LineContext } from './at-line.ts'
import { timeLimits } from './time-limits.ts'

export interface AtCommand extends LineContext {
  /** Name of the information response without which OK does not count; null: OK is enough. */
  readonly requires: string | null
  /** Milliseconds for the final result code, counted from the payload if there is one. */
  readonly limitMs: number
}

export type AtOutcome =
  | { readonly kind: 'ok'; readonly lines: readonly string[] }
  | {
      readonly kind: 'error'
      readonly error: AtError
      readonly lines: readonly string[]
      readonly payloadSent: boolean
    }
  /** incomplete: OK without the required information response. timeout: no final result code. lost: the line, or the modem, went away. */
  | {
      readonly kind: 'incomplete' | 'timeout' | 'lost'
      readonly lines: readonly string[]
      readonly payloadSent: boolean
    }

/** Lines so far, the last one first, so that a listing of thousands of lines is not copied for each of them. */
interface Heard {
  readonly text: string
  readonly before: Heard | null
  /** Characters of all so far, with one more for each line. */
  readonly size: number
}

export type CommandState =
  | { readonly phase: 'prompt' | 'final'; readonly heard: Heard | null; readonly payloadSent: boolean }
  | { readonly phase: 'done'; readonly outcome: AtOutcome }

export type CommandInput =
  | { readonly type: 'line'; readonly line: AtLine }
  | { readonly type: 'prompt' | 'timeout' | 'lost' }

/** What the dialogue has to write: the payload, or ESC to leave a prompt without sending (TS 27.005 3.5.1). */
export type CommandEffect = 'payload' | 'escape' | null

export interface CommandStep {
  readonly state: CommandState
  readonly effect: CommandEffect
}

/**
 * Describes a command. Names of its information responses are taken from the command line itself.
 * @param line without CR; several commands may be joined by `;`
 */
export function atCommand(line: string, more: Partial<Omit<AtCommand, 'line'>> = {}): AtCommand {
  const prefixes = (line.match(/[+^#*%$&!][A-Z][A-Z0-9_]*/gi) ?? []).map((name) => name.toUpperCase())
  return {
    line,
    prefixes,
    bare: false,
    pduLines: false,
    payload: null,
    requires: null,
    limitMs: timeLimits.defaultMs,
    ...more,
  }
}

/** Characters of an answer that are kept, what follows is dropped: AT+CMGL of 255 full slots has 100,000. */
const answerMax = 1_000_000

export function startState(command: AtCommand): CommandState {
  return { phase: command.payload === null ? 'final' : 'prompt', heard: null, payloadSent: false }
}

function linesOf({ heard }: Running): string[] {
  const lines: string[] = []
  for (let each = heard; each !== null; each = each.before) lines.push(each.text)
  return lines.reverse()
}

type Running = Exclude<CommandState, { phase: 'done' }>

function done(outcome: AtOutcome, effect: CommandEffect = null): CommandStep {
  return { state: { phase: 'done', outcome }, effect }
}

function onPrompt(command: AtCommand, state: Running): CommandStep {
  if (state.phase === 'prompt')
    return { state: { ...state, phase: 'final', payloadSent: true }, effect: 'payload' }
  // A prompt that nobody asked for is left at once, or the next command would become the text of a message.
  return { state, effect: command.payload === null ? 'escape' : null }
}

function onOk(command: AtCommand, state: Running): CommandStep {
  // Before the prompt an OK can only be a late one of an earlier command.
  if (state.phase === 'prompt') return { state, effect: null }
  const { requires } = command
  const lines = linesOf(state)
  if (requires === null || lines.some((line) => line.startsWith(`${requires}:`)))
    return done({ kind: 'ok', lines })
  if (state.payloadSent) return done({ kind: 'incomplete', lines, payloadSent: true })
  return { state, effect: null }
}

function withLine(state: Running, text: string): Running {
  const size = (state.heard?.size ?? 0) + text.length + 1
  return size > answerMax ? state : { ...state, heard: { text, before: state.heard, size } }
}

function onLine(command: AtCommand, state: Running, line: AtLine): CommandStep {
  switch (line.kind) {
    case 'ok':
      return onOk(command, state)
    case 'error':
      return done({
        ...{ kind: 'error', error: line.error, lines: linesOf(state), payloadSent: state.payloadSent },
      })
    case 'information':
      return { state: withLine(state, line.text), effect: null }
    default:
      return { state, effect: null }
  }
}

/**
 * The next state.
 * @throws Error when the command is done already: a defect of the caller
 */
export function step(command: AtCommand, state: CommandState, input: CommandInput): CommandStep {
  if (state.phase === 'done')
    throw new Error(`no transition for ${input.type} after the end of ${command.line}`)
  switch (input.type) {
    case 'prompt':
      return onPrompt(command, state)
    case 'line':
      return onLine(command, state, input.line)
    case 'timeout':
      return done(
        { kind: 'timeout', lines: linesOf(state), payloadSent: state.payloadSent },
        state.phase === 'prompt' ? 'escape' : null,
      )
    case 'lost':
      return done({ kind: 'lost', lines: linesOf(state), payloadSent: state.payloadSent })
  }
}
