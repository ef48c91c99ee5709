// What `simpost status` says of the SIM: the network that serves it (TS 27.007 7.2, 10.1.22), and its credit (balance.code).

import { balanceKey } from '../../exchange/balance.ts'
import type { BalanceMemory } from '../../exchange/decide/balance.ts'
import type { ModemState } from '../../modem/gsm-modem.ts'
import { createServiceState } from '../../store/service-state.ts'
import type { Office } from '../context.ts'

const roaming = new Set([5, 7, 10])
const smsOnly = new Set([6, 7])

/** "roaming in Orange F, SMS only"; a network without a name is its number, "26201". Empty while none is known. */
export function networkText({
  operator,
  registration,
}: Pick<ModemState, 'operator' | 'registration'>): string {
  const abroad = registration !== null && roaming.has(registration)
  const name = abroad
    ? ['roaming', ...(operator === null ? [] : ['in', operator])].join(' ')
    : (operator ?? '')
  const words = [name, registration !== null && smsOnly.has(registration) ? 'SMS only' : '']
  return words.filter((word) => word !== '').join(', ')
}

export interface Credit {
  readonly amount: number
  /** ISO 8601. */
  readonly known_at: string
  /** Answers since then that could not be read. */
  readonly misses: number
}

/** The last known credit; null if it was never known, or is not asked for. */
export function creditOf({ config, desk }: Office): Credit | null {
  const memory = createServiceState(desk.store).read<BalanceMemory>(balanceKey)?.value
  if (config.balance.code === undefined || memory === undefined) return null
  const { amount, knownAt, misses } = memory
  return amount === null || knownAt === null
    ? null
    : { amount, known_at: new Date(knownAt).toISOString(), misses }
}
