// Registration, operator and signal (TS 27.007 7.2, 7.3, 8.5, 8.69, 10.1.20, 10.1.22). Invariant: any of the three registrations is
// enough, because on LTE +CREG may stay 0 while SMS work.

import type { Clock } from '../domain/ports.ts'
import {
  bestRegistration,
  cesqDbm,
  csqDbm,
  isRegistered,
  numberOf,
  plainText,
  registrationOf,
  responseOf,
  valuesOf,
} from './at/at-answers.ts'
import { atCommand } from './at/at-command.ts'
import type { Urc } from './at/at-line.ts'
import type { StateHolder } from './modem-state.ts'
import type { Execute } from './sms-settings.ts'

export interface NetworkStatus {
  /** Asks for everything. @throws GatewayError when the line is lost */
  poll(): Promise<void>
  /** Takes `+CREG: <stat>` and the like; false if the URC is of another kind. */
  take(urc: Urc): boolean
  /** Milliseconds until the next poll is due. */
  dueMs(): number
}

const names = ['+CREG', '+CGREG', '+CEREG'] as const

/** While unregistered; URCs usually come first. */
const searchingPollMs = 5_000

/** While registered, as the sign of life of an idle modem; and while denied, which is a matter of the account and no search. */
const settledPollMs = 60_000
const denied = 3

export function createNetworkStatus(execute: Execute, clock: Clock, holder: StateHolder): NetworkStatus {
  const stats = new Map<string, number | null>()
  let polledAt: number | null = null

  function publish(): void {
    const registration = bestRegistration([...stats.values()])
    const { phase } = holder.current()
    const serving = phase === 'ready' || phase === 'waiting-for-network'
    const next = isRegistered(registration) ? 'ready' : 'waiting-for-network'
    holder.patch({ registration, ...(serving ? { phase: next } : {}) })
  }

  async function ask(name: string): Promise<string | null> {
    return responseOf((await execute(atCommand(`AT${name}`))).lines, name.replace('?', ''))
  }

  async function signal(): Promise<number | null> {
    const dbm = csqDbm((await ask('+CSQ')) ?? '')
    return dbm ?? cesqDbm((await ask('+CESQ')) ?? '')
  }

  return {
    async poll() {
      for (const name of names) {
        const values = await ask(`${name}?`)
        if (values !== null) stats.set(name, registrationOf(values))
      }
      publish()
      const [, , name = '', technology] = valuesOf((await ask('+COPS?')) ?? '')
      const operator = plainText(name)
      holder.patch({
        operator: operator === '' ? null : operator,
        technology: numberOf(technology),
        signalDbm: await signal(),
      })
      polledAt = clock.monotonic()
    },
    take({ name, values }) {
      if (!names.some((each) => each === name)) return false
      stats.set(name, registrationOf(values.split(',')[0] ?? ''))
      publish()
      return true
    },
    dueMs() {
      if (polledAt === null) return 0
      const { registered, registration } = holder.current()
      const every = registered || registration === denied ? settledPollMs : searchingPollMs
      return Math.max(0, polledAt + every - clock.monotonic())
    },
  }
}
