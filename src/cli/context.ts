// What most commands need: the config and the database beside the running service.

import { type Config, readConfig } from '../config/config.ts'
import { controlPath } from '../daemon/control-protocol.ts'
import { createDesk } from '../daemon/desk.ts'
import { systemClock } from '../daemon/system-clock.ts'
import type { Desk } from '../exchange/desk.ts'
import { openStore } from '../store/database/database.ts'
import { wakeService } from './modem/modem-socket.ts'

export interface Office {
  readonly config: Config
  readonly desk: Desk
}

/**
 * Opens the office that the config describes, does `work` and closes it. The running service then looks at its outbox.
 * @param options.readOnly nothing is written and a missing database counts as an empty one
 */
export async function withOffice<Result>(
  configFile: string,
  options: { readonly readOnly: boolean },
  work: (office: Office) => Result | Promise<Result>,
): Promise<Result> {
  const config = readConfig(configFile)
  const store = openStore(config.store.path, options)
  try {
    const result = await work({ config, desk: createDesk(config, store, systemClock, () => {}) })
    const control = controlPath(config.store.path)
    if (!options.readOnly && control !== null) await wakeService(control)
    return result
  } finally {
    store.close()
  }
}
