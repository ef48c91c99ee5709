// Mails that could not be taken: the server refuses to hand them over, the line breaks at them, or the intake failed.
// It outlives the connections, since a mail that breaks each of them would otherwise keep all others from being read; it does not outlive
// the program, which therefore looks at every mail once after its start.
// Invariant: such a mail is not forgotten while it lies in the folder; it comes last, and rests after three broken lines:
// a minute, then longer and longer, up to an hour, for a line may also break at it by chance.

const breaksMax = 3
const firstRestMs = 60_000
const longestRestMs = 3_600_000
/** Mails that are remembered; the folder itself holds the rest. */
const mailsMax = 1000

interface Trouble {
  readonly uid: number
  readonly breaks: number
  /** Monotonic time of the last try, milliseconds. */
  readonly at: number
}

export class MailTrouble {
  /** The generation that was looked through since the program started. */
  #lookedThrough: string | null = null
  /** By generation of the folder, then by UID. */
  readonly #mails = new Map<string, Map<number, Trouble>>()

  /** @param broke the line was lost while the mail was fetched */
  note(generation: string, uid: number, broke: boolean, now: number): void {
    const mails = this.#of(generation)
    const before = mails.get(uid)
    if (before === undefined && mails.size >= mailsMax) return
    mails.set(uid, { uid, breaks: (before?.breaks ?? 0) + (broke ? 1 : 0), at: now })
  }

  solved(generation: string, uid: number): void {
    this.#of(generation).delete(uid)
  }

  /** Every mail of the folder was looked at: whatever could not be taken is noted here, or lies above what is. */
  looked(generation: string): void {
    this.#lookedThrough = generation
  }

  lookedThrough(generation: string): boolean {
    return this.#lookedThrough === generation
  }

  /** Forgets the mails from `first` on that are not in the folder any more. */
  keepOnly(generation: string, first: number, uids: readonly number[]): void {
    const mails = this.#of(generation)
    if (mails.size === 0) return
    const there = new Set(uids)
    for (const uid of mails.keys()) if (uid >= first && !there.has(uid)) mails.delete(uid)
  }

  rests(generation: string, uid: number, now: number): boolean {
    const trouble = this.#of(generation).get(uid)
    if (trouble === undefined || trouble.breaks < breaksMax) return false
    return now - trouble.at < Math.min(firstRestMs * 2 ** (trouble.breaks - breaksMax), longestRestMs)
  }

  /** The lowest UID in trouble; null: none. */
  lowest(generation: string): number | null {
    const uids = [...this.#of(generation).keys()]
    return uids.length === 0 ? null : Math.min(...uids)
  }

  /** The same UIDs, those at which a line broke at the end. */
  sorted(generation: string, uids: readonly number[]): number[] {
    const mails = this.#of(generation)
    const breaks = (uid: number): number => mails.get(uid)?.breaks ?? 0
    return [...uids].sort((a, b) => breaks(a) - breaks(b) || a - b)
  }

  #of(generation: string): Map<number, Trouble> {
    const known = this.#mails.get(generation)
    if (known !== undefined) return known
    // Another generation is another folder: what was noted of the last one means nothing any more.
    this.#mails.clear()
    const mails = new Map<number, Trouble>()
    this.#mails.set(generation, mails)
    return mails
  }
}
