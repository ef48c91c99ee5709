// Commands about the mailbox of the box, with their options and help.

import { type Command, command, Option, withConfig, withJson } from '../command.ts'

/** `simpost setup`. */
export function addSetup(program: Command): void {
  withJson(
    command(
      program,
      'setup',
      'find the servers of a mailbox by its address, try them, and print the [mail] sections for the config file; writes nothing',
      'simpost setup --address sms@office.example\nsimpost setup --address sms@office.example --password-file /etc/simpost/mail',
    ),
  )
    .requiredOption('--address <address>', "the box's own mailbox")
    .option(
      '--password-file <file>',
      'sign in as well, with the password in this file; reads and sends no mail',
    )
    .option('--confirm', 'the servers are right, though the DNS alone names them: they may get the password')
    .option('--ca-file <file>', 'certificates (PEM) to trust instead of the well-known ones')
    .option('--dns-server <address>', "the DNS server to ask instead of the system's")
    .action(async (options) => (await import('./setup.ts')).setup(options))
}

/** `simpost login`. */
export function addLogin(program: Command): void {
  withJson(
    withConfig(
      command(
        program,
        'login',
        'sign the box in at the OAuth provider of [mail.oauth], and try both mail servers; the running service goes on with it',
        'sudo -u simpost simpost login\nsudo -u simpost simpost login --flow code\nsudo -u simpost simpost login --status',
      ),
    ),
  )
    .addOption(
      new Option('--flow <flow>', 'another way than that of the config').choices([
        'device',
        'code',
        'client-credentials',
      ]),
    )
    .option('--status', 'only renew the sign-in that is there, and say whether it is alive')
    .action(async (options) => (await import('./login.ts')).login(options))
}
