// The --config that a command was called with. What the box tells its operator to type carries it along: typed without it, the command
// would look at another box.

import { defaultConfigFile } from '../config/default-file.ts'

let named = defaultConfigFile

/** What this has to know of a command of the command line. */
interface Called {
  readonly parent: Called | null
  getOptionValue(name: string): unknown
  getOptionValueSource(name: string): string | undefined
  setOptionValue(name: string, value: unknown): unknown
}

const withAncestors = (of: Called): Called[] => [of, ...(of.parent === null ? [] : withAncestors(of.parent))]

/** To be called once, before the command does its work. A --config in front of the command counts like one behind it. */
export function settleConfig(command: Called): void {
  const given = withAncestors(command).find((one) => one.getOptionValueSource('config') === 'cli')
  const file = given?.getOptionValue('config')
  if (typeof file !== 'string') return
  command.setOptionValue('config', file)
  named = file
}

const commandOfTheBox =
  /\bsimpost (?=(?:backup|binding|check|config|explain|login|message|restore|run|send|status)\b)/g

/** Advice as it has to be typed here: the --config stands in front of the command, where every command takes it. */
export function asTyped(advice: string): string {
  if (named === defaultConfigFile) return advice
  const file = /^[\w@%+=:,./-]+$/.test(named) ? named : `'${named.replaceAll("'", "'\\''")}'`
  return advice.replace(commandOfTheBox, () => `simpost --config ${file} `)
}
