// `simpost modem …`: the commands of the modem group, with their options and help.

import { type Command, command, verbsOf } from '../command.ts'

export function addModem(program: Command): void {
  const modem = command(
    program,
    'modem',
    'direct access to the modem, through the running service or without it',
    "simpost modem info\nsimpost modem ussd '*100#'",
  )
  const verb = verbsOf(modem)
  verb('list', 'the ports that may be a modem, and who uses them', 'simpost modem list --probe')
    .option('--probe', 'also open them and ask AT')
    .action(async (options) => (await import('./modem-list.ts')).modemList(options))
  verb('info', 'what the modem says of itself, its SIM and the network', 'simpost modem info --full')
    .option('--full', 'IMEI, ICCID and IMSI in full')
    .action(async (options) => (await import('./modem-info.ts')).modemInfo(options))
  verb(
    'at <command...>',
    'send AT commands and print the answers',
    "simpost modem at 'AT+COPS?'\nsimpost modem at AT+CSQ 'AT+CPMS?' --json",
  )
    .option('--force', 'also what deletes, dials, enters a PIN, switches off or loses the port')
    .action(async (commands, options) => (await import('./modem-at.ts')).modemAt(commands, options))
  verb(
    'ussd <code>',
    'ask the network with a code, such as the balance, and go through its menus',
    "simpost modem ussd '*100#'\nsimpost modem ussd '*100#' --answer 1 --answer 2",
  )
    .option('--answer <choice>', 'the next choice in a menu, may be repeated', collect)
    .action(async (code, options) => (await import('./modem-ussd.ts')).modemUssd(code, options))
  verb(
    'record <file>',
    'write a masked transcript to attach to a report; text and call the SIM meanwhile',
    'simpost modem record modem.txt --for 2m',
  )
    .option('--for <time>', 'how long to listen for what comes by itself', '60s')
    .action(async (file, options) => (await import('./modem-record.ts')).modemRecord(file, options))
  verb(
    'forget-pin',
    'enter the PIN again that a SIM refused; only once you have opened the SIM in a phone, for tries are few',
    'simpost modem forget-pin',
  ).action(async (options) => (await import('./modem-forget-pin.ts')).modemForgetPin(options))
  addStorage(modem)
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

function addStorage(modem: Command): void {
  const storage = command(
    modem,
    'storage',
    'the SMS in the stores of SIM and modem; looking marks unread ones as read, which the service does not mind',
    'simpost modem storage list\nsimpost modem storage show 3 --in SM',
  )
  const run = async () => import('./modem-storage.ts')
  const verb = verbsOf(storage)
  verb('list', 'all of them', 'simpost modem storage list').action(async (options) =>
    (await run()).storageList(options),
  )
  verb('show <index>', 'one of them with all its fields', 'simpost modem storage show 3 --in SM')
    .option('--in <store>', 'SM (the SIM) or ME (the modem), where both use the index')
    .action(async (index, options) => (await run()).storageShow(index, options))
  verb(
    'delete <index>',
    'delete one that the database holds',
    'simpost modem storage delete 3 --in SM\nsimpost modem storage delete 3 --yes --force',
  )
    .option('--in <store>', 'SM (the SIM) or ME (the modem), where both use the index')
    .option('--yes', 'do not ask')
    .option('--force', 'also one that the database does not hold')
    .action(async (index, options) => (await run()).storageDelete(index, options))
}
