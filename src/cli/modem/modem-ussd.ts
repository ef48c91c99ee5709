// `simpost modem ussd CODE`: asks the network with a code such as *100# and goes through its menus.
// Invariant: a menu that is open at the end is closed, whatever happens.

import { createInterface } from 'node:readline/promises'
import { GatewayError } from '../../domain/errors.ts'
import type { UssdAnswer } from '../../modem/gsm-modem.ts'
import { print, printable, printJson, styled } from '../output.ts'
import { type ModemLink, withModem } from './modem-link.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
  /** Choices in the menus, in their order. */
  readonly answer?: readonly string[]
}

type Exchange = UssdAnswer & { readonly sent: string }

const words: Readonly<Record<UssdAnswer['state'], string>> = {
  done: '',
  'wants-answer': '',
  ended: 'the network has ended the session',
  refused: 'the modem does not take the code',
  'not-supported': 'the network does not know the code',
  timeout: 'the network did not answer in time',
}

export async function modemUssd(code: string, options: Options): Promise<void> {
  const talk = await withModem(options.config, {}, (link) => goThrough(link, code, options))
  if (options.json === true) printJson(talk)
  const last = talk.at(-1)
  if (last === undefined || !['refused', 'not-supported', 'timeout'].includes(last.state)) return
  const said = last.text === '' ? '' : `: ${printable(last.text)}`
  throw new GatewayError('MODEM_REFUSED', `${words[last.state]}${said}`, {
    hint: 'ask the operator for the codes of this SIM; try the code in a phone',
  })
}

async function goThrough(link: ModemLink, code: string, options: Options): Promise<Exchange[]> {
  const choices = [...(options.answer ?? [])]
  const talk: Exchange[] = []
  let next: string | undefined = code
  try {
    while (next !== undefined) {
      const answer = await link.ussd(next)
      talk.push({ sent: next, ...answer })
      if (options.json !== true) printAnswer(answer)
      if (answer.state !== 'wants-answer') return talk
      next = choices.shift() ?? (await askPerson(options))
    }
    return talk
  } finally {
    if (talk.at(-1)?.state === 'wants-answer') await link.cancelUssd()
  }
}

function printAnswer({ state, text }: UssdAnswer): void {
  if (['refused', 'not-supported', 'timeout'].includes(state)) return
  if (text !== '') print(printable(text))
  if (words[state] !== '') print(styled('dim', `(${words[state]})`))
}

/** The next choice; undefined ends the session: an empty line, or nobody to ask. */
async function askPerson({ json }: Options): Promise<string | undefined> {
  if (json === true) return undefined
  if (process.stdin.isTTY !== true) {
    print(styled('dim', '(the menu is closed; --answer 1 chooses in it)'))
    return undefined
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-D ends the session too.
  const gone = new Promise<string>((resolve) => reader.once('close', () => resolve('')))
  const typed = await Promise.race([reader.question('answer (Enter ends): '), gone])
  reader.close()
  return typed.trim() === '' ? undefined : typed.trim()
}
