// `simpost run`: the service in the foreground, until SIGTERM or SIGINT.

import { readConfig } from '../config/config.ts'
import { runGateway } from '../daemon/gateway.ts'
import { systemClock } from '../daemon/system-clock.ts'
import { configureLog, log } from '../log.ts'

export async function run(options: { readonly config: string }): Promise<void> {
  const config = readConfig(options.config)
  configureLog(config.log.level)
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      log.info('stopping', { signal })
      stop.abort()
    })
  await runGateway(config, { clock: systemClock }, stop.signal)
  log.info('stopped')
}
