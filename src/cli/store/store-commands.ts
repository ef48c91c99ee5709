// Commands about the database as a whole, with their options and help.

import { type Command, command, withConfig, withJson } from '../command.ts'

/** `simpost backup` and `simpost restore`. */
export function addStore(program: Command): void {
  withJson(
    withConfig(
      command(
        program,
        'backup <file>',
        'copy the database into one file, beside the running service; the config, passwords and the sign-in are not in it',
        'sudo simpost backup /media/usb/simpost-2026-11-24.db',
      ),
    ),
  )
    .option('--force', 'replace the file if it is there')
    .action(async (file, options) => (await import('./backup.ts')).backup(file, options))
  withJson(
    withConfig(
      command(
        program,
        'restore [file]',
        'put a backup back, or the newest good one that the service made by itself; the database of now is kept beside it',
        'sudo systemctl stop simpost\nsudo simpost restore\nsudo systemctl start simpost',
      ),
    ),
  )
    .option(
      '--nothing-since',
      'no service has run since the backup was made (the box moves to another computer): what waits goes out as usual',
    )
    .action(async (file, options) => (await import('./restore.ts')).restore(file, options))
}
