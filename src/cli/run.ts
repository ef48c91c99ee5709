// `simpost run`: the service in the foreground, until SIGTERM or SIGINT.
// Invariant: not as root unless told. What reads mails and texts of strangers needs a modem, a mailbox and one folder, and no rights.

import { readConfig } from '../config/config.ts'
import { exposedFiles } from '../config/exposed-files.ts'
import { runGateway } from '../daemon/gateway.ts'
import { systemClock } from '../daemon/system-clock.ts'
import { GatewayError } from '../domain/errors.ts'
import { configureLog, log } from '../log.ts'
import { speakToJournal } from './last-words.ts'
import { forbidCoreDumps } from './private-process.ts'

interface Options {
  readonly config: string
  readonly allowRoot?: boolean
}

export async function run({ config: file, allowRoot = false }: Options): Promise<void> {
  if (process.geteuid?.() === 0 && !allowRoot)
    throw new GatewayError('USAGE', 'the service does not run as root', {
      hint: 'sudo -u simpost simpost run; where root is all there is, as in a container: simpost run --allow-root',
    })
  const config = readConfig(file)
  configureLog(config.log.level)
  speakToJournal()
  await forbidCoreDumps()
  // No refusal, as ssh has it for its keys: nobody stands beside a box, and a file that an editor wrote anew must not stop its alarms.
  for (const { path, problem, hint } of exposedFiles(config))
    log.warn('file-exposed', { path, problem, hint })
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      log.info('stopping', { signal })
      stop.abort()
    })
  await runGateway(config, { clock: systemClock }, stop.signal)
  log.info('stopped')
}
