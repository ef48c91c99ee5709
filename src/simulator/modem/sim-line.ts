// The byte side of the AT interpreter (V.250 clause 5.2, TS 27.005 3.5.1): gathers command lines and prompt text, echoes.
// Invariants: one command at a time, later bytes wait; text at the prompt ends only at Ctrl-Z or ESC.

const ctrlZ = '\u001a'
const esc = '\u001b'
const commandOctetsMax = 2048
const promptOctetsMax = 4096
/** Not a command: the answer to a line that is too long is ERROR. */
const tooLong = 'AT?'
const queueOctetsMax = 65_536

interface LineSettings {
  readonly echo: boolean
  /** Characters that S3 and S5 name. */
  readonly end: string
  readonly backspace: string
}

interface LineHooks {
  settings(): LineSettings
  write(text: string): void
  /** Carries out a command line; the next one is read after it resolved. */
  command(line: string): Promise<void>
  /** For the log. */
  heard(line: string): void
}

export interface Line {
  /** Bytes of the client, latin1. */
  input(text: string): void
  /** Reads the text at a prompt; null if ESC ended it. Only while a command runs. */
  readText(): Promise<string | null>
  atPrompt(): boolean
  /** Forgets everything half-done, as a restart does. */
  reset(): void
}

interface LineState {
  readonly hooks: LineHooks
  mode: 'idle' | 'running' | 'prompt'
  /** Bytes not looked at yet. */
  queue: string
  /** The line or text so far. */
  buffer: string
  lastLine: string
  /** Counts restarts: a command of an earlier life changes nothing. */
  life: number
  answerPrompt: (text: string | null) => void
}

function run(line: LineState, text: string): void {
  const born = line.life
  line.mode = 'running'
  line.lastLine = text
  line.hooks.heard(text)
  void line.hooks.command(text).then(() => {
    if (born !== line.life) return
    line.mode = 'idle'
    pump(line)
  })
}

function leavePrompt(line: LineState, text: string | null): void {
  line.hooks.heard(text === null ? `${line.buffer}<ESC>` : `${line.buffer}<Ctrl-Z>`)
  line.buffer = ''
  line.mode = 'running'
  line.answerPrompt(text)
}

function promptCharacter(line: LineState, character: string): void {
  if (character === ctrlZ || character === esc) {
    leavePrompt(line, character === ctrlZ ? line.buffer : null)
    return
  }
  const { echo, end, backspace } = line.hooks.settings()
  if (echo) line.hooks.write(character)
  if (character === backspace) line.buffer = line.buffer.slice(0, -1)
  else if (line.buffer.length < promptOctetsMax) line.buffer += character
  if (character === end) line.hooks.write('\r\n> ')
}

function commandCharacter(line: LineState, character: string): void {
  const { echo, end, backspace } = line.hooks.settings()
  if (echo) line.hooks.write(character)
  if (character === backspace) line.buffer = line.buffer.slice(0, -1)
  else if (character === end) {
    const text = line.buffer
    line.buffer = ''
    const start = text.search(/at/i)
    if (start >= 0) run(line, text.length < commandOctetsMax ? text.slice(start) : tooLong)
  } else if (character === '/' && /a$/i.test(line.buffer)) {
    line.buffer = ''
    run(line, line.lastLine)
  } else if (line.buffer.length < commandOctetsMax && character !== '\n') line.buffer += character
}

function pump(line: LineState): void {
  while (line.queue !== '' && line.mode !== 'running') {
    const character = line.queue.charAt(0)
    line.queue = line.queue.slice(1)
    if (line.mode === 'prompt') promptCharacter(line, character)
    else commandCharacter(line, character)
  }
}

export function createLine(hooks: LineHooks): Line {
  const line: LineState = {
    ...{ hooks, mode: 'idle', queue: '', buffer: '', lastLine: '', life: 0 },
    answerPrompt: () => {},
  }
  return {
    atPrompt: () => line.mode === 'prompt',
    input(text) {
      if (line.queue.length + text.length <= queueOctetsMax) line.queue += text
      pump(line)
    },
    readText() {
      line.mode = 'prompt'
      const answered = new Promise<string | null>((resolve) => {
        line.answerPrompt = resolve
      })
      queueMicrotask(() => pump(line))
      return answered
    },
    reset() {
      line.life += 1
      line.mode = 'idle'
      line.queue = ''
      line.buffer = ''
    },
  }
}
