// Command lines of the AT interpreter (V.250 clause 5.2 to 5.4, TS 27.007 clause 4): cut a line into commands, parse one.
// Invariants: pure; a semicolon inside quotes ends nothing; names are upper-case, argument texts keep their case.

/** AT+X, AT+X?, AT+X=?, AT+X=1,2. */
type Form = 'run' | 'read' | 'test' | 'set'

export interface AtCall {
  /** "+CMGS", "E", "&F", "S3". */
  readonly name: string
  readonly form: Form
  /** Without quotes; '' for an argument left out. Basic commands have one: their number. */
  readonly args: readonly string[]
  /** The command as written, without AT. */
  readonly text: string
}

/** What a command prints. `final` null: nothing follows, not even OK. */
export interface AtAnswer {
  readonly lines: readonly string[]
  readonly final: string | null
}

/** A command that asks for text after "> ". */
export interface AtPrompt {
  readonly submit: (text: string) => AtAnswer | Promise<AtAnswer>
}

export type AtResult = AtAnswer | AtPrompt

export const ok = (...lines: string[]): AtAnswer => ({ lines, final: 'OK' })

/** The commands of one line without its AT: extended ones end at a semicolon, D takes the rest. */
export function splitCommands(body: string): string[] {
  const commands: string[] = []
  let rest = body.trim()
  while (rest !== '') {
    const found = nextCommand(rest)
    commands.push(found.trim())
    rest = rest.slice(found.length).replace(/^[\s;]+/, '')
  }
  return commands
}

function nextCommand(rest: string): string {
  if (/^[+^#$*%@]/.test(rest)) return /^(?:"[^"]*"?|[^";])*/.exec(rest)?.[0] ?? rest
  if (/^d/i.test(rest)) return rest
  return /^(?:s\d+\s*(?:=\s*\d*|\?)?|[&\\]?[a-z]\s*\d*)/i.exec(rest)?.[0] ?? rest
}

/** Null for what is no command at all. */
export function parseCommand(text: string): AtCall | null {
  const extended = /^([+^#$*%@][A-Z][A-Z0-9]*)\s*(.*)$/is.exec(text)
  if (extended !== null) {
    const [, name = '', tail = ''] = extended
    if (tail === '') return { name: name.toUpperCase(), form: 'run', args: [], text }
    if (tail === '?') return { name: name.toUpperCase(), form: 'read', args: [], text }
    if (tail === '=?') return { name: name.toUpperCase(), form: 'test', args: [], text }
    if (!tail.startsWith('=')) return null
    return { name: name.toUpperCase(), form: 'set', args: splitArguments(tail.slice(1)), text }
  }
  const register = /^(s\d+)\s*(=\s*(\d*)|\?)?$/i.exec(text)
  if (register !== null) {
    const form: Form = register[2] === undefined ? 'run' : register[2] === '?' ? 'read' : 'set'
    return { name: (register[1] ?? '').toUpperCase(), form, args: [register[3] ?? ''], text }
  }
  if (/^d/i.test(text)) return { name: 'D', form: 'run', args: [text.slice(1)], text }
  const basic = /^([&\\]?[a-z])\s*(\d*)$/i.exec(text)
  if (basic === null) return null
  return { name: (basic[1] ?? '').toUpperCase(), form: 'run', args: [basic[2] ?? ''], text }
}

function splitArguments(text: string): string[] {
  const pieces = text.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
  return pieces.map((piece) => piece.trim().replace(/^"([^"]*)"$/, '$1'))
}

/** What carries out one form of a command. Throws AtError. */
type Run<M> = (machine: M, call: AtCall) => AtResult | Promise<AtResult>

/** The forms a command has; one that is missing is answered with ERROR. */
export type Command<M> = Readonly<Partial<Record<Form, Run<M>>>>

/** Commands by name. */
export type CommandTable<M> = Readonly<Record<string, Command<M>>>
