// A binding: one mail address and one phone number belong together (the patent's binding unit).
// One number has one mailbox and one mailbox one number. A temporary binding shadows a permanent one and never changes it.

/** always: convert unless the message says no. flagged: only if it says yes. never: not at all. */
export type Policy = 'always' | 'flagged' | 'never'

export type Origin = 'cli' | 'mail' | 'sms'

export interface Binding {
  readonly id: number
  /** As the operator wrote it, domain in lower case. */
  readonly mailbox: string
  /** E.164. */
  readonly number: string
  /** Without the @; letters, digits, dot, dash, underscore. */
  readonly alias: string | null
  readonly name: string | null
  /** True for the binding of the SIM's own number: texts nobody else is bound to go to this mailbox. Never a target of SMS. */
  readonly line: boolean
  /** null: the config's policy for that direction. */
  readonly mailToSms: Policy | null
  readonly smsToMail: Policy | null
  readonly origin: Origin
  readonly createdAt: number
  /** Milliseconds since 1970; null for a permanent binding. */
  readonly expiresAt: number | null
}

/** Of the bindings that match, the one that counts now: a living temporary one before the permanent one, the newest first. */
export function winner(bindings: readonly Binding[], now: number): Binding | undefined {
  const alive = bindings.filter((binding) => binding.expiresAt === null || binding.expiresAt > now)
  return alive.sort(
    (a, b) =>
      Number(b.expiresAt !== null) - Number(a.expiresAt !== null) || b.createdAt - a.createdAt || b.id - a.id,
  )[0]
}
