// What every command is made of: summary, help with an example, --config, --json. The only file that knows commander.

import { Command, CommanderError, Option } from 'commander'
import { defaultConfigFile } from '../config/default-file.ts'

export { Command, CommanderError, Option }

/** @param example one command line, or several with line feeds between them */
export function command(parent: Command, usage: string, summary: string, example: string): Command {
  return parent
    .command(usage)
    .description(summary)
    .addHelpText('after', `\nExample:\n  ${example.replaceAll('\n', '\n  ')}`)
}

export const withConfig = (on: Command): Command =>
  on.option('-c, --config <file>', 'the config file', defaultConfigFile)
export const withJson = (on: Command): Command => on.option('--json', 'print JSON instead of text')

/** Makes the commands of a group; each has --config and --json. */
export const verbsOf =
  (group: Command) =>
  (usage: string, summary: string, example: string): Command =>
    withJson(withConfig(command(group, usage, summary, example)))
