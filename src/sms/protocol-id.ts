// TP-PID, the protocol identifier: TS 23.040 9.2.3.9. Only what changes the way of a received message has a name here; telematic
// interworking (fax, X.400, mail) and reserved values are read as a plain message, as the standard asks of a receiver.

/**
 * `silent`: short message type 0, to be acknowledged and shown to nobody; `return-call`: the sender is to be called back;
 * `device`: data download to the modem, its de-personalization, ANSI-136; `sim`: data download to the SIM.
 */
export type Protocol = 'plain' | 'silent' | 'replace' | 'return-call' | 'device' | 'sim'

const named: ReadonlyMap<number, Protocol> = new Map([
  [0x40, 'silent'],
  [0x5f, 'return-call'],
  [0x7c, 'device'],
  [0x7d, 'device'],
  [0x7e, 'device'],
  [0x7f, 'sim'],
])

const replaceFirst = 0x41
const replaceLast = 0x47

export function readProtocol(pid: number): Protocol {
  return replaceTypeOf(pid) === null ? (named.get(pid) ?? 'plain') : 'replace'
}

/** Type 1-7 of "replace short message"; null for every other protocol. */
export function replaceTypeOf(pid: number): number | null {
  return pid >= replaceFirst && pid <= replaceLast ? pid - replaceFirst + 1 : null
}
