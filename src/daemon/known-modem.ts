// Which modem was here last: its port and what it said of itself, kept in the database. The recovery ladder needs both when the modem no longer
// answers; and after each return it is seen whether it is still the same device. Invariant: a swapped modem is used, logged and shown.

import type { Clock } from '../domain/ports.ts'
import { log } from '../log.ts'
import type { ModemState } from '../modem/gsm-modem.ts'
import type { ModemIdentity } from '../modem/quirks.ts'
import { type ServiceState, show } from '../store/service-state.ts'

export interface KnownModem extends ModemIdentity {
  readonly port: string
  readonly imei: string | null
  /** The IMEI before this one, and since when (ms since 1970); null: there was no other. */
  readonly swapped: { readonly from: string; readonly at: number } | null
}

export const knownModemKey = 'modem-known'

export function createKnownModem(state: ServiceState, clock: Clock) {
  let known = state.read<KnownModem>(knownModemKey)?.value ?? null
  return {
    current: (): KnownModem | null => known,
    seen({ phase, port, manufacturer, model, firmware, imei }: ModemState): void {
      if (phase === 'closed' || manufacturer === null || model === null || firmware === null) return
      const before = known
      const other = before !== null && before.imei !== null && imei !== null && before.imei !== imei
      const swapped = other ? { from: before.imei ?? '', at: clock.now() } : (before?.swapped ?? null)
      if (other) log.warn('modem-swapped', { imei, before: before.imei })
      // A modem that does not tell its IMEI this time is no other one.
      known = { port, manufacturer, model, firmware, imei: imei ?? before?.imei ?? null, swapped }
      if (JSON.stringify(known) !== JSON.stringify(before)) show(state, knownModemKey, known, clock.now())
    },
  }
}
