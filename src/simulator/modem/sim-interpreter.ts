// Carries out command lines (V.250 clause 5.7, TS 27.005 3.2): looks commands up, prints answers and the prompt, lets faults strike.
// Invariants: exactly one final result code ends a line unless a fault swallows it; after an error the rest of the line is dropped.

import { type Fault, type UrcPoint, urcPosition } from './faults.ts'
import { type AtAnswer, type AtPrompt, type CommandTable, parseCommand, splitCommands } from './sim-at.ts'
import { commandsOfTerminal } from './sim-at-basic.ts'
import { AtError, errorLine } from './sim-at-errors.ts'
import { commandsOfNetwork } from './sim-at-network.ts'
import { commandsOfSending } from './sim-at-send.ts'
import { commandsOfStorage } from './sim-at-sms.ts'
import type { Machine } from './sim-machine.ts'
import { filled } from './sim-script.ts'

/**
 * Replaces one command: returns its whole answer with the final result code ([] is silence), or undefined for the usual behaviour.
 * @param command as written, without AT
 */
export type Override = (
  command: string,
) => readonly string[] | undefined | Promise<readonly string[] | undefined>

export interface InterpreterIo {
  write(text: string): void
  /** The text of the prompt; null after ESC. */
  readText(): Promise<string | null>
  /** Overrides by command prefix, upper-case, without AT. */
  readonly overrides: ReadonlyMap<string, Override>
}

const commands: CommandTable<Machine> = {
  ...commandsOfTerminal,
  ...commandsOfNetwork,
  ...commandsOfStorage,
  ...commandsOfSending,
}

const finalCodes: Readonly<Record<string, number>> = { OK: 0, CONNECT: 1, RING: 2, 'NO CARRIER': 3, ERROR: 4 }
/** True for a final result code; COMMAND NOT SUPPORT and TOO MANY PARAMETERS end an answer on some models. */
export const isFinal = (line: string): boolean =>
  line in finalCodes || /^(?:\+CM[ES] ERROR:|COMMAND NOT SUPPORT|TOO MANY PARAMETERS)/.test(line)

/** Lines as the settings want them: CR LF around words, or only behind them under ATV0. */
export function framed(machine: Machine, lines: readonly string[]): string {
  const { verbose, registers } = machine.settings
  const end = String.fromCharCode(registers.get(3) ?? 13) + String.fromCharCode(registers.get(4) ?? 10)
  return (verbose ? end : '') + lines.map((line) => line + end).join('')
}

function finalText(machine: Machine, final: string): string {
  if (machine.settings.quiet) return ''
  if (machine.settings.verbose)
    return framed(machine, [final, ...Array.from({ length: machine.config.habits.blankLines }, () => '')])
  return `${finalCodes[final] ?? 4}\r`
}

function answerText(machine: Machine, lines: readonly string[]): string {
  if (lines.length === 0) return ''
  for (const at of ['before-pdu', 'in-listing'] as const) {
    const position = urcPosition(lines, at)
    const fault = position < 0 ? undefined : machine.faults.take('urc', at)
    if (fault === undefined) continue
    const rest = lines.slice(position).map((line) => `${line}\r\n`)
    return framed(machine, lines.slice(0, position)) + framed(machine, fault.lines) + rest.join('')
  }
  return framed(machine, lines)
}

function strike(machine: Machine, io: InterpreterIo, at: UrcPoint): void {
  const fault: Extract<Fault, { kind: 'urc' }> | undefined = machine.faults.take('urc', at)
  if (fault !== undefined) io.write(framed(machine, fault.lines))
}

async function ask(machine: Machine, io: InterpreterIo, prompt: AtPrompt): Promise<AtAnswer> {
  const { faults } = machine
  strike(machine, io, 'before-prompt')
  if (faults.take('unplug', 'before-prompt') !== undefined) {
    machine.unplug()
    return { lines: [], final: null }
  }
  if (faults.take('prompt-never') === undefined)
    io.write(`\r\n${faults.take('prompt-bare') === undefined ? machine.config.habits.prompt : '>'}`)
  strike(machine, io, 'after-prompt')
  const text = await io.readText()
  return text === null ? { lines: [], final: 'OK' } : prompt.submit(text)
}

async function overridden(io: InterpreterIo, text: string): Promise<AtAnswer | null> {
  const command = text.toUpperCase()
  const prefix = [...io.overrides.keys()]
    .filter((key) => command.startsWith(key))
    .sort((a, b) => b.length - a.length)[0]
  const lines = prefix === undefined ? undefined : await io.overrides.get(prefix)?.(text)
  if (lines === undefined) return null
  return whole(lines)
}

/** An answer from its lines; without a final result code nothing follows. */
function whole(lines: readonly string[]): AtAnswer {
  const last = lines.at(-1)
  if (last === undefined || !isFinal(last)) return { lines, final: null }
  return { lines: lines.slice(0, -1), final: last }
}

async function behave(machine: Machine, io: InterpreterIo, text: string): Promise<AtAnswer> {
  const call = parseCommand(text)
  const command = call === null || !Object.hasOwn(commands, call.name) ? undefined : commands[call.name]
  const run = call === null ? undefined : command?.[call.form]
  if (call === null || run === undefined) return { lines: [], final: machine.config.habits.unknownCommand }
  const result = await run(machine, call)
  return 'submit' in result ? ask(machine, io, result) : result
}

/** An answer of the transcript. A setting that it says was accepted is made as well, so that it holds. */
async function scripted(machine: Machine, io: InterpreterIo, text: string): Promise<AtAnswer | null> {
  const lines = machine.config.habits.script?.answer(`AT${text}`)
  if (lines === undefined) return null
  const told = whole(lines.map((line) => filled(machine, line)))
  const form = parseCommand(text)?.form
  if (told.final !== 'OK' || form === undefined || form === 'test' || form === 'read') return told
  try {
    await behave(machine, io, text)
  } catch (error) {
    if (!(error instanceof AtError)) throw error
  }
  return told
}

async function answer(machine: Machine, io: InterpreterIo, text: string): Promise<AtAnswer> {
  try {
    const replaced = await overridden(io, text)
    if (replaced !== null) return replaced
    return (await scripted(machine, io, text)) ?? (await behave(machine, io, text))
  } catch (error) {
    if (!(error instanceof AtError)) throw error
    return { lines: [], final: errorLine(error, machine.settings.cmee) }
  }
}

/** Carries out one command line, AT included, and prints what it answers. */
export async function runLine(machine: Machine, io: InterpreterIo, line: string): Promise<void> {
  strike(machine, io, 'after-echo')
  if (machine.faults.take('no-answer') !== undefined) return
  const noise = machine.faults.take('noise')
  if (noise !== undefined) io.write(noise.bytes)
  const foreign = machine.faults.take('foreign-command')
  if (foreign !== undefined) {
    io.write(`${foreign.line}\r\n`)
    await carryOut(machine, io, foreign.line)
  }
  await carryOut(machine, io, line)
}

async function carryOut(machine: Machine, io: InterpreterIo, line: string): Promise<void> {
  let final: string | null = 'OK'
  for (const text of splitCommands(line.slice(2))) {
    const { lines, final: code } = await answer(machine, io, text)
    io.write(answerText(machine, lines))
    final = code
    if (final !== 'OK') break
  }
  if (final !== null) io.write(finalText(machine, final))
}
