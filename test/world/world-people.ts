// Who lives in the simulated world, and the list of all they wrote: whom each message may reach, and what may become of it.
// The oracle holds the service to it.

export const box = 'sms@office.example'
export const boxNumber = '+4917000000001'
export const fallback = 'office@office.example'
export const operator = { mailbox: 'root@office.example', number: '+4917000000099' } as const

/** In the office: they may cause an SMS. Bob and Carl have phones of their own. */
export const anna = 'anna@office.example'
export const bob = { mailbox: 'bob@office.example', number: '+4917012345601', alias: 'bob' } as const
export const carl = { mailbox: 'carl@office.example', number: '+4917012345602' } as const
export const ups = { mailbox: 'ups@alarm.example', number: '+4917012345603' } as const
/** Not in the office. */
export const eve = 'eve@evil.example'
export const customers = [1, 2, 3, 4, 5, 6].map((nth) => `+491511111110${nth}`)
export const bank = 'MyBank'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** One message that somebody wrote. */
export interface Written {
  /** "m12" or "s12": stands in the text as "#m12.", so that one that is cut is none. */
  readonly id: string
  readonly medium: 'mail' | 'sms'
  readonly from: string
  /** In words, for the story. */
  readonly what: string
  /** Who may get to read it on the other side: phones, or mailboxes; empty: nobody. Asked at the end, since what waits may move. */
  readonly readers: () => readonly string[]
  /** Judgements that are in order; `duplicate` and the like are for the oracle to know. */
  readonly may: readonly ('convert' | 'pass' | 'hold' | 'refuse' | 'ignore')[]
  /** Milliseconds, true time. */
  readonly at: number
  /** How often a mail lay in the mailbox. */
  copies: number
  /** Of an SMS: not all its parts were sent, or they came far apart. */
  readonly incomplete?: boolean
}

export const idsIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/#([ms]\d+)\./g)].map(([, id]) => id ?? '')),
]
