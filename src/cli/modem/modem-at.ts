// `simpost modem at COMMAND...`: sends command lines to the modem and prints what it answers.

import type { FreeResult } from '../../modem/at/free-command.ts'
import { maskPins } from '../../modem/at/mask-pins.ts'
import { print, printable, printJson, styled } from '../output.ts'
import { withModem } from './modem-link.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
  readonly force?: boolean
}

/** Exit status 1 when the modem answered one of them with an error; the others are sent all the same. */
export async function modemAt(commands: readonly string[], options: Options): Promise<void> {
  await withModem(options.config, {}, async (link) => {
    const answers: (FreeResult & { readonly command: string })[] = []
    for (const line of commands) {
      const answer = await link.ask(line, options.force === true)
      const command = maskPins(line)
      answers.push({ command, ...answer })
      if (options.json !== true) printAnswer(command, answer, commands.length > 1)
    }
    if (options.json === true) printJson(answers)
    if (answers.some(({ result }) => result !== 'OK')) process.exitCode = 1
  })
}

function printAnswer(command: string, { lines, result, meaning, hint }: FreeResult, named: boolean): void {
  if (named) print(styled('dim', `> ${printable(command)}`))
  for (const line of lines) print(printable(line))
  print(styled(result === 'OK' ? 'green' : 'red', printable(result)))
  if (meaning === null) return
  process.stderr.write(`${meaning}\n${hint === null ? '' : `Try: ${hint}\n`}`)
}
