// A binding: one mail address and one phone number belong together (the patent's binding unit).
// One number has one mailbox and one mailbox one number. A temporary binding shadows a permanent one and never changes it.

/** always: convert unless the message says no. flagged: only if it says yes. never: not at all. */
export type Policy = 'always' | 'flagged' | 'never'

export type Origin = 'cli' | 'mail' | 'sms'

/** Languages of the notices. */
export const languages = ['en', 'de', 'zh', 'fr', 'es'] as const
export type Language = (typeof languages)[number]

/** What may be set for one binding. null: the config's value counts. */
export interface BindingRules {
  readonly mailToSms: Policy | null
  readonly smsToMail: Policy | null
  /** "22:00-07:00" in the box's zone (domain/quiet-hours.ts), or "none". */
  readonly quietHours: string | null
  /** What waited over the quiet hours comes as one SMS. */
  readonly digest: boolean | null
  /** Passes quiet hours and may use the reserve of the budget. */
  readonly urgent: boolean | null
  readonly partsMax: number | null
  readonly tooLong: 'cut' | 'refuse' | null
  /** Mail that a program wrote (`Auto-Submitted: auto-generated`): alarms, mostly. */
  readonly automatic: 'allow' | 'drop' | null
  /** Letters that would force UCS-2 lose their accents. */
  readonly plainLetters: boolean | null
  /** Text in front of and behind each SMS to this phone. */
  readonly before: string | null
  readonly after: string | null
  /** SMS parts a day. */
  readonly partsPerDay: number | null
  /** How long the network keeps trying to reach this phone: a duration such as "2d" (domain/duration.ts). */
  readonly validity: string | null
  readonly language: Language | null
  /** What the senders of SMS to this phone hear: that one failed or takes long, or also that it arrived. */
  readonly report: 'failed' | 'all' | null
  /** How long the words of its messages are kept: a duration such as "30d", or "forever". */
  readonly keep: string | null
}

export const noRules: BindingRules = {
  mailToSms: null,
  smsToMail: null,
  quietHours: null,
  digest: null,
  urgent: null,
  partsMax: null,
  tooLong: null,
  automatic: null,
  plainLetters: null,
  before: null,
  after: null,
  partsPerDay: null,
  validity: null,
  language: null,
  report: null,
  keep: null,
}

export interface Binding extends BindingRules {
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
  readonly origin: Origin
  readonly createdAt: number
  /** Milliseconds since 1970; null for a permanent binding. */
  readonly expiresAt: number | null
}

/** A clock that is set right after a start may step back by as much without hiding a fresh binding. */
const clockStepMs = 60_000

/**
 * True while a binding counts. A temporary one does not count before it was made: a box without a clock battery wakes up in the past,
 * and what has ended must not come to life again there. It counts as soon as the clock is right.
 */
export function isAlive({ createdAt, expiresAt }: Binding, now: number): boolean {
  return expiresAt === null || (createdAt <= now + clockStepMs && now < expiresAt)
}

/** Of the bindings that match, the one that counts now: a living temporary one before the permanent one, the newest first. */
export function winner(bindings: readonly Binding[], now: number): Binding | undefined {
  const alive = bindings.filter((binding) => isAlive(binding, now))
  return alive.sort(
    (a, b) =>
      Number(b.expiresAt !== null) - Number(a.expiresAt !== null) || b.createdAt - a.createdAt || b.id - a.id,
  )[0]
}
