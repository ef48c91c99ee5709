// One finding of `simpost check`, and what findings are made from.

import type { Config } from '../../config/config.ts'
import type { ModemState } from '../../modem/gsm-modem.ts'

export interface Finding {
  readonly area: 'config' | 'service' | 'port' | 'modem' | 'network' | 'sim' | 'store'
  /** `problem`: it stops messages; `warning`: it may soon, or hides something. */
  readonly level: 'ok' | 'warning' | 'problem'
  readonly message: string
  /** Null for what is fine. */
  readonly hint: string | null
}

/** What the findings are made from. */
export interface CheckScene {
  readonly config: Config
  readonly running: boolean
  /** What the service last said of the modem; null: it never ran. */
  readonly modem: ModemState | null
}

type Area = Finding['area']

export const fine = (area: Area, message: string): Finding => ({ area, level: 'ok', message, hint: null })

export const warning = (area: Area, message: string, hint: string | null): Finding => ({
  ...{ area, level: 'warning', message, hint },
})

export const problem = (area: Area, message: string, hint: string | null): Finding => ({
  ...{ area, level: 'problem', message, hint },
})
