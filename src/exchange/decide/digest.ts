// The morning digest: what waited for one phone over its quiet hours, as one SMS. Pure.

import { foldTypography } from '../../sms/fold.ts'
import { fitText } from './convert.ts'
import type { ExchangeSettings } from './decision.ts'
import type { Rules } from './rules.ts'

interface Waited {
  readonly cause: string | null
  readonly text: string
}

/** Each text gets at least so many characters. */
const shareMin = 20

export interface Digest {
  readonly text: string
  /** So many of the texts stand in it, from the first one on. */
  readonly count: number
  readonly parts: number
}

/** Characters of the roomiest part (GSM 7-bit): what has more of them than all parts together needs no closer look. */
const partCharactersMax = 160

/**
 * "3:\n1 anna: …\n2 bob: …": as many texts as fit the phone's part limit, in full where they fit, else each cut to its share. What does
 * not fit is for the next one. A night may bring hundreds of texts, so only what can fit is tried.
 */
export function digestOf(waited: readonly Waited[], rules: Rules, settings: ExchangeSettings): Digest {
  const room = rules.partsMax * partCharactersMax
  const entries = waited.slice(0, room).map(({ cause, text }, index) => ({
    head: `${index + 1} ${cause === null ? '' : `${cause.split('@')[0] ?? ''}: `}`,
    // What the binding puts around each SMS stands once around all of them.
    text: withoutAround(text, rules).replace(/\s+/g, ' ').trim().slice(0, room),
  }))
  let least = 0
  const tooMany = entries.findIndex(({ head, text }) => {
    least += head.length + Math.min(text.length, shareMin) + 1
    return least > room
  })
  for (let count = tooMany < 0 ? entries.length : tooMany; count > 1; count = Math.floor(count * 0.8)) {
    const digest = fitted(entries.slice(0, count), rules, settings)
    if (digest !== null) return digest
  }
  return { text: '', count: 0, parts: 0 }
}

/** Null if not even short shares fit. */
function fitted(
  entries: readonly { readonly head: string; readonly text: string }[],
  rules: Rules,
  settings: ExchangeSettings,
): Digest | null {
  const build = (share: number) => {
    const lines = entries.map(({ head, text }) => head + shortened(text, share))
    const text = foldTypography([`${entries.length}:`, ...lines].join('\n'))
    return text.length > rules.partsMax * partCharactersMax ? null : fitText(text, rules, settings)
  }
  let share = Math.max(shareMin, ...entries.map(({ text }) => text.length))
  for (;;) {
    const whole = build(share)
    if (whole !== null && !whole.cut) return { text: whole.text, count: entries.length, parts: whole.parts }
    if (share <= shareMin) return null
    share = Math.max(shareMin, Math.floor(share * 0.8))
  }
}

function withoutAround(text: string, { before, after }: Rules): string {
  const start = text.startsWith(before) ? text.slice(before.length) : text
  return after !== '' && start.endsWith(after) ? start.slice(0, -after.length) : start
}

function shortened(text: string, share: number): string {
  const characters = [...text]
  return characters.length <= share ? text : `${characters.slice(0, Math.max(1, share - 3)).join('')}...`
}
