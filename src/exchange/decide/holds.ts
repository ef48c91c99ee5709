// Why an SMS that may go out has to wait: its pair is paused, its phone has quiet hours, a budget is used up. Pure.
// The same text between the same two again and again, or more texts than people write, is a loop that no header shows: a phone, a network
// or a mailbox that answers by itself, a rule that sends our mails back, another bridge. It pauses the pair.

import { quietUntil } from '../../domain/quiet-hours.ts'
import type { Pair } from '../../store/spending.ts'
import type { BudgetNews, createTill } from './budget.ts'
import type { Hold, World } from './decision.ts'
import type { Rules } from './rules.ts'

/** How far back texts are counted. */
const loopWindowMs = 10 * 60_000

export interface Waiting {
  /** Who causes the SMS, and the phone it goes to. */
  readonly from: string
  readonly to: string
  readonly text: string
  readonly parts: number
  readonly rules: Rules
  /** The message itself says that it is urgent. */
  readonly urgentWord: boolean
  /** A program says of itself that it wrote it (RFC 3834), as alarms do: many different ones are a storm, not a loop. */
  readonly machine?: boolean
}

export interface Verdict {
  readonly held: Hold | null
  /** True if this message pauses its pair. */
  readonly pauses: boolean
  readonly news: readonly BudgetNews[]
}

/** Whether the two are paused, or become so by this text; null: by what is no text and in no loop. */
export function judgePair(
  pair: Pair,
  text: string | null,
  { spending, settings, now }: World,
  machine = false,
): Pick<Verdict, 'held' | 'pauses'> {
  const paused: Hold = { reason: 'pair-paused', until: null }
  if (spending.isPaused(pair)) return { held: paused, pauses: false }
  if (text === null) return { held: null, pauses: false }
  const since = now - loopWindowMs
  const isLoop =
    spending.repeats(pair, text, since) >= settings.repeatMax ||
    (!machine && spending.traffic(pair, since) >= settings.pairMax)
  return isLoop ? { held: paused, pauses: true } : { held: null, pauses: false }
}

/** Judges one SMS. What waits for a time or a person is not bought yet; it is when it is released. */
export function judgeHold(
  { from, to, text, parts, rules, urgentWord, machine }: Waiting,
  till: ReturnType<typeof createTill>,
  world: World,
): Verdict {
  const loop = judgePair({ from, to }, text, world, machine)
  if (loop.held !== null) return { ...loop, news: [] }
  const quiet = rules.quietHours === null ? null : quietUntil(rules.quietHours, world.now)
  if (quiet !== null && !rules.urgent && !urgentWord)
    return { held: { reason: 'quiet-hours', until: quiet }, pauses: false, news: [] }
  const verdict = till({ payer: from, number: to, parts })
  const held: Hold | null = verdict.fits ? null : { reason: 'budget-used-up', until: verdict.until }
  return { held, pauses: false, news: verdict.news }
}

/** True if a subject begins with an urgent word: "URGENT: pump 3". */
export function isUrgent(subject: string, words: readonly string[]): boolean {
  const start = subject.trim().toLowerCase()
  return words.some((word) => {
    const wanted = word.toLowerCase()
    const next = start.slice(wanted.length)
    // Han characters stand without blanks between words.
    return start.startsWith(wanted) && (/\p{Script=Han}$/u.test(wanted) || !/^[\p{L}\p{N}]/u.test(next))
  })
}
