// What is said when a defect ends the program. Node would print every property of the error and of its causes, and those of a library
// hold whole settings, commands and answers: the password, a text. Here it is name, message and place only.
// Invariant: secrets, numbers and addresses are masked in what others wrote (log.ts); no property of an error is shown.

import { mask, withoutSecrets } from '../log.ts'

const messageCharsMax = 500
const causesMax = 5
const report = 'Try: report this defect, with the lines above\n'

let linesBegin = ''

/** From now on each line begins as journald wants it for an error (sd-daemon(3)). */
export function speakToJournal(): void {
  linesBegin = '<3>'
}

function wordsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return ['something that is no error was thrown']
  const message = mask(error.message).replace(/\s+/g, ' ').slice(0, messageCharsMax)
  // The head of a stack repeats the message; the frames name functions and files. Columns of a bundle look like phone numbers.
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [`${error.name}: ${message}`, ...frames.map(withoutSecrets)]
}

/** Lines for whoever reports the defect. */
function lastWords(error: unknown): string {
  const lines = ['simpost has a defect and ends (INTERNAL)', ...wordsOf(error)]
  let cause = error instanceof Error ? error.cause : undefined
  for (let depth = 0; cause !== undefined && cause !== null && depth < causesMax; depth++) {
    const [first = '', ...frames] = wordsOf(cause)
    lines.push(`caused by ${first}`, ...frames)
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return `${lines.map((line) => `${linesBegin}${line}\n`).join('')}${linesBegin}${report}`
}

/** What nobody caught: says the last words and ends with status 1, as Node does. */
export function endByDefect(error: unknown): never {
  process.stderr.write(lastWords(error))
  process.exit(1)
}
