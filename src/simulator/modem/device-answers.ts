// The answers of a transcript, found by the command line as the host wrote it: exact lines first, then lines with a `*` at their end.
// Invariants: the n-th asking gets the n-th answer, and the last one stays; a read command is answered as it was recorded only while
// the same setting stands, so that a recorded AT+CNMI? does not deny what the host has set since.

import type { TranscriptLine } from '../../domain/transcript.ts'
import type { Script } from './sim-habits.ts'
import { isFinal } from './sim-interpreter.ts'

interface Exchange {
  /** Upper-case; without its `*`. */
  readonly command: string
  readonly open: boolean
  /** The last set command with the same name before it; null for none. */
  readonly setting: string | null
  readonly answer: string[]
}

/** What these tell changes with the SIM, the stores and the network, so that a literal success is old news; a refusal is a habit. */
const living =
  /^AT\+(?:(?:CPIN|CSQ|CESQ|C[GE]?REG|COPS|CPMS|CSCA|CNUM|CCLK|CFUN)\?|(?:CSQ|CESQ|CNUM)$|(?:CMGL|CPMS|CPIN|CFUN|CSCA)=(?!\?))/
/** A single slot was empty, or full, at that moment: even a refusal is old news. */
const ofOneMessage = /^AT\+(?:CMG[RDSW]|CMSS)=(?!\?)/

const nameOf = (command: string): string => /^AT[+^#$*%@&\\]?[A-Z0-9]*/.exec(command)?.[0] ?? command
const isRead = (command: string): boolean => /[^=]\?$/.test(command)
const isSet = (command: string): boolean => /=(?!\?$)/.test(command)
const succeeds = (answer: readonly string[]): boolean => answer.at(-1) === 'OK'
const isTemplate = (answer: readonly string[]): boolean => answer.some((line) => /\{[a-z-]+\}/.test(line))

function isOldNews(command: string, answer: readonly string[]): boolean {
  if (ofOneMessage.test(command)) return true
  return living.test(command) && succeeds(answer) && !isTemplate(answer)
}

function exchangesOf(lines: readonly TranscriptLine[]): Exchange[] {
  const settings = new Map<string, string>()
  const found: Exchange[] = []
  for (const { from, text } of lines) {
    if (from === 'modem') found.at(-1)?.answer.push(text)
    if (from !== 'host') continue
    const open = text.endsWith('*')
    const command = (open ? text.slice(0, -1) : text).toUpperCase()
    found.push({ command, open, setting: settings.get(nameOf(command)) ?? null, answer: [] })
    if (isSet(command) && !open) settings.set(nameOf(command), command)
  }
  // A recording may end in the middle of an answer: that is no habit.
  return found.filter(({ answer }, i) => i < found.length - 1 || isFinal(answer.at(-1) ?? ''))
}

/** The first answer to a command that ended with OK (early ones say that the SIM is busy); [] if there is none. */
export function firstSuccess(lines: readonly TranscriptLine[], command: string): readonly string[] {
  const found = exchangesOf(lines).find(
    (each) => each.command === command && !each.open && succeeds(each.answer),
  )
  return found?.answer ?? []
}

/** The transcript as a script for one device. */
export function createScript(lines: readonly TranscriptLine[]): Script {
  const exchanges = exchangesOf(lines)
  const settings = new Map<string, string>()
  const asked = new Map<string, number>()

  function candidates(command: string): readonly Exchange[] {
    const setting = settings.get(nameOf(command)) ?? null
    const exact = exchanges.filter(
      (each) => !each.open && each.command === command && (!isRead(command) || each.setting === setting),
    )
    if (exact.length > 0) return exact
    const open = exchanges.filter((each) => each.open && command.startsWith(each.command))
    const longest = Math.max(...open.map((each) => each.command.length))
    return open.filter((each) => each.command.length === longest)
  }

  return {
    answer(commandLine) {
      const command = commandLine.toUpperCase()
      if (isSet(command)) settings.set(nameOf(command), command)
      const found = candidates(command)
      const key = `${command} ${settings.get(nameOf(command)) ?? ''}`
      const count = asked.get(key) ?? 0
      asked.set(key, count + 1)
      const exchange = found[Math.min(count, found.length - 1)]
      if (exchange === undefined) return undefined
      return exchange.open || !isOldNews(command, exchange.answer) ? exchange.answer : undefined
    },
    restart() {
      settings.clear()
      asked.clear()
    },
  }
}
