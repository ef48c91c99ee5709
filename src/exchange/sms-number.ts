// The number in a TPDU as E.164, so that national and international forms of one phone are one key.

import { parseNetworkNumber } from '../domain/address.ts'
import type { TpAddress } from '../sms/tp-address.ts'

/** E.164 where the address is a phone number; names and short codes stay as they came; "unknown" for an empty address. */
export function numberOf(address: TpAddress, country: string): string {
  if (address.kind === 'international') return address.text
  if (address.kind === 'alphanumeric' || address.kind === 'short') return address.text.trim() || 'unknown'
  const parsed = parseNetworkNumber(address.text, country)
  return parsed.ok ? parsed.value : address.text || 'unknown'
}
