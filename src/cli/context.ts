// What most commands need: the config and the database beside the running service.

import { type Config, readConfig } from '../config/config.ts'
import { createDesk } from '../daemon/desk.ts'
import { systemClock } from '../daemon/system-clock.ts'
import type { Desk } from '../exchange/desk.ts'
import { openStore } from '../store/database.ts'

export interface Office {
  readonly config: Config
  readonly desk: Desk
}

/**
 * Opens the office that the config describes, does `work` and closes it.
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
    // The running service finds new work in the outbox by itself.
    return await work({ config, desk: createDesk(config, store, systemClock, () => {}) })
  } finally {
    store.close()
  }
}
