// The command line: commands, their options and help. Each body is in a file of its own and loaded only when it is called, so that
// `simpost --help` does not load the service. Errors end in `Try: ...`; exit 0 fine, 1 failed, 2 wrong usage or config.

import { GatewayError } from '../domain/errors.ts'
import { fields, switchFlags } from './binding/fields.ts'
import { Command, CommanderError, command, Option, verbsOf, withConfig, withJson } from './command.ts'
import { asTyped, settleConfig } from './config-option.ts'
import { addLogin, addSetup } from './mailbox/mailbox-commands.ts'
import { addModem } from './modem/modem-commands.ts'
import { keepPrivate } from './private-process.ts'
import { addStore } from './store/store-commands.ts'

declare const __SIMPOST_VERSION__: string | undefined
const version = typeof __SIMPOST_VERSION__ === 'undefined' ? 'development' : __SIMPOST_VERSION__

function addService(program: Command): void {
  command(program, 'demo', 'show the whole exchange on a simulated modem and mailbox', 'simpost demo --exit')
    .option('--exit', 'end after the story')
    .option(
      '--show <chapter>',
      'one unit of the exchange at work; "list" names the chapters, "all" plays them',
    )
    .option('--json', 'print a JSON summary as the last line')
    .action(async (options) => (await import('./demo/demo.ts')).demo(options))
  withConfig(
    command(program, 'run', 'run the service in the foreground', 'simpost run --config ./simpost.toml'),
  )
    .option('--allow-root', 'run it even as root, which it refuses otherwise')
    .action(async (options) => (await import('./run.ts')).run(options))
  withJson(
    withConfig(command(program, 'status', 'one screen: modem, mailbox, queues, today', 'simpost status')),
  ).action(async (options) => (await import('./status/status.ts')).status(options))
  withJson(
    withConfig(
      command(
        program,
        'check',
        'what stops messages, or soon will, each finding with its cure; enters no PIN and sends nothing',
        'sudo simpost check',
      ),
    ),
  ).action(async (options) => (await import('./check/check.ts')).check(options))
  const config = command(program, 'config', 'the config file', 'simpost config check')
  withConfig(
    command(config, 'check', 'read the config file and say what is wrong', 'simpost config check'),
  ).action(async (options) => (await import('./check/config-check.ts')).configCheck(options))
}

function addBinding(program: Command): void {
  const binding = command(
    program,
    'binding',
    'which mailbox and which phone belong together',
    'simpost binding add bob@office.example +4917012345678 --alias bob\nsimpost binding list',
  )
  const run = async () => import('./binding/change.ts')
  const verb = (usage: string, summary: string, example: string): Command =>
    withConfig(command(binding, usage, summary, example))
  details(
    verb(
      'add <mailbox> [number]',
      'bind a mailbox and a phone',
      "simpost binding add bob@office.example +4917012345678 --alias bob --name 'Bob'\nsimpost binding add office@office.example --line\nsimpost binding add bob@office.example +4917198765432 --for 2w",
    ),
  )
    .option('--line', "bind the mailbox to the SIM's own number: texts of unknown phones go there")
    .action(async (mailbox, number, options) => (await run()).add(mailbox, number, options))
  withJson(verb('list', 'all bindings', 'simpost binding list')).action(async (options) =>
    (await import('./binding/show.ts')).list(options),
  )
  withJson(
    verb('show <name>', 'one binding, by mailbox, number or alias', 'simpost binding show @bob'),
  ).action(async (name, options) => (await import('./binding/show.ts')).show(name, options))
  details(
    verb(
      'set <name>',
      'change a binding',
      'simpost binding set bob --mail-to-sms always --quiet-hours 22:00-07:00\nsimpost binding set bob --quiet-hours default',
    ),
  )
    .option('--mailbox <address>', 'the new mailbox')
    .option('--number <number>', 'the new phone number')
    .option('--temporary', 'the temporary binding is meant, not the permanent one')
    .action(async (name, options) => (await run()).set(name, options))
  withJson(
    verb(
      'remove <name>',
      'end a binding and the talk of its two',
      'simpost binding remove bob@office.example',
    ),
  )
    .option('--temporary', 'the temporary binding is meant, not the permanent one')
    .action(async (name, options) => (await run()).remove(name, options))
  addBindingFiles(verb)
}

/** One option for each thing that can be set for a binding. */
function details(on: Command): Command {
  for (const field of fields) {
    const flags = switchFlags(field)
    on.option(flags, field.meaning)
    if (flags.includes('[')) on.option(flags.replace(/^--(\S+).*/, '--no-$1'), 'not so')
  }
  return withJson(on).option(
    '--for <duration>',
    'temporary: ends after 2h, 3d or 2w (52w at most), and until then counts instead of the permanent binding',
  )
}

function addBindingFiles(verb: (usage: string, summary: string, example: string) => Command): void {
  const run = async () => import('./binding/import.ts')
  verb(
    'export [file]',
    'the table as CSV, to a file or standard output',
    'simpost binding export bindings.csv',
  ).action(async (file, options) => (await run()).exportFile(file, options))
  withJson(
    verb(
      'import <file>',
      'read bindings from CSV (- for standard input): all rows, or none',
      'simpost binding import bindings.csv --dry-run\nsimpost binding import bindings.csv --replace',
    ),
  )
    .option('--replace', 'rows whose mailbox or number is bound already change that binding')
    .option('--dry-run', 'only look: say what would happen, and write nothing')
    .action(async (file, options) => (await run()).importFile(file, options))
}

function addMessage(program: Command): void {
  const message = command(
    program,
    'message',
    'the journal of messages',
    'simpost message list\nsimpost message show 17',
  )
  const run = async () => import('./message.ts')
  const verb = verbsOf(message)
  verb(
    'list',
    'what came in and what became of it',
    'simpost message list --judgement hold\nsimpost message list --inbox',
  )
    .option('--inbox', 'only SMS that became no mail: kept on the box, sent on to a phone, or waiting')
    .addOption(
      new Option('--judgement <word>', 'only these').choices(['convert', 'pass', 'hold', 'refuse', 'ignore']),
    )
    .option('--limit <count>', 'how many, the latest first', '20')
    .action(async (options) => (await run()).list(options))
  verb('show <id>', 'one message with its way through the exchange', 'simpost message show 17').action(
    async (id, options) => (await run()).show(id, options),
  )
  verb(
    'release <id>',
    'let a held message go now, whatever holds it; a paused pair is resumed',
    'simpost message release 17',
  ).action(async (id, options) => (await run()).byHand('release', id, options))
  verb(
    'retry <id>',
    'send again what failed or is uncertain; an uncertain SMS may arrive twice',
    'simpost message retry 17',
  ).action(async (id, options) => (await run()).byHand('retry', id, options))
  verb('cancel <id>', 'end what has not gone out yet', 'simpost message cancel 17').action(
    async (id, options) => (await run()).byHand('cancel', id, options),
  )
}

function addExplain(program: Command): void {
  const explain = command(
    program,
    'explain',
    'dry run: what would become of a message, and why; sends and writes nothing',
    "simpost explain mail offer.eml\nsimpost explain sms --from +4917012345678 '@bob hello'",
  )
  verbsOf(explain)(
    'mail <file>',
    'a mail in a file (- for standard input)',
    'simpost explain mail offer.eml --json',
  ).action(async (file, options) => (await import('./explain.ts')).explainMail(file, options))
  verbsOf(explain)(
    'sms [text...]',
    'a text',
    "simpost explain sms --from +4917012345678 'when do you open?'\nsimpost explain sms --pdu 0791...",
  )
    .option('--from <number>', 'the phone that sends it')
    .option('--to <number>', "the number that receives it; default: the SIM's own")
    .option('--pdu <hex>', 'a PDU instead of a text')
    .action(async (words, options) => (await import('./explain.ts')).explainSms(words, options))
}

function addSend(program: Command): void {
  const send = command(
    program,
    'send',
    "send a message of one's own",
    "simpost send sms +4917012345678 'hello'",
  )
  verbsOf(send)(
    'sms <number> <text...>',
    'put an SMS into the outbox; the running service sends it',
    "simpost send sms +4917012345678 'hello'",
  )
    .option('--flag', 'set the flag "convert" in the user data header')
    .action(async (number, words, options) => (await import('./send.ts')).sendSms(number, words, options))
  verbsOf(send)(
    'mail <address> <text...>',
    'send a mail from the box',
    "simpost send mail bob@office.example 'hello' --flag",
  )
    .option('--flag', 'set the header field X-SMS-Convert: 1')
    .option('--subject <text>', 'the subject', 'Message')
    .action(async (address, words, options) => (await import('./send.ts')).sendMail(address, words, options))
}

function addPdu(program: Command): void {
  const pdu = command(
    program,
    'pdu',
    'look inside a TPDU (3GPP TS 23.040)',
    "simpost pdu encode +4917012345678 'hello'",
  )
  withJson(
    command(
      pdu,
      'decode <hex>',
      'read a PDU',
      'simpost pdu decode 07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07',
    ),
  ).action(async (hex, options) => (await import('./pdu.ts')).decode(hex, options))
  withJson(
    command(
      pdu,
      'encode <number> <text...>',
      'make the PDUs of a text',
      "simpost pdu encode +4917012345678 'hello'",
    ),
  )
    .option('--flag', 'set the flag "convert" in the user data header')
    .action(async (number, words, options) => (await import('./pdu.ts')).encode(number, words, options))
}

function buildProgram(): Command {
  const program = new Command('simpost')
    .description('Joins e-mail and SMS both ways, through a GSM/LTE modem and a mailbox.')
    .version(version)
    .addHelpText('after', '\nExample:\n  simpost status\n  simpost modem ussd --help')
    .hook('preAction', (_, action) => settleConfig(action))
    .showHelpAfterError('Try: simpost --help')
    .exitOverride()
  addSetup(program)
  addLogin(program)
  addService(program)
  addModem(program)
  addBinding(program)
  addMessage(program)
  addExplain(program)
  addSend(program)
  addStore(program)
  addPdu(program)
  for (const each of allCommands(program)) each.exitOverride().showHelpAfterError(`Try: ${path(each)} --help`)
  for (const group of [program, ...allCommands(program)].filter(({ commands }) => commands.length > 0))
    group
      .addOption(new Option('-c, --config <file>', 'the config file').hideHelp(group !== program))
      .enablePositionalOptions()
  return program
}

function allCommands(root: Command): Command[] {
  return root.commands.flatMap((each) => [each as Command, ...allCommands(each as Command)])
}

function path(of: Command): string {
  return of.parent === null ? of.name() : `${path(of.parent)} ${of.name()}`
}

/** Runs one command line. @returns the exit status */
async function main(argv: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync([...argv])
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof GatewayError)) throw error
    const cure = error.hint === undefined ? '' : `Try: ${asTyped(error.hint)}\n`
    process.stderr.write(`${asTyped(error.message)}\n${cure}`)
    return ['CONFIG_INVALID', 'USAGE', 'ADDRESS_INVALID'].includes(error.code) ? 2 : 1
  }
}

keepPrivate()
// A reader such as `head` that ends early is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
void main(process.argv).then((status) => {
  process.exitCode = status
})
